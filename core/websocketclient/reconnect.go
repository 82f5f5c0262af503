package websocketclient

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// Reconnect says how a lost connection is made anew. One that a side has closed with
// frame.Normal is not lost, nor is one that failed because a side broke a rule. What
// was written last may not have arrived.
type Reconnect struct {
	// MinDelay is how long to wait before the first try, half a second by default;
	// each time the wait is twice as long, up to MaxDelay, 30 s by default. Each is
	// shortened by up to a half, at random, so that the clients of a server that
	// came back do not come at once.
	MinDelay, MaxDelay time.Duration

	// MaxAttempts is how often it is tried in vain before the connection ends for
	// good; zero means without end.
	MaxAttempts int

	// OnDisconnect is told, on the loop, that the connection, or a try to make it
	// anew, has failed, and when the next try begins. It may be nil.
	OnDisconnect func(c *Connection, err error, delay time.Duration)

	// OnReconnect is told, on the loop, that there is a connection again, before
	// anything is read from it. It may be nil.
	OnReconnect func(c *Connection)
}

const (
	defaultMinDelay = 500 * time.Millisecond
	defaultMaxDelay = 30 * time.Second
)

func (r Reconnect) withDefaults() Reconnect {
	if r.MinDelay <= 0 {
		r.MinDelay = defaultMinDelay
	}
	if r.MaxDelay <= 0 {
		r.MaxDelay = defaultMaxDelay
	}
	return r
}

// delay is how long to wait before a try, of which the first is numbered zero. random
// is from 0 to 1.
func (r *Reconnect) delay(attempt int, random float64) time.Duration {
	d := r.MinDelay
	for ; attempt > 0 && d < r.MaxDelay; attempt-- {
		d *= 2
	}
	d = min(d, r.MaxDelay)
	return d - time.Duration(random*float64(d)/2)
}

// worthwhile reports whether a connection that ended so may be made anew.
func worthwhile(code Code) bool {
	switch code {
	case frame.GoingAway, frame.NoStatus, frame.Abnormal, frame.InternalError, frame.ServiceRestart, frame.TryAgainLater, frame.BadGateway:
		return true
	}
	return code >= 3000
}

// retrying belongs to the loop.
type retrying struct {
	attempt int // that were in vain
	timer   *ioloop.Timeout
	cancel  context.CancelFunc // of the try that goes on
}

// sessionEnded is called on the loop.
func (c *Connection) sessionEnded(err *CloseError) {
	c.mu.Lock()
	c.session = nil
	leaving := c.leaving
	c.mu.Unlock()
	if leaving || c.options.Reconnect == nil || !worthwhile(err.Code) {
		c.end(err)
		return
	}
	c.retryLater(err)
}

// retryLater waits for the next try, or gives up.
func (c *Connection) retryLater(err error) {
	r := c.options.Reconnect
	if r.MaxAttempts > 0 && c.retrying.attempt >= r.MaxAttempts {
		c.end(&CloseError{Code: frame.Abnormal, Err: err})
		return
	}
	delay := r.delay(c.retrying.attempt, rand.Float64())
	c.retrying.attempt++
	c.retrying.timer = c.loop.CallLater(delay, c.retry)
	if r.OnDisconnect != nil {
		r.OnDisconnect(c, err, delay)
	}
}

func (c *Connection) retry() {
	c.retrying.timer = nil
	t, err := parseTarget(c.url, &c.options)
	if err != nil {
		c.end(&CloseError{Code: frame.Abnormal, Err: err}) // a certificate's file has gone
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.retrying.cancel = cancel
	c.attempt(ctx, t, func(s *session, err error) {
		cancel()
		c.retrying.cancel = nil
		c.mu.Lock()
		leaving := c.leaving
		c.mu.Unlock()
		switch {
		case leaving && err == nil:
			c.opened(s)
			s.close(frame.GoingAway, "")
			s.begin()
		case leaving:
			c.end(&CloseError{Code: frame.Abnormal, Err: err})
		case err != nil:
			c.retryLater(err)
		default:
			c.opened(s)
			if r := c.options.Reconnect; r.OnReconnect != nil {
				r.OnReconnect(c)
			}
			s.begin()
		}
	})
}

// stopRetrying ends a client without a session, on the loop.
func (c *Connection) stopRetrying(err error) {
	if c.retrying.cancel != nil {
		c.retrying.cancel() // and the attempt ends
		return
	}
	c.loop.RemoveTimeout(c.retrying.timer)
	c.end(err)
}
