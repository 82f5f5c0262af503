package web

import (
	"testing"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/template"
)

const smallPage = `<html><head><title>{{ title }}</title></head><body><h1>{{ title }}</h1>` +
	`<a href="{{ reverse_url("story", 7) }}">{{ request.path }}</a> {{ current_user }}</body></html>`

type smallPageHandler struct{ RequestHandler }

func (h *smallPageHandler) GetCurrentUser() any { return "ada" }

func (h *smallPageHandler) Get() error { return h.Render("page.html", Args{"title": "A title"}) }

// BenchmarkRender is a whole request that renders a small page, and rendering the
// same page without one.
func BenchmarkRender(b *testing.B) {
	log.SetLevel(log.LevelNone)
	defer log.SetLevel(log.LevelInfo)
	loader := template.NewDictLoader(map[string]string{"page.html": smallPage}, template.Options{})
	app := NewApplication(Settings{NoEtag: true, TemplateLoader: loader}, URL[smallPageHandler](`/page`), URL[storyHandler](`/story/([0-9]+)`, Name("story")))
	_, hello, _ := benchmarkApplication()
	request := *hello
	request.URI, request.Path = "/page", "/page"
	b.Run("request", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			answerOnce(app, &request)
		}
	})
	b.Run("template", func(b *testing.B) {
		page, err := loader.Load("page.html")
		if err != nil {
			b.Fatal(err)
		}
		names := map[string]any{"title": "A title", "request": &httputil.HTTPServerRequest{Path: "/page"}, "current_user": "ada", "reverse_url": app.ReverseURL}
		var out []byte
		b.ReportAllocs()
		for b.Loop() {
			if out, err = page.Append(out[:0], names); err != nil {
				b.Fatal(err)
			}
		}
	})
}
