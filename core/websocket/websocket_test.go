package websocket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/internal/wstest"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// A script is what a test wants of a handler.
type script struct {
	events  *wstest.Events
	message func(h *WebSocketHandler, text string) error
	opened  chan *WebSocketHandler
}

// A scripted handler does what a test says.
type scripted struct {
	WebSocketHandler
	script
}

func (h *scripted) Open() {
	if h.opened != nil {
		h.opened <- &h.WebSocketHandler
	}
}

func (h *scripted) OnMessage(text string) error {
	if h.message == nil {
		return nil
	}
	return h.message(&h.WebSocketHandler, text)
}

func (h *scripted) OnClose() { h.events.Add("close %d %s", h.CloseCode(), h.CloseReason()) }

// impatient is scripted, and does not wait or keep much for its client.
type impatient struct{ scripted }

func (h *impatient) WebSocketOptions() Options {
	return Options{CloseTimeout: 200 * time.Millisecond, MaxWriteQueue: 1 << 20}
}

// asking asks for a sign of life every so often.
type asking struct{ scripted }

func (h *asking) WebSocketOptions() Options { return Options{PingInterval: 2 * time.Second} }

// askingOften does not wait long for it.
type askingOften struct{ scripted }

func (h *askingOften) WebSocketOptions() Options {
	return Options{PingInterval: 200 * time.Millisecond}
}

// waiting runs its callbacks in goroutines.
type waiting struct {
	WebSocketHandler
	events *wstest.Events
	gate   chan struct{}
}

func (h *waiting) Open(ctx context.Context) error {
	<-h.gate
	h.events.Add("open")
	return h.WriteMessage("opened")
}

func (h *waiting) OnMessage(ctx context.Context, text string) error {
	h.events.Add("begin %s", text)
	if text == "wait for the end" {
		<-ctx.Done()
		h.events.Add("%v", context.Cause(ctx))
		return ctx.Err()
	}
	<-h.gate
	h.events.Add("end %s", text)
	return h.WriteMessage(text)
}

func (h *waiting) OnClose(ctx context.Context) error {
	h.events.Add("close %d", h.CloseCode())
	return nil
}

func scriptedRoute(what script) web.Route {
	return web.URL[scripted](`/.*`, web.Init(func(h *scripted) { h.script = what }))
}

func impatientRoute(what script) web.Route {
	return web.URL[impatient](`/.*`, web.Init(func(h *impatient) { h.script = what }))
}

func TestCallbacksThatWait(t *testing.T) {
	e, gate := wstest.NewEvents(), make(chan struct{})
	s := serve(t, web.URL[waiting](`/`, web.Init(func(h *waiting) { h.events, h.gate = e, gate })))
	c := dial(t, s, "/")
	c.write(f(0x81, "a") + f(0x81, "b"))
	gate <- struct{}{}
	e.Wait(t, "open", "begin a")
	gate <- struct{}{}
	e.Wait(t, "open", "begin a", "end a", "begin b")
	gate <- struct{}{}
	c.expect("text opened", "text a", "text b")
	c.write(f(0x81, "wait for the end"))
	e.Wait(t, "open", "begin a", "end a", "begin b", "end b", "begin wait for the end")
	c.conn.Close()
	// A client that has gone is noticed when something is read or written, and
	// nothing is read meanwhile but the end.
	e.WaitFor(t, "the context's end and OnClose", func(got string) bool {
		return strings.HasSuffix(got, "\n"+web.ErrClientLeft.Error()+"\nclose 1006")
	})
}

func TestWritesFromEverywhere(t *testing.T) {
	opened := make(chan *WebSocketHandler, 1)
	s := serve(t, scriptedRoute(script{events: wstest.NewEvents(), opened: opened}))
	c := dial(t, s, "/")
	h := <-opened
	const writers, each = 8, 200
	var all sync.WaitGroup
	for w := range writers {
		all.Add(1)
		go func() { // all waits for it
			defer all.Done()
			for i := range each {
				if err := h.WriteMessage(fmt.Sprintf("%d %d", w, i)); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	next := map[int]int{}
	for range writers * each {
		r, err := c.next()
		var w, i int
		if _, scanErr := fmt.Sscanf(string(r.payload), "%d %d", &w, &i); err != nil || scanErr != nil || next[w] != i {
			t.Fatalf("got %v, %v; want message %d of writer %d", r, err, next[w], w)
		}
		next[w]++
	}
	all.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if _, err := h.Drained().Wait(ctx); err != nil {
		t.Errorf("Drained: got %v", err)
	}
}

// TestOneWrite has several frames of one callback leave together.
func TestOneWrite(t *testing.T) {
	s := serve(t, scriptedRoute(script{events: wstest.NewEvents(), message: func(h *WebSocketHandler, text string) error {
		for range 3 {
			if err := h.WriteMessage(text); err != nil {
				return err
			}
		}
		return nil
	}}))
	c := dial(t, s, "/")
	c.write(f(0x81, "ab"))
	var buf [100]byte
	n, err := c.r.Read(buf[:])
	if want := strings.Repeat("\x81\x02ab", 3); err != nil || string(buf[:n]) != want {
		t.Errorf("got %q, %v; want %q in one read", buf[:n], err, want)
	}
}

func TestMisuse(t *testing.T) {
	var closed *WebSocketHandler
	e := wstest.NewEvents()
	s := serve(t, scriptedRoute(script{events: e, message: func(h *WebSocketHandler, text string) error {
		closed = h
		if err := h.Close(1006, ""); err == nil || err == ErrClosed {
			t.Errorf("Close(1006): got %v; want an error that names it", err)
		}
		if err := h.WriteJSON(func() {}); err == nil {
			t.Error("WriteJSON of a function: got no error")
		}
		if err := h.Ping([]byte(strings.Repeat("x", 200))); err != nil {
			t.Errorf("Ping: got %v", err)
		}
		return h.Close(0, "reason alone")
	}}))
	c := dial(t, s, "/")
	c.write(f(0x81, "go"))
	c.expect("ping "+strings.Repeat("x", 125), "close 1000 reason alone")
	c.write(bye)
	c.expect("end")
	e.Wait(t, "close 1000 ")
	for what, err := range map[string]error{
		"WriteMessage": closed.WriteMessage("x"), "WriteBinary": closed.WriteBinary(nil), "Close": closed.Close(0, ""), "Ping": closed.Ping(nil),
		"before the handshake": new(WebSocketHandler).WriteMessage("x"),
	} {
		if err != ErrClosed {
			t.Errorf("%s: got %v; want ErrClosed", what, err)
		}
	}
	if _, err := closed.Drained().Wait(context.Background()); err != ErrClosed {
		t.Errorf("Drained: got %v; want ErrClosed", err)
	}
}

func TestRequestAfterTheHandshake(t *testing.T) {
	s := serve(t, scriptedRoute(script{events: wstest.NewEvents(), message: func(h *WebSocketHandler, text string) error {
		h.SetHeader("X", "has no effect")
		return h.WriteMessage(fmt.Sprint(h.GetArgument("q"), " ", h.Request.Path, " ", h.Request.Host, " ",
			h.Request.Headers.Get("X-Client"), " ", h.Request.Headers.Has("Sec-WebSocket-Key"), " ", h.Request.RemoteIP, " ",
			h.GetCookie("c", ""), " ", h.Request.Connection.Finish()))
	}}))
	c := dial(t, s, "/chat?q=1", "X-Client: me", "Cookie: c=yes")
	c.write(f(0x81, "go"))
	c.expect("text 1 /chat example.com me false 127.0.0.1 yes web: the connection was upgraded, and takes no answer")
}

// userSocket has users who are known from Prepare on, or asked for later.
type userSocket struct {
	WebSocketHandler
}

func (h *userSocket) Prepare() {
	if name := h.GetArgument("set", ""); name != "" {
		h.SetCurrentUser(name)
	}
}

func (h *userSocket) GetCurrentUser() any { return h.GetArgument("user", "nobody") }

func (h *userSocket) OnMessage(string) error { return h.WriteMessage(fmt.Sprint(h.CurrentUser())) }

// TestOtherVersion asks for another version of the protocol, is told which is spoken
// (RFC 6455 section 4.4), and asks again.
func TestOtherVersion(t *testing.T) {
	c := connect(t, serve(t, web.URL[echoSocket](`/echo`)))
	c.request("GET /echo HTTP/1.1\r\n"+strings.Replace(upgradeHead, "Version: 13", "Version: 8", 1)+"\r\n", "")
	for field, want := range map[string]string{"Sec-WebSocket-Version": "13", "Upgrade": "websocket", "Connection": "Upgrade"} {
		if got := c.response.Header.Get(field); c.response.StatusCode != 426 || got != want {
			t.Errorf("got %s, %s: %q; want %q", c.response.Status, field, got, want)
		}
	}
	io.Copy(io.Discard, c.response.Body)
	c.request("GET /echo HTTP/1.1\r\n"+upgradeHead+"\r\n", "")
	if c.response.StatusCode != 101 {
		t.Errorf("the second request: got %s", c.response.Status)
	}
}

func TestCurrentUser(t *testing.T) {
	s := serve(t, web.URL[userSocket](`/`))
	for _, tt := range []struct{ path, want string }{{"/?set=a&user=b", "text a"}, {"/?user=b", "text b"}, {"/", "text nobody"}, {"/?user=c", "text c"}} {
		c := dial(t, s, tt.path)
		for range 2 {
			c.write(f(0x81, "who?"))
			c.expect(tt.want)
		}
	}
}

func TestFailures(t *testing.T) {
	var logged strings.Builder
	previous := log.SetOutput(&logged)
	defer log.SetOutput(previous)
	for _, tt := range []struct {
		name    string
		message func(h *WebSocketHandler, text string) error
		log     string
	}{
		{"error", func(*WebSocketHandler, string) error { return errors.New("it failed") }, "it failed"},
		{"panic", func(*WebSocketHandler, string) error { panic("it panicked") }, "websocket_test.go"},
		{"write of an answer", func(h *WebSocketHandler, _ string) error { h.Write("x"); return nil }, "after the answer was finished"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := wstest.NewEvents()
			c := dial(t, serve(t, scriptedRoute(script{events: e, message: tt.message})), "/")
			c.write(f(0x81, "go"))
			c.expect("close 1011")
			c.write(closeWith(1011, ""))
			c.expect("end")
			e.Wait(t, "close 1011 ")
			if !strings.Contains(logged.String(), tt.log) {
				t.Errorf("logged %q; want %q in it", logged.String(), tt.log)
			}
		})
	}
}

func TestOnlyText(t *testing.T) {
	c := dial(t, serve(t, scriptedRoute(script{events: wstest.NewEvents()})), "/")
	c.write(f(0x82, "binary"))
	c.expect("close 1003 only text is understood here", "end")
}

func TestAbruptEnd(t *testing.T) {
	for name, end := range map[string]func(*net.TCPConn){
		"close": func(c *net.TCPConn) { c.Close() },
		"half":  func(c *net.TCPConn) { c.CloseWrite() },
		"reset": func(c *net.TCPConn) { c.SetLinger(0); c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			e := wstest.NewEvents()
			c := dial(t, serve(t, scriptedRoute(script{events: e})), "/")
			c.write(f(0x01, "begun"))
			end(c.conn.(*net.TCPConn))
			e.Wait(t, "close 1006 ")
		})
	}
}

func TestKeepAlive(t *testing.T) {
	what := script{events: wstest.NewEvents(), message: func(h *WebSocketHandler, _ string) error {
		return h.WriteMessage(fmt.Sprint(h.RoundTrip() > 0))
	}}
	c := dial(t, serve(t, web.URL[asking](`/`, web.Init(func(h *asking) { h.script = what }))), "/")
	c.expect("ping ")
	c.write(f(0x8a, "") + f(0x81, "?"))
	c.expect("text true", "ping ")
}

func TestSilentClient(t *testing.T) {
	e := wstest.NewEvents()
	c := dial(t, serve(t, web.URL[askingOften](`/`, web.Init(func(h *askingOften) { h.events = e }))), "/")
	c.expect("ping ", "close 1011 ping timed out", "end")
	e.Wait(t, "close 1011 ping timed out")
}

func TestCloseIsNotWaitedForLong(t *testing.T) {
	e := wstest.NewEvents()
	s := serve(t, impatientRoute(script{events: e, message: func(h *WebSocketHandler, _ string) error { return h.Close(4000, "") }}))
	c := dial(t, s, "/")
	c.write(f(0x81, "go"))
	c.expect("close 4000", "end")
	e.Wait(t, "close 1006 ")
}

// TestSlowReader has a client that takes nothing: it loses its connection.
func TestSlowReader(t *testing.T) {
	e, opened := wstest.NewEvents(), make(chan *WebSocketHandler, 1)
	s := serve(t, impatientRoute(script{events: e, opened: opened}))
	dial(t, s, "/")
	h := <-opened
	chunk := make([]byte, 256<<10)
	deadline := time.Now().Add(20 * time.Second)
	var drained []*concurrent.Future[struct{}]
	for h.WriteBinary(chunk) == nil {
		f := h.Drained()
		drained = append(drained, f)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		_, _ = f.Wait(ctx) // the loop has looked, or has much to do
		cancel()
		if time.Now().After(deadline) {
			t.Fatal("a client that reads nothing is written to without end")
		}
	}
	e.Wait(t, "close 1006 ")
	if _, err := drained[len(drained)-1].Wait(context.Background()); err != ErrClosed {
		t.Errorf("Drained: got %v; want ErrClosed", err)
	}
	for _, f := range drained {
		_, _ = f.Wait(context.Background()) // so that nobody misses its error
	}
}

// TestEchoWaitsForTheReader has a client that sends and does not read: no more is
// read from it.
func TestEchoWaitsForTheReader(t *testing.T) {
	s := serve(t, web.URL[plainEcho](`/`))
	c := dial(t, s, "/")
	message := f(0x82, strings.Repeat("x", 64<<10))
	sent := 0
	for ; sent < 256<<20; sent += len(message) {
		c.conn.SetWriteDeadline(time.Now().Add(time.Second))
		if _, err := io.WriteString(c.conn, message); err != nil {
			var timeout net.Error
			if !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Fatalf("got %v; want the server to stop reading", err)
			}
			return
		}
	}
	t.Errorf("%d bytes were taken from a client that reads no echo", sent)
}

func TestDraining(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(t *testing.T, app *web.Application, server trace.Server)
		want string
	}{
		{"shutdown", nil, "close 1001"},
		{"a successor", func(t *testing.T, _ *web.Application, server trace.Server) {
			server.Hold()
			server.HandOver(func(trace.HandedConnection) { t.Error("an upgraded connection was handed over") })
		}, "close 1012"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, opened := wstest.NewEvents(), make(chan *WebSocketHandler, 1)
			app := web.NewApplication(web.Settings{Loops: 1, LogFunction: func(*web.RequestHandler) {}}, scriptedRoute(script{events: e, opened: opened}))
			server, err := app.Listen("127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			conn, err := net.Dial("tcp", server.Addresses()[0])
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(10 * time.Second))
			c := &rawClient{t: t, conn: conn, r: newReader(conn)}
			c.request("GET / HTTP/1.1\r\n"+upgradeHead+"\r\n", "")
			<-opened
			done := make(chan struct{})
			go func() { // done is waited for
				defer close(done)
				if tt.end != nil {
					tt.end(t, app, server)
				}
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				defer cancel()
				if err := app.Shutdown(ctx, server); err != nil {
					t.Errorf("Shutdown: %v", err)
				}
			}()
			c.expect(tt.want)
			c.write(f(0x88, ""))
			c.expect("end")
			<-done
			e.Wait(t, "close 1005 ")
		})
	}
}

func TestTrace(t *testing.T) {
	seen := wstest.NewEvents()
	previous := trace.Install(&trace.Hooks{WebSocketMessage: func(m trace.WebSocketMessage) {
		seen.Add("sent %t, %v, %d bytes, fewer on the wire: %t", m.Sent, frame.Opcode(m.Opcode), m.Size, m.Wire < m.Size)
	}})
	defer trace.Install(previous)
	c := dial(t, serve(t, web.URL[frugalEcho](`/`)), "/", "Sec-WebSocket-Extensions: permessage-deflate")
	c.write(f(0xc1, packed(strings.Repeat("x", 1000))) + bye)
	c.expect("text "+strings.Repeat("x", 1000)+" (compressed)", "close 1000", "end")
	seen.Wait(t, "sent false, text, 1000 bytes, fewer on the wire: true", "sent true, text, 1000 bytes, fewer on the wire: true",
		"sent false, close, 0 bytes, fewer on the wire: false", "sent true, close, 2 bytes, fewer on the wire: false")
}

type badMessage struct{ WebSocketHandler }

func (h *badMessage) OnMessage(n int) {}

type badOpen struct{ WebSocketHandler }

func (h *badOpen) Open(n int) {}

type badGet struct{ WebSocketHandler }

func (h *badGet) Get() {}

type badOptions struct{ WebSocketHandler }

func (h *badOptions) WebSocketOptions() Options {
	return Options{Compression: &Compression{Level: 10}}
}

type badSize struct{ WebSocketHandler }

func (h *badSize) WebSocketOptions() Options { return Options{MaxMessageSize: -1} }

func TestMistakesAreReported(t *testing.T) {
	for _, tt := range []struct {
		route web.Route
		want  string
	}{
		{web.URL[badMessage](`/`), "badMessage.OnMessage would never be called: its signature must be OnMessage(text string) or"},
		{web.URL[badOpen](`/`), "badOpen.Open(int) does not fit the pattern `/`, which has no groups"},
		{web.URL[badGet](`/`), "badGet.Get would never be called"},
		{web.URL[badOptions](`/`), "compression of level 10"},
		{web.URL[badSize](`/`), "a negative MaxMessageSize"},
	} {
		if _, err := web.BuildApplication(web.Settings{}, tt.route); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v; want %q", err, tt.want)
		}
	}
	if _, err := web.BuildApplication(web.Settings{}, web.URL[closeSocket](`/close/([0-9]+)/(.*)`)); err != nil {
		t.Errorf("a good one: %v", err)
	}
}
