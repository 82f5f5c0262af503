package web

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/tornado-dev/tornado/core/template"
)

// A templateModule is the built-in module Template, which makes a module of a
// template: {% module Template("entry.html", story=story) %}. What the template
// brings along it says itself:
//
//	{{ set_resources(css_files="entry.css", embedded_javascript="begin();") }}
//
// with the names of UIModule's methods in Tornado's spelling: embedded_javascript,
// javascript_files, embedded_css, css_files, html_head, html_body. Each use of a
// template must bring along the same.
type templateModule struct {
	UIModule
	templates []resources // in the order of their first use
}

// resources are what a template brings along.
type resources struct {
	template string
	values   map[string][]string // by the name of the argument
}

// Render renders a template with the other arguments.
func (m *templateModule) Render(args template.Kwargs, name string) (string, error) {
	given := Args{"set_resources": func(values template.Kwargs) (string, error) { return "", m.setResources(name, values) }}
	return m.RenderString(name, given.with(Args(args)))
}

func (m *templateModule) setResources(name string, values template.Kwargs) error {
	set := resources{name, make(map[string][]string, len(values))}
	for key, value := range values {
		switch key {
		case "embedded_javascript", "javascript_files", "embedded_css", "css_files", "html_head", "html_body":
		default:
			return fmt.Errorf("set_resources() has no argument '%s'", key)
		}
		list, err := texts(value)
		if err != nil {
			return fmt.Errorf("set_resources: %s: %w", key, err)
		}
		set.values[key] = list
	}
	for _, known := range m.templates {
		if known.template != name {
			continue
		}
		if !reflect.DeepEqual(known, set) {
			return fmt.Errorf("set_resources: %s brings along other resources than before on this page", name)
		}
		return nil
	}
	m.templates = append(m.templates, set)
	return nil
}

// texts is a text, or a list of them, as a template gives it.
func texts(value any) ([]string, error) {
	switch value := value.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{value}, nil
	case []any:
		list := make([]string, len(value))
		for i, item := range value {
			text, ok := item.(string)
			if !ok {
				return nil, fmt.Errorf("a %T stands in a list of texts", item)
			}
			list[i] = text
		}
		return list, nil
	}
	return nil, fmt.Errorf("it is a text, or a list of texts, and not a %T", value)
}

// all is what all templates gave for an argument.
func (m *templateModule) all(key string) (list []string) {
	for _, r := range m.templates {
		list = append(list, r.values[key]...)
	}
	return list
}

func (m *templateModule) EmbeddedJavaScript() string {
	return strings.Join(m.all("embedded_javascript"), "\n")
}

func (m *templateModule) JavaScriptFiles() []string { return m.all("javascript_files") }

func (m *templateModule) EmbeddedCSS() string { return strings.Join(m.all("embedded_css"), "\n") }

func (m *templateModule) CSSFiles() []string { return m.all("css_files") }

func (m *templateModule) HTMLHead() string { return strings.Join(m.all("html_head"), "") }

func (m *templateModule) HTMLBody() string { return strings.Join(m.all("html_body"), "") }
