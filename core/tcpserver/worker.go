package tcpserver

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/netutil"
)

// A stream's close callback belongs to its handler, so streams that have closed
// are looked for: once in a while, and often when everybody is leaving.
const (
	sweepEvery        = time.Second
	sweepEveryLeaving = 10 * time.Millisecond
)

// A worker is one loop of a server with its streams.
type worker struct {
	// Set by New and never changed.
	server *TCPServer
	loop   *ioloop.IOLoop

	open atomic.Int64 // streams, also those on their way to this loop

	// Owned by the loop.
	acceptors []*netutil.Acceptor
	streams   []*iostream.IOStream
	sweeping  *ioloop.Timeout              // nil while there are no streams
	leaving   *concurrent.Future[struct{}] // settled when no stream is left; nil before CloseAll
}

func (w *worker) accept(sockets []netutil.Socket) {
	for _, socket := range sockets {
		netutil.SetNoDelay(socket.FD) // accepted sockets inherit it
		a, err := netutil.AddAcceptHandler(w.loop, socket.FD, w.accepted)
		if err != nil {
			log.General.Error("tcpserver: accept on %s: %v", socket.Address, err)
			continue
		}
		w.acceptors = append(w.acceptors, a)
	}
}

func (w *worker) stopAccepting() *concurrent.Future[struct{}] {
	for _, a := range w.acceptors {
		a.Stop()
	}
	w.acceptors = nil
	return concurrent.Resolved(struct{}{})
}

// accepted gives a new connection to the loop that has the fewest.
func (w *worker) accepted(fd int, address string) {
	target := w
	for _, other := range w.server.workers {
		// A difference of one or two is not worth a hand-over.
		if other.open.Load() < target.open.Load()-2 {
			target = other
		}
	}
	target.open.Add(1)
	if target == w {
		w.begin(fd, address)
		return
	}
	arrived := ioloop.Call(target.loop, func() *concurrent.Future[struct{}] {
		// A callback, so that the loop tells of a panic.
		target.loop.AddCallback(func() { target.begin(fd, address) })
		return concurrent.Resolved(struct{}{})
	})
	arrived.AddDoneCallback(func(f *concurrent.Future[struct{}]) {
		if _, err := f.Result(); err != nil { // the loop is closed
			netutil.Close(fd)
			target.open.Add(-1)
		}
	})
}

// begin makes a stream of a connection, which has been counted.
func (w *worker) begin(fd int, address string) {
	stream, err := iostream.New(w.loop, fd, nil, nil)
	if err != nil {
		log.General.Error("tcpserver: connection of %s: %v", address, err)
		netutil.Close(fd)
		w.open.Add(-1)
		return
	}
	w.streams = append(w.streams, stream)
	w.sweepLater()
	o := &w.server.options
	if o.MaxBufferSize > 0 {
		stream.SetMaxUnread(o.MaxBufferSize)
	}
	if o.MaxWriteBufferSize > 0 {
		stream.SetMaxUnwritten(o.MaxWriteBufferSize)
	}
	switch {
	case w.leaving != nil:
		stream.Close(ErrServerClosed)
	case o.SSL != nil:
		w.encrypt(stream, address)
	default:
		w.handle(stream, address)
	}
}

func (w *worker) encrypt(stream *iostream.IOStream, address string) {
	o := &w.server.options
	secured := stream.StartTLS(o.SSL, iostream.TLSOptions{ServerSide: true, HandshakeTimeout: o.HandshakeTimeout})
	ioloop.AddFuture(w.loop, secured, func(f *concurrent.Future[iostream.SecureConn]) {
		if _, err := f.Result(); err != nil {
			// Anybody may send anything: this is no fault of ours.
			log.General.Info("tcpserver: handshake with %s: %v", address, err)
			stream.CloseWhenWritten(true) // with the alert that says why
			return
		}
		w.handle(stream, address)
	})
}

// handle calls the handler. A panic is the loop's to log.
func (w *worker) handle(stream *iostream.IOStream, address string) {
	returned := false
	defer func() {
		if !returned {
			stream.Close(errHandlerPanicked)
		}
	}()
	handled := w.server.handler.HandleStream(stream, address)
	returned = true
	if handled == nil {
		return
	}
	ioloop.AddFuture(w.loop, handled, func(f *concurrent.Future[struct{}]) {
		if _, err := f.Result(); err != nil {
			w.failed(stream, address, err)
		}
	})
}

var errHandlerPanicked = errors.New("tcpserver: the handler panicked")

func (w *worker) failed(stream *iostream.IOStream, address string, err error) {
	var closed *iostream.StreamClosedError
	if !errors.As(err, &closed) {
		log.Application.Error("error in connection callback for %s: %v", address, err)
	}
	stream.Close(fmt.Errorf("tcpserver: the handler failed: %w", err))
}

// sweepLater looks for streams that have closed, as long as there are streams.
func (w *worker) sweepLater() {
	if w.sweeping != nil || w.open.Load() == 0 {
		return
	}
	after := sweepEvery
	if w.leaving != nil {
		after = sweepEveryLeaving
	}
	w.sweeping = w.loop.CallLater(after, func() {
		w.sweeping = nil
		w.sweep()
		w.sweepLater()
	})
}

// sweep forgets the streams that have closed.
func (w *worker) sweep() {
	before := len(w.streams)
	w.streams = slices.DeleteFunc(w.streams, (*iostream.IOStream).Closed)
	w.open.Add(int64(len(w.streams) - before))
	if w.open.Load() == 0 && w.leaving != nil {
		w.leaving.TrySet(struct{}{}, nil)
	}
}

// closeWhenWritten closes the streams in good order. The future is settled when
// none is left.
func (w *worker) closeWhenWritten() *concurrent.Future[struct{}] {
	return w.leave(func(stream *iostream.IOStream) {
		if w.server.options.SSL != nil && stream.SecureConn() == nil {
			stream.Close(ErrServerClosed) // nothing is agreed on yet, and nothing written
		} else {
			stream.CloseWhenWritten(true)
		}
	})
}

// closeNow closes the streams at once.
func (w *worker) closeNow() *concurrent.Future[struct{}] {
	return w.leave(func(stream *iostream.IOStream) { stream.Close(ErrServerClosed) })
}

func (w *worker) leave(how func(*iostream.IOStream)) *concurrent.Future[struct{}] {
	if w.leaving == nil {
		w.leaving = new(concurrent.Future[struct{}])
	}
	for _, stream := range w.streams {
		how(stream)
	}
	// From now on often.
	w.loop.RemoveTimeout(w.sweeping)
	w.sweeping = nil
	w.sweep()
	w.sweepLater()
	return w.leaving
}
