package ssl

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/tornado-dev/tornado/core/iostream"
)

// serverConfig is what o means for a server.
func (o Options) serverConfig() (*tls.Config, error) {
	config, err := o.baseConfig()
	if err != nil {
		return nil, err
	}
	shown, err := o.certificates()
	if err != nil {
		return nil, err
	}
	switch {
	case shown != nil:
		config.Certificates, config.GetCertificate = nil, shown.forClient
	case len(config.Certificates) == 0 && config.GetCertificate == nil && config.GetConfigForClient == nil:
		return nil, errors.New("ssl: a server needs a certificate: CertFile and KeyFile name none")
	}
	switch o.CertReqs {
	case CertOptional:
		config.ClientAuth = tls.VerifyClientCertIfGiven
	case CertRequired:
		config.ClientAuth = tls.RequireAndVerifyClientCert
	case CertNone:
		config.ClientAuth = tls.NoClientCert
	}
	return config, o.addClientCAs(config)
}

// addClientCAs says who may vouch for clients.
func (o Options) addClientCAs(config *tls.Config) error {
	if o.CACerts == "" {
		// crypto/tls would take the system's authorities, which vouch for anybody.
		if o.CertReqs >= CertOptional && config.ClientCAs == nil {
			return errors.New("ssl: clients are asked for certificates, and CACerts names nobody who may vouch for them")
		}
		return nil
	}
	trusting := &reloaded[*tls.Config]{
		files: []string{o.CACerts},
		now:   o.clock(),
		load: func() (_ *tls.Config, err error) {
			clone := config.Clone()
			clone.ClientCAs, err = readAuthorities(o.CACerts)
			return clone, err
		},
	}
	first, err := trusting.read()
	if err != nil {
		return err
	}
	config.ClientCAs = first.ClientCAs
	if config.GetConfigForClient == nil { // or else the base has its own way of change
		// The keys of session tickets are those of config, whatever is returned.
		config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return trusting.current(), nil }
	}
	return nil
}

// clientConfig is what o means for a client, but for the server's name.
func (o Options) clientConfig() (*tls.Config, error) {
	config, err := o.baseConfig()
	if err != nil {
		return nil, err
	}
	shown, err := o.certificates()
	if err != nil {
		return nil, err
	}
	if shown != nil {
		config.Certificates, config.GetClientCertificate = nil, shown.forServer
	}
	if o.CACerts != "" {
		if config.RootCAs, err = readAuthorities(o.CACerts); err != nil {
			return nil, err
		}
	}
	if o.CertReqs != CertDefault {
		config.InsecureSkipVerify = o.CertReqs == CertNone
	}
	config.ServerName = cmp.Or(o.ServerName, config.ServerName)
	if config.ClientSessionCache == nil {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
	return config, nil
}

// baseConfig is what both sides have in common.
func (o Options) baseConfig() (*tls.Config, error) {
	if o.MinVersion != 0 && o.MinVersion < tls.VersionTLS12 {
		return nil, fmt.Errorf("ssl: MinVersion is %s; nothing below TLS 1.2 is safe to speak", tls.VersionName(o.MinVersion))
	}
	config := &tls.Config{}
	if o.Config != nil {
		config = o.Config.Clone()
	}
	config.MinVersion = max(o.MinVersion, config.MinVersion, tls.VersionTLS12)
	if o.NextProtos != nil {
		config.NextProtos = o.NextProtos
	}
	return config, nil
}

func serverSecurity(config *tls.Config) iostream.Security {
	return func(transport net.Conn) iostream.SecureConn { return tls.Server(transport, config) }
}

func clientSecurity(shared *tls.Config, hostname string) (iostream.Security, error) {
	config := shared.Clone() // with the same cache of sessions
	if config.ServerName == "" {
		config.ServerName = verifiable(hostname)
	}
	if config.ServerName == "" && !config.InsecureSkipVerify {
		return nil, errors.New("ssl: there is no host name to verify; give ServerName, or CertReqs: CertNone to verify nothing")
	}
	return func(transport net.Conn) iostream.SecureConn { return tls.Client(transport, config) }, nil
}

// verifiable is a host as certificates name it: without the dot that ends a full
// name, and without the interface of an address.
func verifiable(host string) string {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.WithZone("").String()
	}
	return strings.TrimSuffix(host, ".")
}
