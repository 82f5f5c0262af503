package iostream

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// A SecureConn is a *tls.Conn, or what behaves like one.
type SecureConn interface {
	net.Conn
	HandshakeContext(ctx context.Context) error
	CloseWrite() error
}

// A Security makes the encrypted side of a connection whose ciphertext goes over
// transport:
//
//	func(transport net.Conn) iostream.SecureConn { return tls.Server(transport, config) }
//
// It is called on the loop and must not wait.
type Security func(transport net.Conn) SecureConn

// TLSOptions say how the handshake is made. The zero value is good.
type TLSOptions struct {
	// ServerSide says that the peer sends first, so that nothing but the deadline
	// is spent on it before it does.
	ServerSide bool

	// HandshakeTimeout is how long the handshake may take. Zero means 60 seconds.
	HandshakeTimeout time.Duration
}

// ErrNotIdle is why StartTLS refused.
var ErrNotIdle = errors.New("iostream: StartTLS needs a connected stream with no read pending and nothing unwritten")

// StartTLS encrypts what is sent and received from now on. The stream must be
// idle: connected, with no read pending and nothing unwritten. What is received
// and unread already is taken for ciphertext.
func (s *IOStream) StartTLS(security Security, o TLSOptions) *concurrent.Future[SecureConn] {
	return concurrent.Failed[SecureConn](errors.New("iostream: StartTLS is not there yet"))
}

// SecureConn is the encrypted side of the stream when its handshake has ended;
// nil before, and for a plain stream. It tells about the connection:
//
//	state := stream.SecureConn().(interface{ ConnectionState() tls.ConnectionState }).ConnectionState()
//
// It must not be read, written or closed.
func (s *IOStream) SecureConn() SecureConn { return nil }
