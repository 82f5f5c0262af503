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
)

type wheel struct {
	start   time.Time // tick 0
	current uint32    // the last tick that was handled
	first   uint32    // no bucket before this tick has entries; 0 when none has
	entries int
	bucket  [buckets][]int32
}

func (w *wheel) init(now time.Time) { w.start = now.Add(-tick) }

func (w *wheel) tickAt(t time.Time) uint32 { return uint32(t.Sub(w.start) / tick) }

// SetDeadline calls the handler of fd after delay, rounded up to the next tenth
// of a second, unless the deadline is set again before; zero takes it back.
func (l *IOLoop) SetDeadline(fd int, delay time.Duration) {
	s := &l.slots[fd]
	if delay <= 0 {
		s.deadline = 0
		return
	}
	s.deadline = l.wheel.tickAt(l.turnTime.Add(delay)) + 1
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

// next is when the first bucket with entries is due; zero when none is.
func (w *wheel) next() time.Time {
	if w.entries == 0 {
		return time.Time{}
	}
	for len(w.bucket[w.first%buckets]) == 0 {
		w.first++
	}
	return w.start.Add(time.Duration(w.first) * tick)
}

func (l *IOLoop) expireDeadlines() {
	w := &l.wheel
	now := w.tickAt(l.turnTime)
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
	for at := from; at <= now && w.entries > 0; at++ {
		l.expireBucket(at)
	}
	if w.entries == 0 {
		w.first = 0
	} else {
		w.first = max(w.first, now+1)
	}
}

func (l *IOLoop) expireBucket(at uint32) {
	w := &l.wheel
	due := w.bucket[at%buckets]
	if len(due) == 0 {
		return
	}
	w.bucket[at%buckets] = nil
	w.entries -= len(due)
	for _, fd := range due {
		s := &l.slots[fd]
		if s.queued == 0 || s.queued > w.current {
			continue // a later entry replaced this one
		}
		s.queued = 0
		switch {
		case s.deadline == 0:
		case s.deadline > w.current:
			w.insert(int(fd), s)
		default:
			s.deadline = 0
			if handler := s.handler; handler != nil {
				l.protect(handler.HandleDeadline)
			}
		}
	}
	// The slice is kept for the bucket, unless a handler filled it meanwhile.
	if w.bucket[at%buckets] == nil && cap(due) <= 1024 {
		w.bucket[at%buckets] = due[:0]
	}
}
