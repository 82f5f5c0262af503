package queues

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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

// TestJoin counts what is unfinished.
func TestJoin(t *testing.T) {
	eachKind(t, 0, func(t *testing.T, q *Queue[int], _ []int) {
		if !q.JoinAsync().Settled() || q.Join(t.Context()) != nil {
			t.Error("nothing was put, and it waits")
		}
		if err := panicOf(q.TaskDone); err != ErrTaskDone {
			t.Errorf("TaskDone for nothing: got the panic %v", err)
		}
		q.PutNowait(1)
		q.PutNowait(2)
		q.GetNowait()
		joined := q.JoinAsync()
		q.TaskDone()
		if joined.Settled() {
			t.Error("joined with one unfinished")
		}
		q.GetNowait()
		if _, err := q.JoinAsync(time.Second).Wait(t.Context()); err != (gen.TimeoutError{After: time.Second}) {
			t.Errorf("Join with a timeout: got %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := q.Join(ctx); err != context.DeadlineExceeded {
			t.Errorf("Join with a context: got %v", err)
		}
		if got := q.joiners.Len(); got != 1 {
			t.Errorf("%d wait for the end; want one", got)
		}
		q.TaskDone()
		if !joined.Settled() {
			t.Error("not joined with everything finished")
		}
		if err := panicOf(q.TaskDone); err != ErrTaskDone {
			t.Errorf("TaskDone once more: got the panic %v", err)
		}
		// What goes straight to a getter counts, too.
		q.GetAsync()
		q.PutNowait(3)
		if q.JoinAsync().Settled() {
			t.Error("joined while a getter works")
		}
		q.TaskDone()
	})
}

// What waits for room is put when there is some, and then it counts.
func TestJoinAndPutters(t *testing.T) {
	eachKind(t, 1, func(t *testing.T, q *Queue[int], _ []int) {
		q.PutNowait(1)
		q.PutAsync(2)
		joined := q.JoinAsync()
		for range 2 {
			if joined.Settled() {
				t.Error("joined before its time")
			}
			q.GetNowait()
			q.TaskDone()
		}
		if !joined.Settled() {
			t.Error("not joined with everything finished")
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

// TestNothingIsLost has getters and putters that lose patience at any time, in
// every way. Each item that was put is got, once.
func TestNothingIsLost(t *testing.T) {
	for _, kind := range kinds {
		for _, maxsize := range []int{0, 1, 3} {
			t.Run(fmt.Sprint(kind.name, "/", maxsize), func(t *testing.T) {
				q := kind.make(maxsize)
				const each, putters = 300, 4
				var next, put atomic.Int64
				got := make([]atomic.Int64, each*putters)
				var putting, getting sync.WaitGroup
				for i := range putters {
					putting.Go(func() {
						for j := range each {
							item := int(next.Add(1)) - 1
							if putSomehow(q, item, (i+j)%4) {
								put.Add(1)
							}
						}
					})
				}
				ctx, cancel := context.WithCancel(t.Context())
				for i := range 6 {
					getting.Go(func() {
						for j := 0; ctx.Err() == nil; j++ {
							if item, ok := getSomehow(ctx, q, (i+j)%4); ok {
								got[item].Add(1)
								q.TaskDone()
							}
						}
					})
				}
				putting.Wait()
				if err := q.Join(t.Context()); err != nil {
					t.Fatal(err)
				}
				cancel()
				getting.Wait()
				total := int64(0)
				for item := range got {
					if n := got[item].Load(); n > 1 {
						t.Errorf("item %d was got %d times", item, n)
					}
					total += got[item].Load()
				}
				if total != put.Load() {
					t.Errorf("%d items were put, and %d got", put.Load(), total)
				}
				if g, p := q.getters.Len(), q.putters.Len(); g+p+q.QSize() != 0 {
					t.Errorf("left: %d getters, %d putters, %d items", g, p, q.QSize())
				}
			})
		}
	}
}

func moment() time.Duration { return time.Duration(rand.IntN(50)) * time.Microsecond }

// putSomehow puts an item, or loses patience.
func putSomehow(q *Queue[int], item, way int) bool {
	switch way {
	case 0:
		ctx, cancel := context.WithTimeout(context.Background(), moment())
		defer cancel()
		return q.Put(ctx, item) == nil
	case 1:
		_, err := q.PutAsync(item, moment()).Wait(context.Background())
		return err == nil
	case 2:
		return q.PutNowait(item) == nil
	}
	_, err := q.PutAsync(item).Wait(context.Background())
	return err == nil
}

// getSomehow takes an item, or loses patience.
func getSomehow(ctx context.Context, q *Queue[int], way int) (int, bool) {
	switch way {
	case 0:
		ctx, cancel := context.WithTimeout(ctx, moment())
		defer cancel()
		item, err := q.Get(ctx)
		return item, err == nil
	case 1:
		item, err := q.GetAsync(moment()).Wait(context.Background())
		return item, err == nil
	case 2:
		item, err := q.GetNowait()
		return item, err == nil
	}
	// Giving up from outside, which may come too late.
	f := q.GetAsync()
	if f.TrySet(0, errTest) {
		return 0, false
	}
	item, err := f.Result()
	return item, err == nil
}
