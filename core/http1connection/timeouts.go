package http1connection

import (
	"fmt"
	"math"
	"time"
)

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

// SetBodyTimeout says how long the client may take to send the whole body of the
// request whose head was read, in place of BodyTimeout and MinBodyRate. Zero
// gives these back their place; negative means no limit. Only the time counts in
// which the server waits for the client.
func (c *ServerConnection) SetBodyTimeout(d time.Duration) {
	c.bodyTimeout = d
	if c.progress == readingBody {
		c.setBodyDeadline()
	}
}

// bodyPatience is how long the client may leave us without the next byte of a
// body of which so many bytes have come while we waited for so long. Negative
// means for ever. whole is the time for all of the body, if not zero.
func (p *Parameters) bodyPatience(whole time.Duration, received int64, waited time.Duration) time.Duration {
	switch {
	case whole < 0 || whole == 0 && p.BodyTimeout < 0:
		return -1
	case whole > 0:
		return max(whole-waited, 1)
	case p.MinBodyRate < 0:
		return p.BodyTimeout
	}
	earned := time.Duration(math.MaxInt64)
	if seconds := received / p.MinBodyRate; seconds < int64(time.Hour*24*365/time.Second) {
		earned = time.Duration(seconds)*time.Second + time.Duration(received%p.MinBodyRate)*time.Second/time.Duration(p.MinBodyRate)
	}
	if waited > earned {
		return max(p.BodyTimeout+earned-waited, 1)
	}
	return p.BodyTimeout
}

// startWaiting is called when the next byte of a body is the client's affair.
func (c *ServerConnection) startWaiting() {
	c.waitingSince = c.stream.Loop().Now()
	c.setBodyDeadline()
}

func (c *ServerConnection) setBodyDeadline() {
	c.stream.SetDeadline(c.parameters.bodyPatience(c.bodyTimeout, c.bodyReceived, c.bodyWaited))
}

// stopWaiting is called when some of it has come.
func (c *ServerConnection) stopWaiting() {
	if now := c.stream.Loop().Now(); now != c.waitingSince {
		c.bodyWaited += now.Sub(c.waitingSince)
		c.waitingSince = now
	}
}

// DeadlinePassed is called by the stream.
func (c *ServerConnection) DeadlinePassed() {
	switch {
	case c.stream.Unwritten() > 0 || c.progress == awaitingDelegate || c.progress == awaitingAnswer:
		c.checkWriting()
	case c.progress == readingBody:
		c.counters.BodyTimeouts.Add(1)
		c.refuse(408, "the body did not arrive in time")
	case c.held:
		// The successor has its own patience.
	case c.isOpening():
		c.counters.HeaderTimeouts.Add(1)
		c.stream.Close(errNoOpening)
	case c.headBytes > 0 && !onlyEmptyLines(c.stream.Unread()):
		c.counters.HeaderTimeouts.Add(1)
		c.refuse(408, "the head did not arrive in time")
	case c.flushing:
		c.flushing = false
		c.stream.SetDeadline(c.parameters.IdleTimeout - c.parameters.WriteTimeout)
	default:
		c.counters.IdleTimeouts.Add(1)
		c.closeWhenWritten(false)
	}
}

// checkWriting closes the connection if its client has taken nothing since the
// last check although something waits for it.
func (c *ServerConnection) checkWriting() {
	sent := c.stream.Sent()
	if c.stream.Unwritten() > 0 && sent == c.stalledAt {
		c.counters.WriteTimeouts.Add(1)
		c.stream.Close(fmt.Errorf("the client took nothing for %v", c.parameters.WriteTimeout))
		return
	}
	c.awaitWriting()
}
