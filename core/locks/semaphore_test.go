package locks

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// A semaphore is what the three kinds have in common.
type semaphore interface {
	TryAcquire() bool
	Acquire(context.Context) error
	AcquireAsync(...time.Duration) *concurrent.Future[struct{}]
	Release()
}

func TestSemaphores(t *testing.T) {
	for _, tt := range []struct {
		name    string
		s       semaphore
		permits int
		bounded bool
	}{
		{"zero Semaphore", new(Semaphore), 1, false},
		{"Semaphore of 0", NewSemaphore(0), 0, false},
		{"Semaphore of 3", NewSemaphore(3), 3, false},
		{"zero BoundedSemaphore", new(BoundedSemaphore), 1, true},
		{"BoundedSemaphore of 0", NewBoundedSemaphore(0), 0, true},
		{"BoundedSemaphore of 3", NewBoundedSemaphore(3), 3, true},
		{"Lock", new(Lock), 1, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i := range tt.permits {
				if !tt.s.TryAcquire() {
					t.Fatalf("permit %d is not there", i)
				}
			}
			if tt.s.TryAcquire() || tt.s.AcquireAsync().Settled() {
				t.Fatalf("there are more than %d permits", tt.permits)
			}
			// One of them goes to the future that waits.
			for range tt.permits {
				tt.s.Release()
			}
			if tt.permits > 0 {
				tt.s.Release()
			}
			for range tt.permits {
				if err := tt.s.Acquire(t.Context()); err != nil {
					t.Errorf("got %v", err)
				}
				tt.s.Release()
			}
			if got := panicOf(tt.s.Release); (got == ErrOverRelease) != tt.bounded {
				t.Errorf("one Release too many: got the panic %v", got)
			}
		})
	}
	for _, value := range []int{-1, -7} {
		want := fmt.Sprintf("locks: a semaphore cannot begin with %d permits", value)
		if got := panicOf(func() { NewSemaphore(value) }); got != want {
			t.Errorf("got the panic %v; want %q", got, want)
		}
		if got := panicOf(func() { NewBoundedSemaphore(value) }); got != want {
			t.Errorf("got the panic %v; want %q", got, want)
		}
	}
}

func panicOf(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

// TestPermitsAreKept acquires from many goroutines that lose patience at any time,
// in every way; never do more have a permit than there are, and in the end all
// permits are back.
func TestPermitsAreKept(t *testing.T) {
	const permits = 3
	for name, s := range map[string]semaphore{"Semaphore": NewSemaphore(permits), "BoundedSemaphore": NewBoundedSemaphore(permits)} {
		t.Run(name, func(t *testing.T) {
			var holding, got atomic.Int64
			work := func() {
				if holding.Add(1) > permits {
					t.Error("more hold a permit than there are")
				}
				got.Add(1)
				holding.Add(-1)
				s.Release()
			}
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					for j := range 500 {
						switch patience := time.Duration(j%7) * 10 * time.Microsecond; i % 3 {
						case 0:
							ctx, cancel := context.WithTimeout(t.Context(), patience)
							if s.Acquire(ctx) == nil {
								work()
							}
							cancel()
						case 1:
							if _, err := s.AcquireAsync(patience).Wait(t.Context()); err == nil {
								work()
							}
						default:
							f := s.AcquireAsync()
							if !f.TrySet(struct{}{}, errTest) {
								work()
							}
						}
					}
				})
			}
			wg.Wait()
			for range permits {
				if !s.TryAcquire() {
					t.Fatal("a permit is lost")
				}
			}
			if s.TryAcquire() {
				t.Error("there is a permit too many")
			}
			if got.Load() == 0 {
				t.Error("nobody ever had a permit")
			}
		})
	}
}
