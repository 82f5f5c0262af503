package ssl

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"time"
)

// certificates are those that one shows, in the order of preference.
type certificates []*reloaded[*tls.Certificate]

// certificates reads those that o names; nil if it names none.
func (o Options) certificates() (certificates, error) {
	var pairs []KeyPair
	switch {
	case o.CertFile != "":
		pairs = append(pairs, KeyPair{o.CertFile, o.KeyFile})
	case o.KeyFile != "":
		return nil, fmt.Errorf("ssl: KeyFile is %s, and CertFile is not given", o.KeyFile)
	}
	var all certificates
	for _, pair := range append(pairs, o.Certificates...) {
		one := o.certificate(pair)
		if _, err := one.read(); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (o Options) certificate(pair KeyPair) *reloaded[*tls.Certificate] {
	keyFile := cmp.Or(pair.KeyFile, pair.CertFile)
	return &reloaded[*tls.Certificate]{
		files: []string{pair.CertFile, keyFile},
		now:   o.clock(),
		load: func() (*tls.Certificate, error) {
			loaded, err := tls.LoadX509KeyPair(pair.CertFile, keyFile)
			if err != nil {
				return nil, fmt.Errorf("ssl: certificate %s with key %s: %w", pair.CertFile, keyFile, err)
			}
			return &loaded, nil
		},
	}
}

func (o Options) clock() func() time.Time {
	if o.now != nil {
		return o.now
	}
	return time.Now
}

// forClient chooses the certificate for a client.
func (c certificates) forClient(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	for _, one := range c {
		certificate := one.current()
		if len(c) == 1 || hello.SupportsCertificate(certificate) == nil {
			return certificate, nil
		}
	}
	return c[0].current(), nil
}

// forServer chooses the certificate for a server that asks for one; an empty one
// if none would do.
func (c certificates) forServer(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	for _, one := range c {
		if certificate := one.current(); request.SupportsCertificate(certificate) == nil {
			return certificate, nil
		}
	}
	return &tls.Certificate{}, nil
}

// readAuthorities reads what CACerts names.
func readAuthorities(file string) (*x509.CertPool, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ssl: CACerts: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("ssl: CACerts: %s holds no certificate in PEM", file)
	}
	return pool, nil
}
