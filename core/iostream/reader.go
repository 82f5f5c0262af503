package iostream

import (
	"bytes"
	"errors"
	"fmt"
)

// maxRead is how many bytes one read may collect unless SetMaxUnread says
// otherwise.
const maxRead = 100 << 20

// ErrDeadlinePassed is why a stream without a Consumer closed whose deadline
// passed.
var ErrDeadlinePassed = errors.New("iostream: the deadline of the stream has passed")

// A reader is the Consumer of a stream that has no other: it keeps what arrives
// until somebody reads it. It takes all bytes that it is shown, and the stream
// shows it none while no read is pending, unless the peer has ended.
type reader struct {
	stream  *IOStream
	pending readOp
	unread  []byte // from start on; borrowed from the loop, nil when there are none
	start   int
	more    bool // bytes are known to follow at once
}

func (r *reader) rest() []byte { return r.unread[r.start:] }

// begin starts a read, and ends it if that needs no waiting.
func (r *reader) begin(op readOp) {
	if r.pending != nil {
		panic("iostream: a read is pending already; begin the next when its future is settled")
	}
	r.pending = op
	if b, ok := op.(*bytesRead); ok && (b.n < 0 || b.n > r.stream.maxUnread && !b.partial) {
		r.refuse(fmt.Errorf("%w: %d bytes cannot be read at once", ErrBufferFull, b.n))
		return
	}
	r.satisfy(r.rest(), true)
	if r.pending == nil {
		return
	}
	s := r.stream
	if s.closed || s.closing || s.peerEnded || s.writeOnly {
		r.end(s.err)
		r.closeAtEnd()
		return
	}
	s.adjustReading()
}

// BytesReceived is called by the stream.
func (r *reader) BytesReceived(data []byte) (consumed int) {
	if r.pending != nil && len(r.rest()) == 0 {
		r.satisfy(data, false)
		return len(data)
	}
	r.keep(data)
	r.satisfy(r.rest(), true)
	return len(data)
}

// satisfy shows bytes to the pending read, if there is one. Those that it does not
// take are kept, if they are not yet.
func (r *reader) satisfy(data []byte, kept bool) {
	if r.pending == nil {
		return
	}
	op := r.pending
	n, done, err := op.take(data, r.more)
	var taken []byte
	if _, into := op.(*intoRead); done && !into {
		taken = r.claim(data[:n], kept)
	}
	if kept {
		r.drop(n)
	} else {
		r.keep(data[n:])
	}
	// The last thing, since the caller may begin the next read in it.
	switch {
	case err != nil:
		r.refuse(err)
	case done:
		r.pending = nil
		op.settle(taken)
		r.lookForEnd()
	}
}

// lookForEnd lets the peer's end be noticed although nobody reads, if somebody wants
// to be told. It comes after callbacks that AddFuture gave the last read: they may
// still write, or read on.
func (r *reader) lookForEnd() {
	s := r.stream
	switch {
	case s.closed || r.pending != nil || !s.wantsEnd():
	case s.peerEnded:
		s.loop.AddCallback(func() {
			if r.pending == nil && s.wantsEnd() {
				s.CloseWhenWritten(false)
			}
		})
	default:
		s.adjustReading()
	}
}

// claim makes data the caller's own.
func (r *reader) claim(data []byte, kept bool) []byte {
	// A large buffer that has nothing else in it is given away as it is.
	if kept && r.start == 0 && len(data) == len(r.unread) && len(data) > cap(r.unread)/2 {
		r.unread = nil
		return data[:len(data):len(data)]
	}
	return bytes.Clone(data)
}

func (r *reader) keep(data []byte) {
	if len(data) == 0 {
		return
	}
	if r.unread == nil {
		r.unread = r.stream.loop.BorrowBuffer()
	}
	// What was read makes room before the buffer grows; not more often than pays.
	if len(r.unread)+len(data) > cap(r.unread) && r.start > len(r.unread)/2 {
		r.unread = r.unread[:copy(r.unread, r.rest())]
		r.start = 0
	}
	r.unread = append(r.unread, data...)
}

func (r *reader) drop(n int) {
	if r.start += n; r.start >= len(r.unread) {
		r.stream.loop.ReturnBuffer(r.unread)
		r.unread, r.start = nil, 0
	}
}

// push puts data before the unread bytes.
func (r *reader) push(data []byte) {
	if r.pending != nil {
		panic("iostream: Push while a read is pending")
	}
	rest := r.rest()
	r.unread, r.start = append(append(r.stream.loop.BorrowBuffer(), data...), rest...), 0
}

// caughtUp is called when no more bytes are there at once.
func (r *reader) caughtUp() {
	if r.more {
		r.more = false
		r.satisfy(r.rest(), true)
	}
}

// refuse fails a read that can never be satisfied, and closes the stream.
func (r *reader) refuse(err error) {
	op := r.pending
	r.pending = nil
	r.putBack(op)
	op.fail(err)
	r.stream.Close(err)
}

// end settles the pending read when no more bytes will come.
func (r *reader) end(err error) {
	op := r.pending
	if op == nil {
		return
	}
	r.pending = nil
	if _, ok := op.(*closeRead); ok && err == nil {
		taken := r.claim(r.rest(), true)
		r.drop(len(taken))
		op.settle(taken)
		return
	}
	r.putBack(op)
	op.fail(&StreamClosedError{err})
}

// putBack lets the bytes of a read that fails be read again.
func (r *reader) putBack(op readOp) {
	if into, ok := op.(*intoRead); ok && into.got > 0 {
		r.push(into.buf[:into.got])
	}
}

// PeerEnded is called by the stream. It closes when somebody wants to read more than
// there is: whoever reads the rest may still answer.
func (r *reader) PeerEnded() {
	r.more = false
	r.satisfy(r.rest(), true)
	if r.pending == nil {
		r.lookForEnd()
		return
	}
	r.end(nil)
	r.closeAtEnd()
}

// closeAtEnd closes a stream that nobody can read any more.
func (r *reader) closeAtEnd() {
	if r.stream.peerEnded {
		r.stream.CloseWhenWritten(false)
	}
}

// DeadlinePassed is called by the stream.
func (r *reader) DeadlinePassed() { r.stream.Close(ErrDeadlinePassed) }

// StreamClosed is called by the stream.
func (r *reader) StreamClosed(err error) { r.end(err) }
