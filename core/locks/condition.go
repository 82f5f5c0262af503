package locks

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// A Condition is where one waits until somebody says that it is worth to look
// again. It remembers nothing: a Notify that nobody waits for is forgotten. The
// zero Condition is good for code on one loop, where nothing happens between
// looking and waiting.
//
// Between goroutines something may: then L is the lock under which one looks, and
// under which the others change what is looked at.
//
//	c.L.Lock()
//	for !ready() {
//		if err := c.Wait(ctx); err != nil {
//			c.L.Unlock()
//			return err
//		}
//	}
//	use()
//	c.L.Unlock()
type Condition struct {
	// L may be nil. If not, it is held by those who call Wait or WaitAsync. Wait
	// unlocks it when it stands in the line, and locks it again before it returns,
	// error or not; WaitAsync leaves it alone. Do not change it after the first use.
	L sync.Locker

	mu      sync.Mutex // guards what follows
	waiters Waiters[struct{}, struct{}]
}

// Wait returns when it was notified, or with the error of ctx when that ends.
func (c *Condition) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	w := c.waiters.Add(&c.mu, struct{}{})
	c.mu.Unlock()
	if c.L != nil {
		c.L.Unlock()
		defer c.L.Lock()
	}
	_, err := w.Wait(ctx)
	return err
}

// WaitAsync returns a future that is settled by a notification. See the package
// for its timeout; one of zero can only fail.
func (c *Condition) WaitAsync(timeout ...time.Duration) *concurrent.Future[struct{}] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiters.AddAsync(&c.mu, struct{}{}, timeout...)
}

// Notify ends the wait of the n that have waited longest, or of as many as there
// are. L may be held or not, as with sync.Cond; callbacks of futures run meanwhile.
func (c *Condition) Notify(n int) {
	for n > 0 {
		c.mu.Lock()
		woken := c.waiters.Take(n)
		c.mu.Unlock()
		if len(woken) == 0 {
			return
		}
		n -= settleAll(woken) // in place of those who gave up, others
	}
}

// NotifyAll ends every wait.
func (c *Condition) NotifyAll() { c.Notify(math.MaxInt) }
