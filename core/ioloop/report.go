package ioloop

import (
	"time"

	"github.com/tornado-dev/tornado/core/trace"
)

const reportInterval = time.Second

// A reporter tells a listener about once a second how the loop is doing. It
// works only while a listener is installed.
type reporter struct {
	last time.Time
	lag  time.Duration
	busy time.Duration
}

func (r *reporter) due() time.Time { return r.last.Add(reportInterval) }

// turn is called at the end of each turn.
func (r *reporter) turn(l *IOLoop, hooks *trace.Hooks) {
	now := l.now()
	spent := now.Sub(l.turnTime)
	r.busy += spent
	r.lag = max(r.lag, spent)
	interval := now.Sub(r.last)
	if interval < reportInterval {
		return
	}
	if r.last.IsZero() {
		interval = 0
	}
	hooks.LoopReport(&trace.LoopStats{
		Loop: l.number, Iterations: l.iterations.Load(), Callbacks: l.ran.Load(),
		Handlers: l.handlers, Timeouts: l.timeouts.len(),
		Lag: r.lag, Busy: r.busy, Interval: interval,
	})
	*r = reporter{last: now}
}
