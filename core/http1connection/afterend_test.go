package http1connection_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/iostream"
)

// A delegate that goes on when its answer is finished gets errors, and does nothing
// to the requests of this connection or another.
func TestAfterTheEnd(t *testing.T) {
	var trailers httputil.HTTPHeaders
	trailers.Set("Left-Over", "1")
	results := make(chan []error, 1)
	s := serve(t, &scripted{finish: func(x *exchange) {
		c := x.request.Connection.(*http1connection.ServerConnection)
		err := errors.Join(c.WriteHeaders(httputil.ResponseStartLine{Code: 200}, new(httputil.HTTPHeaders), x.body), c.Finish())
		if err != nil {
			t.Error(err)
		}
		if x.request.Path != "/first" {
			return
		}
		c.AddCallback(func() {
			c.SetMaxBodySize(1)
			c.SetBodyTimeout(1)
			c.SetTrailers(&trailers)
			results <- []error{
				c.WriteHeaders(httputil.ResponseStartLine{Code: 200}, new(httputil.HTTPHeaders), nil),
				c.Write([]byte("more")),
				c.Finish(),
				c.Upgrade(func(*iostream.IOStream) iostream.Consumer { panic("asked for a consumer") }),
			}
		})
	}}, httpserver.Options{Loops: 1})
	first := s.dial()
	first.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
	for i, err := range <-results {
		if !errors.Is(err, httputil.ErrOutput) {
			t.Errorf("operation %d: got %v; want ErrOutput", i, err)
		}
	}
	const body = "POST /other HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
	for _, c := range []*client{first, s.dial()} {
		c.send(body)
		all, err := io.ReadAll(c.conn)
		if err != nil || !strings.HasSuffix(string(all), "\r\n\r\n5\r\nhello\r\n0\r\n\r\n") {
			t.Errorf("got %q, %v", all, err)
		}
	}
}
