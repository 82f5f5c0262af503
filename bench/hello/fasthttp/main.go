// Command fasthttp answers GET / with 12 bytes, by fasthttp.
package main

import (
	"fmt"
	"os"

	"github.com/tornado-dev/tornado/bench/inuse"
	"github.com/valyala/fasthttp"
)

func main() {
	inuse.TellOnSignal()
	handler := func(c *fasthttp.RequestCtx) {
		if !c.IsGet() || string(c.Path()) != "/" {
			c.Error("not found", fasthttp.StatusNotFound)
			return
		}
		c.SetContentType("text/html; charset=UTF-8")
		c.WriteString("Hello, world")
	}
	fmt.Fprintln(os.Stderr, fasthttp.ListenAndServe(os.Args[1], handler))
}
