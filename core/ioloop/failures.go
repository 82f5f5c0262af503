package ioloop

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/trace"
)

// A PanicError is a panic that became the error of a future.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // of the goroutine, as debug.Stack writes it

	frames []trace.Frame
}

// panicError is called by the deferred function that recovered v.
func panicError(v any) *PanicError {
	return &PanicError{Value: v, Stack: debug.Stack(), frames: trace.Stack(2)}
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }

// Unwrap returns the error that panic was called with, if it was one.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// recovered logs a panic of user code. Where the panic belongs to a request, web
// has taken it before.
func recovered() {
	if v := recover(); v != nil {
		failed(panicError(v))
	}
}

// failed logs the error of something that nobody waits for.
func failed(err error) {
	if p := (*PanicError)(nil); errors.As(err, &p) {
		tell(fmt.Sprintf("panic in a callback: %v", p.Value), p.Stack, p.frames)
	} else if !errors.Is(err, context.Canceled) {
		tell(fmt.Sprintf("error in a callback: %v", err), nil, nil)
	}
}

// logFailure does so if f has failed. That it was cancelled is no failure.
func logFailure[T any](f *concurrent.Future[T]) {
	if _, err := f.Result(); err != nil {
		failed(err)
	}
}

func init() {
	concurrent.Unretrieved = func(message string) {
		tell("error of a future that nobody asked for its result: "+message, nil, nil)
	}
}

// tell writes of a failure in the program's code, with its stack as text if there
// is one.
func tell(message string, stack []byte, frames []trace.Frame) {
	if len(stack) > 0 {
		log.Application.Error("%s\n%s", message, stack)
	} else {
		log.Application.Error("%s", message)
	}
	if hooks := trace.Active(); hooks != nil && hooks.Failed != nil {
		hooks.Failed(&trace.Error{Time: time.Now(), Kind: "callback", Message: message, Stack: frames})
	}
}
