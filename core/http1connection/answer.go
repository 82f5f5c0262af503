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
	keepAlive   bool
	headersSent bool
	bodyRead    bool // the request was there whole when the headers went out
	// clientGoesOn says that the client expects the connection to stay open.
	clientGoesOn bool
	finished     bool
	framing      framing
	left         int64 // with framingLength: bytes that are still to come
}

// WriteHeaders begins the answer.
func (c *ServerConnection) WriteHeaders(line httputil.ResponseStartLine, headers *httputil.HTTPHeaders, chunk []byte) error {
	a := &c.answer
	switch {
	case c.stream.Closed() || c.message == nil:
		return errClosed
	case a.headersSent:
		return fmt.Errorf("http1connection: the headers were sent already: %w", httputil.ErrOutput)
	case headers.Has("Transfer-Encoding"):
		return fmt.Errorf("http1connection: Transfer-Encoding is not for a handler to set; the connection chunks a body without Content-Length: %w", httputil.ErrOutput)
	}
	if headers.Has("Content-Length") && !mayHaveContentLength(line.Code) {
		without := headers.Clone()
		without.Del("Content-Length")
		headers = &without
	}
	length := headers.Get("Content-Length")
	a.framing = responseFraming(a.method, line.Code, a.http10, length != "")
	if a.framing == framingLength {
		left, err := httputil.ParseInt(length)
		if err != nil {
			return fmt.Errorf("http1connection: Content-Length %q of the answer: %w", length, httputil.ErrOutput)
		}
		a.left = left
	}
	a.bodyRead = c.bodyIsRead()
	connection := headers.Get("Connection")
	if !a.bodyRead || c.draining || a.framing == framingClose || hasToken(connection, "close") {
		a.keepAlive = false
	}
	before := c.stream.Unwritten()
	out, err := appendStatusLine(c.stream.Buffer(), line.Code, line.Reason)
	if err != nil {
		return fmt.Errorf("http1connection: %w", err)
	}
	out = headers.Append(out)
	if !headers.Has("Date") {
		out = append(out, "Date: "...)
		out = append(out, dateText(c.stream.Loop().Now())...)
		out = append(out, "\r\n"...)
	}
	switch {
	case connection != "":
	case !a.keepAlive:
		out = append(out, "Connection: close\r\n"...)
	case a.http10:
		out = append(out, "Connection: keep-alive\r\n"...)
	}
	if a.framing == framingChunked {
		out = append(out, "Transfer-Encoding: chunked\r\n"...)
	}
	out = append(out, "\r\n"...)
	a.headersSent = true
	c.stream.SetBuffer(out)
	if c.trace != nil {
		c.trace.Status = line.Code
		c.trace.AnswerHead = append([]byte(nil), out[len(out)-(c.stream.Unwritten()-before):]...)
	}
	return c.Write(chunk)
}

// Write sends a piece of the body.
func (c *ServerConnection) Write(chunk []byte) error {
	a := &c.answer
	switch {
	case c.stream.Closed() || c.message == nil:
		return errClosed
	case !a.headersSent || a.finished:
		return fmt.Errorf("http1connection: a body outside of its answer: %w", httputil.ErrOutput)
	case a.framing == framingNone || len(chunk) == 0:
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
		c.stream.Write([]byte(lastChunk))
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
// socket.
func (c *ServerConnection) NotifyDrained(f func(error)) { c.stream.NotifyDrained(f) }

var errClosed = fmt.Errorf("http1connection: the connection is closed: %w", httputil.ErrOutput)

// writeRefusal writes a complete answer to a request that was not understood.
func (c *ServerConnection) writeRefusal(status int, why string) {
	body := strconv.Itoa(status) + " " + httputil.StatusText(status) + ": " + why + "\n"
	out, _ := appendStatusLine(c.stream.Buffer(), status, "")
	out = append(out, "Content-Type: text/plain; charset=UTF-8\r\nDate: "...)
	out = append(out, dateText(c.stream.Loop().Now())...)
	out = append(out, "\r\nContent-Length: "...)
	out = strconv.AppendInt(out, int64(len(body)), 10)
	out = append(out, "\r\nConnection: close\r\n\r\n"...)
	if c.answer.method != "HEAD" {
		out = append(out, body...)
	}
	c.stream.SetBuffer(out)
}
