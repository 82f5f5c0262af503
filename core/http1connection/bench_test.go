package http1connection_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/httputil"
)

// A greeter answers on the loop and needs nothing of its own for it, so that what
// is measured is the connection.
type greeter struct{ connection httputil.HTTPConnection }

var (
	greeting        = []byte("Hello, world")
	greetingHeaders = func() (h httputil.HTTPHeaders) {
		h.Set("Content-Type", "text/plain")
		h.Set("Content-Length", "12")
		return h
	}()
)

func (g *greeter) StartRequest(r *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	g.connection = r.Connection
	return g
}
func (g *greeter) HeadersReceived() *concurrent.Future[struct{}]          { return nil }
func (g *greeter) DataReceived(chunk []byte) *concurrent.Future[struct{}] { return nil }
func (g *greeter) OnConnectionClose(error)                                {}
func (g *greeter) Finish() {
	g.connection.WriteHeaders(httputil.ResponseStartLine{Code: 200}, &greetingHeaders, greeting)
	g.connection.Finish()
}

// BenchmarkRequest is a request over a socket, alone and among 64 that come
// together, which takes the system calls out of the measure.
func BenchmarkRequest(b *testing.B) {
	head := "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n"
	browser := "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n" +
		"Accept-Encoding: gzip, deflate, br, zstd\r\nConnection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\nPriority: u=0, i\r\n"
	for _, bb := range []struct {
		name, request string
		pipelined     int
	}{
		{"alone", head + "\r\n", 1},
		{"pipelined", head + "\r\n", 64},
		{"browser, pipelined", head + browser + "\r\n", 64},
		{"body, pipelined", strings.Replace(head, "GET", "POST", 1) + "Content-Length: 10\r\n\r\n0123456789", 64},
	} {
		b.Run(bb.name, func(b *testing.B) {
			c := serve(b, &greeter{}, httpserver.Options{}).dial()
			one := answerLength(b, c, bb.request)
			requests := []byte(strings.Repeat(bb.request, bb.pipelined))
			answers := make([]byte, one*bb.pipelined)
			b.ReportAllocs()
			for n := 0; n < b.N; n += bb.pipelined {
				if _, err := c.conn.Write(requests); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(c.conn, answers); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestAllocations wants a request that is answered on the loop to cost the string
// that its head becomes, and no more than one allocation beside it.
func TestAllocations(t *testing.T) {
	const together, rounds = 64, 50
	c := serve(t, &greeter{}, httpserver.Options{}).dial()
	request := "POST /hello HTTP/1.1\r\nHost: 127.0.0.1:8888\r\nContent-Length: 10\r\n\r\n0123456789"
	one := answerLength(t, c, request)
	requests, answers := []byte(strings.Repeat(request, together)), make([]byte, one*together)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rounds {
		if _, err := c.conn.Write(requests); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c.conn, answers); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if each := float64(after.Mallocs-before.Mallocs) / (together * rounds); each > 2 {
		t.Errorf("a request costs %.2f allocations", each)
	}
}

// answerLength sends one request and returns how long its answer is.
func answerLength(b testing.TB, c *client, request string) int {
	b.Helper()
	if _, err := fmt.Fprint(c.conn, request); err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 4096)
	n, err := io.ReadAtLeast(c.conn, buf, 100)
	if err != nil || !strings.HasSuffix(string(buf[:n]), string(greeting)) {
		b.Fatalf("got %q, %v", buf[:n], err)
	}
	return n
}
