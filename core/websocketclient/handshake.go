package websocketclient

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httpclient"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/ssl"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// A ResponseError reports a server that did not answer as a WebSocket server.
type ResponseError struct {
	StatusCode int // of the answer
	Reason     string
	Headers    httputil.HTTPHeaders
	Body       []byte // what there was of it, up to 64 KiB
	Err        error  // what is wrong with it
}

func (e *ResponseError) Error() string { return e.Err.Error() }

// Unwrap gives what is wrong with the answer.
func (e *ResponseError) Unwrap() error { return e.Err }

// maxResponseBody is how much of a refusal's body is kept, in bytes.
const maxResponseBody = 64 << 10

var errConnectTimeout = fmt.Errorf("websocketclient: the handshake was not over in time: %w", context.DeadlineExceeded)

// A target is where to connect to, and what is meant for it alone.
type target struct {
	url     *url.URL // without credentials
	port    int
	headers httputil.HTTPHeaders
	foreign bool // another origin has led here
	ssl     func(serverHostname string) (iostream.Security, error)
}

// parseTarget reads the URL and options of a connection.
func parseTarget(text string, o *Options) (target, error) {
	u, err := url.Parse(text)
	if err != nil {
		// Not the whole: there may be a password in it.
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return target{}, fmt.Errorf("websocketclient: the URL makes no sense: %w", err)
	}
	t := target{headers: o.Headers.Clone()}
	if err := t.setURL(u); err != nil {
		return t, err
	}
	if len(o.Cookies) > 0 {
		var pairs []string
		for _, name := range slices.Sorted(maps.Keys(o.Cookies)) {
			pairs = append(pairs, name+"="+o.Cookies[name])
		}
		err = t.headers.Set("Cookie", strings.Join(pairs, "; "))
	}
	if u.User != nil && !t.headers.Has("Authorization") {
		password, _ := u.User.Password()
		credentials := base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password))
		err = errors.Join(err, t.headers.Set("Authorization", "Basic "+credentials))
	}
	for _, name := range o.Subprotocols {
		if !httputil.ValidToken(name) {
			err = errors.Join(err, fmt.Errorf("websocketclient: the subprotocol %q is no token", name))
		}
	}
	if c := o.Compression; c != nil {
		err = errors.Join(err, c.Check())
	}
	if o.MaxMessageSize < 0 || o.MaxWriteQueue < 0 {
		err = errors.Join(err, errors.New("a negative MaxMessageSize or MaxWriteQueue; zero is the default"))
	}
	if err == nil {
		t.ssl, err = ssl.ClientFor(withHTTP1(o.SSL))
	}
	if err != nil {
		return t, fmt.Errorf("websocketclient: %w", err)
	}
	return t, nil
}

// withHTTP1 offers the one protocol that can be upgraded.
func withHTTP1(o ssl.Options) ssl.Options {
	if o.NextProtos == nil && (o.Config == nil || o.Config.NextProtos == nil) {
		o.NextProtos = []string{"http/1.1"}
	}
	return o
}

var defaultPorts = map[string]int{"ws": 80, "wss": 443}

func (t *target) setURL(u *url.URL) (err error) {
	plain := *u
	plain.User = nil
	switch plain.Scheme = strings.ToLower(plain.Scheme); plain.Scheme {
	case "ws", "http":
		plain.Scheme = "ws"
	case "wss", "https":
		plain.Scheme = "wss"
	default:
		return fmt.Errorf("websocketclient: the scheme %q of the URL is neither ws nor wss", plain.Scheme)
	}
	switch host := plain.Hostname(); {
	case host == "":
		return errors.New("websocketclient: the URL has no host")
	case strings.ContainsFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }):
		return fmt.Errorf("websocketclient: the host %q of the URL is not ASCII; its name in DNS begins with xn--", host)
	}
	t.port = defaultPorts[plain.Scheme]
	if plain.Port() != "" {
		if t.port, err = strconv.Atoi(plain.Port()); err != nil || t.port < 1 || t.port > 65535 {
			return fmt.Errorf("websocketclient: the port %q of the URL makes no sense", plain.Port())
		}
	}
	plain.RawQuery = httputil.EscapeQuery(plain.RawQuery)
	t.url = &plain
	return nil
}

// hostField is the field Host.
func (t *target) hostField() string {
	return httputil.HostField(strings.ToLower(t.url.Hostname()), t.port, defaultPorts[t.url.Scheme])
}

func (t *target) origin() string {
	return t.url.Scheme + "://" + net.JoinHostPort(strings.ToLower(t.url.Hostname()), strconv.Itoa(t.port))
}

// redirected is where an answer leads. What was meant for the first origin does not
// go to another, and never back again.
func (t target) redirected(location string, o *Options) (target, error) {
	to, err := url.Parse(location)
	if err != nil {
		return t, errors.New("websocketclient: the server redirects to what is no URL")
	}
	from, secure := t.origin(), t.url.Scheme == "wss"
	if err := t.setURL(t.url.ResolveReference(to)); err != nil {
		return t, err
	}
	if secure && t.url.Scheme != "wss" {
		return t, errors.New("websocketclient: the server redirects to where nothing is encrypted")
	}
	if t.origin() == from {
		return t, nil
	}
	t.headers = t.headers.Clone()
	for _, name := range []string{"Authorization", "Cookie", "Cookie2", "Proxy-Authorization", "Host"} {
		t.headers.Del(name)
	}
	if !t.foreign {
		t.foreign = true
		options := withHTTP1(o.SSL)
		options.CertFile, options.KeyFile, options.Certificates, options.ServerName = "", "", nil, ""
		t.ssl, err = ssl.ClientFor(options)
	}
	return t, err
}

// requestHeaders are those of the handshake (RFC 6455 section 4.1).
func (t *target) requestHeaders(key string, o *Options, offer *frame.Deflate) (fields httputil.HTTPHeaders, err error) {
	set := func(name, value string) { err = errors.Join(err, fields.Set(name, value)) }
	if !t.headers.Has("Host") {
		set("Host", t.hostField())
	}
	for name, value := range t.headers.All() {
		err = errors.Join(err, fields.Add(name, value))
	}
	set("Upgrade", "websocket")
	set("Connection", "Upgrade")
	set("Sec-WebSocket-Key", key)
	set("Sec-WebSocket-Version", frame.Version)
	if len(o.Subprotocols) > 0 {
		set("Sec-WebSocket-Protocol", strings.Join(o.Subprotocols, ", "))
	}
	if offer != nil {
		set("Sec-WebSocket-Extensions", offer.Offer())
	}
	return fields, err
}

// deflateOffer is what a client offers of compression; nil if nothing.
func deflateOffer(c *Compression) *frame.Deflate {
	if c == nil {
		return nil
	}
	return &frame.Deflate{
		ServerNoContextTakeover: !c.ServerContextTakeover,
		ClientNoContextTakeover: !c.ClientContextTakeover,
		ClientMaxWindowBits:     c.ClientMaxWindowBits,
	}
}

// An attempt is one try to connect, with all redirects. It belongs to its loop.
type attempt struct {
	client    *Connection
	ctx       context.Context
	cancel    context.CancelFunc
	target    target
	redirects int
	done      func(*session, error) // called once
}

// attempt connects; done is called on the loop, where it must be called.
func (c *Connection) attempt(ctx context.Context, t target, done func(*session, error)) {
	a := &attempt{client: c, target: t}
	if timeout := c.options.ConnectTimeout; timeout > 0 {
		a.ctx, a.cancel = context.WithTimeoutCause(ctx, timeout, errConnectTimeout)
	} else {
		a.ctx, a.cancel = context.WithCancel(ctx)
	}
	a.done = func(s *session, err error) {
		if err != nil && a.ctx.Err() != nil {
			err = context.Cause(a.ctx)
		}
		a.cancel()
		done(s, err)
	}
	a.begin()
}

func (a *attempt) begin() {
	o, t := &a.client.options, &a.target
	s := newSession(a.client, a)
	options := httpclient.ConnectOptions{Host: t.url.Hostname(), Port: t.port, Proxy: o.Proxy, Resolver: o.Resolver, Context: a.ctx, Consumer: s}
	if t.url.Scheme == "wss" {
		options.SSL = t.ssl
	}
	ioloop.AddFuture(a.client.loop, httpclient.Connect(a.client.loop, options), func(f *concurrent.Future[*iostream.IOStream]) {
		stream, err := f.Result()
		if err != nil {
			a.done(nil, err)
			return
		}
		s.shake(stream)
	})
}

// A handshake is what a session does before it is one: the delegate of an answer.
type handshake struct {
	attempt *attempt
	http    *http1connection.ClientConnection
	key     string
	offer   *frame.Deflate
	stop    func() bool
	refusal *ResponseError // the answer is not 101
	over    bool
}

// shake sends the request.
func (s *session) shake(stream *iostream.IOStream) {
	h := s.handshake
	s.stream = stream
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails
	h.key, h.offer = frame.Key(nonce), deflateOffer(s.options.Compression)
	fields, err := h.attempt.target.requestHeaders(h.key, s.options, h.offer)
	if err == nil {
		h.stop = context.AfterFunc(h.attempt.ctx, func() {
			s.stream.Loop().AddCallback(func() { s.failHandshake(context.Cause(h.attempt.ctx)) })
		})
		h.http.Open(stream)
		if !stream.Closed() {
			request := http1connection.ClientRequest{Method: "GET", Target: h.attempt.target.url.RequestURI(), Headers: &fields}
			err = h.http.Start(request, s)
		}
	}
	if err != nil {
		s.failHandshake(fmt.Errorf("websocketclient: %w", err))
	}
}

// endHandshake reports whether it was not over yet.
func (s *session) endHandshake() bool {
	h := s.handshake
	if h == nil || h.over {
		return false
	}
	h.over = true
	if h.stop != nil {
		h.stop()
	}
	return true
}

func (s *session) failHandshake(err error) {
	if !s.endHandshake() {
		return
	}
	s.stream.Close(nil)
	s.handshake.attempt.done(nil, err)
}

// InterimReceived implements http1connection.ClientDelegate.
func (s *session) InterimReceived(*http1connection.ResponseHead) {}

// HeadersReceived implements http1connection.ClientDelegate.
func (s *session) HeadersReceived(head *http1connection.ResponseHead) *concurrent.Future[struct{}] {
	h := s.handshake
	s.headers = httputil.ParsedHeaders(head.Fields)
	agreed, err := frame.CheckResponse(head.Code, &s.headers, h.key, s.options.Subprotocols, h.offer)
	if err == nil {
		s.agreed, s.upgraded = agreed, true
		return new(concurrent.Future[struct{}]) // the rest is not HTTP
	}
	h.refusal = &ResponseError{StatusCode: head.Code, Reason: head.Reason, Headers: s.headers, Err: err}
	if head.Code == 101 {
		s.refused()
	}
	return nil
}

// DataReceived implements http1connection.ClientDelegate: of a refusal.
func (s *session) DataReceived(chunk []byte) *concurrent.Future[struct{}] {
	r := s.handshake.refusal
	r.Body = append(r.Body, chunk[:min(len(chunk), maxResponseBody-len(r.Body))]...)
	if len(r.Body) == maxResponseBody {
		s.refused()
	}
	return nil
}

// Finish implements http1connection.ClientDelegate.
func (s *session) Finish() { s.refused() }

// OnConnectionClose implements http1connection.ClientDelegate.
func (s *session) OnConnectionClose(err error) {
	if s.handshake.refusal != nil {
		s.refused()
		return
	}
	s.failHandshake(fmt.Errorf("websocketclient: handshake with %s: %w", s.handshake.attempt.target.url.Host, err))
}

// ConnectionClosed implements http1connection.ClientOwner.
func (s *session) ConnectionClosed(*http1connection.ClientConnection, error) {}

// refused goes where the answer leads, or ends the attempt.
func (s *session) refused() {
	if !s.endHandshake() {
		return
	}
	s.stream.Close(nil)
	a, r := s.handshake.attempt, s.handshake.refusal
	location := r.Headers.Get("Location")
	switch r.StatusCode {
	case 301, 302, 303, 307, 308:
	default:
		location = ""
	}
	if location == "" || s.options.MaxRedirects < 0 {
		a.done(nil, r)
		return
	}
	if a.redirects++; a.redirects > s.options.MaxRedirects {
		r.Err = fmt.Errorf("websocketclient: more than %d redirects", s.options.MaxRedirects)
		a.done(nil, r)
		return
	}
	var err error
	if a.target, err = a.target.redirected(location, s.options); err != nil {
		r.Err = err
		a.done(nil, r)
		return
	}
	a.begin()
}

// upgrade makes the session one, when the answer's head was read.
func (s *session) upgrade() {
	a := s.handshake.attempt
	if !s.endHandshake() {
		return
	}
	s.handshake = nil
	s.stream.SetMaxUnread(maxSessionUnread)
	s.stream.SetDeadline(0)
	var inflater *frame.Inflater
	if d := s.agreed.Deflate; d != nil {
		inflater = frame.NewInflater(d.ServerMaxWindowBits, !d.ServerNoContextTakeover)
		s.deflater, _ = frame.NewDeflater(s.options.Compression.Level, d.ClientMaxWindowBits, !d.ClientNoContextTakeover) // checked by parseTarget
	}
	s.reader = frame.NewReader(&s.rules, inflater)
	a.done(s, nil)
}

// maxSessionUnread is how much may wait in a stream for the inbox, in bytes.
const maxSessionUnread = 64 << 10
