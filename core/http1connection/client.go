package http1connection

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
)

// A ClientDelegate is told of the answer to one request, on the connection's loop:
// InterimReceived for each answer that is not the one (1xx), HeadersReceived once,
// DataReceived for each piece of the body, then Finish. Instead of any of them, and
// of all that would follow, OnConnectionClose may come.
//
// A future that HeadersReceived or DataReceived returns holds up the reading until
// it is done, and closes the connection if it fails; nil means go on at once.
type ClientDelegate interface {
	InterimReceived(head *ResponseHead)
	HeadersReceived(head *ResponseHead) *concurrent.Future[struct{}]

	// DataReceived is given a piece of the body, decompressed if it was. chunk is
	// valid until it returns.
	DataReceived(chunk []byte) *concurrent.Future[struct{}]

	// Finish is called after the last of the body. The connection is told by then
	// whether it can be used again: see Reusable.
	Finish()

	OnConnectionClose(err error)
}

// A DelegateError is why a connection closed whose delegate did not go on.
type DelegateError struct {
	Err error // of the delegate's future
}

func (e *DelegateError) Error() string {
	return "http1connection: the delegate failed: " + e.Err.Error()
}
func (e *DelegateError) Unwrap() error { return e.Err }

// A ClientOwner keeps the connections of a client.
type ClientOwner interface {
	// ConnectionClosed is called on the loop, once, when the connection has closed,
	// after its delegate was told. It is not called for one that was never opened.
	ConnectionClosed(c *ClientConnection, err error)
}

// A ClientRequest is the head of a request, and how its answer is read.
type ClientRequest struct {
	Method string
	Target string // as in the request line

	// Headers are sent as they are. Their Content-Length, or a Transfer-Encoding of
	// "chunked", says how the body is delimited; without both there is none.
	Headers *httputil.HTTPHeaders

	// MaxBodySize is how many bytes the body of the answer may have, decompressed.
	// Zero or less means that there is no limit.
	MaxBodySize int64

	// Limits bound the heads of the answer; MaxRequestLine means nothing.
	Limits Limits

	// Decoders are the codings that are taken off the answer's body, by their names
	// in small letters.
	Decoders map[string]Decoder
}

// maxInterim is how many interim answers a server may give to one request.
const maxInterim = 64

var (
	errUnsolicited = errors.New("http1connection: the server sent something that was not asked for")
	errNoAnswer    = fmt.Errorf("http1connection: the server closed the connection before it answered: %w", io.ErrUnexpectedEOF)
	errCutAnswer   = fmt.Errorf("http1connection: the server closed the connection within its answer: %w", io.ErrUnexpectedEOF)
	errIdleTooLong = errors.New("http1connection: the connection was idle for too long")
	errInterims    = &httputil.HTTPInputError{Message: "too many interim answers"}

	// ErrBodyTooLong is in the error of an answer whose body is longer than
	// MaxBodySize.
	ErrBodyTooLong = errors.New("the body of the answer is longer than MaxBodySize")
)

// A ClientConnection sends requests to a server, one after another, and reads their
// answers. It is the iostream.Consumer of its stream and belongs to that one's loop.
type ClientConnection struct {
	// Number is for the owner, to tell connections apart.
	Number uint64

	// Set by Open and never changed.
	stream *iostream.IOStream

	// Set by NewClient and never changed.
	owner ClientOwner

	served int // requests that were answered

	// Of the request that is being sent or answered.
	request   ClientRequest
	delegate  ClientDelegate // nil while there is none
	sending   requestBody
	sentAt    int64 // what the stream had sent before the request
	serial    uint32
	progress  progress
	began     bool // something of the answer has come
	waits     bool // for a future of the delegate
	yielded   bool // the inflater goes on when others had their turn
	reusable  bool
	headBytes int // of the head, that have been searched for its end
	interims  int
	head      ResponseHead
	framing   framing
	chunks    ChunkedDecoder
	inflater  *inflater // nil unless the body is decompressed
	bodyLeft  int64     // of a body with Content-Length
	received  int64
	inflated  int64
	bodyDone  bool // the last of the body has come
}

var _ iostream.Consumer = (*ClientConnection)(nil)

// NewClient prepares a connection; it begins with Open.
func NewClient(owner ClientOwner) *ClientConnection { return &ClientConnection{owner: owner} }

// Open gives the connection its stream, whose Consumer it is.
func (c *ClientConnection) Open(stream *iostream.IOStream) {
	c.stream = stream
	stream.HearOut()
	if len(stream.Unread()) > 0 {
		c.Close(errUnsolicited)
	}
}

// Stream is the stream of an open connection.
func (c *ClientConnection) Stream() *iostream.IOStream { return c.stream }

// Closed reports whether the connection has closed.
func (c *ClientConnection) Closed() bool { return c.stream.Closed() }

// Close closes the connection at once; its delegate is told err.
func (c *ClientConnection) Close(err error) { c.stream.Close(err) }

// Served is how many requests were answered.
func (c *ClientConnection) Served() int { return c.served }

// Reusable reports whether another request may follow the one that was answered.
func (c *ClientConnection) Reusable() bool {
	return c.delegate == nil && c.reusable && !c.stream.Closed() && !c.stream.PeerEnded()
}

// Untouched reports whether nothing of the present request has left, and nothing of
// an answer has come.
func (c *ClientConnection) Untouched() bool { return !c.began && c.stream.Sent() == c.sentAt }

// Answered reports whether something of the answer has come.
func (c *ClientConnection) Answered() bool { return c.began }

// Trailers are the fields that followed the body of the answer, when the
// delegate's Finish is called.
func (c *ClientConnection) Trailers() httputil.HTTPHeaders { return c.chunks.Trailers() }

// Idle closes the connection when nothing was asked of it for so long.
func (c *ClientConnection) Idle(timeout time.Duration) { c.stream.SetDeadline(timeout) }

// Start sends the head of a request, whose answer delegate is told of. There must
// be no request that is not answered. It fails with an HTTPInputError, and sends
// nothing, if a part of the head is malformed.
func (c *ClientConnection) Start(request ClientRequest, delegate ClientDelegate) error {
	out, body, err := appendRequestHead(c.stream.Buffer(), &request)
	if err != nil {
		c.stream.SetBuffer(out)
		return err
	}
	c.sentAt = c.stream.Sent() + int64(c.stream.Unwritten())
	c.stream.SetBuffer(out)
	c.stream.SetDeadline(0)
	request.Limits.MaxRequestLine = request.Limits.headerSize()
	c.stream.SetMaxUnread(max(minUnread, request.Limits.headerSize()+1))
	c.request, c.delegate, c.sending = request, delegate, body
	c.serial++
	c.progress, c.began, c.waits, c.reusable = readingHead, false, false, false
	c.headBytes, c.interims = 0, 0
	return nil
}

// BytesReceived is called by the stream.
func (c *ClientConnection) BytesReceived(data []byte) (consumed int) {
	if c.stream == nil {
		return 0 // Open finds them
	}
	for consumed < len(data) && !c.stream.Closed() {
		n := 0
		switch {
		case c.delegate == nil:
			c.Close(errUnsolicited)
			return len(data)
		case c.waits || c.yielded:
		case c.progress == readingHead:
			c.began = true
			n = c.readHead(data[consumed:])
		case c.progress == readingBody:
			n = c.readBody(data[consumed:])
		}
		if n == 0 {
			break
		}
		consumed += n
		c.finishIfDone(consumed < len(data))
	}
	return consumed
}

// readHead reads an answer's head if it is there whole.
func (c *ClientConnection) readHead(data []byte) (consumed int) {
	if data[0] == '\r' || data[0] == '\n' { // FindHeadEnd would skip it
		c.Close(errBeforeAnswer)
		return len(data)
	}
	_, end, err := FindHeadEnd(data, c.headBytes, &c.request.Limits)
	switch {
	case err != nil:
	case end == 0:
		c.headBytes = len(data)
		return 0
	default:
		c.headBytes = 0
		err = c.head.Parse(string(data[:end]), &c.request.Limits)
	}
	if err != nil {
		c.Close(fmt.Errorf("http1connection: malformed answer: %w", err))
		return len(data)
	}
	if isInterim(c.head.Code) {
		c.interim()
	} else {
		c.beginBody()
	}
	return end
}

func (c *ClientConnection) interim() {
	if c.interims++; c.interims > maxInterim {
		c.Close(errInterims)
		return
	}
	c.delegate.InterimReceived(&c.head)
}

func (c *ClientConnection) beginBody() {
	c.framing = c.head.framing(c.request.Method)
	c.bodyLeft, c.received, c.inflated = max(c.head.ContentLength, 0), 0, 0
	c.chunks, c.inflater = ChunkedDecoder{}, nil
	c.bodyDone = c.framing == framingNone || c.framing == framingTunnel || c.framing == framingLength && c.bodyLeft == 0
	if !c.bodyDone {
		c.beginDecoding()
	}
	if c.framing == framingLength && c.tooLong(c.bodyLeft) {
		return
	}
	c.progress = readingBody
	c.heldUp(c.delegate.HeadersReceived(&c.head))
}

// beginDecoding takes a coding off the body if it has one, and one that is known.
func (c *ClientConnection) beginDecoding() {
	if len(c.request.Decoders) == 0 {
		return
	}
	headers := httputil.ParsedHeaders(c.head.Fields)
	coding := headers.Get("Content-Encoding")
	if coding == "" {
		return
	}
	if decode := c.request.Decoders[strings.ToLower(coding)]; decode != nil {
		c.head.Decoded = coding
		c.inflater = newDecodingInflater(decode)
	}
}

// tooLong closes the connection if a body of so many bytes is not allowed. What is
// compressed must not be longer than what it becomes may be.
func (c *ClientConnection) tooLong(bytes int64) bool {
	if c.request.MaxBodySize <= 0 || bytes <= c.request.MaxBodySize {
		return false
	}
	c.Close(fmt.Errorf("http1connection: %w, which is %d bytes", ErrBodyTooLong, c.request.MaxBodySize))
	return true
}

func (c *ClientConnection) readBody(data []byte) (consumed int) {
	if c.bodyDone {
		return 0
	}
	if c.inflater != nil && len(data) > maxDeflated {
		data = data[:maxDeflated]
	}
	piece := data
	switch c.framing {
	case framingLength:
		piece = data[:min(int64(len(data)), c.bodyLeft)]
		consumed = len(piece)
		c.bodyLeft -= int64(consumed)
		c.bodyDone = c.bodyLeft == 0
	case framingChunked:
		var err error
		if piece, consumed, c.bodyDone, err = c.chunks.Decode(data); err != nil {
			c.Close(fmt.Errorf("http1connection: malformed answer: %w", err))
			return len(data)
		}
	default:
		consumed = len(piece)
	}
	c.received += int64(len(piece))
	if c.tooLong(c.received) || c.framing == framingChunked && c.tooLong(c.received+int64(min(c.chunks.Announced(), 1<<62))) {
		return consumed
	}
	switch {
	case c.inflater != nil:
		c.inflater.feed(piece, c.bodyDone)
		c.inflate()
	case len(piece) > 0:
		c.heldUp(c.delegate.DataReceived(piece))
	}
	return consumed
}

// inflate tells the delegate what the last piece of the body becomes.
func (c *ClientConnection) inflate() {
	for budget := inflatedPerTurn; !c.stream.Closed() && !c.waits; {
		if budget <= 0 {
			c.inflateLater()
			return
		}
		piece, err := c.inflater.next()
		switch {
		case err != nil:
			c.Close(fmt.Errorf("http1connection: malformed answer: %w", err))
			return
		case len(piece) == 0:
			c.fedAll()
			return
		}
		if c.inflated += int64(len(piece)); c.tooLong(c.inflated) {
			return
		}
		budget -= len(piece)
		c.heldUp(c.delegate.DataReceived(piece))
	}
}

// fedAll is called when the inflater has given all that it can.
func (c *ClientConnection) fedAll() {
	if c.bodyDone {
		c.inflater.stop()
		c.inflater = nil
	}
}

// inflateLater goes on when others had their turn.
func (c *ClientConnection) inflateLater() {
	c.yielded = true
	serial := c.serial
	c.stream.Loop().AddCallback(func() {
		if c.serial == serial && c.yielded {
			c.yielded = false
			c.goOn()
		}
	})
}

// heldUp waits for a future of the delegate if it is not done.
func (c *ClientConnection) heldUp(future *concurrent.Future[struct{}]) {
	if future == nil || c.stream.Closed() {
		return
	}
	if future.Settled() {
		if _, err := future.Result(); err != nil {
			c.Close(&DelegateError{err})
		}
		return
	}
	c.waits = true
	serial := c.serial
	ioloop.AddFuture(c.stream.Loop(), future, func(f *concurrent.Future[struct{}]) {
		if c.serial != serial || !c.waits {
			return
		}
		c.waits = false
		if _, err := f.Result(); err != nil {
			c.Close(&DelegateError{err})
			return
		}
		c.goOn()
	})
}

// goOn reads on after something has held it up.
func (c *ClientConnection) goOn() {
	if c.stream.Closed() {
		return
	}
	if c.inflater != nil {
		c.inflate()
	}
	c.finishIfDone(len(c.stream.Unread()) > 0)
	if c.delegate != nil && !c.stream.Closed() {
		c.stream.Deliver()
		c.noticeEnd()
	}
}

// finishIfDone ends the answer if all of it was told. more says that the server has
// sent more than that.
func (c *ClientConnection) finishIfDone(more bool) {
	if c.delegate == nil || c.progress != readingBody || !c.bodyDone || c.waits || c.yielded || c.inflater != nil || c.stream.Closed() {
		return
	}
	c.served++
	c.reusable = !more && c.sending.done && !c.sending.last && c.head.canReuse(c.framing)
	delegate := c.delegate
	c.delegate = nil
	c.serial++
	delegate.Finish()
}

// PeerEnded is called by the stream.
func (c *ClientConnection) PeerEnded() {
	if c.stream != nil {
		c.noticeEnd()
	}
}

// noticeEnd ends the answer, or the connection, if the server will send no more and
// everything that it has sent was read.
func (c *ClientConnection) noticeEnd() {
	switch {
	case !c.stream.PeerEnded() || c.stream.Closed() || c.waits || c.yielded:
	case c.delegate == nil:
		c.Close(nil)
	case c.progress == readingBody && c.framing == framingClose:
		c.bodyDone = true
		if c.inflater != nil {
			c.inflater.feed(nil, true)
			c.inflate()
		}
		c.finishIfDone(false)
	case c.progress == readingBody && c.bodyDone:
		// Finish is on its way.
	case !c.began:
		c.Close(errNoAnswer)
	default:
		c.Close(errCutAnswer)
	}
}

// DeadlinePassed is called by the stream.
func (c *ClientConnection) DeadlinePassed() { c.Close(errIdleTooLong) }

// StreamClosed is called by the stream.
func (c *ClientConnection) StreamClosed(err error) {
	if c.inflater != nil {
		c.inflater.stop()
		c.inflater = nil
	}
	c.waits, c.yielded, c.reusable = false, false, false
	delegate := c.delegate
	c.delegate = nil
	c.serial++
	if delegate != nil {
		if err == nil {
			err = errNoAnswer
		}
		delegate.OnConnectionClose(err)
	}
	if c.stream != nil {
		c.owner.ConnectionClosed(c, err)
	}
}
