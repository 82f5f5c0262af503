// Command tornado serves the pages of bench/web by core/web.
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/tornado-dev/tornado/bench/web/pages"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/template"
	"github.com/tornado-dev/tornado/core/web"
)

type storyHandler struct{ web.RequestHandler }

func (h *storyHandler) Get(id int) { h.Write("story " + strconv.Itoa(id)) }

type jsonHandler struct{ web.RequestHandler }

func (h *jsonHandler) Get() { h.Write(pages.Story) }

type pageHandler struct{ web.RequestHandler }

func (h *pageHandler) Get() error {
	return h.Render("page.html", web.Args{"title": pages.Data.Title, "rows": pages.Data.Rows})
}

func main() {
	log.SetLevel(log.LevelWarning) // the others write no line for each request
	app := web.NewApplication(web.Settings{
		StaticPath:     os.Args[2],
		TemplateLoader: template.NewDictLoader(map[string]string{"page.html": pages.TornadoTemplate}, template.Options{}),
	},
		web.URL[storyHandler](`/story/([0-9]+)`),
		web.URL[jsonHandler](`/json`),
		web.URL[pageHandler](`/page`),
	)
	fmt.Fprintln(os.Stderr, app.ListenAndServe(os.Args[1]))
}
