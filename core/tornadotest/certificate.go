package tornadotest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/ssl"
)

// selfSigned makes a certificate for this machine, the server's side of connections
// with it, and what trusts it.
func selfSigned(t testing.TB) (iostream.Security, *x509.CertPool) {
	t.Helper()
	fatal := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("tornadotest: %v", err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fatal(err)
	now := time.Now()
	certificate := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, certificate, certificate, key.Public(), key)
	fatal(err)
	parsed, err := x509.ParseCertificate(der)
	fatal(err)
	encodedKey, err := x509.MarshalPKCS8PrivateKey(key)
	fatal(err)
	folder := t.TempDir()
	options := ssl.Options{CertFile: filepath.Join(folder, "cert.pem"), KeyFile: filepath.Join(folder, "key.pem")}
	fatal(os.WriteFile(options.CertFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	fatal(os.WriteFile(options.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encodedKey}), 0o600))
	security, err := ssl.Server(options)
	fatal(err)
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return security, roots
}
