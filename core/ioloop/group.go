package ioloop

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

// A Group is several loops that start and end together, each on a goroutine of
// its own. Its methods may be called from any goroutine but the loops'; Next,
// Loops and Stop also from there.
type Group struct {
	// Set by NewGroup and never changed.
	loops []*IOLoop

	turn atomic.Uint64 // of Next

	mu      sync.Mutex // guards what follows
	started bool
	running sync.WaitGroup
	done    chan struct{} // closed when the loops have ended
	failed  []error       // why loops ended that were not stopped
}

// NewGroup makes a group of that many loops, numbered from zero; zero or less
// means one a CPU. It fails as New does.
func NewGroup(loops int) (*Group, error) {
	if loops <= 0 {
		loops = runtime.NumCPU()
	}
	g := &Group{done: make(chan struct{})}
	for number := range loops {
		l, err := New(Options{Number: number})
		if err != nil {
			return nil, errors.Join(err, g.Close())
		}
		g.loops = append(g.loops, l)
	}
	return g, nil
}

// Loops are the loops of the group, by their numbers.
func (g *Group) Loops() []*IOLoop { return g.loops }

// Next gives the loops in turn.
func (g *Group) Next() *IOLoop {
	return g.loops[(g.turn.Add(1)-1)%uint64(len(g.loops))]
}

// Start runs the loops and returns at once. A group is started once; after that,
// or after Close, Start returns ErrClosed.
func (g *Group) Start() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.started {
		return ErrClosed
	}
	g.started = true
	spareProcessor(len(g.loops))
	for _, l := range g.loops {
		g.running.Go(func() { g.run(l) }) // the goroutine below waits for it
	}
	go func() { // Wait and Close wait for it
		g.running.Wait()
		close(g.done)
	}()
	return nil
}

// spareProcessor lets one goroutine more run at once than there are loops. So a
// goroutine that computes shares a core with a loop by the kernel's scheduler, and
// the loop need not wait for Go to take a P from it every 10 ms.
func spareProcessor(loops int) {
	if os.Getenv("GOMAXPROCS") == "" && runtime.GOMAXPROCS(0) <= loops {
		runtime.GOMAXPROCS(loops + 1)
	}
}

// run ends all loops with the first one that fails: half a server is none.
func (g *Group) run(l *IOLoop) {
	err := l.Start()
	if err == nil {
		return
	}
	g.mu.Lock()
	g.failed = append(g.failed, fmt.Errorf("loop %d: %w", l.Number(), err))
	g.mu.Unlock()
	g.Stop()
}

// Each runs f on every loop, one after the other, and returns when all have. It
// returns early when the loops have ended.
func (g *Group) Each(f func(*IOLoop)) {
	for _, l := range g.loops {
		ran := make(chan struct{})
		l.AddCallback(func() {
			defer close(ran)
			f(l)
		})
		select {
		case <-ran:
		case <-g.done:
			return
		}
	}
}

// Stop ends the loops after the turns they are in.
func (g *Group) Stop() {
	for _, l := range g.loops {
		l.Stop()
	}
}

// Done returns a channel that is closed when the loops have ended.
func (g *Group) Done() <-chan struct{} { return g.done }

// Wait returns when the loops have ended: nil after Stop, otherwise why.
func (g *Group) Wait() error {
	<-g.done
	g.mu.Lock()
	defer g.mu.Unlock()
	return errors.Join(g.failed...)
}

// Close stops the loops if they run, waits for them, and gives their descriptors
// back. It returns what Wait does, and errors of closing.
func (g *Group) Close() error {
	g.mu.Lock()
	if !g.started {
		g.started = true
		close(g.done)
	}
	g.mu.Unlock()
	g.Stop()
	failed := []error{g.Wait()}
	for _, l := range g.loops {
		failed = append(failed, l.Close())
	}
	return errors.Join(failed...)
}
