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
