package httpserver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httputil"
)

// echo answers each request with its method, URI and body.
type echo struct{}

func (echo) StartRequest(r *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	return &echoMessage{request: *r}
}

type echoMessage struct {
	request httputil.HTTPServerRequest
	body    []byte
}

func (m *echoMessage) HeadersReceived() *concurrent.Future[struct{}] { return nil }
func (m *echoMessage) DataReceived(chunk []byte) *concurrent.Future[struct{}] {
	m.body = append(m.body, chunk...)
	return nil
}
func (m *echoMessage) OnConnectionClose(error) {}
func (m *echoMessage) Finish() {
	body := fmt.Sprintf("%s %s %s", m.request.Method, m.request.URI, m.body)
	var h httputil.HTTPHeaders
	h.Set("Content-Length", fmt.Sprint(len(body)))
	m.request.Connection.WriteHeaders(httputil.ResponseStartLine{Version: "HTTP/1.1", Code: 200, Reason: "OK"}, &h, []byte(body))
	m.request.Connection.Finish()
}

func start(t testing.TB, delegate httputil.HTTPServerConnectionDelegate, o Options) (*HTTPServer, string) {
	t.Helper()
	s := New(delegate, o)
	if err := s.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, s.Addresses()[0]
}

func TestForeignClient(t *testing.T) {
	_, address := start(t, echo{}, Options{})
	for range 3 {
		response, err := http.Post("http://"+address+"/a?b=c", "text/plain", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if got, want := string(body), "POST /a?b=c hello"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestPipelined(t *testing.T) {
	_, address := start(t, echo{}, Options{})
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const n = 200
	go func() {
		for i := range n {
			fmt.Fprintf(conn, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i)
		}
	}()
	in := bufio.NewReader(conn)
	for i := range n {
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(i, err)
		}
		body, _ := io.ReadAll(response.Body)
		if got, want := string(body), fmt.Sprintf("GET /%d ", i); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

func TestShutdown(t *testing.T) {
	s, address := start(t, echo{}, Options{Loops: 2})
	var wg sync.WaitGroup
	for range 4 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer conn.Close()
			io.Copy(io.Discard, conn)
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if _, err := net.Dial("tcp", address); err == nil {
		t.Error("the server accepts after Shutdown")
	}
}
