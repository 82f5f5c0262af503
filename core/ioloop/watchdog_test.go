package ioloop

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
)

// reported are the blocked loops that a listener is told of until the test ends.
func reported(t *testing.T) <-chan *trace.LoopBlocked {
	told := make(chan *trace.LoopBlocked, 16) // no test has so many
	previous := trace.Install(&trace.Hooks{LoopBlocked: func(b *trace.LoopBlocked) { told <- b }})
	t.Cleanup(func() { trace.Install(previous) })
	return told
}

// run starts a loop; what it returns stops the loop and waits for its end.
func run(t *testing.T, number int) (*IOLoop, func()) {
	t.Helper()
	loop, err := New(Options{Number: number})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- loop.Start() }() // ended
	return loop, func() {
		t.Helper()
		loop.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := loop.Close(); err != nil {
			t.Error(err)
		}
	}
}

// waitUntilCaught blocks its caller, by name, until the watchdog has its stack.
func waitUntilCaught(w *watch) {
	for {
		w.mu.Lock()
		caught := w.caught != 0
		w.mu.Unlock()
		if caught {
			return
		}
		runtime.Gosched()
	}
}

func TestWatchdogTellsWhatBlockedALoop(t *testing.T) {
	told := reported(t)
	loop, stop := run(t, 3)
	_, stopOther := run(t, 4)
	loop.AddCallback(func() { waitUntilCaught(loop.watch) })
	b := <-told
	stopOther()
	stop()

	if b.Loop != 3 || b.Lasts || b.Duration < (looksToCatch-1)*lookInterval || time.Since(b.Time) > time.Minute {
		t.Errorf("got %+v; want loop 3, for 100ms at least, over", b)
	}
	found := false
	for _, f := range b.Stack {
		if strings.HasSuffix(f.Function, "ioloop.waitUntilCaught") {
			found = strings.HasSuffix(f.File, "/watchdog_test.go") && f.Line > 0
		}
	}
	if last := b.Stack[len(b.Stack)-1]; !found || !strings.Contains(last.Function, "TestWatchdogTells") && !strings.Contains(last.Function, "run.") {
		t.Errorf("got the stack %+v; want waitUntilCaught in this file, up to the function of the goroutine", b.Stack)
	}
	if len(told) != 0 {
		t.Errorf("got another report %+v; want one for each time a loop is blocked", <-told)
	}
}

// A loop that is stuck for good never gets to the end of its turn.
func TestWatchdogTellsOfALoopThatIsStillStuck(t *testing.T) {
	told := reported(t)
	loop, stop := run(t, 0)
	var b *trace.LoopBlocked
	again := make(chan struct{})
	loop.AddCallback(func() { b = <-told; close(again) })
	<-again
	stop()
	if !b.Lasts || b.Duration < (looksToTell-1)*lookInterval || len(b.Stack) == 0 {
		t.Errorf("got %+v; want a report of a turn that lasts, with its stack", b)
	}
	if len(told) != 0 {
		t.Errorf("got a second report of the same turn: %+v", <-told)
	}
}

func TestWatchdogLooks(t *testing.T) {
	for _, tt := range []struct {
		name   string
		turns  []int64 // that were found at each look; 0 is the poller
		caught int64
	}{
		{"the same turn all the time", []int64{7, 7, 7, 7, 7, 7}, 7},
		{"once too few", []int64{7, 7, 7, 7, 7}, 0},
		{"waiting for events", []int64{0, 0, 0, 0, 0, 0, 0}, 0},
		{"one turn after another", []int64{1, 2, 3, 4, 5, 6, 7}, 0},
		{"a turn in between", []int64{7, 7, 7, 8, 8, 8, 8}, 0},
		{"after a short one", []int64{6, 7, 7, 7, 7, 7, 7}, 7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &watch{goroutine: goroutineHeader()}
			for _, turn := range tt.turns {
				w.began.Store(turn)
				w.look()
			}
			if w.caught != tt.caught {
				t.Errorf("got turn %d caught; want %d", w.caught, tt.caught)
			}
		})
	}
}

func TestNobodyWatchesWithoutAListener(t *testing.T) {
	previous := trace.Install(&trace.Hooks{})
	defer trace.Install(previous)
	loop, stop := run(t, 0)
	watched := make(chan bool)
	loop.AddCallback(func() { watched <- loop.watch != nil })
	if <-watched {
		t.Error("got a watch; want none: nobody listens to LoopBlocked")
	}
	stop()
}

func TestParseStack(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []trace.Frame
	}{
		{"frames", "goroutine 7 [sleep]:\ntime.Sleep(0x77359400)\n\t/go/src/runtime/time.go:338 +0x165\nmain.(*Slow).Get(...)\n\t/home/ann/my app/main.go:12\ncreated by main.main in goroutine 1\n\t/home/ann/my app/main.go:30 +0x20\n",
			[]trace.Frame{{Function: "time.Sleep", File: "/go/src/runtime/time.go", Line: 338}, {Function: "main.(*Slow).Get", File: "/home/ann/my app/main.go", Line: 12}}},
		{"cut off", "goroutine 7 [running]:\nmain.f()\n\t/a.go:1 +0x1\nmain.g()\n\t/a.g", []trace.Frame{{Function: "main.f", File: "/a.go", Line: 1}}},
		{"a header", "goroutine 7 [running]:", nil},
		{"elided", "goroutine 7 [running]:\nmain.f()\n\t/a.go:1 +0x1\n...23 frames elided...\nmain.g()\n\t/a.go:2 +0x1", []trace.Frame{{Function: "main.f", File: "/a.go", Line: 1}, {Function: "main.g", File: "/a.go", Line: 2}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := parseStack(tt.text)
			if len(got) != len(tt.want) {
				t.Fatalf("got %+v; want %+v", got, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("got %+v; want %+v", got[i], tt.want[i])
				}
			}
		})
	}
	if header := goroutineHeader(); !bytes.HasPrefix(header, []byte("goroutine ")) || !bytes.HasSuffix(header, []byte(" [")) {
		t.Errorf("got the header %q; want goroutine N [", header)
	}
}
