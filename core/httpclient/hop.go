package httpclient

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
)

// An origin is where credentials may go.
type origin struct {
	scheme, host string // in small letters
	port         int
}

// A hop is one of the requests that a fetch consists of: the first, or one to where
// the last one was redirected.
type hop struct {
	request *HTTPRequest // what the program asked for
	url     *url.URL     // without credentials
	origin  origin
	host    string // the field Host
	method  string
	headers httputil.HTTPHeaders // the program's, as far as they are meant for this origin
	hasBody bool

	username, password string
	foreign            bool // another origin was on the way: secrets are dropped

	unexpecting   bool   // the server knows no "Expect: 100-continue"
	authorization string // the field, when a challenge was answered
	route         route
	decoders      map[string]http1connection.Decoder // nil if nothing is decompressed
}

var standardMethods = map[string]bool{
	"GET": true, "HEAD": true, "POST": true, "DELETE": true, "PATCH": true, "PUT": true, "OPTIONS": true,
}

func takesBody(method string) bool { return method == "POST" || method == "PATCH" || method == "PUT" }

// isIdempotent reports whether a request may be sent twice, RFC 9110 section 9.2.2.
func isIdempotent(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		return true
	}
	return false
}

// firstHop checks a request.
func firstHop(r *HTTPRequest) (hop, error) {
	h := hop{request: r, method: r.Method, username: r.AuthUsername, password: r.AuthPassword, headers: r.Headers.Clone()}
	if h.method == "" {
		h.method = "GET"
	}
	h.hasBody = r.Body != nil || r.BodyProducer != nil
	if err := h.check(); err != nil {
		return h, fmt.Errorf("httpclient: %w", err)
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return h, fmt.Errorf("httpclient: %w", withoutURL(err))
	}
	if h.username == "" && u.User != nil {
		h.username = u.User.Username()
		h.password, _ = u.User.Password()
	}
	if strings.Contains(h.username, ":") && r.AuthMode != Digest {
		return h, errors.New("httpclient: a user name with a colon cannot be sent by basic authentication")
	}
	if err := h.setURL(u); err != nil {
		return h, fmt.Errorf("httpclient: %w", err)
	}
	return h, nil
}

// withoutURL takes out of an error the URL, in which there may be a password.
func withoutURL(err error) error {
	var inURL *url.Error
	if errors.As(err, &inURL) {
		return fmt.Errorf("malformed URL: %w", inURL.Err)
	}
	return err
}

// check looks for what makes no sense.
func (h *hop) check() error {
	r := h.request
	switch {
	case h.method == "CONNECT":
		return errors.New("the method CONNECT makes no request; see Connect")
	case !httputil.ValidToken(h.method):
		return fmt.Errorf("the method %q is no token", h.method)
	case !standardMethods[h.method] && !r.AllowNonstandardMethods:
		return fmt.Errorf("the method %s is unknown; AllowNonstandardMethods allows it", h.method)
	case r.Body != nil && r.BodyProducer != nil:
		return errors.New("there are both Body and BodyProducer")
	case h.hasBody && !takesBody(h.method) && !r.AllowNonstandardMethods:
		return fmt.Errorf("the method %s has no body; AllowNonstandardMethods allows one", h.method)
	case r.Headers.Has("Transfer-Encoding"):
		return errors.New("Transfer-Encoding follows from the body, and must not be among Headers")
	case r.ExpectContinue && !h.hasBody:
		return errors.New("ExpectContinue needs a body")
	}
	switch r.AuthMode {
	case "", Basic, Digest:
	default:
		return fmt.Errorf("AuthMode %q is neither basic nor digest", r.AuthMode)
	}
	if r.Proxy != nil {
		return r.Proxy.check()
	}
	return h.checkLength()
}

// checkLength looks whether a Content-Length of the program's is the body's.
func (h *hop) checkLength() error {
	r := h.request
	if !r.Headers.Has("Content-Length") || r.BodyProducer != nil {
		return nil
	}
	if n, err := httputil.ParseInt(r.Headers.Get("Content-Length")); err != nil || n != int64(len(r.Body)) {
		return fmt.Errorf("Content-Length is %q, and Body has %d bytes", r.Headers.Get("Content-Length"), len(r.Body))
	}
	return nil
}

var defaultPorts = map[string]int{"http": 80, "https": 443}

// setURL makes u, which must be absolute, the hop's own.
func (h *hop) setURL(u *url.URL) error {
	u.User = nil
	o := origin{scheme: u.Scheme, host: strings.ToLower(u.Hostname())}
	defaultPort, ok := defaultPorts[u.Scheme]
	switch {
	case !ok:
		return fmt.Errorf("the scheme %q of a URL is neither http nor https", u.Scheme)
	case o.host == "":
		return errors.New("the URL names no host")
	}
	for i := range len(o.host) {
		if o.host[i] >= 0x80 {
			return fmt.Errorf("the host %q is not ASCII; its name in DNS begins with xn--", o.host)
		}
	}
	o.port = defaultPort
	if text := u.Port(); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil || port < 1 || port > 65535 {
			return fmt.Errorf("the port %q of the URL is not from 1 to 65535", text)
		}
		o.port = port
	}
	u.RawQuery = httputil.EscapeQuery(u.RawQuery)
	h.url, h.origin, h.host = u, o, httputil.HostField(o.host, o.port, defaultPort)
	if !httputil.ValidHost(h.host) {
		return fmt.Errorf("the URL names an invalid host %q", o.host)
	}
	return nil
}

// target is what stands in the request line: the whole URL for a proxy that passes
// it on (RFC 9112 section 3.2.2).
func (h *hop) target() string {
	if h.route.forward {
		return h.origin.scheme + "://" + h.host + h.url.RequestURI()
	}
	return h.url.RequestURI()
}

// title names the hop in errors, without the query, in which there may be secrets.
func (h *hop) title() string {
	return h.method + " " + h.origin.scheme + "://" + h.host + h.url.EscapedPath()
}
