// Package iostream reads and writes non-blocking file descriptors.
//
// A stream belongs to one ioloop.IOLoop and is used on that loop's goroutine
// alone; others reach it through IOLoop.AddCallback. It keeps no buffer while it
// has nothing unread and nothing unwritten: bytes are read into the loop's buffer
// and shown to the Consumer there, and writes of one turn leave in one system
// call from a borrowed buffer.
//
//   - IOStream: a TCP or Unix socket
//   - Consumer: what is told of its bytes
package iostream

import (
	"errors"
	"fmt"
	"time"

	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/trace"
)

// A Consumer is told what happens on a stream, on the stream's loop.
type Consumer interface {
	// BytesReceived is shown all unread bytes and returns how many of them it is
	// done with. It is called again with the rest when more have come, or after
	// Deliver. data is valid until it returns.
	BytesReceived(data []byte) (consumed int)

	// PeerEnded is called when the peer will send no more; it may still read.
	PeerEnded()

	// DeadlinePassed is called when the time given to SetDeadline is over.
	DeadlinePassed()

	// StreamClosed is called once, when the stream has closed.
	StreamClosed(err error)
}

// A StreamClosedError reports a stream that closed before an operation ended.
type StreamClosedError struct {
	Err error // what closed it; nil after an orderly close
}

func (e *StreamClosedError) Error() string {
	if e.Err == nil {
		return "iostream: stream is closed"
	}
	return fmt.Sprintf("iostream: stream is closed: %v", e.Err)
}

func (e *StreamClosedError) Unwrap() error { return e.Err }

// ErrPeerReset is the reason of a close when the peer went away altogether.
var ErrPeerReset = errors.New("iostream: the peer closed the connection")

var errConsumerPanicked = errors.New("iostream: the consumer of the stream panicked")

const (
	// defaultMaxUnread is how much is read ahead of a consumer that takes nothing.
	defaultMaxUnread = 64 << 10
	// readsPerTurn bounds what one stream gets before the others have their turn.
	readsPerTurn = 4

	// A closing stream takes in this much, for this long, so that its last bytes
	// are not lost to a reset that unread bytes would cause.
	lingerBytes = 256 << 10
	lingerTime  = 2 * time.Second
)

// An IOStream is one connected socket.
type IOStream struct {
	// Set by New and never changed.
	loop     *ioloop.IOLoop
	consumer Consumer
	fd       int

	want       ioloop.Events
	paused     bool // by the consumer
	full       bool // the consumer takes nothing: in has reached maxUnread
	peerEnded  bool
	delivering bool
	again      bool // Deliver was called while delivering
	deferred   bool // Flush will be called at the end of the turn
	closing    bool // close when out is empty; what comes in is discarded
	linger     bool // read on while closing, until the peer's end
	lingering  bool // everything is written; only waits for the peer's end
	closed     bool

	maxUnread int

	in      []byte // unread bytes; nil when there are none
	out     []byte // unwritten bytes; nil when there are none
	written int    // bytes of out that the socket has taken

	sent     int64 // bytes the socket has taken in all
	lingered int   // bytes discarded while closing
	drained  []drainWaiter
	err      error
	conn     *trace.Connection
}

type drainWaiter struct {
	offset int64 // of sent
	call   func(error)
}

// New takes over fd, which must be non-blocking, and begins to read. conn may be
// nil; its counters are kept otherwise.
func New(l *ioloop.IOLoop, fd int, consumer Consumer, conn *trace.Connection) (*IOStream, error) {
	s := &IOStream{loop: l, consumer: consumer, fd: fd, want: ioloop.Read | ioloop.PeerEnd, conn: conn, maxUnread: defaultMaxUnread}
	if err := l.AddHandler(fd, s, s.want); err != nil {
		return nil, err
	}
	return s, nil
}

// Loop is the loop the stream belongs to.
func (s *IOStream) Loop() *ioloop.IOLoop { return s.loop }

// FD is the descriptor; -1 after the stream has closed.
func (s *IOStream) FD() int { return s.fd }

// Closed reports whether the stream has closed.
func (s *IOStream) Closed() bool { return s.closed }

// PeerEnded reports whether the peer will send no more.
func (s *IOStream) PeerEnded() bool { return s.peerEnded }

// Unwritten is how many bytes wait for the socket.
func (s *IOStream) Unwritten() int { return len(s.out) - s.written }

// HandleEvents is called by the loop.
func (s *IOStream) HandleEvents(events ioloop.Events) {
	// Written at the end whatever happens, also when a handler panics: others
	// may wait for these bytes.
	defer s.Flush()
	if events&ioloop.Write != 0 {
		s.writeNow()
	}
	switch {
	case s.closed:
	case s.want&ioloop.Read != 0 && events&(ioloop.Read|ioloop.PeerEnd|ioloop.Error) != 0:
		s.read()
	case events&ioloop.Error != 0:
		err := netutil.SocketError(s.fd)
		if err == nil {
			err = ErrPeerReset
		}
		s.Close(err)
	case events&ioloop.PeerEnd != 0:
		// There may be bytes before the end, which nobody wants yet.
		s.setWant(s.want &^ ioloop.PeerEnd)
	}
}

func (s *IOStream) read() {
	buf := s.loop.ReadBuffer()
	for range readsPerTurn {
		n, err := netutil.Read(s.fd, buf)
		if err != nil {
			if err != netutil.ErrWouldBlock {
				s.Close(err)
			}
			return
		}
		if n == 0 {
			s.endOfInput()
			return
		}
		if s.conn != nil {
			s.conn.BytesIn.Add(int64(n))
		}
		if s.closing {
			if s.lingered += n; s.lingered > lingerBytes {
				s.adjustReading()
				return
			}
			continue
		}
		s.deliver(buf[:n])
		// After a short read the socket is empty, most of the time, and asking
		// costs as much as waiting to be told.
		if n < len(buf) || s.closed || !s.mayRead() {
			return
		}
	}
}

func (s *IOStream) endOfInput() {
	s.peerEnded = true
	s.setWant(s.want &^ (ioloop.Read | ioloop.PeerEnd))
	switch {
	case s.lingering:
		s.Close(nil)
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
		if s.closed {
			return
		}
		if s.closing {
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
// unread bytes.
func (s *IOStream) Push(data []byte) {
	if s.closed || len(data) == 0 {
		return
	}
	s.in = append(append(s.loop.BorrowBuffer(), data...), s.in...)
	s.show(s.in)
	s.deferFlush()
}

// Sent is how many bytes the socket has taken in all.
func (s *IOStream) Sent() int64 { return s.sent }

// Unread returns the bytes that the consumer has not taken, until the next read.
// It must not be asked while the consumer is shown bytes.
func (s *IOStream) Unread() []byte { return s.in }

// SetMaxUnread sets how many bytes may wait for a consumer that does not take
// them, 64 KiB in the beginning; some more than that may be kept. No more is read
// until it takes some: it must be able to do something with so many.
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
}

func (s *IOStream) mayRead() bool {
	switch {
	case s.peerEnded:
		return false
	case s.closing:
		return s.linger && s.lingered <= lingerBytes
	}
	return !s.paused && !s.full
}

func (s *IOStream) adjustReading() {
	if s.mayRead() {
		s.setWant(s.want | ioloop.Read | ioloop.PeerEnd)
	} else {
		s.setWant(s.want &^ ioloop.Read)
	}
}

func (s *IOStream) setWant(want ioloop.Events) {
	if s.closed || want == s.want {
		return
	}
	s.want = want
	if err := s.loop.UpdateHandler(s.fd, want); err != nil {
		s.Close(err)
	}
}

// SetDeadline tells the consumer after delay, to a tenth of a second, unless it
// is set again before; zero takes it back. A stream that is being closed waits for
// its peer without end to take the queued bytes, unless a deadline is set.
func (s *IOStream) SetDeadline(delay time.Duration) {
	if !s.closed && !s.lingering {
		s.loop.SetDeadline(s.fd, delay)
	}
}

// HandleDeadline is called by the loop.
func (s *IOStream) HandleDeadline() {
	if s.lingering {
		s.Close(nil)
		return
	}
	s.guard(s.consumer.DeadlinePassed)
}

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
}

func (s *IOStream) writeNow() {
	if s.Unwritten() > 0 {
		n, err := netutil.Write(s.fd, s.out[s.written:])
		if err != nil && err != netutil.ErrWouldBlock {
			s.Close(err)
			return
		}
		s.written += n
		s.sent += int64(n)
		if s.conn != nil {
			s.conn.BytesOut.Add(int64(n))
			s.conn.Pending.Store(int64(s.Unwritten()))
		}
	}
	if s.Unwritten() > 0 {
		s.compact()
		s.setWant(s.want | ioloop.Write)
	} else {
		if s.out != nil {
			s.loop.ReturnBuffer(s.out)
			s.out, s.written = nil, 0
		}
		s.setWant(s.want &^ ioloop.Write)
	}
	s.tellDrained()
	if s.closing && !s.closed && s.Unwritten() == 0 {
		s.finishClose()
	}
}

// compact drops the written half of a buffer that stays full for long.
func (s *IOStream) compact() {
	if s.written > len(s.out)/2 {
		s.out = s.out[:copy(s.out, s.out[s.written:])]
		s.written = 0
	}
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
