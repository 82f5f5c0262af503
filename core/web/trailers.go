package web

import (
	"fmt"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

// SetTrailer gives the answer a field that follows its body, in place of an earlier
// value: a checksum, say, or how long it took. It can be called until the answer is
// finished; what is set after the first Flush must have been announced before, by
// SetTrailer with any value or in the header Trailer.
//
// Clients and proxies may ignore trailers; those of HTTP/1.0, and of answers with a
// Content-Length of the handler's, are not sent. SetTrailer panics, which is answered
// with 500, for a field that cannot be one (see httputil.ValidTrailer), and for one
// that should have been announced.
func (h *RequestHandler) SetTrailer(name string, value any) {
	text := headerValue(name, value)
	switch {
	case h.finished:
		return
	case !httputil.ValidTrailer(name):
		panic(fmt.Errorf("web: %q is no field that can follow a body", name))
	case h.announced(name):
	case h.wroteHeaders:
		panic(fmt.Errorf("web: the trailer %q was not announced before the headers were sent", name))
	default:
		check(h.headers.Add("Trailer", httputil.NormalizeName(name)))
	}
	if h.trailers == nil {
		h.trailers = new(httputil.HTTPHeaders)
	}
	check(h.trailers.Set(name, text))
}

// announced reports whether the header Trailer has a name.
func (h *RequestHandler) announced(name string) bool {
	for _, list := range h.headers.GetList("Trailer") {
		for one := range strings.SplitSeq(list, ",") {
			if httputil.EqualFold(httputil.TrimSpace(one), name) {
				return true
			}
		}
	}
	return false
}

// hasTrailers reports whether something follows the body.
func (h *RequestHandler) hasTrailers() bool {
	return h.trailers != nil && httputil.StatusHasBody(h.status)
}

// sendTrailers gives them to the connection, which sends them at the end.
func (h *RequestHandler) sendTrailers() {
	if c, ok := h.connection.(httputil.TrailerWriter); ok && h.trailers != nil {
		c.SetTrailers(h.trailers)
	}
}

// SetTrailers implements httputil.TrailerWriter. The owner of trailers must not
// change them afterwards.
func (c *asyncConnection) SetTrailers(trailers *httputil.HTTPHeaders) {
	c.post(func() {
		if t, ok := c.connection.(httputil.TrailerWriter); ok && !c.ended {
			t.SetTrailers(trailers)
		}
	})
}

// TrailersReceived keeps what followed the body of the request.
func (d *delegate) TrailersReceived(trailers httputil.HTTPHeaders) {
	d.handler.request.SetTrailers(trailers)
}

var _ httputil.TrailerDelegate = (*delegate)(nil)
