package locks

import (
	"context"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/gen"
)

// Waiters is a line of those who wait for a result of type R and bring something
// of type T, struct{} if nothing. The zero Waiters is an empty line.
//
// It belongs to something with a mutex, which guards the line too. Take the first
// off under the mutex, and settle it after the mutex is unlocked, since that runs
// callbacks:
//
//	mu.Lock()
//	w := waiters.First()
//	mu.Unlock()
//	if w != nil && !w.Settle(result) {
//		// It gave up at that very moment: the result is for somebody else.
//	}
type Waiters[T, R any] struct {
	first, last *Waiter[T, R]
	length      int
}

// A Waiter is one of Waiters.
type Waiter[T, R any] struct {
	future concurrent.Future[R]

	// Set by Add and never changed.
	mu     *sync.Mutex // guards what follows
	brings T

	line     *Waiters[T, R] // nil when it is in none any more
	previous *Waiter[T, R]
	next     *Waiter[T, R]
	timer    *time.Timer // nil if it has all the time there is
}

// Len is how many wait. The mutex must be held.
func (l *Waiters[T, R]) Len() int { return l.length }

// Add puts somebody at the end of the line who will call Wait. mu guards the line
// and must be held.
func (l *Waiters[T, R]) Add(mu *sync.Mutex, brings T) *Waiter[T, R] {
	w := &Waiter[T, R]{mu: mu, brings: brings, line: l, previous: l.last}
	if l.last == nil {
		l.first = w
	} else {
		l.last.next = w
	}
	l.last = w
	l.length++
	return w
}

// AddAsync puts somebody at the end of the line who gets a future. It fails with a
// gen.TimeoutError after timeout; without one it waits as long as it takes. With
// zero or less it has failed already and nobody is in the line. mu guards the line
// and must be held.
func (l *Waiters[T, R]) AddAsync(mu *sync.Mutex, brings T, timeout ...time.Duration) *concurrent.Future[R] {
	after, limited := patience(timeout)
	if limited && after <= 0 {
		return concurrent.Failed[R](gen.TimeoutError{After: after})
	}
	w := l.Add(mu, brings)
	if limited {
		w.timer = time.AfterFunc(after, func() { w.giveUp(gen.TimeoutError{After: after}) })
	}
	// Somebody else may settle the future, to give up.
	w.future.AddDoneCallback(func(*concurrent.Future[R]) { w.leave() })
	return &w.future
}

// patience reads an optional timeout.
func patience(timeout []time.Duration) (after time.Duration, limited bool) {
	switch len(timeout) {
	case 0:
		return 0, false
	case 1:
		return timeout[0], true
	}
	panic("locks: more than one timeout")
}

// First takes the first off the line; nil if nobody waits. The mutex must be held.
func (l *Waiters[T, R]) First() *Waiter[T, R] {
	w := l.first
	if w != nil {
		l.remove(w)
	}
	return w
}

// Take takes the first n off the line, or as many as there are. The mutex must be
// held.
func (l *Waiters[T, R]) Take(n int) []*Waiter[T, R] {
	taken := make([]*Waiter[T, R], 0, max(0, min(n, l.length)))
	for range cap(taken) {
		taken = append(taken, l.First())
	}
	return taken
}

func (l *Waiters[T, R]) remove(w *Waiter[T, R]) {
	if w.previous == nil {
		l.first = w.next
	} else {
		w.previous.next = w.next
	}
	if w.next == nil {
		l.last = w.previous
	} else {
		w.next.previous = w.previous
	}
	w.line, w.previous, w.next = nil, nil, nil
	l.length--
	if w.timer != nil {
		w.timer.Stop()
	}
}

// Brings is what was given to Add.
func (w *Waiter[T, R]) Brings() T { return w.brings }

// Settle gives a waiter that was taken off the line what it waits for. It reports
// false if the waiter's future was settled by somebody else just now. The mutex
// must not be held.
func (w *Waiter[T, R]) Settle(result R) bool { return w.future.TrySet(result, nil) }

// Wait blocks until the waiter is settled, or leaves the line with the error of
// ctx when that ends. The mutex must not be held.
func (w *Waiter[T, R]) Wait(ctx context.Context) (R, error) {
	select {
	case <-w.future.Done():
	case <-ctx.Done():
		if w.leave() {
			var none R
			return none, ctx.Err()
		}
		// It was taken off the line already, so the result is on its way.
		<-w.future.Done()
	}
	return w.future.Result()
}

// giveUp fails the future unless the waiter was taken off the line before.
func (w *Waiter[T, R]) giveUp(err error) {
	if w.leave() {
		var none R
		w.future.TrySet(none, err)
	}
}

// leave takes the waiter off the line and reports whether it was there.
func (w *Waiter[T, R]) leave() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.line == nil {
		return false
	}
	w.line.remove(w)
	return true
}
