// Package tornadotest helps to test applications: it serves them on a free port
// of this machine and asks them over HTTP.
//
//   - Serve, ServeTLS: an application on a real socket, until the test ends
//   - Server.Get, Post, Fetch, Do: one request, and the whole answer
//   - Client: one that keeps cookies and follows redirects, as browsers do
//   - ExpectLog: what a test lets be logged, and nothing else
//   - Clock: a clock that stands still, for cookies and sessions
//   - BindUnusedPort: a port for a server that is not ours
//
// The client is net/http's, so that an application is asked by somebody who was
// not written together with it.
package tornadotest

import (
	"context"
	"crypto/x509"
	"net"
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
// It is a Client that keeps no cookies and follows no redirects.
type Server struct {
	*Client
	app     *web.Application
	server  *httpserver.HTTPServer
	scheme  string
	address string
	roots   *x509.CertPool // nil for HTTP
}

// Serve serves app on a free port of 127.0.0.1. The test's cleanup closes the
// server and fails the test if handlers are still running then.
func Serve(t testing.TB, app *web.Application) *Server {
	t.Helper()
	server, err := app.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatalf("tornadotest: %v", err)
	}
	return serve(t, app, server, "http", nil)
}

// ServeTLS is Serve with HTTPS, with a certificate for 127.0.0.1 and localhost that
// is made for this test and that the server's clients trust. Of Settings.Server it
// knows nothing.
func ServeTLS(t testing.TB, app *web.Application) *Server {
	t.Helper()
	security, roots := selfSigned(t)
	server, err := app.ListenWith("127.0.0.1:0", httpserver.Options{SSL: security})
	if err != nil {
		t.Fatalf("tornadotest: %v", err)
	}
	return serve(t, app, server, "https", roots)
}

func serve(t testing.TB, app *web.Application, server *httpserver.HTTPServer, scheme string, roots *x509.CertPool) *Server {
	s := &Server{app: app, server: server, scheme: scheme, address: server.Addresses()[0], roots: roots}
	t.Cleanup(func() { // after those of the clients
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		if err := app.Shutdown(ctx, server); err != nil {
			t.Errorf("tornadotest: %v", err)
		}
		if ctx.Err() != nil {
			t.Errorf("tornadotest: requests were still being answered %v after the test", shutdownTimeout)
		}
	})
	s.Client = newClient(t, s, ClientOptions{})
	return s
}

// Application is what is served.
func (s *Server) Application() *web.Application { return s.app }

// Address is "127.0.0.1:port".
func (s *Server) Address() string { return s.address }

// URL is the whole URL of a path.
func (s *Server) URL(path string) string { return s.scheme + "://" + s.address + path }

// Dial opens a plain connection to the server, for what Fetch cannot send. It is closed
// when the test ends, and fails after ten seconds.
func (s *Server) Dial() net.Conn {
	s.Client.t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		s.Client.t.Fatalf("tornadotest: %v", err)
	}
	s.Client.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(requestTimeout))
	return conn
}
