package nethttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/web"
)

// Handler is an application as a handler of net/http.
//
// Each request has a loop of its own, the goroutine that ServeHTTP is called on,
// which ends with it: a method without a context holds up nobody else, and what it
// writes waits for the client. Timeouts and encryption are the server's; a body may
// have 100 MiB unless the handler allows more.
//
// Handlers that upgrade their connection, as those for WebSockets do, do so over
// HTTP/1.1, with a loop of their own until the connection ends; over HTTP/2 they answer
// 500. Nobody tells them when http.Server.Shutdown is called, unless it is told to:
//
//	server.RegisterOnShutdown(app.Drain)
//
// which asks for the end of those connections, and does not wait for it.
func Handler(app *web.Application) http.Handler { return handler{app} }

// defaultMaxBody is how long a body may be unless the handler allows more: as for
// servers of ours.
const defaultMaxBody = 100 << 20

type handler struct{ app *web.Application }

// ServeHTTP implements http.Handler.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &connection{writer: w, control: http.NewResponseController(w), head: r.Method == "HEAD", wake: make(chan struct{}, 1),
		length: -1, maxBody: defaultMaxBody}
	request := requestOf(r)
	request.Connection = c
	c.trailer = &r.Trailer
	c.message = h.app.StartRequest(request)
	ctx := r.Context()
	stop := context.AfterFunc(ctx, func() { c.AddCallback(func() { c.close(context.Cause(ctx)) }) })
	defer stop()
	c.after(c.message.HeadersReceived(), func() { c.readBody(r.Body) })
	c.run()
	if c.body != nil {
		c.body.stop()
	}
	if c.upgraded != nil {
		c.upgraded.run(h.app.Draining())
		return
	}
	if c.aborted {
		panic(http.ErrAbortHandler)
	}
}

// requestOf is a request as the framework has it.
func requestOf(r *http.Request) *httputil.HTTPServerRequest {
	request := &httputil.HTTPServerRequest{Method: r.Method, Version: r.Proto, Host: r.Host, Protocol: "http", Started: time.Now()}
	request.RemoteIP = r.RemoteAddr
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		request.RemoteIP = host
	}
	if r.TLS != nil {
		request.Protocol = "https"
	}
	request.SetURI(r.URL.RequestURI()) // without what http.StripPrefix took off
	request.Host = r.Host
	request.Headers = *fieldsOf(r.Header, func(string) bool { return false })
	_ = request.Headers.Set("Host", r.Host) // the server has checked it
	return request
}

// A connection is the httputil.HTTPConnection of one request. All but AddCallback
// belongs to the goroutine that ServeHTTP was called on.
type connection struct {
	// Set when it is made and never changed.
	writer  http.ResponseWriter
	control *http.ResponseController
	head    bool
	message httputil.HTTPMessageDelegate
	trailer *http.Header // of the request, which has values when its body was read

	body     *bodyReader // nil without a body
	received int64       // of the body
	maxBody  int64
	sent     bool // the headers are
	dirty    bool // something was written, and not flushed
	finished bool // the answer is
	aborted  bool
	length   int64 // what Content-Length promises and is still to come; -1 if it does not

	wake chan struct{} // capacity one: there are callbacks

	mu        sync.Mutex // guards what follows
	callbacks []func()
	left      bool       // the loop has ended
	upgraded  *upgraded  // nil unless another protocol has the connection
	running   sync.Mutex // held by who runs callbacks after that
}

// AddCallback runs f in the next turn; after the last one, at once: an application
// has things to put away when its answer is finished.
func (c *connection) AddCallback(f func()) {
	c.mu.Lock()
	if left, u := c.left, c.upgraded; left {
		c.mu.Unlock()
		if u != nil {
			u.loop.AddCallback(f)
			return
		}
		c.running.Lock()
		defer c.running.Unlock()
		f()
		return
	}
	c.callbacks = append(c.callbacks, f)
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default: // it is awake
	}
}

// run is the loop. It ends when the answer is finished, or never will be.
func (c *connection) run() {
	for {
		c.mu.Lock()
		callbacks := c.callbacks
		c.callbacks = nil
		if done := c.finished || c.aborted; done && len(callbacks) == 0 {
			c.left = true
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		for _, f := range callbacks {
			f()
		}
		if len(callbacks) > 0 {
			continue
		}
		if c.flush(); !c.aborted {
			<-c.wake
		}
	}
}

// flush lets the server send what was written.
func (c *connection) flush() {
	if !c.dirty {
		return
	}
	c.dirty = false
	if err := c.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		c.close(err)
	}
}

// after calls next when the future is done.
func (c *connection) after(future *concurrent.Future[struct{}], next func()) {
	if future == nil {
		next()
		return
	}
	future.AddDoneCallback(func(f *concurrent.Future[struct{}]) {
		c.AddCallback(func() {
			if _, err := f.Result(); err != nil {
				c.Abort(err)
				return
			}
			next()
		})
	})
}

// A bodyReader reads the body in a goroutine, piece by piece, as the message takes
// them.
type bodyReader struct {
	connection *connection
	body       io.ReadCloser
	piece      [32 << 10]byte
	next       chan struct{} // capacity one: the piece was taken
	stopped    chan struct{} // closed when nobody wants more
	done       chan struct{} // closed by the goroutine
}

// readBody begins to tell the message of the body.
func (c *connection) readBody(body io.ReadCloser) {
	if body == nil || body == http.NoBody {
		c.endBody(nil)
		return
	}
	c.body = &bodyReader{connection: c, body: body, next: make(chan struct{}, 1), stopped: make(chan struct{}), done: make(chan struct{})}
	go c.body.run() // bodyReader.stop waits for it
}

func (r *bodyReader) run() {
	defer close(r.done)
	for {
		n, err := r.body.Read(r.piece[:])
		r.connection.AddCallback(func() { r.connection.bodyReceived(r.piece[:n], err) })
		if err != nil {
			return
		}
		select {
		case <-r.next:
		case <-r.stopped:
			return
		}
	}
}

// stop ends the goroutine. A Read that waits for the client is broken off.
func (r *bodyReader) stop() {
	close(r.stopped)
	select {
	case <-r.done:
		return
	default:
	}
	if r.connection.control.SetReadDeadline(time.Now()) != nil {
		r.body.Close()
	}
	<-r.done
}

// bodyReceived tells the message of a piece.
func (c *connection) bodyReceived(piece []byte, err error) {
	if c.finished || c.aborted {
		return
	}
	goOn := func() {
		if err != nil {
			c.endBody(err)
			return
		}
		c.body.next <- struct{}{}
	}
	if c.received += int64(len(piece)); c.received > c.maxBody {
		c.refuse()
		return
	}
	if len(piece) == 0 {
		goOn()
		return
	}
	c.after(c.message.DataReceived(piece), goOn)
}

// refuse answers that the body is too long, unless the answer has begun.
func (c *connection) refuse() {
	if c.sent {
		c.close(errTooLong)
		return
	}
	c.finished = true
	c.writer.Header().Set("Connection", "close")
	http.Error(c.writer, "413 Request Entity Too Large", http.StatusRequestEntityTooLarge)
	c.message.OnConnectionClose(errTooLong)
}

var errTooLong = errors.New("nethttp: the body is too long")

// endBody tells the message that the request is there whole, or never will be.
func (c *connection) endBody(err error) {
	switch {
	case c.finished || c.aborted:
	case err != nil && err != io.EOF:
		c.close(err)
	default:
		if d, ok := c.message.(httputil.TrailerDelegate); ok && len(*c.trailer) > 0 {
			trailers := fieldsOf(*c.trailer, func(string) bool { return false })
			d.TrailersReceived(httputil.ValidTrailers(trailers))
		}
		c.message.Finish()
	}
}

// close tells the message that the client is gone.
func (c *connection) close(err error) {
	if c.finished || c.aborted {
		return
	}
	c.aborted = true
	c.message.OnConnectionClose(err)
}

// WriteHeaders implements httputil.HTTPConnection.
func (c *connection) WriteHeaders(line httputil.ResponseStartLine, headers *httputil.HTTPHeaders, chunk []byte) error {
	switch {
	case c.aborted:
		return errGone
	case line.Code == http.StatusSwitchingProtocols:
		return c.switchProtocols(line, headers)
	}
	to := c.writer.Header()
	for name := range headers.All() {
		if name != "Vary" && name != "Set-Cookie" { // others may have their own
			to.Del(name)
		}
	}
	for name, value := range headers.All() {
		to.Add(name, value)
	}
	if line.Code < 200 {
		c.writer.WriteHeader(line.Code)
		clear(to)
		return nil
	}
	if !headers.Has("Content-Type") {
		to["Content-Type"] = nil // not to be guessed
	}
	if n, err := httputil.ParseInt(headers.Get("Content-Length")); err == nil && !c.head && hasBody(line.Code) {
		c.length = n
	}
	c.writer.WriteHeader(line.Code)
	c.sent, c.dirty = true, true
	if len(chunk) == 0 {
		return nil
	}
	return c.Write(chunk)
}

var errGone = fmt.Errorf("nethttp: the client has gone: %w", httputil.ErrOutput)

// Write implements httputil.HTTPConnection.
func (c *connection) Write(chunk []byte) error {
	if c.aborted {
		return errGone
	}
	if c.head {
		return nil
	}
	if c.length >= 0 {
		if c.length -= int64(len(chunk)); c.length < 0 {
			err := fmt.Errorf("nethttp: more was written than Content-Length said: %w", httputil.ErrOutput)
			c.Abort(err)
			return err
		}
	}
	c.dirty = true
	if _, err := c.writer.Write(chunk); err != nil && !errors.Is(err, http.ErrBodyNotAllowed) {
		c.close(err)
		return errGone
	}
	return nil
}

// Finish implements httputil.HTTPConnection.
func (c *connection) Finish() error {
	switch {
	case c.aborted:
		return errGone
	case c.length > 0:
		err := fmt.Errorf("nethttp: %d bytes fewer were written than Content-Length said: %w", c.length, httputil.ErrOutput)
		c.Abort(err)
		return err
	}
	c.finished = true
	return nil
}

// SetTrailers implements httputil.TrailerWriter.
func (c *connection) SetTrailers(fields *httputil.HTTPHeaders) {
	trailers := httputil.ValidTrailers(fields)
	for name, value := range trailers.All() {
		c.writer.Header().Add(http.TrailerPrefix+name, value)
	}
}

// Abort implements httputil.HTTPConnection.
func (c *connection) Abort(err error) {
	c.flush()
	c.close(err)
}

// NotifyDrained implements httputil.HTTPConnection. What was written has left for
// the server: Write waits for the client.
func (c *connection) NotifyDrained(f func(error)) {
	c.AddCallback(func() {
		if c.aborted {
			f(errGone)
			return
		}
		c.flush()
		f(nil)
	})
}

// Hold implements web.Holder.
func (c *connection) Hold() (release func()) {
	if u := c.upgraded; u != nil {
		return u.hold()
	}
	return func() {}
}

// SetMaxBodySize implements httputil.HTTPConnection.
func (c *connection) SetMaxBodySize(bytes int64) { c.maxBody = bytes }
