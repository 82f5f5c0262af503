// Package concurrent holds the values that are settled later.
//
//   - Future: a result or an error that is not there yet
//
// A Future knows no loop and may be settled and asked from any goroutine.
package concurrent

import (
	"context"
	"errors"
	"sync"
)

// ErrSettled is the panic value of a Future that is settled twice.
var ErrSettled = errors.New("concurrent: future is settled already")

// A Future is a result that arrives later. The zero Future is pending. On a loop
// one adds a callback to it (ioloop.AddFuture); everybody else may Wait.
type Future[T any] struct {
	mu        sync.Mutex // guards what follows
	settled   bool
	value     T
	err       error
	callbacks []func(*Future[T])
	done      chan struct{} // made by the first Wait or Done
}

// Resolved returns a Future that has value already.
func Resolved[T any](value T) *Future[T] { return &Future[T]{settled: true, value: value} }

// Failed returns a Future that has failed already.
func Failed[T any](err error) *Future[T] { return &Future[T]{settled: true, err: err} }

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
// The callbacks run before it returns, on this goroutine.
func (f *Future[T]) TrySet(value T, err error) bool {
	f.mu.Lock()
	if f.settled {
		f.mu.Unlock()
		return false
	}
	f.settled, f.value, f.err = true, value, err
	callbacks := f.callbacks
	f.callbacks = nil
	if f.done != nil {
		close(f.done)
	}
	f.mu.Unlock()
	for _, callback := range callbacks {
		callback(f)
	}
	return true
}

// AddDoneCallback calls callback when the future is settled, on the goroutine
// that settles it; at once if it is settled already.
func (f *Future[T]) AddDoneCallback(callback func(*Future[T])) {
	f.mu.Lock()
	if !f.settled {
		f.callbacks = append(f.callbacks, callback)
		f.mu.Unlock()
		return
	}
	f.mu.Unlock()
	callback(f)
}

// Settled reports whether the result or the error is there.
func (f *Future[T]) Settled() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.settled
}

// Done returns a channel that is closed when the future is settled.
func (f *Future[T]) Done() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done == nil {
		f.done = make(chan struct{})
		if f.settled {
			close(f.done)
		}
	}
	return f.done
}

// Result returns what the future was settled with; before that, zero values.
func (f *Future[T]) Result() (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.value, f.err
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
