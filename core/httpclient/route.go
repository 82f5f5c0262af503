package httpclient

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net"
	"strings"

	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/ssl"
)

// A route is how to get to an origin.
type route struct {
	// key tells the connections apart that may be used in each other's place: those
	// to the same server in the same way, with the same secrets.
	key string

	proxy    *Proxy   // nil for a direct way
	forward  bool     // the proxy passes requests on
	ssl      security // to the server
	sslProxy security // to the proxy
	sourceIP string
	family   netutil.Family
}

// prepare checks a request and finds the way to its server.
func (c *AsyncHTTPClient) prepare(r *HTTPRequest) (hop, error) {
	h, err := firstHop(r)
	if err != nil {
		return h, err
	}
	if !r.NoDecompressResponse {
		h.decoders = c.decoders(&h)
	}
	return h, c.findRoute(&h)
}

// findRoute finds the way to the hop's origin.
func (c *AsyncHTTPClient) findRoute(h *hop) (err error) {
	r, o := h.request, h.origin
	way := route{proxy: r.Proxy}
	if way.proxy == nil && c.options.Proxy != nil {
		if way.proxy, err = c.options.Proxy(o.scheme, o.host, o.port); err != nil {
			return fmt.Errorf("httpclient: Options.Proxy: %w", err)
		}
	}
	if r.NoIPv6 {
		way.family = netutil.IPv4
	}
	if way.sourceIP, err = sourceIP(r.NetworkInterface); err != nil {
		return err
	}
	secured := ""
	if o.scheme == "https" {
		options := sslOptions(r, h.foreign)
		secured = describe(&options)
		if way.ssl, err = c.secure.clientFor(c, secured, options); err != nil {
			return err
		}
	}
	if p := way.proxy; p != nil && p.scheme() == "https" {
		options := withHTTP1(p.SSLOptions)
		if way.sslProxy, err = c.secure.clientFor(c, describe(&options), options); err != nil {
			return err
		}
	}
	way.forward = o.scheme == "http" && way.proxy.forwards()
	way.key = way.describe(h, secured)
	h.route = way
	return nil
}

func (w *route) describe(h *hop, secured string) string {
	to := h.origin.scheme + "://" + h.host
	if w.proxy == nil && w.family == 0 && w.sourceIP == "" && secured == "" && !strings.Contains(h.origin.host, "%") {
		return to
	}
	var proxy string
	if p := w.proxy; p != nil {
		proxy = fmt.Sprintf("%q %q %q %s", p.String(), p.Username, p.Password, describe(&p.SSLOptions))
	}
	return fmt.Sprintf("%s|%s|%s|%s|%d|%s", to, h.origin.host, secured, proxy, w.family, w.sourceIP)
}

// sslOptions are those for an https server. One that the request was not meant for
// is not shown the client's certificate, and answers under its own name.
func sslOptions(r *HTTPRequest, foreign bool) ssl.Options {
	var o ssl.Options
	if r.SSLOptions != nil {
		o = *r.SSLOptions
	} else {
		o = ssl.Options{CACerts: r.CACerts, CertFile: r.ClientCert, KeyFile: r.ClientKey}
		if r.NoValidateCert {
			o.CertReqs = ssl.CertNone
		}
	}
	if foreign {
		o.CertFile, o.KeyFile, o.Certificates, o.ServerName = "", "", nil, ""
		o.Config = anonymous(o.Config)
	}
	return withHTTP1(o)
}

// anonymous is a configuration that does not tell who the client is, neither by a
// certificate nor by a session in which it has shown one. It may be a new one each
// time, and then its connections are not used again.
func anonymous(config *tls.Config) *tls.Config {
	if config == nil || config.Certificates == nil && config.GetClientCertificate == nil && config.ClientSessionCache == nil && config.ServerName == "" {
		return config
	}
	config = config.Clone()
	config.Certificates, config.GetClientCertificate, config.ClientSessionCache, config.ServerName = nil, nil, nil, ""
	return config
}

// describe tells options apart.
func describe(o *ssl.Options) string {
	return fmt.Sprintf("%q %q %q %q %d %q %q %d %p", o.CertFile, o.KeyFile, o.Certificates, o.CACerts, o.CertReqs,
		o.ServerName, o.NextProtos, o.MinVersion, o.Config)
}

// maxSecurities is how many kinds of encryption are remembered.
const maxSecurities = 64

// securities are the kinds of encryption that were used, so that files are read
// once and sessions are resumed.
type securities map[string]security

// A security is one kind, to any host.
type security = func(serverHostname string) (iostream.Security, error)

// clientFor reads the files of options that were not seen before.
func (s *securities) clientFor(c *AsyncHTTPClient, key string, o ssl.Options) (security, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := (*s)[key]; ok {
		return known, nil
	}
	made, err := ssl.ClientFor(o)
	if err != nil {
		return nil, fmt.Errorf("httpclient: %w", err)
	}
	if len(*s) >= maxSecurities || *s == nil {
		*s = securities{}
	}
	(*s)[key] = made
	return made, nil
}

// sourceIP is the address of a network interface, or the address itself.
func sourceIP(name string) (string, error) {
	if name == "" || netutil.IsValidIP(name) {
		return name, nil
	}
	device, err := net.InterfaceByName(name)
	if err != nil {
		return "", fmt.Errorf("httpclient: NetworkInterface %q: %w", name, err)
	}
	addresses, err := device.Addrs()
	if err != nil {
		return "", fmt.Errorf("httpclient: NetworkInterface %q: %w", name, err)
	}
	var found string
	for _, a := range addresses {
		ip, _, _ := strings.Cut(a.String(), "/")
		if netutil.IsValidIP(ip) && !strings.Contains(ip, ":") {
			return ip, nil
		}
		found = cmp.Or(found, ip)
	}
	if found == "" {
		return "", fmt.Errorf("httpclient: NetworkInterface %q has no address", name)
	}
	return found, nil
}
