// Package websocket serves WebSockets (RFC 6455), compressed if both sides want it
// (RFC 7692). Package websocketclient connects to them.
//
// One writes a type that embeds WebSocketHandler, gives it the callbacks of
// callbacks.go that it wants, and a route as for every handler:
//
//	type EchoSocket struct{ websocket.WebSocketHandler }
//
//	func (h *EchoSocket) OnMessage(text string) { h.WriteMessage("You said: " + text) }
//
//	app := web.NewApplication(web.Settings{}, web.URL[EchoSocket](`/echo`))
//
// An idle connection has no goroutine and no buffer. The rules of the protocol are
// package frame's; this one moves the bytes.
//
//   - WebSocketHandler: one client's connection, to write to and to close
//   - Options, Compression: what a route's connections have in common
//   - TextReceiver, MessageReceiver, Closer, ...: what a handler may have
package websocket

import (
	"errors"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/escape"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// A Message is what is sent to a room, or comes from it by a Broker.
type Message = frame.Message

// A Code says why a connection ends: frame.Normal, frame.GoingAway, ...
type Code = frame.Code

// ErrClosed reports the use of a connection that is closed or about to be, or not
// open yet.
var ErrClosed = errors.New("websocket: the connection is closed")

// ErrSlowReader is why a connection was closed whose client does not take what is
// sent to it: more than Options.MaxWriteQueue waited for it.
var ErrSlowReader = errors.New("websocket: the client does not read what is sent to it")

// Options are what the connections of a route have in common. Zero values mean the
// defaults that are named; negative times mean no limit.
type Options struct {
	// MaxMessageSize is the longest message that is taken, in bytes: all fragments
	// together, and after decompression; 10 MiB by default. A longer one closes the
	// connection with 1009.
	MaxMessageSize int64

	// PingInterval is how often the client is asked for a sign of life. Zero means
	// never. It may be a thirty-second part less, so that the pings of many
	// connections leave together, and a quarter the first time, so that not all do.
	PingInterval time.Duration

	// PingTimeout is how long after that it may say nothing at all. Then the
	// connection is closed. Zero means PingInterval, which is also the most;
	// negative means that nobody looks.
	PingTimeout time.Duration

	// Compression compresses messages for clients that offer it. Nil means never.
	Compression *Compression

	// MaxWriteQueue is how many bytes may wait for a client that does not take them;
	// 8 MiB by default. Whoever writes beyond that closes the connection, without a
	// close frame, for which there is no room: a slow reader costs itself its
	// connection, and not everybody their memory. One message may be longer.
	MaxWriteQueue int

	// WriteTimeout is how long a client may take no byte of what waits for it; 60 s
	// by default.
	WriteTimeout time.Duration

	// CloseTimeout is how long a client may take to answer a close frame; 5 s by
	// default.
	CloseTimeout time.Duration
}

// Compression says how messages are compressed.
type Compression = frame.Compression

const (
	defaultMaxMessageSize = 10 << 20
	defaultMaxWriteQueue  = 8 << 20
	defaultWriteTimeout   = 60 * time.Second
	defaultCloseTimeout   = 5 * time.Second
)

func (o Options) withDefaults() Options {
	if o.MaxMessageSize == 0 {
		o.MaxMessageSize = defaultMaxMessageSize
	}
	if o.MaxWriteQueue == 0 {
		o.MaxWriteQueue = defaultMaxWriteQueue
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = defaultWriteTimeout
	}
	if o.CloseTimeout == 0 {
		o.CloseTimeout = defaultCloseTimeout
	}
	if o.PingTimeout == 0 || o.PingTimeout > o.PingInterval {
		o.PingTimeout = o.PingInterval
	}
	if o.Compression != nil {
		c := o.Compression.WithDefaults()
		o.Compression = &c
	}
	return o
}

// check tells what is wrong with the numbers, if anything is.
func (o *Options) check() error {
	switch {
	case o.MaxMessageSize < 0, o.MaxWriteQueue < 0:
		return errors.New("websocket: a negative MaxMessageSize or MaxWriteQueue; zero is the default")
	case o.Compression != nil:
		return o.Compression.Check()
	}
	return nil
}

// A WebSocketHandler is one client's connection. It is embedded in a handler type.
//
// The request is as with every handler until the connection is open: Prepare may
// answer it, and fields that it sets are in the answer to the handshake. Later the
// request, with its arguments and cookies, can still be asked, but nothing of an
// answer can be set.
//
// The callbacks have one owner at a time, the loop or the goroutine of one that
// takes a context. The methods of this type may be called from any goroutine,
// unless they say otherwise.
type WebSocketHandler struct {
	web.RequestHandler
	conn conn
}

// WriteMessage sends text. It returns at once: what one callback writes leaves
// together when it returns. It fails with ErrClosed, or with ErrSlowReader. Text
// that is not UTF-8 makes the client close the connection.
func (h *WebSocketHandler) WriteMessage(text string) error {
	return send(&h.conn, frame.Text, text)
}

// WriteBinary sends data, of which nothing is kept. It is as WriteMessage
// otherwise.
func (h *WebSocketHandler) WriteBinary(data []byte) error {
	return send(&h.conn, frame.Binary, data)
}

// WriteJSON sends a value as JSON text. It fails if that is impossible, and as
// WriteMessage does.
func (h *WebSocketHandler) WriteJSON(value any) error {
	text, err := escape.AppendJSON(nil, value)
	if err != nil {
		return err
	}
	return send(&h.conn, frame.Text, text)
}

// Drained is settled when everything that was written so far was taken by the
// system. Who sends much waits for it, off the loop, so that a slow client does not
// fill the memory. It fails with ErrClosed if the connection closes before.
func (h *WebSocketHandler) Drained() *concurrent.Future[struct{}] { return h.conn.drained() }

// Ping asks for a sign of life, which OnPong gets. data has at most 125 bytes; more
// are cut off.
func (h *WebSocketHandler) Ping(data []byte) error {
	return send(&h.conn, frame.Ping, data[:min(len(data), frame.MaxControl)])
}

// Close ends the connection: it sends a close frame, waits for the client's, at
// most Options.CloseTimeout, and then calls OnClose. Nothing can be written any
// more. With a code of zero the frame says no reason; a reason without a code has
// frame.Normal. A reason is cut to 123 bytes. It fails with ErrClosed, or if the
// code must not be sent.
func (h *WebSocketHandler) Close(code Code, reason string) error {
	return h.conn.close(code, reason)
}

// CloseCode is how the connection ended, to be asked in OnClose: what the client
// sent; else what we failed it with; frame.Abnormal if it just ended. It belongs to
// the callbacks' owner, as CloseReason does.
func (h *WebSocketHandler) CloseCode() Code { return h.conn.code }

// CloseReason is the text that came with the code.
func (h *WebSocketHandler) CloseReason() string {
	if h.conn.rare == nil {
		return ""
	}
	return h.conn.rare.reason
}

// CurrentUser is who opened the connection, as with every handler. It is what
// Prepare, or the request, made known; else GetCurrentUser is asked, once. It belongs
// to the callbacks' owner.
func (h *WebSocketHandler) CurrentUser() any {
	if r := h.conn.rare; r != nil && r.userKnown {
		return r.user
	}
	return h.RequestHandler.CurrentUser()
}

// Subprotocol is what SelectSubprotocol chose. It belongs to the callbacks' owner.
func (h *WebSocketHandler) Subprotocol() string {
	if h.conn.rare == nil {
		return ""
	}
	return h.conn.rare.subprotocol
}

// RoundTrip is how long the client took to answer the last ping of
// Options.PingInterval; zero before. It belongs to the loop.
func (h *WebSocketHandler) RoundTrip() time.Duration {
	return time.Duration(h.conn.roundTrip) * time.Microsecond
}
