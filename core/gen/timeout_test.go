package gen_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/gen"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/tornadotest"
)

func TestWithTimeout(t *testing.T) {
	late := gen.TimeoutError{After: 2 * time.Second}
	for _, tt := range []struct {
		name    string
		timeout time.Duration
		settles time.Duration // when the inner future is settled
		inner   error
		at      time.Duration // when the outer one is
		err     error
		quiet   []gen.Quiet
		logged  []string
	}{
		{"in time", 2 * time.Second, time.Second, nil, time.Second, nil, nil, nil},
		{"fails in time", 2 * time.Second, time.Second, errOne, time.Second, errOne, nil, nil},
		{"settled before", 2 * time.Second, 0, nil, 0, nil, nil, nil},
		{"too late", 2 * time.Second, 3 * time.Second, nil, 2 * time.Second, late, nil, nil},
		{"fails too late", 2 * time.Second, 3 * time.Second, errOne, 2 * time.Second, late, nil, []string{"^gen: failed after its timeout: one$"}},
		{"fails too late, quietly", 2 * time.Second, 3 * time.Second, errOne, 2 * time.Second, late, []gen.Quiet{gen.QuietAbout(errOne)}, nil},
		{"zero, settled before", 0, 0, nil, 0, nil, nil, nil},
		{"zero", 0, time.Second, nil, 0, gen.TimeoutError{}, nil, nil},
		{"negative", -1, time.Second, nil, 0, gen.TimeoutError{After: -1}, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tornadotest.ExpectLog(t, tt.logged...)
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				inner := new(concurrent.Future[int])
				settle := func() { inner.TrySet(7, tt.inner) }
				if tt.settles == 0 {
					settle()
				} else {
					defer time.AfterFunc(tt.settles, settle).Stop()
				}
				_, err := gen.WithTimeout(tt.timeout, inner, tt.quiet...).Wait(t.Context())
				if at := time.Since(start); err != tt.err || at != tt.at {
					t.Errorf("got %v after %v; want %v after %v", err, at, tt.err, tt.at)
				}
				if got, err := inner.Wait(t.Context()); got != 7 || err != tt.inner {
					t.Errorf("the inner future got %d, %v", got, err)
				}
				synctest.Wait() // for what is logged
			})
		})
	}
}

func TestTimeoutError(t *testing.T) {
	var err error = gen.TimeoutError{After: time.Second}
	var netError interface{ Timeout() bool }
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ioloop.ErrTimeout) || errors.Is(err, context.Canceled) {
		t.Error("it is not what others say whose time is over")
	}
	if !errors.As(err, &netError) || !netError.Timeout() {
		t.Errorf("it is not a timeout as in %T", net.ErrClosed)
	}
	if got, want := err.Error(), "timed out after 1s"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		mustWait(t, gen.Sleep(time.Hour))
		if got := time.Since(start); got != time.Hour {
			t.Errorf("slept for %v", got)
		}
		f := gen.Sleep(time.Hour)
		f.TrySet(struct{}{}, errOne)
		if _, err := f.Wait(t.Context()); err != errOne || time.Since(start) != time.Hour {
			t.Errorf("given up: got %v after %v", err, time.Since(start))
		}
		mustWait(t, gen.Sleep(0))
	})
}
