package nethttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/tornado-dev/tornado/core/nethttp"
	"github.com/tornado-dev/tornado/core/web"
)

type Hello struct{ web.RequestHandler }

func (h *Hello) Get() { h.Write("Hello, world") }

func ExampleHandler() {
	app := web.NewApplication(web.Settings{}, web.URL[Hello](`/`))
	mux := http.NewServeMux()
	mux.Handle("/", nethttp.Handler(app))

	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, httptest.NewRequest("GET", "/", nil))
	fmt.Println(recorder.Code, recorder.Body)
	// Output: 200 Hello, world
}

func ExampleRoute() {
	files := http.FileServer(http.Dir("downloads"))
	app := web.NewApplication(web.Settings{},
		web.URL[Hello](`/`),
		nethttp.Route(`/downloads/.*`, http.StripPrefix("/downloads/", files)),
	)
	fmt.Println(app.Routes()[1].Pattern)
	// Output: /downloads/.*
}
