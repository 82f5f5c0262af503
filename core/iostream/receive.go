package iostream

import (
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/netutil"
)

// read takes in what there is, and reports whether that is anything at all.
func (s *IOStream) read() (any bool) {
	buf := s.loop.ReadBuffer()
	r, pull := s.consumer.(*reader)
	for range readsPerTurn {
		n, err := s.readSome(buf)
		if err != nil {
			if err != netutil.ErrWouldBlock {
				s.Close(err)
				return true
			}
			if pull {
				r.caughtUp()
			}
			return any
		}
		any = true
		if n == 0 {
			s.endOfBytes()
			return true
		}
		if s.closing && !s.handshaking() {
			s.countIn(n)
			if s.lingered += n; s.lingered > lingerBytes {
				s.adjustReading()
				return true
			}
			continue
		}
		if pull {
			r.more = n == len(buf)
		}
		if s.secure == nil {
			s.deliver(buf[:n])
		} else {
			s.secure.receive(buf[:n])
		}
		// After a short read the socket is empty, most of the time, and asking
		// costs as much as waiting to be told.
		if n < len(buf) || s.closed || !s.mayRead() || s.idle() {
			break
		}
	}
	// If that was the very last of what there is, no event will tell so.
	if pull && r.more && !s.closed && !netutil.HasUnread(s.fd) {
		r.caughtUp()
	}
	return any
}

func (s *IOStream) readSome(buf []byte) (int, error) {
	if s.pipe {
		return netutil.Read(s.fd, buf)
	}
	return netutil.Receive(s.fd, buf)
}

func (s *IOStream) countIn(n int) {
	if s.conn != nil {
		s.conn.BytesIn.Add(int64(n))
	}
}

// endOfBytes is called when the descriptor gives no more.
func (s *IOStream) endOfBytes() {
	if s.secure != nil && (!s.closing || s.handshaking()) {
		s.secure.endOfInput()
		return
	}
	s.endOfInput()
}

// endOfInput is called when the peer will send no more.
func (s *IOStream) endOfInput() {
	s.peerEnded = true
	s.setWant(s.want &^ (ioloop.Read | ioloop.PeerEnd))
	switch {
	case s.lingering:
		s.Close(s.err)
	case !s.closing:
		s.guard(s.consumer.PeerEnded)
	}
}

// guard calls the consumer, and closes the stream if that panics: nobody else
// would.
func (s *IOStream) guard(call func()) {
	returned := false
	defer func() {
		if !returned {
			s.Close(errConsumerPanicked)
		}
	}()
	call()
	returned = true
}

// deliver shows the consumer what is unread, fresh being at its end.
func (s *IOStream) deliver(fresh []byte) {
	s.countIn(len(fresh))
	if len(s.in) == 0 {
		s.show(fresh)
		return
	}
	s.in = append(s.in, fresh...)
	s.show(s.in)
}

// show shows data to the consumer, as often as it asks for, and keeps the rest.
func (s *IOStream) show(data []byte) {
	defer s.endShow()
	for again := true; again && len(data) > 0; again = s.again {
		s.delivering, s.again = true, false
		data = data[s.consumer.BytesReceived(data):]
		s.delivering = false
		switch {
		case s.closed:
			return
		case s.handshaking():
			s.encryptedFrom(data)
			return
		case s.closing:
			data = nil
		}
	}
	s.keep(data)
}

// endShow closes the stream if the consumer panicked: nobody knows what it had
// taken.
func (s *IOStream) endShow() {
	if s.delivering {
		s.delivering = false
		s.Close(errConsumerPanicked)
	}
}

// keep makes rest the unread bytes.
func (s *IOStream) keep(rest []byte) {
	switch {
	case len(rest) == 0:
		if s.in != nil {
			s.loop.ReturnBuffer(s.in)
			s.in = nil
		}
	case len(s.in) > 0:
		s.in = s.in[:copy(s.in, rest)]
	default:
		s.in = append(s.loop.BorrowBuffer(), rest...)
	}
	if full := len(s.in) >= s.maxUnread; full != s.full {
		s.full = full
		s.adjustReading()
	}
}

// Deliver shows the consumer the unread bytes again: it calls it when it can go
// on after having taken less than everything. It may be called while the
// consumer runs.
func (s *IOStream) Deliver() {
	if s.delivering {
		s.again = true
		return
	}
	if s.closed || len(s.in) == 0 {
		return
	}
	s.show(s.in)
	s.deferFlush()
}

// Push puts data, which somebody else received on this connection, before the
// unread bytes. Without a Consumer it panics while a read is pending.
func (s *IOStream) Push(data []byte) {
	if s.closed || len(data) == 0 {
		return
	}
	if r, pull := s.consumer.(*reader); pull {
		r.push(data)
		return
	}
	s.in = append(append(s.loop.BorrowBuffer(), data...), s.in...)
	s.show(s.in)
	s.deferFlush()
}

// Unread returns the bytes that were received and not taken, until the next read.
// It must not be asked while the consumer is shown bytes.
func (s *IOStream) Unread() []byte {
	if r, pull := s.consumer.(*reader); pull {
		return r.rest()
	}
	return s.in
}

// SetMaxUnread sets how many bytes may wait for a consumer that does not take
// them, 64 KiB in the beginning; some more than that may be kept. No more is read
// until it takes some: it must be able to do something with so many. Without a
// Consumer it is how many bytes one read may collect, 100 MiB in the beginning.
func (s *IOStream) SetMaxUnread(bytes int) { s.maxUnread = bytes }

// Pause stops reading until Resume.
func (s *IOStream) Pause() {
	s.paused = true
	s.adjustReading()
}

// Resume reads again. What is unread is shown with the next bytes that come, or
// by Deliver.
func (s *IOStream) Resume() {
	s.paused = false
	s.adjustReading()
	if s.secure != nil && s.secure.held {
		s.loop.AddCallback(s.secure.release)
	}
}

func (s *IOStream) mayRead() bool {
	switch {
	case s.peerEnded || s.connecting || s.writeOnly:
		return false
	case s.handshaking():
		return s.secure.hasRoom()
	case s.closing:
		return s.linger && s.lingered <= lingerBytes
	}
	return !s.paused && !s.full && (s.secure == nil || s.secure.hasRoom())
}

func (s *IOStream) adjustReading() {
	if s.mayRead() {
		s.setWant(s.want | ioloop.Read | ioloop.PeerEnd)
	} else {
		s.setWant(s.want &^ ioloop.Read)
	}
}
