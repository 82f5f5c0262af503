package locale

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"math"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tornado-dev/tornado/core/log"
)

// deviations name the cases in which the original is not followed.
var deviations = map[string]string{
	"locale/load/6":             "a file of another name is skipped with a warning, whatever is odd about the name",
	"locale/translate/4":        "who asks for fr is answered from fr, and only then from fr_FR",
	"locale/friendly_number/23": "no comma stands between the sign and the first digit",
	"locale/friendly_number/27": "no comma stands between the sign and the first digit",
	"locale/format_date/107":    "a date more than a day ahead is not now: the original looks at the seconds of the difference alone",
	"locale/format_date/108":    "as 107",
	"locale/format_date/109":    "as 107",
	"locale/format_date/111":    "as 107",
	"locale/format_date/112":    "as 107",
	"locale/translate/97":       "the signature of TranslatePlural excludes a plural without a count; TestForTemplates has it",
	"locale/pgettext/32":        "the signature of PGettextPlural excludes a plural without a count; TestForTemplates has it",
}

type vectorFile struct {
	Now      time.Time
	Catalogs map[string]struct {
		Kind   string
		Files  map[string]struct{ Text, B64 string }
		Domain string
		MO     map[string]string `json:"mo_b64"`
	}
	Cases []vector
}

type vector struct {
	ID      string
	Catalog string
	Default string `json:"default_locale"`
	Fn      string
	Args    json.RawMessage
	Result  json.RawMessage
	Error   *struct{ Type, Message string }
}

func readVectors(t *testing.T) (file vectorFile) {
	t.Helper()
	data, err := os.ReadFile("testdata/locale.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file
}

func (f *vectorFile) load(t *testing.T, name string) (*Translations, error) {
	t.Helper()
	catalog, known := f.Catalogs[name]
	if !known && name != "none" {
		t.Fatalf("there is no catalog %q", name)
	}
	fsys := fstest.MapFS{}
	for name, file := range catalog.Files {
		data := []byte(file.Text)
		if file.B64 != "" {
			data = unbase64(t, file.B64)
		}
		fsys[name] = &fstest.MapFile{Data: data}
	}
	for code, text := range catalog.MO {
		fsys[path.Join(code, "LC_MESSAGES", catalog.Domain+".mo")] = &fstest.MapFile{Data: unbase64(t, text)}
	}
	translations := new(Translations)
	switch catalog.Kind {
	case "csv":
		return translations, translations.LoadTranslationsFS(fsys)
	case "gettext":
		return translations, translations.LoadGettextTranslationsFS(fsys, catalog.Domain)
	}
	return translations, nil
}

// quiet throws away what the test logs.
func quiet(t *testing.T) {
	previous := log.SetOutput(io.Discard)
	t.Cleanup(func() { log.SetOutput(previous) })
}

func unbase64(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVectors(t *testing.T) {
	file := readVectors(t)
	quiet(t)
	unused := maps.Clone(deviations)
	ran := 0
	for _, v := range file.Cases {
		if deviations[v.ID] != "" {
			delete(unused, v.ID)
			continue
		}
		ran++
		t.Run(strings.TrimPrefix(v.ID, "locale/"), func(t *testing.T) { v.run(t, &file) })
	}
	if len(unused) > 0 || ran+len(deviations) != len(file.Cases) {
		t.Errorf("%d of %d cases ran; deviations without a case: %v", ran, len(file.Cases), slices.Collect(maps.Keys(unused)))
	}
}

func (v *vector) run(t *testing.T, file *vectorFile) {
	translations, err := file.load(t, v.Catalog)
	if v.Fn == "load" && v.Error != nil {
		if err == nil {
			t.Errorf("no error; want %s", v.Error.Message)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if v.Default != "" {
		translations.SetDefaultLocale(v.Default)
	}
	got, ok := v.call(t, translations, file.Now)
	if !ok || v.Error != nil {
		if ok != (v.Error == nil) {
			t.Errorf("got %v, %v; want error %v", got, ok, v.Error)
		}
		return
	}
	want := reflect.New(reflect.TypeOf(got))
	if err := json.Unmarshal(v.Result, want.Interface()); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want.Elem().Interface()) {
		t.Errorf("got %v, want %v", got, want.Elem())
	}
}

type information struct {
	Name string
	RTL  bool
}

// call gives what the function gave, or reports that it failed.
func (v *vector) call(t *testing.T, translations *Translations, now time.Time) (result any, ok bool) {
	var args struct {
		Locale, Code, Context, Message string
		Codes, Parts                   []string
		Header, Plural                 *string
		Count                          *int
		Value                          int64
		Date                           json.RawMessage
		GMTOffset                      int `json:"gmt_offset"`
		Relative, DOW                  *bool
		Shorter                        bool
		FullFormat                     bool `json:"full_format"`
	}
	d := json.NewDecoder(bytes.NewReader(v.Args))
	d.DisallowUnknownFields()
	if err := d.Decode(&args); err != nil {
		t.Fatal(err)
	}
	l, supported := translations.Locale(args.Locale)
	if args.Locale != "" && !supported {
		t.Fatalf("no locale %s", args.Locale)
	}
	switch v.Fn {
	case "load":
		return translations.GetSupportedLocales(), true
	case "get_closest":
		return translations.Get(args.Codes...).Code, true
	case "get":
		l, ok := translations.Locale(args.Code)
		if !ok {
			return nil, false
		}
		return l.Code, true
	case "info":
		return information{l.Name, l.RTL}, true
	case "browser_locale":
		header := ""
		if args.Header != nil {
			header = *args.Header
		}
		return translations.GetBrowserLocale(header, "en_US").Code, true
	case "translate":
		if args.Plural != nil {
			return l.TranslatePlural(args.Message, *args.Plural, *args.Count), true
		}
		return l.Translate(args.Message), true
	case "pgettext":
		if args.Plural != nil {
			return l.PGettextPlural(args.Context, args.Message, *args.Plural, *args.Count), true
		}
		return l.PGettext(args.Context, args.Message), true
	case "list":
		return l.List(args.Parts), true
	case "friendly_number":
		return l.FriendlyNumber(args.Value), true
	case "format_date":
		return l.FormatDate(vectorDate(t, args.Date), FormatDateOptions{
			GMTOffset: args.GMTOffset, Absolute: args.Relative != nil && !*args.Relative,
			Shorter: args.Shorter, FullFormat: args.FullFormat, Now: now,
		}), true
	case "format_day":
		return l.FormatDay(civil(t, args.Date, time.UTC), args.GMTOffset, args.DOW == nil || *args.DOW), true
	}
	t.Fatalf("unknown function %s", v.Fn)
	return nil, false
}

func vectorDate(t *testing.T, raw json.RawMessage) time.Time {
	t.Helper()
	var date struct {
		Unix       *float64
		UTC, Local json.RawMessage
		Offset     int `json:"utc_offset_minutes"`
	}
	if err := json.Unmarshal(raw, &date); err != nil {
		t.Fatal(err)
	}
	switch {
	case date.Unix != nil:
		seconds, fraction := math.Modf(*date.Unix)
		return time.Unix(int64(seconds), int64(fraction*1e9)).UTC()
	case date.UTC != nil:
		return civil(t, date.UTC, time.UTC)
	}
	return civil(t, date.Local, time.FixedZone("", date.Offset*60))
}

func civil(t *testing.T, raw json.RawMessage, zone *time.Location) time.Time {
	t.Helper()
	var n []int
	if err := json.Unmarshal(raw, &n); err != nil || len(n) != 6 {
		t.Fatalf("%s: %v", raw, err)
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, zone)
}
