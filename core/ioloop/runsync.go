package ioloop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// ErrStopped reports a RunSync whose loop was stopped by somebody else.
var ErrStopped = errors.New("ioloop: the loop was stopped before the future was settled")

// ErrTimeout reports something that was not done in time. It is a
// context.DeadlineExceeded, and its Timeout method says true, as those of package
// net do.
var ErrTimeout error = timeoutError{}

type timeoutError struct{}

func (timeoutError) Error() string        { return "ioloop: operation timed out" }
func (timeoutError) Timeout() bool        { return true }
func (timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// RunSync runs the loop on this goroutine until the future that f returns is
// settled, and gives its result. f runs on the loop. The loop must not be running;
// afterwards it can be started again.
//
// After timeout, if that is positive, it fails with ErrTimeout. What f began is
// not ended by that; if it fails later, and the loop runs by then, the error is
// logged. It fails with ErrStopped if the loop was stopped meanwhile, with
// ErrRunning or ErrClosed if it cannot be run, and with a *PanicError if f panics.
func RunSync[T any](l *IOLoop, timeout time.Duration, f func() *concurrent.Future[T]) (T, error) {
	var zero T
	if l.running.Load() {
		return zero, ErrRunning
	}
	result := Call(l, f)
	over := false // owned by the loop
	AddFuture(l, result, func(*concurrent.Future[T]) {
		if over {
			logFailure(result)
		} else {
			l.Stop()
		}
	})
	late := false
	var timer *Timeout
	if timeout > 0 {
		timer = l.CallLater(timeout, func() { late = true; l.Stop() })
	}
	err := l.Start()
	over = true
	l.RemoveTimeout(timer)
	switch {
	case err != nil:
		return zero, err
	case result.Settled():
		return result.Result()
	case late:
		return zero, fmt.Errorf("%w: not done after %v", ErrTimeout, timeout)
	}
	return zero, ErrStopped
}
