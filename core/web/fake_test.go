package web

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/trace"
)

// A fakeConnection is an httputil.HTTPConnection that keeps what is written to
// it. The goroutine of the test plays the loop.
type fakeConnection struct {
	head     bool
	line     httputil.ResponseStartLine
	headers  httputil.HTTPHeaders
	body     strings.Builder
	writes   int // of the body
	begun    bool
	finished bool
	aborted  error
	closed   bool
	message  *delegate

	mu        sync.Mutex // guards what follows
	callbacks []func()
	wake      chan struct{} // capacity one: there are callbacks
}

func newFakeConnection() *fakeConnection { return &fakeConnection{wake: make(chan struct{}, 1)} }

func (c *fakeConnection) WriteHeaders(line httputil.ResponseStartLine, headers *httputil.HTTPHeaders, chunk []byte) error {
	if c.closed {
		return httputil.ErrOutput
	}
	c.begun, c.line, c.headers = true, line, headers.Clone()
	return c.Write(chunk)
}

func (c *fakeConnection) Write(chunk []byte) error {
	if c.closed {
		return httputil.ErrOutput
	}
	if !c.head && httputil.StatusHasBody(c.line.Code) && len(chunk) > 0 {
		c.body.Write(chunk)
		c.writes++
	}
	return nil
}

func (c *fakeConnection) Finish() error {
	if c.closed {
		return httputil.ErrOutput
	}
	length, err := httputil.ParseInt(c.headers.Get("Content-Length"))
	if err == nil && !c.head && int(length) != c.body.Len() {
		c.Abort(httputil.ErrOutput)
		return httputil.ErrOutput
	}
	c.finished = true
	return nil
}

func (c *fakeConnection) Abort(err error) {
	c.aborted, c.closed = err, true
	c.message.OnConnectionClose(err)
}

func (c *fakeConnection) NotifyDrained(f func(error)) { f(nil) }

func (c *fakeConnection) SetMaxBodySize(int64) {}

func (c *fakeConnection) AddCallback(f func()) {
	c.mu.Lock()
	c.callbacks = append(c.callbacks, f)
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default: // it is awake
	}
}

// turn runs the callbacks that are there.
func (c *fakeConnection) turn() {
	c.mu.Lock()
	callbacks := c.callbacks
	c.callbacks = nil
	c.mu.Unlock()
	for _, f := range callbacks {
		f()
	}
}

// runUntil plays the loop until the condition holds.
func (c *fakeConnection) runUntil(t testing.TB, condition func() bool) {
	t.Helper()
	patience := time.After(10 * time.Second)
	for c.turn(); !condition(); c.turn() {
		select {
		case <-c.wake:
		case <-patience:
			t.Fatal("the handler did not come to its end")
		}
	}
}

// begin gives a request, as it is on the wire, to an application.
func (c *fakeConnection) begin(t testing.TB, app *Application, raw string, traced *trace.Request) *delegate {
	t.Helper()
	text, body, ok := strings.Cut(raw, "\r\n\r\n")
	if !ok {
		t.Fatalf("a request without an empty line: %q", raw)
	}
	var head http1connection.RequestHead
	if err := head.Parse(text+"\r\n\r\n", new(http1connection.Limits)); err != nil {
		t.Fatal(err)
	}
	request := new(httputil.HTTPServerRequest)
	head.Fill(request)
	c.head = request.Method == "HEAD"
	request.RemoteIP, request.Protocol, request.Started = "127.0.0.1", "http", time.Now()
	if request.Connection = c; traced != nil {
		request.Trace, request.TraceID = traced, traced.ID
	}
	d := app.StartRequest(request).(*delegate)
	c.message = d
	d.HeadersReceived()
	for _, piece := range []string{body[:len(body)/2], body[len(body)/2:]} {
		if piece != "" {
			d.DataReceived([]byte(piece))
		}
	}
	d.Finish()
	return d
}

// ended reports whether a handler has come to its end.
func ended(h *RequestHandler) bool { return h == nil || h.delegate == nil }

// A response is what a client sees.
type response struct {
	status  int
	reason  string
	header  httputil.HTTPHeaders
	body    string
	aborted bool
}

// String shows an answer without what differs each time.
func (r response) String() string {
	boundary := ""
	if _, after, ok := strings.Cut(r.header.Get("Content-Type"), "boundary="); ok {
		boundary = after
	}
	text := fmt.Sprintf("%d %s\n", r.status, r.reason)
	for name, value := range r.header.All() {
		if name != "Date" && name != "Expires" {
			text += name + ": " + value + "\n"
		}
	}
	text += "\n" + r.body
	if boundary != "" {
		text = strings.ReplaceAll(text, boundary, "BOUNDARY")
	}
	return text
}

func exchangeWithFake(t testing.TB, app *Application, raw string) response {
	t.Helper()
	c := newFakeConnection()
	d := c.begin(t, app, raw, nil)
	h := d.handler
	c.runUntil(t, func() bool { return ended(h) })
	reason := c.line.Reason
	if reason == "" {
		reason = httputil.StatusText(c.line.Code)
	}
	if !c.finished && c.aborted == nil {
		t.Fatal("the answer was neither finished nor aborted")
	}
	return response{c.line.Code, reason, c.headers, c.body.String(), c.aborted != nil}
}
