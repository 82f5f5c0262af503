package web

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/trace"
)

// ErrClientLeft is the cause (context.Cause) of a context that ended because the
// client went away.
var ErrClientLeft = errors.New("web: the client left before it had its answer")

// errExited stands for a goroutine that ended by runtime.Goexit.
var errExited = errors.New("web: the method ended its goroutine")

// An asyncRun is what a handler needs once a method of it runs off the loop.
type asyncRun struct {
	connection asyncConnection
	ctx        context.Context
	cancelCtx  context.CancelCauseFunc
	stopTimer  context.CancelFunc
}

func (r *asyncRun) cancel(cause error) { r.cancelCtx(cause) }

// startAsync makes the context of a handler's methods, if it is not there yet. It
// runs on the loop.
func (h *RequestHandler) startAsync() *asyncRun {
	if h.async != nil {
		return h.async
	}
	r := &asyncRun{stopTimer: func() {}}
	r.connection.connection = h.request.Connection
	ctx, cancel := context.WithCancelCause(h.app.base)
	r.ctx, r.cancelCtx = ctx, cancel
	if h.upload == nil || h.upload.read {
		r.limitTime(h.timeLimit())
	}
	h.async = r
	return r
}

// timeLimit is how long a method may take; not above zero if for ever.
func (h *RequestHandler) timeLimit() time.Duration {
	if limit := h.route.timeout; limit != 0 {
		return limit
	}
	return h.app.settings.RequestTimeout
}

// limitTime lets the context end after a time, if it is above zero.
func (r *asyncRun) limitTime(limit time.Duration) {
	if limit > 0 {
		r.ctx, r.stopTimer = context.WithTimeout(r.ctx, limit)
	}
}

// elsewhere runs method in a goroutine of its own, which owns the handler from
// now on, and then next on the loop, which owns it again. next is called even if
// method panics or ends its goroutine. Application.wait waits for the goroutine.
func (h *RequestHandler) elsewhere(method func(ctx context.Context) error, next func(err error)) {
	run := h.startAsync()
	h.connection = &run.connection
	h.app.running.Add(1)
	go func() { // Application.wait waits for it
		err := errExited
		defer func() {
			defer h.app.running.Done()
			run.connection.post(func() {
				h.connection = h.request.Connection
				next(err)
			})
		}()
		err = method(run.ctx)
	}()
}

// An asyncConnection is a connection as the goroutine of a method sees it: each
// call is posted to the loop. Calls are kept in order, and those that come
// quickly go together.
type asyncConnection struct {
	connection httputil.HTTPConnection // for use on the loop
	ended      bool                    // owned by the loop: connection must not be used any more
	mistake    error                   // owned by the loop: an operation did not keep what the headers promised

	failure atomic.Pointer[error] // why the answer cannot be written

	mu      sync.Mutex // guards what follows
	pending []func()
	posted  bool // the loop has been asked to run pending
}

var (
	_ httputil.HTTPConnection = (*asyncConnection)(nil)
	_ httputil.WholeWriter    = (*asyncConnection)(nil)
)

// post runs f on the loop, after everything that was posted before.
func (c *asyncConnection) post(f func()) {
	c.mu.Lock()
	c.pending = append(c.pending, f)
	posted := c.posted
	c.posted = true
	c.mu.Unlock()
	if posted {
		return
	}
	// A handler comes to its end also when the server is cut off and its loops are
	// closed.
	if lasting, ok := c.connection.(interface{ AddFinalCallback(f func()) }); ok {
		lasting.AddFinalCallback(c.run)
	} else {
		c.connection.AddCallback(c.run)
	}
}

func (c *asyncConnection) run() {
	c.mu.Lock()
	pending := c.pending
	c.pending, c.posted = nil, false
	c.mu.Unlock()
	for _, f := range pending {
		f()
	}
}

// do posts an operation on the connection, which is left out if the client has
// gone by then. It returns why an earlier one failed.
func (c *asyncConnection) do(operation func(httputil.HTTPConnection) error) error {
	if err := c.err(); err != nil {
		return err
	}
	c.post(func() {
		if c.ended {
			return
		}
		err := operation(c.connection)
		if err == nil {
			return
		}
		c.fail(err)
		if errors.Is(err, httputil.ErrOutput) {
			c.mistake = err
		}
	})
	return nil
}

func (c *asyncConnection) err() error {
	if err := c.failure.Load(); err != nil {
		return *err
	}
	return nil
}

func (c *asyncConnection) fail(err error) { c.failure.CompareAndSwap(nil, &err) }

// end is called on the loop when the client is gone.
func (c *asyncConnection) end(err error) {
	if err == nil {
		err = ErrClientLeft
	}
	c.ended = true
	c.fail(err)
}

// WriteHeaders implements httputil.HTTPConnection. The owner of headers must not
// change them afterwards.
func (c *asyncConnection) WriteHeaders(line httputil.ResponseStartLine, headers *httputil.HTTPHeaders, chunk []byte) error {
	kept := copyOf(chunk)
	return c.do(func(connection httputil.HTTPConnection) error {
		defer kept.release()
		return connection.WriteHeaders(line, headers, kept.bytes)
	})
}

// WriteWhole implements httputil.WholeWriter.
func (c *asyncConnection) WriteWhole(line httputil.ResponseStartLine, headers *httputil.HTTPHeaders, body []byte) error {
	kept := copyOf(body)
	return c.do(func(connection httputil.HTTPConnection) error {
		defer kept.release()
		err := httputil.WriteWhole(connection, line, headers, kept.bytes)
		c.ended = true // the connection goes on to other requests
		return err
	})
}

// Write implements httputil.HTTPConnection.
func (c *asyncConnection) Write(chunk []byte) error {
	kept := copyOf(chunk)
	return c.do(func(connection httputil.HTTPConnection) error {
		defer kept.release()
		return connection.Write(kept.bytes)
	})
}

// Finish implements httputil.HTTPConnection.
func (c *asyncConnection) Finish() error {
	return c.do(func(connection httputil.HTTPConnection) error {
		err := connection.Finish()
		c.ended = true // the connection goes on to other requests
		return err
	})
}

// Abort implements httputil.HTTPConnection.
func (c *asyncConnection) Abort(err error) {
	_ = c.do(func(connection httputil.HTTPConnection) error { // if it failed before, there is nothing to abort
		connection.Abort(err)
		return err
	})
}

// NotifyDrained implements httputil.HTTPConnection.
func (c *asyncConnection) NotifyDrained(f func(error)) {
	c.post(func() {
		if c.ended || c.err() != nil {
			f(c.err())
			return
		}
		c.connection.NotifyDrained(f)
	})
}

// SetMaxBodySize implements httputil.HTTPConnection.
func (c *asyncConnection) SetMaxBodySize(bytes int64) {
	c.post(func() {
		if !c.ended {
			c.connection.SetMaxBodySize(bytes)
		}
	})
}

// SetBodyTimeout implements httputil.TimedConnection.
func (c *asyncConnection) SetBodyTimeout(d time.Duration) {
	c.post(func() {
		if timed, ok := c.connection.(httputil.TimedConnection); ok && !c.ended {
			timed.SetBodyTimeout(d)
		}
	})
}

// AddCallback implements httputil.HTTPConnection.
func (c *asyncConnection) AddCallback(f func()) { c.connection.AddCallback(f) }

// enter posts the beginning of a phase, since a listener may be given the request
// while the goroutine still runs.
func (c *asyncConnection) enter(t *trace.Request, p trace.Phase) trace.Phase {
	c.post(func() {
		if !c.ended {
			t.Enter(p)
		}
	})
	return trace.PhaseHandler
}
