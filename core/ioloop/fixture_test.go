package ioloop

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/ioloop/internal/poller"
	"github.com/tornado-dev/tornado/core/log"
)

// A fakePoller reports what a test says, never blocks, and remembers for how long
// it was asked to.
type fakePoller struct {
	tags    map[int]uint32
	ready   []poller.Event
	timeout time.Duration
	sleep   func(time.Duration) // instead of returning at once
	woken   int
	closed  int
	err     error // what Wait returns
}

func (p *fakePoller) Add(fd int, tag uint32, want Events) error { p.tags[fd] = tag; return nil }
func (p *fakePoller) Modify(int, uint32, Events) error          { return nil }
func (p *fakePoller) Remove(fd int) error                       { delete(p.tags, fd); return nil }
func (p *fakePoller) Wake()                                     { p.woken++ }
func (p *fakePoller) Close() error                              { p.closed++; return nil }
func (p *fakePoller) Wait(ready []poller.Event, timeout time.Duration) (int, error) {
	p.timeout = timeout
	if p.sleep != nil && len(p.ready) == 0 {
		p.sleep(timeout)
	}
	n := copy(ready, p.ready)
	p.ready = append(p.ready[:0], p.ready[n:]...)
	return n, p.err
}

// event makes fd ready in the next turn.
func (p *fakePoller) event(fd int) { p.ready = append(p.ready, p.eventOf(fd)) }

func (p *fakePoller) eventOf(fd int) poller.Event {
	return poller.Event{FD: fd, Tag: p.tags[fd], Events: Read}
}

// A fixture is a loop whose time and descriptors a test decides.
type fixture struct {
	*IOLoop
	t      testing.TB
	poller *fakePoller
	clock  time.Time
}

func newFixture(t testing.TB) *fixture {
	f := &fixture{t: t, poller: &fakePoller{tags: map[int]uint32{}}, clock: time.Unix(1e9, 0)}
	l, err := New(Options{Now: func() time.Time { return f.clock }, poller: f.poller})
	if err != nil {
		t.Fatal(err)
	}
	f.IOLoop = l
	return f
}

// after lets time pass and the loop take one turn.
func (f *fixture) after(d time.Duration) {
	f.t.Helper()
	f.clock = f.clock.Add(d)
	if err := f.turn(); err != nil {
		f.t.Fatal(err)
	}
}

// A watcher is a Handler of functions.
type watcher struct {
	events   func(Events)
	deadline func()
}

func (w *watcher) HandleEvents(e Events) { w.events(e) }
func (w *watcher) HandleDeadline()       { w.deadline() }

// observe collects what is logged until the test ends, and prints nothing of it.
func observe(t testing.TB) func() []log.Record {
	var mu sync.Mutex
	var records []log.Record
	cancel := log.Observe(func(r log.Record) {
		mu.Lock()
		defer mu.Unlock()
		records = append(records, r)
	})
	log.SetLevel(log.LevelNone)
	t.Cleanup(func() { log.SetLevel(log.LevelWarning); cancel() })
	return func() []log.Record {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(records)
	}
}

func (f *fixture) want(got []string, want ...string) {
	f.t.Helper()
	if !slices.Equal(got, want) {
		f.t.Errorf("got %q; want %q", got, want)
	}
}

// startLoop runs a loop on the system's poller until the test ends.
func startLoop(t testing.TB) *IOLoop {
	l, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- l.Start() }() // Cleanup waits for it
	t.Cleanup(func() {
		l.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}
