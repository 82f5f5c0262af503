package http1connection

import (
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/iostream"
)

// Parameters are what all connections of a server have in common. Zero values
// mean the defaults that are named.
type Parameters struct {
	// NoKeepAlive closes each connection after its first answer.
	NoKeepAlive bool

	Limits Limits // of heads

	// MaxBodySize is the longest body that is taken, in bytes; 100 MiB by default.
	// Longer ones are answered 413. Of a body that is decompressed the decompressed
	// bytes count.
	MaxBodySize int64

	// The timeouts are kept to a tenth of a second; negative ones mean no limit.

	// IdleTimeout is how long a connection may wait for the first byte of a
	// request; 75 s by default.
	IdleTimeout time.Duration

	// HeaderTimeout is how long a head may take from its first byte to its last;
	// 20 s by default. Later ones are answered 408.
	HeaderTimeout time.Duration

	// BodyTimeout is how long a client may leave us without a byte of the body it
	// announced, and how far it may be behind MinBodyRate; 60 s by default. Then it
	// is answered 408.
	BodyTimeout time.Duration

	// MinBodyRate is how fast a body must come in the long run, in bytes a second;
	// 500 by default, negative for no such rule. Only the time counts in which the
	// server waits for the client.
	MinBodyRate int64

	// WriteTimeout is how long a client may take no byte of an answer; 60 s by
	// default. Then the connection is closed.
	WriteTimeout time.Duration

	// DecompressRequest takes the coding gzip off the bodies of requests. Their
	// Content-Encoding field is called X-Consumed-Content-Encoding then. Bodies that
	// are not what they say are answered 400.
	DecompressRequest bool

	// ProxyProtocol demands the PROXY protocol, version 1 or 2, at the beginning of
	// each connection; it tells the client's address. Set it only if nobody but the
	// proxy can connect.
	ProxyProtocol bool

	// Security encrypts every connection; nil for none. A client that speaks plain
	// HTTP then is told so. The handshake must be over within HeaderTimeout.
	Security iostream.Security

	// Protocol is what requests have in Protocol: "https" behind a proxy that does
	// the encryption. Empty means the truth.
	Protocol string

	// Adjust, if not nil, changes a request before anybody else sees it.
	Adjust func(*httputil.HTTPServerRequest)
}

// WithDefaults fills in what is zero.
func (p Parameters) WithDefaults() Parameters {
	setDefault(&p.MaxBodySize, 100<<20)
	setDefault(&p.IdleTimeout, 75*time.Second)
	setDefault(&p.HeaderTimeout, 20*time.Second)
	setDefault(&p.BodyTimeout, 60*time.Second)
	setDefault(&p.MinBodyRate, 500)
	setDefault(&p.WriteTimeout, 60*time.Second)
	return p
}

func setDefault[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}
