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
// Of Tornado's words a coroutine is a goroutine, moment is IOLoop.AddCallback,
// which lets everything else on a loop have its turn, maybe_future is
// concurrent.Resolved, chain_future concurrent.Chain, and run_on_executor
// ioloop.RunInExecutor.
//
// # Giving up
//
// Who no longer wants a result may settle the future that this package returned,
// for example f.TrySet(zero, context.Canceled). The work behind it is not told;
// give it a context if it should be. What arrives later is dropped, except that
// WaitIterator keeps it for the next who asks; if it is an error, that is logged.
//
// # Time
//
// Timers are those of package time, so a program can be tested with
// testing/synctest.
package gen

import (
	"errors"
	"runtime/debug"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
)

// ErrGoexit is what the future of a function fails with that ended its goroutine
// by runtime.Goexit, as testing.T.FailNow does.
var ErrGoexit = errors.New("gen: the function ended its goroutine and returned nothing")

// Go calls f on a goroutine of its own and returns a future of what it returns. If
// f panics, the future fails with an *ioloop.PanicError and the program goes on.
//
// There is no limit to how many run at once; where there should be one, use
// ioloop.RunInExecutor or a locks.Semaphore.
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
			err = &ioloop.PanicError{Value: v, Stack: debug.Stack()}
		}
		future.TrySet(value, err)
	}()
	value, err = f()
}

// Then returns a future of what f makes from the result of future. An error of
// future is passed on and f is not called.
//
// f runs on the goroutine that settles future, at once if it is settled already,
// and must not wait. If f panics, the future fails with an *ioloop.PanicError.
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
		concurrent.Chain(second, next)
	})
	return next
}
