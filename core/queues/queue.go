package queues

import (
	"context"
	"iter"
	"math"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/locks"
)

// A Queue holds items until somebody takes them. It is made by NewQueue.
type Queue[T any] struct {
	maxsize int // never changed; zero is no limit

	mu         sync.Mutex // guards what follows
	items      store[T]
	unfinished int                               // put, and no TaskDone yet
	getters    locks.Waiters[struct{}, T]        // none unless the queue is empty
	putters    locks.Waiters[T, struct{}]        // none unless it is full
	joiners    locks.Waiters[struct{}, struct{}] // none unless something is unfinished
}

type (
	getter[T any] = locks.Waiter[struct{}, T]
	putter[T any] = locks.Waiter[T, struct{}]
)

// MaxSize is the limit that the queue was made with; zero means there is none.
func (q *Queue[T]) MaxSize() int { return q.maxsize }

// QSize is how many items are in the queue at this moment.
func (q *Queue[T]) QSize() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.items.len()
}

// Empty reports whether there is no item at this moment.
func (q *Queue[T]) Empty() bool { return q.QSize() == 0 }

// Full reports whether there is no room at this moment.
func (q *Queue[T]) Full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.full()
}

func (q *Queue[T]) full() bool { return q.maxsize > 0 && q.items.len() >= q.maxsize }

// Put adds an item when there is room. With the error of ctx it has put nothing.
func (q *Queue[T]) Put(ctx context.Context, item T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	if !q.full() {
		q.enter(item)
		return nil
	}
	p := q.putters.Add(&q.mu, item)
	q.mu.Unlock()
	_, err := p.Wait(ctx)
	return err
}

// PutAsync returns a future that is settled when the item is in the queue. See
// package locks for its timeout.
func (q *Queue[T]) PutAsync(item T, timeout ...time.Duration) *concurrent.Future[struct{}] {
	q.mu.Lock()
	if !q.full() {
		q.enter(item)
		return concurrent.Resolved(struct{}{})
	}
	defer q.mu.Unlock()
	return q.putters.AddAsync(&q.mu, item, timeout...)
}

// PutNowait adds an item, or returns ErrQueueFull.
func (q *Queue[T]) PutNowait(item T) error {
	q.mu.Lock()
	if !q.full() {
		q.enter(item)
		return nil
	}
	q.mu.Unlock()
	return ErrQueueFull
}

// enter puts an item where there is room, or gives it to who waits for one, and
// unlocks the queue.
func (q *Queue[T]) enter(item T) { q.give(q.admit(item), item) }

// admit is the part of enter under the lock, which a panic of an order of the
// program's own must not keep.
func (q *Queue[T]) admit(item T) *getter[T] {
	defer q.mu.Unlock()
	g := q.getters.First()
	if g == nil {
		q.items.push(item)
	}
	q.unfinished++
	return g
}

// give gives an item to a getter, if there is one; if that has given up, to
// another, or back to the queue.
func (q *Queue[T]) give(g *getter[T], item T) {
	for g != nil && !g.Settle(item) {
		q.mu.Lock()
		if g = q.getters.First(); g == nil {
			q.items.putBack(item)
		}
		q.mu.Unlock()
	}
}

// Get takes an item when there is one. With the error of ctx it has taken none.
func (q *Queue[T]) Get(ctx context.Context) (T, error) {
	if err := ctx.Err(); err != nil {
		var none T
		return none, err
	}
	q.mu.Lock()
	if q.items.len() > 0 {
		return q.leave(), nil
	}
	g := q.getters.Add(&q.mu, struct{}{})
	q.mu.Unlock()
	return g.Wait(ctx)
}

// GetAsync returns a future of an item. See package locks for its timeout.
func (q *Queue[T]) GetAsync(timeout ...time.Duration) *concurrent.Future[T] {
	q.mu.Lock()
	if q.items.len() > 0 {
		return concurrent.Resolved(q.leave())
	}
	defer q.mu.Unlock()
	return q.getters.AddAsync(&q.mu, struct{}{}, timeout...)
}

// GetNowait takes an item, or returns ErrQueueEmpty.
func (q *Queue[T]) GetNowait() (T, error) {
	q.mu.Lock()
	if q.items.len() > 0 {
		return q.leave(), nil
	}
	q.mu.Unlock()
	var none T
	return none, ErrQueueEmpty
}

// leave takes an item, lets in the first that waits for room, and unlocks the
// queue.
func (q *Queue[T]) leave() T {
	item, p := q.remove()
	if p != nil {
		p.Settle(struct{}{})
	}
	return item
}

// remove is the part of leave under the lock.
func (q *Queue[T]) remove() (item T, p *putter[T]) {
	defer q.mu.Unlock()
	item = q.items.pop()
	if q.full() {
		return item, nil
	}
	if p = q.putters.First(); p != nil {
		q.items.push(p.Brings())
		q.unfinished++
	}
	return item, p
}

// All takes item after item, and waits for the next, until ctx ends.
func (q *Queue[T]) All(ctx context.Context) iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			item, err := q.Get(ctx)
			if err != nil || !yield(item) {
				return
			}
		}
	}
}

// TaskDone says that the work on an item that was taken is done. It panics with
// ErrTaskDone if it is called more often than items were put.
func (q *Queue[T]) TaskDone() {
	q.mu.Lock()
	if q.unfinished == 0 {
		q.mu.Unlock()
		panic(ErrTaskDone)
	}
	q.unfinished--
	var joiners []*locks.Waiter[struct{}, struct{}]
	if q.unfinished == 0 {
		joiners = q.joiners.Take(math.MaxInt)
	}
	q.mu.Unlock()
	for _, j := range joiners {
		j.Settle(struct{}{})
	}
}

// Join waits until there was a TaskDone for every item that was put; not at all if
// none was. Items of those who still wait for room do not count yet, but then the
// queue is full of others that do.
func (q *Queue[T]) Join(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	if q.unfinished == 0 {
		q.mu.Unlock()
		return nil
	}
	j := q.joiners.Add(&q.mu, struct{}{})
	q.mu.Unlock()
	_, err := j.Wait(ctx)
	return err
}

// JoinAsync returns a future that is settled when there was a TaskDone for every
// item that was put. See package locks for its timeout.
func (q *Queue[T]) JoinAsync(timeout ...time.Duration) *concurrent.Future[struct{}] {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.unfinished == 0 {
		return concurrent.Resolved(struct{}{})
	}
	return q.joiners.AddAsync(&q.mu, struct{}{}, timeout...)
}
