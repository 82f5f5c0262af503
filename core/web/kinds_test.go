package web

import (
	"bytes"
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/log"
)

// A script is what a test's handler does.
type script func(h *RequestHandler) error

type loopHandler struct {
	RequestHandler
	run script
}

func (h *loopHandler) Get() error    { return h.run(&h.RequestHandler) }
func (h *loopHandler) Post() error   { return h.run(&h.RequestHandler) }
func (h *loopHandler) Delete() error { return h.run(&h.RequestHandler) }

type goroutineHandler struct {
	RequestHandler
	run script
}

func (h *goroutineHandler) Get(context.Context) error    { return h.run(&h.RequestHandler) }
func (h *goroutineHandler) Post(context.Context) error   { return h.run(&h.RequestHandler) }
func (h *goroutineHandler) Delete(context.Context) error { return h.run(&h.RequestHandler) }

// afterWaitingHandler has a Prepare that waits and a method that does not.
type afterWaitingHandler struct {
	loopHandler
}

func (h *afterWaitingHandler) Prepare(context.Context) error { return nil }

// kinds are the ways in which a handler can run; a new one is a new line.
var kinds = []struct {
	name  string
	route func(pattern string, run script) Route
}{
	{"on the loop", func(pattern string, run script) Route {
		return URL[loopHandler](pattern, Init(func(h *loopHandler) { h.run = run }))
	}},
	{"in a goroutine", func(pattern string, run script) Route {
		return URL[goroutineHandler](pattern, Init(func(h *goroutineHandler) { h.run = run }))
	}},
	{"on the loop after a goroutine", func(pattern string, run script) Route {
		return URL[afterWaitingHandler](pattern, Init(func(h *afterWaitingHandler) { h.run = run }))
	}},
}

// everywhere runs a test with each kind of handler over each transport. The
// handler answers all paths.
func everywhere(t *testing.T, settings Settings, run script, test func(t *testing.T, fetch func(raw string) response)) {
	t.Helper()
	everywhereWith(t, settings, nil, run, test)
}

// everywhereWith is everywhere with options of the route.
func everywhereWith(t *testing.T, settings Settings, options []RouteOption, run script, test func(t *testing.T, fetch func(raw string) response)) {
	t.Helper()
	settings.Loops = 1
	for _, kind := range kinds {
		for _, transport := range transports {
			t.Run(kind.name+", "+transport.name, func(t *testing.T) {
				app := NewApplication(settings, kind.route(`/.*`, run).With(options...))
				test(t, func(raw string) response { return transport.exchange(t, app, raw) })
			})
		}
	}
}

// get is a request as it is on the wire.
func get(uri string, fields ...string) string { return ask("GET", uri, "", fields...) }

func ask(method, uri, body string, fields ...string) string {
	head := method + " " + uri + " HTTP/1.1\r\nHost: localhost\r\n"
	for _, field := range fields {
		head += field + "\r\n"
	}
	if body != "" {
		head += "Content-Length: " + itoa(len(body)) + "\r\n"
	}
	return head + "\r\n" + body
}

// safeBuffer collects what is logged.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// captureLog keeps what is logged until the test ends.
func captureLog(t testing.TB) *safeBuffer {
	t.Helper()
	b := new(safeBuffer)
	previous := log.SetOutput(b)
	t.Cleanup(func() { log.SetOutput(previous) })
	return b
}

// expectLog fails unless everything that is logged has one of the texts in it, and
// each text occurs.
func (b *safeBuffer) expect(t testing.TB, texts ...string) {
	t.Helper()
	logged := b.String()
	for _, text := range texts {
		if !strings.Contains(logged, text) {
			t.Errorf("logged %q; want %q in it", logged, text)
		}
	}
	if len(texts) == 0 && logged != "" {
		t.Errorf("logged %q; want nothing", logged)
	}
}

type exitingHandler struct{ RequestHandler }

func (h *exitingHandler) Get(ctx context.Context) { runtime.Goexit() }

// requestFor is a request whose body is yet to come.
func requestFor(t testing.TB, c *fakeConnection) *httputil.HTTPServerRequest {
	t.Helper()
	return &httputil.HTTPServerRequest{Method: "POST", URI: "/", Path: "/", Version: "HTTP/1.1", Host: "localhost", Connection: c}
}
