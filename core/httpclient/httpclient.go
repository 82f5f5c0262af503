// Package httpclient fetches over HTTP/1.1.
//
//	response, err := httpclient.Fetch(ctx, &httpclient.HTTPRequest{URL: "http://example.com/"})
//
// An AsyncHTTPClient keeps connections and uses them again; it may be used from any
// goroutine. Off a loop one calls Fetch, which waits; on a loop FetchAsync, which
// gives a future, to continue with by ioloop.AddFuture.
//
//   - AsyncHTTPClient, Options: connections, limits, proxies
//   - HTTPRequest, HTTPResponse: what is asked for, and what came
//   - HTTPClientError, HTTPTimeoutError, HTTPStreamClosedError, ProxyError: what went wrong
//   - Trace, Hop: to watch, and enough to write a HAR file
//   - Connect: a stream to a host, by a proxy and encrypted if that is wanted, for
//     other protocols
//   - Proxy: HTTP proxies, plain and encrypted, and SOCKS 5
package httpclient

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/netutil"
)

// ErrClosed reports the use of a client that is closed.
var ErrClosed = errors.New("httpclient: client is closed")

// Options say how a client works. The zero value is good.
type Options struct {
	// Loop is the loop that the client works on. Nil means one of its own, which
	// starts with the first fetch and ends with Close. A loop that is given must
	// run, and must be stopped after the client was closed.
	Loop *ioloop.IOLoop

	// MaxClients is how many fetches go on at once; zero means 10. Others wait for
	// their turn, which comes in the order in which they were begun.
	MaxClients int

	// IdleTimeout is how long a connection waits to be used again. Zero means 60
	// seconds; negative, that none is used twice.
	IdleTimeout time.Duration

	// MaxIdlePerHost is how many connections to one host wait so, zero means as many
	// as MaxClients; MaxIdle, how many in all, zero means 100. The one that has waited
	// longest goes first.
	MaxIdlePerHost, MaxIdle int

	// Resolver finds the addresses of hosts. Nil means netutil.DefaultResolver;
	// netutil.OverrideResolver is Tornado's hostname_mapping.
	Resolver netutil.Resolver

	// Proxy says by which proxy a request without one goes; nil means by none.
	// ProxyFromEnvironment is one to be put here. It must not wait.
	Proxy func(scheme, host string, port int) (*Proxy, error)

	// MaxBodySize and MaxHeaderSize are those of requests that have none.
	MaxBodySize   int64
	MaxHeaderSize int

	// Decoders are codings beside gzip and deflate that answers may come in, by
	// their names in small letters, such as "br" and "zstd". They are asked for
	// after those two.
	Decoders map[string]http1connection.Decoder

	// Trace is told of requests that have none.
	Trace *Trace
}

const (
	defaultMaxClients  = 10
	defaultIdleTimeout = 60 * time.Second
	defaultMaxIdle     = 100
)

// An AsyncHTTPClient fetches. The zero value is a client with the zero Options.
type AsyncHTTPClient struct {
	// Set by New and never changed.
	options Options

	mu      sync.Mutex     // guards what follows
	started bool           // or closed before that
	closed  bool           //
	loop    *ioloop.IOLoop // nil before the first fetch
	ended   chan struct{}  // closed when a loop of our own has ended
	secure  securities

	producers sync.WaitGroup // goroutines of BodyProducers

	state clientState // owned by the loop
}

// A clientState belongs to the loop.
type clientState struct {
	loop      *ioloop.IOLoop
	closed    bool
	fetches   map[*fetch]struct{} // all that have begun and not ended
	active    int                 // of them, those that do not queue
	queue     []*fetch
	pool      pool
	connected uint64                      // connections so far
	attempts  int                         // to connect, that go on
	emptied   concurrent.Future[struct{}] // the client is closed, and none goes on
}

// New makes a client.
func New(o Options) *AsyncHTTPClient { return &AsyncHTTPClient{options: o} }

// Fetch fetches and waits for the answer, or until ctx ends. A loop's goroutine must
// not call it.
//
// An answer whose status is not 2xx is an error, a *HTTPClientError that has the
// response, unless request.NoRaiseError says otherwise. Without an answer the code
// of the *HTTPClientError is 599, and what it wraps says why: a *HTTPTimeoutError, a
// *HTTPStreamClosedError, a *ProxyError, an httputil.HTTPInputError for a malformed
// answer, or whatever the system said. A request that makes no sense fails with an
// error of another type. The request is not changed, and may be used again.
func (c *AsyncHTTPClient) Fetch(ctx context.Context, request *HTTPRequest) (*HTTPResponse, error) {
	future := c.FetchAsync(ctx, request)
	done := ctx.Done()
	if c.options.Loop == nil {
		done = nil // our own loop tells when ctx has ended, and everything is free then
	}
	select {
	case <-future.Done():
		return future.Result()
	case <-done: // nobody knows whether that loop runs
		future.AddDoneCallback(func(*concurrent.Future[*HTTPResponse]) {}) // no news
		return nil, &HTTPClientError{Code: noResponse, Message: "Fetch", Err: ctx.Err()}
	}
}

// FetchAsync begins to fetch, as Fetch does, and gives a future of the answer. The
// fetch ends with ctx. It may be called from any goroutine.
func (c *AsyncHTTPClient) FetchAsync(ctx context.Context, request *HTTPRequest) *concurrent.Future[*HTTPResponse] {
	first, err := c.prepare(request)
	if err != nil {
		return concurrent.Failed[*HTTPResponse](err)
	}
	l, err := c.start()
	if err != nil {
		return concurrent.Failed[*HTTPResponse](err)
	}
	f := &fetch{client: c, request: request, ctx: ctx, hop: first, began: time.Now()}
	return ioloop.Call(l, f.begin)
}

// start gives the loop, which it makes when it is needed first.
func (c *AsyncHTTPClient) start() (*ioloop.IOLoop, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return nil, ErrClosed
	case c.started:
		return c.loop, nil
	}
	l := c.options.Loop
	if l == nil {
		var err error
		if l, err = ioloop.New(ioloop.Options{}); err != nil {
			return nil, err
		}
		c.ended = make(chan struct{})
		go c.run(l) // Close waits for it
	}
	c.started, c.loop, c.state.loop = true, l, l
	c.state.fetches = map[*fetch]struct{}{}
	c.state.pool.client = c
	return l, nil
}

func (c *AsyncHTTPClient) run(l *ioloop.IOLoop) {
	defer close(c.ended)
	if err := l.Start(); err != nil {
		log.General.Error("httpclient: %v", err)
	}
	if err := l.Close(); err != nil {
		log.General.Warning("httpclient: %v", err)
	}
}

// Close ends what is being fetched with ErrClosed, closes the connections, and the
// loop if it is the client's own. It returns when all that has happened and every
// BodyProducer has returned. The client's loop must not call it.
func (c *AsyncHTTPClient) Close() error {
	c.mu.Lock()
	c.closed = true
	l, ended := c.loop, c.ended
	c.mu.Unlock()
	if l == nil {
		return nil
	}
	stopped := ioloop.Call(l, c.stop)
	<-stopped.Done()
	_, _ = stopped.Result() // the loop is closed already: nothing is left to do
	c.producers.Wait()
	if ended != nil {
		l.Stop()
		<-ended
	}
	return nil
}

// CloseIdle closes the connections that are kept and not used at present. It returns
// at once.
func (c *AsyncHTTPClient) CloseIdle() {
	c.mu.Lock()
	l := c.loop
	c.mu.Unlock()
	if l != nil {
		l.AddCallback(c.state.pool.closeAll)
	}
}

// stop is called on the loop. Its future is done when no connection is left, nor on
// the way.
func (c *AsyncHTTPClient) stop() *concurrent.Future[struct{}] {
	c.state.closed = true
	for f := range c.state.fetches {
		f.fail(ErrClosed)
	}
	c.state.pool.closeAll()
	c.tellEmptied()
	return &c.state.emptied
}

func (c *AsyncHTTPClient) tellEmptied() {
	if c.state.closed && c.state.attempts == 0 {
		c.state.emptied.TrySet(struct{}{}, nil)
	}
}

func (c *AsyncHTTPClient) maxClients() int { return cmp.Or(c.options.MaxClients, defaultMaxClients) }

var shared struct {
	mu     sync.Mutex // guards what follows
	client *AsyncHTTPClient
}

// Default is the client that functions of the package use: one for the whole
// program, made when it is needed first. After CloseDefault there is a new one.
func Default() *AsyncHTTPClient {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.client == nil {
		shared.client = New(Options{})
	}
	return shared.client
}

// CloseDefault closes the client that Default gives, if there is one. Programs need
// not call it.
func CloseDefault() error {
	shared.mu.Lock()
	client := shared.client
	shared.client = nil
	shared.mu.Unlock()
	if client == nil {
		return nil
	}
	return client.Close()
}

// Fetch is that of the Default client.
func Fetch(ctx context.Context, request *HTTPRequest) (*HTTPResponse, error) {
	return Default().Fetch(ctx, request)
}

// FetchAsync is that of the Default client.
func FetchAsync(ctx context.Context, request *HTTPRequest) *concurrent.Future[*HTTPResponse] {
	return Default().FetchAsync(ctx, request)
}
