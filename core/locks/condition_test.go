package locks

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
)

func TestNotify(t *testing.T) {
	for _, tt := range []struct {
		name          string
		waiting, call int
		want          int // are woken
	}{
		{"none", 3, 0, 0},
		{"negative", 3, -1, 0},
		{"one", 3, 1, 1},
		{"two", 3, 2, 2},
		{"more than there are", 3, 5, 3},
		{"nobody waits", 0, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c Condition
			var all []*concurrent.Future[struct{}]
			for range tt.waiting {
				all = append(all, c.WaitAsync())
			}
			c.Notify(tt.call)
			for i, f := range all {
				if f.Settled() != (i < tt.want) {
					t.Errorf("waiter %d is woken: %v", i, f.Settled())
				}
			}
			if c.WaitAsync().Settled() {
				t.Error("it remembers who was not there")
			}
		})
	}
}

// TestConditionWithLock has one condition in which nothing is missed, although the
// others change what it is about at any time.
func TestConditionWithLock(t *testing.T) {
	var mu sync.Mutex
	c := Condition{L: &mu}
	news := 0
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			for range 500 {
				for news == 0 {
					if err := c.Wait(t.Context()); err != nil {
						t.Errorf("got %v", err)
						return
					}
				}
				news--
			}
		})
		wg.Go(func() {
			for range 500 {
				mu.Lock()
				news++
				mu.Unlock()
				c.Notify(1)
			}
		})
	}
	wg.Wait()
	if news != 0 {
		t.Errorf("%d news were not taken", news)
	}
}

// Wait holds the lock again when it returns, error or not.
func TestConditionLocksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		c := Condition{L: &mu}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, want := range []error{context.DeadlineExceeded, context.DeadlineExceeded} { // ends in it, and before it
			mu.Lock()
			if err := c.Wait(ctx); err != want {
				t.Errorf("got %v; want %v", err, want)
			}
			if mu.TryLock() {
				t.Error("the lock is free")
			}
			mu.Unlock()
		}
	})
}

// TestNotifySkipsWhoGaveUp has the second of three give up when the first is woken
// already and the second is about to be: the third is woken in its place.
func TestNotifySkipsWhoGaveUp(t *testing.T) {
	var c Condition
	first, second, third := c.WaitAsync(), c.WaitAsync(), c.WaitAsync()
	first.AddDoneCallback(func(*concurrent.Future[struct{}]) { second.TrySet(struct{}{}, errTest) })
	c.Notify(2)
	if _, err := second.Result(); err != errTest || !third.Settled() {
		t.Errorf("the second got %v, the third is woken: %v", err, third.Settled())
	}
}
