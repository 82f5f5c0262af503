package concurrent

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

var errTest = errors.New("test")

func TestFuture(t *testing.T) {
	for _, tt := range []struct {
		name   string
		future func() *Future[int]
		want   int
		err    error
	}{
		{"resolved", func() *Future[int] { return Resolved(7) }, 7, nil},
		{"failed", func() *Future[int] { return Failed[int](errTest) }, 0, errTest},
		{"result", func() *Future[int] { f := new(Future[int]); f.SetResult(7); return f }, 7, nil},
		{"error", func() *Future[int] { f := new(Future[int]); f.SetError(errTest); return f }, 0, errTest},
		{"both", func() *Future[int] { f := new(Future[int]); f.TrySet(7, errTest); return f }, 7, errTest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := tt.future()
			if got, err := f.Result(); got != tt.want || err != tt.err || !f.Settled() {
				t.Errorf("got %d, %v, settled: %v", got, err, f.Settled())
			}
			if got, err := f.Wait(t.Context()); got != tt.want || err != tt.err {
				t.Errorf("Wait: got %d, %v", got, err)
			}
			<-f.Done()
			called := 0
			f.AddDoneCallback(func(g *Future[int]) {
				if g == f {
					called++
				}
			})
			if called != 1 {
				t.Errorf("a callback was called %d times; want once, at once", called)
			}
			if f.TrySet(8, nil) {
				t.Error("it was settled again")
			}
			if got, err := f.Result(); got != tt.want || err != tt.err {
				t.Errorf("after another TrySet: got %d, %v", got, err)
			}
		})
	}
}

func TestPending(t *testing.T) {
	var f Future[string]
	if got, err := f.Result(); got != "" || err != nil || f.Settled() {
		t.Errorf("got %q, %v, settled: %v; want nothing yet", got, err, f.Settled())
	}
	select {
	case <-f.Done():
		t.Error("Done is closed")
	default:
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Wait(ctx); err != context.Canceled {
		t.Errorf("Wait: got %v; want the context's error", err)
	}
	var order []int
	for i := range 3 {
		f.AddDoneCallback(func(*Future[string]) { order = append(order, i) })
	}
	f.SetResult("there")
	if len(order) != 3 || order[0] != 0 || order[2] != 2 {
		t.Errorf("the callbacks ran in the order %v", order)
	}
	<-f.Done()
}

func TestSettledTwice(t *testing.T) {
	for name, again := range map[string]func(*Future[int]){
		"result": func(f *Future[int]) { f.SetResult(1) },
		"error":  func(f *Future[int]) { f.SetError(errTest) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if v := recover(); v != ErrSettled {
					t.Errorf("got the panic %v; want ErrSettled", v)
				}
			}()
			again(Resolved(0))
		})
	}
}

// TestCallbackMayUseTheFuture has a callback that asks, and adds another.
func TestCallbackMayUseTheFuture(t *testing.T) {
	var f Future[int]
	got := 0
	f.AddDoneCallback(func(f *Future[int]) {
		f.AddDoneCallback(func(f *Future[int]) { got, _ = f.Result() })
	})
	f.SetResult(7)
	if got != 7 {
		t.Errorf("got %d; want 7", got)
	}
}

func TestFromManyGoroutines(t *testing.T) {
	for range 100 {
		var f Future[int]
		var settled, called, waited atomic.Int64
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				if f.TrySet(i, nil) {
					settled.Add(1)
				}
			})
			wg.Go(func() { f.AddDoneCallback(func(*Future[int]) { called.Add(1) }) })
			wg.Go(func() {
				value, err := f.Wait(t.Context())
				if again, _ := f.Result(); err == nil && value == again {
					waited.Add(1)
				}
			})
		}
		wg.Wait()
		if settled.Load() != 1 || called.Load() != 4 || waited.Load() != 4 {
			t.Fatalf("settled %d times, %d callbacks, %d waits; want 1, 4, 4", settled.Load(), called.Load(), waited.Load())
		}
	}
}
