// Package tcpserver accepts connections on one loop or several and gives each to
// a handler as a stream, encrypted if wanted.
//
// All methods of TCPServer may be called from any goroutine, CloseAll from any but
// the loops'. A stream lives its whole life on one loop, and its handler is called
// there.
//
//   - TCPServer: listen, stop, close
//   - Handler, HandlerFunc, FutureFunc: what connections are given to
//   - Options: encryption, limits, how sockets are bound
package tcpserver

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/netutil"
)

// Options say how a server works. The zero value is good.
type Options struct {
	// SSL encrypts every connection, before its handler sees it; ssl.Server makes
	// it. Nil means plain connections.
	SSL iostream.Security

	// HandshakeTimeout is how long a client may take to agree on encryption. Zero
	// means what iostream.TLSOptions say.
	HandshakeTimeout time.Duration

	// MaxBufferSize is how many bytes of a stream may wait to be read, and how many
	// a read may ask for. Zero means what iostream.New gives.
	MaxBufferSize int

	// MaxWriteBufferSize is how many bytes may wait to be written; a stream that has
	// more at the end of a turn is closed. Zero means no limit.
	MaxWriteBufferSize int

	// Bind says how Listen binds.
	Bind netutil.BindOptions
}

// ErrServerClosed is why a server that was stopped takes no more sockets, and the
// reason of the streams that CloseAll closes.
var ErrServerClosed = errors.New("tcpserver: server is stopped")

// A TCPServer gives connections to a handler.
type TCPServer struct {
	// Set by New and never changed.
	handler Handler
	options Options
	workers []*worker

	mu      sync.Mutex // guards what follows
	sockets []netutil.Socket
	stopped *concurrent.Future[struct{}] // nil before Stop
}

// New prepares a server whose connections go to handler on the given loops, of
// which there must be one at least: New(h, o, loop), or New(h, o,
// group.Loops()...). They may be started later, and are not ended by the server.
// A new connection goes to the loop that has the fewest.
func New(handler Handler, o Options, loops ...*ioloop.IOLoop) *TCPServer {
	if len(loops) == 0 {
		panic("tcpserver: New needs a loop to run on")
	}
	s := &TCPServer{handler: handler, options: o}
	for _, l := range loops {
		s.workers = append(s.workers, &worker{server: s, loop: l})
	}
	return s
}

// Listen binds address, as netutil.ParseAddress reads it, and accepts from it as
// soon as the loops run.
func (s *TCPServer) Listen(address string) error {
	sockets, err := s.options.Bind.BindSockets(address)
	if err != nil {
		return err
	}
	if err := s.AddSockets(sockets); err != nil {
		netutil.CloseSockets(sockets)
		return err
	}
	return nil
}

// AddSockets accepts from sockets that listen already. The server owns them from
// then on. It fails only with ErrServerClosed, and leaves them alone then.
func (s *TCPServer) AddSockets(sockets []netutil.Socket) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped != nil {
		return ErrServerClosed
	}
	s.sockets = append(s.sockets, sockets...)
	for _, w := range s.workers {
		w.loop.AddCallback(func() { w.accept(sockets) })
	}
	return nil
}

// Addresses are the addresses that are listened on, with the ports that the
// system chose; none after Stop.
func (s *TCPServer) Addresses() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var addresses []string
	for _, socket := range s.sockets {
		addresses = append(addresses, socket.Address)
	}
	return addresses
}

// OpenStreams is how many streams are open. Those that have closed within the last
// second may be counted still.
func (s *TCPServer) OpenStreams() int {
	n := 0
	for _, w := range s.workers {
		n += int(w.open.Load())
	}
	return n
}

// Stop accepts no more. Connections that were accepted live on. The future is
// settled when the sockets are closed, so that others may bind the address; the
// loops must run for that, or be closed. Calling it again changes nothing.
func (s *TCPServer) Stop() *concurrent.Future[struct{}] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped != nil {
		return s.stopped
	}
	s.stopped = new(concurrent.Future[struct{}])
	sockets, stopped := s.sockets, s.stopped
	s.sockets = nil
	s.onAll((*worker).stopAccepting, func() {
		netutil.CloseSockets(sockets)
		stopped.SetResult(struct{}{})
	})
	return stopped
}

// closingTime is how long CloseAll waits, past its context's end, for the loops to
// close what is left.
const closingTime = time.Second

// CloseAll stops the server and closes its streams: each when what was written to
// it has left, or when ctx ends. It returns when all are closed, with ctx's error
// if that cut some off. Loops that do not run are not waited for longer than that.
func (s *TCPServer) CloseAll(ctx context.Context) error {
	// Nobody accepts any more then; connections on their way from one loop to
	// another are counted by the latter.
	_, err := s.Stop().Wait(ctx)
	if err == nil {
		err = s.closeStreams(ctx, (*worker).closeWhenWritten)
	}
	if err != nil {
		grace, cancel := context.WithTimeout(context.Background(), closingTime)
		defer cancel()
		s.closeStreams(grace, (*worker).closeNow)
	}
	return err
}

func (s *TCPServer) closeStreams(ctx context.Context, how func(*worker) *concurrent.Future[struct{}]) error {
	var closed concurrent.Future[struct{}]
	s.onAll(how, func() { closed.SetResult(struct{}{}) })
	_, err := closed.Wait(ctx)
	return err
}

// onAll calls f on every loop and done when all the futures that came of it are
// settled. A loop that is closed counts as done.
func (s *TCPServer) onAll(f func(*worker) *concurrent.Future[struct{}], done func()) {
	var left atomic.Int64
	left.Store(int64(len(s.workers)))
	for _, w := range s.workers {
		call := ioloop.Call(w.loop, func() *concurrent.Future[struct{}] { return f(w) })
		call.AddDoneCallback(func(f *concurrent.Future[struct{}]) {
			f.Result() // that the loop is closed is no news
			if left.Add(-1) == 0 {
				done()
			}
		})
	}
}
