package http1connection

import (
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

// framing says how the receiver finds the end of an answer's body.
type framing uint8

const (
	framingNone    framing = iota // there is no body
	framingLength                 // Content-Length octets
	framingChunked                // chunked
	framingClose                  // until the connection closes
	framingTunnel                 // none; what follows is another protocol's
)

// hasNoBody reports whether an answer cannot have a body, whatever its fields say
// (RFC 9112 section 6.3).
func hasNoBody(method string, status int) bool {
	return method == "HEAD" || status == 204 || status == 304 || 100 <= status && status < 200
}

// isTunnel reports whether an answer is the last that is HTTP on its connection.
func isTunnel(method string, status int) bool {
	return status == 101 || method == "CONNECT" && 200 <= status && status < 300
}

// isInterim reports whether an answer is not the one that the client waits for.
func isInterim(status int) bool { return 100 <= status && status < 200 && status != 101 }

// statusReset is the status that has no body although its fields must say so: with
// "Content-Length: 0" (RFC 9110 section 15.3.6).
const statusReset = 205

// responseFraming decides how the body of an answer is delimited. http10 says
// that the request was of HTTP/1.0, which knows no chunks.
func responseFraming(method string, status int, http10, hasContentLength bool) framing {
	switch {
	case isTunnel(method, status):
		return framingTunnel
	case hasNoBody(method, status) || status == statusReset:
		return framingNone
	case hasContentLength:
		return framingLength
	case http10:
		return framingClose
	}
	return framingChunked
}

// mayHaveContentLength reports whether an answer may carry Content-Length: not
// 1xx, 204 and 2xx to a CONNECT (RFC 9110 section 8.6).
func mayHaveContentLength(method string, status int) bool {
	return status >= 200 && status != 204 && !isTunnel(method, status)
}

// canKeepAlive reports whether the connection may go on after the request, as far
// as the client is concerned: "close" anywhere ends it, HTTP/1.0 must ask to go
// on, and must have made clear where its body ends.
func canKeepAlive(h *RequestHead) bool {
	switch {
	case h.Close:
		return false
	case !h.HTTP10:
		return true
	}
	return h.KeepAlive && (h.ContentLength >= 0 || h.Method == "GET" || h.Method == "HEAD")
}

// hasBody reports whether octets of a body follow the head.
func hasBody(h *RequestHead) bool { return h.Chunked || h.ContentLength > 0 }

// wantsContinue reports whether the client waits for 100 (Continue).
func wantsContinue(h *RequestHead) bool { return h.ExpectContinue && hasBody(h) }

const continueLine = "HTTP/1.1 100 Continue\r\n\r\n"

var statusLines = func() (lines [600]string) {
	for code := range lines {
		if httputil.StatusText(code) != "Unknown" {
			lines[code] = "HTTP/1.1 " + strconv.Itoa(code) + " " + httputil.StatusText(code) + "\r\n"
		}
	}
	return lines
}()

// appendStatusLine appends the first line of an answer, with its CRLF. An empty
// reason means that of the code. It fails with an HTTPInputError if the code does
// not have three digits or the reason could end the line.
func appendStatusLine(dst []byte, code int, reason string) ([]byte, error) {
	if reason == "" && 0 <= code && code < len(statusLines) && statusLines[code] != "" {
		return append(dst, statusLines[code]...), nil
	}
	if code < 100 || code > 999 {
		return dst, httputil.Malformed("status code %d does not have three digits", code)
	}
	if !httputil.ValidFieldValue(reason) {
		return dst, httputil.Malformed("invalid reason phrase %q", reason)
	}
	if reason == "" {
		reason = httputil.StatusText(code)
	}
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(code), 10)
	dst = append(dst, ' ')
	dst = append(dst, reason...)
	return append(dst, "\r\n"...), nil
}

// lastChunk ends a chunked body without trailer.
const lastChunk = "0\r\n\r\n"

// appendChunk appends one chunk. An empty one is left out: it would end the body.
func appendChunk(dst, data []byte) []byte {
	if len(data) == 0 {
		return dst
	}
	dst = appendChunkHeader(dst, len(data))
	dst = append(dst, data...)
	return append(dst, "\r\n"...)
}

// appendChunkHeader appends the size line of a chunk of n octets.
func appendChunkHeader(dst []byte, n int) []byte {
	dst = strconv.AppendUint(dst, uint64(n), 16)
	return append(dst, "\r\n"...)
}

// hasToken reports whether the comma-separated list holds token, in any case.
func hasToken(list, token string) bool {
	for more := list != ""; more; {
		var one string
		one, list, more = strings.Cut(list, ",")
		if httputil.EqualFold(httputil.TrimSpace(one), token) {
			return true
		}
	}
	return false
}
