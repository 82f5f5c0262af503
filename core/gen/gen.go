// Package gen combines futures: what Tornado's coroutines do with await and
// yield, as far as Go has no words of its own for it.
//
// Everything here may be called from any goroutine and knows no loop. What it
// returns is a *concurrent.Future: on a loop one continues with
// ioloop.AddFuture, everywhere else one calls Wait.
//
//   - Go: a plain function, on a goroutine of its own, as a future
//   - Then, ThenAsync: a future of what is made from another's result
//   - Multi, MultiMap: all of several results
//   - WaitIterator: several results in the order in which they come
//   - WithTimeout, Sleep: futures and time
//
// # Which to use
//
// In a goroutine (a handler whose method takes a context, for one) call functions
// that wait, in the order in which they are wanted, and use the go statement,
// channels and errgroup for what is done at the same time. Futures are for code on
// a loop, which must not wait, and for whoever needs what such code returns.
//
// There is no Moment: IOLoop.AddCallback lets everything else on a loop have its
// turn. There is no coroutine: that is a goroutine.
//
// # Giving up
//
// Who no longer wants a result may settle the future that this package returned,
// for example f.TrySet(zero, context.Canceled). Timers end at once then. The work
// behind it is not told; give it a context if it should be. What arrives later is
// dropped; if that is an error, it is logged.
//
// # Time
//
// Timers are those of package time, so a program can be tested with
// testing/synctest.
package gen

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// ErrGoexit is what the future of a function fails with that ended its goroutine
// by runtime.Goexit, as testing.T.FailNow does.
var ErrGoexit = errors.New("gen: the function ended its goroutine and returned nothing")

// A PanicError is what a future fails with whose function panicked.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // as debug.Stack gives it
}

func (e *PanicError) Error() string { return fmt.Sprintf("gen: panic: %v", e.Value) }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Go calls f on a goroutine of its own and returns a future of what it returns. If
// f panics, the future fails with a *PanicError and the program goes on.
//
// There is no limit to how many run at once; for that see locks.Semaphore and
// IOLoop's executor.
func Go[T any](f func() (T, error)) *concurrent.Future[T] {
	future := new(concurrent.Future[T])
	go settle(future, f) // who holds the future waits for it
	return future
}

// settle settles future with what f returns, however it ends.
func settle[T any](future *concurrent.Future[T], f func() (T, error)) {
	var value T
	err := ErrGoexit
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{v, debug.Stack()}
		}
		future.TrySet(value, err)
	}()
	value, err = f()
}

// Then returns a future of what f makes from the result of future. An error of
// future is passed on and f is not called.
//
// f runs on the goroutine that settles future, at once if it is settled already,
// and must not wait. If f panics, the future fails with a *PanicError.
func Then[T, R any](future *concurrent.Future[T], f func(T) (R, error)) *concurrent.Future[R] {
	next := new(concurrent.Future[R])
	future.AddDoneCallback(func(future *concurrent.Future[T]) {
		settle(next, func() (result R, err error) {
			value, err := future.Result()
			if err != nil {
				return result, err
			}
			return f(value)
		})
	})
	return next
}

// ThenAsync is Then for an f whose result arrives later too.
func ThenAsync[T, R any](future *concurrent.Future[T], f func(T) *concurrent.Future[R]) *concurrent.Future[R] {
	next := new(concurrent.Future[R])
	started := Then(future, func(value T) (*concurrent.Future[R], error) { return f(value), nil })
	started.AddDoneCallback(func(started *concurrent.Future[*concurrent.Future[R]]) {
		second, err := started.Result()
		if err != nil {
			var zero R
			next.TrySet(zero, err)
			return
		}
		second.AddDoneCallback(func(second *concurrent.Future[R]) { next.TrySet(second.Result()) })
	})
	return next
}
