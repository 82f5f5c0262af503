// Package http1connection speaks HTTP/1.0 and 1.1 over a stream.
//
// The rules (where a head ends, what it means, which body follows) are plain
// functions in rules*.go: bytes in, values out. A ServerConnection moves the
// bytes of one client, asks them, and tells an
// httputil.HTTPServerConnectionDelegate what has come. It belongs to the loop of
// its stream, but for AddCallback.
//
//   - Parameters, Limits: what a server allows its clients
//   - ServerConnection: one client's connection; Upgrade gives its stream to another
//     protocol, and an Upgraded is left
//   - Shared: what the connections of a loop have in common; Counters: what they have
//     done
//   - RequestHead, ChunkedDecoder, ParseProxyHeader: the rules
package http1connection

import (
	"errors"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/trace"
)

// An Owner keeps the connections of a server. It is told on the connection's
// loop.
type Owner interface {
	// ConnectionIdle is called when a held connection has no request left to
	// answer.
	ConnectionIdle(c *ServerConnection)

	// ConnectionClosed is called once, when the connection has ended.
	ConnectionClosed(c *ServerConnection)

	// ConnectionUpgraded is called when u has taken the place of a connection, and
	// UpgradedClosed, once, when u has ended.
	ConnectionUpgraded(c *ServerConnection, u *Upgraded)
	UpgradedClosed(u *Upgraded)
}

const (
	// maxUnsent is how much of earlier answers may wait for the client before its
	// next request is read.
	maxUnsent = 256 << 10
	// minUnread is how much of what is not read yet is received at least: of
	// pipelined requests, and of a body that the delegate is not ready for.
	minUnread = 64 << 10
)

// progress is how far the connection has come.
type progress uint8

const (
	readingHead        progress = iota
	readingProxyHeader          // what a proxy says before anything else
	readingHello                // of an encrypted connection, to see that it is one
	shakingHands                // for the encryption
	readingBody
	awaitingDelegate // the delegate holds up the reading
	awaitingAnswer   // everything is read
	upgraded         // the stream is an Upgraded's
)

// A ServerConnection is one client's connection. It is the
// httputil.HTTPConnection of its requests, one after another. While it waits for
// one it holds next to nothing.
type ServerConnection struct {
	// Index is where the owner keeps the connection.
	Index int

	// Set when it is made and never changed.
	stream *iostream.IOStream
	shared *Shared

	// Of the request that is being read or answered; that of shared.idle, which
	// stays zero, while there is none.
	*exchange

	remoteIP  string // of the client, as far as it is known
	progress  progress
	held      bool   // read no further request
	draining  bool   // close after the answer that is being given
	leaving   bool   // tell the owner when it is idle
	fresh     bool   // no request has been read yet
	receiving bool   // BytesReceived is running
	yielded   bool   // readOn will be called when others had their turn, or the client has read
	flushing  bool   // the deadline is that of the last answer, and not yet that of the next head
	serial    uint32 // of the request: delegates may be used again
	headBytes int    // of the next head, that have been searched for its end
	stalledAt int64  // what the socket had taken when the write timeout began
	counted   int64  // bytes the socket had taken when they were counted
}

// An exchange is what a connection knows of a request and its answer.
type exchange struct {
	message      httputil.HTTPMessageDelegate
	trace        *trace.Request
	begun        bool // a request, and not ended
	waits        bool // for a future of the delegate
	expects100   bool
	endTold      bool            // OnPeerEnd was called
	bodyDone     bool            // the last of the body has come
	chunks       *ChunkedDecoder // nil unless its body is chunked
	inflater     *inflater       // nil unless its body is decompressed
	bodyLeft     int64           // of a body with Content-Length
	bodyReceived int64
	inflated     int64
	maxBody      int64
	bodyTimeout  time.Duration // for the whole body, by SetBodyTimeout
	bodyWaited   time.Duration // for bytes of the body
	waitingSince time.Time     // the wait for bytes of the body that is not counted yet
	answer       answer
	upgraded     *Upgraded // nil until Upgrade
}

var (
	_ httputil.HTTPConnection  = (*ServerConnection)(nil)
	_ httputil.TimedConnection = (*ServerConnection)(nil)
)

// A Client is what a ServerConnection is made of.
type Client struct {
	FD       int    // connected, non-blocking
	RemoteIP string // of the client
	Shared   *Shared
	Info     *trace.Connection // nil while nobody listens
}

// NewServer begins to serve a client. The connection belongs to l from then on.
func NewServer(l *ioloop.IOLoop, client Client) (*ServerConnection, error) {
	c := &ServerConnection{shared: client.Shared, exchange: &client.Shared.idle, remoteIP: client.RemoteIP, fresh: true}
	stream, err := iostream.New(l, client.FD, c, client.Info)
	if err != nil {
		return nil, err
	}
	c.stream = stream
	stream.SetMaxUnread(max(minUnread, client.Shared.Parameters.Limits.headerSize()+2*maxEmptyLines+1))
	switch {
	case c.shared.Parameters.ProxyProtocol:
		c.awaitOpening(readingProxyHeader)
	case c.shared.Parameters.Security != nil:
		c.awaitOpening(readingHello)
	default:
		c.awaitHead()
	}
	return c, nil
}

// Unread lets the connection begin with bytes that somebody else received.
func (c *ServerConnection) Unread(data []byte) { c.stream.Push(data) }

// Info is what is told about the connection; nil while nobody listens.
func (c *ServerConnection) Info() *trace.Connection { return c.stream.Info() }

// Idle reports whether nothing is being answered and nothing waits to be sent.
func (c *ServerConnection) Idle() bool {
	return c.betweenRequests() && c.stream.Unwritten() == 0 && !c.stream.Closed()
}

func (c *ServerConnection) betweenRequests() bool {
	return c.progress == readingHead || c.isOpening()
}

// isOpening reports whether nothing has come from the client yet.
func (c *ServerConnection) isOpening() bool {
	return c.progress == readingProxyHeader || c.progress == readingHello
}

// Hold lets the connection read no further request. What is being read or
// answered goes on.
func (c *ServerConnection) Hold() { c.held = true }

// Resume takes back a Hold.
func (c *ServerConnection) Resume() {
	c.held = false
	switch {
	case c.progress == readingHead:
		c.awaitHead()
		c.readOn()
	case c.isOpening():
		c.awaitOpening(c.progress)
		c.readOn()
	}
}

// Leave tells the owner by ConnectionIdle as soon as the connection, which is
// held, is idle.
//
// A connection of which only we know something drains instead: one that is
// encrypted, or whose proxy has said who the client is.
func (c *ServerConnection) Leave() {
	p := c.shared.Parameters
	known := p.ProxyProtocol && c.progress != readingProxyHeader || p.Security != nil && !c.isOpening()
	if known {
		c.Drain()
		return
	}
	c.leaving = true
	c.tellIdle()
}

// Drain closes the connection when the request that is being read or answered, if
// any, is finished. One that has arrived counts too.
func (c *ServerConnection) Drain() {
	c.draining, c.held = true, false
	switch {
	case !c.betweenRequests():
	case c.progress == readingHead && len(c.stream.Unread()) > 0:
		c.readOn()
	case netutil.HasUnread(c.stream.FD()):
		// A request lies there, in time, and the loop will show it next. To close on it
		// would be a reset.
		c.stream.SetDeadline(c.shared.Parameters.HeaderTimeout)
	default:
		c.closeWhenWritten(false)
	}
}

// Close closes the connection at once.
func (c *ServerConnection) Close(err error) { c.stream.Close(err) }

// Detach gives up the descriptor of an idle connection, with what was received
// and belongs to no request that was read.
func (c *ServerConnection) Detach() (fd int, unread []byte) { return c.stream.Detach() }

// AddFinalCallback is AddCallback for what must be done even if the loop is closed
// before; see ioloop.IOLoop.AddFinalCallback.
func (c *ServerConnection) AddFinalCallback(f func()) { c.stream.Loop().AddFinalCallback(f) }

// AddCallback runs f on the connection's loop. It may be called from any
// goroutine.
func (c *ServerConnection) AddCallback(f func()) { c.stream.Loop().AddCallback(f) }

// SetMaxBodySize replaces the limit for the body of the request whose head was
// just read.
func (c *ServerConnection) SetMaxBodySize(bytes int64) {
	if c.message != nil {
		c.maxBody = bytes
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
	if c.stream.Closed() || !c.betweenRequests() {
		return
	}
	c.stream.NotifyDrained(func(err error) {
		if err == nil && c.leaving && c.Idle() {
			c.shared.Owner.ConnectionIdle(c)
		}
	})
}

// errPeerLeft is what a delegate is told when the client ends before its request
// does.
var errPeerLeft = errors.New("http1connection: the client ended the connection within its request")

// PeerEnded is called by the stream.
func (c *ServerConnection) PeerEnded() {
	c.noticeEnd()
	if c.message != nil && (c.progress == awaitingAnswer || c.progress == awaitingDelegate) {
		c.awaitWriting() // it may have gone
	}
}

// noticeEnd ends the connection if the client will send no more and everything
// that it has sent was read.
func (c *ServerConnection) noticeEnd() {
	switch {
	case !c.stream.PeerEnded() || c.stream.Closed() || c.yielded:
	case c.betweenRequests() && onlyEmptyLines(c.stream.Unread()):
		c.closeWhenWritten(false)
	case c.held && c.betweenRequests():
		// The successor sees the end as well.
	case c.isOpening():
		c.stream.Close(errNoOpening)
	case c.progress == readingHead || c.progress == readingBody:
		c.refuse(400, "the connection ended within the request")
	}
}

// StreamClosed is called by the stream.
func (c *ServerConnection) StreamClosed(err error) {
	defer c.shared.Owner.ConnectionClosed(c) // also when a delegate panics
	c.dropBody()
	if c.begun {
		c.begun = false
		c.shared.tally.ended++
	}
	c.countSent()
	if message := c.message; message != nil {
		c.message = nil
		if err == nil {
			err = errPeerLeft
		}
		message.OnConnectionClose(err)
	}
	c.traceClosed(err)
	c.shared.publish()
	c.exchange = &c.shared.idle // the last one is garbage: who has broken it off may still look at it
}
