package gen

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// ErrDone is what WaitIterator.Next fails with when every result was asked for.
var ErrDone = errors.New("gen: no result is left; ask WaitIterator.Done before Next")

// A Completed is one result of a WaitIterator.
type Completed[K comparable, T any] struct {
	Key   K // which future it was: its index, or its name
	Value T
	Err   error
}

// A WaitIterator gives the results of several futures in the order in which they
// come. It may be used from several goroutines; each result goes to one of them.
type WaitIterator[K comparable, T any] struct {
	mu    sync.Mutex // guards what follows
	left  int        // results that nobody asked for yet
	ready []Completed[K, T]
	asked []*concurrent.Future[Completed[K, T]] // none while there is something ready
}

// NewWaitIterator returns an iterator over futures, which it knows by their index.
func NewWaitIterator[T any](futures ...*concurrent.Future[T]) *WaitIterator[int, T] {
	w := &WaitIterator[int, T]{left: len(futures)}
	for i, future := range futures {
		w.watch(i, future)
	}
	return w
}

// NewNamedWaitIterator returns an iterator over futures that have names.
func NewNamedWaitIterator[K comparable, T any](futures map[K]*concurrent.Future[T]) *WaitIterator[K, T] {
	w := &WaitIterator[K, T]{left: len(futures)}
	for key, future := range futures {
		w.watch(key, future)
	}
	return w
}

func (w *WaitIterator[K, T]) watch(key K, future *concurrent.Future[T]) {
	future.AddDoneCallback(func(future *concurrent.Future[T]) {
		value, err := future.Result()
		w.deliver(Completed[K, T]{key, value, err})
	})
}

// deliver gives a result to the first who asked, or keeps it.
func (w *WaitIterator[K, T]) deliver(c Completed[K, T]) {
	for {
		w.mu.Lock()
		if len(w.asked) == 0 {
			w.ready = append(w.ready, c)
			w.mu.Unlock()
			return
		}
		next := w.asked[0]
		w.forget(0)
		w.mu.Unlock()
		if next.TrySet(c, nil) {
			return
		}
		w.mu.Lock()
		w.left++ // that one gave up
		w.mu.Unlock()
	}
}

// forget takes one of those who asked off the list.
func (w *WaitIterator[K, T]) forget(i int) { w.asked = slices.Delete(w.asked, i, i+1) }

// Done reports whether every result was asked for.
func (w *WaitIterator[K, T]) Done() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.left == 0
}

// Next returns a future of the next result. That a future of the iterator failed
// stands in Completed.Err; Next's own fails only with ErrDone.
func (w *WaitIterator[K, T]) Next() *concurrent.Future[Completed[K, T]] {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left == 0 {
		return concurrent.Failed[Completed[K, T]](ErrDone)
	}
	w.left--
	if len(w.ready) > 0 {
		c := w.ready[0]
		w.ready = w.ready[1:]
		return concurrent.Resolved(c)
	}
	next := new(concurrent.Future[Completed[K, T]])
	next.AddDoneCallback(w.purge)
	w.asked = append(w.asked, next)
	return next
}

// purge takes the future of somebody who gave up off the list; one that got its
// result is there no longer.
func (w *WaitIterator[K, T]) purge(next *concurrent.Future[Completed[K, T]]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.Index(w.asked, next); i >= 0 {
		w.forget(i)
		w.left++
	}
}

// All waits for the results that are left, one by one. It ends before if ctx does;
// what has not come then can still be asked for.
func (w *WaitIterator[K, T]) All(ctx context.Context) iter.Seq[Completed[K, T]] {
	return func(yield func(Completed[K, T]) bool) {
		for {
			c, err := w.wait(ctx)
			if err != nil || !yield(c) {
				return
			}
		}
	}
}

func (w *WaitIterator[K, T]) wait(ctx context.Context) (Completed[K, T], error) {
	if err := ctx.Err(); err != nil {
		return Completed[K, T]{}, err
	}
	next := w.Next()
	if c, err := next.Wait(ctx); err == nil {
		return c, nil
	}
	// Giving up may come too late, and then there is a result after all.
	next.TrySet(Completed[K, T]{}, ctx.Err())
	return next.Result()
}
