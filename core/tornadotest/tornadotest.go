// Package tornadotest helps to test applications: it serves them on a free port
// of this machine and asks them over HTTP.
//
//   - Serve: an application on a real socket, until the test ends
//   - Server.Get, Post, Fetch: one request, and the whole answer
//   - ExpectLog: what a test lets be logged, and nothing else
//
// The client is net/http's, so that an application is asked by somebody who was
// not written together with it.
package tornadotest

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/web"
)

const (
	requestTimeout  = 10 * time.Second
	shutdownTimeout = 5 * time.Second
)

// A Server serves an application during a test. Its methods may be called from
// any goroutine; those that fail end the test, so call them from the test's own.
type Server struct {
	t       testing.TB
	app     *web.Application
	server  *httpserver.HTTPServer
	address string
	client  *http.Client
}

// A Response is an answer that has been read whole.
type Response struct {
	StatusCode int
	Header     http.Header
	Body       string
}

// Serve serves app on a free port of 127.0.0.1. The test's cleanup closes the
// server and fails the test if handlers are still running then.
func Serve(t testing.TB, app *web.Application) *Server {
	t.Helper()
	server, err := app.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatalf("tornadotest: %v", err)
	}
	transport := &http.Transport{}
	s := &Server{
		t: t, app: app, server: server, address: server.Addresses()[0],
		client: &http.Client{
			Transport: transport,
			Timeout:   requestTimeout,
			// A redirect is an answer like others; a test wants to see it.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		if err := app.Shutdown(ctx, server); err != nil {
			t.Errorf("tornadotest: %v", err)
		}
		if ctx.Err() != nil {
			t.Errorf("tornadotest: requests were still being answered %v after the test", shutdownTimeout)
		}
	})
	return s
}

// Application is what is served.
func (s *Server) Application() *web.Application { return s.app }

// Address is "127.0.0.1:port".
func (s *Server) Address() string { return s.address }

// URL is the whole URL of a path.
func (s *Server) URL(path string) string { return "http://" + s.address + path }

// Dial opens a connection to the server, for what Fetch cannot send. It is closed
// when the test ends, and fails after ten seconds.
func (s *Server) Dial() net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		s.t.Fatalf("tornadotest: %v", err)
	}
	s.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(requestTimeout))
	return conn
}

// Get asks for a path. Redirects are not followed.
func (s *Server) Get(path string) Response {
	s.t.Helper()
	return s.Fetch(http.MethodGet, path, nil, "")
}

// Post sends a form.
func (s *Server) Post(path string, form url.Values) Response {
	s.t.Helper()
	return s.Fetch(http.MethodPost, path, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, form.Encode())
}

// Fetch sends a request and reads its answer. A Host in header is the host that
// is asked for. An answer that breaks off ends the test; so does anything that
// takes longer than ten seconds.
func (s *Server) Fetch(method, path string, header http.Header, body string) Response {
	s.t.Helper()
	request, err := http.NewRequest(method, s.URL(path), strings.NewReader(body))
	if err != nil {
		s.t.Fatalf("tornadotest: %v", err)
	}
	for name, values := range header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	if host := request.Header.Get("Host"); host != "" {
		request.Host = host
	}
	answer, err := s.client.Do(request)
	if err != nil {
		s.t.Fatalf("tornadotest: %v", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatalf("tornadotest: %s %s: the answer broke off: %v", method, path, err)
	}
	return Response{StatusCode: answer.StatusCode, Header: answer.Header, Body: string(text)}
}
