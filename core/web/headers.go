package web

import (
	"fmt"
	"strconv"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
)

const (
	serverName      = "tornado-dev"
	htmlContentType = "text/html; charset=UTF-8"
	jsonContentType = "application/json; charset=UTF-8"
	textContentType = "text/plain; charset=UTF-8"
)

// defaultHeaders are those that every answer begins with.
var defaultHeaders = func() (h httputil.HTTPHeaders) {
	_ = h.Set("Server", serverName)            // constants
	_ = h.Set("Content-Type", htmlContentType) // are valid
	return h
}()

// clear gives the answer its default status and headers, and forgets what was
// written. Cookies stay: who is logged out by a request that fails is logged out.
func (h *RequestHandler) clear() {
	h.status, h.reason = 200, ""
	h.headers.CopyFrom(&defaultHeaders)
	h.trailers = nil
	if name := h.app.settings.RequestIDHeader; name != "" {
		check(h.headers.Set(name, h.RequestID()))
	}
	if h.out != nil {
		h.out.bytes = h.out.bytes[:0]
	}
	if h.route.cors != nil {
		h.allowOrigin()
	}
	if h.route.overrides&hasSetDefaultHeaders != 0 {
		h.self.(DefaultHeaderSetter).SetDefaultHeaders()
	}
}

// SetStatus sets the status of the answer, and its reason phrase if the usual one
// will not do. It panics if code has not three digits or is below 200, since a client
// goes on waiting after an interim answer, or if the reason could not stand in a start
// line; that is answered with 500. After the headers were sent it does nothing.
func (h *RequestHandler) SetStatus(code int, reason ...string) {
	if !isFinalStatus(code) {
		panic(fmt.Errorf("web: SetStatus(%d): an answer has a status from 200 to 999", code))
	}
	phrase := ""
	if len(reason) > 0 {
		phrase = reason[0]
	}
	if !validReason(phrase) {
		panic(fmt.Errorf("web: SetStatus(%d, %q): the reason has characters that cannot stand in a start line", code, phrase))
	}
	if h.wroteHeaders {
		return
	}
	h.status, h.reason = code, phrase
}

// isFinalStatus reports whether a client takes an answer of that status for the last
// one (RFC 9110 section 15).
func isFinalStatus(code int) bool { return code >= 200 && code <= 999 }

// validReason reports whether s can be a reason phrase. Beyond the grammar it
// must not look like HTML, since some clients show it.
func validReason(s string) bool {
	for i := range len(s) {
		if s[i] == '<' {
			return false
		}
	}
	return httputil.ValidFieldValue(s)
}

// GetStatus is the status the answer has so far.
func (h *RequestHandler) GetStatus() int { return h.status }

// SetHeader gives a field of the answer one value in place of all it had: a
// string, an integer or a time.Time. It panics if name is no field name, or the
// value has a control character in it, a line end above all, since it could end
// the header and begin a body of the client's choosing; that is answered with 500.
// After the headers were sent it does nothing.
func (h *RequestHandler) SetHeader(name string, value any) {
	if text := headerValue(name, value); !h.wroteHeaders {
		check(h.headers.Set(name, text))
	}
}

// AddHeader gives a field of the answer one more value, as SetHeader does.
func (h *RequestHandler) AddHeader(name string, value any) {
	if text := headerValue(name, value); !h.wroteHeaders {
		check(h.headers.Add(name, text))
	}
}

// ClearHeader removes a field of the answer.
func (h *RequestHandler) ClearHeader(name string) {
	if !h.wroteHeaders {
		h.headers.Del(name)
	}
}

// headerValue is how a value reads in a field.
func headerValue(name string, value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case time.Time:
		return httputil.FormatTimestamp(v)
	case int64, int32, uint, uint64, uint32:
		return fmt.Sprint(v)
	case []byte:
		return string(v)
	}
	panic(fmt.Errorf("web: the header %q cannot be a %T; give a string, an integer or a time.Time", name, value))
}

// check panics with an error that only a bug in the handler can lead to.
func check(err error) {
	if err != nil {
		panic(fmt.Errorf("web: %w", err))
	}
}

// must panics with an error that says already whose it is.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
