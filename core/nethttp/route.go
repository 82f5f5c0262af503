package nethttp

import (
	"context"
	"crypto/tls"
	"math"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/web"
)

// Route is a route that a handler of net/http answers, in a goroutine for each
// request. The handler sees the whole path; http.StripPrefix takes off a part.
//
// Bodies stream both ways: the request's is read from the client as the handler
// reads it, and Write waits for a slow client. As in net/http it has no limit; use
// http.MaxBytesHandler. The request's context ends when the client leaves, or when
// Application.Shutdown can wait no longer. Flush, full duplex, deadlines of a
// ResponseController, interim answers, trailers both ways and Hijack work; a
// connection that was taken over is closed when the server stops. A panic is
// logged and answered with 500, or ends the connection if the answer has begun, as
// http.ErrAbortHandler always does.
//
// RemoteAddr has the port 0 where a proxy has said who the client is. Options of the
// application such as XSRFCookies and CompressResponse concern its own handlers alone.
func Route(pattern string, handler http.Handler) web.Route {
	return web.Fallback(pattern, func(app *web.Application) httputil.HTTPServerConnectionDelegate {
		return &bridge{app, handler}
	})
}

// A bridge hands requests to a handler of net/http.
type bridge struct {
	app     *web.Application
	handler http.Handler
}

// StartRequest implements httputil.HTTPServerConnectionDelegate.
func (b *bridge) StartRequest(request *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	m := &message{bridge: b, request: *request}
	m.body.wake.L = &m.body.mu
	return m
}

// A message is one request. Its methods belong to the connection's loop, the
// handler to a goroutine; between them are a body and a responseWriter.
type message struct {
	bridge  *bridge
	request httputil.HTTPServerRequest
	body    body
	writer  *responseWriter
	cancel  context.CancelCauseFunc
	trailer http.Header // of the handler's request; nil if none is announced

	local, remote string               // addresses
	secure        *tls.ConnectionState // nil without encryption
}

// HeadersReceived starts the handler. If the client waits for leave to send the
// body, it gets it when the handler begins to read.
func (m *message) HeadersReceived() *concurrent.Future[struct{}] {
	m.request.Connection.SetMaxBodySize(math.MaxInt64)
	address, err := url.ParseRequestURI(m.request.URI)
	if m.request.URI == "*" {
		address, err = &url.URL{Path: "*"}, nil
	}
	m.describeConnection()
	ctx := context.WithValue(context.Background(), http.ServerContextKey, serverOfNobody)
	ctx, cancel := context.WithCancelCause(context.WithValue(ctx, http.LocalAddrContextKey, addrOf(m.local)))
	m.cancel = cancel
	m.trailer = announcedTrailer(&m.request.Headers)
	m.writer = newResponseWriter(&m.request, &m.body)
	var leave *concurrent.Future[struct{}]
	if httputil.EqualFold(m.request.Headers.Get("Expect"), "100-continue") {
		leave = m.body.firstRead() // before the handler can do without
	}
	m.bridge.app.Go(func(shutdown context.Context) {
		defer cancel(nil)
		defer context.AfterFunc(shutdown, func() { cancel(context.Cause(shutdown)) })()
		defer m.body.Close()
		if err != nil {
			http.Error(m.writer, "400 Bad Request", http.StatusBadRequest)
			m.writer.finish()
			return
		}
		m.serve(m.httpRequest(ctx, address))
	})
	return leave
}

// describeConnection notes what the handler may want to know about it.
func (m *message) describeConnection() {
	c := m.request.Connection
	m.local, m.remote = addressesOf(c)
	// Who says by a field of the head who the client is does not know its port.
	if host, _, err := net.SplitHostPort(m.remote); err != nil || host != m.request.RemoteIP {
		m.remote = net.JoinHostPort(m.request.RemoteIP, "0")
	}
	if m.request.Protocol != "https" {
		return
	}
	m.secure = &tls.ConnectionState{HandshakeComplete: true, ServerName: m.request.HostName()}
	if encrypted, ok := c.(interface{ SecureConn() iostream.SecureConn }); ok {
		if conn, ok := encrypted.SecureConn().(interface{ ConnectionState() tls.ConnectionState }); ok {
			*m.secure = conn.ConnectionState()
		}
	}
}

// serverOfNobody is where handlers look whether a server of net/http, or one that
// does as it does, has called them: that they may abort by panicking.
var serverOfNobody = new(http.Server)

// httpRequest is the request as net/http has it.
func (m *message) httpRequest(ctx context.Context, address *url.URL) *http.Request {
	r := &http.Request{Method: m.request.Method, URL: address, Proto: m.request.Version, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Host: m.request.Host, RequestURI: m.request.URI, Body: &m.body,
		RemoteAddr: m.remote, TLS: m.secure}
	if r.Proto == "HTTP/1.0" {
		r.ProtoMinor = 0
	}
	for name, value := range m.request.Headers.All() {
		name = http.CanonicalHeaderKey(name)
		r.Header[name] = append(r.Header[name], value)
	}
	switch {
	case r.Header.Get("Transfer-Encoding") != "":
		r.ContentLength, r.TransferEncoding = -1, []string{"chunked"}
	case r.Header.Get("Content-Length") != "":
		r.ContentLength, _ = strconv.ParseInt(r.Header.Get("Content-Length"), 10, 64) // the connection has read it
	}
	connection := strings.Join(r.Header["Connection"], ",")
	r.Close = hasToken(connection, "close") || r.ProtoMinor == 0 && !hasToken(connection, "keep-alive")
	if r.ContentLength == 0 {
		r.Body = http.NoBody
	}
	r.Header.Del("Host")
	r.Header.Del("Transfer-Encoding")
	r.Trailer = m.trailer
	if m.trailer != nil {
		r.Header.Del("Trailer")
	}
	return r.WithContext(ctx)
}

// hasToken reports whether one is among the elements of a list.
func hasToken(list, token string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if httputil.EqualFold(httputil.TrimSpace(one), token) {
			return true
		}
	}
	return false
}

// serve runs the handler.
func (m *message) serve(r *http.Request) {
	defer func() {
		switch value := recover(); {
		case value == nil:
			m.writer.finish()
		case value == http.ErrAbortHandler:
			m.writer.abort()
		default:
			log.Application.Error("Uncaught exception %s %s (%s)\n%s\n%s", m.request.Method, m.request.URI, m.request.RemoteIP,
				errorText(value), strings.TrimSpace(string(debug.Stack())))
			m.writer.fail()
		}
	}()
	m.bridge.handler.ServeHTTP(m.writer, r)
}

// DataReceived implements httputil.HTTPMessageDelegate.
func (m *message) DataReceived(chunk []byte) *concurrent.Future[struct{}] { return m.body.add(chunk) }

// announcedTrailer has the names of the trailers that a chunked request announces; nil
// if there are none. What is not announced is not looked for.
func announcedTrailer(headers *httputil.HTTPHeaders) http.Header {
	if !headers.Has("Trailer") || !headers.Has("Transfer-Encoding") {
		return nil
	}
	announced := http.Header{}
	for name := range strings.SplitSeq(headers.Get("Trailer"), ",") {
		if name = httputil.TrimSpace(name); httputil.ValidToken(name) {
			announced[http.CanonicalHeaderKey(name)] = nil
		}
	}
	return announced
}

// TrailersReceived implements httputil.TrailerDelegate. The handler gets the values of
// those that were announced when it reads the end of the body, on its own goroutine.
func (m *message) TrailersReceived(trailers httputil.HTTPHeaders) {
	m.body.mu.Lock()
	defer m.body.mu.Unlock()
	m.body.atEnd = func() {
		for name, value := range trailers.All() {
			name = http.CanonicalHeaderKey(name)
			if _, announced := m.trailer[name]; announced {
				m.trailer[name] = append(m.trailer[name], value)
			}
		}
	}
}

// Finish implements httputil.HTTPMessageDelegate.
func (m *message) Finish() {
	m.body.end(nil)
	m.writer.requestRead()
}

// OnPeerEnd implements httputil.PeerEndDelegate.
func (m *message) OnPeerEnd() { m.cancel(web.ErrClientLeft) }

// OnConnectionClose implements httputil.HTTPMessageDelegate.
func (m *message) OnConnectionClose(error) {
	m.writer.end(web.ErrClientLeft)
	m.body.end(errCut)
	m.cancel(web.ErrClientLeft)
}
