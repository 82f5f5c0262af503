package ioloop

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/tornado-dev/tornado/core/concurrent"
)

func TestRunInExecutor(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    func() (int, error)
		want int
		err  string // what the error begins with
	}{
		{"result", func() (int, error) { return 7, nil }, 7, ""},
		{"error", func() (int, error) { return 0, errTest }, 0, "test"},
		{"both", func() (int, error) { return 7, errTest }, 7, "test"},
		{"panic", func() (int, error) { panic(errTest) }, 0, "panic: test\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := startLoop(t)
			result := RunInExecutor(l, tt.f)
			got, err := result.Wait(t.Context())
			if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.HasPrefix(err.Error(), tt.err) {
				t.Errorf("got %d, %v; want %d, %q", got, err, tt.want, tt.err)
			}
			if err != nil && !errors.Is(err, errTest) {
				t.Errorf("got %v; want it to be the error that was given", err)
			}
			onLoop := make(chan int)
			AddFuture(l, result, func(f *concurrent.Future[int]) { v, _ := f.Result(); onLoop <- v })
			if v := <-onLoop; v != tt.want {
				t.Errorf("on the loop: got %d; want %d", v, tt.want)
			}
		})
	}
}

// TestPoolIsBounded has as many functions wait as there are workers, while others
// are in the queue.
func TestPoolIsBounded(t *testing.T) {
	for _, tt := range []struct{ asked, workers int }{{3, 3}, {1, 1}, {0, 1}, {-1, 1}} {
		p := NewPool(tt.asked)
		const n = 20
		begun, goOn := make(chan int, n), make(chan struct{})
		var mu sync.Mutex
		var order []int
		for i := range n {
			p.Submit(func() {
				begun <- i
				<-goOn
				mu.Lock()
				defer mu.Unlock()
				order = append(order, i)
				panic("a worker goes on")
			})
		}
		for range tt.workers {
			<-begun
		}
		p.mu.Lock()
		if p.busy != tt.workers || len(p.queue) != n-tt.workers {
			t.Errorf("%d are busy and %d wait; want %d and %d", p.busy, len(p.queue), tt.workers, n-tt.workers)
		}
		p.mu.Unlock()
		records := observe(t)
		close(goOn)
		p.Wait()
		if len(order) != n || len(records()) != n {
			t.Errorf("%d ran, and %d panics were logged; want %d", len(order), len(records()), n)
		}
		if tt.workers == 1 && (order[0] != 0 || order[n-1] != n-1) {
			t.Errorf("they ran in the order %v", order)
		}
		p.Wait() // nothing to wait for
	}
}

// An inline Executor runs everything at once.
type inline struct{ ran int }

func (e *inline) Submit(f func()) { e.ran++; f() }

func TestSetDefaultExecutor(t *testing.T) {
	f := newFixture(t)
	e := new(inline)
	f.SetDefaultExecutor(e)
	if got, _ := RunInExecutor(f.IOLoop, func() (int, error) { return 7, nil }).Result(); got != 7 || e.ran != 1 {
		t.Errorf("got %d, ran: %d; want 7 by the executor that was set", got, e.ran)
	}
	f.SetDefaultExecutor(nil)
	got, err := RunInExecutor(f.IOLoop, func() (int, error) { return 8, nil }).Wait(t.Context())
	if got != 8 || err != nil || e.ran != 1 {
		t.Errorf("got %d, %v, ran: %d; want 8 by the default", got, err, e.ran)
	}
}
