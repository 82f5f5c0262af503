package http1connection

import (
	"fmt"
	"math"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
)

// awaitHead begins the wait for a request.
func (c *ServerConnection) awaitHead() {
	c.endExchange()
	c.progress, c.headBytes = readingHead, 0
	idle := c.shared.Parameters.IdleTimeout
	if c.draining { // the request for which it has come may come yet
		idle = c.shared.Parameters.HeaderTimeout
	}
	// There is one deadline for reading and writing. The wait for a request does
	// not end before the last answer was taken, so that of writing comes first.
	write := c.shared.Parameters.WriteTimeout
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
	patience := c.shared.Parameters.WriteTimeout
	if c.peerToTell() != nil {
		patience = endPatience
	}
	c.stream.SetDeadline(patience)
}

// endPatience is for how long a client that has ended its side may take nothing
// before its leaving is told. It may have closed only that side and wait for the
// answer, or be gone altogether; nobody can tell before something is sent.
const endPatience = time.Second

// peerToTell is who wants to know that the client has ended its side, and was not
// told yet; nil if there is nobody, or it has not.
func (c *ServerConnection) peerToTell() httputil.PeerEndDelegate {
	if !c.stream.PeerEnded() || c.endTold {
		return nil
	}
	m, _ := c.message.(httputil.PeerEndDelegate)
	return m
}

// SetBodyTimeout says how long the client may take to send the whole body of the
// request whose head was read, in place of BodyTimeout and MinBodyRate. Zero
// gives these back their place; negative means no limit. Only the time counts in
// which the server waits for the client.
func (c *ServerConnection) SetBodyTimeout(d time.Duration) {
	if c.message == nil {
		return
	}
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
	c.stream.SetDeadline(c.shared.Parameters.bodyPatience(c.bodyTimeout, c.bodyReceived, c.bodyWaited))
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
		c.shared.Counters.BodyTimeouts.Add(1)
		c.refuse(408, "the body did not arrive in time")
	case c.held:
		// The successor has its own patience.
	case c.isOpening():
		c.shared.Counters.HeaderTimeouts.Add(1)
		c.stream.Close(errNoOpening)
	case c.headBytes > 0 && !onlyEmptyLines(c.stream.Unread()):
		c.shared.Counters.HeaderTimeouts.Add(1)
		c.refuse(408, "the head did not arrive in time")
	case c.flushing:
		c.flushing = false
		c.stream.SetDeadline(c.shared.Parameters.IdleTimeout - c.shared.Parameters.WriteTimeout)
	default:
		c.shared.Counters.IdleTimeouts.Add(1)
		c.closeWhenWritten(false)
	}
}

// checkWriting closes the connection if its client has taken nothing since the
// last check although something waits for it.
func (c *ServerConnection) checkWriting() {
	sent := c.stream.Sent()
	if m := c.peerToTell(); m != nil {
		c.endTold = sent == c.stalledAt
		c.awaitWriting()
		if c.endTold {
			m.OnPeerEnd()
		}
		return
	}
	if c.stream.Unwritten() > 0 && sent == c.stalledAt {
		c.shared.Counters.WriteTimeouts.Add(1)
		c.stream.Close(fmt.Errorf("the client took nothing for %v", c.shared.Parameters.WriteTimeout))
		return
	}
	c.awaitWriting()
}
