package httpclient

import (
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
)

// An HTTPResponse is the answer to an HTTPRequest.
type HTTPResponse struct {
	Code    int
	Reason  string // as the server says it; may be empty
	Headers httputil.HTTPHeaders

	// Trailers are the fields that followed the body, those that may: see
	// httputil.ValidTrailer.
	Trailers httputil.HTTPHeaders

	// EffectiveURL is where the answer came from, after all redirects.
	EffectiveURL string

	// Body is empty if there was none, or a StreamingCallback has got it.
	Body []byte

	// Error is an *HTTPClientError if Code is not 2xx, and nil otherwise.
	Error error

	Request     *HTTPRequest  // the original one
	StartTime   time.Time     // when the request left the queue
	RequestTime time.Duration // from then to the end, all redirects included
	TimeInfo    TimeInfo
}

// Rethrow returns Error.
func (r *HTTPResponse) Rethrow() error { return r.Error }

// TimeInfo tells when things happened, as time since the request left the queue. Of
// several requests, because of redirects, it is that of the last one. What did not
// happen is zero, such as connecting where a connection was used again.
type TimeInfo struct {
	Queue         time.Duration // in the queue, before everything else
	Redirect      time.Duration // of the requests before this one, before all that follows
	NameLookup    time.Duration // the name of the host, or proxy, was resolved
	Connect       time.Duration // connected to it
	TLS           time.Duration // the encryption, and the tunnel of a proxy, was agreed on
	PreTransfer   time.Duration // the request began to be sent
	Sent          time.Duration // all of it was given to the connection
	StartTransfer time.Duration // the first of the answer was there
	Total         time.Duration // the last of it was
}
