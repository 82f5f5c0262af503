package template

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// countedNames has the names a and ask, and counts what it is asked.
type countedNames map[string]int

func (n countedNames) TemplateName(name string) (any, bool) {
	n[name]++
	switch name {
	case "a":
		return "names", true
	case "ask":
		return shelf{"tea": 3}, true
	}
	return nil, false
}

func (n countedNames) TemplateNames() []string { return []string{"a", "ask"} }

// A shelf finds its attributes itself, though it has a method and is a map.
type shelf map[string]int

var errNotOnShelf = errors.New("not on the shelf")

func (s shelf) Attribute(name string) (any, error) {
	price, ok := s[name]
	if !ok {
		return nil, fmt.Errorf("%w: %s", errNotOnShelf, name)
	}
	return func(n int) int { return n * price }, nil
}

func TestNamesAndAttributer(t *testing.T) {
	options := Options{Namespace: map[string]any{"a": "namespace", "b": "namespace"}}
	for _, tt := range []struct {
		name, text string
		args       map[string]any
		want       string
	}{
		{"behind the arguments", "{{ a }}", map[string]any{"a": "args"}, "args"},
		{"in front of the namespace", "{{ a }} {{ a }} {{ b }}", nil, "names names namespace"},
		{"an attribute that is called", "{{ ask.tea(2) }}", nil, "6"},
		{"an attribute as a value", "{% set f = ask.tea %}{{ f(3) }}", nil, "9"},
		{"its own methods are hidden", "{{ hasattr(ask, 'attribute') }} {{ hasattr(ask, 'items') }} {{ hasattr(ask, 'tea') }}", nil, "False False True"},
		{"a default", "{{ getattr(ask, 'milk', 'none') }}", nil, "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			template, err := New(tt.text, "t.html", options)
			if err != nil {
				t.Fatal(err)
			}
			names := countedNames{}
			page, err := template.AppendWith([]byte("> "), tt.args, names)
			if err != nil || string(page) != "> "+tt.want {
				t.Errorf("got %q, %v; want %q", page, err, tt.want)
			}
			for name, n := range names {
				if n != 1 {
					t.Errorf("%q was looked up %d times; want once", name, n)
				}
			}
			if tt.args["a"] != nil && names["a"] > 0 {
				t.Errorf("got %v looked up; want not a, since the argument comes first", names)
			}
		})
	}
}

func TestAttributerFails(t *testing.T) {
	for _, text := range []string{"x\n{{ ask.milk(1) }}", "x\n{{ ask.milk }}"} {
		template, err := New(text, "t.html", Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = template.AppendWith(nil, nil, countedNames{})
		var inTemplate *Error
		if !errors.As(err, &inTemplate) || inTemplate.Frames[0].Line != 2 || !errors.Is(err, errNotOnShelf) {
			t.Errorf("%q: got %v; want the Attributer's error in line 2", text, err)
		}
	}
}

func TestHintKnowsTheNames(t *testing.T) {
	template, err := New("{{ asq }}", "t.html", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = template.AppendWith(nil, nil, countedNames{}); err == nil || !strings.Contains(err.Error(), "ask") {
		t.Errorf("got %v; want a hint at ask", err)
	}
}
