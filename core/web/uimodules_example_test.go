package web_test

import (
	"fmt"

	"github.com/tornado-dev/tornado/core/template"
	"github.com/tornado-dev/tornado/core/web"
)

// An Entry is a story in a list, with its style.
type Entry struct{ web.UIModule }

func (m *Entry) Render(story Story, full ...bool) (string, error) {
	return m.RenderString("entry.html", web.Args{"story": story, "full": len(full) > 0 && full[0]})
}

func (m *Entry) EmbeddedCSS() string { return ".entry { margin: 1em }" }

type ListHandler struct{ web.RequestHandler }

func (h *ListHandler) Get() error {
	return h.Render("list.html", web.Args{"stories": []Story{{1, "Cumulus & co"}, {2, "Tornado"}}})
}

func ExampleUIModule() {
	templates := template.NewDictLoader(map[string]string{
		"list.html":  "<html><head></head><body>{% for story in stories %}{% module Entry(story, story.id == 2) %}{% end %}</body></html>",
		"entry.html": "\n<p class=\"entry\">{{ story.title }}{% if full %}!{% end %}</p>",
	}, template.Options{})
	app := web.NewApplication(web.Settings{
		Loops: 1, LogFunction: func(*web.RequestHandler) {},
		TemplateLoader: templates,
		UIModules:      map[string]web.ModuleType{"Entry": web.Module[Entry]()},
	}, web.URL[ListHandler](`/`))
	server, err := app.Listen("127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	fmt.Println(fetch(server.Addresses()[0], "/"))
	// Output:
	// HTTP/1.1 200 OK: <html><head><style type="text/css">
	// .entry { margin: 1em }
	// </style>
	// </head><body>
	// <p class="entry">Cumulus &amp; co</p>
	// <p class="entry">Tornado!</p></body></html>
}
