package httpclient

import (
	"context"
	"io"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/ssl"
)

// An AuthMode is how one authenticates.
type AuthMode string

// The modes. Digest is RFC 7616, with MD5 or SHA-256 and the quality auth: the first
// request goes without, to be told the challenge.
const (
	Basic  AuthMode = "basic" // the empty AuthMode means this too
	Digest AuthMode = "digest"
)

// An HTTPRequest says what to fetch. Only URL must be given. Until the fetch has
// ended nobody may change it; afterwards it may be used again.
type HTTPRequest struct {
	// URL is of scheme http or https. A name and a password in it are taken as
	// AuthUsername and AuthPassword, if those are empty.
	URL string

	// Method is GET, HEAD, POST, DELETE, PATCH, PUT or OPTIONS; empty means GET.
	Method string

	// Headers are sent with the request. Those that are missing and needed are added.
	Headers httputil.HTTPHeaders

	// Body is sent with POST, PATCH and PUT, and must be nil otherwise. The default
	// Content-Type of a POST is that of a form.
	Body []byte

	// BodyProducer writes the body in place of Body. It runs on a goroutine of its
	// own, and Write waits while the server takes no more. ctx ends, and Write fails,
	// when the body is not wanted any more. The body is chunked, unless Headers have
	// a Content-Length. The producer is called again if the request has to be
	// repeated: after a redirect with 307 or 308, for a digest.
	BodyProducer func(ctx context.Context, w io.Writer) error

	AuthUsername, AuthPassword string
	AuthMode                   AuthMode

	// ConnectTimeout bounds connecting, RequestTimeout all of a request from the
	// moment at which it leaves the queue; each redirect is a request. In the queue
	// the smaller one counts. Zero means 20 seconds, negative no limit. The context
	// of the fetch bounds all of it.
	ConnectTimeout, RequestTimeout time.Duration

	// IfModifiedSince asks for an answer only if there is a newer one: that is 304
	// otherwise.
	IfModifiedSince time.Time

	// NoFollowRedirects gives redirects back in place of following them.
	NoFollowRedirects bool

	// MaxRedirects is how many redirects are followed; the next is given back. Zero
	// means 5.
	MaxRedirects int

	// UserAgent is the field User-Agent, if Headers have none. Empty means
	// "tornado-dev".
	UserAgent string

	// NoDecompressResponse asks for no compressed answer, and leaves one as it is.
	// Otherwise a body in a coding that is known is decompressed, and the name of the
	// coding moves to the field X-Consumed-Content-Encoding.
	NoDecompressResponse bool

	// NetworkInterface is the IP address, or the name of the interface, to connect
	// from.
	NetworkInterface string

	// StreamingCallback is given the body piece by piece, and the response has none
	// then. It is called on the client's loop, must not wait, and does not own chunk.
	// A future that it returns holds up the reading until it is done; if that fails,
	// so does the fetch. Redirects that are followed are not shown. See WriteTo.
	StreamingCallback func(chunk []byte) *concurrent.Future[struct{}]

	// HeaderCallback is given each line of the head, without its CRLF, the status
	// line first and an empty one last. It is called on the client's loop and must
	// not wait. Redirects that are followed are not shown.
	HeaderCallback func(line string)

	// Proxy is by whom the request goes. Nil means what Options.Proxy says.
	Proxy *Proxy

	// AllowNonstandardMethods allows every method but CONNECT, and a body with each.
	AllowNonstandardMethods bool

	// NoValidateCert lets anybody answer in the place of an https server.
	NoValidateCert bool

	CACerts    string // file of the authorities that may vouch for the server; empty means the system's
	ClientCert string // file of the certificate to show
	ClientKey  string // file of its key; empty if that is in ClientCert

	// SSLOptions replace the four fields before.
	SSLOptions *ssl.Options

	// NoIPv6 connects by IPv4 alone.
	NoIPv6 bool

	// ExpectContinue waits for the server to ask for the body (100 Continue), but not
	// longer than a second.
	ExpectContinue bool

	// MaxBodySize is how many bytes the body of the answer may have, decompressed. A
	// longer one fails with http1connection.ErrBodyTooLong as soon as that is known.
	// Zero means 100 MiB, and with a StreamingCallback no limit, as does a negative
	// one.
	MaxBodySize int64

	// MaxHeaderSize bounds the head of the answer, in bytes. Zero means 64 KiB.
	MaxHeaderSize int

	// NoRaiseError gives an answer that is not 2xx back without an error; the
	// response's Error is set all the same.
	NoRaiseError bool

	// Trace is told what happens. It may be nil.
	Trace *Trace
}

const (
	defaultTimeout      = 20 * time.Second
	defaultMaxRedirects = 5
	defaultMaxBodySize  = 100 << 20
	defaultUserAgent    = "tornado-dev"
	continueTimeout     = time.Second
)

// timeout is what a field of the request means; zero is no limit then.
func timeout(field time.Duration) time.Duration {
	if field == 0 {
		return defaultTimeout
	}
	return max(field, 0)
}

// queueTimeout is how long the request may wait for its turn.
func (r *HTTPRequest) queueTimeout() time.Duration {
	connect, request := timeout(r.ConnectTimeout), timeout(r.RequestTimeout)
	if connect == 0 || request == 0 {
		return max(connect, request)
	}
	return min(connect, request)
}

func (r *HTTPRequest) maxRedirects() int {
	switch {
	case r.NoFollowRedirects || r.MaxRedirects < 0:
		return 0
	case r.MaxRedirects == 0:
		return defaultMaxRedirects
	}
	return r.MaxRedirects
}

// maxBodySize is the limit for the answer's body; zero is none.
func (r *HTTPRequest) maxBodySize(o *Options) int64 {
	limit := r.MaxBodySize
	if limit == 0 {
		limit = o.MaxBodySize
	}
	if limit == 0 && r.StreamingCallback == nil {
		limit = defaultMaxBodySize
	}
	return max(limit, 0)
}

func (r *HTTPRequest) userAgent() string {
	if r.UserAgent == "" {
		return defaultUserAgent
	}
	return r.UserAgent
}

// WriteTo makes a StreamingCallback that writes the body to w, and lets no more come
// while w waits. It writes on goroutines, one piece at a time.
func WriteTo(w io.Writer) func(chunk []byte) *concurrent.Future[struct{}] {
	return func(chunk []byte) *concurrent.Future[struct{}] {
		written := new(concurrent.Future[struct{}])
		own := append([]byte(nil), chunk...)
		go func() { // the fetch waits for it
			_, err := w.Write(own)
			written.TrySet(struct{}{}, err)
		}()
		return written
	}
}
