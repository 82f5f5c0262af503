// Package ssl encrypts streams: Tornado's ssl_options, on crypto/tls.
//
// It is the one package below the HTTP client that imports crypto/tls, so that
// programs without encryption do not link it. Everything else knows an
// iostream.Security, which is what Server and Client make. All functions may be
// called from any goroutine.
//
//   - Options: files of certificates and keys, and what is demanded of the peer
//   - Server, Client, ClientFor: what IOStream.StartTLS, tcpserver and tcpclient take
//   - PeerCertificate, ConnectionState: who is at the other end
//
// Certificates of a server are read again when their files change, without a
// restart.
package ssl

import (
	"crypto/tls"
	"time"

	"github.com/tornado-dev/tornado/core/iostream"
)

// CertReqs says what is demanded of the peer's certificate.
type CertReqs uint8

const (
	// CertDefault is what Options.Config says; without one it is CertNone for a
	// server and CertRequired for a client.
	CertDefault CertReqs = iota

	// CertNone asks for no certificate. A client takes whatever it is shown: it
	// does not know who answers, and whoever is on the way can read along.
	CertNone

	// CertOptional asks a client for a certificate and verifies the one that comes,
	// if one does. For a client it means CertRequired, since every server has one.
	CertOptional

	// CertRequired refuses a peer without a certificate that CACerts vouches for.
	CertRequired
)

// A KeyPair names the files, in PEM, of one certificate.
type KeyPair struct {
	CertFile string // the certificate, followed by those that lead to an authority
	KeyFile  string // its private key; empty if that is in CertFile too
}

// Options say how to encrypt. A client's zero value is good; a server needs a
// certificate.
type Options struct {
	// CertFile and KeyFile are the certificate one shows; see KeyPair. A client
	// needs none unless the server asks for it.
	CertFile, KeyFile string

	// Certificates are more of them, for a server with several names or with keys
	// of several kinds: the client gets the first that fits the name it asks for
	// and its abilities, CertFile before these, and CertFile if none does.
	Certificates []KeyPair

	// CACerts is a file, in PEM, of the authorities that may vouch for the peer.
	// Empty means those of the system, for a client; a server that asks for
	// certificates must say whom it trusts.
	CACerts string

	// CertReqs says what is demanded of the peer's certificate.
	CertReqs CertReqs

	// ServerName is the name a client asks for and verifies, in place of the one it
	// connects to.
	ServerName string

	// NextProtos are the protocols to choose from (ALPN), the preferred first, such
	// as "http/1.1". A handshake fails if both sides name some and none in common.
	NextProtos []string

	// MinVersion is the lowest version that is spoken. Zero means TLS 1.2, below
	// which it cannot be.
	MinVersion uint16

	// Config is what all this is added to, for what has no field here. It is not
	// changed. Its own certificates count if there is no CertFile.
	Config *tls.Config

	now func() time.Time // the clock, for tests; nil means time.Now
}

// Server makes the server's side of connections. It fails if a file cannot be
// read or does not hold what it should.
//
// At a handshake, at most once a second, it looks whether the files of
// certificates, keys and authorities have changed and reads them again. New ones
// that cannot be used are logged, and the old ones kept. Sessions begun before
// are resumed all the same.
func Server(o Options) (iostream.Security, error) {
	config, err := o.serverConfig()
	if err != nil {
		return nil, err
	}
	return serverSecurity(config), nil
}

// Client makes the client's side of connections to serverHostname. The chain of
// the server's certificate and its name are verified, unless CertReqs is
// CertNone. Who connects to many hosts uses ClientFor.
func Client(o Options, serverHostname string) (iostream.Security, error) {
	config, err := o.clientConfig()
	if err != nil {
		return nil, err
	}
	return clientSecurity(config, serverHostname)
}

// ClientFor reads the files once, and makes the client's side of connections to
// any host, which may resume each other's sessions. A client's files are not read
// again.
func ClientFor(o Options) (func(serverHostname string) (iostream.Security, error), error) {
	config, err := o.clientConfig()
	if err != nil {
		return nil, err
	}
	return func(serverHostname string) (iostream.Security, error) {
		return clientSecurity(config, serverHostname)
	}, nil
}
