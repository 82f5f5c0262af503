package http1connection

import (
	"fmt"
	"strconv"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/netutil"
)

// answer is the state of the answer that is being given.
type answer struct {
	method      string
	http10      bool
	mayUpgrade  bool // the client asked for another protocol
	keepAlive   bool
	headersSent bool
	bodyRead    bool // the request was there whole when the headers went out
	// clientGoesOn says that the client expects the connection to stay open.
	clientGoesOn bool
	finished     bool
	framing      framing
	trailers     []byte // fields that follow a chunked body, each with its line end; nil for none
	left         int64  // with framingLength: bytes that are still to come
}

// WriteHeaders begins the answer. A status of 1xx but 101 is an interim answer,
// which may come several times before; clients of HTTP/1.0, who do not know them,
// are spared it.
func (c *ServerConnection) WriteHeaders(line httputil.ResponseStartLine, headers *httputil.HTTPHeaders, chunk []byte) error {
	return c.begin(line, headers, chunk, false)
}

// WriteWhole writes an answer with its whole body, and ends it.
func (c *ServerConnection) WriteWhole(line httputil.ResponseStartLine, headers *httputil.HTTPHeaders, body []byte) error {
	if err := c.begin(line, headers, body, true); err != nil || isInterim(line.Code) {
		return err
	}
	return c.Finish()
}

var _ httputil.WholeWriter = (*ServerConnection)(nil)

// begin writes the head of an answer and the first of its body, or all of it.
func (c *ServerConnection) begin(line httputil.ResponseStartLine, headers *httputil.HTTPHeaders, chunk []byte, whole bool) error {
	a := &c.answer
	if c.stream.Closed() || c.message == nil {
		return errClosed
	}
	said := survey(headers)
	if err := a.check(line.Code, &said); err != nil {
		return err
	}
	if said.length != "" && (!mayHaveContentLength(a.method, line.Code) || line.Code == statusReset) {
		without := headers.Clone()
		without.Del("Content-Length")
		headers, said.length = &without, ""
	}
	if isInterim(line.Code) {
		return c.writeInterim(line, headers)
	}
	said.whole = -1
	switch {
	case line.Code == statusReset:
		said.whole = 0
	case whole && said.length == "" && httputil.StatusHasBody(line.Code):
		said.whole = len(chunk)
	}
	a.framing = responseFraming(a.method, line.Code, a.http10, said.length != "" || said.whole >= 0)
	if a.framing == framingLength {
		left, err := said.contentLength()
		if err != nil {
			return err
		}
		a.left = left
	}
	a.bodyRead = c.bodyIsRead()
	if !a.bodyRead || c.draining || a.framing >= framingClose || said.close {
		a.keepAlive = false
	}
	before := c.stream.Buffer()
	out, err := appendStatusLine(before, line.Code, line.Reason)
	if err != nil {
		return fmt.Errorf("http1connection: %w", err)
	}
	out = c.appendFields(out, headers, &said)
	a.headersSent = true
	c.stream.SetBuffer(out)
	c.shared.tally.answered(line.Code)
	c.publish()
	c.trace.KeepAnswerHead(line.Code, out[len(before):], len(chunk))
	if len(chunk) == 0 {
		return nil
	}
	return c.Write(chunk)
}

// A survey of an answer's fields is what of them concerns the connection.
type surveyed struct {
	length   string // Content-Length; several are joined, and so no number
	encoding bool   // Transfer-Encoding
	close    bool   // "close" in Connection
	date     bool
	whole    int // how long the body is, if that is known without a Content-Length; else -1
}

func (s *surveyed) contentLength() (int64, error) {
	if s.whole >= 0 {
		return int64(s.whole), nil
	}
	n, err := httputil.ParseInt(s.length)
	if err != nil {
		return 0, fmt.Errorf("http1connection: Content-Length %q of the answer: %w", s.length, httputil.ErrOutput)
	}
	return n, nil
}

func survey(headers *httputil.HTTPHeaders) (s surveyed) {
	for name, value := range headers.All() {
		switch name {
		case "Content-Length":
			if s.length != "" {
				value = s.length + "," + value
			}
			s.length = value
		case "Transfer-Encoding":
			s.encoding = true
		case "Connection":
			s.close = s.close || hasToken(value, "close")
		case "Date":
			s.date = true
		}
	}
	return s
}

// check says what speaks against an answer with that status and those fields.
func (a *answer) check(status int, said *surveyed) error {
	switch {
	case a.headersSent:
		return fmt.Errorf("http1connection: the headers were sent already: %w", httputil.ErrOutput)
	case said.encoding:
		return fmt.Errorf("http1connection: Transfer-Encoding is not for a handler to set; the connection chunks a body without Content-Length: %w", httputil.ErrOutput)
	case status == 101 && !a.mayUpgrade:
		return fmt.Errorf("http1connection: 101 to a client that has not asked for another protocol: %w", httputil.ErrOutput)
	}
	return nil
}

// appendFields appends the rest of the head.
func (c *ServerConnection) appendFields(out []byte, headers *httputil.HTTPHeaders, said *surveyed) []byte {
	a := &c.answer
	out = headers.Append(out)
	if said.whole >= 0 && a.framing != framingTunnel {
		out = append(out, "Content-Length: "...)
		out = strconv.AppendInt(out, int64(said.whole), 10)
		out = append(out, "\r\n"...)
	}
	if !said.date {
		out = append(out, "Date: "...)
		out = append(out, dateText(c.stream.Loop().Now())...)
		out = append(out, "\r\n"...)
	}
	switch {
	case said.close || a.framing == framingTunnel:
	case !a.keepAlive:
		out = append(out, "Connection: close\r\n"...)
	case a.http10:
		out = append(out, "Connection: keep-alive\r\n"...)
	}
	if a.framing == framingChunked {
		out = append(out, "Transfer-Encoding: chunked\r\n"...)
	}
	return append(out, "\r\n"...)
}

// writeInterim writes an answer before the answer (RFC 9110 section 15.2).
func (c *ServerConnection) writeInterim(line httputil.ResponseStartLine, headers *httputil.HTTPHeaders) error {
	if c.answer.http10 {
		return nil
	}
	out, err := appendStatusLine(c.stream.Buffer(), line.Code, line.Reason)
	if err != nil {
		return fmt.Errorf("http1connection: %w", err)
	}
	c.stream.SetBuffer(append(headers.Append(out), "\r\n"...))
	return nil
}

// Write sends a piece of the body.
func (c *ServerConnection) Write(chunk []byte) error {
	a := &c.answer
	switch {
	case c.stream.Closed() || c.message == nil:
		return errClosed
	case !a.headersSent || a.finished:
		return fmt.Errorf("http1connection: a body outside of its answer: %w", httputil.ErrOutput)
	case a.framing == framingNone || a.framing == framingTunnel || len(chunk) == 0:
		return nil
	}
	if a.framing == framingLength {
		if int64(len(chunk)) > a.left {
			err := fmt.Errorf("http1connection: more was written than Content-Length said: %w", httputil.ErrOutput)
			c.Abort(err)
			return err
		}
		a.left -= int64(len(chunk))
	}
	c.trace.KeepAnswer(chunk)
	out := c.stream.Buffer()
	if a.framing == framingChunked {
		out = appendChunk(out, chunk)
	} else {
		out = append(out, chunk...)
	}
	c.stream.SetBuffer(out)
	return nil
}

// Finish ends the answer.
func (c *ServerConnection) Finish() error {
	a := &c.answer
	switch {
	case c.stream.Closed() || c.message == nil:
		return errClosed
	case !a.headersSent || a.finished:
		return fmt.Errorf("http1connection: Finish outside of an answer: %w", httputil.ErrOutput)
	case a.framing == framingLength && a.left > 0:
		err := fmt.Errorf("http1connection: %d bytes fewer were written than Content-Length said: %w", a.left, httputil.ErrOutput)
		c.Abort(err)
		return err
	}
	a.finished = true
	if a.framing == framingChunked {
		c.writeLastChunk()
	}
	c.traceFinished()
	// While the delegate is being told something, who told it goes on. Otherwise,
	// if a rest of the body is left, it is not wanted: it is taken in for a moment,
	// so that the client reads the answer, and then the connection ends.
	if c.progress != awaitingDelegate || c.waits {
		c.endRequest()
	}
	return nil
}

// Abort closes the connection within an answer, so that nobody takes it for
// complete. Of what was written leaves what the socket takes at once.
func (c *ServerConnection) Abort(err error) {
	c.stream.Flush()
	if c.answer.framing == framingClose && c.answer.headersSent && !c.stream.Closed() {
		netutil.ResetWhenClosed(c.stream.FD()) // an orderly end would be the body's
	}
	c.stream.Close(err)
}

// NotifyDrained calls f on the loop when what was written has left for the
// socket, or with an error when the connection has closed.
func (c *ServerConnection) NotifyDrained(f func(error)) { c.stream.NotifyDrained(f) }

var errClosed = fmt.Errorf("http1connection: the connection is closed: %w", httputil.ErrOutput)
