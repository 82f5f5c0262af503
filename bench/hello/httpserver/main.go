// Command httpserver answers every request with 12 bytes, by core/httpserver
// without routes and handlers.
package main

import (
	"fmt"
	"os"

	"github.com/tornado-dev/tornado/bench/inuse"
	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/httputil"
)

type hello struct{ headers httputil.HTTPHeaders }

func (h *hello) StartRequest(r *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	return &exchange{h, r.Connection}
}

type exchange struct {
	hello      *hello
	connection httputil.HTTPConnection
}

func (x *exchange) HeadersReceived() *concurrent.Future[struct{}]    { return nil }
func (x *exchange) DataReceived([]byte) *concurrent.Future[struct{}] { return nil }
func (x *exchange) OnConnectionClose(error)                          {}

var body = []byte("Hello, world")

func (x *exchange) Finish() {
	if x.connection.WriteHeaders(httputil.ResponseStartLine{Code: 200}, &x.hello.headers, body) == nil {
		x.connection.Finish()
	}
}

func main() {
	inuse.TellOnSignal()
	h := new(hello)
	h.headers.Set("Content-Type", "text/html; charset=UTF-8")
	h.headers.Set("Content-Length", fmt.Sprint(len(body)))
	s := httpserver.New(h, httpserver.Options{})
	if err := s.Listen(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	<-s.Done()
}
