package web

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/iostream"
)

// An ending is a way in which a request can end, for one handler.
type ending struct {
	finished, closed atomic.Int32
	told             chan struct{} // one for each OnFinish, of a few
	entered          chan struct{} // the method has begun
	run              func(e *ending, h *RequestHandler) error
	prepare          func(e *ending, h *RequestHandler) error
}

// endingHandler is what the handlers have in common.
type endingHandler struct {
	RequestHandler
	ending *ending
}

func (h *endingHandler) prepared() error {
	if h.ending.prepare != nil {
		return h.ending.prepare(h.ending, &h.RequestHandler)
	}
	return nil
}

func (h *endingHandler) answer() error { return h.ending.run(h.ending, &h.RequestHandler) }

func (h *endingHandler) OnConnectionClose() { h.ending.closed.Add(1) }

func (h *endingHandler) OnFinish() {
	h.ending.finished.Add(1)
	h.ending.told <- struct{}{}
}

type endingOnLoop struct{ endingHandler }

func (h *endingOnLoop) Prepare() error    { return h.prepared() }
func (h *endingOnLoop) Get(id int) error  { return h.answer() }
func (h *endingOnLoop) Post(id int) error { return h.answer() }

type endingElsewhere struct{ endingHandler }

func (h *endingElsewhere) Prepare(context.Context) error          { return h.prepared() }
func (h *endingElsewhere) Get(ctx context.Context, id int) error  { return h.answer() }
func (h *endingElsewhere) Post(ctx context.Context, id int) error { return h.answer() }

type endingUpload struct{ endingOnLoop }

func (h *endingUpload) DataReceived(chunk []byte) {}

type endingUploadElsewhere struct{ endingElsewhere }

func (h *endingUploadElsewhere) DataReceived(ctx context.Context, chunk []byte) error { return nil }

type endingUploadWithFuture struct{ endingElsewhere }

func (h *endingUploadWithFuture) DataReceived(chunk []byte) *concurrent.Future[struct{}] {
	f := new(concurrent.Future[struct{}])
	go f.SetResult(struct{}{}) // ends at once
	return f
}

var endingKinds = []struct {
	name          string
	waits, stream bool
	route         func(e *ending) Route
}{
	{"on the loop", false, false, func(e *ending) Route {
		return URL[endingOnLoop](`/(\d+)`, Init(func(h *endingOnLoop) { h.ending = e }))
	}},
	{"in a goroutine", true, false, func(e *ending) Route {
		return URL[endingElsewhere](`/(\d+)`, Init(func(h *endingElsewhere) { h.ending = e }))
	}},
	{"upload on the loop", false, true, func(e *ending) Route {
		return URL[endingUpload](`/(\d+)`, StreamRequestBody(), Init(func(h *endingUpload) { h.ending = e }))
	}},
	{"upload in a goroutine", true, true, func(e *ending) Route {
		return URL[endingUploadElsewhere](`/(\d+)`, StreamRequestBody(), Init(func(h *endingUploadElsewhere) { h.ending = e }))
	}},
	{"upload with a future", true, true, func(e *ending) Route {
		return URL[endingUploadWithFuture](`/(\d+)`, StreamRequestBody(), Init(func(h *endingUploadWithFuture) { h.ending = e }))
	}},
}

// quick are limits that are reached in a moment.
func quick() Settings {
	return Settings{Loops: 1, Server: httpserver.Options{Parameters: http1connection.Parameters{
		BodyTimeout: 20 * time.Millisecond, WriteTimeout: 50 * time.Millisecond, HeaderTimeout: time.Minute}}}
}

// untilContextEnds waits as a method does that is not answered.
func untilContextEnds(e *ending, h *RequestHandler) error {
	e.entered <- struct{}{}
	<-h.Context().Done()
	return h.Context().Err()
}

// muchAtOnce writes more than a client that does not read takes.
func muchAtOnce(e *ending, h *RequestHandler) error {
	e.entered <- struct{}{}
	large := strings.Repeat("x", 1<<20)
	for range 64 {
		h.Write(large)
		if flushed := h.Flush(); !h.onLoop() {
			if _, err := flushed.Wait(h.Context()); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestOnFinishIsCalledOnce(t *testing.T) {
	captureLog(t)
	const (
		plain  = "GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
		posted = "POST /1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody"
		cut    = "POST /1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbo"
		broken = "POST /1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\nzz\r\n"
		large  = "POST /1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000000\r\n\r\nbo"
	)
	nothing := func(*ending, *RequestHandler) error { return nil }
	type client func(t *testing.T, e *ending, conn net.Conn, app *Application, server *httpserver.HTTPServer)
	read := func(t *testing.T, _ *ending, conn net.Conn, _ *Application, _ *httpserver.HTTPServer) {
		if _, err := conn.Read(make([]byte, 1)); err != nil {
			t.Error(err)
		}
	}
	leave := func(_ *testing.T, _ *ending, conn net.Conn, _ *Application, _ *httpserver.HTTPServer) { conn.Close() }
	reset := func(t *testing.T, _ *ending, conn net.Conn, _ *Application, _ *httpserver.HTTPServer) {
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
	resetLater := func(t *testing.T, e *ending, conn net.Conn, app *Application, server *httpserver.HTTPServer) {
		<-e.entered
		reset(t, e, conn, app, server)
	}
	stay := func(*testing.T, *ending, net.Conn, *Application, *httpserver.HTTPServer) {}
	for _, tt := range []struct {
		name     string
		settings func() Settings
		request  string
		run      func(*ending, *RequestHandler) error
		prepare  func(*ending, *RequestHandler) error
		client   client
		// Who has the body whole before it begins never begins in some cases; who cannot
		// wait is not meant by others.
		onlyUploads, onlyWaiting bool
	}{
		{name: "return", request: plain, client: read},
		{name: "return after a body", request: posted, client: read},
		{name: "Finish", request: plain, run: func(_ *ending, h *RequestHandler) error { h.Finish("x"); return nil }, client: read},
		{name: "error after Finish", request: plain, run: func(_ *ending, h *RequestHandler) error { h.Finish("x"); return errors.New("oh") }, client: read},
		{name: "web.Finish", request: posted, run: func(*ending, *RequestHandler) error { return Finish }, client: read},
		{name: "redirect", request: plain, run: func(_ *ending, h *RequestHandler) error { h.Redirect("/"); return nil }, client: read},
		{name: "error", request: posted, run: func(*ending, *RequestHandler) error { return errors.New("oh") }, client: read},
		{name: "HTTPError", request: posted, run: func(*ending, *RequestHandler) error { return HTTPError{StatusCode: 404} }, client: read},
		{name: "panic", request: posted, run: func(*ending, *RequestHandler) error { panic("oh") }, client: read},
		{name: "SendError", request: plain, run: func(_ *ending, h *RequestHandler) error { h.SendError(410); return nil }, client: read},
		{name: "error after Flush", request: plain, run: func(_ *ending, h *RequestHandler) error { h.Write("x"); h.Flush(); return errors.New("oh") }, client: read},
		{name: "less than was promised", request: plain, run: func(_ *ending, h *RequestHandler) error {
			h.SetHeader("Content-Length", 5)
			h.Write("x")
			h.Flush()
			return nil
		}, client: read},
		{name: "end of the goroutine", request: posted, run: func(*ending, *RequestHandler) error { runtime.Goexit(); return nil }, client: read, onlyWaiting: true},
		{name: "Prepare fails", request: posted, prepare: func(*ending, *RequestHandler) error { return HTTPError{StatusCode: 403} }, client: read},
		{name: "Prepare panics", request: cut, prepare: func(*ending, *RequestHandler) error { panic("oh") }, client: read, onlyUploads: true},
		{name: "Prepare finishes", request: posted, prepare: func(_ *ending, h *RequestHandler) error { h.Finish(); return nil }, client: read},
		{name: "no such method", request: strings.Replace(plain, "GET", "PUT", 1), client: read},
		{name: "no such verb", request: strings.Replace(plain, "GET", "BREW", 1), client: read},
		{name: "OPTIONS", request: strings.Replace(plain, "GET", "OPTIONS", 1), client: read},
		{name: "no such value", request: strings.Replace(plain, "/1", "/11111111111111111111", 1), client: read},
		{name: "no token", settings: func() Settings { return Settings{XSRFCookies: true} }, request: posted, client: read},

		{name: "the client leaves at once", request: plain, client: leave, onlyWaiting: true, run: untilContextEndsQuietly},
		{name: "the client leaves meanwhile", request: posted, client: resetLater, onlyWaiting: true, run: untilContextEnds},
		{name: "the client leaves within the answer", request: plain, client: resetLater, onlyWaiting: true, run: muchAtOnce},
		{name: "the client leaves within the body", request: cut, client: resetLater, onlyUploads: true, onlyWaiting: true,
			prepare: func(e *ending, _ *RequestHandler) error { e.entered <- struct{}{}; return nil }},
		{name: "the client reads nothing", settings: quick, request: plain, client: stay, onlyWaiting: true, run: func(e *ending, h *RequestHandler) error {
			e.entered = make(chan struct{}, 1)
			return muchAtOnce(e, h)
		}},
		{name: "the client reads nothing of what is written at once", settings: quick, request: plain, client: stay, run: func(e *ending, h *RequestHandler) error {
			h.Write(strings.Repeat("x", 32<<20))
			return nil
		}},
		{name: "the body is cut", request: cut, onlyUploads: true,
			client: func(_ *testing.T, _ *ending, conn net.Conn, _ *Application, _ *httpserver.HTTPServer) {
				conn.(*net.TCPConn).CloseWrite()
			}},
		{name: "the body is malformed", request: broken, client: read, onlyUploads: true},
		{name: "the body is too large", request: large, client: read, onlyUploads: true},
		{name: "the body does not come", settings: quick, request: cut, client: read, onlyUploads: true},
		{name: "the time is over", settings: func() Settings { return Settings{RequestTimeout: 20 * time.Millisecond} }, request: posted,
			client: func(t *testing.T, e *ending, conn net.Conn, app *Application, server *httpserver.HTTPServer) {
				<-e.entered
				read(t, e, conn, app, server)
			}, onlyWaiting: true, run: untilContextEnds},
		{name: "draining", request: posted, onlyWaiting: true, run: func(e *ending, h *RequestHandler) error {
			e.entered <- struct{}{}
			<-h.Application().Draining()
			return nil
		}, client: func(t *testing.T, e *ending, conn net.Conn, app *Application, server *httpserver.HTTPServer) {
			<-e.entered
			if err := app.Shutdown(context.Background(), server); err != nil {
				t.Error(err)
			}
		}},
		{name: "shut down", request: posted, onlyWaiting: true, run: untilContextEnds,
			client: func(t *testing.T, e *ending, conn net.Conn, app *Application, server *httpserver.HTTPServer) {
				<-e.entered
				now, cancel := context.WithCancel(context.Background())
				cancel()
				_ = app.Shutdown(now, server) // its answer is written or cut
			}},
	} {
		for _, kind := range endingKinds {
			if tt.onlyUploads && !kind.stream || tt.onlyWaiting && !kind.waits {
				continue
			}
			t.Run(tt.name+", "+kind.name, func(t *testing.T) {
				e := &ending{told: make(chan struct{}, 9), entered: make(chan struct{}), run: tt.run, prepare: tt.prepare}
				if e.run == nil {
					e.run = nothing
				}
				settings := Settings{}
				if tt.settings != nil {
					settings = tt.settings()
				}
				settings.Loops = 1
				app := NewApplication(settings, kind.route(e))
				server, err := app.Listen("127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				tt.client(t, e, dial(t, server.Addresses()[0], tt.request), app, server)
				select {
				case <-e.told:
				case <-time.After(10 * time.Second):
					t.Error("OnFinish was not called")
				}
				server.Close()
				app.waitForMethods()
				if n := e.finished.Load(); n != 1 {
					t.Errorf("OnFinish was called %d times", n)
				}
				if n := e.closed.Load(); n > 1 {
					t.Errorf("OnConnectionClose was called %d times", n)
				}
			})
		}
	}
}

// untilContextEndsQuietly is untilContextEnds for a client that waits for nothing.
func untilContextEndsQuietly(_ *ending, h *RequestHandler) error {
	<-h.Context().Done()
	return h.Context().Err()
}

// A handler whose body never comes whole was given nothing, so that there is nothing
// to finish.
func TestOnFinishIsNotCalledForWhatNeverBegan(t *testing.T) {
	captureLog(t)
	e := &ending{told: make(chan struct{}, 9)}
	server, err := NewApplication(Settings{Loops: 1}, endingKinds[0].route(e)).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn := dial(t, server.Addresses()[0], "POST /1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbo")
	conn.(*net.TCPConn).CloseWrite()
	if answer, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") {
		t.Errorf("got %q, %v; want 400", answer, err)
	}
	server.Close()
	if n := e.finished.Load(); n != 0 {
		t.Errorf("OnFinish was called %d times", n)
	}
}

// echoUpgrader goes on in another protocol.
type echoUpgrader struct{ endingHandler }

func (h *echoUpgrader) BindUpgrade(*UpgradeBinder) {}

func (h *echoUpgrader) Upgrade(u Upgrade) error {
	h.SetHeader("Connection", "Upgrade")
	h.SetHeader("Upgrade", "echo")
	return u.To(func(s *iostream.IOStream) iostream.Consumer { return &echoing{stream: s} })
}

type echoing struct{ stream *iostream.IOStream }

func (e *echoing) BytesReceived(data []byte) int { e.stream.Write(data); return len(data) }
func (e *echoing) PeerEnded()                    { e.stream.CloseWhenWritten(false) }
func (e *echoing) StreamClosed(error)            {}
func (e *echoing) DeadlinePassed()               {}

func TestOnFinishOfUpgrades(t *testing.T) {
	captureLog(t)
	e := &ending{told: make(chan struct{}, 9)}
	server, err := NewApplication(Settings{Loops: 1}, URL[echoUpgrader](`/`, Init(func(h *echoUpgrader) { h.ending = e }))).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn := dial(t, server.Addresses()[0], "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello")
	conn.(*net.TCPConn).CloseWrite()
	if answer, err := io.ReadAll(conn); err != nil || !strings.HasSuffix(string(answer), "\r\n\r\nhello") {
		t.Errorf("got %q, %v; want an echo", answer, err)
	}
	<-e.told
	server.Close()
	if n := e.finished.Load(); n != 1 {
		t.Errorf("OnFinish was called %d times", n)
	}
}
