package web

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/trace"
)

// lastingHandler answers when it is told to.
type lastingHandler struct {
	RequestHandler
	entered, leave chan struct{}
}

func (h *lastingHandler) Get(ctx context.Context) error {
	h.entered <- struct{}{}
	select {
	case <-h.leave:
	case <-h.Application().Draining():
		h.Write("drained")
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func dial(t *testing.T, address, request string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestListenAndServeDrainsOnASignal(t *testing.T) {
	captureLog(t)
	entered := make(chan struct{})
	started := make(chan trace.Server, 1)
	install(t, &trace.Hooks{ServerStarted: func(s trace.Server) { started <- s }})
	app := NewApplication(Settings{Loops: 2}, URL[lastingHandler](`/`, Init(func(h *lastingHandler) { h.entered = entered })))
	ended := make(chan error)
	go func() { ended <- app.ListenAndServe("127.0.0.1:0") }()
	server := (<-started).(*httpserver.HTTPServer)
	conn := dial(t, server.Addresses()[0], get("/"))
	<-entered
	process, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasSuffix(string(answer), "\r\n\r\ndrained") {
		t.Errorf("got %q, %v; want the answer that was begun", answer, err)
	}
	if err := <-ended; err != nil {
		t.Errorf("got %v; want nil", err)
	}
	select {
	case <-app.Draining():
	default:
		t.Error("Draining is still open")
	}
}

func TestListenAndServeReportsAnAddressInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	err = NewApplication(Settings{Loops: 1}).ListenAndServe(listener.Addr().String())
	if err == nil || !strings.Contains(err.Error(), listener.Addr().String()) {
		t.Errorf("got %v; want an error that names the address", err)
	}
}

// stubbornHandler does not look at Draining.
type stubbornHandler struct {
	RequestHandler
	entered chan struct{}
	left    chan error
}

func (h *stubbornHandler) Get(ctx context.Context) error {
	close(h.entered)
	<-ctx.Done()
	h.left <- context.Cause(ctx)
	return ctx.Err()
}

func TestShutdownEndsWhatDoesNotEndByItself(t *testing.T) {
	captureLog(t)
	entered, left := make(chan struct{}), make(chan error, 1)
	app := NewApplication(Settings{Loops: 1}, URL[stubbornHandler](`/`, Init(func(h *stubbornHandler) { h.entered, h.left = entered, left })))
	server, err := app.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn := dial(t, server.Addresses()[0], get("/"))
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // as a second signal does
	if err := app.Shutdown(ctx, server); err != nil {
		t.Fatal(err)
	}
	if cause := <-left; cause != ErrShutdown {
		t.Errorf("the context ended with %v; want %v", cause, ErrShutdown)
	}
	if answer, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 503 ") {
		t.Errorf("got %q, %v; want 503", answer, err)
	}
}

func TestClientThatLeavesOverASocket(t *testing.T) {
	captureLog(t)
	entered, left := make(chan struct{}), make(chan error, 1)
	app := NewApplication(Settings{Loops: 1}, URL[stubbornHandler](`/`, Init(func(h *stubbornHandler) { h.entered, h.left = entered, left })))
	server, err := app.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	conn := dial(t, server.Addresses()[0], get("/"))
	<-entered
	conn.Close()
	select {
	case cause := <-left:
		if cause != ErrClientLeft {
			t.Errorf("the context ended with %v; want %v", cause, ErrClientLeft)
		}
	case <-time.After(10 * time.Second):
		t.Error("the context goes on although the client has left")
	}
}

func TestPipelinedRequests(t *testing.T) {
	captureLog(t)
	for _, kind := range kinds {
		app := NewApplication(Settings{Loops: 1}, kind.route(`/.*`, func(h *RequestHandler) error { h.Write(h.Request.Path); return nil }))
		server, err := app.Listen("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		conn := dial(t, server.Addresses()[0], get("/a")+ask("POST", "/b", "body")+get("/c", "Connection: close"))
		answer, err := io.ReadAll(conn)
		if err != nil {
			t.Fatal(err)
		}
		a, b, c := strings.Index(string(answer), "\r\n\r\n/a"), strings.Index(string(answer), "\r\n\r\n/b"), strings.Index(string(answer), "\r\n\r\n/c")
		if a < 0 || b < a || c < b {
			t.Errorf("%s: got %q; want three answers in order", kind.name, answer)
		}
		server.Close()
	}
}

// TestManyRequests lets delegates, buffers and handlers be used again by many
// connections at once.
func TestManyRequests(t *testing.T) {
	captureLog(t)
	echo := func(h *RequestHandler) error { h.Write(h.Request.Path + h.GetArgument("a", "")); return nil }
	app := NewApplication(Settings{Loops: 2}, kinds[0].route(`/loop/.*`, echo), kinds[1].route(`/goroutine/.*`, echo), kinds[2].route(`/both/.*`, echo))
	server, err := app.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	const clients, rounds = 8, 10
	problems := make(chan string)
	for client := range clients {
		go func() { // sends one problem when it is done
			var requests, want strings.Builder
			for round := range rounds {
				for _, kind := range []string{"loop", "goroutine", "both"} {
					path := "/" + kind + "/" + itoa(client) + "/" + itoa(round)
					requests.WriteString(ask("POST", path, "a="+itoa(client*round), "Content-Type: application/x-www-form-urlencoded"))
					want.WriteString(path + itoa(client*round) + "\n")
				}
			}
			requests.WriteString(get("/loop/end", "Connection: close"))
			want.WriteString("/loop/end\n")
			problems <- echoed(server.Addresses()[0], requests.String(), want.String())
		}()
	}
	for range clients {
		if problem := <-problems; problem != "" {
			t.Error(problem)
		}
	}
}

// echoed sends requests and compares the bodies of the answers, a line each.
func echoed(address, requests, want string) (problem string) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, requests); err != nil {
		return err.Error()
	}
	answers, err := io.ReadAll(conn)
	if err != nil {
		return err.Error()
	}
	var got strings.Builder
	for _, answer := range strings.Split(string(answers), "HTTP/1.1 200 OK\r\n")[1:] {
		_, body, _ := strings.Cut(answer, "\r\n\r\n")
		got.WriteString(body + "\n")
	}
	if got.String() != want {
		return "got " + got.String() + "; want " + want
	}
	return ""
}
