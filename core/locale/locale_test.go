package locale

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/template"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestZeroTranslations(t *testing.T) {
	var none Translations
	if err := none.Reload(); err != nil || none.Roots() != nil {
		t.Errorf("got %v, %v; want nothing", err, none.Roots())
	}
	l := none.Get("fr", "de_DE")
	if l.Code != "en_US" || l.Translate("text") != "text" || l.TranslatePlural("one", "many", 2) != "many" {
		t.Errorf("got %+v", l)
	}
	none.SetDefaultLocale("de_DE")
	if got := none.Get("fr"); got.Code != "de_DE" || got.Name != "Deutsch" {
		t.Errorf("got %s, %s; want de_DE, Deutsch", got.Code, got.Name)
	}
}

func write(t *testing.T, directory, name, text string) {
	t.Helper()
	file := filepath.Join(directory, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Nothing of an earlier load may stick: neither texts, nor locales, nor the
// encoding of a file.
func TestReload(t *testing.T) {
	directory := t.TempDir()
	write(t, directory, "fr.csv", "\xff\xfeb\x00,\x00p\x00") // UTF-16
	write(t, directory, "de.csv", "b,Bäcker\n")
	var translations Translations
	if err := translations.LoadTranslations(directory); err != nil {
		t.Fatal(err)
	}
	before := translations.Get("fr")
	if got := before.Translate("b"); got != "p" {
		t.Errorf("got %q; want p", got)
	}
	write(t, directory, "fr.csv", "b,né\nJanuary,janvier\n")
	write(t, directory, "it.csv", "b,panificio\n")
	if err := os.Remove(filepath.Join(directory, "de.csv")); err != nil {
		t.Fatal(err)
	}
	if err := translations.Reload(); err != nil {
		t.Fatal(err)
	}
	if got := translations.GetSupportedLocales(); !slices.Equal(got, []string{"en_US", "fr", "it"}) {
		t.Errorf("got %v", got)
	}
	l := translations.Get("fr")
	if got := l.Translate("b"); got != "né" || before.Translate("b") != "p" {
		t.Errorf("got %q; want né, and the old locale unchanged", got)
	}
	if got := l.FormatDay(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), 0, false); got != "janvier 5" {
		t.Errorf("got %q; want the month translated", got)
	}
	if got := translations.Roots(); len(got) != 1 || got[0] != directory {
		t.Errorf("got %v; want %s", got, directory)
	}
}

// What fails to load leaves everything as it was.
func TestFailedReload(t *testing.T) {
	directory := t.TempDir()
	write(t, directory, "fr.csv", "b,boulanger\n")
	var translations Translations
	if err := translations.LoadTranslations(directory); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"quote", "a,b\n\"c,d\n", "fr.csv:2: the quote is not closed"},
		{"encoding", "a,b\nc,\xff\n", "fr.csv: line 2 is not UTF-8"},
		{"half a unit", "\xff\xfea", "fr.csv: UTF-16 of 1 octets: one is missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			write(t, directory, "fr.csv", tt.text)
			err := translations.Reload()
			if err == nil || !strings.HasSuffix(err.Error(), tt.want) || !strings.Contains(err.Error(), directory) {
				t.Errorf("got %v; want %s", err, tt.want)
			}
			if got := translations.Get("fr").Translate("b"); got != "boulanger" {
				t.Errorf("got %q; want boulanger", got)
			}
		})
	}
	if err := translations.LoadGettextTranslations(filepath.Join(directory, "none"), "d"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v; want that there is no such directory", err)
	}
}

func TestConcurrentReload(t *testing.T) {
	fsys := fstest.MapFS{"fr.csv": {Data: []byte("b,boulanger\nc,café\n")}}
	var translations Translations
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				if err := translations.LoadTranslationsFS(fsys); err != nil {
					t.Error(err)
				}
				translations.SetDefaultLocale("fr")
				if got := translations.Get("fr").Translate("c"); got != "café" {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	wg.Wait()
}

func TestEncoding(t *testing.T) {
	translations := Translations{Encoding: "ISO-8859-1"}
	fsys := fstest.MapFS{"fr.csv": {Data: []byte("b,n\xe9\n")}, "de.csv": {Data: []byte("\xef\xbb\xbfb,ä\n")}}
	if err := translations.LoadTranslationsFS(fsys); err != nil {
		t.Fatal(err)
	}
	if fr, de := translations.Get("fr").Translate("b"), translations.Get("de").Translate("b"); fr != "né" || de != "ä" {
		t.Errorf("got %q and %q; want né and ä", fr, de)
	}
	translations.Encoding = "EBCDIC"
	if err := translations.Reload(); err == nil || !strings.Contains(err.Error(), `character set "ebcdic" is not known`) {
		t.Errorf("got %v", err)
	}
}

func TestCharsets(t *testing.T) {
	for _, tt := range []struct{ charset, data, want string }{
		{"UTF-8", "é", "é"},
		{"", "é", "é"},
		{"us-ascii", "a", "a"},
		{"us-ascii", "\xe9", ""},
		{"ISO-8859-1", "\x80\xe9\xff", "\u0080éÿ"},
		{"ISO_8859-15", "\xa4\xe9", "€é"},
		{"windows-1252", "\x80\x81", ""},
		{"windows-1252", "\x80", "€"},
		{"windows-1251", "\xef\xf0", "пр"},
		{"ISO-8859-2", "\xb3\xf3", "łó"},
		{"KOI8-R", "\xd0\xd2", "пр"},
		{"KOI8-U", "\xa4", "є"},
		{"utf-16", "a\x00", "a"},
		{"utf-16be", "\x00a", "a"},
		{"x-none", "a", ""},
	} {
		got, err := decode([]byte(tt.data), tt.charset)
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%s %q: got %q, %v; want %q", tt.charset, tt.data, got, err, tt.want)
		}
	}
	for name, upper := range upperHalves {
		if n := len([]rune(upper)); n > 128 {
			t.Errorf("%s has %d characters", name, n)
		}
	}
}

// logged collects what a test logs.
func logged(t *testing.T) *[]string {
	t.Helper()
	quiet(t)
	lines := new([]string)
	t.Cleanup(log.Observe(func(r log.Record) { *lines = append(*lines, r.Message) }))
	return lines
}

func TestWarnings(t *testing.T) {
	lines := logged(t)
	var translations Translations
	err := translations.LoadTranslationsFS(fstest.MapFS{
		"a.b.csv": {}, "FR.csv": {}, "fr_.csv": {}, "notes.txt": {},
		"de.csv": {Data: []byte("a,b\nc,d,e\n\"x\ny\",z,often\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	de := translations.Get("de")
	de.PGettext("c", "m")
	de.PGettextPlural("c", "m", "ms", 2)
	const skipped = " is skipped: a catalogue is called like fr.csv or fr_CA.csv"
	want := []string{
		"locale: FR.csv" + skipped,
		"locale: a.b.csv" + skipped,
		`locale: de.csv:2: the third column is "e"; it must be plural, singular or unknown`,
		`locale: de.csv:3: the third column is "often"; it must be plural, singular or unknown`,
		"locale: fr_.csv" + skipped,
		`locale: de.csv knows no contexts, so "c" and any other is passed over`,
	}
	if !slices.Equal(*lines, want) {
		t.Errorf("got %q\nwant %q", *lines, want)
	}
}

func TestCSVRows(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       [][]string
	}{
		{"plain", "a,b\nc,d", [][]string{{"a", "b"}, {"c", "d"}}},
		{"line ends", "a,b\r\nc,d\re,f\n", [][]string{{"a", "b"}, {"c", "d"}, {"e", "f"}}},
		{"quotes", `"a ""b""","c,d"`, [][]string{{`a "b"`, "c,d"}}},
		{"lines in quotes", "\"a\nb\",c\n", [][]string{{"a\nb", "c"}}},
		{"line ends in quotes", "\"a\r\nb\rc\",d\n", [][]string{{"a\nb\nc", "d"}}},
		{"quote inside", `5" pipe,b`, [][]string{{`5" pipe`, "b"}}},
		{"text after the quote", `"a"b,c`, [][]string{{"ab", "c"}}},
		{"empty columns", `,"",`, [][]string{{"", "", ""}}},
		{"empty line", "\na,b\n\n", [][]string{nil, {"a", "b"}, nil}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newCSVReader(tt.text)
			var got [][]string
			for r.text != "" {
				row, err := r.row()
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, row)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestPluralForms(t *testing.T) {
	for _, tt := range []struct {
		name, header, want string // the forms for 0 to 12, 21, 101 and 111
	}{
		{"one form", "nplurals=1; plural=0;", "0000000000000000"},
		{"germanic", " nplurals=2; plural=(n != 1);\n", "1011111111111111"},
		{"french", "nplurals=2; plural=n>1", "0011111111111111"},
		{"polish", "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2)", "2011122222222222"},
		{"latvian", "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2)", "2011111111111001"},
		{"arithmetic", "nplurals=20; plural=(n+2*3-6)/1%20-!1", "0123456789abc11b"},
		{"too large a form", "nplurals=2; plural=n", "01xxxxxxxxxxxxxx"},
		{"division by zero", "nplurals=2; plural=1/n", "x100000000000000"},
		{"short circuit", "nplurals=2; plural=n==0 || 1/n", "1100000000000000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rule, err := parsePluralForms(tt.header)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, n := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 21, 101, 111} {
				form, ok := rule.form(n)
				if ok {
					got += fmt.Sprintf("%x", form)
				} else {
					got += "x"
				}
			}
			if got != tt.want {
				t.Errorf("got %s; want %s", got, tt.want)
			}
		})
	}
}

func TestWrongPluralForms(t *testing.T) {
	for _, header := range []string{
		"", "nplurals=2", "plural=0", "nplurals=0; plural=0", "nplurals=x; plural=0", "nplurals=101; plural=0",
		"nplurals=2; plural=", "nplurals=2; plural=n n", "nplurals=2; plural=(n", "nplurals=2; plural=n ? 1", "nplurals=2; plural=m",
		"nplurals=2; plural=99999999999999999999", "nplurals=2; plural=" + strings.Repeat("(", 1000) + "n",
		"nplurals=2; plural=-1", "nplurals=2; plural=n=1",
	} {
		if _, err := parsePluralForms(header); err == nil {
			t.Errorf("%.40q: no error", header)
		}
	}
}

// mo writes an .mo file of keys and their translations, in turn.
func mo(order binary.AppendByteOrder, pairs ...string) []byte {
	n := len(pairs) / 2
	const head = 28
	data := order.AppendUint32(nil, 0x950412de)
	for _, v := range []int{0, n, head, head + 8*n, 0, head + 16*n} {
		data = order.AppendUint32(data, uint32(v))
	}
	position := head + 16*n
	var texts string
	for first := range 2 {
		for i := first; i < len(pairs); i += 2 {
			data = order.AppendUint32(data, uint32(len(pairs[i])))
			data = order.AppendUint32(data, uint32(position+len(texts)))
			texts += pairs[i] + "\x00"
		}
	}
	return append(data, texts...)
}

func TestMO(t *testing.T) {
	pairs := []string{
		"", "Content-Type: text/plain; charset=ISO-8859-1\nPlural-Forms: nplurals=2; plural=n>1;\n",
		"b", "n\xe9",
		"1 thing\x00things", "1 chose\x00choses",
		"c\x04b", "en contexte",
		"empty", "",
		"one form\x00forms", "une",
	}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		c, err := parseMO(mo(order, pairs...))
		if err != nil {
			t.Fatal(err)
		}
		got := []string{
			c.translate("b"), c.translate("1 thing"), c.translate("missing"), c.translate(""), c.translate("empty"),
			c.translatePlural("1 thing", "things", 0), c.translatePlural("1 thing", "things", -5), c.translatePlural("one form", "forms", 2),
			c.pgettext("c", "b"), c.pgettext("d", "b"), c.pgettextPlural("c", "1 thing", "things", 2),
		}
		want := []string{"né", "1 chose", "missing", "", "empty", "1 chose", "choses", "forms", "en contexte", "b", "choses"}
		if !slices.Equal(got, want) {
			t.Errorf("%v: got %q; want %q", order, got, want)
		}
	}
}

func TestBrokenMO(t *testing.T) {
	sound := mo(binary.LittleEndian, "", "Content-Type: text/plain; charset=UTF-8\n", "a", "b")
	changed := func(offset int, value uint32) []byte {
		data := slices.Clone(sound)
		binary.LittleEndian.PutUint32(data[offset:], value)
		return data
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "0 bytes are too few"},
		{"text", []byte("this is not at all what is expected here"), "it is no .mo file"},
		{"revision", changed(4, 2<<16), "revision 2.0"},
		{"count", changed(8, 1<<31), "do not fit"},
		{"table", changed(12, 1<<31), "the entry of text 0 lies past the end"},
		{"translations", changed(16, uint32(len(sound))), "the entry of text 0 lies past the end"},
		{"length", changed(28, 1<<31), "text 0 lies past the end"},
		{"start", changed(32, 0xffffffff), "text 0 lies past the end"},
		{"overlap", func() []byte {
			data := mo(binary.LittleEndian, "a", "", "b", "", "c", "")
			for i := range 3 {
				binary.LittleEndian.PutUint32(data[28+8*i:], 50)
				binary.LittleEndian.PutUint32(data[32+8*i:], 0)
			}
			return data
		}(), "the texts overlap"},
		{"not UTF-8", mo(binary.LittleEndian, "a", "\xff"), `the translation of "a": line 1 is not UTF-8`},
		{"unknown character set", mo(binary.LittleEndian, "", "Content-Type: text/plain; charset=x-none\n"), `the character set "x-none" is not known`},
		{"plural forms", mo(binary.LittleEndian, "", "Plural-Forms: nplurals=2; plural=n n;\n"), `"n" is not understood`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := parseMO(tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v; want %s", err, tt.want)
			}
		})
	}
}

// A language and its home territory are each other's fallback, which must end.
func TestGettextFallback(t *testing.T) {
	fsys := fstest.MapFS{
		"fr/LC_MESSAGES/d.mo":    {Data: mo(binary.LittleEndian, "b", "base", "only fr", "fr")},
		"fr_FR/LC_MESSAGES/d.mo": {Data: mo(binary.LittleEndian, "b", "France", "only fr_FR", "fr_FR")},
		"fr_CA/LC_MESSAGES/d.mo": {Data: mo(binary.LittleEndian, "b", "Canada")},
		"README":                 {Data: []byte("no directory")},
		"de/LC_MESSAGES/x.mo":    {Data: []byte("another domain")},
	}
	var translations Translations
	if err := translations.LoadGettextTranslationsFS(fsys, "d"); err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string][]string{
		"fr":    {"base", "fr", "fr_FR", "missing"},
		"fr_FR": {"France", "fr", "fr_FR", "missing"},
		"fr_CA": {"Canada", "fr", "fr_FR", "missing"}, // fr_FR by way of fr
	} {
		l, ok := translations.Locale(code)
		if !ok {
			t.Fatalf("no locale %s", code)
		}
		var got []string
		for _, message := range []string{"b", "only fr", "only fr_FR", "missing"} {
			got = append(got, l.Translate(message))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q; want %q", code, got, want)
		}
	}
	if got := translations.GetSupportedLocales(); !slices.Equal(got, []string{"en_US", "fr", "fr_CA", "fr_FR"}) {
		t.Errorf("got %v", got)
	}
}

func TestGetBrowserLocale(t *testing.T) {
	var translations Translations
	if err := translations.LoadTranslationsFS(fstest.MapFS{"fr.csv": {}, "de.csv": {}, "pt_BR.csv": {}}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ header, want string }{
		{"", "pt_BR"},
		{" , ;q=1", "pt_BR"},
		{"de;q=0", "pt_BR"},
		{"xx", "en_US"},
		{"fr;q=0.5,de;q=0.5", "fr"},
		{"fr;q=nan,de;q=0.1", "de"},
		{"fr;q=inf,de", "fr"},
		{"fr; q=0.1 , de ; q=0.2", "fr"},
		{"pt-br,de", "pt_BR"},
		{strings.Repeat("x;q=0.9,", 10000) + "de;q=0.1", "de"},
	} {
		if got := translations.GetBrowserLocale(tt.header, "pt_BR").Code; got != tt.want {
			t.Errorf("%.40q: got %s; want %s", tt.header, got, tt.want)
		}
	}
}

func TestFormat(t *testing.T) {
	values := map[string]any{"n": 3, "x": 1.5, "who": "Ann", "p": "%(n)d"}
	for _, tt := range []struct{ text, want string }{
		{"plain", "plain"},
		{"%(who)s has %(n)d", "Ann has 3"},
		{"%(n)s %(n)i %(n)05d %(x).2f %(x)d %(who)d", "3 3 00003 1.50 2 Ann"},
		{"%(who)r", `"Ann"`},
		{"100%% %(n)d%%", "100% 3%"},
		{"100%", "100%"},
		{"%(missing)s %(n %(n) %d %", "%(missing)s %(n %(n) %d %"},
		{"%(n)999999999d", "%(n)999999999d"},
		{"%(p)s", "%(n)d"},
		{"%(n)é", "%(n)é"},
	} {
		if got := Format(tt.text, values); got != tt.want {
			t.Errorf("%q: got %q; want %q", tt.text, got, tt.want)
		}
	}
}

func TestFormatDateIn(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*3600)
	now := time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC)
	date := now.Add(-26 * time.Hour)
	l := new(Translations).Get()
	for _, tt := range []struct {
		name string
		date time.Time
		o    FormatDateOptions
		want string
	}{
		{"UTC", date, FormatDateOptions{}, "yesterday at 6:00 pm"},
		{"location of the options", date, FormatDateOptions{Location: tokyo}, "yesterday at 3:00 am"},
		{"location of the date", date.In(tokyo), FormatDateOptions{}, "yesterday at 3:00 am"},
		{"minutes west", date.In(tokyo), FormatDateOptions{GMTOffset: 60}, "yesterday at 5:00 pm"},
		{"two days ahead", now.Add(48*time.Hour + time.Second), FormatDateOptions{}, "March 4, 2026 at 8:00 pm"},
	} {
		tt.o.Now = now
		if got := l.FormatDate(tt.date, tt.o); got != tt.want {
			t.Errorf("%s: got %q; want %q", tt.name, got, tt.want)
		}
	}
	if got := l.FormatDate(time.Now(), FormatDateOptions{}); !strings.HasSuffix(got, "ago") {
		t.Errorf("now: got %q", got)
	}
}

func TestForTemplates(t *testing.T) {
	var translations Translations
	err := translations.LoadGettextTranslationsFS(fstest.MapFS{
		"fr/LC_MESSAGES/d.mo": {Data: mo(binary.LittleEndian,
			"1 story\x00%(n)d stories", "1 récit\x00%(n)d récits", "hi <b>", "salut <b>", "c\x04bank", "rive")},
	}, "d")
	if err != nil {
		t.Fatal(err)
	}
	l := ForTemplates[template.Kwargs]{translations.Get("fr")}
	date := time.Date(1978, 7, 20, 9, 26, 0, 0, time.UTC)
	for _, tt := range []struct{ name, source, want string }{
		{"text", `{{ _("hi <b>") }}`, "salut &lt;b&gt;"},
		{"plural", `{{ _("1 story", "%(n)d stories", 3) % {"n": 3} }}`, "3 récits"},
		{"count of another type", `{{ _("1 story", "%(n)d stories", small) }}`, "1 récit"},
		{"keywords", `{{ locale.translate("1 story", plural_message="%(n)d stories", count=1) }}`, "1 récit"},
		{"no plural", `{{ _("hi <b>", None, None) }}`, "salut &lt;b&gt;"},
		{"context", `{{ pgettext("c", "bank") }} {{ locale.pgettext("d", "bank") }}`, "rive bank"},
		{"plural in context", `{{ pgettext("c", "1 story", "%(n)d stories", 2) }}`, "%(n)d récits"},
		{"date", `{{ locale.format_date(date, gmt_offset=-60, relative=False) }}`, "July 20, 1978 at 10:26"},
		{"date in order", `{{ locale.format_date(date, 60, False, True) }}`, "July 20, 1978"},
		{"date as a number", `{{ locale.format_date(269774760, full_format=True) }} {{ locale.format_date(1.5, shorter=True) }}`, "July 20, 1978 at 9:26 January 1, 1970"},
		{"day", `{{ locale.format_day(date, dow=False) }} {{ locale.format_day(date) }}`, "July 20 Thursday, July 20"},
		{"rest", `{{ locale.code }} {{ locale.name }} {{ locale.rtl }} {{ locale.list(["a", "b"]) }} {{ locale.friendly_number(1234) }}`, "fr Unknown False a and b 1234"},
		{"plural without count", `{{ _("1 story", "%(n)d stories") }}`, "error: translate: a plural needs a count"},
		{"plural without count in context", `{{ pgettext("c", "1 story", "stories") }}`, "error: pgettext: a plural needs a count"},
		{"too many", `{{ _("a", "b", 1, 2) }}`, "error: translate: there are 1 arguments too many"},
		{"unknown keyword", `{{ locale.format_date(date, gmt=1) }}`, "error: format_date: there is no argument called gmt"},
		{"twice", `{{ locale.format_day(date, 1, gmt_offset=1) }}`, "error: format_day: gmt_offset is given twice"},
		{"wrong type", `{{ locale.format_date(date, relative="no") }}`, "error: format_date: relative cannot be no"},
		{"no date", `{{ locale.format_date("now") }}`, "error: format_date: a date is a time.Time or the seconds since 1970, not string"},
		{"far away", `{{ locale.format_day(1e300) }}`, "error: format_day: a date is a time.Time or the seconds since 1970, not float64"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			compiled, err := template.New(tt.source, "t", template.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := compiled.Generate(map[string]any{
				"locale": l, "_": l.Translate, "pgettext": l.PGettext, "date": date, "small": int8(1),
			})
			var cause *template.Error
			if errors.As(err, &cause) {
				got = []byte("error: " + cause.Message)
			}
			if string(got) != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestExtractTemplate(t *testing.T) {
	source := `{# _("comment") #}{{! _("escaped") }} _("text")
{% comment _("another comment") %}
{% if x %}{{ _("a") + _('b\n"c"') }}
{{ _("1 story",
     "%(n)d stories", n) % {"n": n} # _("not this")
}}{% end %}{{ locale.translate("d" "e") }}{{ pgettext("menu", "Open") }}{{ pgettext("menu", '1', """many""", n) }}
{{ _(variable) }}{{ gettext_("x") }}{{ "_('in a string')" }}{% module M(_("m")) %}{{ _("unfinished`
	want := []Message{
		{"", "a", "", 3}, {"", "b\n\"c\"", "", 3}, {"", "1 story", "%(n)d stories", 4}, {"", "de", "", 6},
		{"menu", "Open", "", 6}, {"menu", "1", "many", 6}, {"", "m", "", 7},
	}
	if got := ExtractTemplate(source); !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestExtractGo(t *testing.T) {
	source := "package p\n\nfunc f() {\n\tl.Translate(\"a\") // Translate(\"no\")\n" +
		"\t/* Translate(\"no\")\n\t*/ l.TranslatePlural(`one\\n`,\n\t\t\"many\", n)\n\th.Locale().PGettext(\"c\", \"b\")\n" +
		"\tprint('\\'', \"Translate(\\\"no\\\")\") + l.PGettextPlural(\"c\", \"1\", \"2\", n) + _(\"z\")\n"
	want := []Message{{"", "a", "", 4}, {"", `one\n`, "many", 6}, {"c", "b", "", 8}, {"c", "1", "2", 9}, {"", "z", "", 9}}
	if got := ExtractGo(source); !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestTranslateAllocatesNothing(t *testing.T) {
	var translations Translations
	if err := translations.LoadTranslationsFS(fstest.MapFS{"fr.csv": {Data: []byte("a,b\n")}}); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { translations.Get("fr").Translate("a") }); n > 0 {
		t.Errorf("got %v allocations; want 0", n)
	}
}
