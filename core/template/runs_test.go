package template

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestRuns writes each run as template:line(module) and what it wrote.
func TestRuns(t *testing.T) {
	l := NewDictLoader(map[string]string{
		"base.txt": "<title>{% block title %}Site{% end %}</title>\n{% block body %}{% end %}<footer>\n",
		"page.txt": "{% extends base.txt %}\n" +
			"{% block title %}{{ title }}{% end %}\n" +
			"{% block body %}\n" +
			"{% for x in xs %}{% include row.txt %}\n" +
			"{% end %}{% module Entry(1) %}{% apply shout %}a{{ title }}{% if xs %}b{% end %}{% end %}c{% end %}",
		"row.txt": "[{{ x }}]{% if x > 1 %}\n!{% end %}",
	}, Options{Namespace: map[string]any{
		"_tt_modules": map[string]any{"Entry": func(n int) string { return fmt.Sprintf("<entry %d>", n) }},
		"shout":       strings.ToUpper,
	}})
	tpl, err := l.Load("page.txt")
	if err != nil {
		t.Fatal(err)
	}
	args := map[string]any{"title": "T", "xs": []int{1, 2}}
	plain, err := tpl.Generate(args)
	if err != nil {
		t.Fatal(err)
	}
	before := "earlier "
	out, runs, err := tpl.AppendRuns([]byte(before), args, nil)
	if err != nil {
		t.Fatal(err)
	}
	page := strings.TrimPrefix(string(out), before)
	if page != string(plain) || len(page) == len(out) {
		t.Errorf("the page is %q, without runs %q", out, plain)
	}
	var got []string
	for i, r := range runs {
		end := len(page)
		if i+1 < len(runs) {
			end = runs[i+1].Offset
		}
		if end == r.Offset && r.Time >= longRun {
			continue // the machine is busy
		}
		got = append(got, fmt.Sprintf("%s:%d(%s) %q", r.Template, r.Line, r.Module, page[r.Offset:end]))
	}
	want := []string{
		`base.txt:1() "<title>"`, `page.txt:2() "T"`, `base.txt:1() "</title>\n"`, `page.txt:3() "\n"`,
		`row.txt:1() "[1]"`, `page.txt:4() "\n"`, `row.txt:1() "[2]\n!"`, `page.txt:4() "\n"`,
		`page.txt:5(Entry(1)) "<entry 1>"`, `page.txt:5() "ATBc"`, `base.txt:2() "<footer>\n"`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestRunsOfAnError(t *testing.T) {
	tpl, err := New("a{{ b }}", "t.txt", Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, runs, err := tpl.AppendRuns([]byte("x"), nil, nil)
	var e *Error
	if string(out) != "x" || runs != nil || !errors.As(err, &e) {
		t.Errorf("got %q, %v, %v", out, runs, err)
	}
}
