package web

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/escape"
	"github.com/tornado-dev/tornado/core/httputil"
)

var (
	errWriteAfterFinish = errors.New("web: Write after the answer was finished (Finish, Redirect, Render and SendError finish it)")
	errFlushAfterFinish = errors.New("web: Flush after the answer was finished")
	errFinishTwice      = errors.New("web: the answer was finished twice (Finish, Redirect, Render and SendError finish it)")
	errListIsNoAnswer   = errors.New("web: a list is not written as JSON, since old browsers let other sites read it; put it in a map")
	errHeadersSent      = errors.New("web: Redirect after the headers were sent")
	errBodyNotAllowed   = errors.New("web: an answer of this status has no body, but one was written")
	errAbortedByUs      = errors.New("web: the answer was broken off after an error")
	errNoRedirectStatus = errors.New("web: RedirectStatus needs a status from 300 to 399")
	errNoErrorStatus    = errors.New("web: SendError needs a status from 400 to 599")
)

// Write adds to the answer. A string or []byte goes as it is. A map, a struct, or
// a pointer to one goes as JSON, makes the Content-Type application/json, and has
// each "</" in it escaped so that it can stand in a script.
//
// It panics, which is answered with 500, for anything else, for a list at the top
// (old browsers let other sites read it; put it in a map), and when the answer has
// been finished. What is written leaves with Flush or at the end.
func (h *RequestHandler) Write(chunk any) {
	if h.finished {
		panic(errWriteAfterFinish)
	}
	if h.out == nil {
		h.out = newBuffer()
	}
	switch v := chunk.(type) {
	case string:
		h.out.bytes = append(h.out.bytes, v...)
	case []byte:
		h.out.bytes = append(h.out.bytes, v...)
	default:
		h.writeValue(v)
	}
}

func (h *RequestHandler) writeValue(v any) {
	value := reflect.ValueOf(v)
	for value.Kind() == reflect.Pointer && !value.IsNil() {
		value = value.Elem()
	}
	switch {
	case value.Kind() == reflect.String:
		h.out.bytes = append(h.out.bytes, value.String()...)
		return
	case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Uint8:
		h.out.bytes = append(h.out.bytes, value.Bytes()...)
		return
	case value.Kind() == reflect.Slice || value.Kind() == reflect.Array:
		panic(errListIsNoAnswer)
	case value.Kind() != reflect.Map && value.Kind() != reflect.Struct:
		panic(fmt.Errorf("web: Write cannot write a %T; give a string, []byte, map or struct", v))
	}
	bytes, err := escape.AppendJSON(h.out.bytes, v)
	if err != nil {
		panic(fmt.Errorf("web: Write: %w", err))
	}
	h.out.bytes = bytes
	h.SetHeader("Content-Type", jsonContentType)
}

// written is what waits to be sent.
func (h *RequestHandler) written() []byte {
	if h.out == nil {
		return nil
	}
	return h.out.bytes
}

// Flush sends what has been written so far, and the headers first, which cannot
// be changed any more. The future is done when the socket has taken it all, or
// fails when the client has left: a method with a context that writes much waits
// for it, so that a slow client does not fill the memory.
func (h *RequestHandler) Flush() *concurrent.Future[struct{}] {
	if h.finished {
		panic(errFlushAfterFinish)
	}
	chunk := h.written()
	var err error
	if !h.wroteHeaders && h.app.compression != nil {
		h.compressPieces()
	}
	if h.encoding != nil {
		chunk, err = h.encoding.flush(chunk)
	}
	if err != nil {
		// Nothing that follows could be read.
	} else if !h.wroteHeaders {
		err = h.writeHeaders(chunk)
	} else if len(chunk) > 0 {
		err = h.connection.Write(chunk)
	}
	if h.out != nil {
		h.out.bytes = h.out.bytes[:0]
	}
	future := new(concurrent.Future[struct{}])
	settle := func(err error) {
		future.TrySet(struct{}{}, err)
		_, _ = future.Result() // that the client has left is no news to who has not asked
	}
	if err != nil {
		settle(err)
	} else {
		h.connection.NotifyDrained(settle)
	}
	return future
}

// writeHeaders sends the start line, the headers, and the first of the body.
func (h *RequestHandler) writeHeaders(chunk []byte) error {
	h.addCookies()
	h.wroteHeaders = true
	return h.connection.WriteHeaders(httputil.ResponseStartLine{Code: h.status, Reason: h.reason}, &h.headers, chunk)
}

// addCookies turns the cookies that were set into header fields.
func (h *RequestHandler) addCookies() {
	if h.session != nil {
		h.session.save()
	}
	for i := range h.cookies {
		check(h.headers.Add("Set-Cookie", h.cookies[i].field))
	}
}

// Finish completes the answer, after a last Write of chunk if there is one. It is
// called by itself when the verb's method returns. It panics if the answer was
// finished before.
func (h *RequestHandler) Finish(chunk ...any) {
	if h.finished {
		panic(errFinishTwice)
	}
	for _, c := range chunk {
		h.Write(c)
	}
	h.finish()
}

// finish sends the rest of the answer. It may panic before anything is sent, with
// what the handler made of the headers.
func (h *RequestHandler) finish() {
	left := h.onLoop() && h.gone
	err := h.sendRest()
	if h.onLoop() && !left && errors.Is(err, httputil.ErrOutput) {
		h.mistake = err
	}
}

func (h *RequestHandler) sendRest() error {
	if h.hasTrailers() && !h.wroteHeaders {
		h.Flush() // they have a place behind chunks alone
	}
	if h.wroteHeaders {
		err := h.sendLast(h.written())
		h.finished = true
		if err == nil {
			h.sendTrailers()
			err = h.connection.Finish()
		}
		return err
	}
	coding := -1
	if h.app.compression != nil {
		coding = h.codingOfWhole()
	}
	if httputil.StatusHasBody(h.status) {
		h.insertPageScript()
		h.useEtag()
	}
	if !httputil.StatusHasBody(h.status) {
		h.dropBody()
		if coding >= 0 {
			h.weakenEtag() // it would be that of the answer with a body
		}
	} else {
		if coding >= 0 {
			h.compressWhole(coding)
		}
	}
	h.addCookies()
	h.wroteHeaders, h.finished = true, true
	return httputil.WriteWhole(h.connection, httputil.ResponseStartLine{Code: h.status, Reason: h.reason}, &h.headers, h.written())
}

// sendLast sends the last of a body that was flushed before.
func (h *RequestHandler) sendLast(chunk []byte) (err error) {
	if h.encoding != nil {
		if chunk, err = h.encoding.finish(chunk); err != nil {
			return err
		}
	}
	if len(chunk) == 0 {
		return nil
	}
	return h.connection.Write(chunk)
}

// dropBody takes away what an answer without a body must not have.
func (h *RequestHandler) dropBody() {
	if len(h.written()) > 0 {
		panic(errBodyNotAllowed)
	}
	for _, name := range [...]string{"Content-Length", "Content-Encoding", "Content-Language", "Content-Type"} {
		h.headers.Del(name)
	}
}

// Redirect sends the client to another URL, relative ones allowed: with status
// 302, or 301 if permanent is true. It finishes the answer. Never pass it what a
// client sent without looking: a URL like "//other.example/" leads away; see
// SafeNext.
func (h *RequestHandler) Redirect(url string, permanent ...bool) {
	status := 302
	if len(permanent) > 0 && permanent[0] {
		status = 301
	}
	h.RedirectStatus(url, status)
}

// RedirectStatus is Redirect with any status from 300 to 399: 303 for a form that
// was posted, 307 or 308 to let the client send the same again.
func (h *RequestHandler) RedirectStatus(url string, status int) {
	if h.wroteHeaders {
		panic(errHeadersSent)
	}
	if status < 300 || status > 399 {
		panic(errNoRedirectStatus)
	}
	h.SetStatus(status)
	h.SetHeader("Location", url)
	h.Finish()
}
