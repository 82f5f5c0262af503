package ioloop

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/trace"
)

func TestSpawnCallback(t *testing.T) {
	records := observe(t)
	var told []*trace.Error
	previous := trace.Install(&trace.Hooks{Failed: func(e *trace.Error) { told = append(told, e) }})
	defer trace.Install(previous)
	f := newFixture(t)
	late := new(concurrent.Future[string])
	for _, spawned := range []func() *concurrent.Future[string]{
		func() *concurrent.Future[string] { return concurrent.Resolved("") },
		func() *concurrent.Future[string] { return concurrent.Failed[string](errTest) },
		func() *concurrent.Future[string] { return concurrent.Failed[string](context.Canceled) },
		func() *concurrent.Future[string] { panic("no") },
		func() *concurrent.Future[string] { return late },
	} {
		SpawnCallback(f.IOLoop, spawned)
	}
	f.after(0)
	late.SetError(fmt.Errorf("late"))
	want := []string{"error in a callback: test", "panic in a callback: no\n", "error in a callback: late"}
	got := records()
	if len(got) != len(want) || len(told) != len(want) {
		t.Fatalf("got %d records and %d events; want %d", len(got), len(told), len(want))
	}
	for i, r := range got {
		if r.Level != log.LevelError || r.Logger != "tornado.application" || !strings.HasPrefix(r.Message, want[i]) || !strings.HasPrefix(r.Message, told[i].Message) {
			t.Errorf("got the record %+v and the event %+v; want %q", r, told[i], want[i])
		}
	}
	if len(told[1].Stack) == 0 || !strings.HasSuffix(told[1].Stack[0].File, "failures_test.go") {
		t.Errorf("got the stack %+v; want the place of the panic at its top", told[1].Stack)
	}
}

// TestUnretrievedErrorsAreLogged drops a future that has failed.
func TestUnretrievedErrorsAreLogged(t *testing.T) {
	records := observe(t)
	concurrent.Failed[int](errTest)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(30 * time.Second); len(records()) == 0 && time.Now().Before(deadline); <-again.C {
		runtime.GC()
	}
	if got := records(); len(got) != 1 || got[0].Message != "error of a future that nobody asked for its result: test" || got[0].Logger != "tornado.application" {
		t.Errorf("got %+v; want the error, once", got)
	}
}
