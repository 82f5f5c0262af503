package web

import (
	"context"
	"slices"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/trace"
)

// A RequestHandler answers one request. It is embedded in a handler type, whose
// methods Get, Head, Post, Put, Patch, Delete and Options are called for the
// verbs of these names:
//
//	func (h *Story) Get(id int) error                      // on the loop: nothing here may wait
//	func (h *Story) Get(ctx context.Context, id int) error // in its own goroutine
//
// They take one argument for each group of the route's pattern, of type string,
// bool, or any kind of integer or float, and may return an error. What they write
// is sent when they return. A context ends when the client leaves, or after
// Settings.RequestTimeout.
//
// A handler has one owner at a time: the loop, then the goroutine of a method
// with a context, then the loop again. Nobody else may use it, and not even they
// after OnFinish.
type RequestHandler struct {
	// Request is what is answered. It may be kept beyond the answer.
	Request *httputil.HTTPServerRequest

	// Set when the handler is made and never changed.
	app   *Application
	route *route
	self  Handler // the struct that embeds this one

	request httputil.HTTPServerRequest

	*exchange // over when the answer is finished
}

func (h *RequestHandler) requestHandler() *RequestHandler { return h }

// Application is the application that the handler's route belongs to.
func (h *RequestHandler) Application() *Application { return h.app }

// Settings are those of the application. They must not be changed.
func (h *RequestHandler) Settings() *Settings { return &h.app.settings }

// PathArgs are the values of the groups of the route's pattern, percent-decoded.
// They can be asked for in Prepare already.
func (h *RequestHandler) PathArgs() []string { return slices.Clone(h.match.Values()) }

// Finished reports whether the answer has been finished.
func (h *RequestHandler) Finished() bool { return h.finished }

// Context ends when the client leaves or the request's time is over. Outside of
// methods with a context it never ends.
func (h *RequestHandler) Context() context.Context {
	if h.async == nil {
		return context.Background()
	}
	return h.async.ctx
}

// onLoop reports whether the loop owns the handler.
func (h *RequestHandler) onLoop() bool {
	_, elsewhere := h.connection.(*asyncConnection)
	return !elsewhere
}

// enter tells a listener that a phase of the request begins, and returns the one
// that ends.
func (h *RequestHandler) enter(p trace.Phase) trace.Phase {
	t := h.Request.Trace
	if t == nil {
		return 0
	}
	if c, ok := h.connection.(*asyncConnection); ok {
		return c.enter(t, p)
	}
	return t.Enter(p)
}
