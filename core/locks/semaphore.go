package locks

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// ErrOverRelease is the panic value of a Release of what nobody has.
var ErrOverRelease = errors.New("locks: released more often than acquired")

// A Semaphore holds permits: so many may do something at once. The zero Semaphore
// begins with one. More may be released than it began with; where that can only be
// a mistake, use a BoundedSemaphore.
type Semaphore struct{ permits }

// NewSemaphore returns a semaphore that begins with value permits. It panics if
// value is negative.
func NewSemaphore(value int) *Semaphore { return &Semaphore{newPermits(value)} }

// Release gives a permit to the first that waits for one, or to the semaphore.
func (s *Semaphore) Release() { s.release(-1) }

// A BoundedSemaphore is a Semaphore that never has more permits than it began with.
// The zero BoundedSemaphore has one.
type BoundedSemaphore struct {
	permits
	more int // than one
}

// NewBoundedSemaphore returns a semaphore with value permits. It panics if value is
// negative.
func NewBoundedSemaphore(value int) *BoundedSemaphore {
	return &BoundedSemaphore{newPermits(value), value - 1}
}

// Release gives a permit to the first that waits for one, or back. It panics with
// ErrOverRelease if all permits are there already.
func (s *BoundedSemaphore) Release() { s.release(s.more + 1) }

// A Lock is held by one at a time. The zero Lock is free. It has no owner: one may
// acquire it in a goroutine and release it in another, or in a callback.
type Lock struct{ permits }

// Release gives the lock to the first that waits for it, or sets it free. It panics
// with ErrOverRelease if nobody holds it.
func (l *Lock) Release() { l.release(1) }

// permits are what semaphores and locks have in common. There is one of them in the
// beginning, if nobody says otherwise.
type permits struct {
	mu      sync.Mutex // guards what follows
	taken   int        // below zero if there are more than one
	waiters Waiters[struct{}, struct{}]
}

func newPermits(value int) permits {
	if value < 0 {
		panic(fmt.Sprintf("locks: a semaphore cannot begin with %d permits", value))
	}
	return permits{taken: 1 - value}
}

// TryAcquire takes a permit, or the lock, if that is free, and reports whether it
// did.
func (p *permits) TryAcquire() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.take()
}

// Acquire takes a permit, or the lock, when it is this caller's turn. With the error
// of ctx it has taken nothing.
func (p *permits) Acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	if p.take() {
		p.mu.Unlock()
		return nil
	}
	w := p.waiters.Add(&p.mu, struct{}{})
	p.mu.Unlock()
	_, err := w.Wait(ctx)
	return err
}

// AcquireAsync returns a future that is settled when a permit, or the lock, was
// taken. See the package for its timeout.
func (p *permits) AcquireAsync(timeout ...time.Duration) *concurrent.Future[struct{}] {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.take() {
		return concurrent.Resolved(struct{}{})
	}
	return p.waiters.AddAsync(&p.mu, struct{}{}, timeout...)
}

func (p *permits) free() int { return 1 - p.taken }

func (p *permits) take() bool {
	if p.free() == 0 {
		return false
	}
	p.taken++
	return true
}

// release gives one permit. There may be limit of them, or any number if that is
// negative.
func (p *permits) release(limit int) {
	p.mu.Lock()
	if p.free() == limit {
		p.mu.Unlock()
		panic(ErrOverRelease)
	}
	for {
		w := p.waiters.First()
		if w == nil {
			p.taken--
		}
		p.mu.Unlock()
		if w == nil || w.Settle(struct{}{}) {
			return
		}
		p.mu.Lock() // that one gave up
	}
}
