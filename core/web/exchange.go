package web

import (
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/locale"
	"github.com/tornado-dev/tornado/core/routing"
)

// An exchange is the answer to one request as it is being made. It has the owner
// of its handler, and serves other requests afterwards.
type exchange struct {
	delegate *delegate
	match    routing.Match

	// What the owner says to the connection; the connection itself on the loop, an
	// asyncConnection off it.
	connection httputil.HTTPConnection
	async      *asyncRun // nil while no method with a context has been called
	upload     *upload   // nil unless the handler gets the body in pieces

	status       int
	reason       string
	headers      httputil.HTTPHeaders
	room         httputil.HeaderRoom
	trailers     *httputil.HTTPHeaders // nil until one is set
	cookies      []newCookie
	out          *buffer   // what is written and not yet sent; nil if that is nothing
	encoding     *encoding // of a body in pieces that is compressed; nil otherwise
	wroteHeaders bool      // the start line and the headers are sent
	finished     bool      // the answer is complete, or never will be
	failed       bool      // the answer was broken off
	gone         bool      // owned by the loop: the client left
	mistake      error     // owned by the loop: the body did not have the length that was announced

	currentUser any
	userKnown   bool           // currentUser is the answer, also when it is nil
	xsrf        xsrfToken      // of the client's cookie; without a value until somebody asks
	xsrfText    string         // the same, masked for this answer
	locale      *locale.Locale // nil until somebody asks
	requestID   string         // empty until somebody asks
	session     *Session       // nil until somebody asks
	modules     activeModules  // the UI modules that were used
}

// over is the exchange of every handler whose answer is finished. Nothing in it
// ever changes, so that a handler which somebody kept and uses still does no harm
// to the request that has its place.
var over = exchange{finished: true, wroteHeaders: true}

// remember makes room for what is asked of a finished handler that somebody keeps,
// as the handlers of upgraded connections are: over is everybody's.
func (h *RequestHandler) remember() {
	if h.exchange == &over {
		own := over
		h.exchange = &own
	}
}
