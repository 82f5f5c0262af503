package template

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"testing"
	"time"
)

type author struct {
	Name    string
	private string
}

func (a *author) Greeting() string { return "Hi " + a.Name }

type story struct {
	Title     string
	CreatedAt time.Time
	Author    *author
	Tags      []string
	HTML      []byte
	Extra     map[string]any
	Link      func(string) string
	Rating    float32
	Any       any
}

func (s story) URL() string                 { return "/s/" + strings.ToLower(s.Title) }
func (s story) Upper(n int) string          { return strings.ToUpper(s.Title[:n]) }
func (s story) Fails() (string, error)      { return "", fs.ErrPermission }
func (s story) Panics() string              { panic("oh") }
func (s *story) PointerMethod() (int, bool) { return 1, true }

func newStory() *story {
	return &story{
		Title:     "Go & on",
		CreatedAt: time.Date(2024, 2, 3, 4, 5, 6, 0, time.UTC),
		Author:    &author{Name: "Ann", private: "x"},
		Tags:      []string{"a", "b"},
		HTML:      []byte("<b>"),
		Extra:     map[string]any{"items": 3, "k": []int{1, 2}},
		Link:      func(s string) string { return "/" + s },
		Rating:    0.1,
		Any:       map[string]int{"n": 7},
	}
}

// TestErrorPositions has the error written where it must be reported: the marker
// «message» is taken out of the template, and stands for its position.
func TestErrorPositions(t *testing.T) {
	args := map[string]any{
		"title": "T", "n": 1, "story": newStory(), "d": map[string]any{"price": 1},
		"panics": func() string { panic(errors.New("broken")) },
		"fails":  func() (int, error) { return 0, fs.ErrClosed },
		"takes":  func(int) string { return "" },
	}
	for _, text := range []string{
		"a\n\n  {{ «name 'titel' is not defined; did you mean 'title'?»titel }}",
		"ü {{ title }} {{ 1 + «name 'x' is not defined»x }}",
		"{{ story.«'template.story' object has no attribute 'titel'; did you mean 'title'?»titel }}",
		"{{ story.«'template.story' object has no attribute 'created'; did you mean 'created_at'?»created }}",
		"{{ story.author.«'template.author' object has no attribute 'private'»private }}",
		"{{ d«there is no key 'prise'; did you mean 'price'?»['prise'] }}",
		"{{ title.«'str' object has no attribute 'uper'; did you mean 'upper'?»uper() }}",
		"{{ n\n «integer division or modulo by zero»// 0 }}",
		"{{ «panic: broken»panics() }}",
		"{{ «file already closed»fails() }}",
		"{{ story.«permission denied»fails }}",
		"{{ story.«panic: oh»panics }}",
		"{{ «argument 1 of takes() must be an int, not str»takes('x') }}",
		"{{ «takes() takes 1 argument, not 2»takes(1, 2) }}",
		"{{ n < «'<' not supported between instances of 'int' and 'str'»'a' }}",
		"{% for x in «'int' object is not iterable»n %}{% end %}",
		"{% for «not enough values to unpack (expected 2, got 1)»a, b in ['x'] %}{% end %}",
		"«the function must give text, not int»{% apply len %}x{% end %}",
		"{% apply bracket.«unexpected character '?' in expression; write 'a if condition else b'»?%}{% end %}",
		"{{ n +«the expression is incomplete» }}",
		"{{ (1, 2«expected ',' or ')', found the end of the expression» }}",
		"{{ n «unexpected a number in expression»1 }}",
		"{{ «unterminated string»'abc }}",
		"{{ «a starred expression needs a list or tuple round it»*n }}",
		"{% if n %}\n«unknown operator: 'ednif'»{% ednif %}",
		"{% if n %}\n«unknown operator: 'elsif'; did you mean 'elif'?»{% elsif n %}",
		"{% if n %}\n«unknown operator: 'endif'; every block ends with {% end %}»{% endif %}",
		"a\n «Missing {% end %} block for if»{% if n %}\n x",
		"«Extra {% end %} block»{% end %}",
		"x {{ y }}\n«Missing end expression }}»{{ z ",
		"{% set «cannot assign to this expression»f() = 1 %}",
		"{% whitespace «invalid whitespace mode tight»tight %}",
		"{% set story.tags.«a template cannot change the program's list; copy it with list() or dict() first»append('x') %}",
		"{% set story.extra«a template cannot change the program's dict; copy it with list() or dict() first»['x'] = 1 %}",
		"«break outside {'for', 'while'} block»{% break %}",
		"{{ «name 'late' has no value yet»late }}{% set late = 1 %}",
		"{{ '%s %s' «not enough arguments for format string»% 'x' }}",
	} {
		t.Run(text, func(t *testing.T) { checkMarkedError(t, text, args) })
	}
}

// checkMarkedError renders text, in which the message of the error stands between «
// and » where it points to.
func checkMarkedError(t *testing.T, text string, args map[string]any) {
	t.Helper()
	before, rest, _ := strings.Cut(text, "«")
	message, after, _ := strings.Cut(rest, "»")
	tpl, err := New(before+after, "t.html", Options{})
	if err == nil {
		_, err = tpl.Generate(args)
	}
	line := strings.Count(before, "\n") + 1
	column := len([]rune(before[strings.LastIndex(before, "\n")+1:])) + 1
	want := fmt.Sprintf("%s at t.html:%d:%d", message, line, column)
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestErrorFrames(t *testing.T) {
	l := NewDictLoader(map[string]string{
		"base.html":   "<html>\n  {% block body %}{% end %}\n{% if missing %}{% end %}",
		"page.html":   "{% extends base.html %}\n{% block body %}\n\t{% include row.html %}{% end %}",
		"row.html":    "{{ x }}\n{{ nosuch }}\nend",
		"lost.html":   "\n  {% include gone.html %}",
		"wrong.html":  "{% include broken.html %}",
		"broken.html": "\n{{ 1 + }}",
	}, Options{})
	for _, tt := range []struct {
		name, kind string
		frames     []string
	}{
		{"page.html", KindRuntime, []string{
			" row.html:2:4", "included by page.html:3:2", "in a block of base.html:2:3", "extended by page.html:1:1",
		}},
		{"lost.html", KindLoad, []string{" lost.html:2:3"}},
		{"wrong.html", KindParse, []string{" broken.html:2:7", "asked for by wrong.html:1:1"}},
		{"absent.html", KindLoad, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tpl, err := l.Load(tt.name)
			if err == nil {
				_, err = tpl.Generate(map[string]any{"x": 1})
			}
			var e *Error
			if !errors.As(err, &e) || e.Kind != tt.kind {
				t.Fatalf("got %v, want an error of kind %s", err, tt.kind)
			}
			var frames []string
			for _, fr := range e.Frames {
				frames = append(frames, fr.Relation+" "+fr.String())
			}
			if strings.Join(frames, "\n") != strings.Join(tt.frames, "\n") {
				t.Errorf("got frames\n%s\nwant\n%s", strings.Join(frames, "\n"), strings.Join(tt.frames, "\n"))
			}
			if notFound := errors.Is(err, fs.ErrNotExist); notFound != (tt.kind == KindLoad) {
				t.Errorf("errors.Is(%v, fs.ErrNotExist) is %v", err, notFound)
			}
		})
	}
}

func TestExcerpt(t *testing.T) {
	l := NewDictLoader(map[string]string{
		"base.txt": "{% include a.txt %}",
		"a.txt":    "one\ntwo\n\tä {{ nosuch }}\nfour\nfive\nsix\n",
	}, Options{})
	tpl, err := l.Load("base.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, err = tpl.Generate(nil)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	want := "1 | one\n2 | two\n3 | \tä {{ nosuch }}\n  | \t     ^\n4 | four\n5 | five\nincluded by base.txt:1:1\n"
	if got := e.Excerpt(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := (&Error{}).Excerpt(); got != "" {
		t.Errorf("an error without a place has the excerpt %q", got)
	}
}

type httpError struct{ StatusCode int }

func (httpError) Error() string { return "http" }

func TestCausesCanBeReached(t *testing.T) {
	for name, fn := range map[string]any{
		"returned": func() (string, error) { return "", httpError{404} },
		"panicked": func() string { panic(httpError{404}) },
	} {
		t.Run(name, func(t *testing.T) {
			tpl, err := New("{{ f() }}", "", Options{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = tpl.Generate(map[string]any{"f": fn})
			var cause httpError
			if !errors.As(err, &cause) || cause.StatusCode != 404 {
				t.Errorf("got %v, want one that wraps the cause", err)
			}
			var p *PanicError
			if errors.As(err, &p) && !strings.Contains(string(p.Stack), "TestCausesCanBeReached") {
				t.Errorf("the stack does not show who panicked:\n%s", p.Stack)
			}
		})
	}
}

func TestCircles(t *testing.T) {
	l := NewDictLoader(map[string]string{
		"a":    "{% extends b %}",
		"b":    "{% extends a %}",
		"self": "{% include self %}",
		"x":    "{% include y %}",
		"y":    "{% if 0 %}{% include x %}{% end %}",
		"many": strings.Repeat("{% include m1 %}", 30),
		"m1":   strings.Repeat("{% include m2 %}", 30),
		"m2":   strings.Repeat("{% include m3 %}", 30),
		"m3":   "x",
	}, Options{})
	for name, want := range map[string]string{
		"a":    "circular extends: a -> b -> a at b:1:1",
		"self": "circular include: self -> self at self:1:1",
		"x":    "circular include: x -> y -> x at y:1:11",
		"many": "the template consists of too many includes and blocks at m2:1:97",
	} {
		_, err := l.Load(name)
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

func TestLimits(t *testing.T) {
	o := Options{Limits: Limits{MaxDepth: 20, MaxOutput: 1000, MaxIterations: 1000}}
	for name, tt := range map[string]struct{ text, want string }{
		"endless loop":      {"{% while 1 %}{% end %}", "iterations"},
		"long loop":         {"{% for x in range(10**9) %}{% end %}", "iterations"},
		"long list":         {"{{ list(range(10**12)) }}", "iterations"},
		"output":            {"{% for x in range(500) %}abc{% end %}", "writes more than 1000 bytes"},
		"repeated text":     {"{{ 'ab' * 10**12 }}", "more than 1000 bytes"},
		"overflowing text":  {"{{ 'ab' * (2**63 - 1) }}", "more than 1000 bytes"},
		"padding":           {"{{ 'a'.ljust(10**12) }}", "more than 1000 bytes"},
		"format width":      {"{{ '%99999999d' % 1 }}", "wider"},
		"replace":           {"{{ ('a' * 900).replace('a', 'b' * 900) }}", "more than 1000 bytes"},
		"large power":       {"{{ 10 ** 10 ** 10 }}", "more than 20000 digits"},
		"large shift":       {"{{ 1 << 10 ** 10 }}", "more than 20000 digits"},
		"nested blocks":     {strings.Repeat("{% if 1 %}", 30) + strings.Repeat("{% end %}", 30), "nested too deeply"},
		"parentheses":       {"{{ " + strings.Repeat("(", 30) + strings.Repeat(")", 30) + " }}", "nested too deeply"},
		"not not":           {"{{ " + strings.Repeat("not ", 30) + "1 }}", "nested too deeply"},
		"minus minus":       {"{{ " + strings.Repeat("-", 30) + "1 }}", "nested too deeply"},
		"long expression":   {"{{ 1" + strings.Repeat("+1", maxExprNodes) + " }}", "too long"},
		"endless recursion": {"{% set f = lambda x: f(x) %}{{ f(1) }}", "too deeply"},
		"not catchable":     {"{% while 1 %}{% try %}{% while 1 %}{% end %}{% except %}{% end %}{% end %}", "iterations"},
		"comprehension":     {"{{ [1 for a in range(999) for b in range(999)] }}", "iterations"},
	} {
		t.Run(name, func(t *testing.T) {
			tpl, err := New(tt.text, "t", o)
			if err == nil {
				_, err = tpl.Generate(nil)
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error that says %q", err, tt.want)
			}
		})
	}
}

type tree struct {
	Name     string
	Parent   *tree
	Children []*tree
}

func TestContainersThatHoldThemselves(t *testing.T) {
	m := map[string]any{}
	m["self"] = m
	s := []any{nil, nil}
	s[0], s[1] = s, s
	root := &tree{Name: "root"}
	root.Children = []*tree{{"a", root, nil}, {"b", root, nil}}
	args := map[string]any{"m": m, "s": s, "root": root, "f": func(any) string { return "" }}
	const twice = "{% set x = [] %}{% set x.append(x) %}{% set x.append(x) %}{% set y = [] %}{% set y.append(y) %}{% set y.append(y) %}"
	const tuples = "{% set t = (1, 2) %}{% for i in range(60) %}{% set t = (t, t) %}{% end %}"
	for _, tt := range []struct{ text, want string }{
		{"{{ m }}", "..."},
		{"{% set n = len(str(s)) %}{{ n > 100 and n < 3000000 }}", "True"},
		{twice + "{{ len(str(x)) < 3000000 }}", "True"},
		{twice + "{{ x == y }} {{ x == x }}", "False True"},
		{twice + "{{ f(x) }}", "contains itself"},
		{twice + "{{ json_encode(x) }}", "contains itself"},
		{twice + "{{ x < y }}", "not supported"},
		{tuples + "{{ {t: 1} }}", "unhashable"},
		{tuples + "{{ len(str(t)) < 3000000 }}", "True"},
		{"{{ root }}", "tree(Name='root', Parent=None, Children=[<template.tree>, <template.tree>])"},
		{"{{ json_encode(m) }}", "cycle"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			tpl, err := New(tt.text, "t", Options{Autoescape: "None"})
			if err != nil {
				t.Fatal(err)
			}
			got, err := tpl.Generate(args)
			if !strings.Contains(string(got), tt.want) && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %.200q, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestValuesOfTheProgram(t *testing.T) {
	args := map[string]any{
		"s": newStory(), "v": *newStory(), "list": []story{*newStory(), *newStory()},
		"nothing": (*story)(nil), "q": url.Values{"a": {"1", "2"}}, "ints": map[int]string{2: "b", 1: "a"},
		"d": 90 * time.Second, "bytes": []byte("<&>"), "err": errors.New("<e>"),
		"two": func() (int, string) { return 1, "x" }, "opt": func(n int, rest ...string) string { return fmt.Sprint(n, rest) },
		"words": []string{"x", "y"}, "typed": []int8{1, 2}, "array": [2]string{"p", "q"}, "u": uint64(1 << 63),
		"seq": func(yield func(int) bool) { _ = yield(1) && yield(2) },
		"sum": func(list []int, m map[string]float64) float64 { return float64(list[0]) + m["a"] },
	}
	for _, tt := range []struct{ text, want string }{
		{"{{ s.title }} {{ v.title }} {{ s.Title }}", "Go &amp; on Go &amp; on Go &amp; on"},
		{"{{ s.url }} {{ s.url() }} {{ v.URL() }}", "/s/go &amp; on /s/go &amp; on /s/go &amp; on"},
		{"{{ s.created_at.year }} {{ s.created_at.strftime('%d.%m.%Y') }}", "2024 03.02.2024"},
		{"{{ s.created_at }}", "2024-02-03 04:05:06 +0000 UTC"},
		{"{{ s.author.name }} {{ s.author.greeting }}", "Ann Hi Ann"},
		{"{{ s.upper(2) }} {{ s.upper }}", "GO &lt;func&gt;"},
		{"{{ s.pointer_method }}", "(1, True)"},
		{"{{ ' '.join(n for n in dir(s) if n > 'pointer') }} {{ 'a' in dir(q) }} {{ 'items' in dir(q) }} {{ dir(1)[:1] }}", "pointer_method rating tags title upper url True True [&#x27;as_integer_ratio&#x27;]"},
		{"{% for t in s.tags %}{{ t }}{{ t.upper() }}{% end %}{{ s.tags[1] }}{{ len(s.tags) }}{{ s.tags }}", "aAbBb2[&#x27;a&#x27;, &#x27;b&#x27;]"},
		{"{{ s.html }}{% raw s.html %}{{ bytes }}", "&lt;b&gt;<b>&lt;&amp;&gt;"},
		{"{{ s.extra.items }} {{ s.extra.items() }} {{ s.extra.k[-1] }}", "3 dict_items([(&#x27;items&#x27;, 3), (&#x27;k&#x27;, [1, 2])]) 2"},
		{"{{ s.link('a') }} {{ s.rating }} {{ s.any.n }} {{ s.any['n'] }}", "/a 0.1 7 7"},
		{"{% for x in list %}{{ x.title }},{{ x.author.name }};{% end %}", "Go &amp; on,Ann;Go &amp; on,Ann;"},
		{"{{ nothing }} {% if nothing %}y{% else %}n{% end %} {{ nothing is None }}", "None n True"},
		{"{{ q.get('a') }} {{ q.a }} {% for k, vs in q.items() %}{{ k }}{{ vs }}{% end %}", "1 [&#x27;1&#x27;, &#x27;2&#x27;] a[&#x27;1&#x27;, &#x27;2&#x27;]"},
		{"{{ ints[1] }}{{ ints }}{{ 3 in ints }}{{ ints.get(3, '-') }}", "a{1: &#x27;a&#x27;, 2: &#x27;b&#x27;}False-"},
		{"{{ d }} {{ d.minutes }} {{ err }}", "1m30s 1.5 &lt;e&gt;"},
		{"{{ two() }} {{ opt(1) }} {{ opt(1, 'a', 'b') }}", "(1, &#x27;x&#x27;) 1 [] 1 [a b]"},
		{"{% for w in words %}{{ w }}{% set last = w %}{% end %}{{ last }}{{ words + ['z'] }}", "xyy[&#x27;x&#x27;, &#x27;y&#x27;, &#x27;z&#x27;]"},
		{"{{ typed[0] + typed[1] }}{{ typed == [1, 2] }}{{ array[1] }}{{ u + u }}", "3Trueq18446744073709551616"},
		{"{% for n in seq %}{{ n }}{% end %}{{ sum([1], {'a': 0.5}) }}", "121.5"},
		{"{% if s.title == 'Go & on' and s.rating < 1 and 'a' in s.tags %}y{% end %}", "y"},
		{"{{ sorted(list, key=lambda x: x.title)[0].title }}{{ max(words) }}", "Go &amp; ony"},
		{"{% for i, w in enumerate(words) %}{{ i }}{{ w }}{% end %}{% for a, b in zip(words, typed) %}{{ a }}{{ b }}{% end %}", "0x1yx1y2"},
		{"{{ json_encode({'b': [1, None], 'a': '</'}) }}", "{&quot;b&quot;: [1, null], &quot;a&quot;: &quot;&lt;\\/&quot;}"},
		{"{% try %}{{ s.fails }}{% except TypeError %}no{% except Exception as e %}{{ type(e).__name__ }} {{ e }}{% end %}", "PermissionError permission denied"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			tpl, err := New(tt.text, "t.txt", Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := tpl.Generate(args)
			if err != nil || string(got) != tt.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}
