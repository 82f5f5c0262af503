package template_test

import (
	"errors"
	"fmt"

	"github.com/tornado-dev/tornado/core/template"
)

func Example() {
	type Entry struct {
		Title string
		Tags  []string
	}
	loader := template.NewDictLoader(map[string]string{
		"base.html": "<title>{% block title %}Blog{% end %}</title>\n{% block body %}{% end %}",
		"list.html": `{% extends base.html %}` +
			`{% block body %}{% for e in entries %}<p>{{ e.title }} ({{ ", ".join(e.tags) }})</p>{% end %}{% end %}`,
	}, template.Options{})
	list, err := loader.Load("list.html")
	if err != nil {
		fmt.Println(err)
		return
	}
	page, err := list.Generate(map[string]any{
		"entries": []Entry{{"Loops & streams", []string{"go", "epoll"}}},
	})
	fmt.Println(string(page), err)
	// Output:
	// <title>Blog</title>
	// <p>Loops &amp; streams (go, epoll)</p> <nil>
}

func ExampleNew() {
	t, err := template.New("{% apply shout %}hello {{ name }}{% end %}", "greeting.txt", template.Options{
		Namespace: map[string]any{"shout": func(s string) string { return s + "!" }},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := t.Generate(map[string]any{"name": "Ann"})
	fmt.Println(string(out), err)
	// Output: hello Ann! <nil>
}

func ExampleError_Excerpt() {
	t, err := template.New("Dear {{ name }},\n\nyour order {{ order.totl }} is ready.\n", "mail.txt", template.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = t.Generate(map[string]any{"name": "Ann", "order": struct{ Total int }{7}})
	var e *template.Error
	if errors.As(err, &e) {
		fmt.Println(e)
		fmt.Print(e.Excerpt())
	}
	// Output:
	// 'struct' object has no attribute 'totl'; did you mean 'total'? at mail.txt:3:21
	// 1 | Dear {{ name }},
	// 2 |
	// 3 | your order {{ order.totl }} is ready.
	//   |                     ^
	// with (Total=7) of type struct
}

func ExampleKwargs() {
	link := func(kw template.Kwargs, text string) string {
		return fmt.Sprintf(`<a href="/%v">%s</a>`, kw["page"], text)
	}
	t, err := template.New(`{% raw link("next", page=2) %}`, "", template.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := t.Generate(map[string]any{"link": link})
	fmt.Println(string(out), err)
	// Output: <a href="/2">next</a> <nil>
}
