// Package ioloop runs callbacks when descriptors are ready and when time has
// come: the reactor on which streams and servers stand.
//
// An IOLoop is one goroutine with one poller. All of its methods belong to that
// goroutine, but for AddCallback, AddSignalHandler, Stop, Number and
// SetDefaultExecutor, which anybody may call. What runs on a loop must not wait for
// anything, since everything else on that loop waits meanwhile.
//
//   - IOLoop: handlers by descriptor, callbacks, timeouts, signals
//   - PeriodicCallback: a callback every so often, never twice at once
//   - AddFuture: continue on the loop when a future is done
//   - Call, SpawnCallback: do something on the loop from elsewhere, and wait for
//     what comes of it, or not
//   - RunInExecutor, Pool: do something that waits elsewhere
//   - RunSync: run a loop until one thing is done
//   - Group: several loops, started and stopped together
package ioloop

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tornado-dev/tornado/core/ioloop/internal/poller"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/trace"
)

// Events says what a descriptor is ready for.
type Events = poller.Events

// The events of a descriptor. Error is reported whatever was asked for.
const (
	Read      = poller.Read      // bytes, connections, or the end of the stream
	Write     = poller.Write     // room for bytes
	PeerEnd   = poller.PeerEnd   // the peer will send no more
	Error     = poller.Error     // failed or hung up
	Exclusive = poller.Exclusive // with AddHandler: do not wake every loop that watches fd
)

// A Handler is told about one descriptor, on its loop.
type Handler interface {
	HandleEvents(events Events)

	// HandleDeadline is called when the time given to SetDeadline has passed.
	HandleDeadline()
}

// A Flusher has something to do once at the end of the turn it was deferred in.
type Flusher interface{ Flush() }

// ErrClosed reports the use of a loop that was closed, and ErrRunning that of one
// that runs where it must not.
var (
	ErrClosed  = errors.New("ioloop: loop is closed")
	ErrRunning = errors.New("ioloop: loop is running; stop it first")
)

// bufferSize is how much one read asks for, and ReadBuffer's length.
const bufferSize = 64 << 10

// An IOLoop is an event loop.
type IOLoop struct {
	// Set by New and never changed.
	poller poller.Poller
	number int
	now    func() time.Time
	epoch  time.Time // when it was made

	// Owned by the goroutine that runs Start.
	slots      []slot // by file descriptor
	handlers   int
	generation uint32
	timeouts   timeoutHeap
	due        []*Timeout // those that run in this turn
	wheel      wheel
	flushers   []Flusher
	ready      [128]poller.Event
	current    []callback // of this turn
	roomy      int        // turns in which current was larger than needed
	turnTime   time.Time
	readBuffer []byte
	buffers    [][]byte
	kept       int // bytes of buffers
	report     reporter
	watch      *watch // nil if nobody wants to know what blocks the loop

	iterations atomic.Int64
	ran        atomic.Int64
	running    atomic.Bool
	stopped    atomic.Bool
	sleeping   atomic.Bool              // in the poller, or about to be, with no callbacks
	executor   atomic.Pointer[Executor] // nil is the default

	mu        sync.Mutex // guards what follows
	callbacks []callback // run in the next turn
	closed    bool
}

// A callback is what others have the loop do.
type callback interface {
	run()  // on the loop
	drop() // the loop was closed first
}

// A plainCallback is one of which nobody expects a result.
type plainCallback func()

func (f plainCallback) run()  { f() }
func (f plainCallback) drop() {}

// A finalCallback is one that is called in any case.
type finalCallback func()

func (f finalCallback) run()  { f() }
func (f finalCallback) drop() { f() }

// A slot is what the loop knows of one descriptor. It outlives the handler, so
// that an entry of the wheel is found again by the next user of the number.
type slot struct {
	handler    Handler
	generation uint32
	deadline   uint32 // tick; 0 is none
	queued     uint32 // tick of the earliest entry in the wheel; 0 is none
}

// Options say how a loop is made. The zero value is good.
type Options struct {
	Number int              // told by Number, for reports
	Now    func() time.Time // the clock; nil means time.Now

	poller poller.Poller // for tests
}

// New makes a loop; Start runs it. It fails where the system has no poller, or
// gives no descriptor.
func New(o Options) (*IOLoop, error) {
	l := &IOLoop{poller: o.poller, number: o.Number, now: o.Now, readBuffer: make([]byte, bufferSize)}
	if l.now == nil {
		l.now = time.Now
	}
	if l.poller == nil {
		p, err := poller.New()
		if err != nil {
			return nil, err
		}
		l.poller = p
	}
	l.epoch = l.now()
	l.turnTime = l.epoch
	l.wheel.init(l.epoch)
	return l, nil
}

// Number is the number that the loop was given.
func (l *IOLoop) Number() int { return l.number }

// Now is the time at which this turn of the loop began.
func (l *IOLoop) Now() time.Time { return l.turnTime }

// Start runs the loop on this goroutine until Stop is called. It may be called
// again afterwards. It fails with ErrRunning while another Start goes on, with
// ErrClosed after Close, and when the poller does.
func (l *IOLoop) Start() error {
	if !l.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer l.running.Store(false)
	if l.isClosed() {
		return ErrClosed
	}
	defer l.stopped.Store(false)
	l.watch = watchLoop(l.number)
	defer l.watch.unwatch()
	for !l.stopped.Load() {
		if err := l.turn(); err != nil {
			return err
		}
	}
	return nil
}

// turn is one iteration: wait, handle what is ready, run callbacks, run what is
// due, flush.
func (l *IOLoop) turn() error {
	// Callbacks that are there already, and a Stop, must not wait for the poller.
	n, err := l.poller.Wait(l.ready[:], l.timeUntilNext())
	l.sleeping.Store(false)
	if err != nil {
		return fmt.Errorf("ioloop: %w", err)
	}
	l.turnTime = l.now()
	l.wheel.begin(l.turnTime)
	l.iterations.Add(1)
	l.watch.begin()

	for i := range l.ready[:n] {
		event := &l.ready[i]
		s := &l.slots[event.FD]
		// A handler before this one may have closed the descriptor, and opened
		// another that got the same number.
		if s.handler != nil && s.generation == event.Tag {
			l.guard(s.handler, event.Events)
		}
	}
	l.flush()

	l.runCallbacks()
	l.runTimeouts()
	l.expireDeadlines()
	l.flush()
	if hooks := trace.Active(); hooks != nil && hooks.LoopReport != nil {
		l.report.turn(l, hooks)
	}
	l.watch.end()
	return nil
}

// keptCallbacks is how large a queue is always kept for reuse. A larger one is
// given back when so many turns have used little of it: the next flood would only
// make it grow again.
const (
	keptCallbacks = 4 << 10
	roomyTurns    = 64
)

// runCallbacks runs those that are there. What they add waits for the next turn.
func (l *IOLoop) runCallbacks() {
	l.mu.Lock()
	l.current, l.callbacks = l.callbacks, l.current[:0]
	l.mu.Unlock()
	for i, c := range l.current {
		l.current[i] = nil
		l.protect(c.run)
	}
	l.ran.Add(int64(len(l.current)))
	switch {
	case cap(l.current) <= keptCallbacks:
	case len(l.current) >= cap(l.current)/4:
		l.roomy = 0
	default:
		if l.roomy++; l.roomy == roomyTurns {
			l.current, l.roomy = nil, 0
		}
	}
}

// timeUntilNext is how long the poller may wait: not at all when there are
// callbacks.
func (l *IOLoop) timeUntilNext() time.Duration {
	// Whoever adds a callback after this look at them finds the loop asleep, and
	// wakes it.
	l.mu.Lock()
	sleeping := len(l.callbacks) == 0 && !l.stopped.Load()
	if sleeping {
		l.sleeping.Store(true)
	}
	l.mu.Unlock()
	if !sleeping {
		return 0
	}
	next, any := l.wheel.next()
	sooner := func(when time.Time) {
		if !any || when.Before(next) {
			next, any = when, true
		}
	}
	if at, any := l.timeouts.next(); any {
		sooner(l.epoch.Add(at))
	}
	if hooks := trace.Active(); hooks != nil && hooks.LoopReport != nil {
		sooner(l.report.due())
	}
	if !any {
		return -1
	}
	return max(next.Sub(l.now()), 0)
}

// Stop ends Start after the current turn. It may be called from any goroutine.
func (l *IOLoop) Stop() {
	l.stopped.Store(true)
	l.poller.Wake()
}

// An Orphan is a Handler that wants to know that its loop is closed: nothing will
// ever be told it again, so it gives its descriptor back.
type Orphan interface{ LoopClosed() }

// Close gives the loop's descriptors back: its own, and by way of Orphan those of
// the streams that are still open. Other descriptors belong to whoever added them.
// Callbacks that have not run never will. It fails with ErrRunning while the loop
// runs.
func (l *IOLoop) Close() error {
	if !l.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer l.running.Store(false)
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	dropped := l.callbacks
	l.callbacks = nil
	l.mu.Unlock()
	for _, c := range dropped {
		c.drop()
	}
	for i := range l.slots {
		if orphan, ok := l.slots[i].handler.(Orphan); ok {
			l.protect(orphan.LoopClosed)
		}
	}
	return l.poller.Close()
}

func (l *IOLoop) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// AddCallback runs f on the loop, as soon as the handlers or the callbacks that
// are running now are done. It may be called from any goroutine; what one
// goroutine adds runs in that order. After Close it does nothing.
func (l *IOLoop) AddCallback(f func()) { l.add(plainCallback(f)) }

// AddFinalCallback is AddCallback for what must be done in any case, such as
// letting go of something: if the loop is closed, or is closed before it comes to
// f, then f is called by whoever finds that out.
func (l *IOLoop) AddFinalCallback(f func()) { l.add(finalCallback(f)) }

func (l *IOLoop) add(c callback) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		c.drop()
		return
	}
	l.callbacks = append(l.callbacks, c)
	l.mu.Unlock()
	// Of those that find the loop asleep one wakes it.
	if l.sleeping.Load() && l.sleeping.CompareAndSwap(true, false) {
		l.poller.Wake()
	}
}

// AddHandler calls handler on the loop whenever one of events happens to fd.
func (l *IOLoop) AddHandler(fd int, handler Handler, events Events) error {
	if fd < 0 {
		return fmt.Errorf("ioloop: descriptor %d is closed", fd)
	}
	if fd >= len(l.slots) {
		l.slots = append(l.slots, make([]slot, fd+1-len(l.slots))...)
	}
	s := &l.slots[fd]
	if s.handler != nil {
		return fmt.Errorf("ioloop: descriptor %d has a handler already; remove it first", fd)
	}
	l.generation++
	if err := l.poller.Add(fd, l.generation, events); err != nil {
		return fmt.Errorf("ioloop: add descriptor %d: %w", fd, err)
	}
	s.handler, s.generation, s.deadline = handler, l.generation, 0
	l.handlers++
	return nil
}

// UpdateHandler changes the events that the handler of fd is called for.
func (l *IOLoop) UpdateHandler(fd int, events Events) error {
	if !l.hasHandler(fd) {
		return fmt.Errorf("ioloop: descriptor %d has no handler", fd)
	}
	if err := l.poller.Modify(fd, l.slots[fd].generation, events); err != nil {
		return fmt.Errorf("ioloop: update descriptor %d: %w", fd, err)
	}
	return nil
}

// RemoveHandler forgets the handler of fd, which must be open still. An unknown
// fd is no error.
func (l *IOLoop) RemoveHandler(fd int) {
	if !l.hasHandler(fd) {
		return
	}
	s := &l.slots[fd]
	s.handler, s.deadline = nil, 0
	l.handlers--
	if err := l.poller.Remove(fd); err != nil {
		log.General.Warning("ioloop: remove descriptor %d: %v", fd, err)
	}
}

func (l *IOLoop) hasHandler(fd int) bool {
	return 0 <= fd && fd < len(l.slots) && l.slots[fd].handler != nil
}

// Defer calls f.Flush once, when the handlers or callbacks that are running now
// are done.
func (l *IOLoop) Defer(f Flusher) { l.flushers = append(l.flushers, f) }

func (l *IOLoop) flush() {
	// A Flush may defer others, which run in the same pass.
	for i := 0; i < len(l.flushers); i++ {
		l.guardFlush(l.flushers[i])
		l.flushers[i] = nil
	}
	l.flushers = l.flushers[:0]
}

// ReadBuffer is where a handler may read bytes that it is done with before it
// returns. There is one for the whole loop.
func (l *IOLoop) ReadBuffer() []byte { return l.readBuffer }

// What a loop keeps for reuse is bounded. A turn has many streams, each of which
// may hold a buffer until its end.
const (
	keptBuffers    = 256
	keptBufferSize = 64 << 10
	keptBytes      = 4 << 20 // together
)

// BorrowBuffer gives an empty buffer with some capacity, which one returns with
// ReturnBuffer as soon as it holds nothing.
func (l *IOLoop) BorrowBuffer() []byte {
	if n := len(l.buffers); n > 0 {
		buf := l.buffers[n-1]
		l.buffers = l.buffers[:n-1]
		l.kept -= cap(buf)
		return buf
	}
	return make([]byte, 0, 4<<10)
}

// ReturnBuffer gives a borrowed buffer, which may have grown, back.
func (l *IOLoop) ReturnBuffer(buf []byte) {
	size := cap(buf)
	if 0 < size && size <= keptBufferSize && len(l.buffers) < keptBuffers && l.kept+size <= keptBytes {
		l.buffers = append(l.buffers, buf[:0])
		l.kept += size
	}
}

// guard calls a handler so that its panic ends nothing but the call.
func (l *IOLoop) guard(h Handler, events Events) {
	defer recovered()
	h.HandleEvents(events)
}

func (l *IOLoop) guardFlush(f Flusher) {
	defer recovered()
	f.Flush()
}

func (l *IOLoop) protect(callback func()) {
	defer recovered()
	callback()
}
