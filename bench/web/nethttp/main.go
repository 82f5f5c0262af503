// Command nethttp serves the pages of bench/web by net/http with chi, and
// html/template.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"strconv"
	"sync"

	"github.com/go-chi/chi/v5"

	"github.com/tornado-dev/tornado/bench/web/pages"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func main() {
	page := template.Must(template.New("page").Parse(pages.HTMLTemplate))
	router := chi.NewRouter()
	router.Get("/story/{id:[0-9]+}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		fmt.Fprintf(w, "story %s", chi.URLParam(r, "id"))
	})
	router.Get("/json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		json.NewEncoder(w).Encode(pages.Story)
	})
	router.Get("/page", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		// Into a buffer first, as one does so that an error can still be answered.
		out := buffers.Get().(*bytes.Buffer)
		defer buffers.Put(out)
		out.Reset()
		page.Execute(out, pages.Data)
		w.Header().Set("Content-Length", strconv.Itoa(out.Len()))
		w.Write(out.Bytes())
	})
	router.Handle("/static/*", http.StripPrefix("/static/", http.FileServer(http.Dir(os.Args[2]))))
	fmt.Fprintln(os.Stderr, http.ListenAndServe(os.Args[1], router))
}
