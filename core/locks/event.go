package locks

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// An Event is a flag that one can wait for. The zero Event is not set.
type Event struct {
	mu      sync.Mutex // guards what follows
	set     bool
	waiters Waiters[struct{}, struct{}]
}

// IsSet reports whether the flag is set.
func (e *Event) IsSet() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.set
}

// Set sets the flag and ends every wait, even if Clear follows at once.
func (e *Event) Set() {
	e.mu.Lock()
	e.set = true
	woken := e.waiters.Take(math.MaxInt)
	e.mu.Unlock()
	settleAll(woken)
}

// Clear takes the flag back. Who waits from now on waits for the next Set.
func (e *Event) Clear() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.set = false
}

// Wait returns when the flag is set, or with the error of ctx when that ends.
func (e *Event) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e.mu.Lock()
	if e.set {
		e.mu.Unlock()
		return nil
	}
	w := e.waiters.Add(&e.mu, struct{}{})
	e.mu.Unlock()
	_, err := w.Wait(ctx)
	return err
}

// WaitAsync returns a future that is settled when the flag is set. See the package
// for its timeout.
func (e *Event) WaitAsync(timeout ...time.Duration) *concurrent.Future[struct{}] {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.set {
		return concurrent.Resolved(struct{}{})
	}
	return e.waiters.AddAsync(&e.mu, struct{}{}, timeout...)
}

// settleAll settles those who wait for nothing but that, and returns how many had
// not given up.
func settleAll(woken []*Waiter[struct{}, struct{}]) (n int) {
	for _, w := range woken {
		if w.Settle(struct{}{}) {
			n++
		}
	}
	return n
}
