package poller

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// kqueue is the poller of macOS and the BSDs: which filters a descriptor has, and
// what their events mean. The system calls are in a queue, so that all of this is
// tested on systems without kqueue, too.
type kqueue struct {
	queue queue

	// Owned by the loop's goroutine.
	watched map[int]*watched // by descriptor
	batch   []kevent

	mu     sync.Mutex // guards what follows
	woken  bool       // and no Wait has returned since
	closed bool
}

// A watched descriptor has the filters that serve what is wanted of it.
type watched struct {
	tag     uint32
	want    Events
	filters filter
}

// A filter is a way to watch a descriptor, or a set of them.
type filter uint8

const (
	// readable tells, level triggered, that there is something to read: bytes, a
	// connection, the end.
	readable filter = 1 << iota
	// ended tells that the peer will send no more, or of a failure, whatever there
	// is to read, and only once. It shares its place in the kernel with readable:
	// a descriptor has one of them at most.
	ended
	// writable tells, level triggered, that there is room for bytes, or nobody who
	// would read them.
	writable
)

// A kevent is what the kernel says of one filter.
type kevent struct {
	fd     int
	filter filter // readable stands for ended as well
	eof    bool   // readable: no more will come; writable: no more will go
	failed bool   // beside eof: there was an error
	wake   bool   // nothing of the others, but a wake
}

// A queue is a kqueue of the system.
type queue interface {
	add(fd int, f filter) error
	remove(fd int, f filter) error
	wait(batch []kevent, timeout time.Duration) (int, error)
	wake() // from any goroutine, but not after close
	close() error
}

func newKqueue(q queue) *kqueue {
	return &kqueue{queue: q, watched: make(map[int]*watched), batch: make([]kevent, 128)}
}

// filtersFor are the filters that a descriptor needs. What is not read has a
// filter for its end, without which the loss of a peer would not be noticed while
// an answer is made up; a failure is told by writable, too.
func filtersFor(want Events) (f filter) {
	switch {
	case want&Read != 0:
		f = readable
	case want&PeerEnd != 0 || want&Write == 0:
		f = ended
	}
	if want&Write != 0 {
		f |= writable
	}
	return f
}

// Add ignores Exclusive, which kqueue does not have: all that watch a listening
// socket are woken by a connection.
func (p *kqueue) Add(fd int, tag uint32, want Events) error {
	// Of a descriptor that was closed the kernel has forgotten the filters.
	w := &watched{tag: tag, want: want}
	if err := p.change(fd, w, filtersFor(want)); err != nil {
		_ = p.change(fd, w, 0) // the first failure is the one to tell
		delete(p.watched, fd)
		return err
	}
	p.watched[fd] = w
	return nil
}

func (p *kqueue) Modify(fd int, tag uint32, want Events) error {
	w := p.watched[fd]
	if w == nil {
		return os.NewSyscallError("kevent", syscall.ENOENT)
	}
	w.tag, w.want = tag, want
	return p.change(fd, w, filtersFor(want))
}

func (p *kqueue) Remove(fd int) error {
	w := p.watched[fd]
	if w == nil {
		return os.NewSyscallError("kevent", syscall.ENOENT)
	}
	delete(p.watched, fd)
	return p.change(fd, w, 0)
}

// change takes filters of w away and then adds others: readable and ended would be
// taken for one another, and an added filter keeps its old flags.
func (p *kqueue) change(fd int, w *watched, filters filter) error {
	for _, f := range [...]filter{readable, ended, writable} {
		if w.filters&^filters&f != 0 {
			w.filters &^= f
			if err := p.queue.remove(fd, f); err != nil {
				return err
			}
		}
	}
	for _, f := range [...]filter{readable, ended, writable} {
		if filters&^w.filters&f != 0 {
			if err := p.queue.add(fd, f); err != nil {
				return err
			}
			w.filters |= f
		}
	}
	return nil
}

func (p *kqueue) Wait(ready []Event, timeout time.Duration) (n int, err error) {
	if timeout < 0 || timeout > parkAtMost {
		timeout = parkAtMost
	}
	got, err := p.queue.wait(p.batch[:min(len(ready), len(p.batch))], timeout)
	for i := range p.batch[:got] {
		e := &p.batch[i]
		if e.wake {
			p.mu.Lock()
			p.woken = false
			p.mu.Unlock()
			continue
		}
		w := p.watched[e.fd]
		if w == nil {
			continue
		}
		if events := e.events(w.want); events != 0 {
			ready[n] = Event{FD: e.fd, Tag: w.tag, Events: events}
			n++
		}
	}
	return n, err
}

// events are what e means to one who wants certain events.
func (e *kevent) events(want Events) (events Events) {
	if e.filter == writable {
		if events = want & Write; e.eof {
			events |= Error
		}
		return events
	}
	events = want & Read
	if e.eof {
		events |= want & PeerEnd
	}
	if e.eof && e.failed {
		events |= Error
	}
	return events
}

func (p *kqueue) Wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	// After Close the number of a descriptor may be somebody else's.
	if !p.woken && !p.closed {
		p.woken = true
		p.queue.wake()
	}
}

func (p *kqueue) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return os.ErrClosed
	}
	p.closed = true
	return p.queue.close()
}
