package iostream

import (
	"fmt"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/netutil"
)

// Buffer returns the unwritten bytes to be appended to, which saves a copy; what
// was appended must come back by SetBuffer before anything else is called.
func (s *IOStream) Buffer() []byte {
	if s.out == nil {
		s.out = s.loop.BorrowBuffer()
	}
	return s.out
}

// SetBuffer takes the result of appending to Buffer.
func (s *IOStream) SetBuffer(out []byte) {
	if s.closed {
		s.loop.ReturnBuffer(out)
		s.out = nil
		return
	}
	s.out = out
	s.deferFlush()
}

// Write queues a copy of data. It leaves at the end of this turn of the loop, or
// as the peer reads. After Close or CloseWhenWritten it does nothing.
func (s *IOStream) Write(data []byte) {
	if s.closed || s.closing || len(data) == 0 {
		return
	}
	s.SetBuffer(append(s.Buffer(), data...))
}

// WriteNow is Write and Flush, for what nothing else could leave with. data is not
// even copied if the socket takes it.
func (s *IOStream) WriteNow(data []byte) {
	if s.closed || s.closing || len(data) == 0 {
		return
	}
	if s.secure == nil && s.out == nil && !s.connecting && s.fileLeft() == 0 {
		n, err := s.writeSome(data)
		if err != nil && err != netutil.ErrWouldBlock {
			s.Close(err)
			return
		}
		s.took(int64(n))
		if data = data[n:]; len(data) == 0 {
			return
		}
	}
	s.Write(data)
	s.Flush()
}

func (s *IOStream) deferFlush() {
	if !s.deferred && !s.closed {
		s.deferred = true
		s.loop.Defer(s)
	}
}

// Flush writes what is queued. The loop calls it at the end of a turn.
func (s *IOStream) Flush() {
	s.deferred = false
	if !s.closed && s.want&ioloop.Write == 0 {
		s.writeNow()
	}
	s.overfull()
}

func (s *IOStream) writeNow() {
	s.send()
	if s.closed {
		return
	}
	if s.Unwritten() > 0 {
		s.compact()
	} else if s.out != nil {
		s.loop.ReturnBuffer(s.out)
		s.out, s.written = nil, 0
	}
	if s.waits() {
		s.setWant(s.want | ioloop.Write)
	} else {
		s.setWant(s.want &^ ioloop.Write)
	}
	s.tellDrained()
	// Who was told may have written more.
	if s.closing && !s.closed && s.allSent() {
		s.finishClose()
	}
}

// waits reports whether there is something that the socket could take.
func (s *IOStream) waits() bool {
	if s.secure != nil {
		return s.secure.unsent()
	}
	return s.Unwritten() > 0
}

// allSent reports whether nothing is left that must leave before a close.
func (s *IOStream) allSent() bool {
	if t := s.secure; t != nil && t.phase == broken {
		return t.out == nil
	}
	return s.Unwritten() == 0 && !s.waits()
}

// send gives the socket what it takes.
func (s *IOStream) send() {
	if s.fileLeft() > 0 {
		s.sendWithFile(&s.seldom.file)
		return
	}
	data := s.out[s.written:]
	if s.secure != nil {
		s.secure.encrypt()
		data = s.secure.out[s.secure.taken:]
	}
	s.sendBytes(data)
}

// sendBytes reports whether the socket took all of data, the next bytes to leave.
func (s *IOStream) sendBytes(data []byte) bool {
	if len(data) == 0 {
		return true
	}
	n, err := s.writeSome(data)
	if err != nil && err != netutil.ErrWouldBlock {
		s.writeFailed(err)
		return false
	}
	all := n == len(data)
	if s.secure != nil {
		n = s.secure.took(n)
	}
	s.written += n
	s.took(int64(n))
	return all
}

// HearOut lets a stream whose write fails show first what its peer sent before it
// went away: servers often refuse a request that is still being sent, and go. Linux
// keeps what was received when the connection is reset; other systems may not.
func (s *IOStream) HearOut() { s.hearsOut = true }

// writeFailed closes the stream because a write has failed.
func (s *IOStream) writeFailed(err error) {
	for s.hearsOut && !s.closed && !s.closing && !s.delivering && s.mayRead() && s.read() {
	}
	s.Close(err)
}

func (s *IOStream) writeSome(data []byte) (int, error) {
	if s.pipe {
		return netutil.Write(s.fd, data)
	}
	return netutil.Send(s.fd, data)
}

// took counts bytes that the socket has taken.
func (s *IOStream) took(n int64) {
	s.sent += n
	if s.conn != nil {
		s.conn.BytesOut.Add(n)
		s.conn.Pending.Store(int64(s.Unwritten()))
	}
}

// compact drops the written half of a buffer that stays full for long.
func (s *IOStream) compact() {
	if s.written > len(s.out)/2 {
		s.out = s.out[:copy(s.out, s.out[s.written:])]
		s.written = 0
	}
}

// Sent is how many bytes the socket has taken in all.
func (s *IOStream) Sent() int64 { return s.sent }

type drainWaiter struct {
	offset int64 // of sent
	call   func(error)
}

// SetMaxUnwritten sets how many bytes may wait for the socket at the end of a turn
// of the loop; with more the stream closes with ErrBufferFull. Zero is no limit,
// and so it is in the beginning.
func (s *IOStream) SetMaxUnwritten(bytes int) { s.rare().maxUnwritten = bytes }

// overfull closes the stream if too much waits for the socket.
func (s *IOStream) overfull() {
	if s.seldom == nil || s.seldom.maxUnwritten <= 0 || s.buffered() <= s.seldom.maxUnwritten {
		return
	}
	s.Close(fmt.Errorf("%w: %d bytes are not written, and %d may be", ErrBufferFull, s.buffered(), s.seldom.maxUnwritten))
}

// Writing reports whether bytes wait for the socket.
func (s *IOStream) Writing() bool { return s.Unwritten() > 0 }

// Drained is settled when everything that was written so far has been taken by the
// system, and fails with a *StreamClosedError when the stream closes before.
func (s *IOStream) Drained() *concurrent.Future[struct{}] {
	f := new(concurrent.Future[struct{}])
	s.NotifyDrained(func(err error) {
		if err != nil {
			failQuietly(f, err)
			return
		}
		f.SetResult(struct{}{})
	})
	return f
}

// NotifyDrained calls f on the loop when everything that was written so far has
// been taken by the socket, or with an error when the stream closes before.
func (s *IOStream) NotifyDrained(f func(error)) {
	if s.closed {
		f(&StreamClosedError{s.err})
		return
	}
	if s.Unwritten() == 0 {
		f(nil)
		return
	}
	s.drained = append(s.drained, drainWaiter{s.sent + int64(s.Unwritten()), f})
}

func (s *IOStream) tellDrained() {
	for len(s.drained) > 0 && s.drained[0].offset <= s.sent {
		call := s.drained[0].call
		s.drained = s.drained[1:]
		s.guard(func() { call(nil) })
	}
	if len(s.drained) == 0 {
		s.drained = nil
	}
}
