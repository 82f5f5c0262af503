package iostream

import "github.com/tornado-dev/tornado/core/netutil"

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
	if !s.linger || s.peerEnded {
		s.Close(nil)
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
// Bytes that were not written are lost.
func (s *IOStream) Close(err error) {
	if s.closed {
		return
	}
	fd := s.release(err)
	netutil.Close(fd)
	drained := s.drained
	s.drained = nil
	s.tellClosed(drained, err)
}

// tellClosed tells everybody, also when some of them panic.
func (s *IOStream) tellClosed(drained []drainWaiter, err error) {
	if len(drained) == 0 {
		s.consumer.StreamClosed(err)
		return
	}
	defer s.tellClosed(drained[1:], err)
	drained[0].call(&StreamClosedError{err})
}

// Detach gives the descriptor up without closing it, with the bytes that were
// received and not taken. The stream is closed then, and its consumer is not
// told. There must be no unwritten bytes, and it must not be called while the
// consumer is shown bytes.
func (s *IOStream) Detach() (fd int, unread []byte) {
	unread = append([]byte(nil), s.in...)
	return s.release(nil), unread
}

func (s *IOStream) release(err error) (fd int) {
	fd = s.fd
	s.closed, s.err, s.fd = true, err, -1
	s.loop.RemoveHandler(fd)
	// While the consumer is being shown s.in, the buffer is still in use.
	if !s.delivering {
		s.loop.ReturnBuffer(s.in)
	}
	s.loop.ReturnBuffer(s.out)
	s.in, s.out, s.written = nil, nil, 0
	return fd
}
