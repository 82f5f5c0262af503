package web

import (
	"errors"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/routing"
	"github.com/tornado-dev/tornado/core/trace"
)

// A delegate receives one request for an application. It belongs to the
// connection's loop, is used again for other requests, and no user ever sees it.
//
// The handler is made when the body has been read whole. One that takes its body
// in pieces would be made in HeadersReceived; DataReceived is the place to pass
// them on.
type delegate struct {
	app     *Application
	request httputil.HTTPServerRequest // a copy: the server uses its own again for the next
	route   *route
	match   routing.Match
	body    []byte
	handler *RequestHandler // from Finish until its answer is finished
}

// StartRequest is called by the server with each request.
func (a *Application) StartRequest(request *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	d := a.delegates.Get().(*delegate)
	d.app, d.request = a, *request
	return d
}

// HeadersReceived chooses the route.
func (d *delegate) HeadersReceived() *concurrent.Future[struct{}] {
	d.route = d.app.find(&d.request, &d.match)
	if t := d.request.Trace; t != nil {
		t.Choose(d.route.traced(d.request.Method))
	}
	return nil
}

// DataReceived keeps a piece of the body, if anybody is going to read it.
func (d *delegate) DataReceived(chunk []byte) *concurrent.Future[struct{}] {
	if !d.route.discardsBody {
		d.body = append(d.body, chunk...)
	}
	return nil
}

// Finish answers the request.
func (d *delegate) Finish() {
	self := d.route.target.create()
	h := self.requestHandler()
	d.handler = h
	h.app, h.route, h.self, h.delegate = d.app, d.route, self, d
	h.request, h.match = d.request, d.match
	h.Request = &h.request
	h.request.Body = d.body
	h.connection = h.request.Connection
	h.execute()
}

// OnPeerEnd is called when the client sends no more. It may still read, so that
// the answer is written all the same; but mostly it has gone, and a method that
// waits for something on its behalf shall know.
func (d *delegate) OnPeerEnd() {
	if h := d.handler; h != nil && h.async != nil {
		h.async.cancel(ErrClientLeft)
	}
}

// OnConnectionClose is called when the client is gone.
func (d *delegate) OnConnectionClose(err error) {
	h := d.handler
	if h == nil {
		d.release() // its body never came whole: there is no handler to be told
		return
	}
	var ours *abortError
	h.gone = !errors.As(err, &ours) || ours.err == ErrClientLeft
	if h.async != nil {
		h.async.connection.end(err)
		h.async.cancel(ErrClientLeft)
	}
}

// release lets the delegate be used again. The connection must be done with it.
func (d *delegate) release() {
	app := d.app
	*d = delegate{}
	app.delegates.Put(d)
}

// traced is what answers a method, for a listener; nil if the user did not write it.
func (r *route) traced(method string) *trace.Target {
	if r.builtIn {
		return nil
	}
	if v := verbOf(method); v != verbUnknown && r.verbs[v].call != nil {
		return &r.verbs[v].traced
	}
	return &r.otherwise
}

var (
	_ httputil.HTTPServerConnectionDelegate = (*Application)(nil)
	_ trace.FileCache                       = (*staticHashes)(nil)
)
