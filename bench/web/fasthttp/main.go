// Command fasthttp serves the pages of bench/web by fasthttp with fasthttp/router,
// and html/template.
package main

import (
	"encoding/json"
	"fmt"
	"html/template"
	"os"

	"github.com/fasthttp/router"
	"github.com/valyala/fasthttp"

	"github.com/tornado-dev/tornado/bench/web/pages"
)

func main() {
	page := template.Must(template.New("page").Parse(pages.HTMLTemplate))
	r := router.New()
	r.GET("/story/{id:[0-9]+}", func(c *fasthttp.RequestCtx) {
		c.SetContentType("text/html; charset=UTF-8")
		fmt.Fprintf(c, "story %s", c.UserValue("id"))
	})
	r.GET("/json", func(c *fasthttp.RequestCtx) {
		c.SetContentType("application/json; charset=UTF-8")
		json.NewEncoder(c).Encode(pages.Story)
	})
	r.GET("/page", func(c *fasthttp.RequestCtx) {
		c.SetContentType("text/html; charset=UTF-8")
		page.Execute(c, pages.Data)
	})
	r.ServeFiles("/static/{filepath:*}", os.Args[2])
	fmt.Fprintln(os.Stderr, fasthttp.ListenAndServe(os.Args[1], r.Handler))
}
