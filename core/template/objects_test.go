package template

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"testing"
)

// headers tell by Has whether there is a key, a store by the second result of Get,
// and counters not at all.
type (
	headers  struct{ fields map[string]string }
	store    map[string]int
	counters struct{ n map[string]int }
	refusing struct{}
)

func (h headers) Get(name string) string { return h.fields[name] }
func (h headers) Has(name string) bool   { _, ok := h.fields[name]; return ok }

func (h headers) All() iter.Seq2[string, string] { return maps.All(h.fields) }

func (s *store) Get(key string) (int, bool) { n, ok := (*s)[key]; return n, ok }

func (c *counters) Get(name string) int { return c.n[name] }

func (refusing) Get(string) (int, error) { return 0, errors.New("closed") }

// TestKeysOfObjects reads values with a method Get as dicts.
func TestKeysOfObjects(t *testing.T) {
	args := map[string]any{
		"h": headers{map[string]string{"a": "1", "empty": ""}},
		"s": &store{"a": 1, "zero": 0},
		"c": &counters{map[string]int{"a": 1}},
		"r": refusing{},
		"x": newStory(),
		"w": http.Header{"Accept": {"a", "b"}},
	}
	for _, tt := range []struct{ text, want string }{
		{"{{ h['a'] }}{{ s['a'] }}{{ c['a'] }}{{ c['none'] }}", "1110"},
		{"{{ h['empty'] }}|{{ s['zero'] }}", "|0"},
		{"{{ h['none'] }}", "!there is no key 'none'"},
		{"{{ s['none'] }}", "!there is no key 'none'"},
		{"{{ h.get('a') }} {{ h.get('none') }} {{ h.get('none', 'd') }} {{ h.get('empty', 'd') }}", "1 None d "},
		{"{{ s.get('a') }} {{ s.get('none') }} {{ s.get('none', 'd') }} {{ s.get('zero', 'd') }}", "1 None d 0"},
		{"{{ c.get('a') }} {{ c.get('none') }} {{ c.get('none', 'd') }}", "1 0 d"},
		{"{{ h.Get('none') }}|{{ s.Get('none') }}", "|(0, False)"},
		{"{{ 'a' in h }} {{ 'none' in h }} {{ 'empty' in h }} {{ 'zero' in s }} {{ 'none' not in s }} {{ 'none' in c }}", "True False True True True False"},
		{"{{ w.get('accept') }} {{ w.get('none', 'd') }} {{ w['Accept'] }}", "a d ['a', 'b']"},
		{"{% try %}{{ h['none'] }}{% except KeyError as e %}{{ e }}{% end %}", "'none'"},
		{"{% for name in sorted(h) %}{{ name }}={{ h[name] }} {% end %}", "a=1 empty= "},
		{"{{ sorted(h.all()) }}", "[('a', '1'), ('empty', '')]"},
		{"{{ r['a'] }}", "!closed"},
		{"{{ h[0] }}", "!'template.headers' object is not subscriptable"},
		{"{{ x['title'] }}", "!'template.story' object is not subscriptable; write .title"},
		{"{{ x['none'] }}", "!'template.story' object is not subscriptable"},
		{"{{ 'title' in x }}", "!argument of type 'template.story' is not iterable"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			if got := rendered(t, tt.text, args); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// rendered is what becomes of text, unescaped, or "!" and the message of the error.
func rendered(t *testing.T, text string, args map[string]any) string {
	t.Helper()
	tpl, err := New(text, "t.txt", Options{Autoescape: "None"})
	if err != nil {
		t.Fatal(err)
	}
	out, err := tpl.Generate(args)
	if e := (*Error)(nil); errors.As(err, &e) {
		return "!" + e.Message
	}
	return string(out)
}

// A polyglot has attributes for templates besides its own.
type polyglot struct{ Name, Other string }

func (p *polyglot) Greet(name string) string { return "Hello " + name }

func (p *polyglot) TemplateAttribute(name string) (any, bool) {
	switch name {
	case "greet":
		return func(kw Kwargs, name string) string { return fmt.Sprint(p.Greet(name), " ", kw) }, true
	case "other":
		return "instead of " + p.Other, true
	}
	return nil, false
}

func TestMoreAttributes(t *testing.T) {
	args := map[string]any{"p": &polyglot{"N", "O"}, "nothing": (*polyglot)(nil)}
	for _, tt := range []struct{ text, want string }{
		{"{{ p.greet('Ann', loud=True) }}", "Hello Ann map[loud:true]"},
		{"{{ p.Greet('Ann') }}", "Hello Ann"},
		{"{{ p.name }} {{ p.other }} {{ p.Other }}", "N instead of O O"},
		{"{{ getattr(p, 'other') }} {{ hasattr(p, 'greet') }} {{ hasattr(p, 'none') }}", "instead of O True False"},
		{"{{ p.nme }}", "!'template.polyglot' object has no attribute 'nme'; did you mean 'name'?"},
		{"{{ nothing.other }}", "!'NoneType' object has no attributes: it is a nil *template.polyglot"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			if got := rendered(t, tt.text, args); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
