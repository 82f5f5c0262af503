package httputil

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// Both representations must give the same answers: the lines as received, and
// the list after a change.
func TestHeadersLazyAndChanged(t *testing.T) {
	const raw = "Host: x\r\ncontent-TYPE:text/html \r\nX-A: 1\r\nx-a:\t2\r\nEmpty:\r\nX-A-B: 3\r\nX-A: 4, 5\r\n"
	lazy := ParsedHeaders(raw)
	withoutEnd := ParsedHeaders(strings.TrimSuffix(raw, "\r\n"))
	changed := ParsedHeaders(raw)
	if err := changed.Add("Extra", "e"); err != nil {
		t.Fatal(err)
	}
	changed.Del("Extra")
	if changed.raw != "" {
		t.Fatal("Add left the headers as they were received")
	}
	clone := changed.Clone()
	for name, h := range map[string]*HTTPHeaders{"lazy": &lazy, "no CRLF": &withoutEnd, "changed": &changed, "clone": &clone} {
		t.Run(name, func(t *testing.T) {
			for _, tt := range []struct {
				name string
				list []string
			}{
				{"Host", []string{"x"}},
				{"host", []string{"x"}},
				{"Content-Type", []string{"text/html"}},
				{"X-A", []string{"1", "2", "4, 5"}},
				{"x-A-b", []string{"3"}},
				{"Empty", []string{""}},
				{"X", nil},
				{"Hos", nil},
				{"Hostx", nil},
				{"", nil},
			} {
				if got := h.GetList(tt.name); !slices.Equal(got, tt.list) {
					t.Errorf("GetList(%q): got %q; want %q", tt.name, got, tt.list)
				}
				if got, want := h.Get(tt.name), strings.Join(tt.list, ","); got != want {
					t.Errorf("Get(%q): got %q; want %q", tt.name, got, want)
				}
				if got, want := h.Has(tt.name), tt.list != nil; got != want {
					t.Errorf("Has(%q): got %v; want %v", tt.name, got, want)
				}
			}
			want := "Host: x\r\nContent-Type: text/html\r\nX-A: 1\r\nX-A: 2\r\nEmpty: \r\nX-A-B: 3\r\nX-A: 4, 5\r\n"
			if got := h.String(); got != want {
				t.Errorf("got %q; want %q", got, want)
			}
			if got := h.Len(); got != 7 {
				t.Errorf("Len: got %d; want 7", got)
			}
		})
	}
}

func TestHeadersSet(t *testing.T) {
	for _, tt := range []struct {
		name, field, value string
		want               string // wire form after A: 1, B: 2, A: 3
		bad                bool
	}{
		{"replaces all of the name", "a", "4", "A: 4\r\nB: 2\r\n", false},
		{"appends a new one", "c", "4", "A: 1\r\nB: 2\r\nA: 3\r\nC: 4\r\n", false},
		{"drops space around", "B", " \tx y\t ", "A: 1\r\nB: x y\r\nA: 3\r\n", false},
		{"obs-text", "B", "\xff\x80", "A: 1\r\nB: \xff\x80\r\nA: 3\r\n", false},
		{"CRLF in the value", "B", "x\r\nEvil: 1", "", true},
		{"LF in the value", "B", "x\nEvil: 1", "", true},
		{"NUL", "B", "\x00", "", true},
		{"DEL", "B", "\x7f", "", true},
		{"empty name", "", "x", "", true},
		{"colon in the name", "B:", "x", "", true},
		{"space in the name", "B ", "x", "", true},
		{"CRLF in the name", "B\r\n", "x", "", true},
		{"letter beyond ASCII in the name", "Bé", "x", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := ParsedHeaders("A: 1\r\nB: 2\r\nA: 3\r\n")
			err := h.Set(tt.field, tt.value)
			if input := (*HTTPInputError)(nil); (err != nil) != tt.bad || tt.bad && !errors.As(err, &input) {
				t.Fatalf("got the error %v", err)
			}
			if tt.bad {
				tt.want = "A: 1\r\nB: 2\r\nA: 3\r\n"
			}
			if got := h.String(); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
			if tt.bad && h.Add(tt.field, tt.value) == nil {
				t.Error("Add accepts what Set refuses")
			}
		})
	}
}

func TestHeadersResetAndUse(t *testing.T) {
	var h HTTPHeaders
	var room HeaderRoom
	h.Use(&room)
	allocations := testing.AllocsPerRun(100, func() {
		h.Reset()
		for _, name := range [...]string{"Content-Type", "content-length", "server", "Etag", "vary", "Date", "Connection", "Allow"} {
			if err := h.Set(name, "x"); err != nil {
				t.Fatal(err)
			}
		}
	})
	if allocations > 0 {
		t.Errorf("eight fields cost %v allocations; want 0", allocations)
	}
	if err := h.Set("Ninth", "x"); err != nil {
		t.Fatal(err)
	}
	if h.Len() != 9 || h.Get("vary") != "x" {
		t.Errorf("got %q", h.String())
	}
	h.Reset()
	if h.Len() != 0 || h.Get("Vary") != "" || h.String() != "" {
		t.Errorf("after Reset: %q", h.String())
	}
}

func TestHeadersCloneIsApart(t *testing.T) {
	h := ParsedHeaders("A: 1\r\n")
	if err := h.Add("B", "2"); err != nil {
		t.Fatal(err)
	}
	clone := h.Clone()
	if err := errors.Join(clone.Set("A", "x"), clone.Add("C", "3")); err != nil {
		t.Fatal(err)
	}
	h.Del("B")
	if h.String() != "A: 1\r\n" || clone.String() != "A: x\r\nB: 2\r\nC: 3\r\n" {
		t.Errorf("got %q and %q", h.String(), clone.String())
	}
}

func TestHeadersZeroValue(t *testing.T) {
	var h HTTPHeaders
	h.Del("A")
	if h.Get("A") != "" || h.Has("A") || h.Len() != 0 || h.GetList("A") != nil || len(h.Append(nil)) != 0 {
		t.Errorf("got %q", h.String())
	}
	if err := h.Add("a", "1"); err != nil || h.Get("A") != "1" {
		t.Errorf("got %q, %v", h.Get("A"), err)
	}
}

// Iteration that stops early must not go on in the second representation.
func TestHeadersAllStops(t *testing.T) {
	h := ParsedHeaders("A: 1\r\nB: 2\r\n")
	for _, materialize := range []bool{false, true} {
		if materialize {
			h.materialize()
		}
		n := 0
		for range h.All() {
			n++
			break
		}
		if n != 1 {
			t.Errorf("got %d; want 1", n)
		}
	}
}

func TestHeadersManyOfOneName(t *testing.T) {
	raw := strings.Repeat("A: 1\r\n", 500)
	h := ParsedHeaders(raw)
	if got, want := h.Get("a"), strings.Repeat("1,", 499)+"1"; got != want {
		t.Errorf("got %d octets; want %d", len(got), len(want))
	}
	if err := h.Set("A", "2"); err != nil || h.String() != "A: 2\r\n" {
		t.Errorf("got %q, %v", h.String(), err)
	}
}

func TestNormalizeName(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		free       bool // costs no allocation
	}{
		{"Content-Type", "Content-Type", true},
		{"content-type", "Content-Type", true},
		{"CONTENT-TYPE", "Content-Type", true},
		{"X-Own-Name", "X-Own-Name", true},
		{"x-own-name", "X-Own-Name", false},
		{"x-1a-b2", "X-1a-B2", false},
		{"a-", "A-", false},
		{"-a", "-A", false},
		{"", "", true},
		{"WWW-Authenticate", "Www-Authenticate", true},
		{strings.Repeat("a", 100), "A" + strings.Repeat("a", 99), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := NormalizeName(tt.name); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
			if n := testing.AllocsPerRun(10, func() { NormalizeName(tt.name) }); tt.free && n > 0 {
				t.Errorf("got %v allocations; want 0", n)
			}
		})
	}
	for name := range commonNames {
		if !isNormal(name) {
			t.Errorf("%s in the table is not written as NormalizeName writes it", name)
		}
	}
}

func BenchmarkHeadersGet(b *testing.B) {
	h := ParsedHeaders("Host: localhost:8888\r\n" + browserFields)
	b.ReportAllocs()
	for b.Loop() {
		if h.Get("Cookie") == "" {
			b.Fatal("no cookie")
		}
	}
}

const browserFields = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n" +
	"Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nConnection: keep-alive\r\n" +
	"Cookie: _xsrf=2|7586b241|47c876d965112a2f547c63c95cbc44b1|1420000000\r\nUpgrade-Insecure-Requests: 1\r\nPriority: u=0, i\r\n"

func BenchmarkHeadersAnswer(b *testing.B) {
	var h HTTPHeaders
	var room HeaderRoom
	h.Use(&room)
	buf := make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		h.Reset()
		for _, field := range [...][2]string{{"Server", "TornadoServer/6"}, {"Content-Type", "text/html; charset=UTF-8"},
			{"Content-Length", "12"}, {"Etag", `"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"`}} {
			if err := h.Set(field[0], field[1]); err != nil {
				b.Fatal(err)
			}
		}
		buf = h.Append(buf[:0])
	}
}
