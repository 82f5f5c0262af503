package auth

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxAnswer is how long an answer of a service may be, in bytes and decompressed:
// one less than package oauth2 reads before it takes the part for the whole.
const maxAnswer = 1<<20 - 1

var errTooLong = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)

// newClient makes the client that asks a service. It follows no redirects: they
// would send secrets, and codes, to where the service or somebody in its name says.
func newClient(o Options) *http.Client {
	transport := o.Transport
	if transport == nil {
		transport = sharedTransport()
	}
	return &http.Client{
		Transport:     limited{transport},
		Timeout:       o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// sharedTransport is that of all providers which have none of their own, so that
// their connections are kept together.
var sharedTransport = sync.OnceValue(func() http.RoundTripper {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    defaultTimeout,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
})

// limited is a transport whose answers are not longer than maxAnswer.
type limited struct{ http.RoundTripper }

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := l.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = &limitedBody{response.Body, maxAnswer}
	return response, nil
}

// A limitedBody fails where the body goes on beyond left bytes, so that nobody
// takes a part for the whole.
type limitedBody struct {
	io.ReadCloser
	left int
}

func (b *limitedBody) Read(into []byte) (int, error) {
	if len(into) > b.left+1 {
		into = into[:b.left+1]
	}
	n, err := b.ReadCloser.Read(into)
	if n > b.left {
		return b.left, errTooLong
	}
	b.left -= n
	return n, err
}
