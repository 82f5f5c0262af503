package inspector

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestPrintable(t *testing.T) {
	for _, tt := range []struct{ name, in, want, lines string }{
		{"plain", `GET /a?b="c" \ ~`, `GET /a?b="c" \ ~`, `GET /a?b="c" \ ~`},
		{"letters", "Grüße 東京 🙂 e\u0301", "Grüße 東京 🙂 e\u0301", "Grüße 東京 🙂 e\u0301"},
		{"colour", "\x1b[31mred", `\x1b[31mred`, `\x1b[31mred`},
		{"clipboard", "\x1b]52;c;aGk=\x07", `\x1b]52;c;aGk=\x07`, `\x1b]52;c;aGk=\x07`},
		{"lines", "a\tb\r\nc\n", `a\tb\r\nc\n`, "a\tb\nc\n"},
		{"carriage return alone", "good\rbad", `good\rbad`, `good\rbad`},
		{"NUL and DEL", "\x00\x7f", `\x00\x7f`, `\x00\x7f`},
		{"C1 as rune", "\u009b31m", `\u009b31m`, `\u009b31m`},
		{"C1 as byte", "\x9b31m", `\x9b31m`, `\x9b31m`},
		{"invalid", "a\xff\xc3", `a\xff\xc3`, `a\xff\xc3`},
		{"bidi", "a\u202egnp.exe\u2066", `a\u202egnp.exe\u2066`, `a\u202egnp.exe\u2066`},
		{"zero width", "a\u200bb\u200d\ufeff\u00ad", `a\u200bb\u200d\ufeff\u00ad`, `a\u200bb\u200d\ufeff\u00ad`},
		{"separators", "a\u2028b\u2029", `a\u2028b\u2029`, `a\u2028b\u2029`},
		{"selectors and tag", "\u2714\ufe0f\ufe00\U000e0100\U000e0041", "\u2714\ufe0f" + `\ufe00\U000e0100\U000e0041`, "\u2714\ufe0f" + `\ufe00\U000e0100\U000e0041`},
		{"grapheme joiner", "a\u034fb", `a\u034fb`, `a\u034fb`},
		{"filler", "a\u3164b", `a\u3164b`, `a\u3164b`},
		{"private use", "\ue000", `\ue000`, `\ue000`},
		{"tower of marks", "o" + strings.Repeat("\u0337", 5), "o\u0337\u0337\u0337" + `\u0337\u0337`, "o\u0337\u0337\u0337" + `\u0337\u0337`},
		{"replacement character", "a\ufffd", "a\ufffd", "a\ufffd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Printable(tt.in); got != tt.want {
				t.Errorf("Printable: got %q, want %q", got, tt.want)
			}
			if got := PrintableBytes([]byte(tt.in)); got != tt.want {
				t.Errorf("PrintableBytes: got %q, want %q", got, tt.want)
			}
			if got := PrintableLines(tt.in); got != tt.lines {
				t.Errorf("PrintableLines: got %q, want %q", got, tt.lines)
			}
		})
	}
}

func FuzzPrintable(f *testing.F) {
	for _, seed := range []string{"", "plain", "\x1b[31m", "\x9b", "\u009b", "\u202e", "a\r\nb", "\xff\xfe", "o\u0337\u0337\u0337\u0337"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, out := range []string{Printable(s), PrintableLines(s)} {
			if !utf8.ValidString(out) {
				t.Fatalf("%q: %q is not UTF-8", s, out)
			}
			marks := 0
			for _, r := range out {
				if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) ||
					unicode.Is(unicode.Cf, r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs) {
					t.Fatalf("%q: %q contains %U", s, out, r)
				}
				if marks++; !unicode.Is(unicode.M, r) {
					marks = 0
				}
				if marks > maxMarks {
					t.Fatalf("%q: %q has %d marks in a row", s, out, marks)
				}
			}
		}
		if strings.ContainsAny(Printable(s), "\n\t") {
			t.Fatalf("%q: more than one line", s)
		}
	})
}
