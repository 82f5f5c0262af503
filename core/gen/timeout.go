package gen

import (
	"context"
	"fmt"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
)

// A TimeoutError reports that something did not happen in time. To errors.Is it is
// an ioloop.ErrTimeout and a context.DeadlineExceeded, so that one question serves
// those who wait with a context and those who wait with a timeout.
type TimeoutError struct {
	After time.Duration // how long it was waited for
}

func (e TimeoutError) Error() string { return fmt.Sprintf("timed out after %v", e.After) }

// Timeout is true, as net.Error wants it.
func (TimeoutError) Timeout() bool { return true }

// Is reports whether target is another name for the same.
func (TimeoutError) Is(target error) bool {
	return target == ioloop.ErrTimeout || target == context.DeadlineExceeded
}

// WithTimeout returns a future that follows another for some time. If that is not
// settled after timeout it fails with a TimeoutError; a timeout of zero or less
// only looks whether it is settled. For a deadline, say time.Until(deadline).
//
// The work behind future is not cancelled. A late result is dropped, so do not put
// this round queues.Queue.GetAsync or a lock, which have timeouts that lose
// nothing. A late error is logged, unless one of quiet says otherwise.
func WithTimeout[T any](timeout time.Duration, future *concurrent.Future[T], quiet ...Quiet) *concurrent.Future[T] {
	if future.Settled() {
		return future
	}
	timed := new(concurrent.Future[T])
	expire := func() {
		var zero T
		timed.TrySet(zero, TimeoutError{timeout})
	}
	if timeout <= 0 {
		expire()
	}
	timer := time.AfterFunc(timeout, expire)
	// Not timed stops it: a callback there would say that somebody knows its error.
	future.AddDoneCallback(func(future *concurrent.Future[T]) {
		timer.Stop()
		value, err := future.Result()
		if !timed.TrySet(value, err) {
			logUnless(quiet, "failed after its timeout", err)
		}
	})
	return timed
}

// Sleep returns a future that is settled after duration. In a goroutine
// time.Sleep, or a timer in a select, says the same.
func Sleep(duration time.Duration) *concurrent.Future[struct{}] {
	future := new(concurrent.Future[struct{}])
	timer := time.AfterFunc(duration, func() { future.TrySet(struct{}{}, nil) })
	future.AddDoneCallback(func(*concurrent.Future[struct{}]) { timer.Stop() })
	return future
}
