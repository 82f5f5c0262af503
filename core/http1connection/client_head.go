package http1connection

import (
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

var (
	errBeforeAnswer   = &httputil.HTTPInputError{Message: "an empty line stands before the answer"}
	errStatusLine     = &httputil.HTTPInputError{Message: "the answer does not begin with a status line that ends in CRLF"}
	errStatusCode     = &httputil.HTTPInputError{Message: "the status code of the answer is below 100"}
	errAnswerIn10     = &httputil.HTTPInputError{Message: "Transfer-Encoding in an answer of HTTP/1.0"}
	errLengthOfNoBody = &httputil.HTTPInputError{Message: "an answer that has no body announces one"}
)

// A ResponseHead is what the head of an answer says. Its strings are parts of the
// one string it was parsed from.
type ResponseHead struct {
	Version string // "HTTP/1.1"
	Code    int
	Reason  string // may be empty
	Fields  string // the header lines without the empty one, valid; for httputil.ParsedHeaders

	ContentLength int64 // -1 if none was sent
	Chunked       bool  // the body is chunked; ContentLength is -1 then
	HTTP10        bool  // the minor version is 0

	Close     bool // "close" in Connection
	KeepAlive bool // "keep-alive" in Connection
	Upgrade   bool // "upgrade" in Connection, and an Upgrade field

	// Decoded is the coding that is taken off the body before anybody sees it. Parse
	// leaves it empty.
	Decoded string
}

// Parse reads raw, a head as FindHeadEnd found it with its empty line, and checks
// all of it by the rules that a request must keep: what our server would refuse is
// not believed here either. It fails with an HTTPInputError; the connection must be
// closed after it.
func (h *ResponseHead) Parse(raw string, limits *Limits) error {
	*h = ResponseHead{ContentLength: -1}
	if len(raw) > limits.headerSize() {
		return errHeadTooLarge
	}
	end := strings.IndexByte(raw, '\n')
	if end < 1 || raw[end-1] != '\r' {
		return errStatusLine
	}
	line, err := parseStatusLine(raw[:end-1])
	if err != nil {
		return err
	}
	if line.Code < 100 {
		return errStatusCode
	}
	h.Version, h.Code, h.Reason = line.Version, line.Code, line.Reason
	h.HTTP10 = line.Version == "HTTP/1.0"
	h.Fields = raw[end+1:]
	return h.parseFields(limits.fields())
}

// parseStatusLine lets the space be missing before a reason that is missing: some
// send that, and nobody reads it in another way.
func parseStatusLine(line string) (httputil.ResponseStartLine, error) {
	if len(line) == len("HTTP/1.1 200") {
		line += " "
	}
	return httputil.ParseResponseStartLine(line)
}

// parseFields reads h.Fields, which still has the empty line at its end, and takes
// that off.
func (h *ResponseHead) parseFields(maxFields int) error {
	var s seen
	framing := RequestHead{ContentLength: -1} // the rules are the same
	rest := h.Fields
	for count := 0; !strings.HasPrefix(rest, "\r\n"); count++ {
		if count == maxFields {
			return errTooManyFields
		}
		colon, end, err := scanField(rest)
		if err != nil {
			return err
		}
		if err := framing.knowOfAnswer(&s, rest[:colon], rest[colon+1:end]); err != nil {
			return err
		}
		rest = rest[end+len("\r\n"):]
	}
	h.Fields = h.Fields[:len(h.Fields)-len(rest)]
	h.ContentLength, h.Chunked = framing.ContentLength, framing.Chunked
	h.Close, h.KeepAlive = framing.Close, framing.KeepAlive
	h.Upgrade = s.upgradeToken && s.upgradeField && !h.HTTP10
	return h.conclude()
}

// knowOfAnswer is know, but for Host and Expect, which mean nothing in an answer.
func (h *RequestHead) knowOfAnswer(s *seen, name, value string) error {
	switch len(name) {
	case len("Host"), len("Expect"):
		return nil
	}
	return h.know(s, name, value)
}

// conclude checks what only the whole of the fields can tell.
func (h *ResponseHead) conclude() error {
	switch {
	// RFC 9112 section 6.3: whoever believes the other of the two takes the end of
	// this answer for the next one.
	case h.Chunked && h.ContentLength >= 0:
		return errBothLengths
	case h.Chunked && h.HTTP10:
		return errAnswerIn10
	// RFC 9110 section 8.6 and RFC 9112 section 6.1. "Content-Length: 0" of a 204 is
	// wrong, widespread and clear.
	case isInterim(h.Code) || h.Code == 204:
		if h.Chunked || h.ContentLength > 0 || h.ContentLength == 0 && h.Code != 204 {
			return errLengthOfNoBody
		}
	}
	return nil
}

// framing decides how the body is delimited, in an answer to method.
func (h *ResponseHead) framing(method string) framing {
	switch {
	case isTunnel(method, h.Code):
		return framingTunnel
	case hasNoBody(method, h.Code):
		return framingNone
	case h.Chunked:
		return framingChunked
	case h.ContentLength >= 0:
		return framingLength
	}
	return framingClose
}

// canReuse reports whether the connection may carry another request, as far as the
// server is concerned.
func (h *ResponseHead) canReuse(body framing) bool {
	switch {
	case h.Close || body == framingClose || body == framingTunnel:
		return false
	case h.HTTP10:
		return h.KeepAlive
	}
	return true
}
