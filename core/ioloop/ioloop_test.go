package ioloop

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/trace"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestCallbacksOfCallbacksRunInTheNextTurn(t *testing.T) {
	f := newFixture(t)
	var got []string
	f.AddCallback(func() {
		got = append(got, "first")
		f.AddCallback(func() { got = append(got, "third") })
	})
	f.AddCallback(func() { got = append(got, "second") })
	f.after(0)
	f.want(got, "first", "second")
	f.after(0)
	f.want(got, "first", "second", "third")
}

func TestCallbacksDoNotWait(t *testing.T) {
	f := newFixture(t)
	f.after(0)
	if f.poller.timeout >= 0 {
		t.Errorf("with nothing to do the loop waits for %v; want for ever", f.poller.timeout)
	}
	f.AddCallback(func() {})
	f.after(0)
	if f.poller.timeout != 0 {
		t.Errorf("with a callback the loop waits for %v; want not at all", f.poller.timeout)
	}
}

// TestCallbacksFromManyGoroutines runs on the system's poller, whose Wake must
// not be lost between the last look at the callbacks and the wait.
func TestCallbacksFromManyGoroutines(t *testing.T) {
	l := startLoop(t)
	const goroutines, each = 8, 5000
	var got [goroutines][]int // owned by the loop
	var wg sync.WaitGroup
	wg.Add(goroutines * each)
	for g := range goroutines {
		go func() { // ends after each callbacks; wg waits for what they do
			for i := range each {
				l.AddCallback(func() {
					got[g] = append(got[g], i)
					wg.Done()
				})
			}
		}()
	}
	wg.Wait()
	for g, numbers := range got {
		if len(numbers) != each || !slices.IsSorted(numbers) {
			t.Errorf("goroutine %d: %d callbacks ran, sorted: %v; want %d in their order", g, len(numbers), slices.IsSorted(numbers), each)
		}
	}
}

// TestWakeIsNotLost adds one callback at a time, each when the loop has gone to
// sleep or is about to.
func TestWakeIsNotLost(t *testing.T) {
	l := startLoop(t)
	for i := range 5000 {
		done := make(chan struct{})
		l.AddCallback(func() { close(done) })
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatalf("callback %d did not run", i)
		}
	}
}

func TestStopAndStartAgain(t *testing.T) {
	l, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ran := 0
	for range 3 {
		l.AddCallback(func() {
			ran++
			go l.Stop() // Start waits for it
		})
		if err := l.Start(); err != nil {
			t.Fatal(err)
		}
	}
	if ran != 3 {
		t.Errorf("got %d runs; want 3", ran)
	}
}

func TestClose(t *testing.T) {
	before := leak.Descriptors()
	l, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	l.AddCallback(func() { t.Error("a callback ran after Close") })
	for range 2 {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	l.AddCallback(func() { t.Error("a callback ran after Close") })
	l.Stop() // does nothing
	if before != nil && !slices.Equal(leak.Descriptors(), before) {
		t.Errorf("open are %q; want %q", leak.Descriptors(), before)
	}
}

func TestPanicsEndNothing(t *testing.T) {
	records := observe(t)
	var failed []string
	previous := trace.Install(&trace.Hooks{Failed: func(e *trace.Error) {
		failed = append(failed, fmt.Sprint(e.Kind, " ", e.Message, " ", len(e.Stack) > 0))
	}})
	defer trace.Install(previous)
	f := newFixture(t)
	var got []string
	note := func(s string) { got = append(got, s) }
	for fd := 3; fd <= 4; fd++ {
		f.AddHandler(fd, &watcher{
			events:   func(Events) { note("handler"); panic("h") },
			deadline: func() { note("deadline"); panic("d") },
		}, Read)
		f.poller.event(fd)
		f.SetDeadline(fd, time.Second)
	}
	for range 2 {
		f.AddCallback(func() { note("callback"); panic("c") })
		f.CallLater(0, func() { note("timeout"); panic("t") })
		f.Defer(flusher(func() { note("flush"); panic("f") }))
	}
	f.after(2 * time.Second)
	f.want(got, "handler", "handler", "flush", "flush", "callback", "callback", "timeout", "timeout", "deadline", "deadline")
	if n := len(records()); n != 10 || len(failed) != 10 {
		t.Fatalf("got %d records and %d events; want 10 of each", n, len(failed))
	}
	if r := records()[0]; r.Level != log.LevelError || !strings.HasPrefix(r.Message, "panic in a callback: h\n") || !strings.Contains(r.Message, "ioloop_test.go") {
		t.Errorf("got the record %+v", r)
	}
	if want := "callback panic in a callback: h true"; failed[0] != want {
		t.Errorf("got the event %q; want %q", failed[0], want)
	}
	f.after(0)
	if len(got) != 10 {
		t.Errorf("something ran again: %q", got)
	}
}

type flusher func()

func (f flusher) Flush() { f() }

func TestFlushersRunOnceAfterHandlersAndAfterCallbacks(t *testing.T) {
	f := newFixture(t)
	var got []string
	deferred := func(name string) flusher { return func() { got = append(got, name) } }
	f.AddHandler(3, &watcher{events: func(Events) {
		f.Defer(flusher(func() {
			got = append(got, "of a handler")
			f.Defer(deferred("of a flusher"))
		}))
	}}, Read)
	f.poller.event(3)
	f.AddCallback(func() {
		got = append(got, "callback")
		f.Defer(deferred("of a callback"))
	})
	f.after(0)
	f.after(0)
	f.want(got, "of a handler", "of a flusher", "callback", "of a callback")
}

// TestClosedInTheSameBatch closes, by a handler, a descriptor that is ready too
// and opens another of the same number.
func TestClosedInTheSameBatch(t *testing.T) {
	f := newFixture(t)
	var got []string
	named := func(name string) *watcher {
		return &watcher{events: func(Events) { got = append(got, name) }}
	}
	f.AddHandler(3, &watcher{events: func(Events) {
		got = append(got, "first")
		f.RemoveHandler(4)
		f.RemoveHandler(5)
		if err := f.AddHandler(5, named("new 5"), Read); err != nil {
			t.Error(err)
		}
		// A much higher number moves the table that the loop is walking over.
		if err := f.AddHandler(4000, named("4000"), Read); err != nil {
			t.Error(err)
		}
	}}, Read)
	f.AddHandler(4, named("4"), Read)
	f.AddHandler(5, named("old 5"), Read)
	f.AddHandler(6, named("6"), Read)
	for fd := 3; fd <= 6; fd++ {
		f.poller.event(fd)
	}
	f.after(0)
	f.want(got, "first", "6")
	f.poller.event(5)
	f.poller.event(4000)
	f.after(0)
	f.want(got, "first", "6", "new 5", "4000")
}

func TestHandlerMisuse(t *testing.T) {
	f := newFixture(t)
	h := &watcher{deadline: func() { t.Error("a deadline without a handler") }}
	if err := f.AddHandler(3, h, Read); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"added twice":         f.AddHandler(3, h, Read),
		"closed":              f.AddHandler(-1, h, Read),
		"updated, not there":  f.UpdateHandler(7, Read),
		"updated, impossible": f.UpdateHandler(-1, Read),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "ioloop: descriptor ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, fd := range []int{-1, 2, 9999} {
		f.RemoveHandler(fd)
		f.SetDeadline(fd, time.Second)
	}
	f.after(time.Hour)
	f.RemoveHandler(3)
	if err := f.AddHandler(3, h, Read); err != nil {
		t.Error(err)
	}
}

func TestRealDescriptors(t *testing.T) {
	l := startLoop(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	fd := int(r.Fd()) // blocking, and read only when it is ready
	got := make(chan string, 1)
	l.AddCallback(func() {
		err := l.AddHandler(fd, &watcher{events: func(Events) {
			buf := make([]byte, 10)
			n, _ := r.Read(buf)
			got <- string(buf[:n])
		}}, Read)
		if err != nil {
			t.Error(err)
		}
		if err := l.AddHandler(9999, &watcher{}, Read); err == nil {
			t.Error("a descriptor that is not open was taken")
		}
	})
	for _, want := range []string{"a", "b"} {
		w.WriteString(want)
		if text := <-got; text != want {
			t.Errorf("got %q; want %q", text, want)
		}
	}
	done := make(chan struct{})
	l.AddCallback(func() { l.RemoveHandler(fd); close(done) })
	<-done
}

func TestBuffers(t *testing.T) {
	f := newFixture(t)
	buf := append(f.BorrowBuffer(), "text"...)
	f.ReturnBuffer(buf)
	if again := f.BorrowBuffer(); len(again) != 0 || &again[:1][0] != &buf[0] {
		t.Error("a returned buffer is not given out, empty, to the next")
	}
	f.ReturnBuffer(make([]byte, keptBufferSize+1))
	f.ReturnBuffer(nil)
	if len(f.buffers) != 0 {
		t.Error("a buffer is kept that is too large, or none")
	}
	for range keptBuffers + 10 {
		f.ReturnBuffer(make([]byte, 1))
	}
	if len(f.buffers) != keptBuffers {
		t.Errorf("got %d buffers; want %d", len(f.buffers), keptBuffers)
	}
	for range keptBuffers {
		f.BorrowBuffer()
	}
	for range keptBuffers {
		f.ReturnBuffer(make([]byte, keptBufferSize))
	}
	if want := keptBytes / keptBufferSize; len(f.buffers) != want {
		t.Errorf("got %d large buffers; want %d", len(f.buffers), want)
	}
}

func TestReport(t *testing.T) {
	var reports []trace.LoopStats
	previous := trace.Install(&trace.Hooks{LoopReport: func(s *trace.LoopStats) { reports = append(reports, *s) }})
	defer trace.Install(previous)
	f := newFixture(t)
	f.after(0)
	f.AddCallback(func() { f.clock = f.clock.Add(300 * time.Millisecond) })
	f.CallLater(time.Hour, func() {})
	f.after(0)
	f.after(0)
	if f.poller.timeout != 700*time.Millisecond {
		t.Errorf("the loop waits for %v; want until the next report", f.poller.timeout)
	}
	f.after(700 * time.Millisecond)
	if len(reports) != 2 {
		t.Fatalf("got %d reports; want one at once and one after a second", len(reports))
	}
	want := trace.LoopStats{Iterations: 4, Callbacks: 1, Timeouts: 1, Lag: 300 * time.Millisecond, Busy: 300 * time.Millisecond, Interval: time.Second}
	if reports[1] != want {
		t.Errorf("got %+v; want %+v", reports[1], want)
	}
}

// TestListenerWithoutReports wants nothing to be done for one who does not listen.
func TestListenerWithoutReports(t *testing.T) {
	previous := trace.Install(&trace.Hooks{})
	defer trace.Install(previous)
	f := newFixture(t)
	f.after(0)
	if f.poller.timeout >= 0 {
		t.Errorf("the loop waits for %v; want for ever", f.poller.timeout)
	}
}

// TestCallbacksWhileTheLoopParks has goroutines each wait for one callback after
// the other, so that the loop is on its way to sleep when most of them come, or is
// woken by another's.
func TestCallbacksWhileTheLoopParks(t *testing.T) {
	l := startLoop(t)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			late := time.NewTimer(time.Minute)
			defer late.Stop()
			ran := make(chan struct{})
			for i := range 2000 {
				for range i % (g + 1) {
					runtime.Gosched()
				}
				l.AddCallback(func() { ran <- struct{}{} })
				select {
				case <-ran:
				case <-late.C:
					t.Errorf("goroutine %d: callback %d did not run", g, i)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestOwnCallbacksWakeNobody wants a loop that adds a callback to
// itself to sleep afterwards, and not to be woken by it.
func TestOwnCallbacksWakeNobody(t *testing.T) {
	f := newFixture(t)
	f.AddHandler(3, &watcher{events: func(Events) { f.AddCallback(func() {}) }}, Read)
	f.AddCallback(func() { f.AddCallback(func() {}) })
	f.after(0)
	f.poller.event(3)
	f.after(0)
	f.after(0)
	if f.poller.woken != 0 {
		t.Errorf("the loop woke itself %d times", f.poller.woken)
	}
	f.after(0)
	f.AddCallback(func() {}) // awake, for all that it knows
	if f.poller.woken != 0 {
		t.Errorf("a loop that is awake was woken %d times", f.poller.woken)
	}
}

// TestOneWakeASleep counts the wakes of a loop that sleeps.
func TestOneWakeASleep(t *testing.T) {
	f := newFixture(t)
	f.poller.sleep = func(time.Duration) {
		for range 5 {
			f.AddCallback(func() {})
		}
	}
	f.after(0)
	if f.poller.woken != 1 {
		t.Errorf("five callbacks woke the loop %d times; want once", f.poller.woken)
	}
}

// TestCallbackQueueShrinks fills the queue once.
func TestCallbackQueueShrinks(t *testing.T) {
	f := newFixture(t)
	for range 10 * keptCallbacks {
		f.AddCallback(func() {})
	}
	for range 4 * roomyTurns {
		f.after(0)
	}
	if n := max(cap(f.current), cap(f.callbacks)); n > keptCallbacks {
		t.Errorf("there is room for %d callbacks, and no callback", n)
	}
}

func TestAddFinalCallback(t *testing.T) {
	f := newFixture(t)
	var calls []string
	f.AddFinalCallback(func() { calls = append(calls, "before") })
	f.AddCallback(func() { calls = append(calls, "dropped") })
	f.Close()
	f.AddFinalCallback(func() { calls = append(calls, "after") })
	if got := strings.Join(calls, " "); got != "before after" {
		t.Errorf("got the calls %q; want before and after", got)
	}
}
