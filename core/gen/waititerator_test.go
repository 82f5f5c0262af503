package gen_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/gen"
)

type completed = gen.Completed[int, int]

func TestWaitIterator(t *testing.T) {
	all := pending(3)
	all[1].SetResult(10)
	w := gen.NewWaitIterator(all...)
	first, second := w.Next(), w.Next() // one that is there, one that is not
	if got := mustWait(t, first); got != (completed{1, 10, nil}) {
		t.Errorf("got %v first", got)
	}
	if second.Settled() || w.Done() {
		t.Errorf("second settled: %v, done: %v; want neither", second.Settled(), w.Done())
	}
	third := w.Next()
	if !w.Done() {
		t.Error("everything was asked for, and it is not done")
	}
	if _, err := w.Next().Result(); err != gen.ErrDone {
		t.Errorf("one too many: got %v; want ErrDone", err)
	}
	all[2].SetError(errOne)
	all[0].SetResult(5)
	if got := mustWait(t, second); got != (completed{2, 0, errOne}) {
		t.Errorf("got %v second", got)
	}
	if got := mustWait(t, third); got != (completed{0, 5, nil}) {
		t.Errorf("got %v third", got)
	}
}

func TestWaitIteratorOverNothing(t *testing.T) {
	w := gen.NewWaitIterator[int]()
	if _, err := w.Next().Result(); err != gen.ErrDone || !w.Done() {
		t.Errorf("got %v, done: %v", err, w.Done())
	}
	for c := range w.All(t.Context()) {
		t.Errorf("got %v", c)
	}
}

func TestNamedWaitIterator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		futures := map[string]*concurrent.Future[struct{}]{
			"slow": gen.Sleep(3 * time.Second), "fast": gen.Sleep(time.Second), "middling": gen.Sleep(2 * time.Second),
		}
		var names []string
		for c := range gen.NewNamedWaitIterator(futures).All(t.Context()) {
			names = append(names, c.Key)
		}
		if got := strings.Join(names, " "); got != "fast middling slow" {
			t.Errorf("got %q", got)
		}
	})
}

// Who gives up leaves the result to the next who asks.
func TestWaitIteratorGivenUp(t *testing.T) {
	all := pending(2)
	w := gen.NewWaitIterator(all...)
	w.Next().TrySet(completed{}, context.Canceled)
	all[0].SetResult(1)
	if got := mustWait(t, w.Next()); got.Value != 1 {
		t.Errorf("got %v", got)
	}
	if w.Done() {
		t.Error("done before the second result was asked for")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	for c := range w.All(ctx) {
		t.Errorf("got %v before anything came", c)
	}
	for c := range w.All(ended()) {
		t.Errorf("got %v with a context that has ended", c)
	}
	all[1].SetResult(2)
	for c := range w.All(t.Context()) {
		if c != (completed{1, 2, nil}) {
			t.Errorf("got %v", c)
		}
	}
	if !w.Done() {
		t.Error("not done in the end")
	}
}

// Every result arrives once, whoever gives up meanwhile.
func TestWaitIteratorFromManyGoroutines(t *testing.T) {
	const n = 200
	all := pending(n)
	w := gen.NewWaitIterator(all...)
	var mu sync.Mutex
	var got []int
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for !w.Done() {
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Microsecond)
				for c := range w.All(ctx) {
					mu.Lock()
					got = append(got, c.Key)
					mu.Unlock()
				}
				cancel()
			}
		})
	}
	for _, f := range all {
		wg.Go(func() { f.SetResult(0) })
	}
	wg.Wait()
	slices.Sort(got)
	if len(got) != n || len(slices.Compact(got)) != n {
		t.Errorf("got %d results; want each of %d once", len(got), n)
	}
}
