package httputil

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var forwardedCases = []struct{ field, want string }{
	{"for=192.0.2.1", "192.0.2.1"},
	{"For=192.0.2.1;PROTO=https;by=203.0.113.4;host=a.example", "192.0.2.1 https a.example by 203.0.113.4"},
	{`for="192.0.2.1:80"`, "192.0.2.1"},
	{`for="[2001:db8::1]"`, "2001:db8::1"},
	{`for="[2001:db8::1]:4711"`, "2001:db8::1"},
	{`for="[2001:db8::1]:_port"`, "2001:db8::1"},
	{"for=192.0.2.1, for=192.0.2.2;proto=http", "192.0.2.1 | 192.0.2.2 http"},
	{"for=192.0.2.1 ; proto=http", "192.0.2.1 http"},
	{";for=192.0.2.1;;", "192.0.2.1"},
	{"for=unknown", "hidden"},
	{"for=_secret", "hidden"},
	{"proto=https", "hidden https"},
	{"secret=a;for=192.0.2.1", "192.0.2.1"},
	{`host="a\"b, c;for=x"`, `hidden a"b, c;for=x`},
	{`for="2001:db8::1"`, "hidden"},          // without brackets
	{`for="[192.0.2.1]"`, "hidden"},          // with brackets
	{`for="[fe80::1%eth0]"`, "hidden"},       // with a zone
	{`for="192.0.2.1:"`, "hidden"},           // a port is missing
	{`for="192.0.2.1:x"`, "hidden"},          // and no number
	{`for="[2001:db8::1]x"`, "hidden"},       // something behind
	{`for="192.0.2.1, 192.0.2.2"`, "hidden"}, // two in one
	{"for=a;by=b, proto=c", "hidden by b | hidden c"},

	{"", "malformed"},
	{"for", "malformed"},
	{"for=", "malformed"},
	{"=a", "malformed"},
	{"for =a", "malformed"},
	{"for= a", "malformed"},
	{"for=192.0.2.1:80", "malformed"}, // would have to be quoted
	{"for=[2001:db8::1]", "malformed"},
	{"for=a for=b", "malformed"},
	{"for=a;for=b", "malformed"},
	{"for=a;FOR=b", "malformed"},
	{"for=a,", "malformed"},
	{`for="a`, "malformed"},
	{`for="a\`, "malformed"},
	{`for="a"b`, "malformed"},
	{`for="evil, for=192.0.2.1`, "malformed"},
	{`for="evil, for="[2001:db8::1]"`, "malformed"},
}

func showForwarded(field string) string {
	elements, ok := ParseForwarded(field)
	if !ok {
		return "malformed"
	}
	var shown []string
	for _, e := range elements {
		text := "hidden"
		if address, ok := e.Address(); ok {
			text = address.String()
		}
		for _, more := range []string{e.Proto, e.Host} {
			if more != "" {
				text += " " + more
			}
		}
		if e.By != "" {
			text += " by " + e.By
		}
		shown = append(shown, text)
	}
	return strings.Join(shown, " | ")
}

func TestParseForwarded(t *testing.T) {
	for _, tt := range forwardedCases {
		if got := showForwarded(tt.field); got != tt.want {
			t.Errorf("%s: got %s; want %s", tt.field, got, tt.want)
		}
	}
}

// FuzzParseForwarded: what a client sends before what a proxy appends is either
// found malformed, or leaves that alone.
func FuzzParseForwarded(f *testing.F) {
	for _, tt := range forwardedCases {
		f.Add(tt.field)
	}
	f.Fuzz(func(t *testing.T, field string) {
		elements, ok := ParseForwarded(field + `, for="[2001:db8::1]";proto=https`)
		if !ok {
			return
		}
		last := elements[len(elements)-1]
		if address, ok := last.Address(); !ok || address.String() != "2001:db8::1" || last.Proto != "https" {
			t.Fatalf("%q: the proxy's element became %+v", field, last)
		}
	})
}

func TestParseForwardedIsLinear(t *testing.T) {
	start := time.Now()
	for _, part := range []string{"for=a,", `for="a",`, ";", "a=b;", `a="`, `\`} {
		ParseForwarded(strings.Repeat(part, 64<<10/len(part)))
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("64 KiB took %v", took)
	}
}

func ExampleParseForwarded() {
	elements, _ := ParseForwarded(`for=192.0.2.43, for="[2001:db8::17]:4711";proto=https`)
	address, _ := elements[1].Address()
	fmt.Println(address, elements[1].Proto)
	// Output: 2001:db8::17 https
}
