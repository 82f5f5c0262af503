package template

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"
)

type dateOptions struct {
	Relative   bool
	FullFormat bool
	GMTOffset  int
}

// TestGoFunctions has what functions of the program are given.
func TestGoFunctions(t *testing.T) {
	args := map[string]any{
		"options":  func(day string, o dateOptions) string { return fmt.Sprint(day, o) },
		"pointer":  func(o *dateOptions) string { return fmt.Sprint(*o) },
		"variadic": func(o ...dateOptions) string { return fmt.Sprint(o) },
		"required": func(a int, s story) string { return s.Title },
		"optional": func(message string, plural ...any) string { return fmt.Sprint(message, plural) },
		"kw":       func(kw Kwargs, rest ...string) string { return fmt.Sprint(kw, rest) },
		"elapsed":  90 * time.Second,
		"when":     time.Date(2024, 2, 3, 14, 5, 6, 0, time.UTC),
		"wait":     func(d time.Duration) string { return d.String() },
		"at":       func(t time.Time) string { return t.Format(time.DateOnly) },
		"list":     func(v any) string { return fmt.Sprintf("%T %v", v, v) },
	}
	for _, tt := range []struct{ text, want string }{
		{"{{ options('a') }}", "a{false false 0}"},
		{"{{ options('a', full_format=True, gmt_offset=-60) }}", "a{false true -60}"},
		{"{{ options('a', True) }}", "a{true false 0}"},
		{"{{ options('a', True, GMTOffset=5) }}", "a{true false 5}"},
		{"{{ options('a', fullformat=1) }}", "!argument 'fullformat' must be a bool, not int"},
		{"{{ options('a', relatve=True) }}", "!options() has no keyword argument 'relatve'; did you mean 'relative'?"},
		{"{{ options('a', 1, 2, 3, 4) }}", "!argument 'Relative' must be a bool, not int"},
		{"{{ options('a', True, True, 3, 4) }}", "!options() takes at most 4 arguments, not 5"},
		{"{{ pointer(relative=True) }}", "{true false 0}"},
		{"{{ pointer() }}", "{false false 0}"},
		{"{{ variadic() }}{{ variadic(relative=True) }}", "[][{true false 0}]"},
		{"{{ required(1) }}", "!required() takes 2 arguments, not 1"},
		{"{{ required(1, title='T') }}", "T"},
		{"{{ optional('x') }} {{ optional('x', 'y', 2) }}", "x[] x[y 2]"},
		{"{{ optional('x', count=2) }}", "!optional() takes no keyword arguments ('count')"},
		{"{{ kw('a', *['b'], **{'k': 1}) }}", "map[k:1] [a b]"},
		{"{{ elapsed.seconds }} {{ elapsed.total_seconds() }} {{ elapsed.Minutes() }} {{ elapsed }} {{ elapsed * 2 }}", "90 90.0 1.5 1m30s 0:03:00"},
		{"{{ when.month }} {{ when.Month }} {{ when.weekday() }} {{ when + elapsed }}", "2 February 5 2024-02-03 14:06:36 +0000 UTC"},
		{"{% import datetime %}{{ wait(datetime.timedelta(minutes=2)) }} {{ at(datetime.datetime(2024, 5, 6)) }} {{ at(datetime.date(2024, 5, 6)) }}", "2m0s 2024-05-06 2024-05-06"},
		{"{{ list(x for x in [1, 'a']) }} {{ list(zip([1], [2])) }}", "[]interface {} [1 a] []interface {} [[1 2]]"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			tpl, err := New(tt.text, "t.txt", Options{})
			if err != nil {
				t.Fatal(err)
			}
			out, err := tpl.Generate(args)
			got := string(out)
			if e := (*Error)(nil); errors.As(err, &e) {
				got = "!" + e.Message
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestProgramIsNotChanged has templates that change what they were given: they see
// the change, the program does not.
func TestProgramIsNotChanged(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"{% set xs.append(4) %}{{ xs }}", "[1, 2, 4]"},
		{"{% set xs += [4] %}{{ xs }}", "!name 'xs' has no value yet; the template assigns to it, which hides the argument of that name"},
		{"{% set ys = xs %}{% set ys += (4,) %}{{ ys }} {{ xs }}", "[1, 2, 4] [1, 2]"},
		{"{% set d['b'] = 2 %}{{ d }}", "{'a': [3], 'b': 2}"},
		{"{% set d['a'].append(4) %}{% set d.a.append(5) %}{{ d }}", "{'a': [3, 4, 5]}"},
		{"{% set d['a'][0] = 9 %}{{ d['a'] }}", "[9]"},
		{"{% set del d['a'] %}{{ d }} {{ d.get('a') }}", "{} None"},
		{"{{ d.pop('a') }} {{ d }}", "[3] {}"},
		{"{% set d.update(x=1) %}{{ d['x'] }}", "1"},
		{"{% for row in rows %}{% set row['n'] += 1 %}{{ row['n'] }}{% end %}", "23"},
		{"{% set s.tags.append(1) %}", "!a template cannot change the program's list; copy it with list() or dict() first"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			xs, d := []int{1, 2}, map[string]any{"a": []any{3}}
			rows := []map[string]int{{"n": 1}, {"n": 2}}
			tpl, err := New(tt.text, "t.txt", Options{Autoescape: "None"})
			if err != nil {
				t.Fatal(err)
			}
			out, err := tpl.Generate(map[string]any{"xs": xs, "d": d, "rows": rows, "s": newStory()})
			got := string(out)
			if e := (*Error)(nil); errors.As(err, &e) {
				got = "!" + e.Message
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if now := fmt.Sprint(xs, d, rows); now != "[1 2] map[a:[3]] [map[n:1] map[n:2]]" {
				t.Errorf("the program has %s now", now)
			}
		})
	}
}

// TestExcept has errors of the program, and the classes that catch them.
func TestExcept(t *testing.T) {
	args := map[string]any{
		"ErrNoRows": sql.ErrNoRows,
		"fails": func(what string) (string, error) {
			return "", map[string]error{
				"rows": fmt.Errorf("load: %w", sql.ErrNoRows), "file": fs.ErrNotExist, "http": httpError{404}, "own": ValueError("bad"),
			}[what]
		},
	}
	for _, tt := range []struct{ text, want string }{
		{"{% try %}{{ fails('rows') }}{% except ErrNoRows as e %}{{ e }}{% end %}", "load: sql: no rows in result set"},
		{"{% try %}{{ fails('file') }}{% except ErrNoRows %}no{% except OSError %}os{% end %}", "os"},
		{"{% try %}{{ fails('file') }}{% except (KeyError, FileNotFoundError) %}file{% end %}", "file"},
		{"{% try %}{{ fails('own') }}{% except ValueError as e %}{{ e }}{% end %}", "bad"},
		{"{% try %}{{ fails('http') }}{% except Exception as e %}{{ e.status_code }} {{ type(e).__name__ }} {{ e.args }}{% end %}", "404 httpError ('http',)"},
		{"{% try %}{% set raise KeyError('k') %}{% except LookupError as e %}{{ e }}{% else %}no{% finally %}!{% end %}", "k!"},
		{"{% try %}{% set assert 1 > 2, 'less' %}{% except AssertionError as e %}{{ e }}{% end %}", "less"},
		{"{% try %}a{% try %}b{{ 1 / 0 }}c{% finally %}d{% end %}e{% except ArithmeticError %}f{% end %}g", "abdfg"},
		{"{% for x in [0, 1] %}{% try %}{{ 1 / x }}{% continue %}{% except ZeroDivisionError %}zero {% break %}{% finally %}.{% end %}{% end %}", "zero ."},
		{"{% try %}{{ nosuch }}{% except KeyError %}{% end %}", "!name 'nosuch' is not defined"},
		{"{% try %}{{ 1 / 0 }}{% except ZeroDivisionError as e %}{% end %}{{ e }}", "!name 'e' has no value yet"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			tpl, err := New(tt.text, "t.txt", Options{Autoescape: "None"})
			if err != nil {
				t.Fatal(err)
			}
			out, err := tpl.Generate(args)
			got := string(out)
			if e := (*Error)(nil); errors.As(err, &e) {
				got = "!" + e.Message
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestErrorsInModules: a function that renders another template passes its error
// on, and the way leads through both.
func TestErrorsInModules(t *testing.T) {
	l := NewDictLoader(map[string]string{
		"page.txt":   "{% apply shout %}\n {% module Entry(1) %}{% end %}",
		"module.txt": "\n{{ entry.title }}",
	}, Options{})
	page, err := l.Load("page.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, err = page.Generate(map[string]any{
		"shout": strings.ToUpper,
		"_tt_modules": map[string]any{"Entry": func(n int) (string, error) {
			module, err := l.Load("module.txt")
			if err != nil {
				return "", err
			}
			out, err := module.Generate(map[string]any{"entry": n})
			return string(out), err
		}},
	})
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	var frames []string
	for _, fr := range e.Frames {
		frames = append(frames, fr.Relation+" "+fr.String())
	}
	want := []string{" module.txt:2:10", "called by page.txt:2:12", "applied in page.txt:1:1"}
	if strings.Join(frames, "\n") != strings.Join(want, "\n") {
		t.Errorf("got frames\n%s\nwant\n%s", strings.Join(frames, "\n"), strings.Join(want, "\n"))
	}
	if len(e.Operands) != 1 || e.Operands[0] != (Operand{"int", "1"}) {
		t.Errorf("got operands %v, want the int 1", e.Operands)
	}
	if excerpt := e.Excerpt(); !strings.Contains(excerpt, "entry.title") || !strings.Contains(excerpt, "with 1 of type int\ncalled by") {
		t.Errorf("got the excerpt\n%s", excerpt)
	}
}

// TestModuleExpressions has what {% module %} asks of the modules: the name that
// begins the expression, as in Tornado.
func TestModuleExpressions(t *testing.T) {
	args := map[string]any{"n": 1, "_tt_modules": map[string]any{"A": func(n int) string { return fmt.Sprintf("<a%d>", n) }}}
	for _, tt := range []struct{ text, want string }{
		{"{% module A(n) %}", "<a1>"},
		{"{% module A(n) if n else '' %}", "<a1>"},
		{"{% module A(n) or 'none' %}", "<a1>"},
		{"{% module A(n) + '!' %}", "<a1>!"},
		{"{% module A(n) == '' %}", "False"},
		{"{% module A(n).upper()[1:] %}", "A1>"},
		{"{% module 'x' if not n else A(n) %}", "!name 'A' is not defined"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			if got := rendered(t, tt.text, args); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestModulesOfTheProgram(t *testing.T) {
	o := Options{Modules: map[string]any{
		"helpers":     map[string]any{"double": func(n int) int { return 2 * n }},
		"shop.prices": &story{Title: "T"},
		"math":        map[string]any{"pi": 3},
	}}
	for _, tt := range []struct{ text, want string }{
		{"{% import helpers %}{{ helpers.double(4) }}", "8"},
		{"{% from helpers import double as d %}{{ d(4) }}", "8"},
		{"{% from shop.prices import title, created_at as c %}{{ title }}{{ c.year }}", "T1"},
		{"{% import shop.prices %}{{ shop.prices.title }}", "T"},
		{"{% import shop.prices as p, helpers %}{{ p.title }}{{ helpers.double(1) }}", "T2"},
		{"{% from math import pi %}{{ pi }}", "3"},
		{"{% from os import path %}{{ path.basename('a/b') }}", "b"},
		{"{% from urllib import parse %}{{ parse.quote('a b') }}", "a%20b"},
		{"{% import tornado.escape %}{{ tornado.escape.squeeze(' a  b ') }}", "a b"},
		{"{% import helper %}", "!No module named 'helper' (Options.Modules adds those of the program); did you mean 'helpers'?"},
		{"{% from math import cos %}", "!cannot import name 'cos' from 'math'"},
		{"{% from itertools import chian %}", "!cannot import name 'chian' from 'itertools'; did you mean 'chain'?"},
		{"{% import subprocess %}", "!No module named 'subprocess' (Options.Modules adds those of the program)"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			tpl, err := New(tt.text, "t.txt", o)
			if err != nil {
				t.Fatal(err)
			}
			out, err := tpl.Generate(nil)
			got := string(out)
			if e := (*Error)(nil); errors.As(err, &e) {
				got = "!" + e.Message
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestForgetByName(t *testing.T) {
	files := map[string]string{"a.txt": "{% include b.txt %}", "b.txt": "1"}
	l := NewDictLoader(files, Options{})
	before := render(t, l, "a.txt", nil)
	files["b.txt"] = "2"
	l.Forget([]string{"other"})
	cached := render(t, l, "a.txt", nil)
	l.Forget([]string{"b.txt"})
	if after := render(t, l, "a.txt", nil); before != "1" || cached != "1" || after != "2" {
		t.Errorf("got %s, %s, %s; want 1, 1, 2", before, cached, after)
	}
}
