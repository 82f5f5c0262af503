package web

import (
	"errors"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/trace"
)

// A delegate receives one request for an application, and holds what its handler
// needs until the answer is finished. It belongs to the connection's loop, is used
// again for other requests, and no user ever sees it.
type delegate struct {
	handler *RequestHandler
	body    []byte
	started bool // the handler was given the request, and has not finished its answer
	exchange
}

// StartRequest is called by the server with each request. It chooses the route and
// makes the handler, but calls nothing of it yet.
func (a *Application) StartRequest(request *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	d := a.delegates.Get().(*delegate)
	route := a.find(request, &d.match)
	if route.fallback != nil {
		*d = delegate{}
		a.delegates.Put(d)
		if t := request.Trace; t != nil {
			t.Choose(&route.otherwise)
		}
		return route.fallback.StartRequest(request)
	}
	self := route.target.create()
	h := self.requestHandler()
	h.app, h.route, h.self, h.exchange = route.app, route, self, &d.exchange
	h.request = *request
	h.Request = &h.request
	d.handler, d.delegate = h, d
	if t := request.Trace; t != nil {
		t.Choose(route.traced(request.Method))
	}
	return d
}

// HeadersReceived begins what has a use for the pieces of the body. Other handlers
// begin when it has been read whole, but for those that refuse it: a client that asks
// first is told so before it sends anything (RFC 9110 section 10.1.1).
func (d *delegate) HeadersReceived() *concurrent.Future[struct{}] {
	switch h := d.handler; {
	case h.route.data != dataWhole:
		return d.beginUpload()
	case h.refusesUnread() && httputil.EqualFold(h.request.Headers.Get("Expect"), "100-continue"):
		d.Finish()
	}
	return nil
}

// refusesUnread reports whether the answer has nothing to do with the body, as 404 and
// 405 have not: no code of the user's that might want it comes before.
func (h *RequestHandler) refusesUnread() bool {
	r := h.route
	return r.discardsBody && r.before == nil ||
		h.verb() == nil && r.before == nil && r.overrides&anyPrepare == 0 && !h.app.settings.XSRFCookies
}

// DataReceived keeps a piece of the body, if anybody is going to read it.
func (d *delegate) DataReceived(chunk []byte) *concurrent.Future[struct{}] {
	if d.upload != nil {
		return d.upload.during(func() { d.handler.receive(chunk) })
	}
	if !d.handler.route.discardsBody {
		d.body = append(d.body, chunk...)
	}
	return nil
}

// Finish answers the request.
func (d *delegate) Finish() {
	h := d.handler
	if d.upload != nil {
		h.afterBody()
		return
	}
	d.started = true
	h.request.Body, d.body = d.body, nil
	d.connection = h.request.Connection
	h.execute()
}

// OnPeerEnd is called when the client sends no more. It may still read, so that
// the answer is written all the same; but mostly it has gone, and a method that
// waits for something on its behalf shall know.
func (d *delegate) OnPeerEnd() {
	if d.started && d.async != nil {
		d.async.cancel(ErrClientLeft)
	}
}

// OnConnectionClose is called when the client is gone.
func (d *delegate) OnConnectionClose(err error) {
	if !d.started {
		d.release() // its body never came whole, or its answer is finished
		return
	}
	var ours *abortError
	d.gone = !errors.As(err, &ours) || ours.err == ErrClientLeft
	if d.async != nil {
		d.async.cancel(ErrClientLeft) // first, so that who fails to write finds out why
		d.async.connection.end(err)
	}
	if d.upload != nil && d.upload.waiting {
		d.handler.breakOff(err)
	}
}

// release lets the delegate be used again. Its handler, which somebody may have
// kept, finds its answer finished from now on.
func (d *delegate) release() {
	app := d.handler.app
	if t := d.handler.request.Trace; t != nil && d.status != 101 { // a WebSocket goes on telling of its request
		d.handler.request.Trace = nil
		t.Release()
	}
	d.handler.exchange = &over
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
	} else if extra := r.extraVerb(method); extra != nil {
		return &extra.traced
	}
	return &r.otherwise
}

var (
	_ httputil.HTTPServerConnectionDelegate = (*Application)(nil)
	_ trace.FileCache                       = (*staticFiles)(nil)
)
