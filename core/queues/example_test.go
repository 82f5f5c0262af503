package queues_test

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/queues"
)

func ExampleQueue() {
	ctx, cancel := context.WithCancel(context.Background())
	q := queues.NewQueue[int](2)
	var consumer sync.WaitGroup
	consumer.Go(func() {
		for item := range q.All(ctx) {
			fmt.Println("working on", item)
			q.TaskDone()
		}
	})
	for item := range 5 {
		q.Put(ctx, item) // waits while there are two
	}
	q.Join(ctx)
	fmt.Println("done")
	cancel()
	consumer.Wait()
	// Output:
	// working on 0
	// working on 1
	// working on 2
	// working on 3
	// working on 4
	// done
}

// On a loop one takes an item, and the next when that is done.
func ExampleQueue_GetAsync() {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer loop.Close()
	q := queues.NewQueue[string](0)
	var next func()
	next = func() {
		ioloop.AddFuture(loop, q.GetAsync(), func(f *concurrent.Future[string]) {
			item, _ := f.Result()
			fmt.Println("working on", item)
			q.TaskDone()
			next()
		})
	}
	loop.AddCallback(next)
	go func() { // ends with the loop
		for _, item := range []string{"this", "that"} {
			q.Put(context.Background(), item)
		}
		q.Join(context.Background())
		loop.Stop()
	}()
	loop.Start()
	// Output:
	// working on this
	// working on that
}

func ExamplePriorityQueue() {
	type job struct {
		priority int
		name     string
	}
	q := queues.NewPriorityQueueFunc(0, func(a, b job) int { return cmp.Compare(a.priority, b.priority) })
	for _, j := range []job{{1, "second"}, {0, "first"}, {10, "last"}} {
		q.PutNowait(j)
	}
	for !q.Empty() {
		j, _ := q.GetNowait()
		fmt.Println(j.name)
	}
	// Output:
	// first
	// second
	// last
}

func ExampleLIFOQueue() {
	q := queues.NewLIFOQueue[int](0)
	for _, item := range []int{3, 2, 1} {
		q.PutNowait(item)
	}
	for !q.Empty() {
		fmt.Println(q.GetNowait())
	}
	// Output:
	// 1 <nil>
	// 2 <nil>
	// 3 <nil>
}

func ExampleQueue_PutNowait() {
	q := queues.NewQueue[string](1)
	fmt.Println(q.PutNowait("fits"))
	fmt.Println(q.PutNowait("does not"))
	// Output:
	// <nil>
	// queues: queue is full
}
