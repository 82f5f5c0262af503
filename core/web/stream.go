package web

import (
	"context"
	"errors"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httputil"
)

// StreamRequestBody gives the handler the body of a request in pieces, as they
// arrive, in place of the whole in Request.Body. It needs a method DataReceived, see
// DataReceiver; the order is
//
//	Prepare, right after the headers; DataReceived for each piece; the verb's method
//
// Nothing more is read from the client while Prepare or DataReceived is at work, so
// that a body needs no more memory than a piece of it. A client that asks (Expect:
// 100-continue) is told to send its body when Prepare has let it pass.
//
// In Prepare, RequestHandler.SetMaxBodySize and SetBodyTimeout set limits for this
// request. A method that finishes the answer before the body has come, or fails,
// ends the request: the rest is thrown away, and the connection closed after the
// client had its answer. If the client leaves, OnConnectionClose and OnFinish are
// called.
//
// Arguments are those of the query alone, and so a token against cross-site
// requests must come there or in a header. Settings.RequestTimeout counts from the
// verb's method on. MultipartStream reads forms with files.
func StreamRequestBody() RouteOption {
	return func(r *Route) { r.stream = true }
}

// SetMaxBodySize replaces the server's limit for the body of this request, in bytes.
// It is for the Prepare of a handler with StreamRequestBody; for others the body has
// been read by then.
func (h *RequestHandler) SetMaxBodySize(bytes int64) {
	if !h.finished {
		h.connection.SetMaxBodySize(bytes)
	}
}

// SetBodyTimeout says how long the client may take to send the body of this request,
// in place of the server's rules. The time in which the handler lets it wait does
// not count. Zero means those rules, negative for ever. It is for the Prepare of a
// handler with StreamRequestBody.
func (h *RequestHandler) SetBodyTimeout(d time.Duration) {
	if c, ok := h.connection.(httputil.TimedConnection); ok && !h.finished {
		c.SetBodyTimeout(d)
	}
}

// dataKind is the way in which the handlers of a route get their bodies.
type dataKind uint8

const (
	dataWhole       dataKind = iota
	dataPlain                // by a DataReceiver
	dataWithError            // by a DataReceiverWithError
	dataWithFuture           // by a DataReceiverWithFuture
	dataWithContext          // by a DataReceiverWithContext
)

func dataKindOf(h Handler) dataKind {
	switch h.(type) {
	case DataReceiver:
		return dataPlain
	case DataReceiverWithError:
		return dataWithError
	case DataReceiverWithFuture:
		return dataWithFuture
	case DataReceiverWithContext:
		return dataWithContext
	}
	return dataWhole
}

// bindData finds the method for the pieces of the body.
func (e *ConfigError) bindData(r Route, built *route) {
	t := r.target.pointer
	method, ok := t.MethodByName("DataReceived")
	kind := dataKindOf(r.target.create())
	switch {
	case ok && kind == dataWhole:
		e.add(r.where, "%s.%s would never be called: its signature must be DataReceived(chunk []byte), with error or *concurrent.Future[struct{}] as its result, or DataReceived(ctx context.Context, chunk []byte) error",
			t.Elem(), method.Name)
	case ok && !r.stream:
		e.add(r.where, "%s.%s would never be called: the route of `%s` needs the option web.StreamRequestBody()", t.Elem(), method.Name, r.pattern)
	case !ok && r.stream:
		e.add(r.where, "%s has no method for the pieces of the body; write func (h *%s) DataReceived(ctx context.Context, chunk []byte) error",
			t.Elem(), t.Elem().Name())
	case r.stream:
		built.data = kind
	}
}

// An upload is the body of a request whose handler gets it in pieces. It belongs
// to the loop.
type upload struct {
	busy    bool                         // Prepare or DataReceived has begun, and what it began has not ended
	waiting bool                         // no method is running: for the client, or a future of DataReceived
	read    bool                         // the body was read whole
	held    *concurrent.Future[struct{}] // holds up the reading; nil while nothing does
}

// during calls f, and returns a future for goOn if it was not called meanwhile.
func (u *upload) during(f func()) *concurrent.Future[struct{}] {
	u.busy, u.waiting = true, false
	f()
	if !u.busy {
		return nil
	}
	u.held = new(concurrent.Future[struct{}])
	return u.held
}

// goOn lets the reading go on, if it was held up.
func (u *upload) goOn() {
	u.busy, u.waiting = false, true
	if held := u.held; held != nil {
		u.held = nil
		held.SetResult(struct{}{})
	}
}

// beginUpload is called when the head of a request has been read.
func (d *delegate) beginUpload() *concurrent.Future[struct{}] {
	h := d.handler
	d.started = true
	d.connection = h.request.Connection
	d.upload = new(upload)
	return d.upload.during(h.execute)
}

// receive gives the handler a piece of the body.
func (h *RequestHandler) receive(chunk []byte) {
	switch h.route.data {
	case dataWithContext:
		kept := copyOf(chunk)
		h.elsewhere(func(ctx context.Context) error {
			defer kept.release()
			return h.dataReceivedWithContext(ctx, kept.bytes)
		}, h.afterData)
	case dataWithFuture:
		kept := copyOf(chunk)
		h.awaitData(h.dataReceivedWithFuture(kept.bytes), kept)
	default:
		h.afterData(h.dataReceived(chunk))
	}
}

func (h *RequestHandler) dataReceived(chunk []byte) (err error) {
	defer h.catch(&err)
	if h.route.data == dataPlain {
		h.self.(DataReceiver).DataReceived(chunk)
		return nil
	}
	return h.self.(DataReceiverWithError).DataReceived(chunk)
}

func (h *RequestHandler) dataReceivedWithContext(ctx context.Context, chunk []byte) (err error) {
	defer h.catch(&err)
	return h.self.(DataReceiverWithContext).DataReceived(ctx, chunk)
}

func (h *RequestHandler) dataReceivedWithFuture(chunk []byte) *concurrent.Future[struct{}] {
	var future *concurrent.Future[struct{}]
	var err error
	func() {
		defer h.catch(&err)
		future = h.self.(DataReceiverWithFuture).DataReceived(chunk)
	}()
	if err != nil {
		return concurrent.Failed[struct{}](err)
	}
	return future
}

// awaitData goes on when the handler's future is done; kept is the piece that it
// works on.
func (h *RequestHandler) awaitData(future *concurrent.Future[struct{}], kept *buffer) {
	if future == nil || h.finished {
		kept.release()
		h.afterData(nil)
		return
	}
	h.upload.waiting = true
	connection := h.request.Connection
	future.AddDoneCallback(func(f *concurrent.Future[struct{}]) {
		connection.AddCallback(func() {
			kept.release()
			if _, err := f.Result(); h.delegate != nil { // else the client left meanwhile
				h.upload.waiting = false
				h.afterData(err)
			}
		})
	})
}

// afterData goes on after a piece of the body.
func (h *RequestHandler) afterData(err error) {
	if !h.endedBy(err) {
		h.upload.goOn()
	}
}

// afterBody is called when the last piece of the body was received.
func (h *RequestHandler) afterBody() {
	h.upload.waiting, h.upload.read = false, true
	if h.async != nil {
		h.async.limitTime(h.timeLimit())
	}
	h.runVerb()
}

// breakOff ends a request whose body will never come whole.
func (h *RequestHandler) breakOff(err error) {
	var refused *httputil.HTTPInputError
	if errors.As(err, &refused) && !h.wroteHeaders {
		h.status = refused.Status() // which the connection has answered
	}
	h.finished = true
	h.end()
}
