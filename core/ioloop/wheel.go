package ioloop

import "time"

// Deadlines of descriptors are many and hardly ever reached: each request moves
// one. So setting a deadline only writes a number into the descriptor's slot. The
// wheel holds at most one entry a descriptor, its number, in the bucket of some
// tick not after the deadline; when that tick comes the slot is looked at, and
// the entry moves on if the deadline has.
const (
	tick    = 100 * time.Millisecond
	buckets = 1024

	// maxDelay keeps ticks within their 32 bits, for thirteen years in all.
	maxDelay = 365 * 24 * time.Hour
	// maxKept is how large a bucket may be that is kept for reuse.
	maxKept = 256
)

type wheel struct {
	start   time.Time     // tick 0
	passed  time.Duration // from then until this turn of the loop
	current uint32        // the last tick that was handled
	first   uint32        // no bucket before this tick has entries; 0 when none has
	entries int
	bucket  [buckets][]int32
	due     []int32 // what was taken out of buckets in this turn
}

func (w *wheel) init(now time.Time) { w.start, w.passed = now.Add(-tick), tick }

// begin is called with the time of each turn.
func (w *wheel) begin(now time.Time) { w.passed = now.Sub(w.start) }

// SetDeadline calls the handler of fd after delay, counted from the beginning of
// this turn and rounded up to the next tenth of a second, unless the deadline is
// set again before; zero takes it back. More than a year is a year. A descriptor
// without a handler has no deadline.
func (l *IOLoop) SetDeadline(fd int, delay time.Duration) {
	if !l.hasHandler(fd) {
		return
	}
	s := &l.slots[fd]
	if delay <= 0 {
		s.deadline = 0
		return
	}
	s.deadline = uint32((l.wheel.passed + min(delay, maxDelay) + tick - 1) / tick)
	if s.queued == 0 || s.queued > s.deadline {
		l.wheel.insert(fd, s)
	}
}

func (w *wheel) insert(fd int, s *slot) {
	// A deadline beyond one turn of the wheel waits in the farthest bucket.
	at := min(s.deadline, w.current+buckets-1)
	s.queued = at
	w.bucket[at%buckets] = append(w.bucket[at%buckets], int32(fd))
	w.entries++
	if w.first == 0 || at < w.first {
		w.first = at
	}
}

// next is when the first bucket with entries is due, if any has.
func (w *wheel) next() (when time.Time, any bool) {
	if w.entries == 0 {
		return time.Time{}, false
	}
	for len(w.bucket[w.first%buckets]) == 0 {
		w.first++
	}
	return w.start.Add(time.Duration(w.first) * tick), true
}

func (l *IOLoop) expireDeadlines() {
	w := &l.wheel
	now := uint32(w.passed / tick)
	if now <= w.current {
		return
	}
	if w.entries == 0 {
		w.current, w.first = now, 0
		return
	}
	// After a long pause one turn of the wheel visits every bucket.
	from := max(w.current+1, w.first)
	if now-w.current > buckets {
		from = now - buckets + 1
	}
	w.current = now
	// Everything is taken out first: a handler may set a deadline whose bucket
	// would still be visited in this pass, and be forgotten as outdated.
	for at := from; at <= now && w.entries > 0; at++ {
		w.takeOut(at)
	}
	if w.first = max(w.first, now+1); w.entries == 0 {
		w.first = 0
	}
	for _, fd := range w.due {
		l.expire(fd)
	}
	if w.due = w.due[:0]; cap(w.due) > maxKept {
		w.due = nil
	}
}

// takeOut empties a bucket.
func (w *wheel) takeOut(at uint32) {
	bucket := &w.bucket[at%buckets]
	w.due = append(w.due, *bucket...)
	w.entries -= len(*bucket)
	if *bucket = (*bucket)[:0]; cap(*bucket) > maxKept {
		*bucket = nil
	}
}

// expire looks whether the deadline of fd has passed, of which an entry was due.
func (l *IOLoop) expire(fd int32) {
	s := &l.slots[fd]
	if s.queued == 0 || s.queued > l.wheel.current {
		return // a later entry replaced this one
	}
	s.queued = 0
	switch {
	case s.deadline == 0:
	case s.deadline > l.wheel.current:
		l.wheel.insert(int(fd), s)
	default:
		s.deadline = 0
		l.protect(s.handler.HandleDeadline)
	}
}
