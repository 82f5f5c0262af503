// Package iostream reads and writes non-blocking file descriptors.
//
// A stream belongs to one ioloop.IOLoop and is used on that loop's goroutine
// alone; others reach it through IOLoop.AddCallback. It keeps no buffer while it
// has nothing unread and nothing unwritten: bytes are read into the loop's buffer
// and shown there, and writes of one turn leave in one system call from a borrowed
// buffer.
//
// A stream with a Consumer shows it bytes as they come, which is the fast way. One
// without is read by ReadBytes and its like, each of which gives a future, and
// takes in nothing while no read is pending.
//
//   - New, Connect, NewPipe: an IOStream of a socket or of one end of a pipe
//   - Consumer: what is told of its bytes
//   - ReadBytes, ReadInto, ReadUntil, ReadUntilRegex, ReadUntilClose
//   - Write, NotifyDrained, Drained
//   - StartTLS: the rest is encrypted, with a Security that others bring
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

// An IOStream is one socket, or one end of a pipe.
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
	connecting bool
	pipe       bool // not a socket
	writeOnly  bool // the end of a pipe that is for writing
	hearsOut   bool // a write that fails does not close before everything is read

	maxUnread int

	in      []byte // unread bytes; nil when there are none
	out     []byte // unwritten bytes; nil when there are none
	written int    // bytes of out that the socket has taken

	sent     int64 // bytes the socket has taken in all
	lingered int   // bytes discarded while closing
	drained  []drainWaiter
	err      error // why it has closed, or is closing
	conn     *trace.Connection
	secure   *transport // nil while the stream is plain
	seldom   *seldom    // nil until needed
}

// A seldom holds what few streams need.
type seldom struct {
	connecting    *connecting // nil when connected
	closeCallback func(error)
	maxUnwritten  int // 0: no limit
	file          fileInLine
}

// New takes over fd, a connected socket, which must be non-blocking. With a
// consumer it begins to read; without, the stream is read by ReadBytes and its
// like. conn may be nil; its counters are kept otherwise. When it fails, fd stays
// the caller's.
func New(l *ioloop.IOLoop, fd int, consumer Consumer, conn *trace.Connection) (*IOStream, error) {
	s := newStream(l, fd, consumer, conn)
	if err := s.watch(ioloop.Read | ioloop.PeerEnd); err != nil {
		return nil, err
	}
	return s, nil
}

func newStream(l *ioloop.IOLoop, fd int, consumer Consumer, conn *trace.Connection) *IOStream {
	s := &IOStream{loop: l, consumer: consumer, fd: fd, conn: conn, maxUnread: defaultMaxUnread}
	if consumer == nil {
		s.consumer, s.maxUnread = &reader{stream: s}, maxRead
	}
	return s
}

func (s *IOStream) watch(want ioloop.Events) error {
	s.want = want
	return s.loop.AddHandler(s.fd, s, want)
}

// Loop is the loop the stream belongs to.
func (s *IOStream) Loop() *ioloop.IOLoop { return s.loop }

// Info is what New was given to count in; nil while nobody listens.
func (s *IOStream) Info() *trace.Connection { return s.conn }

// SetConsumer gives the stream another Consumer, which is told from now on what the
// one before would have been. The stream must have had one, and may be closed.
func (s *IOStream) SetConsumer(c Consumer) { s.consumer = c }

// FD is the descriptor; -1 after the stream has closed.
func (s *IOStream) FD() int { return s.fd }

// Closed reports whether the stream has closed.
func (s *IOStream) Closed() bool { return s.closed }

// PeerEnded reports whether the peer will send no more.
func (s *IOStream) PeerEnded() bool { return s.peerEnded }

// Unwritten is how many bytes wait for the socket.
func (s *IOStream) Unwritten() int { return s.buffered() + int(s.fileLeft()) }

// HandleEvents is called by the loop.
func (s *IOStream) HandleEvents(events ioloop.Events) {
	// Written at the end whatever happens, also when a handler panics: others
	// may wait for these bytes. Until then nobody needs to ask for it.
	s.deferred = true
	defer s.Flush()
	if s.connecting {
		s.connectEnded()
		return
	}
	if events&ioloop.Write != 0 {
		s.writeNow()
	}
	switch {
	case s.closed:
	case s.idle():
		s.unasked(events)
	case s.want&ioloop.Read != 0 && events&(ioloop.Read|ioloop.PeerEnd|ioloop.Error) != 0:
		s.read()
	case events&ioloop.Error != 0:
		s.hungUp()
	case events&ioloop.PeerEnd != 0:
		// There may be bytes before the end, which nobody wants yet.
		s.setWant(s.want &^ ioloop.PeerEnd)
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

// idle reports whether nobody asks for bytes at present.
func (s *IOStream) idle() bool {
	r, pull := s.consumer.(*reader)
	return pull && r.pending == nil && !s.closing && !s.handshaking()
}

// unasked is called for events of an idle stream. Only now, and not when the last
// read ended, is it told that nobody asks: the next read mostly comes before the
// next bytes, and both calls of the system are saved.
func (s *IOStream) unasked(events ioloop.Events) {
	switch {
	case events&ioloop.Error != 0:
		s.hungUp()
	case events&ioloop.PeerEnd != 0 && s.wantsEnd():
		s.read()
	case events&ioloop.PeerEnd != 0:
		s.setWant(s.want &^ (ioloop.Read | ioloop.PeerEnd))
	case events&ioloop.Read != 0:
		s.setWant(s.want &^ ioloop.Read)
	}
}

// wantsEnd reports whether an idle stream should look whether the peer has ended.
// It does not while something is unread: whoever reads that may still answer.
func (s *IOStream) wantsEnd() bool {
	return s.seldom != nil && s.seldom.closeCallback != nil && len(s.Unread()) == 0
}

// hungUp is called when the peer is gone and nobody is reading.
func (s *IOStream) hungUp() {
	// What it sent before can be read afterwards.
	if s.idle() && !s.peerEnded && !s.writeOnly && s.read() {
		return
	}
	var err error
	if !s.pipe {
		err = netutil.SocketError(s.fd)
	}
	if err == nil && !(s.idle() && s.peerEnded && s.Unwritten() == 0) {
		err = ErrPeerReset
	}
	s.Close(err)
}

// SetNoDelay says whether small writes are sent at once, and not held back until
// those before were acknowledged; on sockets other than TCP it does nothing.
func (s *IOStream) SetNoDelay(on bool) {
	switch {
	case s.closed:
	case on:
		netutil.SetNoDelay(s.fd)
	default:
		netutil.SetDelay(s.fd)
	}
}

// SetDeadline tells the consumer after delay, to a tenth of a second, unless it
// is set again before; zero takes it back. Without a Consumer the stream closes
// then with ErrDeadlinePassed. A stream that is being closed waits for its peer
// without end to take the queued bytes, unless a deadline is set.
func (s *IOStream) SetDeadline(delay time.Duration) {
	if !s.closed && !s.lingering {
		s.loop.SetDeadline(s.fd, delay)
	}
}

// LoopClosed is called by the loop when it is closed with the stream still open.
func (s *IOStream) LoopClosed() { s.Close(ioloop.ErrClosed) }

// HandleDeadline is called by the loop.
func (s *IOStream) HandleDeadline() {
	if s.lingering {
		s.Close(s.err)
		return
	}
	s.guard(s.consumer.DeadlinePassed)
}
