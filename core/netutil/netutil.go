// Package netutil binds, accepts, reads and writes sockets without blocking, and
// finds the addresses of hosts.
//
// Descriptors are plain integers here; iostream and tcpserver give them a loop.
//
//   - BindSockets, BindOptions: sockets that listen, newly bound or inherited
//   - InheritedSockets: those that systemd or another parent named
//   - AddAcceptHandler: accept on a loop
//   - Read, Write, Receive, Send: one system call that never blocks
//   - ParseAddress, IsValidIP: what people write for an address
//   - Resolver: from host names to addresses
package netutil

import "errors"

// A Socket is a socket that listens.
type Socket struct {
	FD      int
	Address string // "127.0.0.1:8888", "[::1]:8888" or "unix:/run/app.sock"
}

// ErrWouldBlock is returned where a socket has nothing to read, or no room.
var ErrWouldBlock = errors.New("netutil: operation would block")
