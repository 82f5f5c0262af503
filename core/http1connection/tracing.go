package http1connection

import (
	"bytes"
	"sync/atomic"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/trace"
)

// requestIDs numbers the requests of this process for listeners.
var requestIDs atomic.Uint64

// traceRequest tells a listener of a request that begins.
func (c *ServerConnection) traceRequest(head *RequestHead, raw []byte, remoteIP string) {
	hooks := trace.Active()
	if hooks == nil || hooks.RequestStarted == nil {
		c.trace = nil
		return
	}
	t := c.shared.traces.New()
	t.ID, t.Connection, t.Started = requestIDs.Add(1), c.Info(), c.stream.Loop().Now()
	t.Method, t.URI, t.Version, t.RemoteIP = head.Method, head.URI, head.Version, remoteIP
	t.Head = append(t.Head, bytes.TrimSuffix(raw, []byte("\r\n"))...)
	if waited := c.queued(); waited > 0 {
		t.Waited(max(waited-time.Since(t.Started), 0))
	}
	c.trace = t
	hooks.RequestStarted(t)
}

// traceFinished tells when the last byte of the answer has left.
func (c *ServerConnection) traceFinished() {
	if c.trace == nil {
		return
	}
	t := c.trace
	c.trace = nil
	t.Enter(trace.PhaseFlush)
	if t.Ended == nil {
		t.Ended = func(err error) { endTrace(t, err) }
	}
	c.stream.NotifyDrained(t.Ended)
}

func endTrace(t *trace.Request, err error) {
	t.End(err)
	if hooks := trace.Active(); hooks != nil && hooks.RequestFinished != nil {
		hooks.RequestFinished(t)
	}
	t.Release()
}

// traceRefused tells of a request that broke the rules, also if it never became
// one.
func (c *ServerConnection) traceRefused(status int, why string) {
	hooks := trace.Active()
	if hooks == nil || hooks.RequestStarted == nil {
		return
	}
	t := c.trace
	c.trace = nil
	if t == nil {
		t = &trace.Request{ID: requestIDs.Add(1), Connection: c.Info(), Started: c.stream.Loop().Now(), RemoteIP: c.remoteIP}
		hooks.RequestStarted(t)
	}
	t.Status = status
	endTrace(t, &httputil.HTTPInputError{StatusCode: status, Message: why})
}

func (c *ServerConnection) traceClosed(err error) {
	if c.trace != nil {
		t := c.trace
		c.trace = nil
		endTrace(t, err)
	}
	if info := c.Info(); info != nil {
		info.Err = err
	}
}

// queued is how long the request has waited in the socket, of which only the
// system can tell: until a successor took the connection over, most of all.
func (c *ServerConnection) queued() time.Duration {
	if c.fresh {
		c.fresh = false
		if waited, ok := netutil.SinceReceived(c.stream.FD()); ok {
			return waited
		}
	}
	return 0
}
