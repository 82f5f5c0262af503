package ioloop

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
)

func TestRunSync(t *testing.T) {
	f := newFixture(t)
	f.poller.sleep = func(d time.Duration) { f.clock = f.clock.Add(d) } // only when there is something to wait for
	later := func(d time.Duration, value int, err error) func() *concurrent.Future[int] {
		return func() *concurrent.Future[int] {
			result := new(concurrent.Future[int])
			f.CallLater(d, func() { result.TrySet(value, err) })
			return result
		}
	}
	for _, tt := range []struct {
		name    string
		timeout time.Duration
		f       func() *concurrent.Future[int]
		want    int
		err     error
		text    string // what the error begins with
	}{
		{"at once", 0, func() *concurrent.Future[int] { return concurrent.Resolved(7) }, 7, nil, ""},
		{"later", 0, later(time.Hour, 7, nil), 7, nil, ""},
		{"in time", time.Hour, later(time.Minute, 7, nil), 7, nil, ""},
		{"failed", time.Hour, later(time.Minute, 0, errTest), 0, errTest, "test"},
		{"panic", 0, func() *concurrent.Future[int] { panic(errTest) }, 0, errTest, "panic: test\n"},
		{"too late", time.Minute, later(time.Hour, 7, nil), 0, ErrTimeout, "ioloop: operation timed out: not done after 1m0s"},
		{"late, for everybody", time.Minute, later(time.Hour, 7, nil), 0, context.DeadlineExceeded, "ioloop: "},
		{"stopped", 0, func() *concurrent.Future[int] { f.Stop(); return new(concurrent.Future[int]) }, 0, ErrStopped, "ioloop: the loop was stopped"},
		{"the loop is usable after all that", 0, later(2*time.Hour, 7, nil), 7, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := RunSync(f.IOLoop, tt.timeout, tt.f)
			if got != tt.want || !errors.Is(err, tt.err) || err != nil && !strings.HasPrefix(err.Error(), tt.text) {
				t.Errorf("got %d, %v; want %d, %v", got, err, tt.want, tt.text)
			}
		})
	}
	if f.timeouts.len() != 0 {
		t.Errorf("%d timeouts are left", f.timeouts.len())
	}
	if timeout, ok := ErrTimeout.(interface{ Timeout() bool }); !ok || !timeout.Timeout() {
		t.Error("ErrTimeout does not say that it is a timeout")
	}
}

// TestRunSyncLateError has what timed out fail when the loop runs again.
func TestRunSyncLateError(t *testing.T) {
	records := observe(t)
	f := newFixture(t)
	f.poller.sleep = func(d time.Duration) { f.clock = f.clock.Add(d) }
	late := new(concurrent.Future[int])
	if _, err := RunSync(f.IOLoop, s, func() *concurrent.Future[int] { return late }); !errors.Is(err, ErrTimeout) {
		t.Fatalf("got %v; want ErrTimeout", err)
	}
	late.SetError(errTest)
	f.after(0)
	f.after(0)
	if got := records(); len(got) != 1 || got[0].Message != "error in a callback: test" {
		t.Errorf("got %+v; want the late error", got)
	}
	if f.stopped.Load() {
		t.Error("it stopped a loop that is not its own any more")
	}
}

func TestRunSyncOfALoopThatCannotRun(t *testing.T) {
	f := func() *concurrent.Future[int] { t.Error("it ran"); return nil }
	l := startLoop(t)
	ready := make(chan struct{})
	l.AddCallback(func() { close(ready) })
	<-ready
	if _, err := RunSync(l, 0, f); err != ErrRunning {
		t.Errorf("of a running loop: got %v; want ErrRunning", err)
	}
	if err := l.Start(); err != ErrRunning {
		t.Errorf("a second Start: got %v; want ErrRunning", err)
	}
	if err := l.Close(); err != ErrRunning {
		t.Errorf("Close of a running loop: got %v; want ErrRunning", err)
	}
	other := newFixture(t)
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := RunSync(other.IOLoop, 0, f); err != ErrClosed {
		t.Errorf("of a closed loop: got %v; want ErrClosed", err)
	}
	if err := other.Start(); err != ErrClosed {
		t.Errorf("Start of a closed loop: got %v; want ErrClosed", err)
	}
}
