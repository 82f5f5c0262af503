package web

import (
	"bytes"
	"strings"
)

// insertPageScript puts the listener's script at the end of a page that a browser
// navigates to.
func (h *RequestHandler) insertPageScript() {
	script := h.app.traced.PageScript
	if script == "" || h.out == nil || !h.isPage() {
		return
	}
	at := lastBodyEnd(h.out.bytes)
	page := append(make([]byte, 0, len(h.out.bytes)+len(script)), h.out.bytes[:at]...)
	page = append(page, script...)
	h.out.bytes = append(page, h.out.bytes[at:]...)
	h.headers.Del("Content-Length") // of what the handler wrote
	// The browser must not take its copy for good: the script in it is of an
	// earlier program.
	h.headers.Del("Etag")
	h.headers.Del("Last-Modified")
}

// isPage reports whether the answer will be shown by a browser as a page of its
// own.
func (h *RequestHandler) isPage() bool {
	return h.request.Headers.Get("Sec-Fetch-Dest") == "document" &&
		(h.status >= 200 && h.status < 300 && h.status != 206 || h.status >= 400) &&
		strings.HasPrefix(h.headers.Get("Content-Type"), "text/html") &&
		!h.headers.Has("Content-Encoding")
}

// lastBodyEnd is where the last </body> of a page begins, or the page's end: a
// page without one is complete all the same, and a script may follow it.
func lastBodyEnd(page []byte) int {
	const tag = "</body"
	for i := len(page) - len(tag); i >= 0; i-- {
		if page[i] == '<' && bytes.EqualFold(page[i:i+len(tag)], []byte(tag)) {
			return i
		}
	}
	return len(page)
}
