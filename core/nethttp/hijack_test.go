package nethttp_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/nethttp"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
)

const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: lines\r\n\r\n"

// places are where a handler may take its connection over.
var places = []place{theirs, theirsTLS, ours, oursTLS}

var (
	theirsTLS = place{"net/http, TLS", func(t *testing.T, h http.Handler) string {
		server := httptest.NewUnstartedServer(h)
		server.Config.ErrorLog = quiet
		server.StartTLS()
		t.Cleanup(server.Close)
		return server.URL
	}}
	oursTLS = place{"tornado, TLS", func(t *testing.T, h http.Handler) string {
		app := web.NewApplication(web.Settings{Loops: 1}, nethttp.Route(`.*`, h))
		return strings.TrimSuffix(tornadotest.ServeTLS(t, app).URL("/"), "/")
	}}
)

// dialPlace connects to a place and sends bytes.
func dialPlace(t *testing.T, address, send string) net.Conn {
	t.Helper()
	scheme, host, _ := strings.Cut(address, "://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	if scheme == "https" {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, send); err != nil {
		t.Fatal(err)
	}
	return conn
}

// hijack takes a connection over.
func hijack(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter) {
	conn, both, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	return conn, both
}

// shout answers lines in capitals until the end.
func shout(conn net.Conn, in *bufio.Reader) {
	defer conn.Close()
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			fmt.Fprintln(conn, "end:", err)
			return
		}
		io.WriteString(conn, strings.ToUpper(line))
	}
}

// TestHijack holds that a handler that takes its connection over has the same of it as
// in net/http.
func TestHijack(t *testing.T) {
	const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: lines\r\n\r\n"
	for _, tt := range []struct {
		name, send string
		handle     func(w http.ResponseWriter, r *http.Request)
		want       string // what is received until the end
	}{
		{"lines", request + "one\ntwo\n", func(w http.ResponseWriter, r *http.Request) {
			conn, both := hijack(w)
			both.WriteString(switching)
			both.Flush()
			shout(conn, both.Reader)
		}, switching + "ONE\nTWO\nend: EOF\n"},
		{"another goroutine", request + "one\n", func(w http.ResponseWriter, r *http.Request) {
			conn, both := hijack(w)
			go shout(conn, both.Reader) // ends with the connection
		}, "ONE\nend: EOF\n"},
		{"an answer by hand", "GET / HTTP/1.0\r\n\r\n", func(w http.ResponseWriter, r *http.Request) {
			conn, _ := hijack(w)
			io.WriteString(conn, "HTTP/1.0 200 OK\r\n\r\nbody")
			conn.Close()
		}, "HTTP/1.0 200 OK\r\n\r\nbody"},
		{"body read before", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbodyone\n", func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			conn, both := hijack(w)
			fmt.Fprintf(conn, "%s %v\n", body, err)
			shout(conn, both.Reader)
		}, "body <nil>\nONE\nend: EOF\n"},
		{"writer afterwards", request, func(w http.ResponseWriter, r *http.Request) {
			conn, _ := hijack(w)
			_, first := w.Write([]byte("x"))
			_, _, second := w.(http.Hijacker).Hijack()
			w.WriteHeader(500)
			fmt.Fprintln(conn, first == http.ErrHijacked, second == http.ErrHijacked)
			conn.Close()
		}, "true true\n"},
		{"panic afterwards", request, func(w http.ResponseWriter, r *http.Request) {
			conn, _ := hijack(w)
			fmt.Fprintln(conn, "begun")
			conn.Close()
			panic("oh")
		}, "begun\n"},
		{"deadline", request, func(w http.ResponseWriter, r *http.Request) {
			conn, _ := hijack(w)
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(time.Hour))
			conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
			_, late := conn.Read(make([]byte, 1))
			conn.SetReadDeadline(time.Now().Add(-time.Second))
			_, passed := conn.Read(make([]byte, 1))
			conn.SetReadDeadline(time.Time{})
			fmt.Fprintln(conn, errors.Is(late, os.ErrDeadlineExceeded), errors.Is(passed, os.ErrDeadlineExceeded))
		}, "true true\n"},
		{"closed", request, func(w http.ResponseWriter, r *http.Request) {
			conn, _ := hijack(w)
			io.WriteString(conn, "last words")
			conn.Close()
			_, reading := conn.Read(make([]byte, 1))
			_, writing := conn.Write([]byte("x"))
			if !errors.Is(reading, net.ErrClosed) || !errors.Is(writing, net.ErrClosed) {
				panic(fmt.Sprint(reading, writing))
			}
		}, "last words"},
		{"addresses", request, func(w http.ResponseWriter, r *http.Request) {
			conn, _ := hijack(w)
			defer conn.Close()
			local := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
			fmt.Fprintln(conn, conn.RemoteAddr().String() == r.RemoteAddr, conn.LocalAddr().String() == local.String(), conn.LocalAddr().Network())
		}, "true true tcp\n"},
		{"context", request, func(w http.ResponseWriter, r *http.Request) {
			conn, _ := hijack(w)
			defer conn.Close()
			fmt.Fprintln(conn, r.Context().Err())
		}, "<nil>\n"},
	} {
		for _, place := range places {
			t.Run(tt.name+", "+place.name, func(t *testing.T) {
				conn := dialPlace(t, place.serve(t, http.HandlerFunc(tt.handle)), tt.send)
				if half, ok := conn.(interface{ CloseWrite() error }); ok && strings.Contains(tt.want, "EOF") {
					if err := half.CloseWrite(); err != nil {
						t.Fatal(err)
					}
				}
				if got, err := io.ReadAll(conn); string(got) != tt.want {
					t.Errorf("got %q, %v; want %q", got, err, tt.want)
				}
			})
		}
	}
}

// TestHijackCarriesMuch both ways at once, through buffers that are smaller.
func TestHijackCarriesMuch(t *testing.T) {
	const size = 4 << 20
	for _, place := range places {
		t.Run(place.name, func(t *testing.T) {
			address := place.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				conn, both := hijack(w)
				defer conn.Close()
				io.Copy(conn, io.LimitReader(both, size))
			}))
			conn := dialPlace(t, address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			sent := make(chan error, 1) // one result
			go func() {                 // waited for below
				_, err := io.Copy(conn, io.LimitReader(numbers{}, size))
				sent <- err
			}()
			got, err := io.ReadAll(conn)
			if err := errors.Join(err, <-sent); err != nil || len(got) != size {
				t.Fatalf("got %d bytes, %v; want %d", len(got), err, size)
			}
			for i, b := range got {
				if b != byte(i%(16<<10)) {
					t.Fatalf("byte %d is %d", i, b)
				}
			}
		})
	}
}

// numbers is read as the same block again and again.
type numbers struct{}

func (numbers) Read(p []byte) (int, error) {
	p = p[:min(len(p), 16<<10)]
	for i := range p {
		p[i] = byte(i)
	}
	return len(p), nil
}

// TestHijackedWriteWaits for a client that reads nothing, until its deadline.
func TestHijackedWriteWaits(t *testing.T) {
	for _, place := range []place{theirs, ours} {
		failed := make(chan error, 1) // one handler
		address := place.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, _ := hijack(w)
			defer conn.Close()
			err := conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
			for piece := make([]byte, 64<<10); err == nil; {
				_, err = conn.Write(piece)
			}
			failed <- err
		}))
		conn := dialPlace(t, address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: got %v; want os.ErrDeadlineExceeded", place.name, err)
		}
		conn.Close()
	}
}

// TestClientsThatSendNoMore can still be answered: at length, and in another protocol.
func TestClientsThatSendNoMore(t *testing.T) {
	const size = 8 << 20
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done() // by the end of what it sends
		if r.URL.Path == "/hijack" {
			conn, _ := hijack(w)
			fmt.Fprint(conn, "taken over")
			conn.Close()
			return
		}
		io.Copy(w, io.LimitReader(numbers{}, size))
	})
	for _, place := range []place{theirs, ours} {
		address := place.serve(t, handler)
		for path, want := range map[string]int{"/hijack": len("taken over"), "/long": size} {
			conn := dialPlace(t, address, "GET "+path+" HTTP/1.0\r\n\r\n")
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(conn)
			if _, body, ok := strings.Cut(string(got), "\r\n\r\n"); ok {
				got = []byte(body)
			}
			if len(got) != want || err != nil {
				t.Errorf("%s, %s: got %d bytes, %v; want %d", place.name, path, len(got), err, want)
			}
		}
	}
}

// TestHeadsThatAreRefused are answered 500, and the connection goes on.
func TestHeadsThatAreRefused(t *testing.T) {
	address := ours.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/length":
			w.Header()["Content-Length"] = []string{"4", "5"}
			io.WriteString(w, "body")
		case "/upgrade":
			w.WriteHeader(101)
		case "/hijack":
			w.WriteHeader(101)
			if _, _, err := w.(http.Hijacker).Hijack(); err == nil {
				t.Error("Hijack has not failed")
			}
		default:
			io.WriteString(w, "fine")
		}
	}))
	for _, path := range []string{"/length", "/upgrade", "/hijack"} {
		got := onTheWire(t, address, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.0\r\n\r\n")
		if !strings.HasPrefix(got, "HTTP/1.1 500 ") || !strings.HasSuffix(got, "fine") {
			t.Errorf("%s: got %q; want 500, and an answer to the next request", path, got)
		}
	}
}

// TestHijackOutOfPlace says what is wrong, and the request is answered as it was begun.
func TestHijackOutOfPlace(t *testing.T) {
	for name, tt := range map[string]struct {
		send, want string
		handle     func(w http.ResponseWriter) error
	}{
		"behind an answer": {"GET / HTTP/1.0\r\n\r\n", "WriteHeader(200)", func(w http.ResponseWriter) error {
			w.WriteHeader(200)
			_, _, err := w.(http.Hijacker).Hijack()
			return err
		}},
		"behind the beginning of a body": {"GET / HTTP/1.0\r\n\r\n", "WriteHeader(200)", func(w http.ResponseWriter) error {
			io.WriteString(w, "x")
			w.(http.Flusher).Flush()
			_, _, err := w.(http.Hijacker).Hijack()
			return err
		}},
		"before a body that waits for leave": {"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n", "100-continue", func(w http.ResponseWriter) error {
			_, _, err := w.(http.Hijacker).Hijack()
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dialPlace(t, ours.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprint(w, "refused: ", tt.handle(w))
			})), tt.send)
			got, err := io.ReadAll(conn)
			if _, after, _ := strings.Cut(string(got), "refused: "); err != nil || !strings.Contains(after, tt.want) {
				t.Errorf("got %q, %v; want an error with %q", got, err, tt.want)
			}
		})
	}
}

// TestHijackThrowsUnreadBodiesAway, those that come slowly too.
func TestHijackThrowsUnreadBodiesAway(t *testing.T) {
	begun := make(chan struct{})
	address := ours.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		conn, both := hijack(w)
		shout(conn, both.Reader)
	}))
	conn := dialPlace(t, address, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n")
	<-begun
	io.WriteString(conn, strings.Repeat("x", 400000)+"one\n")
	if got, err := bufio.NewReader(conn).ReadString('\n'); got != "ONE\n" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestHijackedAfterTheClientLeft fails, and so does what the connection is used for.
func TestHijackedAfterTheClientLeft(t *testing.T) {
	failed := make(chan error, 2) // two handlers
	for _, early := range []bool{true, false} {
		hijacked := make(chan struct{})
		address := ours.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if early {
				<-r.Context().Done()
				_, _, err := w.(http.Hijacker).Hijack()
				failed <- err
				return
			}
			conn, _ := hijack(w)
			close(hijacked)
			_, err := conn.Read(make([]byte, 1))
			for err == nil || err == io.EOF {
				_, err = conn.Write(make([]byte, 1<<10))
			}
			conn.Close()
			failed <- err
		}))
		conn := dialPlace(t, address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if !early {
			<-hijacked
		}
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
		if err := <-failed; err == nil {
			t.Errorf("early %v: a connection that is gone was used", early)
		}
	}
}

// TestHijackedConnectionsEndWithTheServer, so that a shutdown does not wait for them.
func TestHijackedConnectionsEndWithTheServer(t *testing.T) {
	ended, hijacked := make(chan error, 1), make(chan struct{})
	var server *tornadotest.Server
	t.Run("server", func(t *testing.T) { // at the end of which it is shut down
		server = tornadotest.Serve(t, web.NewApplication(web.Settings{Loops: 1}, nethttp.Route(`.*`, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, _ := hijack(w)
			defer conn.Close()
			close(hijacked)
			_, err := conn.Read(make([]byte, 1))
			ended <- err
		}))))
		dialPlace(t, strings.TrimSuffix(server.URL("/"), "/"), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		<-hijacked
	})
	if err := <-ended; err == nil {
		t.Error("something was read")
	}
}

// TestUpgradesThroughAReverseProxy takes both ends over: the proxy is a handler
// on a server of ours, and so is the backend.
func TestUpgradesThroughAReverseProxy(t *testing.T) {
	for _, backend := range places {
		if strings.HasSuffix(backend.name, "TLS") {
			continue
		}
		target, err := url.Parse(backend.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, both := hijack(w)
			io.WriteString(conn, switching)
			shout(conn, both.Reader)
		})))
		if err != nil {
			t.Fatal(err)
		}
		proxy := httputil.NewSingleHostReverseProxy(target)
		proxy.ErrorLog = quiet
		conn := dialPlace(t, ours.serve(t, proxy), "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: lines\r\n\r\n")
		in := bufio.NewReader(conn)
		response, err := http.ReadResponse(in, nil)
		if err != nil || response.StatusCode != 101 || response.Header.Get("Upgrade") != "lines" {
			t.Fatalf("%s: got %v, %v", backend.name, response, err)
		}
		for _, line := range []string{"one", "two"} {
			fmt.Fprintln(conn, line)
			if got, err := in.ReadString('\n'); got != strings.ToUpper(line)+"\n" || err != nil {
				t.Errorf("%s: got %q, %v", backend.name, got, err)
			}
		}
	}
}
