// Command tornado answers GET / with 12 bytes, by a request handler of core/web.
package main

import (
	"fmt"
	"os"

	"github.com/tornado-dev/tornado/bench/inuse"
	"github.com/tornado-dev/tornado/core/web"
)

type helloHandler struct{ web.RequestHandler }

func (h *helloHandler) Get() { h.Write("Hello, world") }

func main() {
	inuse.TellOnSignal()
	app := web.NewApplication(web.Settings{NoEtag: true}, web.URL[helloHandler](`/`))
	fmt.Fprintln(os.Stderr, app.ListenAndServe(os.Args[1]))
}
