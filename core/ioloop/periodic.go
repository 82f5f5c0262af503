package ioloop

import (
	"errors"
	"time"
)

// A PeriodicCallback calls a function every so often. A run that takes longer
// than the period delays no later one: the runs it overlaps are left out, and
// the others stay on the original grid. It belongs to the loop's goroutine.
type PeriodicCallback struct {
	loop   *IOLoop
	call   func()
	period time.Duration
	next   time.Time
	timer  *Timeout
}

// NewPeriodicCallback prepares to call f every period, which must be positive,
// from Start to Stop.
func NewPeriodicCallback(l *IOLoop, f func(), period time.Duration) (*PeriodicCallback, error) {
	if period <= 0 {
		return nil, errors.New("ioloop: the period of a PeriodicCallback must be positive")
	}
	return &PeriodicCallback{loop: l, call: f, period: period}, nil
}

// Start begins; the first call comes after one period.
func (p *PeriodicCallback) Start() {
	if p.timer != nil {
		return
	}
	p.next = p.loop.now().Add(p.period)
	p.timer = p.loop.CallAt(p.next, p.run)
}

// Stop ends it.
func (p *PeriodicCallback) Stop() {
	p.loop.RemoveTimeout(p.timer)
	p.timer = nil
}

// IsRunning reports whether Start was called, and Stop not since.
func (p *PeriodicCallback) IsRunning() bool { return p.timer != nil }

func (p *PeriodicCallback) run() {
	// Deferred, so that a panic in the call does not end the series.
	defer p.scheduleAfter(p.timer)
	p.call()
}

// scheduleAfter goes on after a call for which ran was the timer, unless the call
// has stopped the series, or begun another.
func (p *PeriodicCallback) scheduleAfter(ran *Timeout) {
	if p.timer != ran {
		return
	}
	missed := max(p.loop.now().Sub(p.next), 0) / p.period
	p.next = p.next.Add((missed + 1) * p.period)
	p.timer = p.loop.CallAt(p.next, p.run)
}
