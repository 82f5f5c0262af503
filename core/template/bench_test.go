package template

import (
	"fmt"
	"testing"
)

type benchRow struct {
	ID       int
	Title    string
	Author   string
	Score    int
	Featured bool
}

var benchTemplates = map[string]string{
	"base.html": `<!DOCTYPE html>
<html>
  <head><title>{% block title %}Site{% end %}</title></head>
  <body>
    <nav><a href="/">Home</a></nav>
    {% block content %}{% end %}
    <footer>{{ site }}</footer>
  </body>
</html>
`,
	"list.html": `{% extends "base.html" %}
{% block title %}{{ title }}{% end %}
{% block content %}
<table>
{% for row in rows %}
  <tr{% if row.featured %} class="featured"{% end %}>
    <td>{{ row.id }}</td>
    <td><a href="/story/{{ row.id }}">{{ row.title }}</a></td>
    <td>{{ row.author }}</td>
    <td>{% if row.score > 50 %}<b>{{ row.score }}</b>{% else %}{{ row.score }}{% end %}</td>
  </tr>
{% end %}
</table>
{% end %}
`,
}

func benchArgs() map[string]any {
	rows := make([]benchRow, 100)
	for i := range rows {
		rows[i] = benchRow{1000 + i, fmt.Sprintf("Story <%d> & more", i), "O'Neil & sons", i, i%7 == 0}
	}
	return map[string]any{"title": "Stories & tales", "site": "example", "rows": rows}
}

func BenchmarkPage(b *testing.B) {
	t, err := NewDictLoader(benchTemplates, Options{}).Load("list.html")
	if err != nil {
		b.Fatal(err)
	}
	args := benchArgs()
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		if out, err = t.Append(out[:0], args); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(out)))
}

// TestPageAllocations holds what the benchmark shows: a page of structs costs no
// allocation for each row.
func TestPageAllocations(t *testing.T) {
	tpl, err := NewDictLoader(benchTemplates, Options{}).Load("list.html")
	if err != nil {
		t.Fatal(err)
	}
	args := benchArgs()
	var out []byte
	n := testing.AllocsPerRun(50, func() {
		if out, err = tpl.Append(out[:0], args); err != nil {
			t.Fatal(err)
		}
	})
	if n > 20 {
		t.Errorf("got %v allocations for a page of 100 rows, want at most 20", n)
	}
}
