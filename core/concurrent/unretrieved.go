package concurrent

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
)

// Unretrieved, if not nil, is told of each future that failed and was collected
// before anybody had added a callback to it, waited for it or asked for its
// result. It gets the text of the error and runs on a goroutine of the runtime,
// some time after the future was dropped. It is set before the first future
// fails. That something was cancelled (context.Canceled) is not told.
var Unretrieved func(message string)

// An outcome is how a future ended, apart from its value.
type outcome struct {
	err   error
	taken *atomic.Bool // somebody knows of err
}

// success is the outcome of all futures without an error.
var success outcome

func outcomeOf(err error) *outcome {
	if err == nil {
		return &success
	}
	return &outcome{err: err, taken: new(atomic.Bool)}
}

// take returns the error, of which somebody knows from now on.
func (o *outcome) take() error {
	if o.err != nil {
		o.taken.Store(true)
	}
	return o.err
}

// watch reports the error of f if f is collected before somebody has taken it.
func watch[T any](f *Future[T], o *outcome) {
	if Unretrieved == nil || o.taken.Load() || errors.Is(o.err, context.Canceled) {
		return
	}
	// What a cleanup is given lives until it runs. An error may lead to its
	// future, which then would never be collected; its text does not.
	runtime.AddCleanup(f, report, lost{fmt.Sprint(o.err), o.taken})
}

// A lost is what is kept of an error that nobody has taken so far.
type lost struct {
	message string
	taken   *atomic.Bool
}

func report(l lost) {
	if !l.taken.Load() {
		Unretrieved(l.message)
	}
}
