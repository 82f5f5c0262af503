package websocket

import (
	"context"
	"reflect"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// What a handler may have is a method of one of these interfaces. Each callback
// has a form that runs on the loop, where nothing may wait, and one with a context
// first that runs in a goroutine of its own. All of one connection run one after
// the other, in the order of what they are about, and while one runs nothing more
// is read from that client. The context ends when the connection does. All may
// return an error: it is logged, and the connection closed with 1011, as after a
// panic.
//
// A method that has one of the names and another signature is a mistake that
// web.NewApplication reports.
//
// Open is not among them, since it takes what the pattern's groups match, as verbs
// do: Open(), Open(room string) error, Open(ctx context.Context, id int), ... It is
// called first.

// A TextReceiver is told of each text. A client that sends binary data is closed
// with 1003 then.
type TextReceiver interface{ OnMessage(text string) }

// A TextReceiverWithError is a TextReceiver that can fail.
type TextReceiverWithError interface{ OnMessage(text string) error }

// A TextReceiverWithContext is a TextReceiver that may wait.
type TextReceiverWithContext interface {
	OnMessage(ctx context.Context, text string) error
}

// A MessageReceiver is told of each message. data is valid until it returns.
type MessageReceiver interface {
	OnMessage(data []byte, binary bool)
}

// A MessageReceiverWithError is a MessageReceiver that can fail.
type MessageReceiverWithError interface {
	OnMessage(data []byte, binary bool) error
}

// A MessageReceiverWithContext is a MessageReceiver that may wait.
type MessageReceiverWithContext interface {
	OnMessage(ctx context.Context, data []byte, binary bool) error
}

// A Closer is told, once and last of all, that the connection that Open was called
// for has ended.
type Closer interface{ OnClose() }

// A CloserWithContext is a Closer that may wait, even now that the client has gone:
// its context ends when the application can wait no longer.
type CloserWithContext interface {
	OnClose(ctx context.Context) error
}

// A PingReceiver is told of each ping, which has been answered. data is valid until
// it returns.
type PingReceiver interface{ OnPing(data []byte) }

// A PingReceiverWithContext is a PingReceiver that may wait.
type PingReceiverWithContext interface {
	OnPing(ctx context.Context, data []byte) error
}

// A PongReceiver is told of each pong. data is valid until it returns.
type PongReceiver interface{ OnPong(data []byte) }

// A PongReceiverWithContext is a PongReceiver that may wait.
type PongReceiverWithContext interface {
	OnPong(ctx context.Context, data []byte) error
}

// A SubprotocolSelector chooses one of the protocols that a client offers, in its
// order; the empty string is none. It is called for each request, on the loop, also
// when nothing is offered. Choosing another is an error, answered with 500.
type SubprotocolSelector interface {
	SelectSubprotocol(offered []string) string
}

// An OriginChecker decides which pages may open a connection: those of the same
// host, by default. origin is where the page comes from. Clients that are no
// browsers send none and are not asked. Who answers true without looking lets every
// page that a user visits act in that user's name. It runs on the loop.
type OriginChecker interface{ CheckOrigin(origin string) bool }

// An OptionGiver says what the connections of its route are like. It is called once
// when the application is built, on a handler without a request.
type OptionGiver interface{ WebSocketOptions() Options }

// A callback is a method of a handler type. data and binary are for those that want
// them.
type callback struct {
	call  func(h web.Handler, ctx context.Context, data []byte, binary bool) error
	async bool
}

// A kind is what the connections of one route have in common.
type kind struct {
	options Options
	rules   frame.Rules

	open     web.UpgradeMethod
	opens    bool // there is an Open
	message  callback
	textOnly bool
	closed   callback
	ping     callback
	pong     callback

	seen func(trace.WebSocketMessage) // nil while nobody listens
}

// BindUpgrade implements web.Upgrader.
func (h *WebSocketHandler) BindUpgrade(b *web.UpgradeBinder) {
	k := new(kind)
	b.Binding = k
	k.bindOptions(b)
	k.bindCallbacks(b)
	if hooks := trace.Active(); hooks != nil {
		k.seen = hooks.WebSocketMessage
	}
}

func (k *kind) bindOptions(b *web.UpgradeBinder) {
	if giver, ok := b.Handler().(OptionGiver); ok {
		k.options = giver.WebSocketOptions()
	}
	k.options = k.options.withDefaults()
	k.rules = frame.Rules{MaxMessage: k.options.MaxMessageSize}
	if err := k.options.check(); err != nil {
		b.Problem("the WebSocketOptions of %s: %v", b.Type().Elem(), err)
	}
}

func (k *kind) bindCallbacks(b *web.UpgradeBinder) {
	t, h := b.Type(), b.Handler()
	k.message, k.textOnly = bindMessage(h)
	k.closed, k.ping, k.pong = bindClose(h), bindPing(h), bindPong(h)
	if open, ok := t.MethodByName("Open"); ok {
		k.open, k.opens = b.Bind(open), true
		b.Show(open)
	}
	check := func(method reflect.Method, ok, bound bool, want string) {
		if ok && !bound {
			b.Problem("%s.%s would never be called: its signature must be %s, or with (ctx context.Context, ...) error", t.Elem(), method.Name, want)
		}
	}
	// Constants, so that the linker need not keep every method of every type.
	method, ok := t.MethodByName("OnMessage")
	check(method, ok, k.message.call != nil, "OnMessage(text string) or OnMessage(data []byte, binary bool)")
	if ok {
		b.Show(method)
	}
	method, ok = t.MethodByName("OnClose")
	check(method, ok, k.closed.call != nil, "OnClose()")
	method, ok = t.MethodByName("OnPing")
	check(method, ok, k.ping.call != nil, "OnPing(data []byte)")
	method, ok = t.MethodByName("OnPong")
	check(method, ok, k.pong.call != nil, "OnPong(data []byte)")
	method, ok = t.MethodByName("SelectSubprotocol")
	_, bound := h.(SubprotocolSelector)
	check(method, ok, bound, "SelectSubprotocol(offered []string) string")
	method, ok = t.MethodByName("CheckOrigin")
	_, bound = h.(OriginChecker)
	check(method, ok, bound, "CheckOrigin(origin string) bool")
	method, ok = t.MethodByName("WebSocketOptions")
	_, bound = h.(OptionGiver)
	check(method, ok, bound, "WebSocketOptions() websocket.Options")
}

func bindMessage(h web.Handler) (c callback, textOnly bool) {
	switch h.(type) {
	case TextReceiver:
		return callback{call: func(h web.Handler, _ context.Context, data []byte, _ bool) error {
			h.(TextReceiver).OnMessage(string(data))
			return nil
		}}, true
	case TextReceiverWithError:
		return callback{call: func(h web.Handler, _ context.Context, data []byte, _ bool) error {
			return h.(TextReceiverWithError).OnMessage(string(data))
		}}, true
	case TextReceiverWithContext:
		return callback{async: true, call: func(h web.Handler, ctx context.Context, data []byte, _ bool) error {
			return h.(TextReceiverWithContext).OnMessage(ctx, string(data))
		}}, true
	case MessageReceiver:
		return callback{call: func(h web.Handler, _ context.Context, data []byte, binary bool) error {
			h.(MessageReceiver).OnMessage(data, binary)
			return nil
		}}, false
	case MessageReceiverWithError:
		return callback{call: func(h web.Handler, _ context.Context, data []byte, binary bool) error {
			return h.(MessageReceiverWithError).OnMessage(data, binary)
		}}, false
	case MessageReceiverWithContext:
		return callback{async: true, call: func(h web.Handler, ctx context.Context, data []byte, binary bool) error {
			return h.(MessageReceiverWithContext).OnMessage(ctx, data, binary)
		}}, false
	}
	return callback{}, false
}

func bindClose(h web.Handler) callback {
	switch h.(type) {
	case Closer:
		return callback{call: func(h web.Handler, _ context.Context, _ []byte, _ bool) error {
			h.(Closer).OnClose()
			return nil
		}}
	case CloserWithContext:
		return callback{async: true, call: func(h web.Handler, ctx context.Context, _ []byte, _ bool) error {
			return h.(CloserWithContext).OnClose(ctx)
		}}
	}
	return callback{}
}

func bindPing(h web.Handler) callback {
	switch h.(type) {
	case PingReceiver:
		return callback{call: func(h web.Handler, _ context.Context, data []byte, _ bool) error {
			h.(PingReceiver).OnPing(data)
			return nil
		}}
	case PingReceiverWithContext:
		return callback{async: true, call: func(h web.Handler, ctx context.Context, data []byte, _ bool) error {
			return h.(PingReceiverWithContext).OnPing(ctx, data)
		}}
	}
	return callback{}
}

func bindPong(h web.Handler) callback {
	switch h.(type) {
	case PongReceiver:
		return callback{call: func(h web.Handler, _ context.Context, data []byte, _ bool) error {
			h.(PongReceiver).OnPong(data)
			return nil
		}}
	case PongReceiverWithContext:
		return callback{async: true, call: func(h web.Handler, ctx context.Context, data []byte, _ bool) error {
			return h.(PongReceiverWithContext).OnPong(ctx, data)
		}}
	}
	return callback{}
}
