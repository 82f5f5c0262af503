// Package concurrent holds the values that are settled later.
//
//   - Future: a result or an error that is not there yet
//   - Chain: one future follows another
//   - Unretrieved: is told of errors that nobody took
//
// A Future knows no loop and may be settled and asked from any goroutine.
package concurrent

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
)

// ErrSettled is the panic value of a Future that is settled twice.
var ErrSettled = errors.New("concurrent: future is settled already")

// A Future is a result that arrives later. The zero Future is pending. On a loop
// one adds a callback to it (ioloop.AddFuture); everybody else may Wait. It must
// not be copied.
type Future[T any] struct {
	// outcome is nil until somebody settles the future, and names the only one
	// who may write value.
	outcome atomic.Pointer[outcome]
	value   T
	// waiters is a list, the latest first. It is &closed from the moment at which
	// value may be read.
	waiters atomic.Pointer[waiter]
}

// A waiter is told when a future is settled.
type waiter struct {
	told any // func(*Future[T]), chan struct{} or follower[T]
	next *waiter
}

// closed stands for the waiters of a settled future.
var closed waiter

// Resolved returns a Future that has value already.
func Resolved[T any](value T) *Future[T] {
	f := &Future[T]{value: value}
	f.outcome.Store(&success)
	f.waiters.Store(&closed)
	return f
}

// Failed returns a Future that has failed already.
func Failed[T any](err error) *Future[T] {
	f := new(Future[T])
	f.SetError(err)
	return f
}

// SetResult settles the future with a value. It panics with ErrSettled if the
// future is settled already; TrySet does not.
func (f *Future[T]) SetResult(value T) {
	if !f.TrySet(value, nil) {
		panic(ErrSettled)
	}
}

// SetError settles the future with an error, as SetResult does with a value.
func (f *Future[T]) SetError(err error) {
	var zero T
	if !f.TrySet(zero, err) {
		panic(ErrSettled)
	}
}

// TrySet settles the future unless it is settled, and reports whether it did.
// The callbacks run before it returns, on this goroutine, in the order in which
// they were added.
func (f *Future[T]) TrySet(value T, err error) bool {
	o := outcomeOf(err)
	if !f.outcome.CompareAndSwap(nil, o) {
		// Whoever was first may be between claiming and writing.
		<-f.Done()
		return false
	}
	f.value = value
	f.tell(f.waiters.Swap(&closed))
	if err != nil {
		watch(f, o)
	}
	return true
}

// tell calls those who wait, the earliest first. The list is only read: Done may
// be looking through it.
func (f *Future[T]) tell(latest *waiter) {
	if latest == nil || latest.next == nil {
		f.tellOne(latest)
		return
	}
	var all []*waiter
	for w := latest; w != nil; w = w.next {
		all = append(all, w)
	}
	for _, w := range slices.Backward(all) {
		f.tellOne(w)
	}
}

func (f *Future[T]) tellOne(w *waiter) {
	if w == nil {
		return
	}
	switch told := w.told.(type) {
	case func(*Future[T]):
		f.outcome.Load().take()
		told(f)
	case chan struct{}:
		close(told)
	case follower[T]:
		told.follow(f)
	}
}

// AddDoneCallback calls callback when the future is settled, on the goroutine
// that settles it; at once if it is settled already.
func (f *Future[T]) AddDoneCallback(callback func(*Future[T])) { f.add(callback) }

func (f *Future[T]) add(told any) {
	w := &waiter{told: told}
	for {
		w.next = f.waiters.Load()
		if w.next == &closed {
			f.tellOne(w)
			return
		}
		if f.waiters.CompareAndSwap(w.next, w) {
			return
		}
	}
}

// Settled reports whether the result or the error is there.
func (f *Future[T]) Settled() bool { return f.waiters.Load() == &closed }

// always is a closed channel.
var always = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Done returns a channel that is closed when the future is settled.
func (f *Future[T]) Done() <-chan struct{} {
	for w := f.waiters.Load(); w != nil; w = w.next {
		if w == &closed {
			return always
		}
		if done, ok := w.told.(chan struct{}); ok {
			return done
		}
	}
	done := make(chan struct{})
	f.add(done)
	return done
}

// Result returns what the future was settled with; before that, zero values.
func (f *Future[T]) Result() (T, error) {
	if !f.Settled() {
		var zero T
		return zero, nil
	}
	return f.value, f.outcome.Load().take()
}

// Wait returns the result when it is there, or ctx's error. A loop's goroutine
// must not call it.
func (f *Future[T]) Wait(ctx context.Context) (T, error) {
	select {
	case <-f.Done():
		return f.Result()
	case <-ctx.Done():
		var zero T
		return zero, ctx.Err()
	}
}
