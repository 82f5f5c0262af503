package httpclient

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/ssl"
)

// A Proxy passes requests on, or whole connections. Host must be given.
type Proxy struct {
	// Scheme is how one speaks to the proxy: "http", which empty means too, "https"
	// (the same, encrypted) or "socks5", which resolves names by itself.
	Scheme string

	Host string
	Port int // zero means 80, 443 or 1080, by the scheme

	// Username and Password are sent to the proxy, by the method Basic or as
	// RFC 1929 says. An empty Username means that the proxy asks for none.
	Username, Password string

	// SSLOptions are for the connection to a proxy of scheme https.
	SSLOptions ssl.Options
}

// ParseProxy reads "http://user:password@host:port"; without a scheme it is http. Its
// errors tell neither name nor password.
func ParseProxy(text string) (*Proxy, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("httpclient: %q is not the address of a proxy, such as http://127.0.0.1:3128", withoutUser(text))
	}
	p := &Proxy{Scheme: u.Scheme, Host: u.Hostname(), Username: u.User.Username()}
	if p.Scheme == "socks5h" {
		p.Scheme = "socks5"
	}
	p.Password, _ = u.User.Password()
	if u.Port() != "" {
		if p.Port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, fmt.Errorf("httpclient: the port of the proxy %q is not a number", withoutUser(text))
		}
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	return p, nil
}

// withoutUser takes what may be a name and a password out of an address.
func withoutUser(text string) string {
	scheme, rest, _ := strings.Cut(text, "://")
	return scheme + "://" + rest[strings.LastIndexByte(rest, '@')+1:]
}

// String is the proxy's address, without what it need not tell others.
func (p *Proxy) String() string {
	return "proxy " + p.scheme() + "://" + net.JoinHostPort(p.Host, strconv.Itoa(p.port()))
}

func (p *Proxy) scheme() string { return cmp.Or(p.Scheme, "http") }

func (p *Proxy) port() int {
	if p.Port != 0 {
		return p.Port
	}
	return map[string]int{"http": 80, "https": 443, "socks5": 1080}[p.scheme()]
}

func (p *Proxy) check() error {
	switch p.scheme() {
	case "http", "https", "socks5":
	default:
		return fmt.Errorf("httpclient: the scheme %q of a proxy is none of http, https, socks5", p.Scheme)
	}
	if p.Host == "" || p.Port < 0 || p.Port > 65535 {
		return fmt.Errorf("httpclient: a proxy has the host %q and the port %d", p.Host, p.Port)
	}
	return nil
}

// forwards reports whether the proxy takes requests, and need not be asked for a
// tunnel.
func (p *Proxy) forwards() bool { return p != nil && p.scheme() != "socks5" }

// A ProxyError reports a proxy that does not do what it was asked for.
type ProxyError struct {
	Proxy   string // its address
	Code    int    // HTTP status that it answered with; zero if it speaks SOCKS
	Message string
}

func (e *ProxyError) Error() string { return "the " + e.Proxy + " refuses: " + e.Message }

// securityOf is what the stream is told to do when it is connected; nil if that is
// nothing.
func securityOf(o *ConnectOptions) (security iostream.Security, err error) {
	if o.SSL != nil {
		if security, err = o.SSL(o.Host); err != nil {
			return nil, err
		}
	}
	if o.Proxy == nil {
		return security, nil
	}
	if err := o.Proxy.check(); err != nil {
		return nil, err
	}
	t := tunnel{proxy: o.Proxy, host: o.Host, port: o.Port, target: security}
	if o.Proxy.scheme() == "https" {
		secure := o.secureProxy
		if secure == nil {
			if secure, err = ssl.ClientFor(withHTTP1(o.Proxy.SSLOptions)); err != nil {
				return nil, err
			}
		}
		if t.outer, err = secure(o.Proxy.Host); err != nil {
			return nil, err
		}
	}
	if o.Forward && security == nil && o.Proxy.forwards() {
		return t.outer, nil
	}
	return t.security, nil
}

// withHTTP1 offers the one protocol that is spoken here, unless the program does.
func withHTTP1(o ssl.Options) ssl.Options {
	if o.NextProtos == nil && (o.Config == nil || o.Config.NextProtos == nil) {
		o.NextProtos = []string{"http/1.1"}
	}
	return o
}
