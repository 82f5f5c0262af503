package httpclient

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/netutil"
)

// connections counts those that a client makes, and how often one is used again.
func connections() (t *Trace, made, reused *atomic.Int64) {
	made, reused = new(atomic.Int64), new(atomic.Int64)
	return &Trace{Connected: func(h *Hop) {
		if h.Reused {
			reused.Add(1)
		} else {
			made.Add(1)
		}
	}}, made, reused
}

func TestReuse(t *testing.T) {
	for _, tt := range []struct {
		name         string
		path         string
		options      Options
		change       func(i int, r *HTTPRequest)
		made, reused int64
	}{
		{"plain", "/a", Options{}, nil, 1, 4},
		{"chunked", "/stream", Options{}, nil, 1, 4},
		{"204", "/204", Options{}, nil, 1, 4},
		{"error", "/404", Options{}, nil, 1, 4},
		{"compressed", "/gzip", Options{}, nil, 1, 4},
		{"the server closes", "/close", Options{}, nil, 5, 0},
		{"the client closes", "/a", Options{}, func(_ int, r *HTTPRequest) { r.Headers.Set("Connection", "close") }, 5, 0},
		{"not wanted", "/a", Options{IdleTimeout: -1}, nil, 5, 0},
		{"other address", "/a", Options{}, func(i int, r *HTTPRequest) { r.NoIPv6 = i%2 == 0 }, 2, 3},
		{"limits count for nothing", "/a", Options{}, func(i int, r *HTTPRequest) { r.MaxBodySize = int64(100 + i) }, 1, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serveHTTP(t, foreign)
			var made, reused *atomic.Int64
			tt.options.Trace, made, reused = connections()
			c := newClient(t, tt.options)
			for i := range 5 {
				r := &HTTPRequest{URL: s.URL + tt.path}
				if tt.change != nil {
					tt.change(i, r)
				}
				get(t, c, r)
			}
			if made.Load() != tt.made || reused.Load() != tt.reused {
				t.Errorf("made %d connections, and used them again %d times; want %d, %d", made.Load(), reused.Load(), tt.made, tt.reused)
			}
		})
	}
}

// TestNotReused wants secrets and other servers to be kept apart.
func TestNotReused(t *testing.T) {
	s, ca := serveHTTPS(t, foreign, "localhost")
	trace, made, _ := connections()
	c := newClient(t, Options{Trace: trace})
	named := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	for _, r := range []*HTTPRequest{
		{URL: s.URL, CACerts: ca},
		{URL: s.URL, NoValidateCert: true},
		{URL: named, CACerts: ca},
	} {
		get(t, c, r)
	}
	if made.Load() != 3 {
		t.Errorf("made %d connections; want 3", made.Load())
	}
	if _, err := c.Fetch(patient(t), &HTTPRequest{URL: s.URL}); err == nil {
		t.Error("a server that nobody vouches for was believed")
	}
}

// dying answers one request of each connection, and drops the connection at the
// second.
func dying(conn net.Conn, number int) {
	r := bufio.NewReader(conn)
	if _, err := readRequest(r); err != nil {
		return
	}
	fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d", number)
	readRequest(r)
}

func TestRetry(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    HTTPRequest
		want string // empty for an error
	}{
		{"get", HTTPRequest{}, "2"},
		{"head", HTTPRequest{Method: "HEAD"}, ""},
		{"put", HTTPRequest{Method: "PUT", Body: []byte("b")}, "2"},
		{"delete", HTTPRequest{Method: "DELETE"}, "2"},
		{"put produced", HTTPRequest{Method: "PUT", BodyProducer: producer("b")}, "2"},
		{"post", HTTPRequest{Method: "POST", Body: []byte("b")}, ""},
		{"patch", HTTPRequest{Method: "PATCH", Body: []byte("b")}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "head" {
				tt.want = "head"
			}
			s := serveRaw(t, dying)
			c := newClient(t, Options{})
			get(t, c, &HTTPRequest{URL: s.url()})
			r := tt.r
			r.URL = s.url()
			got, err := c.Fetch(patient(t), &r)
			switch {
			case tt.want == "":
				var closed *HTTPStreamClosedError
				if !errors.As(err, &closed) || s.connections() != 1 {
					t.Errorf("got %v, %v, with %d connections", got, err, s.connections())
				}
			case tt.want == "head":
				if err != nil || s.connections() != 2 {
					t.Errorf("got %v, with %d connections", err, s.connections())
				}
			case err != nil || string(got.Body) != tt.want:
				t.Errorf("got %v, %v; want %q", got, err, tt.want)
			}
		})
	}
}

// TestRetryOnce has a server that answers nobody twice; a new connection is not
// tried again.
func TestRetryOnce(t *testing.T) {
	s := serveRaw(t, func(conn net.Conn, number int) {
		r := bufio.NewReader(conn)
		readRequest(r)
		if number == 1 {
			io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
			readRequest(r)
		}
	})
	c := newClient(t, Options{})
	get(t, c, &HTTPRequest{URL: s.url()})
	_, err := c.Fetch(patient(t), &HTTPRequest{URL: s.url()})
	var closed *HTTPStreamClosedError
	if !errors.As(err, &closed) || s.connections() != 2 {
		t.Errorf("got %v after %d connections; want 2", err, s.connections())
	}
}

// TestUnsolicited has a server that says more than it was asked for.
func TestUnsolicited(t *testing.T) {
	for name, more := range map[string]string{
		"at once": "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
		"later":   "",
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan struct{}, 2)
			s := serveRaw(t, func(conn net.Conn, number int) {
				r := bufio.NewReader(conn)
				readRequest(r)
				if more == "" || number == 2 {
					io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")
				}
				if number == 1 {
					io.WriteString(conn, more)
					if more == "" {
						io.WriteString(conn, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
					}
				}
				io.Copy(io.Discard, r)
				ended <- struct{}{}
			})
			c := newClient(t, Options{})
			if got := get(t, c, &HTTPRequest{URL: s.url()}); string(got.Body) != "a" {
				t.Errorf("got %q", got.Body)
			}
			<-ended // the client closes the connection by itself
			if got := get(t, c, &HTTPRequest{URL: s.url()}); string(got.Body) != "a" || got.Code != 200 {
				t.Errorf("got %d %q", got.Code, got.Body)
			}
			if s.connections() != 2 {
				t.Errorf("there were %d connections; want 2", s.connections())
			}
		})
	}
}

// TestUnsolicitedAndUnread has a server that says more while the client is busy, so
// that it has not been read when the connection is wanted again.
func TestUnsolicitedAndUnread(t *testing.T) {
	more, said := make(chan struct{}), make(chan struct{})
	s := serveRaw(t, func(conn net.Conn, number int) {
		r := bufio.NewReader(conn)
		readRequest(r)
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")
		if number == 1 {
			<-more
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
			close(said)
		}
		io.Copy(io.Discard, r)
	})
	c := newClient(t, Options{})
	get(t, c, &HTTPRequest{URL: s.url()})
	taken := make(chan bool)
	c.loop.AddCallback(func() {
		pool := &c.state.pool
		conn := pool.order[0]
		close(more)
		for <-said; !netutil.HasUnread(conn.Stream().FD()); {
			runtime.Gosched() // it is on the way
		}
		taken <- pool.take(pool.keys[conn]) != nil
	})
	if <-taken {
		t.Error("a connection was given on which an answer lies already")
	}
	if got := get(t, c, &HTTPRequest{URL: s.url()}); string(got.Body) != "a" || s.connections() != 2 {
		t.Errorf("got %q by %d connections; want 2", got.Body, s.connections())
	}
}

func TestIdleTimeout(t *testing.T) {
	ended := make(chan struct{}, 1)
	s := serveRaw(t, func(conn net.Conn, _ int) {
		answering("HTTP/1.1 204 No Content\r\n\r\n")(conn, 0)
		ended <- struct{}{}
	})
	c := newClient(t, Options{IdleTimeout: 10 * time.Millisecond})
	get(t, c, &HTTPRequest{URL: s.url()})
	<-ended
}

func TestMaxClients(t *testing.T) {
	const clients, fetches = 2, 7
	var open, most atomic.Int64
	release := make(chan struct{})
	s := serveRaw(t, func(conn net.Conn, _ int) {
		r := bufio.NewReader(conn)
		for {
			if _, err := readRequest(r); err != nil {
				return
			}
			most.Store(max(most.Load(), open.Add(1)))
			<-release
			open.Add(-1)
			io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	var order []string // owned by the loop
	queued := make(chan struct{}, fetches)
	c := newClient(t, Options{MaxClients: clients, Trace: &Trace{
		Queued:     func(*HTTPRequest) { queued <- struct{}{} },
		HopStarted: func(h *Hop) { order = append(order, h.URL[len(h.URL)-1:]) },
	}})
	var futures []*concurrent.Future[*HTTPResponse]
	for i := range fetches {
		futures = append(futures, c.FetchAsync(patient(t), &HTTPRequest{URL: s.url() + fmt.Sprint(i)}))
	}
	for range fetches - clients {
		<-queued
	}
	close(release)
	for _, f := range futures {
		if _, err := f.Wait(patient(t)); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(order, ""); got != "0123456" || most.Load() > clients || s.connections() > clients {
		t.Errorf("the order was %s, with %d at once on %d connections", got, most.Load(), s.connections())
	}
}

// TestCancelled wants a fetch that is given up to free its place, in every phase.
func TestCancelled(t *testing.T) {
	arrived := make(chan struct{}, 1)
	closed := make(chan struct{}, 10)
	s := serveRaw(t, func(conn net.Conn, _ int) {
		r := bufio.NewReader(conn)
		head, err := readRequest(r)
		if err != nil {
			return
		}
		if strings.Contains(head, "/quick") {
			io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		} else {
			if strings.Contains(head, "/half") {
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
			}
			arrived <- struct{}{}
		}
		io.Copy(io.Discard, r)
		closed <- struct{}{}
	})
	for _, path := range []string{"silent", "half"} {
		t.Run(path, func(t *testing.T) {
			c := newClient(t, Options{MaxClients: 1})
			ctx, cancel := context.WithCancel(patient(t))
			first := c.FetchAsync(ctx, &HTTPRequest{URL: s.url() + path})
			<-arrived
			queued, cancelQueued := context.WithCancel(patient(t))
			second := c.FetchAsync(queued, &HTTPRequest{URL: s.url() + "quick"})
			third := c.FetchAsync(patient(t), &HTTPRequest{URL: s.url() + "quick"})
			cancelQueued()
			if _, err := second.Wait(patient(t)); !errors.Is(err, context.Canceled) {
				t.Errorf("in the queue: got %v", err)
			}
			cancel()
			if _, err := first.Wait(patient(t)); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			<-closed
			if got, err := third.Wait(patient(t)); err != nil || got.Code != 204 {
				t.Errorf("the next: got %v, %v", got, err)
			}
		})
	}
}

func TestClose(t *testing.T) {
	arrived := make(chan struct{})
	s := serveRaw(t, func(conn net.Conn, _ int) {
		readRequest(bufio.NewReader(conn))
		close(arrived)
		io.Copy(io.Discard, conn)
	})
	c := New(Options{MaxClients: 1})
	first := c.FetchAsync(patient(t), &HTTPRequest{URL: s.url()})
	second := c.FetchAsync(patient(t), &HTTPRequest{URL: s.url()})
	<-arrived
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Error(err)
	}
	for _, f := range []*concurrent.Future[*HTTPResponse]{first, second} {
		if _, err := f.Wait(patient(t)); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := c.Fetch(patient(t), &HTTPRequest{URL: s.url()}); !errors.Is(err, ErrClosed) {
		t.Errorf("afterwards: got %v", err)
	}
	if err := New(Options{}).Close(); err != nil {
		t.Errorf("without a fetch: got %v", err)
	}
}

// TestMaxIdle wants the connection to go that nobody has used for the longest time.
func TestMaxIdle(t *testing.T) {
	ended := make(chan string, 3)
	var urls []string
	for i := range 3 {
		s := serveRaw(t, func(conn net.Conn, _ int) {
			answering("HTTP/1.1 204 No Content\r\n\r\n")(conn, 0)
			ended <- fmt.Sprint(i)
		})
		urls = append(urls, s.url())
	}
	c := newClient(t, Options{MaxIdle: 2})
	for _, url := range urls {
		get(t, c, &HTTPRequest{URL: url})
	}
	if got := <-ended; got != "0" {
		t.Errorf("the connection to server %s was closed; want that to server 0", got)
	}
	c.CloseIdle()
	if a, b := <-ended, <-ended; a+b != "12" && a+b != "21" {
		t.Errorf("got %s and %s", a, b)
	}
}
