package tcpserver

import (
	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/iostream"
)

// A Handler is given the connections.
type Handler interface {
	// HandleStream is called on the stream's loop with a new connection and the
	// address of its peer: "1.2.3.4:567", "unix:" for one without a name. It must
	// not wait; what comes later it tells by its future, and nil means success.
	//
	// The stream is the handler's, which closes it. Only after a failure, or a
	// panic, the server does, and logs it as an error in a connection callback. A
	// *iostream.StreamClosedError is not logged: peers come and go.
	HandleStream(stream *iostream.IOStream, address string) *concurrent.Future[struct{}]
}

// A HandlerFunc is a function that is a Handler, and knows at once whether it
// failed.
type HandlerFunc func(stream *iostream.IOStream, address string) error

// HandleStream calls f.
func (f HandlerFunc) HandleStream(stream *iostream.IOStream, address string) *concurrent.Future[struct{}] {
	if err := f(stream, address); err != nil {
		return concurrent.Failed[struct{}](err)
	}
	return nil
}

// A FutureFunc is a function that is a Handler.
type FutureFunc func(stream *iostream.IOStream, address string) *concurrent.Future[struct{}]

// HandleStream calls f.
func (f FutureFunc) HandleStream(stream *iostream.IOStream, address string) *concurrent.Future[struct{}] {
	return f(stream, address)
}
