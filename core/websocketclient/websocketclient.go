// Package websocketclient connects to WebSockets (RFC 6455), compressed if both sides
// want it (RFC 7692).
//
// A Connection lives on a loop, yours or one that all of them share, and may be used
// from any goroutine. Who serves WebSockets, with package websocket, does not link
// this one, nor the encryption that it needs.
//
//   - Connect: opens a Connection, to read messages from and to write them to
//   - Options: how to connect, and what the connection is like
//   - Reconnect: how a lost connection is made anew
//   - CloseError, ResponseError: how a connection has ended, or did not begin
package websocketclient

import (
	"cmp"
	"context"
	"errors"
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

// A Code says why a connection ends: frame.Normal, frame.GoingAway, ...
type Code = frame.Code

// A Message is what a server has sent. It belongs to whoever got it.
type Message = frame.Message

// Compression says how messages are compressed; its contexts are those that the
// client offers to keep.
type Compression = frame.Compression

// ErrClosed reports the use of a connection that is closed or about to be.
var ErrClosed = errors.New("websocketclient: the connection is closed")

// Options say how to connect to a server, and what the connection is like. Zero
// values mean the defaults that are named; negative times mean no limit.
type Options struct {
	// ConnectTimeout is how long connecting may take, redirects and the handshake
	// included; 20 s by default.
	ConnectTimeout time.Duration

	Headers      httputil.HTTPHeaders // of the request
	Cookies      map[string]string    // by name
	Subprotocols []string             // offered, the best first

	// Compression is offered to the server, and used if it agrees. Nil means never.
	Compression *Compression

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

	// MaxMessageSize is the longest message that is taken, in bytes: all fragments
	// together, and after decompression; 10 MiB by default. A longer one closes the
	// connection with 1009.
	MaxMessageSize int64

	// PingInterval is how often the server is asked for a sign of life. Zero means
	// never.
	PingInterval time.Duration

	// PingTimeout is how long after that it may say nothing at all. Then the
	// connection is closed. Zero means PingInterval, which is also the most;
	// negative means that nobody looks.
	PingTimeout time.Duration

	// MaxWriteQueue is how much may wait for the server before WriteMessage does, in
	// bytes; 256 KiB by default.
	MaxWriteQueue int

	// WriteTimeout is how long the server may take no byte of what waits for it; 60 s
	// by default.
	WriteTimeout time.Duration

	// CloseTimeout is how long the server may take to answer a close frame; 5 s by
	// default.
	CloseTimeout time.Duration

	// OnMessage is given each message, on the loop; ReadMessage has nothing to do
	// then. While it runs nothing is read.
	OnMessage func(c *Connection, m Message)

	// OnClose is told, on the loop, why the connection has ended for good, a
	// *CloseError: once, if Connect has succeeded, after the last message.
	OnClose func(c *Connection, err error)

	// Reconnect connects again when the connection is lost. Nil means never.
	Reconnect *Reconnect
}

const (
	defaultConnectTimeout = 20 * time.Second
	defaultMaxRedirects   = 5
	defaultMaxMessageSize = 10 << 20
	defaultMaxWriteQueue  = 256 << 10
	defaultWriteTimeout   = 60 * time.Second
	defaultCloseTimeout   = 5 * time.Second
)

func (o Options) withDefaults() Options {
	o.ConnectTimeout = cmp.Or(o.ConnectTimeout, defaultConnectTimeout)
	o.MaxRedirects = cmp.Or(o.MaxRedirects, defaultMaxRedirects)
	o.MaxMessageSize = cmp.Or(o.MaxMessageSize, defaultMaxMessageSize)
	o.MaxWriteQueue = cmp.Or(o.MaxWriteQueue, defaultMaxWriteQueue)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, defaultWriteTimeout)
	o.CloseTimeout = cmp.Or(o.CloseTimeout, defaultCloseTimeout)
	if o.PingTimeout == 0 || o.PingTimeout > o.PingInterval {
		o.PingTimeout = o.PingInterval
	}
	if o.Compression != nil {
		c := o.Compression.WithDefaults()
		o.Compression = &c
	}
	if o.Reconnect != nil {
		r := o.Reconnect.withDefaults()
		o.Reconnect = &r
	}
	return o
}

// A CloseError says how a client's connection has ended.
type CloseError struct {
	Code   Code   // the server's; else ours if we failed it; frame.Abnormal if it just ended
	Reason string // that came with the code
	Err    error  // why it just ended; nil otherwise
}

func (e *CloseError) Error() string {
	text := fmt.Sprintf("websocketclient: the connection has ended: %v (%d)", e.Code, e.Code)
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

// A Connection is a connection to a server, and those that follow it if
// Options.Reconnect is set. Its methods may be called from any goroutine; those
// that wait are not for a loop's.
type Connection struct {
	// Set by Connect and never changed.
	loop    *ioloop.IOLoop
	options Options
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
func Connect(ctx context.Context, url string, o Options) (*Connection, error) {
	future := ConnectAsync(ctx, url, o)
	if o.Loop != nil {
		// Nobody knows whether that loop runs. What comes too late is closed.
		c, err := future.Wait(ctx)
		if err != nil {
			future.AddDoneCallback(func(f *concurrent.Future[*Connection]) {
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
func ConnectAsync(ctx context.Context, url string, o Options) *concurrent.Future[*Connection] {
	o = o.withDefaults()
	target, err := parseTarget(url, &o)
	if err != nil {
		return concurrent.Failed[*Connection](err)
	}
	l, release := o.Loop, func() {}
	if l == nil {
		if l, release, err = sharedLoop.acquire(); err != nil {
			return concurrent.Failed[*Connection](err)
		}
	}
	c := &Connection{loop: l, options: o, url: url, release: release}
	return ioloop.Call(l, func() *concurrent.Future[*Connection] {
		connected := new(concurrent.Future[*Connection])
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
func (c *Connection) opened(s *session) {
	c.mu.Lock()
	c.session = s
	c.mu.Unlock()
	c.retrying.attempt = 0
}

// current is the session, or why there is none.
func (c *Connection) current() (*session, error) {
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
func (c *Connection) WriteMessage(ctx context.Context, text string) error {
	_, err := c.WriteAsync(Message{Data: []byte(text)}).Wait(ctx)
	return err
}

// WriteBinary is WriteMessage for data, of which nothing is kept.
func (c *Connection) WriteBinary(ctx context.Context, data []byte) error {
	_, err := c.WriteAsync(Message{Data: data, Binary: true}).Wait(ctx)
	return err
}

// WriteJSON sends a value as JSON text.
func (c *Connection) WriteJSON(ctx context.Context, value any) error {
	text, err := escape.AppendJSON(nil, value)
	if err != nil {
		return err
	}
	_, err = c.WriteAsync(Message{Data: text}).Wait(ctx)
	return err
}

// WriteAsync sends a message and gives a future that is settled when there is room
// for the next one.
func (c *Connection) WriteAsync(m Message) *concurrent.Future[struct{}] {
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
func (c *Connection) ReadMessage(ctx context.Context) (Message, error) {
	future := c.ReadAsync()
	m, err := future.Wait(ctx)
	if err != nil && !future.TrySet(Message{}, err) {
		return future.Result() // it came at that moment
	}
	return m, err
}

// ReadAsync gives a future of the next message. Several may be asked for, and come
// in that order.
func (c *Connection) ReadAsync() *concurrent.Future[Message] {
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
func (c *Connection) Ping(ctx context.Context) (time.Duration, error) {
	s, err := c.current()
	if err != nil {
		return 0, err
	}
	return s.ping().Wait(ctx)
}

// RoundTrip is how long the server took to answer the last ping; zero before.
func (c *Connection) RoundTrip() time.Duration {
	if s, err := c.current(); err == nil {
		return time.Duration(s.roundTrip.Load())
	}
	return 0
}

// Subprotocol is what the server chose; empty while there is no connection.
func (c *Connection) Subprotocol() string {
	if s, err := c.current(); err == nil {
		return s.agreed.Subprotocol
	}
	return ""
}

// ResponseHeaders are those of the server's handshake.
func (c *Connection) ResponseHeaders() httputil.HTTPHeaders {
	if s, err := c.current(); err == nil {
		return s.headers.Clone()
	}
	return httputil.HTTPHeaders{}
}

// Close ends the connection for good: it sends a close frame, waits for the server's,
// at most Options.CloseTimeout, and for the end of the connection. The code and the
// reason are as those of websocket.WebSocketHandler.Close. It returns nil when the connection
// has ended, whoever ended it.
func (c *Connection) Close(code Code, reason string) error {
	future := c.CloseAsync(code, reason)
	<-future.Done()
	_, err := future.Result()
	return err
}

// CloseAsync is Close for who must not wait.
func (c *Connection) CloseAsync(code Code, reason string) *concurrent.Future[struct{}] {
	if code == 0 && reason != "" {
		code = frame.Normal
	}
	if code != 0 && !code.Sendable() {
		return concurrent.Failed[struct{}](fmt.Errorf("websocketclient: Close with code %d, which must not be sent; use 1000 to 1014 but for 1004 to 1006, or 3000 to 4999", code))
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
func (c *Connection) end(err error) {
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
