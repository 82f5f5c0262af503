package websocket

import (
	"math"
	"time"

	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// A stall is the watch on a client that should take what was written.
type stall struct {
	due  int64 // nanoseconds from epoch; 0: nobody watches
	sent int64 // what the socket had taken when it began
}

// epoch is from where time is counted, a moment before everything: zero is never.
var epoch = time.Now().Add(-time.Second)

func (c *conn) now() int64 { return int64(c.stream.Loop().Now().Sub(epoch)) }

// after is a delay after now, which may be before epoch; what cannot be said is as late
// as can be.
func after(now int64, delay time.Duration) int64 {
	if int64(delay) > math.MaxInt64-max(now, 0) {
		return math.MaxInt64
	}
	return now + int64(delay)
}

// setDue sets when the connection must be looked at, for the next ping, pong or
// close frame. Negative means never.
func (c *conn) setDue(delay time.Duration) {
	c.due = 0
	if delay >= 0 {
		c.due = after(c.now(), delay)
	}
	c.setDeadline()
}

// watchWriting begins to watch whether the client takes what was just written.
func (c *conn) watchWriting() {
	if timeout := c.kind.options.WriteTimeout; c.stalled.due == 0 && timeout > 0 {
		c.stalled = stall{after(c.now(), timeout), c.stream.Sent()}
		c.setDeadline()
	}
}

// pingsPerInterval is at how many moments of an interval pings are sent. Those of many
// connections leave together, since each time that the loop wakes up for some of them,
// or for their answers, costs more than a ping does.
const pingsPerInterval = 32

// nextPing is when the ping that follows one is due: an interval later, or up to a part
// of pingsPerInterval less.
func (o *Options) nextPing(last int64) int64 {
	next := after(last, o.PingInterval)
	return next - next%max(int64(o.PingInterval)/pingsPerInterval, 1)
}

// firstPing is when the first is due: up to a quarter of an interval earlier. Clients
// that all came at once, after a restart, would be asked all at once for ever, and
// everybody else would wait meanwhile. Neighbours by descriptor stay together, since
// what the system and we know of them lies together in memory: in any other order a
// ping takes half as long again.
func (o *Options) firstPing(opened int64, fd int) int64 {
	const neighbours, groups = 64, 8
	group := int64(fd / neighbours % groups)
	return o.nextPing(opened - int64(o.PingInterval)/(4*groups)*group)
}

// setDeadline sets the stream's one deadline to what comes first.
func (c *conn) setDeadline() {
	next := c.due
	if s := c.stalled.due; s != 0 && (next == 0 || s < next) {
		next = s
	}
	if next == 0 {
		c.stream.SetDeadline(0)
		return
	}
	c.stream.SetDeadline(time.Duration(max(next-c.now(), 1)))
}

// DeadlinePassed is called by the stream.
func (c *conn) DeadlinePassed() {
	now := c.now()
	if s := &c.stalled; s.due != 0 && now >= s.due {
		s.due = 0
		if c.stream.Unwritten() > 0 {
			if c.stream.Sent() == s.sent {
				c.stream.Close(errStalled)
				return
			}
			c.watchWriting()
		}
	}
	if c.due != 0 && now >= c.due {
		c.due = 0
		if c.closing {
			c.stream.Close(errCloseTimeout)
			return
		}
		c.keepAlive(now)
	}
	c.setDeadline()
}

// A ping that nobody wrote has no payload.
var keepAlivePing = &prepared{opcode: frame.Ping, plain: frame.Append(nil, frame.Ping, false, nil)}

// keepAlive sends a ping, or looks what came of the last, for which it waited.
func (c *conn) keepAlive(now int64) {
	o := &c.kind.options
	if c.awaitingPong {
		c.awaitingPong = false
		// A client that sends is alive; and while we do not read we cannot know.
		if !c.heard && !c.busy && !c.yielded {
			c.pingTimedOut()
			return
		}
		if o.PingTimeout < o.PingInterval {
			c.due = o.nextPing(now - int64(o.PingTimeout))
			return
		}
	}
	sent := int64(time.Since(epoch)) // many may have been sent since this turn began
	if !c.writePrepared(keepAlivePing, true) {
		return
	}
	c.heard = false
	if o.PingTimeout > 0 {
		c.awaitingPong, c.due = true, after(sent, o.PingTimeout)
		return
	}
	c.due = o.nextPing(sent)
}

// pingTimedOut ends the connection of a client that is most likely gone.
func (c *conn) pingTimedOut() {
	c.fail(frame.InternalError, "ping timed out")
	c.stream.Flush()
	c.stream.Close(errPingTimeout)
}

// ponged is called with each pong.
func (c *conn) ponged() {
	if !c.awaitingPong {
		return
	}
	c.awaitingPong = false
	sent := c.due - int64(c.kind.options.PingTimeout)
	took := max(time.Since(epoch)-time.Duration(sent), 0)
	c.roundTrip = uint32(min(took.Microseconds(), math.MaxUint32))
	c.due = c.kind.options.nextPing(sent)
	c.setDeadline()
}
