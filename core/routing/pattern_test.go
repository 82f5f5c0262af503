package routing

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestCompileErrors(t *testing.T) {
	for _, tt := range []struct {
		name, pattern string
		want          error
		text          string
	}{
		{"mixed groups", `/(?P<a>x)/(y)`, ErrMixedGroups, "/(?P<a>x)/(y)"},
		{"no slash", `story/([0-9]+)`, ErrNoPath, "begin it with /"},
		{"empty", ``, ErrNoPath, ""},
		{"open group", `/(`, nil, "missing closing )"},
		{"closing only what we open", `/a)(`, nil, "unexpected )"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Compile(tt.pattern)
			if err == nil || (tt.want != nil && !errors.Is(err, tt.want)) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v; want %v with %q", err, tt.want, tt.text)
			}
		})
	}
}

var segmentPatterns = []struct {
	pattern string
	fast    bool
}{
	{`/`, true},
	{`/about`, true},
	{`/a\.b`, true},
	{`/story/([0-9]+)`, true},
	{`/story/(\d+)/`, true},
	{`/(\w+)`, true},
	{`/([^/]+)/([^/]+)`, true},
	{`/files/(.*)`, true},
	{`/x/(.*)\.html`, true},
	{`/x/(.+)aa`, true},
	{`/(?P<y>\d{4})/(?P<m>\d\d?)`, false},
	{`/(?P<y>\d{4})/(?P<m>\d{2})`, true},
	{`/([^/]{2,3})`, true},
	{`/é/([^/é]*)`, false},
	{`/é/([a-z]*)`, true},
	{`/[\w-]+/(x)`, true},
	{`/foo/?`, false},
	{`/(a)?(b)?`, false},
	{`/(.*)/(.*)`, false},
	{`(?i)/foo`, false},
	{`/a|/b`, true},
	{`/(.+?)/x`, false},
}

func TestSegmentsAreUsedWhereTheyCanBe(t *testing.T) {
	for _, tt := range segmentPatterns {
		if got := MustCompile(tt.pattern).regexp == nil; got != tt.fast {
			t.Errorf("%s: without regexp: %v; want %v", tt.pattern, got, tt.fast)
		}
	}
}

// FuzzMatch holds the walk over segments against package regexp.
func FuzzMatch(f *testing.F) {
	for _, path := range []string{
		"", "/", "/about", "/a.b", "/axb", "/story/1", "/story/", "/story/1/", "/story/1\n", "/story/1a", "/a/b", "/a//b", "//",
		"/files/a/b/c", "/files/a\nb", "/x/.html", "/x/a.html.html", "/x/aa", "/x/aaa", "/x/aaaa", "/2024/05", "/2024/5", "/été",
		"/é/x", "/\xff\xfe", "/é1", "/ééé", "/éééé", "/FOO", "/ab", "/x/x", "*",
	} {
		f.Add(path)
	}
	type pair struct {
		pattern *Pattern
		regexp  *regexp.Regexp
	}
	var pairs []pair
	for _, tt := range segmentPatterns {
		pairs = append(pairs, pair{MustCompile(tt.pattern), regexp.MustCompile(`\A(?:` + tt.pattern + `)\z`)})
	}
	f.Fuzz(func(t *testing.T, path string) {
		for _, p := range pairs {
			var m Match
			got := p.pattern.Match(path, &m)
			found := p.regexp.FindStringSubmatch(path)
			if got != (found != nil) {
				t.Fatalf("%s on %q: matched %v; regexp says %q", p.pattern, path, got, found)
			}
			for i := range found[min(1, len(found)):] {
				if want := Unescape(found[i+1]); m.Value(i) != want {
					t.Fatalf("%s on %q: group %d is %q; want %q", p.pattern, path, i, m.Value(i), want)
				}
			}
		}
	})
}

func TestUnescape(t *testing.T) {
	for _, tt := range []struct{ raw, want string }{
		{"plain", "plain"},
		{"a+b", "a+b"},
		{"%41%62", "Ab"},
		{"%2e%2E%2f", "../"},
		{"%", "%"}, {"%4", "%4"}, {"%zz", "%zz"}, {"%4z%41", "%4zA"}, {"a%", "a%"},
		{"%2541", "%41"},
		{"%00", "\x00"},
	} {
		if got := Unescape(tt.raw); got != tt.want {
			t.Errorf("%q: got %q; want %q", tt.raw, got, tt.want)
		}
	}
}

func TestMatchHoldsAnyNumberOfGroups(t *testing.T) {
	p := MustCompile(`/(a)/(b)/(c)/(d)/(e)`)
	var m Match
	if !p.Match("/a/b/c/d/e", &m) {
		t.Fatal("no match")
	}
	if got, want := m.Values(), []string{"a", "b", "c", "d", "e"}; !slices.Equal(got, want) || m.Value(4) != "e" {
		t.Errorf("got %q; want %q", got, want)
	}
	if !MustCompile(`/(x)`).Match("/x", &m) || m.Len() != 1 || m.Value(0) != "x" {
		t.Errorf("used again: got %q; want [x]", m.Values())
	}
}

type fruit int

func (fruit) String() string { return "apple pie" }

func TestReverse(t *testing.T) {
	for _, tt := range []struct {
		name, pattern string
		args          []any
		want          string
		err           error
	}{
		{"stringer", `/(.*)`, []any{fruit(1)}, "/apple%20pie", nil},
		{"bytes", `/(.*)`, []any{[]byte("a?")}, "/a%3F", nil},
		{"kinds", `/(.*)/(.*)/(.*)`, []any{uint8(7), true, float32(0.5)}, "/7/true/0.5", nil},
		{"optional slash", `/about/?`, nil, "/about", nil},
		{"nil", `/(.*)`, []any{nil}, "", ErrArguments},
		{"slice", `/(.*)`, []any{[]int{1}}, "", ErrArguments},
		{"too few", `/(.*)`, nil, "", ErrArguments},
		{"too many", `/`, []any{1}, "", ErrArguments},
		{"class", `/[a-z]+/(x)`, []any{1}, "", ErrNotReversible},
		{"nested", `/((a))`, []any{1, 2}, "", ErrNotReversible},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := MustCompile(tt.pattern).Reverse(tt.args...)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestTableFirstMatchWins(t *testing.T) {
	var table Table[string]
	for _, pattern := range []string{`/a`, `/a/(\d+)`, `/a/(\w+)`, `/a/7`, `/named/(?P<id>\d+)`, `/b`, `/(.*)`, `/b`, `/late`} {
		table.Add(MustCompile(pattern), pattern)
	}
	for _, tt := range []struct {
		path, want string
		values     []string
	}{
		{"/a", `/a`, nil},
		{"/a/7", `/a/(\d+)`, []string{"7"}},
		{"/a/x", `/a/(\w+)`, []string{"x"}},
		{"/named/7", `/named/(?P<id>\d+)`, []string{"7"}},
		{"/b", `/b`, nil},
		{"/late", `/(.*)`, []string{"late"}},
		{"/", `/(.*)`, []string{""}},
		{"*", "", nil},
	} {
		var m Match
		got, ok := table.Find(tt.path, &m)
		if got != tt.want || ok != (tt.want != "") || !slices.Equal(m.Values(), tt.values) {
			t.Errorf("%s: got %q, %v, %q; want %q, %q", tt.path, got, ok, m.Values(), tt.want, tt.values)
		}
	}
}

func TestFindAllocatesNothing(t *testing.T) {
	var table Table[int]
	table.Add(MustCompile(`/story/([0-9]+)`), 1)
	table.Add(MustCompile(`/about`), 2)
	var m Match
	for _, path := range []string{"/story/12", "/about", "/none"} {
		if n := testing.AllocsPerRun(100, func() { table.Find(path, &m) }); n != 0 {
			t.Errorf("%s: %v allocations; want none", path, n)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	var table Table[int]
	for i, pattern := range []string{`/`, `/about`, `/story/([0-9]+)`, `/user/([^/]+)/posts`, `/files/(.*)`} {
		table.Add(MustCompile(pattern), i)
	}
	var m Match
	for _, path := range []string{"/", "/story/12", "/files/a/b.png"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				table.Find(path, &m)
			}
		})
	}
}
