package http1connection

import (
	"fmt"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/trace"
)

// A step is what follows when the delegate lets the reading go on.
type step uint8

const (
	stepBeginBody   step = iota // the head was told
	stepAwaitBody               // a piece of the body was told
	stepInflate                 // a decompressed piece was told
	stepMessageRead             // the last piece was told
)

func (c *ServerConnection) take(next step) {
	switch next {
	case stepBeginBody:
		c.beginBody()
	case stepAwaitBody:
		c.awaitBody()
	case stepInflate:
		c.inflate()
	case stepMessageRead:
		c.messageRead()
	}
}

// after goes on with next when the delegate's future is done.
func (c *ServerConnection) after(future *concurrent.Future[struct{}], next step) {
	if !c.heldUp(future, next) {
		c.take(next)
	}
}

// heldUp reports whether the delegate holds up the reading. next comes later then,
// if it comes at all.
func (c *ServerConnection) heldUp(future *concurrent.Future[struct{}], next step) bool {
	if future == nil {
		return false
	}
	if c.message == nil || c.stream.Closed() {
		return true // answered, or aborted, by the delegate
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
			c.take(next)
			c.readOn()
		})
	})
	return true
}

func (c *ServerConnection) beginBody() {
	switch {
	case c.stream.Closed() || c.message == nil:
	case c.answer.finished:
		c.endRequest() // the delegate wanted none of the body
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
		c.startWaiting()
	}
}

// mayReadBody reports whether more of the body may be read in this turn: not while
// the client leaves too much of its answer unread.
func (c *ServerConnection) mayReadBody() bool {
	if c.stream.Unwritten() <= maxUnsent {
		return true
	}
	if !c.yielded {
		c.yielded = true
		c.stopWaiting()
		c.awaitWriting()
		c.NotifyDrained(func(error) {
			if c.progress == readingBody && !c.stream.Closed() {
				c.startWaiting()
			}
			c.resumeReading()
		})
	}
	return false
}

func (c *ServerConnection) readBody(data []byte) (consumed int) {
	if c.inflater != nil && len(data) > maxDeflated {
		data = data[:maxDeflated]
	}
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
			return consumed
		}
	}
	c.stopWaiting()
	if c.bodyReceived += int64(len(piece)); c.bodyReceived > c.maxBody ||
		c.chunks != nil && c.chunks.Announced() > uint64(c.maxBody-c.bodyReceived) {
		c.refuse(413, fmt.Sprintf("the body is longer than %d bytes", c.maxBody))
		return consumed
	}
	c.bodyDone = done
	switch {
	case c.inflater != nil:
		c.inflater.feed(piece, done)
		c.inflate()
	case len(piece) > 0:
		c.trace.KeepBody(piece)
		c.after(c.message.DataReceived(piece), c.afterPiece())
	case done:
		c.messageRead()
	default:
		c.startWaiting()
	}
	return consumed
}

// afterPiece is what follows when all of what has come was told.
func (c *ServerConnection) afterPiece() step {
	if c.bodyDone {
		return stepMessageRead
	}
	return stepAwaitBody
}

// inflate tells the delegate what the last piece of the body becomes.
func (c *ServerConnection) inflate() {
	for budget := inflatedPerTurn; ; {
		switch {
		case c.stream.Closed() || c.message == nil:
			return
		case c.answer.finished:
			c.endRequest()
			return
		case budget <= 0:
			c.inflateLater()
			return
		}
		piece, err := c.inflater.next()
		switch {
		case err != nil:
			c.refuseError(err)
			return
		case len(piece) == 0:
			c.take(c.afterPiece())
			return
		}
		if c.inflated += int64(len(piece)); c.inflated > c.maxBody {
			c.refuse(413, fmt.Sprintf("the body becomes longer than %d bytes", c.maxBody))
			return
		}
		budget -= len(piece)
		c.trace.KeepBody(piece)
		if c.heldUp(c.message.DataReceived(piece), stepInflate) {
			return
		}
	}
}

// inflateLater goes on when the other connections had their turn.
func (c *ServerConnection) inflateLater() {
	c.progress, c.waits = awaitingDelegate, true
	serial := c.serial
	c.AddCallback(func() {
		if c.serial == serial && c.waits && !c.stream.Closed() {
			c.waits = false
			c.inflate()
			c.readOn()
		}
	})
}

// dropBody forgets the body of a request.
func (c *ServerConnection) dropBody() {
	c.chunks = nil
	if c.inflater != nil {
		c.inflater.stop()
		c.inflater = nil
	}
}

// messageRead is called when the request is there whole.
func (c *ServerConnection) messageRead() {
	if c.stream.Closed() || c.message == nil {
		return
	}
	if c.answer.finished {
		c.endRequest() // it was given before the body was read
		return
	}
	c.progress = awaitingAnswer
	c.tellTrailers()
	serial := c.serial
	c.message.Finish()
	if c.serial == serial && c.message != nil {
		c.awaitWriting() // it comes later
	}
}
