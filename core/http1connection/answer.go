package http1connection

import (
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/trace"
)

// answer is the state of the answer that is being given.
type answer struct {
	head        bool // no body follows: the method is HEAD, or the status has none
	http10      bool
	keepAlive   bool
	headersSent bool
	bodyRead    bool // the request was there whole when the headers went out
	chunked     bool
	finished    bool
	length      int64 // bytes of the body that are still to come; -1 is unknown
}

// WriteHeaders begins the answer.
func (c *ServerConnection) WriteHeaders(line httputil.ResponseStartLine, headers *httputil.HTTPHeaders, chunk []byte) error {
	a := &c.answer
	switch {
	case c.stream.Closed() || c.message == nil:
		return errClosed
	case a.headersSent:
		return fmt.Errorf("http1connection: the headers were sent already: %w", httputil.ErrOutput)
	}
	a.headersSent, a.length = true, -1
	a.bodyRead = c.progress == awaitingAnswer
	if !a.bodyRead || c.draining {
		a.keepAlive = false
	}
	a.head = a.head || !statusHasBody(line.Code)
	if text := headers.Get("Content-Length"); text != "" {
		length, err := httputil.ParseInt(text)
		if err != nil {
			return fmt.Errorf("http1connection: Content-Length %q of the answer: %w", text, httputil.ErrOutput)
		}
		a.length = length
	} else if !a.head {
		a.chunked = !a.http10
		a.keepAlive = a.keepAlive && a.chunked
	}
	if a.keepAlive && headers.Has("Connection") && hasToken(headers.Get("Connection"), "close") {
		a.keepAlive = false
	}
	start := c.stream.Unwritten()
	out := c.stream.Buffer()
	out = appendStatusLine(out, line.Code, line.Reason)
	out = headers.Append(out)
	if !headers.Has("Date") {
		out = append(out, "Date: "...)
		out = append(out, dateText(c.stream.Loop().Now())...)
		out = append(out, "\r\n"...)
	}
	switch {
	case headers.Has("Connection"):
	case !a.keepAlive:
		out = append(out, "Connection: close\r\n"...)
	case a.http10:
		out = append(out, "Connection: keep-alive\r\n"...)
	}
	if a.chunked {
		out = append(out, "Transfer-Encoding: chunked\r\n"...)
	}
	out = append(out, "\r\n"...)
	c.stream.SetBuffer(out)
	if c.trace != nil {
		c.trace.Status = line.Code
		c.trace.AnswerHead = append([]byte(nil), out[len(out)-(c.stream.Unwritten()-start):]...)
	}
	if len(chunk) > 0 {
		return c.Write(chunk)
	}
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
	case a.head || len(chunk) == 0:
		return nil
	}
	if a.length >= 0 {
		if int64(len(chunk)) > a.length {
			err := fmt.Errorf("http1connection: more was written than Content-Length said: %w", httputil.ErrOutput)
			c.Abort(err)
			return err
		}
		a.length -= int64(len(chunk))
	}
	c.trace.KeepAnswer(chunk)
	out := c.stream.Buffer()
	if a.chunked {
		out = strconv.AppendUint(out, uint64(len(chunk)), 16)
		out = append(out, "\r\n"...)
		out = append(out, chunk...)
		out = append(out, "\r\n"...)
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
	case a.length > 0 && !a.head:
		err := fmt.Errorf("http1connection: %d bytes fewer were written than Content-Length said: %w", a.length, httputil.ErrOutput)
		c.Abort(err)
		return err
	}
	a.finished = true
	if a.chunked {
		c.stream.Write([]byte("0\r\n\r\n"))
	}
	c.traceFinished()
	switch c.progress {
	case awaitingAnswer:
		c.endRequest()
	case readingBody, awaitingDelegate:
		// The rest of the body is not wanted. It is taken in for a moment, so that
		// the client reads the answer, and then the connection ends.
		c.endRequest()
	}
	return nil
}

// Abort closes the connection within an answer, so that nobody takes it for
// complete.
func (c *ServerConnection) Abort(err error) { c.stream.Close(err) }

// NotifyDrained calls f on the loop when what was written has left for the
// socket.
func (c *ServerConnection) NotifyDrained(f func(error)) { c.stream.NotifyDrained(f) }

var errClosed = fmt.Errorf("http1connection: the connection is closed: %w", httputil.ErrOutput)

// writeRefusal writes a complete answer to a request that was not understood.
func (c *ServerConnection) writeRefusal(status int, why string) {
	body := strconv.Itoa(status) + " " + httputil.StatusText(status) + ": " + why + "\n"
	out := appendStatusLine(c.stream.Buffer(), status, httputil.StatusText(status))
	out = append(out, "Content-Type: text/plain; charset=UTF-8\r\nDate: "...)
	out = append(out, dateText(c.stream.Loop().Now())...)
	out = append(out, "\r\nContent-Length: "...)
	out = strconv.AppendInt(out, int64(len(body)), 10)
	out = append(out, "\r\nConnection: close\r\n\r\n"...)
	if !c.answer.head {
		out = append(out, body...)
	}
	c.stream.SetBuffer(out)
}

// A date is the text of the Date field for one second.
type date struct {
	second int64
	text   string
}

var currentDate atomic.Pointer[date]

// dateText is the Date field of now. It is formatted once a second.
func dateText(now time.Time) string {
	second := now.Unix()
	d := currentDate.Load()
	if d == nil || d.second != second {
		d = &date{second, httputil.FormatTimestamp(now)}
		currentDate.Store(d)
	}
	return d.text
}

// traceRequest tells a listener of a request that begins.
func (c *ServerConnection) traceRequest(request *httputil.HTTPServerRequest, head *RequestHead) {
	hooks := trace.Active()
	if hooks == nil || hooks.RequestStarted == nil {
		c.trace = nil
		return
	}
	c.trace = &trace.Request{
		ID: requestIDs.Add(1), Connection: c.info, Started: time.Now(),
		Method: head.Method, URI: head.URI, Version: head.Version, RemoteIP: c.remoteIP, Head: head.Raw,
	}
	c.trace.Waited(c.queued(c.trace.Started))
	request.Trace = c.trace
	hooks.RequestStarted(c.trace)
}

// traceFinished tells when the last byte of the answer has left.
func (c *ServerConnection) traceFinished() {
	if c.trace == nil {
		return
	}
	t := c.trace
	c.trace = nil
	t.Enter(trace.PhaseFlush)
	c.stream.NotifyDrained(func(err error) { endTrace(t, err) })
}

func endTrace(t *trace.Request, err error) {
	t.Enter(t.CurrentPhase())
	t.Duration = time.Since(t.Started)
	t.Err = err
	if hooks := trace.Active(); hooks != nil && hooks.RequestFinished != nil {
		hooks.RequestFinished(t)
	}
}

// traceRefused tells of a request that broke the rules, also if it never became
// one.
func (c *ServerConnection) traceRefused(status int, why string) {
	hooks := trace.Active()
	if hooks == nil || hooks.RequestStarted == nil {
		return
	}
	t := c.trace
	c.trace = nil
	if t == nil {
		t = &trace.Request{ID: requestIDs.Add(1), Connection: c.info, Started: time.Now(), RemoteIP: c.remoteIP}
		hooks.RequestStarted(t)
	}
	t.Status = status
	endTrace(t, &httputil.HTTPInputError{StatusCode: status, Message: why})
}

func (c *ServerConnection) traceClosed(err error) {
	if c.trace != nil {
		t := c.trace
		c.trace = nil
		endTrace(t, err)
	}
	if c.info != nil {
		c.info.Err = err
	}
}
