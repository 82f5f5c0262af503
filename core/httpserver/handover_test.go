package httpserver

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httputil"
)

// named answers every request with its name.
type named struct {
	name string
	// pending holds back the answers to /slow until it is closed.
	pending chan struct{}
	started chan struct{}
}

func (n *named) StartRequest(r *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	return &namedMessage{request: *r, server: n}
}

type namedMessage struct {
	request httputil.HTTPServerRequest
	server  *named
}

func (m *namedMessage) HeadersReceived() *concurrent.Future[struct{}]          { return nil }
func (m *namedMessage) DataReceived(chunk []byte) *concurrent.Future[struct{}] { return nil }
func (m *namedMessage) OnConnectionClose(error)                                {}
func (m *namedMessage) Finish() {
	if m.request.Path != "/slow" {
		m.answer()
		return
	}
	m.server.started <- struct{}{}
	go func() { // ends with the answer
		<-m.server.pending
		m.request.Connection.AddCallback(m.answer)
	}()
}

func (m *namedMessage) answer() {
	var h httputil.HTTPHeaders
	h.Set("Content-Length", fmt.Sprint(len(m.server.name)))
	m.request.Connection.WriteHeaders(httputil.ResponseStartLine{Code: 200}, &h, []byte(m.server.name))
	m.request.Connection.Finish()
}

// successor starts a server on the sockets of another, as a successor in another
// process would.
func successor(t *testing.T, old *HTTPServer, delegate httputil.HTTPServerConnectionDelegate) *HTTPServer {
	t.Helper()
	fresh := New(delegate, Options{Loops: 2})
	sockets := slices.Clone(old.sockets)
	for i := range sockets {
		fd, err := unix.FcntlInt(uintptr(sockets[i].FD), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			t.Fatal(err)
		}
		sockets[i].FD = fd
	}
	if err := fresh.serve(old.Address(), sockets); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fresh.Close() })
	return fresh
}

type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func dial(t *testing.T, address string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	t.Cleanup(func() { conn.Close() })
	return &client{t, conn, bufio.NewReader(conn)}
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, text); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) get(path string) { c.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n") }

func (c *client) want(body string) {
	c.t.Helper()
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		c.t.Fatalf("want %q: %v", body, err)
	}
	got, err := io.ReadAll(response.Body)
	if err != nil || string(got) != body {
		c.t.Errorf("got %q, %v; want %q", got, err, body)
	}
}

func TestHandOver(t *testing.T) {
	old := &named{name: "old", pending: make(chan struct{}), started: make(chan struct{}, 1)}
	first, address := start(t, old, Options{Loops: 2})

	idle := dial(t, address)
	idle.get("/")
	idle.want("old")
	slow := dial(t, address)
	slow.get("/slow")
	<-old.started

	first.Hold()
	waiting := dial(t, address) // in the queue of the socket
	waiting.get("/")
	idle.get("/") // arrives at a server that reads nothing
	slow.get("/") // behind a request that is being answered
	half := dial(t, address)
	half.send("GET / HT")

	second := successor(t, first, &named{name: "new"})
	done := make(chan struct{})
	go func() {
		defer close(done)
		first.HandOver(second.Adopt)
	}()
	idle.want("new")
	waiting.want("new")
	half.send("TP/1.1\r\nHost: a\r\n\r\n")
	half.want("new")
	close(old.pending)
	slow.want("old")
	slow.want("new")
	<-done
	select {
	case <-first.Draining():
	default:
		t.Error("Draining is not closed after HandOver")
	}
	if n := first.Connections(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
}

func TestResume(t *testing.T) {
	s, address := start(t, &named{name: "old"}, Options{Loops: 2})
	kept := dial(t, address)
	kept.get("/")
	kept.want("old")
	s.Hold()
	kept.get("/")
	fresh := dial(t, address)
	fresh.get("/")
	s.Resume()
	kept.want("old")
	fresh.want("old")
}

// TestHandOverBusy moves busy clients from server to server; every answer must
// come, and none from a server that has been replaced.
func TestHandOverBusy(t *testing.T) {
	current, address := start(t, &named{name: "0"}, Options{Loops: 2})
	const clients, generations = 8, 20
	var (
		mu        sync.Mutex
		published int // requests that are sent from now on must not be answered by an earlier one
		answers   int
	)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range clients {
		c := dial(t, address)
		wg.Go(func() {
			for j := 0; ; j++ {
				select {
				case <-stop:
					return
				default:
				}
				if i%2 == 0 && j%10 == 9 {
					c.conn.Close()
					c = dial(t, address)
				}
				mu.Lock()
				atLeast := published
				mu.Unlock()
				if j%3 == 0 {
					c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
				} else {
					c.get("/")
				}
				response, err := http.ReadResponse(c.in, nil)
				if err != nil {
					t.Errorf("client %d, request %d: %v", i, j, err)
					return
				}
				body, _ := io.ReadAll(response.Body)
				var by int
				fmt.Sscan(string(body), &by)
				if by < atLeast {
					t.Errorf("a request sent after server %d was published was answered by %d", atLeast, by)
				}
				mu.Lock()
				answers++
				mu.Unlock()
			}
		})
	}
	waitFor := func(n int) {
		for {
			mu.Lock()
			enough := answers >= n
			mu.Unlock()
			if enough || t.Failed() {
				return
			}
			runtime.Gosched()
		}
	}
	for g := 1; g <= generations && !t.Failed(); g++ {
		waitFor(g * 100)
		current.Hold()
		mu.Lock()
		published = g
		mu.Unlock()
		next := successor(t, current, &named{name: fmt.Sprint(g)})
		current.HandOver(next.Adopt)
		current = next
	}
	waitFor(generations*100 + 100)
	close(stop)
	wg.Wait()
	t.Logf("%d answers over %d servers", answers, generations+1)
}
