// Package queues has queues for producers and consumers, on loops and in
// goroutines.
//
// Everything here may be used from any goroutine and knows no loop. Put, Get and
// Join block until it is their turn or their context ends. PutAsync, GetAsync and
// JoinAsync return a future at once, for code on a loop, which continues with
// ioloop.AddFuture.
//
//   - Queue: first in, first out
//   - PriorityQueue: the least first
//   - LIFOQueue: last in, first out
//
// # Which to use
//
// Between goroutines alone a channel is shorter, works in a select, and can be
// closed; to hand an item to somebody who waits takes a Queue about three times as
// long, while one that nobody waits at is as fast. Take a Queue if one side is on a
// loop; if it has no limit, or an order other than that of arrival; or if somebody
// has to know when all that was put was also worked on, which is what Join is for.
//
// # What holds for all
//
// Waiting is as in package locks: first come, first served; an item goes straight
// to the getter that has waited longest; a context that has ended takes and puts
// nothing; timeouts of zero try once, and too late is a gen.TimeoutError.
//
// No item is lost by giving up. A getter whose context or timeout ends takes none;
// if both happen at once, Get returns the item. If somebody settles the future of a
// GetAsync to give up, at the moment when an item is given to it, that goes to the
// next getter, or back to the front of the queue, which may then hold one more than
// its limit. A putter that gives up by its context or timeout has put nothing; one
// whose future was settled by somebody else may have put its item just before.
//
// Callbacks of futures run on the goroutine that put, took or finished something,
// after the queue's lock was let go. They must not wait.
package queues

import (
	"cmp"
	"errors"
	"fmt"
)

// The errors of queues.
var (
	ErrQueueFull  = errors.New("queues: queue is full")  // by PutNowait
	ErrQueueEmpty = errors.New("queues: queue is empty") // by GetNowait

	// ErrTaskDone is the panic value of a TaskDone for which there was no item.
	ErrTaskDone = errors.New("queues: TaskDone was called more often than items were put")
)

// NewQueue returns a queue that gives items in the order in which they came. It
// holds at most maxsize of them; zero means any number. It panics if maxsize is
// negative.
func NewQueue[T any](maxsize int) *Queue[T] {
	q := newQueue[T](maxsize, new(fifo[T]))
	return &q
}

// A PriorityQueue is a Queue that gives the least item first, and of equals the one
// that came first. It is made by NewPriorityQueue or NewPriorityQueueFunc. Where a
// *Queue is wanted, &q.Queue is one.
type PriorityQueue[T any] struct{ Queue[T] }

// NewPriorityQueue returns a PriorityQueue of numbers or strings. Its maxsize is
// that of NewQueue.
func NewPriorityQueue[T cmp.Ordered](maxsize int) *PriorityQueue[T] {
	return NewPriorityQueueFunc(maxsize, cmp.Compare[T])
}

// NewPriorityQueueFunc returns a PriorityQueue in the order of compare, which is as
// for slices.SortFunc: negative if a comes before b. The queue is locked while
// compare runs, so that must not use it. Its maxsize is that of NewQueue.
func NewPriorityQueueFunc[T any](maxsize int, compare func(a, b T) int) *PriorityQueue[T] {
	return &PriorityQueue[T]{newQueue[T](maxsize, &heap[T]{compare: compare})}
}

// A LIFOQueue is a Queue that gives the latest item first. It is made by
// NewLIFOQueue. Where a *Queue is wanted, &q.Queue is one.
type LIFOQueue[T any] struct{ Queue[T] }

// NewLIFOQueue returns a LIFOQueue. Its maxsize is that of NewQueue.
func NewLIFOQueue[T any](maxsize int) *LIFOQueue[T] {
	return &LIFOQueue[T]{newQueue[T](maxsize, new(lifo[T]))}
}

func newQueue[T any](maxsize int, items store[T]) Queue[T] {
	if maxsize < 0 {
		panic(fmt.Sprintf("queues: a queue cannot hold %d items; zero means any number", maxsize))
	}
	return Queue[T]{maxsize: maxsize, items: items}
}
