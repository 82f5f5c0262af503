package web

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/trace"
)

// An HTTPError ends a request with a status. Returned from a method and panicked
// with, it means the same.
type HTTPError struct {
	StatusCode int    // zero means 500
	LogMessage string // for the log, never for the client; empty means that nothing is logged
	Reason     string // in place of the usual phrase; empty means that one
}

// Error is what is logged: "HTTP 404: Not Found (no such story)".
func (e HTTPError) Error() string {
	text := fmt.Sprintf("HTTP %d: %s", e.status(), reasonPhrase(e.status(), e.Reason))
	if e.LogMessage != "" {
		text += " (" + e.LogMessage + ")"
	}
	return text
}

func (e HTTPError) status() int {
	if e.StatusCode == 0 {
		return 500
	}
	return e.StatusCode
}

// Finish, returned or panicked with, ends a request with what was written so far.
// It is no error and is not logged.
//
//lint:ignore ST1012 It is Tornado's word, and reads as what it does: return web.Finish.
var Finish = errors.New("web: the request is finished")

// asHTTPError finds the HTTPError in an error.
func asHTTPError(err error) (e HTTPError, ok bool) {
	var pointer *HTTPError
	if errors.As(err, &pointer) && pointer != nil {
		return *pointer, true
	}
	return e, errors.As(err, &e)
}

func reasonPhrase(status int, reason string) string {
	if reason != "" && validReason(reason) {
		return reason
	}
	return httputil.StatusText(status)
}

// SendError answers with the page of a status from 400 to 599, and finishes the
// answer. A reason takes the place of the usual phrase, unless it could not stand
// in a start line. If the headers were sent already SendError breaks the answer
// off, so that the client does not take it for complete.
func (h *RequestHandler) SendError(status int, reason ...string) {
	if h.finished {
		panic(errFinishTwice)
	}
	if status < 400 || status > 599 {
		panic(errNoErrorStatus)
	}
	if h.wroteHeaders {
		h.abort(errAbortedByUs)
		return
	}
	phrase := ""
	if len(reason) > 0 {
		phrase = reason[0]
	}
	h.writeErrorPage(status, phrase, nil)
}

// answerError logs err and answers it.
func (h *RequestHandler) answerError(err error) {
	// A context of the method's own may have ended too; that is an error like any other.
	if h.async != nil && h.async.ctx.Err() != nil && isContextError(err) {
		cause := context.Cause(h.async.ctx)
		if cause == ErrClientLeft {
			// What failed has failed because nobody waits for it any more.
			h.abort(ErrClientLeft)
			return
		}
		err = HTTPError{StatusCode: 503, LogMessage: cause.Error()}
	}
	status, reason := 500, ""
	if e, ok := asHTTPError(err); ok {
		status, reason = e.status(), e.Reason
	}
	if !isFinalStatus(status) {
		status = 500
	}
	h.report(err, status)
	switch {
	case h.finished:
	case h.wroteHeaders:
		h.abort(err)
	default:
		h.writeErrorPage(status, reason, err)
	}
}

// isContextError reports whether a method failed because its context ended.
func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// abort breaks the answer off.
func (h *RequestHandler) abort(err error) {
	if h.finished {
		return
	}
	h.finished, h.failed = true, true
	if err != ErrClientLeft {
		h.status = 500 // for the log: what the client saw is not what it says
	}
	h.connection.Abort(&abortError{err})
}

// An abortError is what a connection is closed with when we break an answer off,
// so that we do not take it for the client's doing.
type abortError struct{ err error }

func (e *abortError) Error() string { return e.err.Error() }

func (e *abortError) Unwrap() error { return e.err }

// writeErrorPage answers with the page of a status: the handler's, or if it has
// none or fails, ours.
func (h *RequestHandler) writeErrorPage(status int, reason string, err error) {
	prepared := false
	failure := func() (failure error) {
		defer h.catch(&failure)
		h.clear()
		h.modules = nil // of a page that could not be made
		prepared = true
		h.setErrorStatus(status, reason)
		if h.route.overrides&hasWriteError == 0 {
			return nil
		}
		h.self.(ErrorWriter).WriteError(status, err)
		if !h.finished {
			h.finish()
		}
		return nil
	}()
	if failure != nil {
		h.report(failure, 500)
		if h.wroteHeaders {
			h.abort(failure)
		}
	}
	if h.finished {
		return
	}
	if failure != nil || !prepared {
		// Neither the handler's headers nor its page can be trusted.
		h.headers.Reset()
		h.setErrorStatus(500, "")
		status = 500
	}
	if failure = h.writeOwnErrorPage(status, reason, err); failure != nil {
		h.report(failure, 500)
		h.abort(failure)
	}
}

func (h *RequestHandler) setErrorStatus(status int, reason string) {
	h.status, h.reason = status, ""
	if validReason(reason) {
		h.reason = reason
	}
	if status == 405 {
		_ = h.headers.Set("Allow", h.route.allow) // made of constants
	}
}

func (h *RequestHandler) writeOwnErrorPage(status int, reason string, err error) (failure error) {
	defer h.catch(&failure)
	if h.out == nil {
		h.out = newBuffer()
	}
	h.out.bytes = h.out.bytes[:0]
	if httputil.StatusHasBody(status) {
		page := errorPage{status: status, reason: reasonPhrase(status, reason), request: h.Request}
		page.explain(err)
		if h.app.development() && err != nil && status >= 500 && maySeeDetails(h.Request) {
			page.err = h.describeError(err)
			h.closeToOthers()
		}
		var contentType string
		h.out.bytes, contentType = page.append(h.out.bytes)
		check(h.headers.Set("Content-Type", contentType))
	}
	h.finish()
	return nil
}

// report logs an error and tells a listener of it. status is that of the answer;
// zero if the answer has gone.
func (h *RequestHandler) report(err error, status int) {
	if e, ok := asHTTPError(err); ok {
		if e.LogMessage != "" {
			h.logger(log.General).Warning("%d %s: %s", e.status(), h.summary(), e.LogMessage)
		}
		return
	}
	if errors.Is(err, Finish) {
		return
	}
	described := h.describeError(err)
	text := "Uncaught exception " + h.summary() + "\n" + described.Message
	if described.Excerpt != "" {
		text += "\n" + described.Excerpt
	}
	for _, frame := range described.Stack {
		text += fmt.Sprintf("\n%s\n\t%s:%d", frame.Function, frame.File, frame.Line)
	}
	h.logger(log.Application).Error("%s", text)
	if failed := h.app.traced.Failed; failed != nil {
		failed(described)
	}
}

// summary names the request in logs. A RequestSummary that fails says nothing: the
// address, which it may want to hide, must not take its place.
func (h *RequestHandler) summary() (text string) {
	if h.route.overrides&hasRequestSummary != 0 {
		var err error
		defer func() {
			if err != nil {
				text = h.Request.Method + " (RequestSummary failed: " + err.Error() + ")"
			}
		}()
		defer h.catch(&err)
		return h.self.(RequestSummarizer).RequestSummary()
	}
	return h.Request.Method + " " + h.Request.URI + " (" + h.Request.RemoteIP + ")"
}

// describeError is an error as listeners and developers see it.
func (h *RequestHandler) describeError(err error) *trace.Error {
	described := &trace.Error{Time: time.Now(), Kind: "handler", Request: h.Request.TraceID, Message: err.Error()}
	var panicked *panicError
	if errors.As(err, &panicked) {
		described.Kind, described.Stack = "panic", ownFrames(panicked.stack)
	} else if v := h.verb(); v != nil {
		// A returned error has no stack; the method that returned it is all we know.
		described.Stack = []trace.Frame{{Function: v.name, File: v.file, Line: v.line}}
	}
	describeTemplateError(described, err)
	return described
}

// ownFrames cuts off a stack what is below the handler's method: how this package
// called it is the same each time.
func ownFrames(stack []trace.Frame) []trace.Frame {
	for i, frame := range stack {
		if isCaller(frame.Function) {
			return stack[:i]
		}
	}
	return stack
}
