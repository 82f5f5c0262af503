package http1connection

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

// maxEmptyLines is how many CRLF may stand before a request line. RFC 9112
// section 2.2 wants at least one tolerated, for clients that send one too many
// after a body.
const maxEmptyLines = 8

// FindRequestEnd is FindHeadEnd for the head of a request. It fails as well, as
// Parse would, as soon as what has come is no beginning of a request, or its request
// line is there and malformed: a client of another protocol, or of HTTP/0.9, would
// wait for an answer and never send the end.
func FindRequestEnd(data []byte, from int, limits *Limits) (start, end int, err error) {
	start, err = skipEmptyLines(data)
	switch {
	case err != nil:
		return 0, 0, err
	case start < len(data) && data[start] != '\r' && !httputil.ValidTokenOctet(data[start]):
		return 0, 0, errNoRequest
	}
	_, end, err = FindHeadEnd(data, from, limits)
	if end == 0 && err != errLineTooLong {
		if malformed := checkRequestLine(data[start:], from-start); malformed != nil {
			return 0, 0, malformed
		}
	}
	return start, end, err
}

// checkRequestLine checks the line that data begin with when its end, at from or
// behind, has come.
func checkRequestLine(data []byte, from int) error {
	end := bytes.IndexByte(data, '\n')
	if end < max(from, 1) || data[end-1] != '\r' {
		return nil
	}
	_, err := httputil.ParseRequestStartLine(string(data[:end-1]))
	return err
}

// FindHeadEnd looks for a head at the beginning of data, which is everything that
// has come and is not part of an earlier message. The head is data[start:end], its
// empty line included; what precedes it are empty lines.
//
// end is zero while more bytes are needed. Call again when there are more with
// from = len(data) of this call: the cost is linear in what has come. It fails with
// an HTTPInputError when the head is beyond a limit; and when a line ends in LF or in
// CR alone and the end is not there yet, so that nobody waits for it.
func FindHeadEnd(data []byte, from int, limits *Limits) (start, end int, err error) {
	start, err = skipEmptyLines(data)
	if err != nil {
		return 0, 0, err
	}
	maxLine, maxHead := limits.requestLine(), limits.headerSize()
	// The request line is looked for once, by the call in which it must be there.
	if last := start + maxLine + 2; from < last && len(data) >= last && bytes.IndexByte(data[start:last], '\n') < 0 {
		return 0, 0, errLineTooLong
	}
	if i := bytes.Index(data[max(from-3, start):], endOfHead); i >= 0 {
		end = max(from-3, start) + i + len(endOfHead)
	} else if err := checkLineEnds(data, max(from, start)); err != nil {
		return 0, 0, err // the end may never come
	}
	if end-start > maxHead || end == 0 && len(data)-start >= maxHead {
		return 0, 0, errHeadTooLarge
	}
	return start, end, nil
}

var endOfHead = []byte("\r\n\r\n")

// checkLineEnds fails if data have a CR without LF behind it or a LF without CR before
// it; what stands before from was looked at already. What follows a CR at the end is
// not known yet.
func checkLineEnds(data []byte, from int) error {
	if from > 0 && data[from-1] == '\r' {
		from--
	}
	for rest := data[from:]; ; {
		i := bytes.IndexAny(rest, "\r\n")
		switch {
		case i < 0 || rest[i] == '\r' && i+1 == len(rest):
			return nil
		case rest[i] == '\n':
			return errBareLF
		case rest[i+1] != '\n':
			return errBareCR
		}
		rest = rest[i+2:]
	}
}

func skipEmptyLines(data []byte) (int, error) {
	for i := 0; ; i += 2 {
		switch {
		case i >= len(data) || data[i] != '\r' && data[i] != '\n':
			return i, nil
		case data[i] == '\n':
			return 0, errBareLF
		case i+1 == len(data):
			return i, nil
		case data[i+1] != '\n':
			return 0, errRequestLine
		case i >= 2*maxEmptyLines:
			return 0, errEmptyLines
		}
	}
}

// onlyEmptyLines reports whether data are no beginning of a request: nothing, or
// the end of the line that some clients send behind a body.
func onlyEmptyLines(data []byte) bool { return len(bytes.Trim(data, "\r\n")) == 0 }

// A RequestHead is what the head of a request says. Its strings are parts of the
// one string it was parsed from.
type RequestHead struct {
	Method  string
	URI     string // as sent
	Version string // "HTTP/1.1"
	Fields  string // the header lines without the empty one, valid; for httputil.ParsedHeaders

	// Host is the Host field; the authority of an absolute URI wins over it. Without
	// both it is httputil.NoHost.
	Host string

	ContentLength int64 // -1 if none was sent
	Chunked       bool  // the body is chunked; ContentLength is -1 then
	HTTP10        bool  // the minor version is 0

	Close          bool // "close" in Connection
	KeepAlive      bool // "keep-alive" in Connection
	Upgrade        bool // "upgrade" in Connection, and an Upgrade field
	ExpectContinue bool // the client waits for 100 (Continue) before it sends the body
}

// Parse reads raw, a head as FindHeadEnd found it with its empty line, and checks
// all of it. It fails with an HTTPInputError, whose StatusCode is the answer;
// the connection must be closed after it.
func (h *RequestHead) Parse(raw string, limits *Limits) error {
	*h = RequestHead{ContentLength: -1}
	if len(raw) > limits.headerSize() {
		return errHeadTooLarge
	}
	end := strings.IndexByte(raw, '\n')
	if end < 1 || raw[end-1] != '\r' {
		return errBareLF
	}
	if end-1 > limits.requestLine() {
		return errLineTooLong
	}
	line, err := httputil.ParseRequestStartLine(raw[:end-1])
	if err != nil {
		return err
	}
	h.Method, h.URI, h.Version = line.Method, line.Path, line.Version
	h.HTTP10 = line.Version == "HTTP/1.0"
	h.Fields = raw[end+1:]
	return h.parseFields(limits.fields())
}

// seen is what parseFields must remember between the fields.
type seen struct {
	host, encoding, upgradeField, upgradeToken bool

	length string // the first Content-Length
}

// parseFields reads h.Fields, which still has the empty line at its end, and
// takes that off.
func (h *RequestHead) parseFields(maxFields int) error {
	var s seen
	rest := h.Fields
	for count := 0; !strings.HasPrefix(rest, "\r\n"); count++ {
		if count == maxFields {
			return errTooManyFields
		}
		colon, end, err := scanField(rest)
		if err != nil {
			return err
		}
		if err := h.know(&s, rest[:colon], rest[colon+1:end]); err != nil {
			return err
		}
		rest = rest[end+len("\r\n"):]
	}
	h.Fields = h.Fields[:len(h.Fields)-len(rest)]
	return h.conclude(&s)
}

// scanField returns where in the field that lines begins with are its colon and
// its CRLF.
func scanField(lines string) (colon, end int, err error) {
	colon = httputil.TokenLength(lines)
	if colon == 0 || colon == len(lines) || lines[colon] != ':' {
		if strings.HasPrefix(lines, " ") || strings.HasPrefix(lines, "\t") {
			return 0, 0, errFolded
		}
		return 0, 0, errFieldName
	}
	end = colon + 1 + httputil.FieldValueLength(lines[colon+1:])
	if !strings.HasPrefix(lines[end:], "\r\n") {
		switch {
		case strings.HasPrefix(lines[end:], "\n"):
			return 0, 0, errBareLF
		case strings.HasPrefix(lines[end:], "\r"):
			return 0, 0, errBareCR
		}
		return 0, 0, errFieldValue
	}
	return colon, end, nil
}

// know takes note of the fields on which the connection depends. The length of
// the name sorts out nearly all others.
func (h *RequestHead) know(s *seen, name, value string) error {
	switch len(name) {
	case len("Host"):
		if httputil.EqualFold(name, "Host") {
			if s.host {
				return errSeveralHosts
			}
			s.host, h.Host = true, httputil.TrimSpace(value)
		}
	case len("Expect"):
		if httputil.EqualFold(name, "Expect") {
			return h.knowExpect(httputil.TrimSpace(value))
		}
	case len("Upgrade"):
		if httputil.EqualFold(name, "Upgrade") {
			s.upgradeField = true
		}
	case len("Connection"):
		if httputil.EqualFold(name, "Connection") {
			h.knowConnection(s, value)
		}
	case len("Content-Length"):
		if httputil.EqualFold(name, "Content-Length") {
			return h.knowLength(s, httputil.TrimSpace(value))
		}
	case len("Transfer-Encoding"):
		if httputil.EqualFold(name, "Transfer-Encoding") {
			if s.encoding {
				return errEncodingTwice
			}
			s.encoding, h.Chunked = true, true
			return httputil.CheckTransferEncoding(value)
		}
	}
	return nil
}

// knowExpect takes note of an expectation. HTTP/1.0 knows none, and there it is
// ignored (RFC 9110 section 10.1.1).
func (h *RequestHead) knowExpect(value string) error {
	switch {
	case h.HTTP10 || value == "":
		return nil
	case !httputil.EqualFold(value, "100-continue"):
		return errExpectation
	}
	h.ExpectContinue = true
	return nil
}

// knowConnection takes note of the tokens of Connection, wherever in its fields
// they stand.
func (h *RequestHead) knowConnection(s *seen, value string) {
	h.Close = h.Close || hasToken(value, "close")
	h.KeepAlive = h.KeepAlive || hasToken(value, "keep-alive")
	s.upgradeToken = s.upgradeToken || hasToken(value, "upgrade")
}

// knowLength reads a Content-Length. RFC 9110 section 8.6 lets identical values,
// in several fields or in one, count as one; "3" and "03" are not.
func (h *RequestHead) knowLength(s *seen, value string) error {
	for more := true; more; {
		var digits string
		digits, value, more = strings.Cut(value, ",")
		digits = httputil.TrimSpace(digits)
		n, err := httputil.ParseInt(digits)
		if err != nil {
			return fmt.Errorf("Content-Length: %w", err)
		}
		if h.ContentLength >= 0 && s.length != digits {
			return errLengths
		}
		h.ContentLength, s.length = n, digits
	}
	return nil
}

// conclude checks what only the whole of the fields can tell.
func (h *RequestHead) conclude(s *seen) error {
	// RFC 9112 section 6.3: Transfer-Encoding overrides Content-Length. Both at
	// once is how a request is smuggled past a proxy, so it is refused.
	if h.Chunked && h.ContentLength >= 0 {
		return errBothLengths
	}
	// An HTTP/1.0 proxy on the way did not understand the field and may have taken
	// the body for something else.
	if h.Chunked && h.HTTP10 {
		return errEncodingIn10
	}
	// RFC 9110 section 7.8: HTTP/1.0 cannot be upgraded.
	h.Upgrade = s.upgradeToken && s.upgradeField && !h.HTTP10
	if !s.host {
		if !h.HTTP10 {
			return errNoHost
		}
		h.Host = httputil.NoHost
	}
	if !httputil.ValidHost(h.Host) {
		return errHost
	}
	if h.URI[0] != '/' {
		if authority, _, ok := httputil.CutAuthority(h.URI); ok {
			if authority == "" || !httputil.ValidHost(authority) {
				return errHost
			}
			h.Host = authority
		}
	}
	return nil
}

// Fill puts what the head says into a request. The other fields of r, among them
// RemoteIP, Protocol, Started and Connection, are left alone.
func (h *RequestHead) Fill(r *httputil.HTTPServerRequest) {
	r.Method, r.Version, r.Host = h.Method, h.Version, h.Host
	r.Headers = httputil.ParsedHeaders(h.Fields)
	r.SetURI(h.URI)
}
