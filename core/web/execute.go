package web

import (
	"context"
	"errors"
	"fmt"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/trace"
)

// execute takes a request from its handler's making to OnFinish, on the loop:
//
//	Initialize, parse the body, check the path's values, the XSRF token and the user,
//	Prepare, the verb's method, finish, OnConnectionClose if the client left, OnFinish
//
// Prepare and the verb's method may run in a goroutine; then the steps after them
// come as a callback.
func (h *RequestHandler) execute() {
	h.enter(trace.PhasePrepare)
	err := h.begin()
	switch {
	case err != nil:
		h.afterPrepare(err)
	case h.route.before != nil:
		h.runBefore(0)
	default:
		h.runPrepare()
	}
}

// runPrepare calls Prepare, on the loop or off it.
func (h *RequestHandler) runPrepare() {
	if h.route.overrides&hasPrepareWithContext != 0 {
		h.elsewhere(h.prepareWithContext, h.afterPrepare)
		return
	}
	h.afterPrepare(h.prepare())
}

// begin does what precedes Prepare.
func (h *RequestHandler) begin() (err error) {
	defer h.catch(&err)
	h.headers.Use(&h.room)
	h.clear()
	if h.route.init != nil {
		h.route.init(h.self)
	}
	if h.route.overrides&hasInitialize != 0 {
		h.self.(Initializer).Initialize()
	}
	if h.route.cors != nil && isPreflight(h.Request) {
		return h.answerPreflight()
	}
	if verbOf(h.request.Method) == verbUnknown && h.verb() == nil {
		return h.methodNotAllowed()
	}
	if len(h.request.Body) > 0 {
		if err := h.request.ParseBody(); err != nil {
			return badBody(err)
		}
	}
	if err := h.decodePathArgs(); err != nil {
		return err
	}
	if h.app.settings.XSRFCookies {
		if err := h.checkXSRF(); err != nil {
			return err
		}
	}
	if h.route.authenticated {
		if err := h.Authenticated(); err != nil {
			return err
		}
	}
	if h.route.slash != anySlash {
		return h.redirectSlash()
	}
	return nil
}

func (h *RequestHandler) prepare() (err error) {
	if h.route.overrides&anyPrepare == 0 {
		return nil
	}
	defer h.catch(&err)
	if h.route.overrides&hasPrepare != 0 {
		h.self.(Preparer).Prepare()
		return nil
	}
	return h.self.(PreparerWithError).Prepare()
}

func (h *RequestHandler) prepareWithContext(ctx context.Context) (err error) {
	defer h.catch(&err)
	return h.self.(PreparerWithContext).Prepare(ctx)
}

// afterPrepare calls the verb's method, or waits for the body first.
func (h *RequestHandler) afterPrepare(err error) {
	switch {
	case h.endedBy(err):
	case h.upload != nil && h.verb() != nil:
		h.upload.goOn()
	default:
		h.runVerb()
	}
}

// endedBy ends the request if the method that has returned err was its last, and
// reports whether it was.
func (h *RequestHandler) endedBy(err error) bool {
	if h.gone {
		h.finished = true // nobody is there to be answered
	}
	if err == nil && !h.finished {
		return false
	}
	h.conclude(err)
	h.end()
	return true
}

// runVerb calls the verb's method, on the loop or off it.
func (h *RequestHandler) runVerb() {
	h.enter(trace.PhaseHandler)
	v := h.verb()
	if v != nil && v.async {
		h.elsewhere(func(ctx context.Context) error {
			err := error(errExited)
			defer func() { h.conclude(err) }()
			err = h.callVerb(ctx, v)
			return nil
		}, func(error) { h.end() })
		return
	}
	var err error
	if v != nil {
		err = h.callVerb(context.Background(), v)
	} else {
		err = h.withoutVerb()
	}
	h.conclude(err)
	h.end()
}

// verb is the method for the request's verb; nil if there is none. HEAD is
// answered by Get where there is no Head: the connection leaves the body out.
func (h *RequestHandler) verb() *verb {
	index := verbOf(h.request.Method)
	switch {
	case index == verbUnknown:
		return h.route.extraVerb(h.request.Method)
	case index == verbHead && h.route.verbs[verbHead].call == nil:
		index = verbGet
	}
	if v := &h.route.verbs[index]; v.call != nil {
		return v
	}
	return nil
}

// callVerb calls a verb's method, and finishes what it has left open, since one
// catch does for both.
func (h *RequestHandler) callVerb(ctx context.Context, v *verb) (err error) {
	defer h.catch(&err)
	if err = v.call(h.self, ctx, &h.match); err == nil && !h.finished {
		h.finish()
	}
	return err
}

// withoutVerb answers a verb for which there is no method.
func (h *RequestHandler) withoutVerb() (err error) {
	defer h.catch(&err)
	if h.request.Method != "OPTIONS" {
		return h.methodNotAllowed()
	}
	h.SetStatus(204)
	h.SetHeader("Allow", h.route.allow)
	return nil
}

func (h *RequestHandler) methodNotAllowed() error {
	return HTTPError{StatusCode: 405}
}

// catch turns a panic into the error of the function that defers it. An error of
// this package that was thrown means the same as one that was returned.
func (h *RequestHandler) catch(err *error) {
	value := recover()
	if value == nil {
		return
	}
	if thrown, ok := value.(error); ok {
		var status HTTPError
		var pointer *HTTPError
		if errors.As(thrown, &status) || errors.As(thrown, &pointer) || errors.Is(thrown, Finish) {
			*err = thrown
			return
		}
	}
	*err = &panicError{value: value, stack: trace.Stack(1)}
}

// A panicError is what a method panicked with.
type panicError struct {
	value any
	stack []trace.Frame
}

func (e *panicError) Error() string { return fmt.Sprint(e.value) }

func (e *panicError) Unwrap() error {
	err, _ := e.value.(error)
	return err
}

// conclude finishes the answer after the last method, which ended with err, on
// the goroutine of that method.
func (h *RequestHandler) conclude(err error) {
	if err == nil || errors.Is(err, Finish) {
		if err = h.autoFinish(); err == nil {
			return
		}
	}
	h.answerError(err)
}

// autoFinish finishes what the methods left open.
func (h *RequestHandler) autoFinish() (err error) {
	if h.finished {
		return nil
	}
	defer h.catch(&err)
	h.finish()
	return nil
}

// end is the last step, on the loop.
func (h *RequestHandler) end() {
	if h.async != nil {
		h.async.stopTimer()
		h.async.cancel(nil)
	}
	if h.out != nil {
		h.out.release()
		h.out = nil
	}
	if h.encoding != nil {
		h.encoding.release()
		h.encoding = nil
	}
	h.finished = true
	h.reportMistake()
	h.request.Took = h.request.RequestTime()
	if h.wantsLog() {
		h.guard(h.logRequest)
	}
	if h.gone && h.route.overrides&hasOnConnectionClose != 0 {
		h.guard(h.self.(ConnectionCloser).OnConnectionClose)
	}
	if h.route.overrides&hasOnFinish != 0 {
		h.guard(h.self.(Finisher).OnFinish)
	}
	d := h.delegate
	if d.upload != nil {
		defer d.upload.goOn()
	}
	d.started = false
	h.exchange = &over
	// A connection that failed may yet tell the delegate that it closed.
	if !d.gone && !d.failed && d.wroteHeaders {
		d.release()
	}
}

// reportMistake tells of an answer that the connection broke off because its body
// did not have the announced length, or whose head it refused. The client has not
// left then; after a refusal it still waits, and is answered in short.
func (h *RequestHandler) reportMistake() {
	if h.async != nil && h.mistake == nil {
		h.mistake = h.async.connection.mistake
	}
	if h.mistake == nil {
		return
	}
	h.gone, h.failed, h.status = false, true, 500
	h.report(h.mistake, 500)
	// It fails, as it should, if something of the answer was sent.
	_ = httputil.WriteWhole(h.request.Connection, httputil.ResponseStartLine{Code: 500}, new(httputil.HTTPHeaders), nil)
}

// guard calls a method whose failure can no longer change the answer.
func (h *RequestHandler) guard(f func()) {
	var err error
	func() {
		defer h.catch(&err)
		f()
	}()
	if err != nil {
		h.report(err, 0)
	}
}
