package queues

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/gen"
	"github.com/tornado-dev/tornado/core/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

var errTest = errors.New("test")

// kinds are the suite's queues of numbers, and the order in which they give 3, 1, 2.
var kinds = []struct {
	name  string
	make  func(maxsize int) *Queue[int]
	order []int
}{
	{"Queue", NewQueue[int], []int{3, 1, 2}},
	{"PriorityQueue", func(maxsize int) *Queue[int] { return &NewPriorityQueue[int](maxsize).Queue }, []int{1, 2, 3}},
	{"LIFOQueue", func(maxsize int) *Queue[int] { return &NewLIFOQueue[int](maxsize).Queue }, []int{2, 1, 3}},
}

func eachKind(t *testing.T, maxsize int, test func(t *testing.T, q *Queue[int], order []int)) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, kind.make(maxsize), kind.order) })
		})
	}
}

// faces are the ways to put and to get.
var faces = []struct {
	name string
	put  func(ctx context.Context, q *Queue[int], item int) error
	get  func(ctx context.Context, q *Queue[int]) (int, error)
}{
	{"blocking", func(ctx context.Context, q *Queue[int], item int) error { return q.Put(ctx, item) },
		func(ctx context.Context, q *Queue[int]) (int, error) { return q.Get(ctx) }},
	{"future", func(ctx context.Context, q *Queue[int], item int) error {
		_, err := q.PutAsync(item).Wait(ctx)
		return err
	}, func(ctx context.Context, q *Queue[int]) (int, error) { return q.GetAsync().Wait(ctx) }},
	{"at once", func(_ context.Context, q *Queue[int], item int) error { return q.PutNowait(item) },
		func(_ context.Context, q *Queue[int]) (int, error) { return q.GetNowait() }},
	{"trying once", func(ctx context.Context, q *Queue[int], item int) error {
		_, err := q.PutAsync(item, 0).Wait(ctx)
		return err
	}, func(ctx context.Context, q *Queue[int]) (int, error) { return q.GetAsync(0).Wait(ctx) }},
}

func TestOrder(t *testing.T) {
	for _, face := range faces {
		t.Run(face.name, func(t *testing.T) {
			eachKind(t, 3, func(t *testing.T, q *Queue[int], order []int) {
				for i, item := range []int{3, 1, 2} {
					if q.QSize() != i || q.Full() || q.Empty() != (i == 0) {
						t.Errorf("with %d: size %d, full: %v, empty: %v", i, q.QSize(), q.Full(), q.Empty())
					}
					if err := face.put(t.Context(), q, item); err != nil {
						t.Fatalf("put: %v", err)
					}
				}
				if q.QSize() != 3 || !q.Full() || q.MaxSize() != 3 {
					t.Errorf("size %d of %d, full: %v", q.QSize(), q.MaxSize(), q.Full())
				}
				for _, want := range order {
					if got, err := face.get(t.Context(), q); got != want || err != nil {
						t.Errorf("got %d, %v; want %d", got, err, want)
					}
				}
			})
		})
	}
}

func TestFullAndEmpty(t *testing.T) {
	eachKind(t, 1, func(t *testing.T, q *Queue[int], _ []int) {
		if _, err := q.GetNowait(); err != ErrQueueEmpty {
			t.Errorf("GetNowait: got %v", err)
		}
		if _, err := q.GetAsync(0).Result(); err != (gen.TimeoutError{}) {
			t.Errorf("GetAsync(0): got %v", err)
		}
		if err := q.PutNowait(1); err != nil {
			t.Errorf("PutNowait: got %v", err)
		}
		if err := q.PutNowait(2); err != ErrQueueFull {
			t.Errorf("PutNowait: got %v", err)
		}
		if _, err := q.PutAsync(2, 0).Result(); err != (gen.TimeoutError{}) {
			t.Errorf("PutAsync(2, 0): got %v", err)
		}
		if q.QSize() != 1 {
			t.Errorf("the queue holds %d", q.QSize())
		}
	})
}

func TestMaxSize(t *testing.T) {
	q := NewQueue[int](0)
	for i := range 10_000 {
		if err := q.PutNowait(i); err != nil || q.Full() {
			t.Fatalf("with %d: %v, full: %v", i, err, q.Full())
		}
	}
	defer func() {
		if got, want := fmt.Sprint(recover()), "queues: a queue cannot hold -1 items; zero means any number"; got != want {
			t.Errorf("got the panic %q; want %q", got, want)
		}
	}()
	NewQueue[int](-1)
}

// TestGettersAreServedInOrder has goroutines and futures in one line.
func TestGettersAreServedInOrder(t *testing.T) {
	eachKind(t, 1, func(t *testing.T, q *Queue[int], _ []int) {
		got := make([]int, 4)
		for i := range got {
			if i%2 == 0 {
				go func() { // ends when it is served, which the test sees
					got[i], _ = q.Get(t.Context())
				}()
			} else {
				q.GetAsync(time.Hour).AddDoneCallback(func(f *concurrent.Future[int]) { got[i], _ = f.Result() })
			}
			synctest.Wait()
		}
		for i := range got {
			if err := q.PutNowait(10 + i); err != nil {
				t.Errorf("a queue that somebody waits at: %v", err)
			}
		}
		synctest.Wait()
		if want := []int{10, 11, 12, 13}; !slices.Equal(got, want) {
			t.Errorf("got %v; want %v", got, want)
		}
		if q.QSize() != 0 {
			t.Errorf("%d items are left", q.QSize())
		}
	})
}

// TestPuttersAreServedInOrder has them wait at a full queue.
func TestPuttersAreServedInOrder(t *testing.T) {
	eachKind(t, 1, func(t *testing.T, q *Queue[int], _ []int) {
		var putters []*concurrent.Future[struct{}]
		for i := range 4 {
			if i == 2 {
				f := new(concurrent.Future[struct{}])
				go func() { f.TrySet(struct{}{}, q.Put(t.Context(), i)) }() // ends when it is served, which the test sees
				putters = append(putters, f)
			} else {
				putters = append(putters, q.PutAsync(i))
			}
			synctest.Wait()
		}
		for i := range 4 {
			for j, f := range putters {
				if f.Settled() != (j <= i) {
					t.Errorf("after %d were taken, putter %d is served: %v", i, j, f.Settled())
				}
			}
			if got, err := q.GetNowait(); got != i || err != nil {
				t.Errorf("got %d, %v; want %d", got, err, i)
			}
			synctest.Wait()
		}
	})
}

func panicOf(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

// TestCallbacksMayUseTheQueue has callbacks that could not if it were locked.
func TestCallbacksMayUseTheQueue(t *testing.T) {
	eachKind(t, 1, func(t *testing.T, q *Queue[int], _ []int) {
		got := 0
		q.GetAsync().AddDoneCallback(func(f *concurrent.Future[int]) {
			got, _ = f.Result()
			q.TaskDone()
			q.PutNowait(got + 1)
		})
		q.PutNowait(1)
		q.PutAsync(5).AddDoneCallback(func(*concurrent.Future[struct{}]) { got = 10 * q.QSize() })
		q.GetNowait()
		if got != 10 {
			t.Errorf("got %d", got)
		}
		q.GetNowait()
		q.JoinAsync().AddDoneCallback(func(*concurrent.Future[struct{}]) { q.PutNowait(7) })
		q.TaskDone()
		q.TaskDone()
		if item, err := q.GetNowait(); item != 7 || err != nil {
			t.Errorf("got %d, %v", item, err)
		}
	})
}

func TestPriority(t *testing.T) {
	type job struct {
		urgency int
		name    string
	}
	q := NewPriorityQueueFunc(0, func(a, b job) int { return cmp.Compare(a.urgency, b.urgency) })
	for _, j := range []job{{2, "c"}, {1, "a"}, {2, "d"}, {3, "f"}, {1, "b"}, {2, "e"}} {
		q.PutNowait(j)
	}
	var got strings.Builder
	for !q.Empty() {
		j, _ := q.GetNowait()
		got.WriteString(j.name)
	}
	if got.String() != "abcdef" {
		t.Errorf("got %s; want equals in the order in which they came", got.String())
	}
}

// An order of the program's own that panics leaves the queue usable.
func TestPanickingOrder(t *testing.T) {
	q := NewPriorityQueueFunc(0, func(a, b *int) int { return *a - *b })
	one := 1
	q.PutNowait(&one)
	if panicOf(func() { q.PutNowait(nil) }) == nil {
		t.Fatal("the order did not panic")
	}
	if q.QSize() == 0 {
		t.Error("what was there is lost")
	}
}
