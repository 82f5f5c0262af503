package queues

import (
	"slices"
	"sync"
	"testing"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
)

// TestBetweenLoopsAndGoroutines has a loop and a goroutine put, and another loop
// and another goroutine take, through a queue that is full most of the time.
func TestBetweenLoopsAndGoroutines(t *testing.T) {
	group, err := ioloop.NewGroup(2)
	if err == nil {
		err = group.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	const each = 500
	q := NewQueue[int](2)
	var mu sync.Mutex
	var got []int
	take := func(item int) {
		mu.Lock()
		got = append(got, item)
		mu.Unlock()
		q.TaskDone()
	}
	var all sync.WaitGroup
	all.Add(2) // the loops' parts

	producer := group.Loops()[0]
	var put func(item int)
	put = func(item int) {
		if item == each {
			all.Done()
			return
		}
		ioloop.AddFuture(producer, q.PutAsync(item), func(*concurrent.Future[struct{}]) { put(item + 1) })
	}
	producer.AddCallback(func() { put(0) })
	all.Go(func() {
		for item := range each {
			if err := q.Put(t.Context(), each+item); err != nil {
				t.Error(err)
			}
		}
	})

	consumer := group.Loops()[1]
	var get func(left int)
	get = func(left int) {
		if left == 0 {
			all.Done()
			return
		}
		ioloop.AddFuture(consumer, q.GetAsync(), func(f *concurrent.Future[int]) {
			item, _ := f.Result()
			take(item)
			get(left - 1)
		})
	}
	consumer.AddCallback(func() { get(each) })
	all.Go(func() {
		for range each {
			item, err := q.Get(t.Context())
			if err != nil {
				t.Error(err)
			}
			take(item)
		}
	})

	all.Wait()
	if err := q.Join(t.Context()); err != nil {
		t.Error(err)
	}
	slices.Sort(got)
	for i, item := range got {
		if i != item {
			t.Fatalf("item %d is missing or came twice", i)
		}
	}
	if len(got) != 2*each {
		t.Errorf("got %d items; want %d", len(got), 2*each)
	}
}
