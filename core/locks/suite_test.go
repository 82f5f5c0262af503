package locks

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/gen"
	"github.com/tornado-dev/tornado/core/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

var errTest = errors.New("test")

// A subject is one kind of thing that one can wait for, nothing of which is free.
type subject struct {
	wait      func(ctx context.Context) error
	waitAsync func(timeout ...time.Duration) *concurrent.Future[struct{}]
	wake      func()     // lets one go on, or all
	waiting   func() int // how long the line is
}

// kinds are the suite's subjects. A new kind is a new line.
var kinds = []struct {
	name    string
	all     bool // wake wakes all
	subject func() subject
}{
	{"Event", true, func() subject {
		e := new(Event)
		return subject{e.Wait, e.WaitAsync, func() { e.Set(); e.Clear() }, func() int { return length(&e.mu, &e.waiters) }}
	}},
	{"Condition", false, func() subject {
		c := new(Condition)
		return subject{c.Wait, c.WaitAsync, func() { c.Notify(1) }, func() int { return length(&c.mu, &c.waiters) }}
	}},
	{"NotifyAll", true, func() subject {
		c := new(Condition)
		return subject{c.Wait, c.WaitAsync, c.NotifyAll, func() int { return length(&c.mu, &c.waiters) }}
	}},
	{"Semaphore", false, func() subject {
		s := NewSemaphore(0)
		return subject{s.Acquire, s.AcquireAsync, s.Release, func() int { return length(&s.mu, &s.waiters) }}
	}},
	{"BoundedSemaphore", false, func() subject {
		s := NewBoundedSemaphore(2)
		s.TryAcquire()
		s.TryAcquire()
		return subject{s.Acquire, s.AcquireAsync, s.Release, func() int { return length(&s.mu, &s.waiters) }}
	}},
	{"Lock", false, func() subject {
		l := new(Lock)
		l.TryAcquire()
		return subject{l.Acquire, l.AcquireAsync, l.Release, func() int { return length(&l.mu, &l.waiters) }}
	}},
}

func length[T, R any](mu *sync.Mutex, line *Waiters[T, R]) int {
	mu.Lock()
	defer mu.Unlock()
	return line.Len()
}

func eachKind(t *testing.T, test func(t *testing.T, all bool, s subject)) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, kind.all, kind.subject()) })
		})
	}
}

// TestOrder has goroutines and futures in one line.
func TestOrder(t *testing.T) {
	eachKind(t, func(t *testing.T, all bool, s subject) {
		var mu sync.Mutex
		var served []int
		serve := func(i int) {
			mu.Lock()
			defer mu.Unlock()
			served = append(served, i)
		}
		for i := range 6 {
			if i%2 == 0 {
				go func() { // ends when it is served, which the test sees
					if err := s.wait(t.Context()); err != nil {
						t.Errorf("waiter %d: %v", i, err)
					}
					serve(i)
				}()
			} else {
				s.waitAsync(time.Hour).AddDoneCallback(func(f *concurrent.Future[struct{}]) {
					if _, err := f.Result(); err != nil {
						t.Errorf("waiter %d: %v", i, err)
					}
					serve(i)
				})
			}
			synctest.Wait()
		}
		if got := s.waiting(); got != 6 {
			t.Fatalf("%d stand in line; want 6", got)
		}
		for i := range 6 {
			s.wake()
			synctest.Wait()
			if all {
				slices.Sort(served) // they go on at the same time
				i = 5
			}
			if want := []int{0, 1, 2, 3, 4, 5}[:i+1]; !slices.Equal(served, want) {
				t.Fatalf("served %v; want %v", served, want)
			}
			if all {
				break
			}
		}
		if got := s.waiting(); got != 0 {
			t.Errorf("%d stand in line; want none", got)
		}
	})
}

// TestPatience has waiters that give up in each possible way, between two that do
// not; these get what there is, and the others leave nothing behind.
func TestPatience(t *testing.T) {
	tooLate := gen.TimeoutError{After: time.Second}
	future := func(f *concurrent.Future[struct{}]) func() error {
		return func() error { _, err := f.Wait(context.Background()); return err }
	}
	for _, tt := range []struct {
		name string
		wait func(s subject) func() error
		err  error
		at   time.Duration
	}{
		{"cancelled", func(s subject) func() error {
			return waitFor(func(ctx context.Context) error {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(time.Second, cancel)
				return s.wait(ctx)
			})
		}, context.Canceled, time.Second},
		{"deadline", func(s subject) func() error {
			return waitFor(func(ctx context.Context) error {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				return s.wait(ctx)
			})
		}, context.DeadlineExceeded, time.Second},
		{"ended before", func(s subject) func() error {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return waitFor(func(context.Context) error { return s.wait(ctx) })
		}, context.Canceled, 0},
		{"timeout", func(s subject) func() error { return future(s.waitAsync(time.Second)) }, tooLate, time.Second},
		{"timeout of zero", func(s subject) func() error { return future(s.waitAsync(0)) }, gen.TimeoutError{}, 0},
		{"negative timeout", func(s subject) func() error { return future(s.waitAsync(-1)) }, gen.TimeoutError{After: -1}, 0},
		{"settled", func(s subject) func() error {
			f := s.waitAsync()
			time.AfterFunc(time.Second, func() { f.TrySet(struct{}{}, errTest) })
			return future(f)
		}, errTest, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachKind(t, func(t *testing.T, all bool, s subject) {
				start := time.Now()
				before := s.waitAsync()
				gaveUp := tt.wait(s)
				synctest.Wait()
				after := s.waitAsync()
				if err := gaveUp(); err != tt.err || time.Since(start) != tt.at {
					t.Errorf("got %v after %v; want %v after %v", err, time.Since(start), tt.err, tt.at)
				}
				if got := s.waiting(); got != 2 {
					t.Errorf("%d stand in line; want the two that wait", got)
				}
				s.wake()
				if !before.Settled() || after.Settled() != all {
					t.Errorf("after one call the first is served: %v, the last: %v", before.Settled(), after.Settled())
				}
				s.wake()
				if !after.Settled() {
					t.Error("the last was not served")
				}
			})
		})
	}
}

// waitFor starts a goroutine and returns a function that waits for its end.
func waitFor(wait func(ctx context.Context) error) func() error {
	err := make(chan error, 1)
	go func() { err <- wait(context.Background()) }() // the function returned waits for it
	return func() error { return <-err }
}

// TestEndedContext takes nothing, even if there is something to take.
func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	event := new(Event)
	event.Set()
	for name, wait := range map[string]func(context.Context) error{
		"Event": event.Wait, "Semaphore": NewSemaphore(1).Acquire, "BoundedSemaphore": NewBoundedSemaphore(1).Acquire, "Lock": new(Lock).Acquire,
	} {
		if err := wait(ctx); err != context.Canceled {
			t.Errorf("%s: got %v; want the error of the context", name, err)
		}
	}
}

// TestNoLineGrows gives up a great many times.
func TestNoLineGrows(t *testing.T) {
	eachKind(t, func(t *testing.T, all bool, s subject) {
		stays := s.waitAsync()
		for range 1000 {
			s.waitAsync(time.Second)
			s.waitAsync(0)
			s.waitAsync().TrySet(struct{}{}, errTest)
		}
		time.Sleep(2 * time.Second) // the bubble's time
		synctest.Wait()
		if got := s.waiting(); got != 1 {
			t.Errorf("%d stand in line; want the one that waits", got)
		}
		s.wake()
		if !stays.Settled() {
			t.Error("the one that waits was not served")
		}
	})
}

// TestWhoGaveUpIsCollected asks the garbage collector whether something still
// holds those who gave up, while others wait.
func TestWhoGaveUpIsCollected(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			s := kind.subject()
			stays := s.waitAsync()
			settled, timedOut := gaveUp(t, s, 0), gaveUp(t, s, time.Nanosecond)
			for range 3 { // one is not always enough
				runtime.GC()
			}
			if settled.Value() != nil {
				t.Error("one that was settled is held")
			}
			if timedOut.Value() != nil {
				t.Error("one whose time was over is held")
			}
			runtime.KeepAlive(stays)
		})
	}
}

// gaveUp returns a future that has given up: by its timeout or, if that is zero, by
// being settled.
func gaveUp(t *testing.T, s subject, timeout time.Duration) weak.Pointer[concurrent.Future[struct{}]] {
	var f *concurrent.Future[struct{}]
	if timeout == 0 {
		f = s.waitAsync()
		f.TrySet(struct{}{}, errTest)
	} else {
		f = s.waitAsync(timeout)
	}
	if _, err := f.Wait(t.Context()); err == nil {
		t.Error("it was served")
	}
	return weak.Make(f)
}

// TestCallbacksMayUseIt has a callback that uses what it was called by, which it
// could not if that held its lock.
func TestCallbacksMayUseIt(t *testing.T) {
	eachKind(t, func(t *testing.T, all bool, s subject) {
		var again *concurrent.Future[struct{}]
		s.waitAsync().AddDoneCallback(func(*concurrent.Future[struct{}]) {
			again = s.waitAsync()
			s.wake()
		})
		s.wake()
		if again == nil || !again.Settled() {
			t.Error("the callback did not get through")
		}
		timedOut := false
		s.waitAsync(time.Second).AddDoneCallback(func(*concurrent.Future[struct{}]) { timedOut = s.waiting() == 0 })
		time.Sleep(time.Second)
		synctest.Wait()
		if !timedOut {
			t.Error("the callback of a timeout did not get through")
		}
	})
}

// TestMoreThanOneTimeout is a mistake of the caller's.
func TestMoreThanOneTimeout(t *testing.T) {
	eachKind(t, func(t *testing.T, all bool, s subject) {
		defer func() {
			if got := fmt.Sprint(recover()); got != "locks: more than one timeout" {
				t.Errorf("got the panic %q", got)
			}
			if s.waiting() != 0 {
				t.Error("and it stands in line")
			}
		}()
		s.waitAsync(1, 2)
	})
}
