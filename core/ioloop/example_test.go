package ioloop_test

import (
	"fmt"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
)

func ExampleRunSync() {
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	fmt.Println(ioloop.RunSync(l, time.Minute, func() *concurrent.Future[string] {
		f := new(concurrent.Future[string])
		l.CallLater(time.Millisecond, func() { f.SetResult("done") })
		return f
	}))
	// Output: done <nil>
}

func ExampleGroup() {
	g, err := ioloop.NewGroup(2)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := g.Start(); err != nil {
		fmt.Println(err)
	}
	g.Each(func(l *ioloop.IOLoop) { fmt.Println("loop", l.Number()) })
	fmt.Println(g.Close())
	// Output:
	// loop 0
	// loop 1
	// <nil>
}
