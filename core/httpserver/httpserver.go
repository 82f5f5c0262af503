// Package httpserver accepts connections and serves HTTP on them, on one loop a
// CPU.
//
// All methods of HTTPServer may be called from any goroutine but the loops'. A
// connection lives its whole life on one loop, and so do the delegates that it
// calls.
//
//   - HTTPServer: listen, drain, close
//   - Options: loops, proxies, limits and timeouts
//   - Stats: numbers for those who watch over it
//
// A server can also be held, and hand its connections over to a successor in
// another process: it is a trace.Server.
package httpserver

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/trace"
)

// Options say how a server works. The zero value is good.
type Options struct {
	// Loops is how many loops share the work; zero means one a CPU.
	Loops int

	// SSL encrypts every connection; nil for none. Package ssl makes one from files.
	SSL iostream.Security

	// XHeaders lets a proxy say where a request came from: the right-most address
	// of X-Forwarded-For that is not in TrustedDownstream, or else X-Real-Ip,
	// becomes its RemoteIP; X-Scheme, or the last of X-Forwarded-Proto, its
	// Protocol. X-Real-Ip wins. Without any of these Forwarded (RFC 7239) is read in
	// the same way, if all of it is well-formed. A proxy must set or remove each of
	// these fields, since what it lets through a client may have written. Believed are
	// peers on this machine (loopback, Unix sockets) and those in TrustedDownstream.
	XHeaders bool

	// TrustedDownstream are addresses ("10.0.0.1") and networks ("10.0.0.0/8") of
	// proxies. Listen fails if one is neither.
	TrustedDownstream []string

	// Limits and timeouts of connections.
	http1connection.Parameters
}

// ErrServerClosed reports the use of a server that drains or is closed.
var ErrServerClosed = errors.New("httpserver: server is closed")

// An HTTPServer serves HTTP on one or more addresses.
type HTTPServer struct {
	// Set by New and never changed.
	delegate   httputil.HTTPServerConnectionDelegate
	parameters http1connection.Parameters
	loops      int
	// misconfigured is what Listen fails with.
	misconfigured error
	draining      chan struct{} // closed when no new requests are wanted
	ended         chan struct{} // closed when the last loop has ended
	emptied       chan struct{} // capacity one: a connection has gone

	handed handedQueue

	mu      sync.Mutex    // guards what follows
	group   *ioloop.Group // nil before the first Listen
	workers []*worker     // one for each loop of the group
	sockets []netutil.Socket
	deaf    bool   // the sockets are closed
	asked   string // the first address that was asked for
	state   state
}

type state uint8

const (
	serving state = iota
	held
	leaving // drains, or hands over
	closed
)

// New prepares a server whose requests go to delegate.
func New(delegate httputil.HTTPServerConnectionDelegate, o Options) *HTTPServer {
	if o.Loops <= 0 {
		o.Loops = runtime.NumCPU()
	}
	s := &HTTPServer{
		delegate: delegate, parameters: o.Parameters.WithDefaults(), loops: o.Loops,
		draining: make(chan struct{}), ended: make(chan struct{}), emptied: make(chan struct{}, 1),
	}
	if o.SSL != nil {
		s.parameters.Security = o.SSL
	}
	if o.XHeaders {
		s.trustProxies(o.TrustedDownstream)
	}
	return s
}

// trustProxies lets proxies say where requests came from, before anybody else
// has a say.
func (s *HTTPServer) trustProxies(list []string) {
	trusted, err := parseProxies(list)
	if err != nil {
		s.misconfigured = err
		return
	}
	next := s.parameters.Adjust
	s.parameters.Adjust = func(r *httputil.HTTPServerRequest) {
		trusted.adjust(r)
		if next != nil {
			next(r)
		}
	}
}

// Listen binds address ("host:port", ":port", "unix:/path"; port 0 lets the
// system choose) and serves it from then on. It returns when connections are
// accepted; a server that is held accepts when it goes on.
func (s *HTTPServer) Listen(address string) error {
	if s.misconfigured != nil {
		return s.misconfigured
	}
	sockets, err := netutil.BindSockets(address)
	if err != nil {
		return err
	}
	return s.serve(address, sockets)
}

// serve takes the sockets over, also when it fails.
func (s *HTTPServer) serve(address string, sockets []netutil.Socket) error {
	s.mu.Lock()
	if s.state >= leaving {
		s.mu.Unlock()
		netutil.CloseSockets(sockets)
		return ErrServerClosed
	}
	first := s.workers == nil
	if first {
		if err := s.startLoops(); err != nil {
			s.mu.Unlock()
			netutil.CloseSockets(sockets)
			return err
		}
		s.asked = address
	}
	s.sockets = append(s.sockets, sockets...)
	s.mu.Unlock()

	var failed error
	s.onLoops(func(w *worker) {
		for _, socket := range sockets {
			if err := w.accept(socket.FD); err != nil {
				failed = err
			}
		}
	})
	if failed != nil {
		s.forget(sockets)
		return failed
	}
	if hooks := trace.Active(); first && hooks != nil && hooks.ServerStarted != nil {
		hooks.ServerStarted(s)
	}
	return nil
}

// forget closes sockets that could not be accepted from.
func (s *HTTPServer) forget(sockets []netutil.Socket) {
	s.onLoops(func(w *worker) { w.stopAcceptingFrom(sockets) })
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deaf {
		return // they are closed
	}
	s.sockets = slices.DeleteFunc(s.sockets, func(one netutil.Socket) bool { return slices.Contains(sockets, one) })
	netutil.CloseSockets(sockets)
}

// closeSockets lets nobody connect any more. No loop accepts then.
func (s *HTTPServer) closeSockets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.deaf {
		s.deaf = true
		netutil.CloseSockets(s.sockets)
	}
}

// startLoops is called with s.mu held.
func (s *HTTPServer) startLoops() error {
	group, err := ioloop.NewGroup(s.loops)
	if err != nil {
		return fmt.Errorf("httpserver: %w", err)
	}
	s.group = group
	for _, loop := range group.Loops() {
		s.workers = append(s.workers, newWorker(s, loop))
	}
	if err := group.Start(); err != nil {
		return fmt.Errorf("httpserver: %w", err)
	}
	go func() { // ends with the group, for which end waits
		if err := group.Wait(); err != nil {
			log.General.Error("httpserver: %v; all loops have ended with it", err)
		}
	}()
	return nil
}

// onLoops runs f on every loop and waits until all have.
func (s *HTTPServer) onLoops(f func(*worker)) {
	s.mu.Lock()
	group, workers := s.group, s.workers
	s.mu.Unlock()
	if group != nil {
		group.Each(func(l *ioloop.IOLoop) { f(workers[l.Number()]) })
	}
}

// Addresses are the addresses that are listened on, with the ports that the
// system chose.
func (s *HTTPServer) Addresses() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	addresses := make([]string, len(s.sockets))
	for i, socket := range s.sockets {
		addresses[i] = socket.Address
	}
	return addresses
}

// Draining returns a channel that is closed when the server stops taking
// requests, by Shutdown or in favour of a successor. An answer that waits for
// something to happen should be given then.
func (s *HTTPServer) Draining() <-chan struct{} { return s.draining }

// Done returns a channel that is closed when the server has ended.
func (s *HTTPServer) Done() <-chan struct{} { return s.ended }

// Connections is how many connections are open.
func (s *HTTPServer) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, w := range s.workers {
		n += int(w.open.Load())
	}
	return n
}

// Shutdown ends the server in good order: it closes the sockets it listens on and the
// idle connections, and lets requests that have begun, or have come by then, be
// answered. When ctx ends first it closes what is left and returns ctx's error.
func (s *HTTPServer) Shutdown(ctx context.Context) error {
	if !s.leave() {
		select {
		case <-s.ended:
			return nil
		case <-ctx.Done():
			s.end()
			return ctx.Err()
		}
	}
	s.onLoops((*worker).drain)
	s.closeSockets() // who comes now would wait for nothing
	for s.Connections() > 0 {
		select {
		case <-s.emptied:
		case <-ctx.Done():
			s.end()
			return ctx.Err()
		}
	}
	s.end()
	return nil
}

// Close ends the server at once. Answers that are being given are cut.
func (s *HTTPServer) Close() error {
	s.leave()
	s.end()
	return nil
}

// leave stops accepting for good. It reports false if that has happened before.
func (s *HTTPServer) leave() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state >= leaving {
		return false
	}
	s.state = leaving
	close(s.draining)
	return true
}

// end closes all connections and sockets and stops the loops.
func (s *HTTPServer) end() {
	s.mu.Lock()
	if s.state == closed {
		s.mu.Unlock()
		<-s.ended
		return
	}
	s.state = closed
	group, workers := s.group, s.workers
	s.mu.Unlock()
	// A loop gives connections to others. When none accepts any more, those that
	// are on their way come before the stop.
	s.onLoops((*worker).stopAccepting)
	for _, w := range workers {
		w.loop.AddCallback(w.stop)
	}
	if group != nil {
		<-group.Done()    // by the last of the callbacks
		_ = group.Close() // what it says was logged when it happened
	}
	s.closeSockets()
	close(s.ended)
}
