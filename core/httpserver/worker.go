package httpserver

import (
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/trace"
)

// A worker is one loop of a server with its connections.
type worker struct {
	// Set by newWorker and never changed.
	server *HTTPServer
	loop   *ioloop.IOLoop

	open   atomic.Int64 // connections, also those on their way to this loop
	begun  atomic.Int64 // connections, in all
	shared http1connection.Shared

	// Owned by the loop.
	acceptors   map[int]*netutil.Acceptor           // by descriptor of the socket
	connections []*http1connection.ServerConnection // each knows its index
	upgraded    []*http1connection.Upgraded         // these too
	held        bool
	leaving     bool // hands its connections over
	draining    bool
}

func newWorker(s *HTTPServer, loop *ioloop.IOLoop) *worker {
	w := &worker{server: s, loop: loop, acceptors: make(map[int]*netutil.Acceptor)}
	w.shared.Delegate, w.shared.Owner, w.shared.Parameters = s.delegate, w, &s.parameters
	return w
}

func (w *worker) accept(fd int) error {
	if w.leaving || w.draining {
		return ErrServerClosed
	}
	netutil.SetNoDelay(fd) // accepted sockets inherit it
	a, err := netutil.AddAcceptHandler(w.loop, fd, w.accepted)
	if err != nil {
		return err
	}
	w.acceptors[fd] = a
	if w.held {
		a.Pause()
	}
	return nil
}

// accepted gives a new connection to the loop that has the fewest.
func (w *worker) accepted(fd int, remote string) {
	target := w
	for _, other := range w.server.workers {
		// A difference of one or two is not worth a hand-over.
		if other.open.Load() < target.open.Load()-2 {
			target = other
		}
	}
	target.open.Add(1)
	target.begun.Add(1)
	connection := trace.HandedConnection{FD: fd}
	if target == w {
		w.begin(connection, remote, false)
		return
	}
	target.loop.AddCallback(func() { target.begin(connection, remote, false) })
}

var connectionIDs atomic.Uint64

// begin serves a connection that was accepted, or adopted. It has been counted.
func (w *worker) begin(connection trace.HandedConnection, remote string, adopted bool) {
	var info *trace.Connection
	if hooks := trace.Active(); hooks != nil && hooks.ConnectionOpened != nil {
		info = describe(connection, remote, adopted)
		info.Loop = w.loop.Number()
		hooks.ConnectionOpened(info)
	}
	c, err := http1connection.NewServer(w.loop, http1connection.Client{
		FD: connection.FD, RemoteIP: ipOf(remote), Shared: &w.shared, Info: info,
	})
	if err != nil {
		log.General.Error("httpserver: %v", err)
		netutil.Close(connection.FD)
		w.gone(info)
		return
	}
	c.Index = len(w.connections)
	w.connections = append(w.connections, c)
	if w.held {
		c.Hold()
	}
	c.Unread(connection.Unread)
	switch {
	case w.draining:
		c.Drain()
	case w.leaving:
		c.Leave()
	}
}

func describe(connection trace.HandedConnection, remote string, adopted bool) *trace.Connection {
	info := &trace.Connection{
		ID: connectionIDs.Add(1), Opened: time.Now(), Adopted: adopted,
		RemoteAddr: remote, LocalAddr: netutil.LocalAddress(connection.FD),
	}
	if adopted {
		info.Opened = time.Unix(0, connection.Opened)
		info.Requests.Store(connection.Requests)
		info.BytesIn.Store(connection.BytesIn - int64(len(connection.Unread)))
		info.BytesOut.Store(connection.BytesOut)
		info.BytesIn.Add(int64(len(connection.Unread)))
	}
	return info
}

// unixRemoteIP is the address of the clients of a Unix socket, who have none.
const unixRemoteIP = "0.0.0.0"

// ipOf is the address without its port.
func ipOf(remote string) string {
	if strings.HasPrefix(remote, "unix:") || remote == "" {
		return unixRemoteIP
	}
	if host, _, err := net.SplitHostPort(remote); err == nil {
		return host
	}
	return remote
}

// ConnectionIdle hands a connection over that has nothing left to answer.
func (w *worker) ConnectionIdle(c *http1connection.ServerConnection) {
	info := c.Info()
	connection := trace.HandedConnection{}
	connection.FD, connection.Unread = c.Detach()
	if info != nil {
		connection.Opened = info.Opened.UnixNano()
		connection.Requests = info.Requests.Load()
		connection.BytesIn = info.BytesIn.Load()
		connection.BytesOut = info.BytesOut.Load()
	}
	w.remove(c)
	w.server.handed.put(connection)
	w.gone(info)
}

// ConnectionClosed forgets a connection.
func (w *worker) ConnectionClosed(c *http1connection.ServerConnection) {
	w.remove(c)
	w.gone(c.Info())
}

// ConnectionUpgraded keeps what a connection has become in its place.
func (w *worker) ConnectionUpgraded(c *http1connection.ServerConnection, u *http1connection.Upgraded) {
	w.remove(c)
	u.Index = len(w.upgraded)
	w.upgraded = append(w.upgraded, u)
}

// UpgradedClosed forgets it.
func (w *worker) UpgradedClosed(u *http1connection.Upgraded) {
	last := len(w.upgraded) - 1
	moved := w.upgraded[last]
	w.upgraded[u.Index] = moved
	moved.Index = u.Index
	w.upgraded[last] = nil
	w.upgraded = w.upgraded[:last]
	w.gone(u.Info())
}

func (w *worker) remove(c *http1connection.ServerConnection) {
	last := len(w.connections) - 1
	moved := w.connections[last]
	w.connections[c.Index] = moved
	moved.Index = c.Index
	w.connections[last] = nil
	w.connections = w.connections[:last]
}

func (w *worker) gone(info *trace.Connection) {
	if hooks := trace.Active(); info != nil && hooks != nil && hooks.ConnectionClosed != nil {
		hooks.ConnectionClosed(info)
	}
	w.open.Add(-1)
	select {
	case w.server.emptied <- struct{}{}:
	default:
	}
}

// each calls f with every one of the connections, which it may end.
func each[C any](connections []C, f func(C)) {
	for _, c := range slices.Clone(connections) {
		f(c)
	}
}

func (w *worker) hold() {
	w.held = true
	for _, a := range w.acceptors {
		a.Pause()
	}
	each(w.connections, (*http1connection.ServerConnection).Hold)
}

func (w *worker) resume() {
	w.held = false
	for _, a := range w.acceptors {
		if err := a.Resume(); err != nil {
			log.General.Error("httpserver: %v", err)
		}
	}
	each(w.connections, (*http1connection.ServerConnection).Resume)
}

func (w *worker) handOver() {
	w.leaving = true
	w.stopAccepting()
	each(w.connections, (*http1connection.ServerConnection).Leave)
	each(w.upgraded, (*http1connection.Upgraded).Drain)
}

func (w *worker) drain() {
	w.draining = true
	w.stopAccepting()
	each(w.connections, (*http1connection.ServerConnection).Drain)
	each(w.upgraded, (*http1connection.Upgraded).Drain)
}

func (w *worker) stopAccepting() {
	for _, a := range w.acceptors {
		a.Stop()
	}
	clear(w.acceptors)
}

func (w *worker) stopAcceptingFrom(sockets []netutil.Socket) {
	for _, socket := range sockets {
		if a := w.acceptors[socket.FD]; a != nil {
			a.Stop()
			delete(w.acceptors, socket.FD)
		}
	}
}

var errServerStops = errors.New("httpserver: the server is being closed")

func (w *worker) stop() {
	defer w.loop.Stop() // also when a delegate panics; the loop closes what is left then
	w.stopAccepting()
	each(w.connections, func(c *http1connection.ServerConnection) { c.Close(errServerStops) })
	each(w.upgraded, func(u *http1connection.Upgraded) { u.Close(errServerStops) })
}
