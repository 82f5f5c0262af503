package httpserver

import (
	"sync"

	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/trace"
)

var _ trace.Server = (*HTTPServer)(nil)

// Address is the first address that was asked for.
func (s *HTTPServer) Address() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Hold stops accepting and reading requests until Resume. It returns when every
// loop has stopped; requests that have been read are answered meanwhile and after.
func (s *HTTPServer) Hold() {
	if s.change(serving, held) {
		s.onLoops((*worker).hold)
	}
}

// Resume takes back a Hold.
func (s *HTTPServer) Resume() {
	if s.change(held, serving) {
		s.onLoops((*worker).resume)
	}
}

func (s *HTTPServer) change(from, to state) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != from {
		return false
	}
	s.state = to
	return true
}

// HandOver gives every connection away as soon as nothing of it is being
// answered, and ends the server when the last has gone. A server that is not held
// is held first.
func (s *HTTPServer) HandOver(give func(trace.HandedConnection)) {
	s.Hold()
	if !s.leave() {
		return
	}
	s.onLoops((*worker).handOver)
	for {
		// Looked at before the queue: a connection is in the queue before it is
		// counted out.
		open := s.Connections()
		for _, connection := range s.handed.take() {
			give(connection)
		}
		if open == 0 {
			break
		}
		select {
		case <-s.emptied:
		case <-s.ended:
			return
		}
	}
	s.end()
}

// Adopt serves a connection that another process has handed over.
func (s *HTTPServer) Adopt(connection trace.HandedConnection) {
	s.mu.Lock()
	workers := s.workers
	if s.state >= leaving || len(workers) == 0 {
		s.mu.Unlock()
		netutil.Close(connection.FD)
		return
	}
	target := workers[0]
	for _, w := range workers {
		if w.open.Load() < target.open.Load() {
			target = w
		}
	}
	target.open.Add(1)
	target.begun.Add(1)
	s.mu.Unlock()
	remote := netutil.RemoteAddress(connection.FD)
	target.loop.AddCallback(func() { target.begin(connection, remote, true) })
}

// A handedQueue holds connections that wait to be given away, so that no loop
// waits for the one who takes them.
type handedQueue struct {
	mu      sync.Mutex
	waiting []trace.HandedConnection
}

func (q *handedQueue) put(c trace.HandedConnection) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, c)
}

func (q *handedQueue) take() []trace.HandedConnection {
	q.mu.Lock()
	defer q.mu.Unlock()
	waiting := q.waiting
	q.waiting = nil
	return waiting
}
