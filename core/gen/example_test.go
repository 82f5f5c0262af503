package gen_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/gen"
	"github.com/tornado-dev/tornado/core/ioloop"
)

// price stands for something that takes its time.
func price(fruit string) (int, error) { return len(fruit), nil }

func ExampleGo() {
	f := gen.Go(func() (int, error) { return price("apple") })
	cents, err := f.Wait(context.Background())
	fmt.Println(cents, err)
	// Output: 5 <nil>
}

func ExampleThen() {
	cents := gen.Go(func() (int, error) { return price("apple") })
	label := gen.Then(cents, func(n int) (string, error) { return fmt.Sprintf("%d cents", n), nil })
	fmt.Println(label.Wait(context.Background()))
	// Output: 5 cents <nil>
}

func ExampleMulti() {
	var prices []*concurrent.Future[int]
	for _, fruit := range []string{"apple", "fig"} {
		prices = append(prices, gen.Go(func() (int, error) { return price(fruit) }))
	}
	fmt.Println(gen.Multi(prices).Wait(context.Background()))
	// Output: [5 3] <nil>
}

func ExampleMultiMap() {
	prices, err := gen.MultiMap(map[string]*concurrent.Future[int]{
		"apple": gen.Go(func() (int, error) { return price("apple") }),
		"fig":   gen.Go(func() (int, error) { return price("fig") }),
	}).Wait(context.Background())
	fmt.Println(prices["apple"], prices["fig"], err)
	// Output: 5 3 <nil>
}

func ExampleWithTimeout() {
	never := new(concurrent.Future[string])
	_, err := gen.WithTimeout(time.Millisecond, never).Wait(context.Background())
	fmt.Println(err, errors.Is(err, context.DeadlineExceeded))
	// Output: timed out after 1ms true
}

func ExampleWaitIterator() {
	mirrors := map[string]*concurrent.Future[string]{
		"near": concurrent.Resolved("index of /"),
		"far":  gen.Then(gen.Sleep(time.Hour), func(struct{}) (string, error) { return "index of /", nil }),
		"dead": concurrent.Failed[string](errors.New("connection refused")),
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	var came []string
	for mirror := range gen.NewNamedWaitIterator(mirrors).All(ctx) {
		came = append(came, fmt.Sprint(mirror.Key, ": ", mirror.Value, mirror.Err))
	}
	slices.Sort(came) // these two were there at once
	fmt.Println(strings.Join(came, "\n"))
	// Output:
	// dead: connection refused
	// near: index of /<nil>
}

// On a loop nothing waits: what is to be done with each result is a callback.
func ExampleWaitIterator_Next() {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer loop.Close()
	w := gen.NewWaitIterator(concurrent.Resolved("first"), concurrent.Resolved("second"))
	var next func()
	next = func() {
		if w.Done() {
			loop.Stop()
			return
		}
		ioloop.AddFuture(loop, w.Next(), func(f *concurrent.Future[gen.Completed[int, string]]) {
			c, _ := f.Result()
			fmt.Println(c.Key, c.Value)
			next()
		})
	}
	loop.AddCallback(next)
	loop.Start()
	// Output:
	// 0 first
	// 1 second
}

func ExampleSleep() {
	begun := time.Now()
	gen.Sleep(time.Millisecond).Wait(context.Background())
	fmt.Println(time.Since(begun) >= time.Millisecond)
	// Output: true
}
