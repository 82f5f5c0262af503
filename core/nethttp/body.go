package nethttp

import (
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// maxUnread is how much of a body is taken in before the handler reads it, in bytes.
const maxUnread = 64 << 10

var errCut = io.ErrUnexpectedEOF

// A body is the request's body: the loop adds to it, the handler reads.
type body struct {
	mu      sync.Mutex // guards what follows
	wake    sync.Cond  // there is more, or the end
	unread  []byte
	err     error                        // io.EOF after the whole body
	closed  bool                         // the handler reads no more
	reading bool                         // it has begun to
	more    *concurrent.Future[struct{}] // settled when there is room for more; nil if there is
	begin   *concurrent.Future[struct{}] // settled when the handler begins to read
	atEnd   func()                       // called by the Read that finds the end of the whole body; nil for nothing
	timer   *time.Timer                  // of the deadline; nil if there is none
}

// firstRead is settled when the handler begins to read. It is asked before the handler
// runs.
func (b *body) firstRead() *concurrent.Future[struct{}] {
	b.begin = new(concurrent.Future[struct{}])
	return b.begin
}

// add takes in a piece. The future is settled when there is room for another.
func (b *body) add(chunk []byte) *concurrent.Future[struct{}] {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.unread = append(b.unread, chunk...)
	b.wake.Signal()
	if len(b.unread) < maxUnread {
		return nil
	}
	b.more = new(concurrent.Future[struct{}])
	return b.more
}

// end ends the body: with nil after the last of it.
func (b *body) end(err error) {
	if err == nil {
		err = io.EOF
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
	b.wake.Broadcast()
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = true
	settle(&b.begin)
	for len(b.unread) == 0 && b.err == nil && !b.closed && len(p) > 0 {
		b.wake.Wait()
	}
	switch {
	case b.closed:
		return 0, http.ErrBodyReadAfterClose
	case len(b.unread) == 0 && len(p) > 0:
		if b.err == io.EOF && b.atEnd != nil {
			b.atEnd()
			b.atEnd = nil
		}
		return 0, b.err
	}
	n = copy(p, b.unread)
	if b.unread = b.unread[n:]; len(b.unread) == 0 {
		b.unread = nil
		settle(&b.more)
	}
	return n, nil
}

// wasRead reports whether the handler has begun to read.
func (b *body) wasRead() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reading
}

// Close implements io.Closer. What comes of the body from then on is thrown away.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed, b.unread = true, nil
	stopTimer(&b.timer)
	settle(&b.more)
	b.begin = nil // the client is not told to send what nobody reads
	b.wake.Broadcast()
	return nil
}

// setDeadline lets Read fail from then on; the zero time is none. One that has passed
// is not taken back.
func (b *body) setDeadline(t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	stopTimer(&b.timer)
	if !t.IsZero() && !b.closed {
		b.timer = time.AfterFunc(time.Until(t), func() { b.end(os.ErrDeadlineExceeded) }) // Close stops it
	}
}

func stopTimer(t **time.Timer) {
	if *t != nil {
		(*t).Stop()
		*t = nil
	}
}

func settle(f **concurrent.Future[struct{}]) {
	if *f != nil {
		(*f).TrySet(struct{}{}, nil)
		*f = nil
	}
}
