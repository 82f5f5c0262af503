// Package testcert makes certificates for tests.
//
//	authority := testcert.New(t)
//	certFile, keyFile := authority.Issue("localhost", "127.0.0.1")
//
// It is for tests alone.
package testcert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// An Authority signs certificates.
type Authority struct {
	// File holds its own certificate.
	File string

	t           testing.TB
	dir         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	issued      int64
}

// New makes an authority whose files live as long as the test.
func New(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{t: t, dir: t.TempDir(), key: newKey(t)}
	template := a.template("")
	template.Subject.CommonName = "authority " + template.SerialNumber.String() // authorities are told apart by name
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	der := a.sign(template, template, a.key)
	var err error
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.File = filepath.Join(a.dir, "authority.pem")
	writePEM(t, a.File, "CERTIFICATE", der)
	return a
}

// Issue makes a certificate for hosts, names or IP addresses, the first of which
// is its common name. It serves servers and clients. The files are new ones each
// time.
func (a *Authority) Issue(hosts ...string) (certFile, keyFile string) {
	a.t.Helper()
	a.issued++
	base := filepath.Join(a.dir, fmt.Sprint("issued", a.issued))
	certFile, keyFile = base+".pem", base+".key"
	a.IssueInto(certFile, keyFile, hosts...)
	return certFile, keyFile
}

// IssueInto writes a certificate, as Issue makes it, into the files given.
func (a *Authority) IssueInto(certFile, keyFile string, hosts ...string) {
	a.t.Helper()
	key := newKey(a.t)
	template := a.template(hosts[0])
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	writePEM(a.t, certFile, "CERTIFICATE", a.sign(template, a.certificate, key))
	writePEM(a.t, keyFile, "PRIVATE KEY", encoded)
}

func (a *Authority) template(name string) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		a.t.Fatal(err)
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func (a *Authority) sign(template, parent *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return der
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func writePEM(t testing.TB, file, kind string, der []byte) {
	t.Helper()
	data := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
