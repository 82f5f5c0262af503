package httpclient

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/tcpclient"
)

// A fetch is one call of Fetch: its wait in the queue, and one exchange after
// another until there is an answer to give. But for what FetchAsync sets it belongs
// to the client's loop.
type fetch struct {
	// Set by FetchAsync and never changed.
	client  *AsyncHTTPClient
	request *HTTPRequest
	ctx     context.Context
	began   time.Time

	future    concurrent.Future[*HTTPResponse]
	ended     bool
	queued    bool            // it waits in the queue
	stopWatch func() bool     // of ctx
	timer     *ioloop.Timeout // of the queue, then of the exchange
	producing *producing      // the last that was started
	started   time.Time       // it left the queue
	inQueue   time.Duration   // until then
	hop       hop             // what is being asked for
	redirects int             // followed so far
	digests   int             // challenges answered for this hop
	retried   bool            // this hop was sent again on a new connection
	exchange  *exchange       // nil in the queue
	phase     Phase
}

// begin is called on the loop.
func (f *fetch) begin() *concurrent.Future[*HTTPResponse] {
	s := &f.client.state
	s.fetches[f] = struct{}{}
	f.queued = true
	switch err := f.ctx.Err(); {
	case s.closed:
		f.fail(ErrClosed)
		return &f.future
	case err != nil:
		f.contextEnded()
		return &f.future
	}
	if f.ctx.Done() != nil {
		f.stopWatch = context.AfterFunc(f.ctx, func() { s.loop.AddCallback(f.contextEnded) })
	}
	if s.active < f.client.maxClients() {
		f.leaveQueue()
		return &f.future
	}
	s.queue = append(s.queue, f)
	if limit := f.request.queueTimeout(); limit > 0 {
		f.timer = s.loop.CallLater(limit, func() { f.fail(&HTTPTimeoutError{Queueing, limit}) })
	}
	if t := f.trace(); t != nil && t.Queued != nil {
		t.Queued(f.request)
	}
	return &f.future
}

func (f *fetch) trace() *Trace {
	if f.request.Trace != nil {
		return f.request.Trace
	}
	return f.client.options.Trace
}

// leaveQueue takes one of the places, of which there is one.
func (f *fetch) leaveQueue() {
	f.client.state.active++
	f.queued = false
	f.started = time.Now()
	f.inQueue = f.started.Sub(f.began)
	f.startHop()
}

// startHop sends the hop, on a connection that was used before if there is one.
func (f *fetch) startHop() {
	f.arm()
	x := newExchange(f)
	f.exchange = x
	if err := x.prepare(); err != nil {
		f.fail(err)
		return
	}
	x.traceStart()
	if f.ended { // by a function of the trace
		return
	}
	if !f.retried {
		if c := f.client.state.pool.take(f.hop.route.key); c != nil {
			x.reused = true
			x.send(c)
			return
		}
	}
	x.connect()
}

// arm begins to count RequestTimeout.
func (f *fetch) arm() {
	l := f.client.state.loop
	l.RemoveTimeout(f.timer)
	f.timer = nil
	if limit := timeout(f.request.RequestTimeout); limit > 0 {
		f.timer = l.CallLater(limit, func() { f.fail(&HTTPTimeoutError{f.phase, limit}) })
	}
}

func (f *fetch) contextEnded() {
	err := f.ctx.Err()
	if errors.Is(err, context.DeadlineExceeded) {
		err = &HTTPTimeoutError{Phase: f.phase}
	}
	f.fail(err)
}

// connectError is what it means that connecting failed with err.
func (f *fetch) connectError(err error) error {
	limit := timeout(f.request.ConnectTimeout)
	if limit > 0 && (errors.Is(err, tcpclient.ErrTimeout) || errors.Is(err, iostream.ErrHandshakeTimeout)) {
		return &HTTPTimeoutError{f.phase, limit}
	}
	return err
}

// fail ends the fetch without an answer.
func (f *fetch) fail(err error) {
	if f.ended {
		return
	}
	if x := f.exchange; x != nil {
		x.giveUp(err)
	}
	f.end(nil, &HTTPClientError{Code: noResponse, Message: f.hop.title(), Err: err})
}

// end settles the future and makes room for the next in the queue.
func (f *fetch) end(response *HTTPResponse, err error) {
	s := &f.client.state
	f.ended = true
	s.loop.RemoveTimeout(f.timer)
	if f.stopWatch != nil {
		f.stopWatch()
	}
	delete(s.fetches, f)
	if f.queued {
		if i := slices.Index(s.queue, f); i >= 0 {
			s.queue = slices.Delete(s.queue, i, i+1)
		}
	} else {
		s.active--
		f.client.startNext()
	}
	f.future.TrySet(response, err)
}

// startNext lets the first in the queue begin, in the next turn: it may end as
// quickly as the one before.
func (c *AsyncHTTPClient) startNext() {
	s := &c.state
	if len(s.queue) == 0 || s.closed {
		return
	}
	s.loop.AddCallback(func() {
		if len(s.queue) == 0 || s.active >= c.maxClients() || s.closed {
			return
		}
		next := s.queue[0]
		s.queue[0] = nil
		if s.queue = s.queue[1:]; len(s.queue) == 0 {
			s.queue = nil
		}
		next.leaveQueue()
	})
}

// exchanged is called when an exchange has its answer, or as much of it as matters.
func (f *fetch) exchanged(x *exchange) {
	var err error
	switch x.next {
	case giveBack:
		f.succeed(x)
		return
	case followRedirect:
		f.redirects++
		f.digests, f.retried = 0, false
		err = f.redirect(x)
	case answerChallenge:
		f.digests++
		f.retried = false
		f.hop.authorization, err = x.answerTo()
	case expectNothing:
		f.hop.unexpecting = true
	}
	if err != nil {
		f.fail(err)
		return
	}
	f.startHop()
}

// redirect makes the hop the one to where an answer leads.
func (f *fetch) redirect(x *exchange) (err error) {
	to, err := location(&x.headers)
	if err != nil {
		return err
	}
	if f.hop, err = f.hop.redirected(x.code, to); err != nil {
		return err
	}
	return f.client.findRoute(&f.hop)
}

// succeed ends the fetch with an answer, which may be an error.
func (f *fetch) succeed(x *exchange) {
	now := time.Now()
	x.info.Queue, x.info.Redirect = f.inQueue, x.began.Sub(f.started)
	response := &HTTPResponse{
		Code: x.code, Reason: x.reason, Headers: x.headers, Trailers: x.trailers, EffectiveURL: f.hop.url.String(), Body: x.body,
		Request: f.request, StartTime: f.started, RequestTime: now.Sub(f.started), TimeInfo: x.info,
	}
	response.Error = statusError(response)
	var err error
	if !f.request.NoRaiseError {
		err = response.Error
	}
	if err != nil {
		f.end(nil, err)
		return
	}
	f.end(response, nil)
}

// intention is what follows an answer.
type intention uint8

const (
	giveBack        intention = iota
	followRedirect            // go where it says
	answerChallenge           // authenticate
	expectNothing             // once more, without "Expect: 100-continue"
)

// intend decides what follows an answer.
func (f *fetch) intend(x *exchange) intention {
	switch {
	case isRedirect(x.code) && x.headers.Get("Location") != "" && f.redirects < f.request.maxRedirects():
		return followRedirect
	case x.code == 401 && f.mayAnswer(x):
		return answerChallenge
	case x.code == 417 && x.expects:
		return expectNothing // RFC 9110 section 10.1.1
	}
	return giveBack
}

// mayAnswer reports whether there is a challenge that can be answered. One whose
// nonce was only too old is answered again.
func (f *fetch) mayAnswer(x *exchange) bool {
	if f.request.AuthMode != Digest || f.hop.username == "" {
		return false
	}
	c, ok := digestChallenge(x.headers.GetList("WWW-Authenticate"))
	return ok && (f.digests == 0 || f.digests == 1 && c.stale)
}

// answerTo is the field Authorization that answers the challenge of an exchange.
func (x *exchange) answerTo() (string, error) {
	h := &x.fetch.hop
	c, ok := digestChallenge(x.headers.GetList("WWW-Authenticate"))
	if !ok {
		return "", fmt.Errorf("httpclient: there is no challenge")
	}
	return c.answer(h.method, h.url.RequestURI(), h.username, h.password, newCnonce()), nil
}
