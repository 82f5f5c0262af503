//go:build unix

package iostream

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync"
	"time"
)

// certificate is one that signs itself, for the name "example".
var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "example"},
		DNSNames:     []string{"example"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IsCA:         true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
})

func serverConfig(version uint16) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate()}, MinVersion: version, MaxVersion: version, NextProtos: []string{"b", "a"}}
}

func clientConfig(version uint16) *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(certificate().Leaf)
	return &tls.Config{RootCAs: roots, ServerName: "example", MinVersion: version, MaxVersion: version, NextProtos: []string{"a"}}
}

func serverSide(version uint16) Security {
	return func(transport net.Conn) SecureConn { return tls.Server(transport, serverConfig(version)) }
}

func clientSide(version uint16) Security {
	return func(transport net.Conn) SecureConn { return tls.Client(transport, clientConfig(version)) }
}

func serverPeer(version uint16) func(net.Conn) *tls.Conn {
	return func(c net.Conn) *tls.Conn { return tls.Server(c, serverConfig(version)) }
}

func clientPeer(version uint16) func(net.Conn) *tls.Conn {
	return func(c net.Conn) *tls.Conn { return tls.Client(c, clientConfig(version)) }
}
