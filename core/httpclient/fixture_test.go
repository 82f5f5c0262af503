package httpclient

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/internal/testcert"
)

func TestMain(m *testing.M) { leak.Main(m) }

// patience is how long a test waits for what should happen at once.
const patience = 30 * time.Second

func newClient(t testing.TB, o Options) *AsyncHTTPClient {
	t.Helper()
	c := New(o)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func patient(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// get wants an answer, whatever its status.
func get(t testing.TB, c *AsyncHTTPClient, r *HTTPRequest) *HTTPResponse {
	t.Helper()
	r.NoRaiseError = true
	response, err := c.Fetch(patient(t), r)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return response
}

// serveHTTP is a server of net/http.
func serveHTTP(t testing.TB, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s
}

// serveHTTPS is one of net/http with encryption, for the given names.
func serveHTTPS(t testing.TB, handler http.HandlerFunc, hosts ...string) (s *httptest.Server, caFile string) {
	t.Helper()
	authority := testcert.New(t)
	cert, key := authority.Issue(append([]string{"127.0.0.1"}, hosts...)...)
	return serveCertified(t, handler, cert, key), authority.File
}

func serveCertified(t testing.TB, handler http.HandlerFunc, certFile, keyFile string) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = quiet
	s.TLS = tlsConfig(t, certFile, keyFile)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// A rawServer hands its connections to a function, one goroutine each.
type rawServer struct {
	address  string
	mu       sync.Mutex // guards what follows
	accepted int
}

// serveRaw serves connections by the script, which is told their number from 1.
// They are closed when it returns.
func serveRaw(t testing.TB, script func(conn net.Conn, number int)) *rawServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawServer{address: listener.Addr().String()}
	var running sync.WaitGroup
	var open sync.Map
	running.Go(func() { // the cleanup waits for it, and for those that it starts
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.accepted++
			number := s.accepted
			s.mu.Unlock()
			open.Store(conn, nil)
			running.Go(func() {
				defer open.Delete(conn)
				defer conn.Close()
				script(conn, number)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		open.Range(func(conn, _ any) bool { conn.(net.Conn).Close(); return true })
		running.Wait()
	})
	return s
}

func (s *rawServer) url() string { return "http://" + s.address + "/" }

func (s *rawServer) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted
}

// readRequest reads a head, up to its empty line.
func readRequest(r *bufio.Reader) (head string, err error) {
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		b.WriteString(line)
		if err != nil || line == "\r\n" {
			return b.String(), err
		}
	}
}

// answering reads a request, writes a text, and waits for the client to close.
func answering(text string) func(net.Conn, int) {
	return func(conn net.Conn, _ int) {
		r := bufio.NewReader(conn)
		if _, err := readRequest(r); err != nil {
			return
		}
		io.WriteString(conn, text)
		io.Copy(io.Discard, r)
	}
}
