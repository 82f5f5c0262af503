package queues

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tornado-dev/tornado/core/gen"
)

// TestPatience has waiters that give up in each possible way. They put and take
// nothing, and leave nothing behind.
func TestPatience(t *testing.T) {
	late := gen.TimeoutError{After: time.Second}
	within := func(after time.Duration, wait func(ctx context.Context) error) error {
		ctx, cancel := context.WithTimeout(context.Background(), after)
		defer cancel()
		return wait(ctx)
	}
	settled := func(settle func()) { time.AfterFunc(time.Second, settle) }
	for _, tt := range []struct {
		name     string
		get, put func(q *Queue[int]) error
		err      error
	}{
		{"context",
			func(q *Queue[int]) error {
				return within(time.Second, func(ctx context.Context) error { _, err := q.Get(ctx); return err })
			},
			func(q *Queue[int]) error {
				return within(time.Second, func(ctx context.Context) error { return q.Put(ctx, 7) })
			}, context.DeadlineExceeded},
		{"iteration",
			func(q *Queue[int]) error {
				return within(time.Second, func(ctx context.Context) error {
					for item := range q.All(ctx) {
						return fmt.Errorf("got %d", item)
					}
					return ctx.Err()
				})
			},
			func(q *Queue[int]) error {
				return within(0, func(ctx context.Context) error { return q.Put(ctx, 7) })
			}, context.DeadlineExceeded},
		{"timeout",
			func(q *Queue[int]) error { _, err := q.GetAsync(time.Second).Wait(context.Background()); return err },
			func(q *Queue[int]) error { _, err := q.PutAsync(7, time.Second).Wait(context.Background()); return err },
			late},
		{"settled",
			func(q *Queue[int]) error {
				f := q.GetAsync()
				settled(func() { f.TrySet(0, errTest) })
				_, err := f.Wait(context.Background())
				return err
			},
			func(q *Queue[int]) error {
				f := q.PutAsync(7)
				settled(func() { f.TrySet(struct{}{}, errTest) })
				_, err := f.Wait(context.Background())
				return err
			}, errTest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachKind(t, 1, func(t *testing.T, q *Queue[int], _ []int) {
				if err := tt.get(q); err != tt.err {
					t.Errorf("get: got %v; want %v", err, tt.err)
				}
				if q.getters.Len() != 0 {
					t.Errorf("%d getters are left", q.getters.Len())
				}
				q.PutNowait(1)
				if err := tt.put(q); err != tt.err {
					t.Errorf("put: got %v; want %v", err, tt.err)
				}
				if q.putters.Len() != 0 {
					t.Errorf("%d putters are left", q.putters.Len())
				}
				if got, err := q.GetNowait(); got != 1 || err != nil {
					t.Errorf("got %d, %v; want what was put before", got, err)
				}
				if !q.Empty() {
					t.Error("a putter that gave up has put something")
				}
				q.TaskDone()
				if err := q.Join(t.Context()); err != nil {
					t.Errorf("Join: %v", err)
				}
			})
		})
	}
}

// TestEndedContext puts and takes nothing, even if there is room and an item.
func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	q := NewQueue[int](2)
	q.PutNowait(1)
	if _, err := q.Get(ctx); err != context.Canceled {
		t.Errorf("Get: got %v", err)
	}
	if err := q.Put(ctx, 2); err != context.Canceled {
		t.Errorf("Put: got %v", err)
	}
	for item := range q.All(ctx) {
		t.Errorf("All: got %d", item)
	}
	q.GetNowait()
	q.TaskDone()
	if err := q.Join(ctx); err != context.Canceled {
		t.Errorf("Join: got %v", err)
	}
	if q.QSize() != 0 {
		t.Errorf("the queue holds %d", q.QSize())
	}
}

// TestGivenUpAtHandOver settles a getter's future when an item is on its way to it:
// that goes to the next getter, or back to where it was.
func TestGivenUpAtHandOver(t *testing.T) {
	eachKind(t, 3, func(t *testing.T, q *Queue[int], order []int) {
		// goesAway is a getter that was taken off the line for an item, and whose
		// future was settled before that came.
		goesAway := func() *getter[int] {
			f := q.GetAsync()
			q.mu.Lock()
			g := q.getters.First()
			q.mu.Unlock()
			f.SetError(errTest)
			return g
		}
		g := goesAway()
		next := q.GetAsync()
		q.give(g, 5)
		if got, err := next.Result(); got != 5 || err != nil {
			t.Errorf("the next getter got %d, %v", got, err)
		}
		g = goesAway()
		for _, item := range []int{1, 2} {
			q.PutNowait(item)
		}
		q.give(g, 3)
		if q.QSize() != 3 {
			t.Fatalf("the queue holds %d; want all three", q.QSize())
		}
		var got []int
		for range 3 {
			item, _ := q.GetNowait()
			got = append(got, item)
		}
		want := []int{3, 1, 2} // it came first
		if order[0] == 1 {
			want = []int{1, 2, 3}
		} else if order[0] == 2 {
			want = []int{3, 2, 1} // for a stack it is the latest again
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v; want %v", got, want)
		}
	})
}

// TestNoLineGrows gives up a great many times.
func TestNoLineGrows(t *testing.T) {
	eachKind(t, 1, func(t *testing.T, q *Queue[int], _ []int) {
		for range 1000 {
			q.GetAsync(time.Second)
			q.GetAsync().TrySet(0, errTest)
		}
		time.Sleep(2 * time.Second) // the bubble's time
		q.PutNowait(1)
		for range 1000 {
			q.PutAsync(2, time.Second)
			q.PutAsync(2).TrySet(struct{}{}, errTest)
			q.JoinAsync(time.Second)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if g, p, j := q.getters.Len(), q.putters.Len(), q.joiners.Len(); g+p+j != 0 {
			t.Errorf("%d getters, %d putters, %d joiners are left", g, p, j)
		}
	})
}
