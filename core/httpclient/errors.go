package httpclient

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/iostream"
)

// noResponse is the code of an error without a response, as in Tornado.
const noResponse = 599

// An HTTPClientError reports a fetch that did not succeed: an answer that is not
// 2xx, or none.
type HTTPClientError struct {
	Code     int           // of the answer; 599 if there is none
	Message  string        // the answer's reason, or what was being done
	Response *HTTPResponse // nil if there is none
	Err      error         // why there is none
}

func (e *HTTPClientError) Error() string {
	if e.Err != nil {
		return "httpclient: " + e.Message + ": " + e.Err.Error()
	}
	return fmt.Sprintf("httpclient: HTTP %d: %s", e.Code, e.Message)
}

func (e *HTTPClientError) Unwrap() error { return e.Err }

func statusError(r *HTTPResponse) error {
	if 200 <= r.Code && r.Code < 300 {
		return nil
	}
	message := r.Reason
	if message == "" {
		message = httputil.StatusText(r.Code)
	}
	return &HTTPClientError{Code: r.Code, Message: message, Response: r}
}

// A Phase is what a fetch is doing.
type Phase uint8

// The phases, in their order.
const (
	Queueing   Phase = iota // for one of MaxClients to end
	Resolving               // the name of the host, or proxy
	Connecting              // to it
	Securing                // the encryption, or the tunnel of a proxy
	Sending                 // the request
	Awaiting                // the beginning of the answer
	Receiving               // the answer
)

var phaseTexts = [...]string{
	"in request queue", "while resolving the name", "while connecting", "while agreeing on encryption or a tunnel",
	"while sending the request", "while waiting for the answer", "while receiving the answer",
}

func (p Phase) String() string { return phaseTexts[p] }

// An HTTPTimeoutError reports that time was over. It is context.DeadlineExceeded.
type HTTPTimeoutError struct {
	Phase Phase
	After time.Duration // zero if it was the deadline of the context
}

func (e *HTTPTimeoutError) Error() string {
	if e.After == 0 {
		return "the context's deadline passed " + e.Phase.String()
	}
	return fmt.Sprintf("timeout %v, after %v", e.Phase, e.After)
}

// Timeout says true, as that of net.Error.
func (e *HTTPTimeoutError) Timeout() bool { return true }

// Is says that it is context.DeadlineExceeded.
func (e *HTTPTimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// An HTTPStreamClosedError reports a connection that ended before the answer did.
type HTTPStreamClosedError struct {
	Phase Phase
	Err   error // what closed it
}

func (e *HTTPStreamClosedError) Error() string {
	return "connection closed " + e.Phase.String() + ": " + e.Err.Error()
}

func (e *HTTPStreamClosedError) Unwrap() error { return e.Err }

// closedError is what it means that a connection has closed for err.
func closedError(phase Phase, err error) error {
	var closed *iostream.StreamClosedError
	if errors.As(err, &closed) && closed.Err != nil {
		err = closed.Err
	}
	var ours *http1connection.DelegateError
	switch {
	case errors.As(err, &ours):
		return fmt.Errorf("StreamingCallback: %w", ours.Err)
	case errors.Is(err, http1connection.ErrBodyTooLong), errors.As(err, new(*httputil.HTTPInputError)):
		return err // it was closed because of the answer
	}
	return &HTTPStreamClosedError{phase, err}
}
