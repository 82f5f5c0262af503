package http1connection

import (
	"fmt"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/iostream"
)

// A Drainer is a consumer of an upgraded stream that wants to know when the
// server stops, or leaves its connections to a successor: it should say farewell
// and close.
type Drainer interface{ Drain() }

// Upgrade gives the stream to another protocol, for which WriteHeaders has
// answered 101, or 2xx to a CONNECT. It is called once for a request, on the loop,
// from Finish of the delegate or later. consumer is made with the stream, and is
// told from then on what the stream is told, beginning with what came behind the
// request; the delegate is told no more. The stream is the consumer's to write to
// and to close, over TLS too; it has no deadline. The server counts the connection
// until it closes, and tells a consumer that is a Drainer when it should.
func (c *ServerConnection) Upgrade(consumer func(*iostream.IOStream) iostream.Consumer) error {
	a := &c.answer
	switch {
	case c.stream.Closed() || c.message == nil:
		return errClosed
	case c.progress != awaitingAnswer:
		return fmt.Errorf("http1connection: Upgrade before the request was read: %w", httputil.ErrOutput)
	case !a.headersSent || a.finished || a.framing != framingTunnel:
		return fmt.Errorf("http1connection: Upgrade without an answer that allows it: %w", httputil.ErrOutput)
	}
	a.finished, c.message = true, nil
	c.requestEnded()
	c.traceFinished()
	c.progress = upgraded
	c.answer = answer{headersSent: true, finished: true} // its method was a part of the head, which would stay
	c.stream.SetDeadline(0)
	c.upgraded = consumer(c.stream)
	c.stream.SetMaxUnread(minUnread)
	if c.draining || c.leaving {
		c.drainUpgraded()
	}
	if !c.receiving {
		c.stream.Deliver()
	}
	return nil
}

// drainUpgraded tells the consumer, or else closes.
func (c *ServerConnection) drainUpgraded() {
	if d, ok := c.upgraded.(Drainer); ok {
		d.Drain()
		return
	}
	c.stream.CloseWhenWritten(false)
}
