package locks_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/locks"
)

func ExampleEvent() {
	var ready locks.Event
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := ready.Wait(context.Background()); err == nil {
			fmt.Println("the cache is warm")
		}
	})
	ready.Set()
	wg.Wait()
	// Output: the cache is warm
}

// A chat keeps what was said. Who asks for news gets them, or waits for some.
type chat struct {
	mu   sync.Mutex
	news locks.Condition // L is &mu
	all  []string
}

func newChat() *chat {
	c := new(chat)
	c.news.L = &c.mu
	return c
}

func (c *chat) say(text string) {
	c.mu.Lock()
	c.all = append(c.all, text)
	c.mu.Unlock()
	c.news.NotifyAll()
}

// since returns what was said after the first n, as soon as there is something.
func (c *chat) since(ctx context.Context, n int) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.all) <= n {
		if err := c.news.Wait(ctx); err != nil {
			return nil, err
		}
	}
	return c.all[n:], nil
}

func ExampleCondition() {
	c := newChat()
	c.say("hello")
	fmt.Println(c.since(context.Background(), 0))
	time.AfterFunc(time.Millisecond, func() { c.say("anybody there?") })
	fmt.Println(c.since(context.Background(), 1))
	// Output:
	// [hello] <nil>
	// [anybody there?] <nil>
}

func ExampleSemaphore() {
	two := locks.NewSemaphore(2)
	download := func(ctx context.Context, name string) error {
		if err := two.Acquire(ctx); err != nil {
			return err
		}
		defer two.Release()
		fmt.Println("downloading", name)
		return nil
	}
	fmt.Println(download(context.Background(), "a file"))
	// Output:
	// downloading a file
	// <nil>
}

// A future is what code on a loop gets, and gives up by settling it.
func ExampleSemaphore_AcquireAsync() {
	var one locks.Semaphore
	first, second, third := one.AcquireAsync(), one.AcquireAsync(), one.AcquireAsync()
	fmt.Println(first.Settled(), second.Settled(), third.Settled())
	second.TrySet(struct{}{}, context.Canceled)
	one.Release()
	fmt.Println(first.Settled(), third.Settled())
	// Output:
	// true false false
	// true true
}

func ExampleBoundedSemaphore() {
	s := locks.NewBoundedSemaphore(1)
	defer func() { fmt.Println("panic:", recover()) }()
	s.Release()
	// Output: panic: locks: released more often than acquired
}

func ExampleLock() {
	var lock locks.Lock
	lock.Acquire(context.Background())
	_, err := lock.AcquireAsync(time.Millisecond).Wait(context.Background())
	fmt.Println(err)
	lock.Release()
	fmt.Println(lock.TryAcquire())
	// Output:
	// timed out after 1ms
	// true
}

// A tally is something of one's own to wait for: a number that grows.
type tally struct {
	mu      sync.Mutex // guards what follows
	n       int
	waiters locks.Waiters[struct{}, int]
}

// next returns a future of the number after the next one was added.
func (t *tally) next() *concurrent.Future[int] {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.waiters.AddAsync(&t.mu, struct{}{})
}

func (t *tally) add() {
	t.mu.Lock()
	t.n++
	n, woken := t.n, t.waiters.Take(t.waiters.Len())
	t.mu.Unlock()
	for _, w := range woken {
		w.Settle(n)
	}
}

func ExampleWaiters() {
	var t tally
	first := t.next()
	t.add()
	second := t.next()
	t.add()
	fmt.Println(first.Result())
	fmt.Println(second.Result())
	// Output:
	// 1 <nil>
	// 2 <nil>
}
