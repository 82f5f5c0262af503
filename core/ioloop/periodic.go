package ioloop

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// A PeriodicCallback calls a function every so often, and never while an earlier
// call goes on. A call that takes longer than the period delays no later one: the
// calls it overlaps are left out, and the others stay on the original grid. It
// belongs to the loop's goroutine.
type PeriodicCallback struct {
	// Set before Start and never changed.
	loop   *IOLoop
	call   func(done func())
	period time.Duration
	jitter float64
	random func() float64 // from 0 to 1

	running bool
	calling bool // the last call is not done
	next    time.Time
	timer   *Timeout
}

// NewPeriodicCallback prepares to call f every period, which must be positive,
// from Start to Stop.
func NewPeriodicCallback(l *IOLoop, f func(), period time.Duration) (*PeriodicCallback, error) {
	return newPeriodicCallback(l, period, func(done func()) {
		// Deferred, so that a panic does not end the series.
		defer done()
		f()
	})
}

// NewPeriodicFuture is NewPeriodicCallback for a function that is done when its
// future is settled. If that fails, the error is logged and the series goes on.
func NewPeriodicFuture[T any](l *IOLoop, f func() *concurrent.Future[T], period time.Duration) (*PeriodicCallback, error) {
	return newPeriodicCallback(l, period, func(done func()) {
		AddFuture(l, started(f), func(f *concurrent.Future[T]) {
			defer done()
			logFailure(f)
		})
	})
}

func newPeriodicCallback(l *IOLoop, period time.Duration, call func(done func())) (*PeriodicCallback, error) {
	if period <= 0 {
		return nil, errors.New("ioloop: the period of a PeriodicCallback must be positive")
	}
	return &PeriodicCallback{loop: l, call: call, period: period, random: rand.Float64}, nil
}

// SetJitter has each pause between calls be longer or shorter than the period, at
// random, by up to half of fraction: with 0.1 it is between 95 and 105 percent. So
// many programs that were started at once come apart. A fraction below 0 or above
// 1 is refused. It is called before Start.
func (p *PeriodicCallback) SetJitter(fraction float64) error {
	if !(0 <= fraction && fraction <= 1) {
		return fmt.Errorf("ioloop: the jitter of a PeriodicCallback must be from 0 to 1, not %v", fraction)
	}
	p.jitter = fraction
	return nil
}

// Start begins; the first call comes after one period.
func (p *PeriodicCallback) Start() {
	if p.running {
		return
	}
	p.running = true
	p.next = p.loop.now()
	if !p.calling {
		p.schedule()
	}
}

// Stop ends it. A call that goes on is not ended by that.
func (p *PeriodicCallback) Stop() {
	p.running = false
	p.loop.RemoveTimeout(p.timer)
}

// IsRunning reports whether Start was called, and Stop not since.
func (p *PeriodicCallback) IsRunning() bool { return p.running }

func (p *PeriodicCallback) run() {
	p.calling = true
	p.call(func() {
		p.calling = false
		if p.running {
			p.schedule()
		}
	})
}

// schedule plans the next call, the last one being done.
func (p *PeriodicCallback) schedule() {
	p.next = nextRun(p.next, p.loop.now(), p.pause())
	p.timer = p.loop.CallAt(p.next, p.run)
}

// pause is the period, made longer or shorter by the jitter.
func (p *PeriodicCallback) pause() time.Duration {
	if p.jitter == 0 {
		return p.period
	}
	return max(time.Duration(float64(p.period)*(1+p.jitter*(p.random()-0.5))), 1)
}

// nextRun is the first time after now that is a whole number of pauses after last.
func nextRun(last, now time.Time, pause time.Duration) time.Time {
	late := now.Sub(last)
	if late < -pause {
		// The clock was set back by more than a pause. To keep to the grid would
		// mean to wait until it shows the old time again.
		return now.Add(pause)
	}
	// A clock that was set back a little must not make the same run come twice.
	return last.Add((max(late, 0)/pause + 1) * pause)
}
