package httputil

import (
	"errors"
	"fmt"
)

// An HTTPInputError reports a message that the peer got wrong, or a field or
// argument that could not be part of a message.
type HTTPInputError struct {
	// StatusCode is the answer the peer deserves; zero means 400. 405, 413, 414,
	// 417, 431, 501 and 505 are the others in use.
	StatusCode int

	// Message says what was wrong. Octets of the peer in it are quoted and cut.
	Message string
}

func (e *HTTPInputError) Error() string { return e.Message }

// Status is StatusCode, or 400 where that is zero.
func (e *HTTPInputError) Status() int {
	if e.StatusCode == 0 {
		return 400
	}
	return e.StatusCode
}

// ErrOutput reports an answer that does not keep what its fields promised: more
// or fewer octets than Content-Length said.
var ErrOutput = errors.New("httputil: the body does not have the length that Content-Length announced")

// Malformed returns an HTTPInputError for status 400 with a formatted message.
func Malformed(format string, args ...any) *HTTPInputError {
	return &HTTPInputError{Message: fmt.Sprintf(format, args...)}
}

// excerpt cuts what a peer sent to a length that a log line bears.
func excerpt(s string) string {
	const limit = 80
	if len(s) > limit {
		return s[:limit] + "..."
	}
	return s
}
