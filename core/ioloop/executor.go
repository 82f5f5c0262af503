package ioloop

import (
	"runtime"
	"sync"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// An Executor runs functions that may wait, somewhere that is no loop. Submit is
// called from any goroutine and does not wait for f.
type Executor interface{ Submit(f func()) }

// RunInExecutor runs f, which may wait, on a goroutine of the loop's executor and
// returns a future of what f returns. If f panics the future fails with a
// *PanicError. It may be called from any goroutine.
//
// The future is settled on the executor's goroutine; on the loop one goes on with
// AddFuture.
func RunInExecutor[T any](l *IOLoop, f func() (T, error)) *concurrent.Future[T] {
	result := new(concurrent.Future[T])
	executor := Executor(defaultPool)
	if own := l.executor.Load(); own != nil {
		executor = *own
	}
	executor.Submit(func() { settle(result, f) })
	return result
}

// SetDefaultExecutor has RunInExecutor use e for this loop from now on; nil is the
// one that all loops of the process share, a Pool of five workers a CPU. It may be
// called from any goroutine.
func (l *IOLoop) SetDefaultExecutor(e Executor) {
	if e == nil {
		l.executor.Store(nil)
		return
	}
	l.executor.Store(&e)
}

// settle calls f for the sake of result, whose callbacks run here as well.
func settle[T any](result *concurrent.Future[T], f func() (T, error)) {
	value, err := attempt(f)
	result.TrySet(value, err)
}

// attempt calls f and turns its panic into an error.
func attempt[T any](f func() (T, error)) (value T, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicError(v)
		}
	}()
	return f()
}

// workersPerCPU is for work that waits more than it computes.
const workersPerCPU = 5

var defaultPool = NewPool(workersPerCPU * runtime.NumCPU())

// A Pool is an Executor of a bounded number of goroutines, which start when there
// is something to do and end when there is nothing. What comes while all are busy
// waits in a queue without bounds, in the order in which it came.
type Pool struct {
	workers int

	mu     sync.Mutex // guards what follows
	queue  []func()
	busy   int
	nobody sync.Cond // busy became zero
}

// NewPool makes a Pool of at most that many workers; less than one means one.
func NewPool(workers int) *Pool {
	p := &Pool{workers: max(workers, 1)}
	p.nobody.L = &p.mu
	return p
}

// Submit runs f as soon as a worker is free.
func (p *Pool) Submit(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy == p.workers {
		p.queue = append(p.queue, f)
		return
	}
	p.busy++
	go p.work(f) // Wait waits for it
}

// Wait returns when there is nothing to do any more.
func (p *Pool) Wait() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.busy > 0 {
		p.nobody.Wait()
	}
}

// work runs f, and then what has come meanwhile.
func (p *Pool) work(f func()) {
	for f != nil {
		runOne(f)
		f = p.next()
	}
}

func runOne(f func()) {
	defer recovered()
	f()
}

// next takes a function out of the queue; nil if the worker may go.
func (p *Pool) next() (f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) > 0 {
		f, p.queue[0] = p.queue[0], nil
		p.queue = p.queue[1:]
		return f
	}
	p.queue = nil
	if p.busy--; p.busy == 0 {
		p.nobody.Broadcast()
	}
	return nil
}
