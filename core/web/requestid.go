package web

import (
	"crypto/rand"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/log"
)

// requestIDKey is what an id is called in the log.
const requestIDKey = "request_id"

// RequestID names the request in the log: what Settings.RequestIDHeader of it says,
// if Settings.TrustRequestID believes that, and else a random text. It is the same
// as long as the request lasts.
func (h *RequestHandler) RequestID() string {
	if h.requestID != "" {
		return h.requestID
	}
	id := ""
	if s := &h.app.settings; s.TrustRequestID && s.RequestIDHeader != "" {
		id = h.Request.Headers.Get(s.RequestIDHeader)
	}
	if !isRequestID(id) {
		id = rand.Text()
	}
	h.remember()
	h.requestID = id
	return id
}

const maxRequestID = 128 // characters

// isRequestID reports whether a text can be an id: one that is short, and that no
// log, header or page has to escape.
func isRequestID(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && c != '-' && c != '_' && c != '.' && c != ':' && c != '+' && c != '/' && c != '=' {
			return false
		}
	}
	return text != "" && len(text) <= maxRequestID
}

// Log is for what a handler has to say about its request: what is logged by it
// belongs to the request, in the workbench and, with Settings.RequestIDHeader, by its
// id in the line.
func (h *RequestHandler) Log() *log.Logger { return h.logger(log.Application) }

func (h *RequestHandler) logger(l *log.Logger) *log.Logger {
	if id := h.Request.TraceID; id != 0 {
		l = l.WithRequest(id)
	}
	if h.app.settings.RequestIDHeader != "" {
		l = l.With(requestIDKey, h.RequestID())
	}
	return l
}

// checkRequestID finds settings that cannot work.
func (e *ConfigError) checkRequestID(s *Settings) {
	if s.RequestIDHeader != "" && !httputil.ValidToken(s.RequestIDHeader) {
		e.add("", "RequestIDHeader %q could not be the name of a header", s.RequestIDHeader)
	}
	if s.TrustRequestID && s.RequestIDHeader == "" {
		e.add("", "TrustRequestID needs the setting RequestIDHeader, such as \"X-Request-Id\"")
	}
}
