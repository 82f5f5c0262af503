package httpserver

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/trace"
)

// otherProgram is what this program is when a test has started it as another.
var otherProgram func()

func TestMain(m *testing.M) {
	if otherProgram != nil {
		otherProgram()
		return
	}
	leak.Main(m)
}

// wantEnd wants the connection to end in good order.
func (c *client) wantEnd() {
	c.t.Helper()
	if b, err := c.in.ReadByte(); err != io.EOF {
		c.t.Errorf("got %q, %v; want the end", b, err)
	}
}

// shutdown begins to drain, and returns when the server has.
func shutdown(s *HTTPServer, ctx context.Context) (result chan error) {
	result = make(chan error, 1)
	go func() { result <- s.Shutdown(ctx) }() // the test reads the result
	<-s.Draining()
	s.onLoops(func(*worker) {})
	s.onLoops(func(*worker) {})
	return result
}

func TestShutdownAnswersWhatHasBegun(t *testing.T) {
	arrived := watch(t)
	delegate := &named{name: "late", pending: make(chan struct{}), started: make(chan struct{}, 10)}
	s, address := start(t, delegate, Options{Loops: 2})
	idle, slow, half, body := dial(t, address), dial(t, address), dial(t, address), dial(t, address)
	idle.get("/")
	idle.want("late")
	slow.get("/slow")
	<-delegate.started
	beginning, post := "GET / HTTP/1.1\r\nHo", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na"
	half.send(beginning)
	body.send(post)
	arrived(half, len(beginning))
	arrived(body, len(post))

	result := shutdown(s, t.Context())
	idle.wantEnd()
	for deadline := time.Now().Add(10 * time.Second); ; {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			break // nobody is left waiting
		}
		conn.Close()
		if time.Now().After(deadline) {
			t.Fatal("one can still connect to a server that drains")
		}
	}
	half.send("st: a\r\n\r\n")
	half.want("late")
	half.wantEnd()
	half.conn.Close()
	body.send("bc")
	body.want("late")
	body.wantEnd()
	body.conn.Close()
	select {
	case err := <-result:
		t.Fatalf("Shutdown returned %v with a request unanswered", err)
	default:
	}
	close(delegate.pending)
	slow.want("late")
	slow.wantEnd()
	slow.conn.Close()
	if err := <-result; err != nil {
		t.Error(err)
	}
}

// TestShutdownAnswersWhatHasArrived has a request that has come and was not read when
// the server begins to drain.
func TestShutdownAnswersWhatHasArrived(t *testing.T) {
	answered := false
	// What was sent has arrived, most probably; so several times.
	for attempt := 0; attempt < 10 && !answered; attempt++ {
		s, address := start(t, echo{}, Options{Loops: 1})
		c := dial(t, address)
		c.get("/first")
		c.want("GET /first ")
		w, busy, sent := s.workers[0], make(chan struct{}), make(chan struct{})
		w.loop.AddCallback(func() {
			close(busy)
			<-sent
			w.drain()
		})
		<-busy
		c.get("/second")
		close(sent)
		response, err := http.ReadResponse(c.in, nil)
		if answered = err == nil && response.Close; answered {
			response.Body.Close()
		}
		c.conn.Close()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !answered {
		t.Error("the request got no answer that ends the connection")
	}
}

// watch lets a test see what the server has read of each connection.
func watch(t *testing.T) (arrived func(c *client, bytes int)) {
	var opened sync.Map // *trace.Connection by remote address
	previous := trace.Install(&trace.Hooks{ConnectionOpened: func(c *trace.Connection) { opened.Store(c.RemoteAddr, c) }})
	t.Cleanup(func() { trace.Install(previous) })
	return func(c *client, bytes int) {
		for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
			info, ok := opened.Load(c.conn.LocalAddr().String())
			if ok && info.(*trace.Connection).BytesIn.Load() >= int64(bytes) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d bytes did not arrive", bytes)
			}
		}
	}
}

func TestShutdownGivesUp(t *testing.T) {
	delegate := &named{name: "never", pending: make(chan struct{}), started: make(chan struct{}, 1)}
	defer close(delegate.pending)
	s, address := start(t, delegate, Options{Loops: 1})
	c := dial(t, address)
	c.get("/slow")
	<-delegate.started
	first := shutdown(s, t.Context())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// A second, less patient one ends both.
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want the context's error", err)
	}
	if err := <-first; err != nil {
		t.Errorf("the patient Shutdown: got %v", err)
	}
	if _, err := http.ReadResponse(c.in, nil); err == nil {
		t.Error("got an answer that was never given")
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Errorf("when all is over: got %v", err)
	}
}

// never leaves requests unanswered, and fails when it is told that it is too late.
type never struct{ begun chan struct{} }

func (n never) StartRequest(*httputil.HTTPServerRequest) httputil.HTTPMessageDelegate { return n }
func (n never) HeadersReceived() *concurrent.Future[struct{}]                         { return nil }
func (n never) DataReceived([]byte) *concurrent.Future[struct{}]                      { return nil }
func (n never) Finish()                                                               { n.begun <- struct{}{} }
func (n never) OnConnectionClose(error)                                               { panic("never") }

// TestCloseWithAFailingDelegate wants the server to end all the same, and all of its
// connections.
func TestCloseWithAFailingDelegate(t *testing.T) {
	previous := log.SetOutput(io.Discard)
	defer log.SetOutput(previous)
	delegate := never{make(chan struct{})}
	s, address := start(t, delegate, Options{Loops: 1})
	clients := []*client{dial(t, address), dial(t, address), dial(t, address)}
	for _, c := range clients {
		c.get("/")
		<-delegate.begun
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for _, c := range clients {
		if _, err := c.in.ReadByte(); err == nil {
			t.Error("got an answer that was never given")
		}
	}
}

// TestShutdownOfAHeldServer wants requests that wait to be answered.
func TestShutdownOfAHeldServer(t *testing.T) {
	arrived := watch(t)
	s, address := start(t, &named{name: "held"}, Options{Loops: 1})
	c, idle := dial(t, address), dial(t, address)
	for _, one := range []*client{c, idle} {
		one.get("/")
		one.want("held")
	}
	s.Hold()
	c.get("/")
	arrived(c, 2*len("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
	result := shutdown(s, t.Context())
	c.want("held")
	c.wantEnd()
	idle.wantEnd()
	if err := <-result; err != nil {
		t.Error(err)
	}
}

// TestHandOverDoesNotWaitForAStalledClient has a client that does not read its
// last answer.
func TestHandOverDoesNotWaitForAStalledClient(t *testing.T) {
	delegate := &named{name: strings.Repeat("x", 20<<20)}
	s, address := start(t, delegate, Options{Loops: 1, Parameters: http1connection.Parameters{WriteTimeout: 200 * time.Millisecond}})
	c := dial(t, address)
	c.get("/")
	if _, err := c.in.Peek(1); err != nil {
		t.Fatal(err)
	}
	s.HandOver(func(trace.HandedConnection) { t.Error("a connection with an unread answer was handed over") })
	<-s.Done()
}

func TestListenWhileHeld(t *testing.T) {
	s, first := start(t, &named{name: "there"}, Options{Loops: 2})
	s.Hold()
	if err := s.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	second := s.Addresses()[len(s.Addresses())-1]
	a, b := dial(t, first), dial(t, second)
	a.get("/")
	b.get("/")
	s.onLoops(func(*worker) {})
	if n := s.Connections(); n != 0 {
		t.Errorf("a held server has accepted %d connections", n)
	}
	s.Resume()
	a.want("there")
	b.want("there")
}

func TestListenInUse(t *testing.T) {
	s, address := start(t, echo{}, Options{Loops: 1})
	if err := s.Listen(address); err == nil || !strings.Contains(err.Error(), address) {
		t.Errorf("got %v; want an error that names the address", err)
	}
	if n := len(s.Addresses()); n != 1 {
		t.Errorf("the server has %d addresses; want 1", n)
	}
	c := dial(t, address)
	c.get("/")
	c.want("GET / ")
}

// TestListenThatCannotAccept has a descriptor among the sockets that no loop can
// watch: nothing of them must be left.
func TestListenThatCannotAccept(t *testing.T) {
	s, address := start(t, echo{}, Options{Loops: 2})
	sockets, err := netutil.BindSockets("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer netutil.CloseSockets(sockets)
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := s.serve("x", append(sockets, netutil.Socket{FD: int(file.Fd())})); err == nil {
		t.Error("a file was accepted from")
	}
	if got := s.Addresses(); len(got) != 1 || got[0] != address {
		t.Errorf("got the addresses %q; want %q alone", got, address)
	}
	s.onLoops(func(w *worker) {
		if len(w.acceptors) != 1 {
			t.Errorf("loop %d accepts from %d sockets; want 1", w.loop.Number(), len(w.acceptors))
		}
	})
	c := dial(t, address)
	c.get("/")
	c.want("GET / ")
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	remote := make(chan string, 1)
	s := New(remembering{remote}, Options{Loops: 1})
	if err := s.Listen("unix:" + path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
		DisableKeepAlives: true,
	}}
	response, err := client.Get("http://app/x")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); string(body) != "GET /x " {
		t.Errorf("got %q, %v", body, err)
	}
	if got := <-remote; got != "0.0.0.0" {
		t.Errorf("got the remote address %q", got)
	}
}

// remembering tells from where requests came.
type remembering struct{ remote chan string }

func (r remembering) StartRequest(request *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	r.remote <- request.RemoteIP
	return echo{}.StartRequest(request)
}

// TestLoopsShare wants connections to be spread over the loops.
func TestLoopsShare(t *testing.T) {
	s, address := start(t, echo{}, Options{Loops: 4})
	for range 80 {
		c := dial(t, address)
		c.get("/")
		c.want("GET / ")
	}
	for _, w := range s.workers {
		if n := w.open.Load(); n < 10 {
			t.Errorf("loop %d has %d of 80 connections", w.loop.Number(), n)
		}
	}
}

func TestAdoptAfterTheEnd(t *testing.T) {
	s, _ := start(t, echo{}, Options{Loops: 1})
	s.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	before := leak.Descriptors()
	fd := int(file.Fd())
	s.Adopt(trace.HandedConnection{FD: fd}) // closes it; nobody else will
	if after := leak.Descriptors(); before != nil && len(after) != len(before)-1 {
		t.Errorf("open are %q; want that descriptor %d is closed", after, fd)
	}
}

// TestCloseAfterClose wants no socket to be left.
func TestCloseAfterClose(t *testing.T) {
	s, address := start(t, echo{}, Options{Loops: 2})
	kept := dial(t, address)
	kept.get("/")
	kept.want("GET / ")
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
		t.Error("the server accepts after Close")
	}
	if _, err := kept.in.ReadByte(); err == nil {
		t.Error("a connection outlives Close")
	}
	if err := s.Listen("127.0.0.1:0"); err != ErrServerClosed {
		t.Errorf("Listen after Close: got %v; want ErrServerClosed", err)
	}
	<-s.Done()
}
