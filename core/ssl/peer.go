package ssl

import (
	"crypto/tls"
	"crypto/x509"

	"github.com/tornado-dev/tornado/core/iostream"
)

// ConnectionState tells what was agreed on in the handshake: version, cipher,
// protocol, the name asked for, certificates. It reports false if conn is nil (the
// stream is not encrypted) or unknown to crypto/tls.
func ConnectionState(conn iostream.SecureConn) (tls.ConnectionState, bool) {
	if c, ok := conn.(interface{ ConnectionState() tls.ConnectionState }); ok {
		return c.ConnectionState(), true
	}
	return tls.ConnectionState{}, false
}

// PeerCertificate is the certificate of the peer: of a client, if it was asked for
// one (CertOptional, CertRequired) and has shown it. It is nil if there is none.
// It was verified, unless CertReqs was CertNone. This is Tornado's
// get_ssl_certificate; the binary form is the field Raw.
func PeerCertificate(conn iostream.SecureConn) *x509.Certificate {
	state, _ := ConnectionState(conn)
	if len(state.PeerCertificates) == 0 {
		return nil
	}
	return state.PeerCertificates[0]
}
