package nethttp_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/nethttp"
	"github.com/tornado-dev/tornado/core/ssl"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket"
	"github.com/tornado-dev/tornado/core/websocketclient"
)

// An echoSocket answers on the loop, and a slowEchoSocket in goroutines.
type echoSocket struct {
	websocket.WebSocketHandler
	closed chan websocket.Code
}

func (h *echoSocket) Open()                       { h.WriteMessage("hello " + h.GetArgument("name", "")) }
func (h *echoSocket) OnMessage(text string) error { return h.WriteMessage(text) }
func (h *echoSocket) OnClose()                    { h.closed <- h.CloseCode() }

type slowEchoSocket struct {
	websocket.WebSocketHandler
	closed chan websocket.Code
}

func (h *slowEchoSocket) Prepare(context.Context) error { return nil }

func (h *slowEchoSocket) Open(ctx context.Context) error {
	return h.WriteMessage("hello " + h.GetArgument("name", ""))
}

func (h *slowEchoSocket) OnMessage(ctx context.Context, text string) error {
	if text == "wait" {
		<-ctx.Done()
	}
	return h.WriteMessage(text)
}

func (h *slowEchoSocket) OnClose(context.Context) error {
	h.closed <- h.CloseCode()
	return nil
}

func socketApplication(closed chan websocket.Code) *web.Application {
	return web.NewApplication(web.Settings{}, web.URL[onLoop](`/page/(.*)`),
		web.URL[echoSocket](`/loop`, web.Init(func(h *echoSocket) { h.closed = closed })),
		web.URL[slowEchoSocket](`/goroutine`, web.Init(func(h *slowEchoSocket) { h.closed = closed })))
}

var socketPaths = []string{"/loop", "/goroutine"}

// connectTo opens a WebSocket on a server of net/http, encrypted or not.
func connectTo(t *testing.T, address, path string) *websocketclient.Connection {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c, err := websocketclient.Connect(ctx, strings.Replace(address, "http", "ws", 1)+path+"?name=bo", websocketclient.Options{SSL: ssl.Options{Config: &tls.Config{InsecureSkipVerify: true}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(1000, "") })
	return c
}

func read(t *testing.T, c *websocketclient.Connection) (text string, code websocket.Code) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	m, err := c.ReadMessage(ctx)
	var closed *websocketclient.CloseError
	if err != nil && !errors.As(err, &closed) {
		t.Fatal(err)
	}
	if closed != nil {
		code = closed.Code
	}
	return string(m.Data), code
}

// TestWebSocketsBehindNetHTTP holds that handlers for WebSockets work there too, beside
// others.
func TestWebSocketsBehindNetHTTP(t *testing.T) {
	for _, place := range []place{theirs, theirsTLS} {
		for _, path := range socketPaths {
			t.Run(place.name+path, func(t *testing.T) {
				closed := make(chan websocket.Code, 1) // one handler
				handler := nethttp.Handler(socketApplication(closed))
				address := place.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("X-Middleware", "1")
					handler.ServeHTTP(w, r)
				}))
				c := connectTo(t, address, path)
				headers := c.ResponseHeaders()
				if got := headers.Get("X-Middleware"); got != "1" {
					t.Errorf("got the header %q of a middleware; want 1", got)
				}
				if got, _ := read(t, c); got != "hello bo" {
					t.Errorf("got %q", got)
				}
				long := strings.Repeat("0123456789", 100_000)
				for _, text := range []string{"one", "", long, "two"} {
					if err := c.WriteMessage(context.Background(), text); err != nil {
						t.Fatal(err)
					}
					if got, code := read(t, c); got != text {
						t.Errorf("got %d bytes, %d; want %d", len(got), code, len(text))
					}
				}
				c.Close(1000, "done")
				if got := <-closed; got != 1000 {
					t.Errorf("OnClose was told %d; want 1000", got)
				}
			})
		}
	}
}

// TestWebSocketsThatBreakOffBehindNetHTTP holds that handlers come to their end: one
// that waits too.
func TestWebSocketsThatBreakOffBehindNetHTTP(t *testing.T) {
	for _, place := range []place{theirs, theirsTLS} {
		for _, path := range socketPaths {
			closed := make(chan websocket.Code, 1) // one handler
			address := place.serve(t, nethttp.Handler(socketApplication(closed)))
			conn := dialPlace(t, address, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
				"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n\x81\x84\x00\x00\x00\x00wait")
			if _, err := io.ReadAtLeast(conn, make([]byte, 1000), 100); err != nil {
				t.Fatal(err)
			}
			conn.Close()
			if got := <-closed; got != 1006 {
				t.Errorf("%s%s: OnClose was told %d; want 1006", place.name, path, got)
			}
		}
	}
}

// TestDrainBehindNetHTTP holds that a server can tell WebSockets of its end.
func TestDrainBehindNetHTTP(t *testing.T) {
	closed := make(chan websocket.Code, 1) // one handler
	app := socketApplication(closed)
	server := httptest.NewUnstartedServer(nethttp.Handler(app))
	server.Config.RegisterOnShutdown(app.Drain)
	server.Start()
	defer server.Close()
	c := connectTo(t, server.URL, "/loop")
	read(t, c)
	if err := server.Config.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if _, code := read(t, c); code != 1001 {
		t.Errorf("got %d; want 1001", code)
	}
	<-closed
}

// TestNoUpgrade answers 500, and says in the log why, where no connection can be had.
func TestNoUpgrade(t *testing.T) {
	tornadotest.ExpectLog(t, "cannot be upgraded, which takes HTTP/1.1", "500 GET /loop")
	log.SetLevel(log.LevelInfo)
	defer log.SetLevel(log.LevelNone)
	r := httptest.NewRequest("GET", "/loop", nil)
	for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="} {
		r.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	nethttp.Handler(socketApplication(nil)).ServeHTTP(recorder, r)
	if recorder.Code != 500 || recorder.Header().Get("Upgrade") != "" {
		t.Errorf("got %d, %v", recorder.Code, recorder.Header())
	}
}

// TestHijackOfABridgedHandler goes through both bridges: a handler of net/http, in an
// application of ours, behind a server of net/http.
func TestHijackOfABridgedHandler(t *testing.T) {
	var served sync.WaitGroup
	served.Add(1)
	app := web.NewApplication(web.Settings{}, nethttp.Route(`.*`, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer served.Done()
		conn, both := hijack(w)
		shout(conn, both.Reader)
	})))
	conn := dialPlace(t, theirs.serve(t, nethttp.Handler(app)), "GET / HTTP/1.1\r\nHost: x\r\n\r\none\n")
	in := bufio.NewReader(conn)
	if got, err := in.ReadString('\n'); got != "ONE\n" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	conn.(interface{ CloseWrite() error }).CloseWrite()
	if got, err := io.ReadAll(in); string(got) != "end: EOF\n" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	served.Wait()
}

// TestPlainRequestsStayAsTheyAre beside WebSockets.
func TestPlainRequestsStayAsTheyAre(t *testing.T) {
	address := theirs.serve(t, nethttp.Handler(socketApplication(nil)))
	if got := answer(t, address, get("/loop")); !strings.HasPrefix(got, "400 ") {
		t.Errorf("got %s; want 400 to a request without Upgrade", got)
	}
	if got := answer(t, address, get("/page/hello")); !strings.Contains(got, "Hello, world") {
		t.Error(fmt.Sprint("got ", got))
	}
}
