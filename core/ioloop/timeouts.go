package ioloop

import (
	"math"
	"time"
)

// A Timeout is a callback that waits for its time.
type Timeout struct {
	call    func() // nil when it has run or was removed
	pending bool   // in the heap
}

// CallAt runs f on the loop at the time when, or in the next turn if that has
// passed. Those for the same time run in the order in which they were added. A
// when without a monotonic clock reading is understood by what the clock shows
// now, and not moved when the clock is set.
func (l *IOLoop) CallAt(when time.Time, f func()) *Timeout {
	return l.callAt(later(l.turnTime.Sub(l.epoch), when.Sub(l.turnTime)), f)
}

// CallLater runs f on the loop after delay.
func (l *IOLoop) CallLater(delay time.Duration, f func()) *Timeout {
	return l.callAt(later(l.now().Sub(l.epoch), delay), f)
}

// AddTimeout is CallAt by its older name.
func (l *IOLoop) AddTimeout(when time.Time, f func()) *Timeout { return l.CallAt(when, f) }

// later is a time, since the loop's epoch, that comes delay after another. What
// cannot be said is as late as can be.
func later(now, delay time.Duration) time.Duration {
	if delay > math.MaxInt64-now {
		return math.MaxInt64
	}
	return now + delay
}

func (l *IOLoop) callAt(at time.Duration, f func()) *Timeout {
	t := &Timeout{call: f, pending: true}
	l.timeouts.push(t, at)
	return t
}

// RemoveTimeout takes back a CallAt or CallLater. It does nothing once the
// callback has run, or if t is nil.
func (l *IOLoop) RemoveTimeout(t *Timeout) {
	if t == nil || t.call == nil {
		return
	}
	t.call = nil
	if t.pending {
		l.timeouts.removed()
	}
}

// runTimeouts runs what is due. What a callback adds for now waits for the next
// turn, so that descriptors get theirs.
func (l *IOLoop) runTimeouts() {
	now := l.turnTime.Sub(l.epoch)
	for at, any := l.timeouts.next(); any && at <= now; at, any = l.timeouts.next() {
		l.due = append(l.due, l.timeouts.pop())
	}
	for i, t := range l.due {
		l.due[i] = nil
		// One of those before it may have removed it.
		if call := t.call; call != nil {
			t.call = nil
			l.protect(call)
		}
	}
	if l.due = l.due[:0]; cap(l.due) > maxKept {
		l.due = nil
	}
}
