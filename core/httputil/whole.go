package httputil

import "strconv"

// A WholeWriter is an HTTPConnection that writes an answer which is there whole
// with less ado.
type WholeWriter interface {
	// WriteWhole is WriteHeaders, Write and Finish in one, with a Content-Length
	// where there is none and the status allows one.
	WriteWhole(line ResponseStartLine, headers *HTTPHeaders, body []byte) error
}

// WriteWhole writes an answer with its whole body and finishes it, as a WholeWriter
// does. headers may get a Content-Length.
func WriteWhole(c HTTPConnection, line ResponseStartLine, headers *HTTPHeaders, body []byte) error {
	if w, ok := c.(WholeWriter); ok {
		return w.WriteWhole(line, headers, body)
	}
	if StatusHasBody(line.Code) && !headers.Has("Content-Length") {
		_ = headers.Set("Content-Length", strconv.Itoa(len(body))) // digits are valid
	}
	if err := c.WriteHeaders(line, headers, body); err != nil {
		return err
	}
	return c.Finish()
}

// StatusHasBody reports whether answers of a status have a body (RFC 9110 section
// 6.4.1).
func StatusHasBody(status int) bool { return status >= 200 && status != 204 && status != 304 }
