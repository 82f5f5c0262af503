package ioloop

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// expiring adds a handler whose deadline writes its name and the time into got.
func (f *fixture) expiring(fd int, got *[]string) {
	start := f.clock
	err := f.AddHandler(fd, &watcher{deadline: func() {
		*got = append(*got, fmt.Sprintf("%d at %v", fd, f.clock.Sub(start)))
	}}, Read)
	if err != nil {
		f.t.Fatal(err)
	}
}

// run lets the loop sleep for as long as it asks for until d has passed.
func (f *fixture) run(d time.Duration) {
	end := f.clock.Add(d)
	f.poller.sleep = func(timeout time.Duration) {
		if left := end.Sub(f.clock); timeout < 0 || timeout > left {
			timeout = left
		}
		f.clock = f.clock.Add(timeout)
	}
	for f.clock.Before(end) {
		f.after(0)
	}
	f.poller.sleep = nil
	f.after(0)
}

const s, ms = time.Second, time.Millisecond

func TestDeadline(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(f *fixture)
		run  time.Duration
		want []string
	}{
		{"once", func(f *fixture) { f.SetDeadline(3, s) }, 10 * s, []string{"3 at 1s"}},
		{"rounded up", func(f *fixture) { f.run(30 * ms); f.SetDeadline(3, s) }, 10 * s, []string{"3 at 1.1s"}},
		{"the shortest", func(f *fixture) { f.run(30 * ms); f.SetDeadline(3, 1) }, 10 * s, []string{"3 at 100ms"}},
		{"moved later", func(f *fixture) { f.SetDeadline(3, s); f.run(500 * ms); f.SetDeadline(3, s) }, 10 * s, []string{"3 at 1.5s"}},
		{"moved earlier", func(f *fixture) { f.SetDeadline(3, 8*s); f.SetDeadline(3, 2*s) }, 10 * s, []string{"3 at 2s"}},
		{"moved earlier and later", func(f *fixture) { f.SetDeadline(3, 8*s); f.SetDeadline(3, 2*s); f.SetDeadline(3, 5*s) }, 10 * s, []string{"3 at 5s"}},
		{"taken back", func(f *fixture) { f.SetDeadline(3, s); f.SetDeadline(3, 0) }, 10 * s, nil},
		{"negative", func(f *fixture) { f.SetDeadline(3, s); f.SetDeadline(3, -s) }, 10 * s, nil},
		{"taken back and set", func(f *fixture) { f.SetDeadline(3, s); f.SetDeadline(3, 0); f.SetDeadline(3, 3*s) }, 10 * s, []string{"3 at 3s"}},
		{"several", func(f *fixture) { f.SetDeadline(4, 2*s); f.SetDeadline(3, s); f.SetDeadline(5, 3*s) }, 10 * s, []string{"3 at 1s", "4 at 2s", "5 at 3s"}},
		{"a turn of the wheel", func(f *fixture) { f.SetDeadline(3, buckets*tick) }, 1000 * s, []string{"3 at 1m42.4s"}},
		{"many turns of the wheel", func(f *fixture) { f.SetDeadline(3, time.Hour) }, 2 * time.Hour, []string{"3 at 1h0m0s"}},
		{"without end", func(f *fixture) { f.SetDeadline(3, math.MaxInt64) }, 10 * time.Hour, nil},
		{"beyond the number of ticks", func(f *fixture) { f.SetDeadline(3, 1<<32*tick+s) }, 10 * time.Hour, nil},
		{"removed", func(f *fixture) { f.SetDeadline(3, s); f.RemoveHandler(3) }, 10 * s, nil},
		{"reused", func(f *fixture) {
			f.SetDeadline(3, s)
			f.RemoveHandler(3)
			f.expiringNothing(3)
		}, 10 * s, nil},
		{"after an hour of sleep", func(f *fixture) { f.after(time.Hour); f.SetDeadline(3, s) }, 10 * s, []string{"3 at 1h0m1s"}},
		{"an hour late", func(f *fixture) { f.SetDeadline(3, s); f.SetDeadline(4, 2*time.Hour); f.after(time.Hour) }, 2 * time.Hour,
			[]string{"3 at 1h0m0s", "4 at 2h0m0s"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			var got []string
			for fd := 3; fd <= 5; fd++ {
				f.expiring(fd, &got)
			}
			tt.do(f)
			f.run(tt.run)
			f.want(got, tt.want...)
		})
	}
}

func (f *fixture) expiringNothing(fd int) {
	if err := f.AddHandler(fd, &watcher{deadline: func() { f.t.Error("the deadline of the one before passed") }}, Read); err != nil {
		f.t.Fatal(err)
	}
}

// TestDeadlineSleepsInBetween wants few turns for a deadline that is far off.
func TestDeadlineSleepsInBetween(t *testing.T) {
	f := newFixture(t)
	var got []string
	f.expiring(3, &got)
	f.SetDeadline(3, time.Hour)
	before := f.iterations.Load()
	f.run(2 * time.Hour)
	if turns := f.iterations.Load() - before; turns > 50 || len(got) != 1 {
		t.Errorf("the deadline passed %d times, after %d turns", len(got), turns)
	}
}

// TestDeadlineSetByADeadline sets, from a handler, a deadline that falls into a
// bucket which is emptied in the same pass, since the loop has been away for long.
func TestDeadlineSetByADeadline(t *testing.T) {
	for _, away := range []time.Duration{0, 300 * ms, 10 * s, 200 * s, time.Hour} {
		for _, delay := range []time.Duration{100 * ms, s, 102 * s, 102200 * ms, 102300 * ms, time.Hour} {
			f := newFixture(t)
			passed := 0
			f.AddHandler(3, &watcher{deadline: func() {
				if passed++; passed == 1 {
					f.SetDeadline(3, delay)
				}
			}}, Read)
			f.SetDeadline(3, s)
			f.after(s + away)
			if passed != 1 {
				t.Fatalf("away for %v: the first deadline passed %d times", away, passed)
			}
			f.run(delay - tick)
			if passed != 1 {
				t.Errorf("away for %v, delay %v: it passed too early", away, delay)
			}
			f.run(2 * tick)
			if passed != 2 {
				t.Errorf("away for %v, delay %v: it passed %d times; want twice", away, delay, passed)
			}
		}
	}
}

// TestDeadlineModel compares the wheel with the plain meaning of deadlines, over
// random operations.
func TestDeadlineModel(t *testing.T) {
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 0))
		f := newFixture(t)
		const n = 20
		var due [n]time.Time // zero is none
		for fd := range n {
			f.AddHandler(fd, &watcher{deadline: func() {
				if due[fd].IsZero() || f.clock.Before(due[fd]) {
					t.Errorf("seed %d: the deadline of %d passed at %v; want %v", seed, fd, f.clock, due[fd])
				}
				due[fd] = time.Time{}
				if random.IntN(2) == 0 {
					delay := time.Duration(random.Int64N(int64(200 * s)))
					f.SetDeadline(fd, delay+1)
					due[fd] = f.clock.Add(delay + 1)
				}
			}}, Read)
		}
		for range 2000 {
			fd := random.IntN(n)
			switch random.IntN(6) {
			case 0:
				f.SetDeadline(fd, 0)
				due[fd] = time.Time{}
			case 1, 2, 3:
				delay := time.Duration(random.Int64N(int64(300*s))) + 1
				f.SetDeadline(fd, delay)
				due[fd] = f.turnTime.Add(delay)
			default:
				f.after(time.Duration(random.Int64N(int64([]time.Duration{tick, s, 20 * s, 500 * s}[random.IntN(4)]))))
				for fd, when := range due {
					if late := f.clock.Sub(when); !when.IsZero() && late >= 2*tick {
						t.Fatalf("seed %d: the deadline of %d should have passed %v ago", seed, fd, late)
					}
				}
			}
		}
		if f.wheel.entries > 10*n {
			t.Errorf("seed %d: the wheel has %d entries for %d descriptors", seed, f.wheel.entries, n)
		}
	}
}

// TestIdleDeadlinesCostNoTurns lets a loop rest on the deadlines of 15,000 idle
// connections, and counts how often it wakes up.
func TestIdleDeadlinesCostNoTurns(t *testing.T) {
	const descriptors = 15_000
	for _, tt := range []struct {
		name   string
		delay  time.Duration
		spread time.Duration // over which the connections went idle
		rest   time.Duration
		turns  int64
	}{
		{"75 seconds", 75 * s, 0, 74 * s, 2},
		{"an hour", time.Hour, 0, 59 * time.Minute, 40}, // one for each turn of the wheel
		{"an hour, one after the other", time.Hour, 50 * s, 50 * time.Minute, 31 * 151},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			for fd := range descriptors {
				f.expiringNothing(fd)
				f.SetDeadline(fd, tt.delay)
				if fd%100 == 99 && tt.spread > 0 {
					f.after(tt.spread * 100 / descriptors)
				}
			}
			before := f.iterations.Load()
			f.run(tt.rest)
			if turns := f.iterations.Load() - before; turns > tt.turns {
				t.Errorf("got %d turns in %v; want %d at most", turns, tt.rest, tt.turns)
			}
		})
	}
}
