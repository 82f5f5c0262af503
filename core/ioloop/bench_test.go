package ioloop

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// manyTimeouts is how many timeouts are pending in the benchmarks of them.
const manyTimeouts = 100_000

// BenchmarkTimeouts adds 100,000 timeouts and removes them, in the ways in which
// programs do. An operation is all of that; ns/timeout is one added and removed.
func BenchmarkTimeouts(b *testing.B) {
	shuffled := rand.New(rand.NewPCG(1, 2)).Perm(manyTimeouts)
	order := func(i int) int { return i }
	for _, tt := range []struct {
		name          string
		delay, remove func(i int) int
	}{
		{"same delay, oldest removed first", func(int) int { return 20_000 }, order},
		{"same delay, latest removed first", func(int) int { return 20_000 }, func(i int) int { return manyTimeouts - 1 - i }},
		{"any delay, in any order", func(i int) int { return shuffled[i] }, func(i int) int { return shuffled[manyTimeouts-1-i] }},
	} {
		b.Run(tt.name, func(b *testing.B) {
			l := newLoop(b)
			b.ReportAllocs()
			timeouts := make([]*Timeout, manyTimeouts)
			for b.Loop() {
				for i := range timeouts {
					timeouts[i] = l.CallLater(time.Duration(tt.delay(i))*time.Millisecond, func() {})
				}
				for i := range timeouts {
					l.RemoveTimeout(timeouts[tt.remove(i)])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/manyTimeouts, "ns/timeout")
		})
	}
}

// BenchmarkTimeoutAmongMany adds and removes one beside 100,000 that stay.
func BenchmarkTimeoutAmongMany(b *testing.B) {
	l := newLoop(b)
	for i := range manyTimeouts {
		l.CallLater(time.Hour+time.Duration(i)*time.Millisecond, func() {})
	}
	b.ReportAllocs()
	for b.Loop() {
		l.RemoveTimeout(l.CallLater(20*time.Second, func() {}))
	}
}

// BenchmarkTimeoutsRun is of timeouts that come to their time, 100,000 pending.
func BenchmarkTimeoutsRun(b *testing.B) {
	clock := time.Unix(1e9, 0)
	l, err := New(Options{Now: func() time.Time { return clock }, poller: &fakePoller{}})
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	var again func()
	again = func() { l.CallLater(time.Duration(random.IntN(manyTimeouts))*time.Millisecond, again) }
	for range manyTimeouts {
		again()
	}
	b.ReportAllocs()
	for l.ran.Store(0); b.Loop(); {
		clock = clock.Add(time.Millisecond / 2) // one timeout a turn
		if err := l.turn(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSetDeadline is what each request does, with 15,000 descriptors.
func BenchmarkSetDeadline(b *testing.B) {
	f := newFixture(b)
	const descriptors = 15_000
	for fd := range descriptors {
		if err := f.AddHandler(fd, &watcher{}, Read); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f.SetDeadline(i%descriptors, 75*time.Second)
	}
}

// newLoop is a loop that nobody runs.
func newLoop(t testing.TB) *IOLoop {
	l, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// BenchmarkAddCallback has goroutines add callbacks to a running loop as fast as
// they can, until the last has run.
func BenchmarkAddCallback(b *testing.B) {
	for _, goroutines := range []int{1, 8} {
		b.Run(map[int]string{1: "1 goroutine", 8: "8 goroutines"}[goroutines], func(b *testing.B) {
			l := startLoop(b)
			ran := 0 // owned by the loop
			count := func() { ran++ }
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for range goroutines {
				wg.Go(func() {
					for range (b.N + goroutines - 1) / goroutines {
						l.AddCallback(count)
					}
				})
			}
			wg.Wait()
			done := make(chan int)
			l.AddCallback(func() { done <- ran })
			if ran := <-done; ran < b.N {
				b.Errorf("%d ran; want %d", ran, b.N)
			}
		})
	}
}

// BenchmarkRoundTrip waits for each callback, so that the loop sleeps in between.
func BenchmarkRoundTrip(b *testing.B) {
	l := startLoop(b)
	done := make(chan struct{})
	tell := func() { done <- struct{}{} }
	b.ReportAllocs()
	for b.Loop() {
		l.AddCallback(tell)
		<-done
	}
}

// BenchmarkCall is a RoundTrip with a result.
func BenchmarkCall(b *testing.B) {
	l := startLoop(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Call(l, func() *concurrent.Future[int] { return concurrent.Resolved(7) }).Wait(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRunInExecutor hands work to a goroutine and waits for its result.
func BenchmarkRunInExecutor(b *testing.B) {
	l := newLoop(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := RunInExecutor(l, func() (int, error) { return 7, nil }).Wait(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTurn is a turn with one ready descriptor.
func BenchmarkTurn(b *testing.B) {
	f := newFixture(b)
	if err := f.AddHandler(3, &watcher{events: func(Events) {}}, Read); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		f.poller.ready = append(f.poller.ready[:0], f.poller.eventOf(3))
		if err := f.turn(); err != nil {
			b.Fatal(err)
		}
	}
}
