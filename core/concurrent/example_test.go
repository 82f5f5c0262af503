package concurrent_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/tornado-dev/tornado/core/concurrent"
)

func ExampleFuture() {
	f := new(concurrent.Future[int])
	go f.SetResult(7) // Wait waits for it
	fmt.Println(f.Wait(context.Background()))
	// Output: 7 <nil>
}

func ExampleFuture_TrySet() {
	var f concurrent.Future[string]
	f.AddDoneCallback(func(f *concurrent.Future[string]) { fmt.Println(f.Result()) })
	fmt.Println(f.TrySet("", errors.New("cancelled")))
	fmt.Println(f.TrySet("too late", nil))
	// Output:
	//  cancelled
	// true
	// false
}

func ExampleChain() {
	var src, dst concurrent.Future[int]
	concurrent.Chain(&src, &dst)
	src.SetResult(7)
	fmt.Println(dst.Result())
	// Output: 7 <nil>
}
