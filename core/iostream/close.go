package iostream

import (
	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/netutil"
)

// SetCloseCallback calls f once, when the stream has closed and everything else was
// told of it, with the reason; nil for an orderly end. If the stream has closed
// already it is called in the next turn of the loop.
//
// A stream without a Consumer closes when its peer has ended and a read wants more
// than was received; with a close callback as soon as nothing is unread. What is
// written by then still leaves. That the peer is gone altogether is always noticed.
func (s *IOStream) SetCloseCallback(f func(err error)) {
	if s.closed {
		s.loop.AddCallback(func() { f(s.err) })
		return
	}
	s.rare().closeCallback = f
	s.adjustReading()
}

func (s *IOStream) rare() *seldom {
	if s.seldom == nil {
		s.seldom = new(seldom)
	}
	return s.seldom
}

// CloseWhenWritten closes the stream when the queued bytes have left. Nothing that
// comes in is shown any more. With linger the peer is told the end first, and what
// it still sends is taken in for up to two seconds, so that it reads our last bytes.
func (s *IOStream) CloseWhenWritten(linger bool) {
	if s.closed || s.closing {
		return
	}
	s.closing, s.linger = true, linger
	if !s.delivering {
		s.keep(nil)
	}
	s.adjustReading()
	s.deferFlush()
}

func (s *IOStream) finishClose() {
	if s.secure != nil && s.secure.notify() {
		s.writeNow() // and come back
		return
	}
	if !s.linger || s.peerEnded || s.handshaking() {
		s.Close(s.err)
		return
	}
	if s.lingering {
		return
	}
	if err := netutil.ShutdownWrite(s.fd); err != nil {
		s.Close(err)
		return
	}
	s.lingering = true
	s.loop.SetDeadline(s.fd, lingerTime)
}

// Close closes the stream at once; err is the reason, nil for an orderly end.
// Bytes that were not written are lost. What was received can still be read by
// ReadBytes and its like. The peer of an encrypted stream is told an orderly end
// by a close_notify alert if everything before it has left.
func (s *IOStream) Close(err error) {
	if s.closed {
		return
	}
	if s.err != nil {
		err = s.err // it was closing because of that
	}
	if t := s.secure; t != nil {
		if err == nil && !t.unsent() && t.notify() {
			netutil.Send(s.fd, t.out) // as far as possible
		}
		defer t.closed(err)
	}
	fd := s.release(err)
	netutil.Close(fd)
	drained := s.drained
	s.drained = nil
	s.tellClosed(drained, err)
}

// tellClosed tells everybody, also when some of them panic.
func (s *IOStream) tellClosed(drained []drainWaiter, err error) {
	if len(drained) > 0 {
		defer s.tellClosed(drained[1:], err)
		drained[0].call(&StreamClosedError{err})
		return
	}
	if rare := s.seldom; rare != nil {
		s.seldom = nil
		if rare.closeCallback != nil {
			defer rare.closeCallback(err)
		}
		if rare.connecting != nil {
			failQuietly(&rare.connecting.future, &StreamClosedError{err})
		}
	}
	s.consumer.StreamClosed(err)
}

// failQuietly lets a future fail because its stream closes. Nobody has to ask for
// the error: whoever wants to know why a stream closed is told by it.
func failQuietly[T any](f *concurrent.Future[T], err error) {
	var none T
	f.TrySet(none, err)
	f.Result()
}

// Detach gives the descriptor up without closing it, with the bytes that were
// received and not taken. The stream is closed then, and nobody is told. There must
// be no unwritten bytes and no pending read, and it must not be called while the
// consumer is shown bytes. An encrypted stream cannot be detached: then fd is -1,
// and nothing has changed.
func (s *IOStream) Detach() (fd int, unread []byte) {
	if s.secure != nil {
		return -1, nil
	}
	unread = append([]byte(nil), s.Unread()...)
	if r, pull := s.consumer.(*reader); pull {
		r.drop(len(unread))
	}
	return s.release(nil), unread
}

func (s *IOStream) release(err error) (fd int) {
	fd = s.fd
	s.closed, s.connecting, s.err, s.fd = true, false, err, -1
	s.loop.RemoveHandler(fd)
	s.dropFile()
	// While the consumer is being shown s.in, the buffer is still in use.
	if !s.delivering {
		s.loop.ReturnBuffer(s.in)
	}
	s.loop.ReturnBuffer(s.out)
	s.in, s.out, s.written = nil, nil, 0
	return fd
}
