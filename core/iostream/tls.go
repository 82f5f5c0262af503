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
// It is called on the loop and must not wait. After the handshake the loop calls
// the SecureConn's Read and Write, with a transport that never waits: Read then
// answers a net.Error that is Temporary, after which Read must go on where it was,
// as that of *tls.Conn does.
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

// ErrTruncated is why an encrypted stream closed whose peer ended without saying so
// by a close_notify alert (RFC 8446 section 6.1): somebody in between may have cut
// off what it sent.
var ErrTruncated = errors.New("iostream: the peer's bytes ended without a close_notify alert; some may be missing")

// ErrHandshakeTimeout is why a stream closed whose handshake took too long.
var ErrHandshakeTimeout = errors.New("iostream: the TLS handshake was not over in time")

// defaultHandshakeTimeout is that of most servers.
const defaultHandshakeTimeout = 60 * time.Second

// StartTLS encrypts what is sent and received from now on. The stream must be
// idle: connected, with no read pending and nothing that the system does not take
// at once unwritten; otherwise the future fails with ErrNotIdle. What is received
// and unread already is taken for ciphertext.
//
// The handshake runs on a goroutine of its own, of which a process has at most 256;
// others wait. When it fails so does the future, and the stream closes when the
// peer was told. One may write and read at once: that waits for the handshake. The
// Consumer is shown nothing before callbacks that AddFuture gave the future have
// run.
//
// From then on the stream is used as before; an orderly close is told by a
// close_notify alert, and such an alert is the peer's end. The peer must not ask
// for renegotiation (RFC 5246 section 7.4.1.1), which closes the stream.
func (s *IOStream) StartTLS(security Security, o TLSOptions) *concurrent.Future[SecureConn] {
	if s.Unwritten() > 0 && !s.connecting && s.secure == nil {
		s.writeNow()
	}
	if s.closed || s.closing || s.peerEnded {
		return concurrent.Failed[SecureConn](&StreamClosedError{s.err})
	}
	r, pull := s.consumer.(*reader)
	if s.connecting || s.pipe || s.secure != nil || s.Unwritten() > 0 || pull && r.pending != nil {
		return concurrent.Failed[SecureConn](ErrNotIdle)
	}
	t := &transport{stream: s}
	h := newHandshake(t)
	t.handshake, s.secure = h, t
	h.conn = security(t)
	if o.HandshakeTimeout <= 0 {
		o.HandshakeTimeout = defaultHandshakeTimeout
	}
	h.timeout = s.loop.CallLater(o.HandshakeTimeout, func() { s.breakOff(ErrHandshakeTimeout) })
	if !o.ServerSide {
		h.start()
	}
	if !s.delivering { // or else show does that, when it knows what the consumer took
		s.encryptedFrom(s.Unread())
	}
	s.adjustReading()
	return &h.future
}

// encryptedFrom takes what is unread for the beginning of the ciphertext.
func (s *IOStream) encryptedFrom(unread []byte) {
	s.secure.receive(unread)
	if r, pull := s.consumer.(*reader); pull {
		r.drop(len(unread))
	} else {
		s.keep(nil)
	}
}

// SecureConn is the encrypted side of the stream when its handshake has ended;
// nil before, and for a plain stream. It tells about the connection:
//
//	state := stream.SecureConn().(interface{ ConnectionState() tls.ConnectionState }).ConnectionState()
//
// It must not be read, written or closed.
func (s *IOStream) SecureConn() SecureConn {
	if s.secure == nil {
		return nil
	}
	return s.secure.conn
}

// handshaking reports whether bytes belong to a handshake that has not ended.
func (s *IOStream) handshaking() bool {
	return s.secure != nil && s.secure.phase < encrypted
}

// breakOff closes the stream because of an error of the encryption, when the peer
// has got the alert that tells it.
func (s *IOStream) breakOff(err error) {
	if s.closed || s.secure.phase == broken {
		return
	}
	s.secure.phase = broken
	s.err = err
	s.secure.endHandshake(err)
	if r, pull := s.consumer.(*reader); pull {
		r.end(err)
	}
	s.CloseWhenWritten(true)
	s.linger = true
	s.deferFlush()
}
