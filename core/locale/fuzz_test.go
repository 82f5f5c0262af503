package locale

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"
)

func FuzzCSV(f *testing.F) {
	f.Add([]byte("a,b\n\"c\"\"\nd\",e,plural\n"))
	f.Add([]byte("\xff\xfea\x00,\x00b\x00"))
	f.Add([]byte(",,\r\r\n\"\",\"\"x,y"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseCSV("xx", "f", data, "")
		if err != nil {
			return
		}
		for _, texts := range []map[string]string{c.unknown, c.singular, c.plural} {
			for key, value := range texts {
				if strings.TrimSpace(key) != key || strings.TrimSpace(value) != value {
					t.Errorf("blanks round %q, %q", key, value)
				}
			}
		}
	})
}

func FuzzMO(f *testing.F) {
	f.Add(mo(binary.LittleEndian, "", "Content-Type: text/plain; charset=KOI8-R\nPlural-Forms: nplurals=2; plural=n/(n-1);\n", "a\x00b", "c\x00d"))
	f.Add(mo(binary.BigEndian, "c\x04a", "b", "a", ""))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseMO(data)
		if err != nil {
			return
		}
		size := 0
		for key, forms := range c.forms {
			for count := range 4 {
				c.translatePlural(key, "many", count)
			}
			size += len(key) + len(strings.Join(forms, ""))
		}
		if size > 6*len(data) { // three bytes for an octet of an old character set
			t.Errorf("%d bytes of text from a file of %d", size, len(data))
		}
	})
}

func FuzzPluralForms(f *testing.F) {
	f.Add("nplurals=3; plural=n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2")
	f.Add("nplurals=2; plural=!(n<=1)||n/0*2-+")
	f.Fuzz(func(t *testing.T, header string) {
		rule, err := parsePluralForms(header)
		if err != nil {
			return
		}
		for _, count := range []int{0, 1, 2, -1, 100, 1 << 62} {
			if form, ok := rule.form(count); ok && (form < 0 || form >= rule.forms) {
				t.Errorf("%q: form %d for %d", header, form, count)
			}
		}
	})
}

func FuzzGetBrowserLocale(f *testing.F) {
	f.Add("fr-CA;q=0.5, de;q=x,,*")
	f.Fuzz(func(t *testing.T, header string) {
		if l := Default.GetBrowserLocale(header, "en_US"); l == nil || l.Code != "en_US" {
			t.Errorf("%q: got %v", header, l)
		}
	})
}

func FuzzFormat(f *testing.F) {
	f.Add("%(n)05d %(s)-3.2s %% %( %")
	f.Fuzz(func(t *testing.T, text string) {
		got := Format(text, map[string]any{"n": 1, "s": "x", "t": time.Second})
		if len(got) > 1000*(len(text)+1) {
			t.Errorf("%q became %d bytes", text, len(got))
		}
	})
}

func FuzzExtract(f *testing.F) {
	f.Add("{{ _('a', \"b\", n) }}{% x _('''y''') # _( %}")
	f.Add("l.Translate(`a`) /* */ // x")
	f.Fuzz(func(t *testing.T, source string) {
		lines := 1 + strings.Count(source, "\n")
		for _, m := range append(ExtractTemplate(source), ExtractGo(source)...) {
			if m.Line < 1 || m.Line > lines {
				t.Errorf("%q: line %d of %d", source, m.Line, lines)
			}
		}
	})
}
