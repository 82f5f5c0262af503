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
	"github.com/tornado-dev/tornado/core/netutil"
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

	// The timeouts are kept to a tenth of a second; negative ones mean no limit.

	// IdleTimeout is how long a connection may wait for the first byte of a
	// request; 75 s by default.
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
	// minUnread is how much of what is not read yet is received at least: of
	// pipelined requests, and of a body that the delegate is not ready for.
	minUnread = 64 << 10
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
	receiving bool // BytesReceived is running
	yielded   bool // readOn will be called when others had their turn, or the client has read
	flushing  bool // the deadline is that of the last answer, and not yet that of the next head
	headBytes int  // of the next head, that have been searched for its end

	// Of the request that is being read or answered.
	serial       uint32 // of the request: delegates may be used again
	waits        bool   // for a future of the delegate
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
	stream.SetMaxUnread(max(minUnread, client.Parameters.Limits.headerSize()+2*maxEmptyLines+1))
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
		c.readOn()
	}
}

// Leave tells the owner by ConnectionIdle as soon as the connection, which is
// held, is idle.
func (c *ServerConnection) Leave() {
	c.leaving = true
	c.tellIdle()
}

// Drain closes the connection when the request that is being read or answered, if
// any, is finished.
func (c *ServerConnection) Drain() {
	c.draining, c.held = true, false
	switch {
	case c.progress != readingHead:
	case len(c.stream.Unread()) > 0:
		c.readOn()
	default:
		c.closeWhenWritten(false)
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
	c.progress, c.headBytes, c.answer = readingHead, 0, answer{}
	idle := c.parameters.IdleTimeout
	// There is one deadline for reading and writing. The wait for a request does
	// not end before the last answer was taken, so that of writing comes first.
	write := c.parameters.WriteTimeout
	c.flushing = c.stream.Unwritten() > 0 && write > 0 && (write < idle || idle < 0)
	if c.flushing {
		c.awaitWriting()
		return
	}
	c.stalledAt = -1
	c.stream.SetDeadline(idle)
}

// awaitWriting begins the time in which the client must take something.
func (c *ServerConnection) awaitWriting() {
	c.stalledAt = c.stream.Sent()
	c.stream.SetDeadline(c.parameters.WriteTimeout)
}

// BytesReceived is called by the stream.
func (c *ServerConnection) BytesReceived(data []byte) (consumed int) {
	c.receiving = true
	for requests := 0; consumed < len(data) && !c.stream.Closed(); {
		n := 0
		switch c.progress {
		case readingHead:
			if c.held || !c.mayReadOn(requests) {
				break
			}
			n = c.readHead(data[consumed:])
			requests++
		case readingBody:
			n = c.readBody(data[consumed:])
		}
		if n == 0 {
			break
		}
		consumed += n
	}
	c.receiving = false
	return consumed
}

// readOn reads what was left unread before, and the end if it has come.
func (c *ServerConnection) readOn() {
	c.stream.Deliver()
	c.noticeEnd()
}

// mayReadOn reports whether the next pipelined request may be read in this turn.
func (c *ServerConnection) mayReadOn(requests int) bool {
	switch {
	case c.yielded:
	case c.stream.Unwritten() > maxUnsent:
		c.yielded = true
		c.stream.NotifyDrained(func(error) { c.resumeReading() })
	case requests >= requestsPerTurn:
		c.yielded = true
		c.AddCallback(c.resumeReading)
	default:
		return true
	}
	return false
}

func (c *ServerConnection) resumeReading() {
	c.yielded = false
	c.readOn()
}

// readHead reads a request's head if it is there whole, and starts the request.
func (c *ServerConnection) readHead(data []byte) (consumed int) {
	start, end, err := FindHeadEnd(data, c.headBytes, &c.parameters.Limits)
	if err != nil {
		c.refuseError(err)
		return len(data)
	}
	if end == 0 {
		if c.headBytes == 0 {
			c.flushing = false
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
	goesOn := canKeepAlive(head)
	c.answer = answer{method: head.Method, http10: head.HTTP10,
		keepAlive: goesOn && !c.parameters.NoKeepAlive, clientGoesOn: goesOn}
	c.serial++
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
	if c.message == nil || c.stream.Closed() {
		return // answered, or aborted, by the delegate
	}
	c.progress, c.waits = awaitingDelegate, true
	serial := c.serial
	future.AddDoneCallback(func(f *concurrent.Future[struct{}]) {
		c.AddCallback(func() {
			if c.serial != serial || !c.waits || c.stream.Closed() {
				return
			}
			c.waits = false
			if _, err := f.Result(); err != nil {
				c.Abort(err)
				return
			}
			next()
			c.readOn()
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
	case c.bodyIsRead():
		c.messageRead()
	default:
		if c.expects100 && !c.answer.headersSent {
			c.stream.Write([]byte(continueLine))
		}
		c.trace.Enter(trace.PhaseBody)
		c.awaitBody()
	}
}

// bodyIsRead reports whether the last octet of the body has come. Of a chunked one
// only the decoder knows, so it says no.
func (c *ServerConnection) bodyIsRead() bool {
	return c.progress == awaitingAnswer || c.bodyLeft == 0 && c.chunks == nil
}

func (c *ServerConnection) awaitBody() {
	switch {
	case c.message == nil: // answered meanwhile
	case c.answer.finished:
		c.endRequest() // it wants no more of the body
	default:
		c.progress = readingBody
		c.stream.SetDeadline(c.parameters.BodyTimeout)
	}
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
	if c.bodyReceived += int64(len(piece)); c.bodyReceived > c.maxBody ||
		c.chunks != nil && c.chunks.remaining > uint64(c.maxBody-c.bodyReceived) {
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
	serial := c.serial
	if !c.answer.finished {
		c.message.Finish()
	} else {
		// An answer that was given before the body was read ends here.
		c.endRequest()
	}
	if c.serial == serial && c.message != nil {
		c.awaitWriting() // it comes later
	}
}

// endRequest is called when the request is read and its answer finished.
func (c *ServerConnection) endRequest() {
	c.message, c.waits = nil, false
	if c.info != nil {
		c.info.Requests.Add(1)
	}
	if !c.answer.keepAlive || c.draining {
		// A client that did not ask for the end may have sent more. To close on that
		// would be a reset, and could cost it the answer.
		c.closeWhenWritten(!c.answer.bodyRead || c.answer.clientGoesOn && netutil.HasUnread(c.stream.FD()))
		return
	}
	c.awaitHead()
	switch {
	case c.leaving:
		// The stream may be in the middle of showing us bytes.
		c.AddCallback(c.tellIdle)
	case !c.receiving:
		c.readOn()
	}
}

// closeWhenWritten closes the connection when the client has taken what was
// written.
func (c *ServerConnection) closeWhenWritten(linger bool) {
	c.progress = awaitingAnswer
	c.awaitWriting()
	c.stream.CloseWhenWritten(linger)
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
	c.noticeEnd()
	// It may have closed only its own side and wait for the answer, or be gone
	// altogether; nobody can tell. So the answer is written all the same.
	if m, ok := c.message.(httputil.PeerEndDelegate); ok {
		m.OnPeerEnd()
	}
}

// noticeEnd ends the connection if the client will send no more and everything
// that it has sent was read.
func (c *ServerConnection) noticeEnd() {
	switch {
	case !c.stream.PeerEnded() || c.stream.Closed() || c.yielded:
	case c.progress == readingHead && len(c.stream.Unread()) == 0:
		c.closeWhenWritten(false)
	case c.progress == readingHead && c.held:
		// The successor sees the end as well.
	case c.progress == readingHead || c.progress == readingBody:
		c.refuse(400, "the connection ended within the request")
	}
}

// DeadlinePassed is called by the stream.
func (c *ServerConnection) DeadlinePassed() {
	switch {
	case c.stream.Unwritten() > 0 || c.progress == awaitingDelegate || c.progress == awaitingAnswer:
		c.checkWriting()
	case c.progress == readingBody:
		c.refuse(408, "the body did not arrive in time")
	case c.held:
		// The successor has its own patience.
	case c.headBytes > 0:
		c.refuse(408, "the head did not arrive in time")
	case c.flushing:
		c.flushing = false
		c.stream.SetDeadline(c.parameters.IdleTimeout - c.parameters.WriteTimeout)
	default:
		c.closeWhenWritten(false)
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
	c.awaitWriting()
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
	switch {
	case !c.answer.headersSent:
		c.writeRefusal(status, why)
	case !c.answer.finished:
		c.Abort(errors.New(why))
		return
	}
	c.closeWhenWritten(true)
}
