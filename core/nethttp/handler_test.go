package nethttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tornado-dev/tornado/core/nethttp"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
)

var quiet = stdlog.New(io.Discard, "", 0)

// finished counts OnFinish.
var finished atomic.Int64

type onLoop struct{ web.RequestHandler }

func (h *onLoop) Get(name string) error  { return act(&h.RequestHandler, name) }
func (h *onLoop) Post(name string) error { return act(&h.RequestHandler, name) }
func (h *onLoop) OnFinish()              { finished.Add(1) }

type inGoroutine struct{ web.RequestHandler }

func (h *inGoroutine) Get(ctx context.Context, name string) error {
	return act(&h.RequestHandler, name)
}
func (h *inGoroutine) Post(ctx context.Context, name string) error {
	return act(&h.RequestHandler, name)
}
func (h *inGoroutine) OnFinish() { finished.Add(1) }

// act does what a path asks for.
func act(h *web.RequestHandler, name string) error {
	switch name {
	case "hello":
		h.SetCookie("c", "d", web.CookieOptions{})
		h.SetHeader("X-A", "b")
		h.Write("Hello, " + h.GetArgument("who", "world"))
	case "json":
		h.Write(map[string]any{"a": 1})
	case "body":
		h.Write(fmt.Sprintf("%s %d %s %s %s", h.Request.Method, len(h.Request.Body), h.Request.Host, h.Request.Path, h.GetBodyArgument("f", "-")))
	case "flush":
		for i := range 5 {
			h.Write(fmt.Sprint(i, strings.Repeat("x", 10000)))
			h.Flush()
		}
	case "404":
		return web.HTTPError{StatusCode: 404}
	case "500":
		return errors.New("oh")
	case "panic":
		panic("oh")
	case "cut":
		h.Write("begun")
		h.Flush()
		return errors.New("oh")
	case "short":
		h.SetHeader("Content-Length", 100)
		h.Write("short")
	case "204":
		h.SetStatus(204)
	case "redirect":
		h.Redirect("/loop/hello")
	}
	return nil
}

func exampleApplication() *web.Application {
	return web.NewApplication(web.Settings{Loops: 1}, web.URL[onLoop](`/loop/(.*)`), web.URL[inGoroutine](`/goroutine/(.*)`))
}

// TestHandlerIsTheApplication holds that an application answers behind net/http what
// it answers by itself.
func TestHandlerIsTheApplication(t *testing.T) {
	alone := strings.TrimSuffix(tornadotest.Serve(t, exampleApplication()).URL("/"), "/")
	behind := theirs.serve(t, nethttp.Handler(exampleApplication()))
	long := "f=1&x=" + strings.Repeat("y", 300<<10)
	form := []string{"Content-Type: application/x-www-form-urlencoded", "Host: x"}
	for _, kind := range []string{"/loop/", "/goroutine/"} {
		for _, a := range []ask{get("hello"), get("hello?who=you"), get("json"), {"HEAD", "hello", "", nil}, get("flush"), {"HEAD", "flush", "", nil},
			get("404"), get("500"), get("panic"), get("cut"), get("short"), get("204"), get("redirect"), {"POST", "body", "f=7", form},
			{"POST", "body", "chunked:f=8", form}, {"POST", "body", long, form}, {"PUT", "hello", "", nil}, {"POST", "hello", "x", form}} {
			a.path = kind + a.path
			before := finished.Load()
			want, got := answer(t, alone, a), answer(t, behind, a)
			want, got = strings.ReplaceAll(want, alone[7:], "HOST"), strings.ReplaceAll(got, behind[7:], "HOST")
			if got != want {
				t.Errorf("%s %s: got\n%.500s\nwant\n%.500s", a.method, a.path, got, want)
			}
			for n := finished.Load(); n < before+2; n = finished.Load() {
				// Its turn comes after the answer's.
				answer(t, behind, get("/none"))
			}
			if n := finished.Load(); n != before+2 {
				t.Errorf("%s %s: OnFinish was called %d times; want 2", a.method, a.path, n-before)
			}
		}
	}
}

type waitingHandler struct {
	web.RequestHandler
	begun, ended chan error
}

func (h *waitingHandler) Get(ctx context.Context) error {
	h.begun <- nil
	<-ctx.Done()
	h.ended <- context.Cause(ctx)
	return ctx.Err()
}

func TestClientLeavesTheApplication(t *testing.T) {
	begun, ended := make(chan error, 1), make(chan error, 1) // one request
	app := web.NewApplication(web.Settings{}, web.URL[waitingHandler](`/`, web.Init(func(h *waitingHandler) { h.begun, h.ended = begun, ended })))
	address := theirs.serve(t, nethttp.Handler(app))
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1) // one result
	go func() {                 // ends with the request
		response, err := transport.RoundTrip(r)
		if err == nil {
			response.Body.Close()
		}
		done <- err
	}()
	<-begun
	cancel()
	if err := <-done; err == nil {
		t.Error("the request was answered")
	}
	if err := <-ended; !errors.Is(err, web.ErrClientLeft) {
		t.Errorf("got %v; want ErrClientLeft", err)
	}
}

func TestHandlerInMemory(t *testing.T) {
	recorder := httptest.NewRecorder()
	http.StripPrefix("/app", nethttp.Handler(exampleApplication())).ServeHTTP(recorder, httptest.NewRequest("GET", "/app/loop/hello?who=you", nil))
	if got := recorder.Body.String(); recorder.Code != 200 || got != "Hello, you" {
		t.Errorf("got %d %q", recorder.Code, got)
	}
}

// TestEarlyAnswer holds that a body which nobody wants holds up no answer.
func TestEarlyAnswer(t *testing.T) {
	address := theirs.serve(t, nethttp.Handler(web.NewApplication(web.Settings{}, web.URL[onLoop](`/(.*)`))))
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	body, to := io.Pipe()
	defer to.Close()
	r, err := http.NewRequest("POST", address+"/hello", body)
	if err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the pipe
		for piece := make([]byte, 1<<20); ; {
			if _, err := to.Write(piece); err != nil {
				return
			}
		}
	}()
	response, err := transport.RoundTrip(r)
	if err != nil {
		return // the server may close before the client has read that it is too long
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("got %s; want 413", response.Status)
	}
}
