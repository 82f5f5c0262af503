// Package trace tells a listener what the framework does, and knows no listener.
//
// The packages of core call the functions of the installed Hooks; a nil function
// costs one comparison, and with no Hooks installed everything costs one load.
// Hooks are installed before the first loop starts (the workbench does it in an
// init function) and are called on whatever goroutine the event happens on, so
// they must be quick, must not wait and must not call back into the framework.
//
//   - Hooks: what a listener may want to know, and what a development supervisor
//     may decide in the program's place
//   - Request, Connection, Error, Log, Route, LoopStats: plain values, the events
//   - Requests: where a loop gets its Requests, again and again
//   - Server, FileCache: what the framework offers to be steered by
package trace

import "sync/atomic"

// Hooks are the functions a listener fills in; each may be nil.
type Hooks struct {
	// Development turns on what helps a developer and must not reach users:
	// tracebacks in error pages above all.
	Development bool

	// PageScript is HTML that is put before </body> of each page which a browser
	// loads by navigation. Empty means that pages are left alone.
	PageScript string

	// AllowHost reports whether a request for host, as the client wrote it, with or
	// without a port, may be answered. Nil allows every host.
	AllowHost func(host string) bool

	// Listen gives the descriptors of sockets that listen already on address in
	// the network ("tcp", "unix") in place of binding anew. It may wait. ok false
	// means that the program shall bind for itself.
	Listen func(network, address string) (fds []int, ok bool, err error)

	// ApplicationCreated is called with each *web.Application before it serves.
	ApplicationCreated func(application any)

	ServerStarted func(Server) // it accepts from now on
	CacheCreated  func(FileCache)

	ConnectionOpened func(*Connection)
	ConnectionClosed func(*Connection)

	// RequestStarted is called when the request line and headers are there,
	// RequestFinished when the last byte of the answer left for the socket, or the
	// connection ended. In between the Request is written by its owner only, and
	// when RequestFinished has returned a listener must not touch it any more.
	RequestStarted  func(*Request)
	RequestFinished func(*Request)

	// WebSocketMessage is called with each message and control frame of a
	// WebSocket, when it has come whole or is written, on any goroutine.
	WebSocketMessage func(WebSocketMessage)

	Failed      func(*Error)       // a handler panicked or failed, a template could not be parsed
	LoopReport  func(*LoopStats)   // about once a second for each loop
	LoopBlocked func(*LoopBlocked) // a callback kept a loop for long
}

var installed atomic.Pointer[Hooks]

// Install makes h the hooks of this process; nil takes them away. It returns
// those that were installed before.
func Install(h *Hooks) (previous *Hooks) { return installed.Swap(h) }

// Active returns the installed hooks, or nil.
func Active() *Hooks { return installed.Load() }

// Development reports whether hooks are installed that ask for development mode.
func Development() bool {
	h := installed.Load()
	return h != nil && h.Development
}

// A Server can be steered by a supervisor that replaces this process with a
// newer one. Its methods may be called from any goroutine.
type Server interface {
	// Address is what was asked for when the sockets were bound; it is how the
	// same server is found again in the successor.
	Address() string

	// Hold stops accepting connections and reading requests. Requests that have
	// been read go on. It returns when every loop has stopped.
	Hold()

	// Resume takes back a Hold.
	Resume()

	// HandOver ends a server that is held: give is called, from any goroutine and
	// one call at a time, with each connection as soon as no request of it is
	// being answered. It returns when no connection is left. After it has been
	// called, give owns the descriptor.
	HandOver(give func(HandedConnection))

	// Adopt continues a connection that another process handed over. The server
	// owns the descriptor from then on.
	Adopt(HandedConnection)
}

// A HandedConnection is a connection between two requests, on its way from one
// process to its successor.
type HandedConnection struct {
	FD       int
	Unread   []byte // received, and not yet part of any request that was read
	Opened   int64  // Unix nanoseconds
	Requests int64  // answered so far
	BytesIn  int64
	BytesOut int64
}

// A FileCache keeps what it made of files: templates, hashes, catalogues.
type FileCache interface {
	// Roots are the directories it reads from, absolute.
	Roots() []string

	// Forget drops what was made from the files at paths (absolute).
	Forget(paths []string)
}
