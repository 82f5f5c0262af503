package ioloop

import "github.com/tornado-dev/tornado/core/concurrent"

// AddFuture calls callback on the loop when f is settled. It may be called from
// any goroutine.
func AddFuture[T any](l *IOLoop, f *concurrent.Future[T], callback func(*concurrent.Future[T])) {
	f.AddDoneCallback(func(f *concurrent.Future[T]) {
		l.AddCallback(func() { callback(f) })
	})
}

// Call runs f on the loop and returns a future that follows the one that f
// returns. It may be called from any goroutine; those that are not a loop's may
// Wait for the result. The future fails with ErrClosed if the loop is closed
// before f could run, and with a *PanicError if f panics or returns nil.
func Call[T any](l *IOLoop, f func() *concurrent.Future[T]) *concurrent.Future[T] {
	c := &call[T]{f: f}
	l.add(c)
	return &c.result
}

// A call is a callback with a result.
type call[T any] struct {
	f      func() *concurrent.Future[T]
	result concurrent.Future[T]
}

func (c *call[T]) run() { concurrent.Chain(started(c.f), &c.result) }

func (c *call[T]) drop() { c.result.SetError(ErrClosed) }

// started calls f and turns its panic into a failure.
func started[T any](f func() *concurrent.Future[T]) (result *concurrent.Future[T]) {
	defer func() {
		if v := recover(); v != nil {
			result = concurrent.Failed[T](panicError(v))
		}
	}()
	if result = f(); result == nil {
		panic("ioloop: the function returned no future")
	}
	return result
}

// SpawnCallback runs f on the loop, as AddCallback does, and logs the error if its
// future fails. It is for what nobody waits for.
func SpawnCallback[T any](l *IOLoop, f func() *concurrent.Future[T]) {
	l.AddCallback(func() { started(f).AddDoneCallback(logFailure) })
}
