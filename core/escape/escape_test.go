package escape

import (
	"fmt"
	"math"
	"strings"
	"testing"
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

func TestLinkifyTakesLinearTime(t *testing.T) {
	for _, end := range []string{"", ":/", "://."} {
		text := strings.Repeat("a-", 1<<19) + end // quadratic work would take minutes
		if got := Linkify(text, LinkifyOptions{}); got != text {
			t.Errorf("%q: got %d bytes, want the text as it was", end, len(got))
		}
	}
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
