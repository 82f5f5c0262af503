package escape

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestJSONEncodeInScript(t *testing.T) {
	for _, tt := range []struct {
		name string
		v    any
		want string
	}{
		{"end of script", "</script>", `"<\/script>"`},
		{"comment", "<!-- x", `"\u003c!-- x"`},
		{"nested script", "<ScRiPt>", `"\u003cScRiPt>"`},
		{"at the end", "<", `"<"`},
		{"key", map[string]int{"</": 1}, `{"<\/":1}`},
		{"line separators", "\u2028\u2029", `"\u2028\u2029"`},
		{"plain", []any{1, "a", nil}, `[1,"a",null]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := JSONEncode(tt.v)
			if got != tt.want || err != nil {
				t.Errorf("got %s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestAppendJSONKeepsDstAfterAnError(t *testing.T) {
	got, err := AppendJSON([]byte("before"), math.NaN())
	if string(got) != "before" || err == nil {
		t.Errorf("got %q, %v; want the input and an error", got, err)
	}
}

func TestAppendXHTMLAllocatesNothing(t *testing.T) {
	dst := make([]byte, 0, 256)
	text := strings.Repeat("a <b> & ", 8)
	if n := testing.AllocsPerRun(100, func() { dst = AppendXHTML(dst[:0], text) }); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}

// Sixteen times the text may take sixteen times as long, give or take what a busy
// machine does; quadratic work would take 256 times as long.
func TestLinearTime(t *testing.T) {
	functions := map[string]func(string){
		"XHTMLEscape":      func(s string) { XHTMLEscape(s) },
		"XHTMLUnescape":    func(s string) { XHTMLUnescape(s) },
		"URLEscape":        func(s string) { URLEscape(s, true) },
		"URLUnescape":      func(s string) { URLUnescape(s, true) },
		"URLUnescapeBytes": func(s string) { URLUnescapeBytes(s, true) },
		"URLUnescapeWith":  func(s string) { URLUnescapeWith(s, true, func(b []byte) string { return string(b) }) },
		"ParseQSBytes":     func(s string) { _, _ = ParseQSBytes(s, true, false) },
		"JSONEncode":       func(s string) { _, _ = JSONEncode(s) },
		"JSONDecode":       func(s string) { _ = JSONDecode([]byte(s), new(any)) },
		"Squeeze":          func(s string) { Squeeze(s) },
		"Linkify":          func(s string) { Linkify(s, LinkifyOptions{Shorten: true}) },
		"Linkify required": func(s string) { Linkify(s, LinkifyOptions{RequireProtocol: true, PermittedProtocols: []string{"x"}}) },
	}
	for _, unit := range []string{
		"a-", "-", "a:/", "www.", "www.!", "www.(a", "http://", "a:// ", "://.", "(a)", "(((", "&", "&a", "&amp;", "&#", "&#x1", "&quot;",
		"%", "%4", "%ff", "+", "=&", "\xff", "<", "</", "<!", "[", "\x00", " \n", "é",
	} {
		for name, f := range functions {
			small, large := strings.Repeat(unit, 1<<10), strings.Repeat(unit, 1<<14)
			ratio := math.Inf(1)
			for range 20 {
				if ratio = min(ratio, float64(duration(f, large))/float64(duration(f, small)+time.Microsecond)); ratio < 64 {
					break
				}
			}
			if ratio >= 64 {
				t.Errorf("%s of %q: sixteen times the text takes %.0f times as long", name, unit, ratio)
			}
		}
	}
}

func duration(f func(string), text string) time.Duration {
	began := time.Now()
	f(text)
	return time.Since(began)
}

func TestLinkifyInsideAWord(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"dash in front", "-http://a.b", `-<a href="http://a.b">http://a.b</a>`},
		{"dashes in front", "see--http://a.b", "see--http://a.b"},
		{"word and dash", "x http://a.b-http://c.d", `x <a href="http://a.b-http://c.d">http://a.b-http://c.d</a>`},
		{"letter in front", "éhttp://a.b", "éhttp://a.b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Linkify(tt.text, LinkifyOptions{}); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestJSONDecode(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"UTF-8", "{\"a\":[1]}", "map[a:[1]]"},
		{"with a mark", "\xef\xbb\xbf1", "1"},
		{"UTF-16", "\"\x00\x3d\xd8\x00\xde\"\x00", "\U0001f600"},
		{"UTF-16 with a mark", "\xfe\xff\x001", "1"},
		{"UTF-32", "\x00\x00\x001", "1"},
		{"UTF-32 with a mark", "\xff\xfe\x00\x001\x00\x00\x00", "1"},
		{"half a character", "1\x002", "error"},
		{"empty", "", "error"},
		{"two values", "1 2", "error"},
	} {
		var v any
		err := JSONDecode([]byte(tt.text), &v)
		got := fmt.Sprint(v)
		if err != nil {
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%s: got %s, %v; want %s", tt.name, got, err, tt.want)
		}
	}
}

func FuzzJSONDecode(f *testing.F) {
	f.Add([]byte("\xff\xfe[\x00]\x00"))
	f.Add([]byte("{\"a\":1e3} "))
	f.Fuzz(func(t *testing.T, data []byte) {
		var v, again any
		if err := JSONDecode(data, &v); err != nil {
			return
		}
		text, err := JSONEncode(v)
		if err == nil {
			err = JSONDecode(text, &again)
		}
		if err != nil || !reflect.DeepEqual(v, again) {
			t.Errorf("%q: got %v, then %v, %v", data, v, again, err)
		}
	})
}

func FuzzParseQSBytes(f *testing.F) {
	f.Add("a=1&a=%32+&b&=c&&")
	f.Fuzz(func(t *testing.T, qs string) {
		all, err := ParseQSBytes(qs, true, false)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, values := range all {
			n += len(values)
		}
		if fields := len(strings.FieldsFunc(qs, func(r rune) bool { return r == '&' })); n != fields {
			t.Errorf("%q: got %d values of %d fields", qs, n, fields)
		}
	})
}

func FuzzRoundTrips(f *testing.F) {
	f.Add("a<b>&\"'c d+e%41/ü\xff")
	f.Add("http://x.test/(a)&amp;. www.")
	f.Fuzz(func(t *testing.T, s string) {
		if got := XHTMLUnescape(XHTMLEscape(s)); got != s {
			t.Errorf("XHTML: got %q, want %q", got, s)
		}
		for _, plus := range []bool{true, false} {
			if got := string(URLUnescapeBytes(URLEscape(s, plus), plus)); got != s {
				t.Errorf("URL: got %q, want %q", got, s)
			}
		}
		if got := URLUnescapeWith(URLEscape(s, true), true, func(b []byte) string { return string(b) }); got != s {
			t.Errorf("URLUnescapeWith: got %q, want %q", got, s)
		}
		linked := Linkify(s, LinkifyOptions{Shorten: true})
		if strings.Count(linked, "<") != strings.Count(linked, "<a ")+strings.Count(linked, "</a>") {
			t.Errorf("Linkify let a tag through: %q", linked)
		}
	})
}

func ExampleXHTMLEscape() {
	fmt.Println(XHTMLEscape(`<a title="Tom & Jerry">`))
	// Output: &lt;a title=&quot;Tom &amp; Jerry&quot;&gt;
}

func ExampleURLEscape() {
	fmt.Println(URLEscape("a b/c", true), URLEscape("a b/c", false))
	// Output: a+b%2Fc a%20b/c
}

func ExampleJSONEncode() {
	s, err := JSONEncode(map[string]string{"html": "<b></b>"})
	fmt.Println(s, err)
	// Output: {"html":"<b><\/b>"} <nil>
}

func ExampleLinkify() {
	fmt.Println(Linkify("see www.example.com!", LinkifyOptions{}))
	// Output: see <a href="http://www.example.com">www.example.com</a>!
}

func ExampleJSONDecode() {
	var order struct{ Item string }
	err := JSONDecode(`{"item": "tea"}`, &order)
	fmt.Println(order.Item, err)
	// Output: tea <nil>
}

func ExampleParseQSBytes() {
	arguments, err := ParseQSBytes("tag=go&tag=web&q=caf%C3%A9&empty=", false, false)
	fmt.Println(arguments, err)
	// Output: map[q:[café] tag:[go web]] <nil>
}
