package websocket

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/escape"
	"github.com/tornado-dev/tornado/core/httpclient"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/ssl"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// ClientOptions say how to connect to a server, and what the connection is like. The
// zero value is good.
type ClientOptions struct {
	// Options are as for a server's connections, but that MaxWriteQueue is how much
	// may wait for the server before WriteMessage does, 256 KiB by default, and that
	// the contexts of Compression are those that the client offers to keep.
	Options

	// ConnectTimeout is how long connecting may take, redirects and the handshake
	// included; 20 s by default, negative means no limit.
	ConnectTimeout time.Duration

	Headers      httputil.HTTPHeaders // of the request
	Cookies      map[string]string    // by name
	Subprotocols []string             // offered, the best first

	// MaxRedirects is how many redirects are followed, 5 by default; negative means
	// none. Cookies, Authorization and certificates go to the first origin alone.
	MaxRedirects int

	// Proxy is by whom the connection goes; nil means that it is direct.
	Proxy *httpclient.Proxy

	SSL      ssl.Options      // for wss
	Resolver netutil.Resolver // nil means netutil.DefaultResolver

	// Loop is where the connection lives. Nil means one that all such connections
	// share, on a goroutine that runs while there are any.
	Loop *ioloop.IOLoop

	// OnMessage is given each message, on the loop; ReadMessage has nothing to do
	// then. While it runs nothing is read.
	OnMessage func(c *ClientConnection, m Message)

	// OnClose is told, on the loop, why the connection has ended for good, a
	// *CloseError: once, if Connect has succeeded, after the last message.
	OnClose func(c *ClientConnection, err error)

	// Reconnect connects again when the connection is lost. Nil means never.
	Reconnect *Reconnect
}

const (
	defaultConnectTimeout = 20 * time.Second
	defaultMaxRedirects   = 5
	defaultClientQueue    = 256 << 10
)

func (o ClientOptions) withDefaults() ClientOptions {
	if o.MaxWriteQueue == 0 {
		o.MaxWriteQueue = defaultClientQueue
	}
	o.Options = o.Options.withDefaults()
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = defaultConnectTimeout
	}
	if o.MaxRedirects == 0 {
		o.MaxRedirects = defaultMaxRedirects
	}
	if o.Reconnect != nil {
		r := o.Reconnect.withDefaults()
		o.Reconnect = &r
	}
	return o
}

// A Message is what a server has sent. It belongs to whoever got it.
type Message struct {
	Data   []byte
	Binary bool
}

// Text is the message as text.
func (m Message) Text() string { return string(m.Data) }

// A CloseError says how a client's connection has ended.
type CloseError struct {
	Code   Code   // the server's; else ours if we failed it; frame.Abnormal if it just ended
	Reason string // that came with the code
	Err    error  // why it just ended; nil otherwise
}

func (e *CloseError) Error() string {
	text := fmt.Sprintf("websocket: the connection has ended: %v (%d)", e.Code, e.Code)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives what ended the connection.
func (e *CloseError) Unwrap() error { return e.Err }

// Is says that it is ErrClosed.
func (e *CloseError) Is(target error) bool { return target == ErrClosed }

// A ClientConnection is a connection to a server, and those that follow it if
// ClientOptions.Reconnect is set. Its methods may be called from any goroutine; those
// that wait are not for a loop's.
type ClientConnection struct {
	// Set by Connect and never changed.
	loop    *ioloop.IOLoop
	options ClientOptions
	url     string
	release func() // gives back a shared loop

	retrying retrying // owned by the loop

	mu      sync.Mutex // guards what follows
	session *session   // nil while there is none
	inbox   inbox
	leaving bool // Close was called
	ended   error
	closed  concurrent.Future[struct{}]
}

// Connect connects to a URL of scheme ws or wss; its name and password, if it has
// them, are sent by the method Basic. ctx bounds the connecting and has no say
// afterwards. It fails with a *ResponseError if the server answers something else
// than a WebSocket's handshake, and otherwise with what httpclient.Connect says.
func Connect(ctx context.Context, url string, o ClientOptions) (*ClientConnection, error) {
	future := ConnectAsync(ctx, url, o)
	if o.Loop != nil {
		// Nobody knows whether that loop runs. What comes too late is closed.
		c, err := future.Wait(ctx)
		if err != nil {
			future.AddDoneCallback(func(f *concurrent.Future[*ClientConnection]) {
				if late, _ := f.Result(); late != nil {
					late.CloseAsync(frame.GoingAway, "")
				}
			})
		}
		return c, err
	}
	<-future.Done()
	return future.Result()
}

// ConnectAsync is Connect for who must not wait.
func ConnectAsync(ctx context.Context, url string, o ClientOptions) *concurrent.Future[*ClientConnection] {
	o = o.withDefaults()
	target, err := parseTarget(url, &o)
	if err != nil {
		return concurrent.Failed[*ClientConnection](err)
	}
	l, release := o.Loop, func() {}
	if l == nil {
		if l, release, err = sharedLoop.acquire(); err != nil {
			return concurrent.Failed[*ClientConnection](err)
		}
	}
	c := &ClientConnection{loop: l, options: o, url: url, release: release}
	return ioloop.Call(l, func() *concurrent.Future[*ClientConnection] {
		connected := new(concurrent.Future[*ClientConnection])
		c.attempt(ctx, target, func(s *session, err error) {
			if err != nil {
				connected.SetError(err)
				c.release()
				return
			}
			c.opened(s)
			connected.SetResult(c)
			s.begin()
		})
		return connected
	})
}

// opened is called on the loop with a new session.
func (c *ClientConnection) opened(s *session) {
	c.mu.Lock()
	c.session = s
	c.mu.Unlock()
	c.retrying.attempt = 0
}

// current is the session, or why there is none.
func (c *ClientConnection) current() (*session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended != nil:
		return nil, c.ended
	case c.session == nil || c.leaving:
		return nil, ErrClosed
	}
	return c.session, nil
}

// WriteMessage sends text. If more than MaxWriteQueue waits for the server, it waits
// until the system has taken it, or ctx ends; the message is sent in any case. It
// fails with ErrClosed; while Reconnect is at work too, since nothing is kept for a
// later connection.
func (c *ClientConnection) WriteMessage(ctx context.Context, text string) error {
	_, err := c.WriteAsync(Message{Data: []byte(text)}).Wait(ctx)
	return err
}

// WriteBinary is WriteMessage for data, of which nothing is kept.
func (c *ClientConnection) WriteBinary(ctx context.Context, data []byte) error {
	_, err := c.WriteAsync(Message{Data: data, Binary: true}).Wait(ctx)
	return err
}

// WriteJSON sends a value as JSON text.
func (c *ClientConnection) WriteJSON(ctx context.Context, value any) error {
	text, err := escape.AppendJSON(nil, value)
	if err != nil {
		return err
	}
	_, err = c.WriteAsync(Message{Data: text}).Wait(ctx)
	return err
}

// WriteAsync sends a message and gives a future that is settled when there is room
// for the next one.
func (c *ClientConnection) WriteAsync(m Message) *concurrent.Future[struct{}] {
	s, err := c.current()
	if err != nil {
		return concurrent.Failed[struct{}](err)
	}
	opcode := frame.Text
	if m.Binary {
		opcode = frame.Binary
	}
	return s.send(opcode, m.Data)
}

// ReadMessage gives the next message. It fails with a *CloseError when there will be
// none, and with ctx's error; no message is lost by that.
func (c *ClientConnection) ReadMessage(ctx context.Context) (Message, error) {
	future := c.ReadAsync()
	m, err := future.Wait(ctx)
	if err != nil && !future.TrySet(Message{}, err) {
		return future.Result() // it came at that moment
	}
	return m, err
}

// ReadAsync gives a future of the next message. Several may be asked for, and come
// in that order.
func (c *ClientConnection) ReadAsync() *concurrent.Future[Message] {
	c.mu.Lock()
	m, ok := c.inbox.take()
	if !ok && c.ended == nil {
		future := new(concurrent.Future[Message])
		c.inbox.readers = append(slices.DeleteFunc(c.inbox.readers, (*concurrent.Future[Message]).Settled), future)
		c.mu.Unlock()
		return future
	}
	s, ended := c.session, c.ended
	c.mu.Unlock()
	if !ok {
		return concurrent.Failed[Message](ended)
	}
	if s != nil {
		s.room()
	}
	return concurrent.Resolved(m)
}

// Ping asks the server for a sign of life, and returns how long it took to come.
func (c *ClientConnection) Ping(ctx context.Context) (time.Duration, error) {
	s, err := c.current()
	if err != nil {
		return 0, err
	}
	return s.ping().Wait(ctx)
}

// RoundTrip is how long the server took to answer the last ping; zero before.
func (c *ClientConnection) RoundTrip() time.Duration {
	if s, err := c.current(); err == nil {
		return time.Duration(s.roundTrip.Load())
	}
	return 0
}

// Subprotocol is what the server chose; empty while there is no connection.
func (c *ClientConnection) Subprotocol() string {
	if s, err := c.current(); err == nil {
		return s.agreed.Subprotocol
	}
	return ""
}

// ResponseHeaders are those of the server's handshake.
func (c *ClientConnection) ResponseHeaders() httputil.HTTPHeaders {
	if s, err := c.current(); err == nil {
		return s.headers.Clone()
	}
	return httputil.HTTPHeaders{}
}

// Close ends the connection for good: it sends a close frame, waits for the server's,
// at most Options.CloseTimeout, and for the end of the connection. The code and the
// reason are as those of WebSocketHandler.Close. It returns nil when the connection
// has ended, whoever ended it.
func (c *ClientConnection) Close(code Code, reason string) error {
	future := c.CloseAsync(code, reason)
	<-future.Done()
	_, err := future.Result()
	return err
}

// CloseAsync is Close for who must not wait.
func (c *ClientConnection) CloseAsync(code Code, reason string) *concurrent.Future[struct{}] {
	if code == 0 && reason != "" {
		code = frame.Normal
	}
	if code != 0 && !code.Sendable() {
		return concurrent.Failed[struct{}](fmt.Errorf("websocket: Close with code %d, which must not be sent; use 1000 to 1014 but for 1004 to 1006, or 3000 to 4999", code))
	}
	c.mu.Lock()
	c.leaving = true
	c.mu.Unlock()
	c.loop.AddCallback(func() {
		c.mu.Lock()
		s := c.session
		c.mu.Unlock()
		if s != nil {
			s.close(code, reason)
			return
		}
		c.stopRetrying(&CloseError{Code: frame.Abnormal, Err: ErrClosed})
	})
	return &c.closed
}

// end is called on the loop when there will be no connection any more.
func (c *ClientConnection) end(err error) {
	c.mu.Lock()
	if c.ended != nil {
		c.mu.Unlock()
		return
	}
	c.ended, c.session = err, nil
	readers := c.inbox.readers
	c.inbox.readers = nil
	c.mu.Unlock()
	for _, r := range readers {
		r.TrySet(Message{}, err)
	}
	if c.options.OnClose != nil {
		c.options.OnClose(c, err)
	}
	c.closed.TrySet(struct{}{}, nil)
	c.release()
}
