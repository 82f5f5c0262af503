package http1connection

import (
	"errors"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/netutil"
)

// What comes before the first request of a connection: the introduction by a
// proxy, and the handshake of the encryption.

var (
	errNoOpening = errors.New("http1connection: the connection did not open as it must")
	errNoTLS     = errors.New("http1connection: the client does not speak TLS")
	errPlain     = &httputil.HTTPInputError{Message: "plain HTTP on a port for HTTPS"}
)

// awaitOpening begins the wait for what comes first.
func (c *ServerConnection) awaitOpening(progress progress) {
	c.progress = progress
	c.stream.SetDeadline(c.shared.Parameters.HeaderTimeout)
}

// readProxyHeader learns from a proxy who the client is. What does not speak its
// protocol is not answered: it is no client.
func (c *ServerConnection) readProxyHeader(data []byte) (consumed int) {
	source, n, err := ParseProxyHeader(data)
	switch {
	case err != nil:
		c.shared.Counters.Refused.Add(1)
		c.stream.Close(err)
		return 0
	case n == 0:
		return 0
	}
	if source.IsValid() {
		c.remoteIP = source.Unmap().String()
	}
	if c.shared.Parameters.Security != nil {
		c.awaitOpening(readingHello)
	} else {
		c.awaitHead()
	}
	return n
}

// readHello begins the handshake when the client does. Who forgets the
// encryption is told so in plain words.
func (c *ServerConnection) readHello(data []byte) {
	const handshakeRecord = 0x16
	switch first := data[0]; {
	case first == handshakeRecord:
		c.shakeHands()
	case 'A' <= first && first <= 'Z':
		c.refuseHead(errPlain, data)
	default:
		c.shared.Counters.FailedHandshakes.Add(1)
		c.stream.Close(errNoTLS)
	}
}

// shakeHands encrypts the stream, beginning with what is unread.
func (c *ServerConnection) shakeHands() {
	c.progress = shakingHands
	c.stream.SetDeadline(0)
	secured := c.stream.StartTLS(c.shared.Parameters.Security, iostream.TLSOptions{
		ServerSide: true, HandshakeTimeout: max(c.shared.Parameters.HeaderTimeout, 0)})
	ioloop.AddFuture(c.stream.Loop(), secured, func(f *concurrent.Future[iostream.SecureConn]) {
		if _, err := f.Result(); err != nil {
			// Anybody may send anything. The stream closes when the client was told.
			c.shared.Counters.FailedHandshakes.Add(1)
			log.General.Info("TLS handshake with %s failed: %v", c.remoteIP, err)
			return
		}
		c.awaitHead()
	})
}

// Addresses are those of our side and of the peer, as the system gives them; empty
// when the connection has closed.
func (c *ServerConnection) Addresses() (local, remote string) {
	return netutil.LocalAddress(c.stream.FD()), netutil.RemoteAddress(c.stream.FD())
}

// SecureConn is the encrypted side of the connection, of which package ssl can
// tell more; nil for a plain one.
func (c *ServerConnection) SecureConn() iostream.SecureConn { return c.stream.SecureConn() }
