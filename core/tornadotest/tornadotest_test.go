package tornadotest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/web"
)

type echoHandler struct{ web.RequestHandler }

func (h *echoHandler) Get() {
	h.SetHeader("X-Host", h.Request.Host)
	h.Write("got " + h.GetArgument("q", "nothing"))
}

func (h *echoHandler) Post(ctx context.Context) { h.Write("posted " + h.GetBodyArgument("a")) }

func (h *echoHandler) Delete() { h.Redirect("/elsewhere") }

func (h *echoHandler) Put() error { return errors.New("odd") }

func serveEcho(t *testing.T) *Server {
	return Serve(t, web.NewApplication(web.Settings{Loops: 1}, web.URL[echoHandler](`/`)))
}

func TestFetch(t *testing.T) {
	ExpectLog(t, "404 GET /none", "Uncaught exception PUT", "500 PUT")
	s := serveEcho(t)
	for _, tt := range []struct {
		name   string
		fetch  func() Response
		status int
		body   string
	}{
		{"get", func() Response { return s.Get("/?q=x") }, 200, "got x"},
		{"post", func() Response { return s.Post("/", url.Values{"a": {"b c"}}) }, 200, "posted b c"},
		{"redirect", func() Response { return s.Fetch("DELETE", "/", nil, "") }, 302, ""},
		{"missing", func() Response { return s.Get("/none") }, 404, "404: Not Found"},
		{"error", func() Response { return s.Fetch("PUT", "/", nil, "body") }, 500, "500: Internal Server Error"},
		{"head", func() Response { return s.Fetch("HEAD", "/", nil, "") }, 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.fetch(); got.StatusCode != tt.status || !strings.Contains(got.Body, tt.body) {
				t.Errorf("got %d %q; want %d %q", got.StatusCode, got.Body, tt.status, tt.body)
			}
		})
	}
	if got := s.Fetch("GET", "/", http.Header{"host": {"example.com"}}, ""); got.Header.Get("X-Host") != "example.com" {
		t.Errorf("got host %q; want example.com", got.Header.Get("X-Host"))
	}
}

func TestDial(t *testing.T) {
	s := serveEcho(t)
	conn := s.Dial()
	fmt.Fprintf(conn, "GET / HTTP/1.0\r\n\r\n")
	answer := make([]byte, 15)
	if _, err := conn.Read(answer); err != nil || string(answer) != "HTTP/1.1 200 OK" {
		t.Errorf("got %q, %v", answer, err)
	}
	if s.URL("/x") != "http://"+s.Address()+"/x" || s.Application() == nil {
		t.Errorf("got URL %q of %q", s.URL("/x"), s.Address())
	}
}

// A failures is a testing.TB that counts.
type failures struct {
	testing.TB
	count    int
	cleanups []func()
}

func (f *failures) Errorf(string, ...any) { f.count++ }
func (f *failures) Helper()               {}
func (f *failures) Cleanup(c func())      { f.cleanups = append(f.cleanups, c) }

func TestExpectLog(t *testing.T) {
	for _, tt := range []struct {
		name     string
		patterns []string
		log      func()
		failures int
	}{
		{"nothing", nil, func() {}, 0},
		{"expected", []string{"^a.c$"}, func() { log.General.Warning("abc") }, 0},
		{"not expected", nil, func() { log.General.Warning("abc") }, 1},
		{"below warning", nil, func() { log.General.Info("abc") }, 0},
		{"missing", []string{"abc"}, func() {}, 1},
		{"another", []string{"abc"}, func() { log.Application.Error("xyz") }, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &failures{TB: t}
			ExpectLog(f, tt.patterns...)
			tt.log()
			for _, cleanup := range f.cleanups {
				cleanup()
			}
			if f.count != tt.failures {
				t.Errorf("got %d failures; want %d", f.count, tt.failures)
			}
		})
	}
}
