package queues

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

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
