package web

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/template"
	"github.com/tornado-dev/tornado/core/trace"
)

// templateFolder makes a folder of templates.
func templateFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func render(name string, args Args) script {
	return func(h *RequestHandler) error { return h.Render(name, args) }
}

func TestRender(t *testing.T) {
	captureLog(t)
	static := staticFolder(t)
	folder := templateFolder(t, map[string]string{
		"page.html":    `<p>{{ title }} {{ request.Path }} {{ site }}</p>`,
		"handler.html": `{{ handler.get_argument("q") }} {{ escape("<") }}`,
		"links.html":   `{{ static_url("a.txt").split("?")[0] }} {{ reverse_url("any", "x y") }}`,
		"broken.html":  "line one\n{{ 1 + }}\n",
		"fails.html":   "line one\n{{ missing_name }}\n",
		"base.html":    "base\n{% include 'fails.html' %}\n",
		"teapot.html":  `{{ pour() }}`,
	})
	settings := Settings{TemplatePath: folder, StaticPath: static, TemplateNames: Args{"site": "S"}}
	for _, tt := range []struct {
		name   string
		run    script
		uri    string
		status int
		body   string
	}{
		{"arguments", render("page.html", Args{"title": "<T>"}), "/x", 200, "<p>&lt;T&gt; /x S</p>"},
		{"handler", render("handler.html", nil), "/?q=a%26b", 200, "a&amp;b &amp;lt;"},
		{"missing argument in a template", render("handler.html", nil), "/", 400, ""},
		{"status thrown in a template", render("teapot.html", Args{"pour": func() (string, error) { return "", HTTPError{StatusCode: 418} }}), "/", 418, ""},
		{"links", render("links.html", nil), "/", 200, "/static/a.txt /x%20y"},
		{"string", func(h *RequestHandler) error {
			page, err := h.RenderString("page.html", Args{"title": "t"})
			h.Write("[")
			h.Write(page)
			h.Write("]")
			return err
		}, "/", 200, "[<p>t / S</p>]"},
		{"no such template", render("none.html", nil), "/", 500, ""},
		{"above the folder", render("../static/a.txt", nil), "/", 500, ""},
		{"syntax error", render("broken.html", nil), "/", 500, ""},
		{"error", render("base.html", nil), "/", 500, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, kind := range kinds {
				route := kind.route(`/(?:.*)`, tt.run)
				app := NewApplication(settings, route, URL[storyOfAny](`/(.*)`, Name("any")))
				got := exchangeWithFake(t, app, get(tt.uri))
				if got.status != tt.status || tt.status == 200 && strings.TrimSpace(got.body) != tt.body {
					t.Errorf("%s: got %d %q; want %d %q", kind.name, got.status, got.body, tt.status, tt.body)
				}
			}
		})
	}
}

type storyOfAny struct{ RequestHandler }

func (h *storyOfAny) Get(name string) { h.Write(name) }

func TestTemplateErrorIsTraced(t *testing.T) {
	captureLog(t)
	folder := templateFolder(t, map[string]string{
		"base.html":  "base\n{% include 'fails.html' %}\n",
		"fails.html": "line one\n  {{ missing_name }}<script>\n",
	})
	var failures []*trace.Error
	install(t, &trace.Hooks{Development: true, Failed: func(e *trace.Error) { failures = append(failures, e) }})
	for _, kind := range kinds {
		failures = nil
		app := NewApplication(Settings{TemplatePath: folder}, kind.route(`/`, render("base.html", nil)))
		got := exchangeWithFake(t, app, get("/", "Accept: text/html"))
		if len(failures) != 1 || failures[0].Kind != "template" || len(failures[0].Templates) != 2 {
			t.Fatalf("%s: told of %+v; want one error in a template with two frames", kind.name, failures)
		}
		inner, outer := failures[0].Templates[0], failures[0].Templates[1]
		if inner.File != filepath.Join(folder, "fails.html") || inner.Line != 2 || outer.Line != 2 || outer.Name != "base.html" {
			t.Errorf("%s: got %+v, %+v", kind.name, inner, outer)
		}
		for _, text := range []string{"missing_name", "fails.html", "included by", "base.html", "&lt;script&gt;", "^"} {
			if !strings.Contains(got.body, text) {
				t.Errorf("%s: %q is not on the page\n%s", kind.name, text, got.body)
			}
		}
		if strings.Contains(got.body, "<script>") {
			t.Errorf("%s: the template's text is not escaped", kind.name)
		}
	}
}

func TestRenderingIsAPhase(t *testing.T) {
	captureLog(t)
	folder := templateFolder(t, map[string]string{"a.html": "a"})
	for _, kind := range kinds {
		app := NewApplication(Settings{TemplatePath: folder}, kind.route(`/`, func(h *RequestHandler) error {
			_, err := h.RenderString("a.html", nil)
			return err
		}))
		traced := &trace.Request{Started: time.Now()}
		c := newFakeConnection()
		h := c.begin(t, app, get("/"), traced).handler
		c.runUntil(t, func() bool { return ended(h) })
		if traced.Spent[trace.PhaseRender] <= 0 || traced.Spent[trace.PhasePrepare] <= 0 || traced.CurrentPhase() != trace.PhaseHandler {
			t.Errorf("%s: spent %v, now %v; want some time in render, and to be back in handler", kind.name, traced.Spent, traced.CurrentPhase())
		}
	}
}

func TestTemplatesAreReadAgainInDebugMode(t *testing.T) {
	captureLog(t)
	folder := templateFolder(t, map[string]string{"a.html": "old"})
	for _, tt := range []struct {
		debug bool
		want  string
	}{{true, "new"}, {false, "old"}} {
		file := filepath.Join(folder, "a.html")
		app := NewApplication(Settings{TemplatePath: folder, Debug: tt.debug}, kinds[0].route(`/`, render("a.html", nil)))
		for _, text := range []string{"old", "new"} {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			got := exchangeWithFake(t, app, get("/")).body
			if text == "new" && got != tt.want {
				t.Errorf("debug %v: got %q; want %q", tt.debug, got, tt.want)
			}
		}
	}
}

func TestTemplateLoaderAndNone(t *testing.T) {
	captureLog(t)
	loader := template.NewDictLoader(map[string]string{"a.html": "from a map"}, template.Options{})
	app := NewApplication(Settings{TemplateLoader: loader}, kinds[0].route(`/`, render("a.html", nil)))
	if got := exchangeWithFake(t, app, get("/")); got.body != "from a map" {
		t.Errorf("got %q", got.body)
	}
	app = NewApplication(Settings{}, kinds[0].route(`/`, func(h *RequestHandler) error {
		err := h.Render("a.html", nil)
		if !errors.Is(err, errNoTemplatePath) {
			return err
		}
		h.Write("refused")
		return nil
	}))
	if got := exchangeWithFake(t, app, get("/")); got.body != "refused" {
		t.Errorf("got %q; want the error that names Settings.TemplatePath", got.body)
	}
}
