package ioloop

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestTimeouts(t *testing.T) {
	f := newFixture(t)
	var got []string
	call := func(name string) func() { return func() { got = append(got, name) } }
	f.CallLater(3*time.Second, call("3"))
	first := f.CallLater(time.Second, call("1"))
	removed := f.CallLater(time.Second, call("removed"))
	f.CallLater(time.Second, call("1 too"))
	f.CallAt(f.clock.Add(2*time.Second), call("2"))
	f.RemoveTimeout(removed)
	f.RemoveTimeout(removed)
	f.RemoveTimeout(nil)
	f.after(0)
	f.want(got)
	if f.poller.timeout != time.Second {
		t.Errorf("the loop waits for %v; want until the first timeout", f.poller.timeout)
	}
	f.after(time.Second - 1)
	f.want(got)
	f.after(1)
	f.want(got, "1", "1 too")
	f.RemoveTimeout(first) // has run
	f.after(time.Hour)
	f.want(got, "1", "1 too", "2", "3")
}

func TestTimeoutInThePast(t *testing.T) {
	f := newFixture(t)
	f.CallLater(time.Hour, func() {}) // there is more to come
	runs := 0
	var again func()
	again = func() {
		runs++
		f.CallAt(f.clock.Add(-time.Hour), again)
	}
	f.CallAt(time.Time{}, again)
	for turn := 1; turn <= 3; turn++ {
		f.after(0)
		if runs != turn {
			t.Fatalf("after %d turns it ran %d times; want once a turn", turn, runs)
		}
		if f.poller.timeout != 0 {
			t.Errorf("the loop waits for %v; want not at all", f.poller.timeout)
		}
	}
}

// TestTimeoutRemovedByAnother removes one that is due in the same turn.
func TestTimeoutRemovedByAnother(t *testing.T) {
	f := newFixture(t)
	var got []string
	var second *Timeout
	f.CallLater(0, func() {
		got = append(got, "first")
		f.RemoveTimeout(second)
	})
	second = f.CallLater(0, func() { got = append(got, "second") })
	f.CallLater(0, func() { got = append(got, "third") })
	f.after(0)
	f.want(got, "first", "third")
}

func TestManyTimeouts(t *testing.T) {
	f := newFixture(t)
	const n = 100_000
	random := rand.New(rand.NewPCG(1, 2))
	var got, want []time.Duration
	var cancelled []*Timeout
	for i := range n {
		delay := time.Duration(random.IntN(n)) * time.Millisecond
		if i%10 == 0 {
			want = append(want, delay)
			f.CallLater(delay, func() { got = append(got, delay) })
		} else {
			cancelled = append(cancelled, f.CallLater(delay, func() { t.Error("a cancelled timeout ran") }))
		}
	}
	random.Shuffle(len(cancelled), func(i, j int) { cancelled[i], cancelled[j] = cancelled[j], cancelled[i] })
	for _, timeout := range cancelled {
		f.RemoveTimeout(timeout)
	}
	if f.timeouts.len() != len(want) {
		t.Errorf("%d are in the heap; want %d", f.timeouts.len(), len(want))
	}
	for range 10 {
		f.after(n / 10 * time.Millisecond)
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d ran; want %d in the order of their times", len(got), len(want))
	}
}

// TestTimeoutModel compares the heap with the plain meaning of timeouts, over
// random operations with many equal times.
func TestTimeoutModel(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		f := newFixture(t)
		type planned struct {
			at      time.Time
			number  int
			timeout *Timeout
		}
		var pending []planned
		var got, want []int
		for number := range 3000 {
			switch op := random.IntN(8); {
			case op < 4:
				at := f.clock.Add(time.Duration(random.IntN(20)) * time.Second)
				p := planned{at, number, f.CallAt(at, func() { got = append(got, number) })}
				pending = append(pending, p)
			case op < 7 && len(pending) > 0:
				i := random.IntN(len(pending))
				f.RemoveTimeout(pending[i].timeout)
				f.RemoveTimeout(pending[i].timeout) // does nothing
				pending = slices.Delete(pending, i, i+1)
			case number%5 == 0:
				f.after(time.Duration(random.IntN(8)) * time.Second)
				slices.SortStableFunc(pending, func(a, b planned) int { return a.at.Compare(b.at) })
				for len(pending) > 0 && !pending[0].at.After(f.clock) {
					want = append(want, pending[0].number)
					pending = pending[1:]
				}
				slices.SortFunc(pending, func(a, b planned) int { return a.number - b.number })
			}
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d: got %v; want %v", seed, got, want)
			}
			if f.timeouts.len() != len(pending) || f.timeouts.dead > max(fewDead, len(f.timeouts.entries)/2) {
				t.Fatalf("seed %d: %d are pending and %d dead; want %d, and few", seed, f.timeouts.len(), f.timeouts.dead, len(pending))
			}
		}
	}
}

// TestRemovedTimeoutsAreNotWaitedFor wants the loop to sleep until the first one
// that is left, and for nothing to be kept of those that are gone.
func TestRemovedTimeoutsAreNotWaitedFor(t *testing.T) {
	f := newFixture(t)
	for i := range 10 {
		f.RemoveTimeout(f.CallLater(time.Duration(i)*time.Second, func() { t.Error("a removed timeout ran") }))
	}
	f.after(0)
	if f.poller.timeout >= 0 {
		t.Errorf("the loop waits for %v; want for ever", f.poller.timeout)
	}
	if len(f.timeouts.entries) != 0 {
		t.Errorf("%d entries are left", len(f.timeouts.entries))
	}
	many := make([]*Timeout, 2*keptEntries)
	for i := range many {
		many[i] = f.CallLater(time.Hour, func() {})
	}
	for _, timeout := range many {
		f.RemoveTimeout(timeout)
	}
	f.after(0)
	if cap(f.timeouts.entries) > keptEntries {
		t.Errorf("there is room for %d timeouts, and no timeout", cap(f.timeouts.entries))
	}
}

func TestTimesOfTimeouts(t *testing.T) {
	for _, tt := range []struct {
		name string
		add  func(f *fixture, call func()) *Timeout
		want time.Duration // -1 is never
	}{
		{"without end", func(f *fixture, call func()) *Timeout { return f.CallLater(math.MaxInt64, call) }, -1},
		{"the latest time", func(f *fixture, call func()) *Timeout { return f.CallAt(time.Unix(1<<60, 0), call) }, -1},
		{"the zero time", func(f *fixture, call func()) *Timeout { return f.CallAt(time.Time{}, call) }, 0},
		{"negative", func(f *fixture, call func()) *Timeout { return f.CallLater(math.MinInt64, call) }, 0},
		{"by the older name", func(f *fixture, call func()) *Timeout { return f.AddTimeout(f.clock.Add(s), call) }, s},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			f.after(time.Minute)
			start, ran := f.clock, time.Duration(-1)
			tt.add(f, func() { ran = f.clock.Sub(start) })
			for range 3 {
				f.after(0)
				f.after(s)
			}
			f.after(100 * 365 * 24 * time.Hour)
			if ran != tt.want {
				t.Errorf("it ran after %v; want %v", ran, tt.want)
			}
		})
	}
}
