package http1connection

import (
	"fmt"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/trace"
)

// A Drainer is a consumer of an upgraded stream that wants to know when the
// server stops, or leaves its connections to a successor: it should say farewell
// and close.
type Drainer interface{ Drain() }

// Upgrade gives the stream to another protocol, for which WriteHeaders has
// answered 101, or 2xx to a CONNECT; or before any answer, which is then the
// consumer's to write. It is called once for a request, on the loop, from Finish of
// the delegate or later. consumer is made with the stream, and is
// told from then on what the stream is told, beginning with what came behind the
// request; the delegate is told no more. The stream is the consumer's to write to
// and to close, over TLS too; it has no deadline. The server counts the connection
// until it closes, and tells a consumer that is a Drainer when it should.
//
// The ServerConnection has ended then, and an Upgraded has its place with the owner:
// a request that somebody keeps should not keep it.
func (c *ServerConnection) Upgrade(consumer func(*iostream.IOStream) iostream.Consumer) error {
	a := &c.answer
	switch {
	case c.stream.Closed() || c.message == nil:
		return errClosed
	case c.progress != awaitingAnswer:
		return fmt.Errorf("http1connection: Upgrade before the request was read: %w", httputil.ErrOutput)
	case a.finished || a.headersSent && a.framing != framingTunnel:
		return fmt.Errorf("http1connection: Upgrade behind an answer that does not allow it: %w", httputil.ErrOutput)
	}
	a.finished, c.message = true, nil
	c.requestEnded()
	c.traceFinished()
	c.progress = upgraded
	c.answer = answer{headersSent: true, finished: true} // its method was a part of the head, which would stay
	c.stream.SetDeadline(0)
	u := &Upgraded{stream: c.stream, shared: c.shared, counted: c.counted}
	if u.consumer = consumer(c.stream); c.stream.Closed() {
		return errClosed // by it, so that it knows
	}
	c.upgraded = u
	c.stream.SetConsumer(u)
	c.stream.SetMaxUnread(minUnread)
	c.shared.Owner.ConnectionUpgraded(c, u)
	if c.draining || c.leaving {
		u.Drain()
	}
	if !c.receiving {
		c.stream.Deliver()
	}
	return nil
}

// An Upgraded is what remains of a ServerConnection whose stream is another
// protocol's. It belongs to the stream's loop.
type Upgraded struct {
	// Index is where the owner keeps it.
	Index int

	// Set by Upgrade and never changed.
	stream   *iostream.IOStream
	consumer iostream.Consumer
	shared   *Shared
	counted  int64 // bytes that the socket had taken before
}

// Info is what is told about the connection; nil while nobody listens.
func (u *Upgraded) Info() *trace.Connection { return u.stream.Info() }

// Drain tells the consumer, or else closes.
func (u *Upgraded) Drain() {
	if d, ok := u.consumer.(Drainer); ok {
		d.Drain()
		return
	}
	u.stream.CloseWhenWritten(false)
}

// Close closes the connection at once.
func (u *Upgraded) Close(err error) { u.stream.Close(err) }

// BytesReceived is called by the stream.
func (u *Upgraded) BytesReceived(data []byte) (consumed int) {
	consumed = u.consumer.BytesReceived(data)
	u.shared.Counters.BytesIn.Add(int64(consumed))
	return consumed
}

// PeerEnded is called by the stream.
func (u *Upgraded) PeerEnded() { u.consumer.PeerEnded() }

// DeadlinePassed is called by the stream.
func (u *Upgraded) DeadlinePassed() { u.consumer.DeadlinePassed() }

// StreamClosed is called by the stream.
func (u *Upgraded) StreamClosed(err error) {
	defer u.shared.Owner.UpgradedClosed(u) // also when the consumer panics
	u.shared.Counters.BytesOut.Add(u.stream.Sent() - u.counted)
	u.consumer.StreamClosed(err)
	if info := u.Info(); info != nil {
		info.Err = err
	}
}
