package ioloop

import (
	"errors"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/concurrent"
)

var errTest = errors.New("test")

func TestAddFuture(t *testing.T) {
	f := newFixture(t)
	pending, got := new(concurrent.Future[int]), 0
	AddFuture(f.IOLoop, pending, func(p *concurrent.Future[int]) { got, _ = p.Result() })
	f.after(0)
	pending.SetResult(7)
	if got != 0 {
		t.Error("the callback ran outside of the loop")
	}
	f.after(0)
	if got != 7 {
		t.Errorf("got %d; want 7", got)
	}
}

func TestCall(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    func() *concurrent.Future[int]
		want int
		err  string // what the error begins with
	}{
		{"result", func() *concurrent.Future[int] { return concurrent.Resolved(7) }, 7, ""},
		{"error", func() *concurrent.Future[int] { return concurrent.Failed[int](errTest) }, 0, "test"},
		{"panic", func() *concurrent.Future[int] { panic("no") }, 0, "panic: no\n"},
		{"panic with an error", func() *concurrent.Future[int] { panic(errTest) }, 0, "panic: test\n"},
		{"no future", func() *concurrent.Future[int] { return nil }, 0, "panic: ioloop: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := startLoop(t)
			got, err := Call(l, tt.f).Wait(t.Context())
			if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.HasPrefix(err.Error(), tt.err) {
				t.Errorf("got %d, %v; want %d, %q", got, err, tt.want, tt.err)
			}
			if strings.HasSuffix(tt.err, "test") && !errors.Is(err, errTest) {
				t.Errorf("got %v; want it to be the error that was given", err)
			}
		})
	}
}

// TestCallFollows has f return a future that is settled later.
func TestCallFollows(t *testing.T) {
	f := newFixture(t)
	inner := new(concurrent.Future[int])
	outer := Call(f.IOLoop, func() *concurrent.Future[int] { return inner })
	if outer.Settled() {
		t.Fatal("it has not run")
	}
	f.after(0)
	if outer.Settled() {
		t.Fatal("the future that it follows is pending")
	}
	inner.SetResult(7)
	if got, err := outer.Result(); got != 7 || err != nil {
		t.Errorf("got %d, %v; want 7", got, err)
	}
}

func TestCallOfAClosedLoop(t *testing.T) {
	f := newFixture(t)
	call := func() *concurrent.Future[int] {
		return Call(f.IOLoop, func() *concurrent.Future[int] { t.Error("it ran"); return nil })
	}
	waiting := call()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for name, future := range map[string]*concurrent.Future[int]{"before": waiting, "after": call()} {
		if _, err := future.Result(); !future.Settled() || err != ErrClosed {
			t.Errorf("called %s Close: got %v, settled: %v; want ErrClosed", name, err, future.Settled())
		}
	}
}
