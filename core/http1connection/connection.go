// Package http1connection speaks HTTP/1.0 and 1.1 over a stream.
//
// The rules (where a head ends, what it means, which body follows) are plain
// functions in rules*.go: bytes in, values out. A ServerConnection moves the
// bytes of one client, asks them, and tells an
// httputil.HTTPServerConnectionDelegate what has come. It belongs to the loop of
// its stream, but for AddCallback.
package http1connection

import (
	"errors"
	"fmt"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/trace"
)

// Parameters are what all connections of a server have in common. Zero values
// mean the defaults that are named.
type Parameters struct {
	// NoKeepAlive closes each connection after its first answer.
	NoKeepAlive bool

	Limits Limits // of heads

	// MaxBodySize is the longest body that is taken, in bytes; 100 MiB by default.
	// Longer ones are answered 413.
	MaxBodySize int64

	// IdleTimeout is how long a connection may wait for the first byte of a
	// request; 75 s by default, negative means no limit.
	IdleTimeout time.Duration

	// HeaderTimeout is how long a head may take from its first byte to its last;
	// 20 s by default. Later ones are answered 408.
	HeaderTimeout time.Duration

	// BodyTimeout is how long a client may leave us without a byte of the body it
	// announced; 60 s by default. Then it is answered 408.
	BodyTimeout time.Duration

	// WriteTimeout is how long a client may take no byte of an answer; 60 s by
	// default. Then the connection is closed.
	WriteTimeout time.Duration
}

// WithDefaults fills in what is zero.
func (p Parameters) WithDefaults() Parameters {
	setDefault(&p.MaxBodySize, 100<<20)
	setDefault(&p.IdleTimeout, 75*time.Second)
	setDefault(&p.HeaderTimeout, 20*time.Second)
	setDefault(&p.BodyTimeout, 60*time.Second)
	setDefault(&p.WriteTimeout, 60*time.Second)
	return p
}

func setDefault[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}

// An Owner keeps the connections of a server. It is told on the connection's
// loop.
type Owner interface {
	// ConnectionIdle is called when a held connection has no request left to
	// answer.
	ConnectionIdle(c *ServerConnection)

	// ConnectionClosed is called once, when the connection has ended.
	ConnectionClosed(c *ServerConnection)
}

const (
	// maxUnsent is how much of earlier answers may wait for the client before its
	// next request is read.
	maxUnsent = 256 << 10
	// requestsPerTurn is how many pipelined requests one connection is answered
	// before the others have their turn.
	requestsPerTurn = 64
)

// progress is how far a request has come.
type progress uint8

const (
	readingHead progress = iota
	readingBody
	awaitingDelegate // the delegate holds up the reading
	awaitingAnswer   // everything is read
)

// A ServerConnection is one client's connection. It is the
// httputil.HTTPConnection of its requests, one after another.
type ServerConnection struct {
	// Index is where the owner keeps the connection.
	Index int

	// Set when it is made and never changed.
	stream     *iostream.IOStream
	delegate   httputil.HTTPServerConnectionDelegate
	owner      Owner
	parameters *Parameters
	remoteIP   string
	info       *trace.Connection // nil while nobody listens
	scratch    *httputil.HTTPServerRequest

	progress  progress
	held      bool // read no further request
	draining  bool // close after the answer that is being given
	leaving   bool // tell the owner when it is idle
	fresh     bool // no request has been read yet
	headBytes int  // of the next head, that have been searched for its end

	// Of the request that is being read or answered.
	message      httputil.HTTPMessageDelegate
	trace        *trace.Request
	chunks       *ChunkedDecoder // nil unless its body is chunked
	bodyLeft     int64           // of a body with Content-Length
	bodyReceived int64
	maxBody      int64
	expects100   bool
	answer       answer
	stalledAt    int64 // what the socket had taken when the write timeout began
}

var _ httputil.HTTPConnection = (*ServerConnection)(nil)

// A Client is what a ServerConnection is made of.
type Client struct {
	FD       int    // connected, non-blocking
	RemoteIP string // of the client
	Delegate httputil.HTTPServerConnectionDelegate
	Owner    Owner
	// Parameters may serve many connections and must not change; WithDefaults has
	// been called.
	Parameters *Parameters
	Info       *trace.Connection // nil while nobody listens
	// Scratch is where a request is put together; the connections of one loop
	// share it.
	Scratch *httputil.HTTPServerRequest
}

// NewServer begins to serve a client. The connection belongs to l from then on.
func NewServer(l *ioloop.IOLoop, client Client) (*ServerConnection, error) {
	c := &ServerConnection{
		delegate: client.Delegate, owner: client.Owner, parameters: client.Parameters,
		remoteIP: client.RemoteIP, info: client.Info, scratch: client.Scratch, fresh: true,
	}
	stream, err := iostream.New(l, client.FD, c, client.Info)
	if err != nil {
		return nil, err
	}
	c.stream = stream
	c.awaitHead()
	return c, nil
}

// Unread lets the connection begin with bytes that somebody else received.
func (c *ServerConnection) Unread(data []byte) { c.stream.Push(data) }

// Info is what is told about the connection; nil while nobody listens.
func (c *ServerConnection) Info() *trace.Connection { return c.info }

// Idle reports whether nothing is being answered and nothing waits to be sent.
func (c *ServerConnection) Idle() bool {
	return c.progress == readingHead && c.stream.Unwritten() == 0 && !c.stream.Closed()
}

// Hold lets the connection read no further request. What is being read or
// answered goes on.
func (c *ServerConnection) Hold() { c.held = true }

// Resume takes back a Hold.
func (c *ServerConnection) Resume() {
	c.held = false
	if c.progress == readingHead {
		c.awaitHead()
		c.stream.Deliver()
	}
}

// Leave tells the owner by ConnectionIdle as soon as the connection, which is
// held, is idle.
func (c *ServerConnection) Leave() {
	c.leaving = true
	c.tellIdle()
}

// Drain closes the connection when the request that is being answered, if any,
// is finished.
func (c *ServerConnection) Drain() {
	c.draining = true
	if c.progress == readingHead {
		c.stream.CloseWhenWritten(false)
	}
}

// Close closes the connection at once.
func (c *ServerConnection) Close(err error) { c.stream.Close(err) }

// Detach gives up the descriptor of an idle connection, with what was received
// and belongs to no request that was read.
func (c *ServerConnection) Detach() (fd int, unread []byte) { return c.stream.Detach() }

// AddCallback runs f on the connection's loop. It may be called from any
// goroutine.
func (c *ServerConnection) AddCallback(f func()) { c.stream.Loop().AddCallback(f) }

// SetMaxBodySize replaces the limit for the body of the request whose head was
// just read.
func (c *ServerConnection) SetMaxBodySize(bytes int64) { c.maxBody = bytes }

// awaitHead begins the wait for a request.
func (c *ServerConnection) awaitHead() {
	c.progress, c.headBytes = readingHead, 0
	c.stream.SetDeadline(c.parameters.IdleTimeout)
}

// BytesReceived is called by the stream.
func (c *ServerConnection) BytesReceived(data []byte) (consumed int) {
	for requests := 0; consumed < len(data) && !c.stream.Closed(); {
		n := 0
		switch c.progress {
		case readingHead:
			if c.held || c.draining || !c.mayReadOn(requests) {
				return consumed
			}
			n = c.readHead(data[consumed:])
			requests++
		case readingBody:
			n = c.readBody(data[consumed:])
		}
		if n == 0 {
			return consumed
		}
		consumed += n
	}
	return consumed
}

// mayReadOn reports whether the next pipelined request may be read in this turn.
func (c *ServerConnection) mayReadOn(requests int) bool {
	if c.stream.Unwritten() > maxUnsent {
		c.stream.NotifyDrained(func(err error) {
			if err == nil {
				c.stream.Deliver()
			}
		})
		return false
	}
	if requests >= requestsPerTurn {
		c.AddCallback(c.stream.Deliver)
		return false
	}
	return true
}

// readHead reads a request's head if it is there whole, and starts the request.
func (c *ServerConnection) readHead(data []byte) (consumed int) {
	start, end, err := FindHeadEnd(data, c.headBytes, &c.parameters.Limits)
	if err != nil {
		c.answer = answer{}
		c.refuseError(err)
		return len(data)
	}
	if end == 0 {
		if c.headBytes == 0 {
			c.stream.SetDeadline(c.parameters.HeaderTimeout)
		}
		c.headBytes = len(data)
		return 0
	}
	c.headBytes = 0
	// The one copy: everything in the request is a part of this string, so that
	// it stays valid for as long as somebody keeps any of it.
	raw := string(data[start:end])
	var head RequestHead
	if err := head.Parse(raw, &c.parameters.Limits); err != nil {
		c.answer = answer{method: head.Method}
		c.refuseError(err)
		return len(data)
	}
	c.startRequest(&head, raw)
	return end
}

func (c *ServerConnection) startRequest(head *RequestHead, raw string) {
	c.answer = answer{method: head.Method, http10: head.HTTP10,
		keepAlive: canKeepAlive(head) && !c.parameters.NoKeepAlive}
	c.bodyLeft, c.bodyReceived, c.chunks = max(head.ContentLength, 0), 0, nil
	c.maxBody, c.expects100 = c.parameters.MaxBodySize, wantsContinue(head)
	if head.Chunked {
		c.chunks = new(ChunkedDecoder)
	}
	request := c.scratch
	*request = httputil.HTTPServerRequest{
		RemoteIP: c.remoteIP, Protocol: "http", Started: c.stream.Loop().Now(), Connection: c,
	}
	head.Fill(request)
	c.traceRequest(head, raw)
	request.Trace = c.trace
	c.progress = awaitingDelegate
	c.message = c.delegate.StartRequest(request)
	c.after(c.message.HeadersReceived(), c.beginBody)
}

// after goes on with next when the delegate's future is done.
func (c *ServerConnection) after(future *concurrent.Future[struct{}], next func()) {
	if future == nil {
		next()
		return
	}
	c.progress = awaitingDelegate
	message := c.message
	future.AddDoneCallback(func(f *concurrent.Future[struct{}]) {
		c.AddCallback(func() {
			if c.message != message || c.stream.Closed() {
				return
			}
			if _, err := f.Result(); err != nil {
				c.Abort(err)
				return
			}
			next()
			c.stream.Deliver()
		})
	})
}

func (c *ServerConnection) beginBody() {
	switch {
	case c.stream.Closed() || c.message == nil:
	case c.answer.finished:
		// The delegate wanted none of the body.
		c.messageRead()
	case c.bodyLeft > c.maxBody:
		c.refuse(413, fmt.Sprintf("the body has %d bytes, and %d are allowed", c.bodyLeft, c.maxBody))
	case c.bodyLeft == 0 && c.chunks == nil:
		c.messageRead()
	default:
		if c.expects100 {
			c.stream.Write([]byte(continueLine))
		}
		c.trace.Enter(trace.PhaseBody)
		c.awaitBody()
	}
}

func (c *ServerConnection) awaitBody() {
	if c.message == nil {
		return // answered meanwhile
	}
	c.progress = readingBody
	c.stream.SetDeadline(c.parameters.BodyTimeout)
}

func (c *ServerConnection) readBody(data []byte) (consumed int) {
	piece, done := data, false
	if c.chunks == nil {
		piece = data[:min(int64(len(data)), c.bodyLeft)]
		consumed = len(piece)
		c.bodyLeft -= int64(consumed)
		done = c.bodyLeft == 0
	} else {
		var err error
		if piece, consumed, done, err = c.chunks.Decode(data); err != nil {
			c.refuseError(err)
			return len(data)
		}
	}
	if c.bodyReceived += int64(len(piece)); c.bodyReceived > c.maxBody {
		c.refuse(413, fmt.Sprintf("the body is longer than %d bytes", c.maxBody))
		return len(data)
	}
	c.stream.SetDeadline(c.parameters.BodyTimeout)
	next := c.awaitBody
	if done {
		next = c.messageRead
	}
	if len(piece) == 0 {
		if done {
			next()
		}
		return consumed
	}
	c.trace.KeepBody(piece)
	c.after(c.message.DataReceived(piece), next)
	return consumed
}

// messageRead is called when the request is there whole.
func (c *ServerConnection) messageRead() {
	if c.stream.Closed() || c.message == nil {
		return
	}
	c.progress = awaitingAnswer
	message := c.message
	if !c.answer.finished {
		message.Finish()
	}
	// An answer that was given before the body was read ends here.
	if c.answer.finished && c.message == message {
		c.endRequest()
	}
	if c.message == message {
		c.stream.SetDeadline(c.parameters.WriteTimeout) // it comes later
	}
}

// endRequest is called when the request is read and its answer finished.
func (c *ServerConnection) endRequest() {
	c.message = nil
	if c.info != nil {
		c.info.Requests.Add(1)
	}
	switch {
	case !c.answer.keepAlive || c.draining || c.stream.PeerEnded():
		c.progress = awaitingAnswer
		c.stream.CloseWhenWritten(!c.answer.bodyRead || len(c.stream.Unread()) > 0)
	default:
		c.awaitHead()
		if c.leaving {
			// The stream may be in the middle of showing us bytes.
			c.AddCallback(c.tellIdle)
			return
		}
		c.stream.Deliver()
	}
}

func (c *ServerConnection) tellIdle() {
	if c.stream.Closed() || c.progress != readingHead {
		return
	}
	c.stream.NotifyDrained(func(err error) {
		if err == nil && c.leaving && c.Idle() {
			c.owner.ConnectionIdle(c)
		}
	})
}

// errPeerLeft is what a delegate is told when the client ends before its request
// does.
var errPeerLeft = errors.New("http1connection: the client ended the connection within its request")

// PeerEnded is called by the stream.
func (c *ServerConnection) PeerEnded() {
	switch {
	case c.progress == readingHead && len(c.stream.Unread()) == 0:
		c.stream.CloseWhenWritten(false)
	case c.progress == readingHead && c.held:
		// The successor sees the end as well.
	case c.progress == readingHead && c.headBytes == 0:
		// Whole requests wait for their turn.
	case c.progress == readingHead || c.progress == readingBody:
		c.refuse(400, "the connection ended within the request")
	default:
		// It may have closed only its own side and wait for the answer, or be gone
		// altogether; nobody can tell. So the answer is written all the same.
		if m, ok := c.message.(httputil.PeerEndDelegate); ok {
			m.OnPeerEnd()
		}
	}
}

// DeadlinePassed is called by the stream.
func (c *ServerConnection) DeadlinePassed() {
	switch c.progress {
	case readingHead:
		if c.held {
			return // the successor has its own patience
		}
		if c.headBytes == 0 {
			c.stream.CloseWhenWritten(false)
			return
		}
		c.refuse(408, "the head did not arrive in time")
	case readingBody:
		c.refuse(408, "the body did not arrive in time")
	default:
		c.checkWriting()
	}
}

// checkWriting closes the connection if its client has taken nothing since the
// last check although something waits for it.
func (c *ServerConnection) checkWriting() {
	sent := c.stream.Sent()
	if c.stream.Unwritten() > 0 && sent == c.stalledAt {
		c.stream.Close(fmt.Errorf("the client took nothing for %v", c.parameters.WriteTimeout))
		return
	}
	c.stalledAt = sent
	c.stream.SetDeadline(c.parameters.WriteTimeout)
}

// StreamClosed is called by the stream.
func (c *ServerConnection) StreamClosed(err error) {
	if message := c.message; message != nil {
		c.message = nil
		if err == nil {
			err = errPeerLeft
		}
		message.OnConnectionClose(err)
	}
	c.traceClosed(err)
	c.owner.ConnectionClosed(c)
}

// refuseError answers a request that breaks the rules.
func (c *ServerConnection) refuseError(err error) {
	status := 400
	var input *httputil.HTTPInputError
	if errors.As(err, &input) {
		status = input.Status()
	}
	c.refuse(status, err.Error())
}

// refuse answers a request whose rest is not read, and ends the connection.
func (c *ServerConnection) refuse(status int, why string) {
	log.General.Info("Malformed HTTP message from %s: %s", c.remoteIP, why)
	c.traceRefused(status, why)
	if message := c.message; message != nil {
		c.message = nil
		message.OnConnectionClose(&httputil.HTTPInputError{StatusCode: status, Message: why})
	}
	if c.answer.headersSent {
		c.stream.Close(errors.New(why))
		return
	}
	c.progress = awaitingAnswer
	c.writeRefusal(status, why)
	c.stream.CloseWhenWritten(true)
}
