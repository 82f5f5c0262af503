package ioloop

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
)

func TestPeriodicCallback(t *testing.T) {
	f := newFixture(t)
	start := f.clock
	var got []time.Duration // since start
	var busy time.Duration
	p, err := NewPeriodicCallback(f.IOLoop, func() {
		got = append(got, f.clock.Sub(start))
		f.clock = f.clock.Add(busy)
	}, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if p.IsRunning() {
		t.Error("it runs before Start")
	}
	p.Start()
	p.Start() // once is enough
	until := func(want time.Duration) {
		t.Helper()
		for f.clock.Sub(start) < want {
			f.after(time.Second)
		}
	}
	until(20 * time.Second)
	busy = 25 * time.Second // 30 to 55: those at 40 and 50 are left out
	until(30 * time.Second)
	busy = 10 * time.Second // 60 to 70: just as long as the period
	until(60 * time.Second)
	busy = 0
	until(90 * time.Second)
	if !p.IsRunning() {
		t.Error("it does not run")
	}
	p.Stop()
	p.Stop()
	f.after(time.Minute)
	want := []time.Duration{10 * s, 20 * s, 30 * s, 60 * s, 80 * s, 90 * s}
	if !slices.Equal(got, want) || p.IsRunning() {
		t.Errorf("got %v, running: %v; want %v", got, p.IsRunning(), want)
	}
}

func TestPeriodicCallbackThatStopsItself(t *testing.T) {
	records := observe(t)
	f := newFixture(t)
	runs := 0
	var p *PeriodicCallback
	p, _ = NewPeriodicCallback(f.IOLoop, func() {
		if runs++; runs == 3 {
			p.Stop()
		}
		panic("the series goes on")
	}, time.Second)
	p.Start()
	for range 10 {
		f.after(time.Second)
	}
	if runs != 3 || f.timeouts.len() != 0 || len(records()) != 3 {
		t.Errorf("got %d runs, %d timeouts left, %d records; want 3, 0, 3", runs, f.timeouts.len(), len(records()))
	}
	for _, period := range []time.Duration{0, -1} {
		if _, err := NewPeriodicCallback(f.IOLoop, func() {}, period); err == nil {
			t.Errorf("a period of %v was taken", period)
		}
	}
}

// periodic starts a callback of a period that writes down when it runs.
func (f *fixture) periodic(period time.Duration, jitter float64, random ...float64) (p *PeriodicCallback, runs func() []time.Duration) {
	f.t.Helper()
	start := f.clock
	var got []time.Duration
	p, err := NewPeriodicCallback(f.IOLoop, func() { got = append(got, f.clock.Sub(start)) }, period)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := p.SetJitter(jitter); err != nil {
		f.t.Fatal(err)
	}
	if len(random) > 0 {
		p.random = func() (r float64) {
			r, random = random[0], append(random[1:], random[0])
			return r
		}
	}
	p.Start()
	return p, func() []time.Duration { return got }
}

func TestPeriodicCallbackJitter(t *testing.T) {
	f := newFixture(t)
	_, runs := f.periodic(10*s, 0.5, 0.5, 1, 0, 0.75)
	f.run(42 * s)
	if want := []time.Duration{10 * s, 22500 * ms, 30 * s, 41250 * ms}; !slices.Equal(runs(), want) {
		t.Errorf("got runs at %v; want %v", runs(), want)
	}
	p, _ := NewPeriodicCallback(f.IOLoop, func() {}, s)
	for _, fraction := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1)} {
		if err := p.SetJitter(fraction); err == nil {
			t.Errorf("a jitter of %v was taken", fraction)
		}
	}
}

// TestPeriodicCallbackJitterIsSymmetric looks at the random numbers themselves.
func TestPeriodicCallbackJitterIsSymmetric(t *testing.T) {
	f := newFixture(t)
	_, runs := f.periodic(s, 1)
	f.run(1000 * s)
	got := runs()
	for i := 1; i < len(got); i++ {
		if pause := got[i] - got[i-1]; pause < s/2 || pause > 3*s/2 {
			t.Errorf("got a pause of %v; want half a second more or less than one", pause)
		}
	}
	if n := len(got); n < 950 || n > 1050 {
		t.Errorf("got %d runs in 1000 seconds; want about one a second", n)
	}
}

func TestNextRun(t *testing.T) {
	for _, tt := range []struct {
		name              string
		late, pause, want time.Duration // late and want counted from the last run
	}{
		{"on time", 0, 10 * s, 10 * s},
		{"a little late", s, 10 * s, 10 * s},
		{"almost a pause late", 10*s - 1, 10 * s, 10 * s},
		{"a pause late", 10 * s, 10 * s, 20 * s},
		{"several late", 35 * s, 10 * s, 40 * s},
		{"a little before, by the clock", -s, 10 * s, 10 * s},
		{"a pause before, by the clock", -10 * s, 10 * s, 10 * s},
		{"an hour before, by the clock", -time.Hour, 10 * s, -time.Hour + 10*s},
	} {
		t.Run(tt.name, func(t *testing.T) {
			last := time.Unix(1e9, 0)
			if got := nextRun(last, last.Add(tt.late), tt.pause).Sub(last); got != tt.want {
				t.Errorf("got %v; want %v", got, tt.want)
			}
		})
	}
}

// TestPeriodicCallbackWhenTheClockIsSetBack does so in the middle of a call.
func TestPeriodicCallbackWhenTheClockIsSetBack(t *testing.T) {
	f := newFixture(t)
	runs := 0
	p, err := NewPeriodicCallback(f.IOLoop, func() {
		if runs++; runs == 3 {
			f.clock = f.clock.Add(-3 * s)
		}
	}, 10*s)
	if err != nil {
		t.Fatal(err)
	}
	p.Start()
	f.run(30 * s) // 27 by the clock after the third run
	f.after(9 * s)
	if runs != 3 {
		t.Errorf("got %d runs; want the third not to come twice", runs)
	}
	f.after(10 * s)
	if runs != 4 {
		t.Errorf("got %d runs; want the fourth", runs)
	}
}

func TestPeriodicFuture(t *testing.T) {
	records := observe(t)
	f := newFixture(t)
	start := f.clock
	var calls []time.Duration
	var pending *concurrent.Future[int]
	p, err := NewPeriodicFuture(f.IOLoop, func() *concurrent.Future[int] {
		calls = append(calls, f.clock.Sub(start))
		switch len(calls) {
		case 1:
			return concurrent.Failed[int](errTest)
		case 2:
			panic("the series goes on")
		}
		pending = new(concurrent.Future[int])
		return pending
	}, 10*s)
	if err != nil {
		t.Fatal(err)
	}
	want := func(step string, want ...time.Duration) {
		t.Helper()
		if !slices.Equal(calls, want) {
			t.Fatalf("%s: got calls at %v; want %v", step, calls, want)
		}
	}
	p.Start()
	f.run(35 * s)
	want("the third goes on", 10*s, 20*s, 30*s)
	f.run(20 * s)
	want("for long", 10*s, 20*s, 30*s)
	pending.SetResult(0) // at 55
	f.run(6 * s)
	want("it is done", 10*s, 20*s, 30*s, 60*s)
	p.Stop()
	p.Start() // at 61, while the call of 60 goes on
	f.run(20 * s)
	want("started anew", 10*s, 20*s, 30*s, 60*s)
	pending.SetResult(0) // at 81
	f.run(9 * s)
	want("almost", 10*s, 20*s, 30*s, 60*s)
	f.run(s)
	want("on the new grid", 10*s, 20*s, 30*s, 60*s, 91*s)
	p.Stop()
	pending.SetResult(0)
	f.run(100 * s)
	want("stopped", 10*s, 20*s, 30*s, 60*s, 91*s)
	if got := records(); len(got) != 2 || got[0].Message != "error in a callback: test" || !strings.HasPrefix(got[1].Message, "panic in a callback: the series goes on\n") {
		t.Errorf("got the records %+v; want the error and the panic", got)
	}
	if _, err := NewPeriodicFuture(f.IOLoop, func() *concurrent.Future[int] { return nil }, 0); err == nil {
		t.Error("a period of zero was taken")
	}
}
