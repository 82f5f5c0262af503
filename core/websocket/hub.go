package websocket

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/tornado-dev/tornado/core/escape"
	"github.com/tornado-dev/tornado/core/ioloop"
)

// A SlowPolicy is what a Hub does with a connection that does not take what it is
// sent.
type SlowPolicy uint8

const (
	// SkipSlow leaves messages out for such a connection until it has caught up.
	SkipSlow SlowPolicy = iota
	// DropSlow closes it, as writing beyond Options.MaxWriteQueue does.
	DropSlow
)

// HubOptions say what a Hub is like. The zero value is good.
type HubOptions struct {
	// MaxQueue is how many bytes may wait for a connection before it is slow; 1 MiB
	// by default. Options.MaxWriteQueue holds too.
	MaxQueue int

	// Slow is what is done with connections that are.
	Slow SlowPolicy

	// Broker carries messages to Hubs of the same topic elsewhere. Nil means that
	// there are none.
	Broker Broker

	// Topic is what the Hub is called there; "websocket" by default.
	Topic string
}

const defaultMaxQueue = 1 << 20

// HubStats count what a Hub has done: messages that were published to it or came by
// the broker, what they became for all connections, and what slow ones missed.
type HubStats struct {
	Messages, Delivered, Skipped, Dropped int64
}

// A Hub sends messages to many connections: to those that have joined a room. A
// message is framed once, and compressed once for all that agreed on the same; each
// loop is told once of what is for its connections, and what comes in one of its
// turns leaves in one write for each.
//
// A connection that closes leaves its rooms by itself. The methods may be called from
// any goroutine; what one goroutine does happens in that order.
type Hub struct {
	// Set by NewHub and never changed.
	options     HubOptions
	unsubscribe func() error

	messages, delivered, skipped, dropped atomic.Int64

	mu     sync.Mutex // guards what follows
	shards map[*ioloop.IOLoop]*shard
	sizes  map[string]int // connections of each room
	closed bool
}

// NewHub makes a Hub. It fails if the broker does.
func NewHub(o HubOptions) (*Hub, error) {
	if o.MaxQueue == 0 {
		o.MaxQueue = defaultMaxQueue
	}
	if o.Topic == "" {
		o.Topic = "websocket"
	}
	h := &Hub{options: o, shards: map[*ioloop.IOLoop]*shard{}, sizes: map[string]int{}, unsubscribe: func() error { return nil }}
	if o.Broker != nil {
		var err error
		if h.unsubscribe, err = o.Broker.Subscribe(o.Topic, h.arrived); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// A Member is a handler that embeds WebSocketHandler.
type Member interface{ socket() *conn }

func (h *WebSocketHandler) socket() *conn { return &h.conn }

// Join lets a connection have what is published to a room from now on. It fails with
// ErrClosed before the handshake. That of a connection that has closed, or is in the
// room, does nothing.
func (h *Hub) Join(m Member, room string) error {
	return h.change(m, order{kind: joins, room: room})
}

// Leave ends that.
func (h *Hub) Leave(m Member, room string) error {
	return h.change(m, order{kind: leaves, room: room})
}

func (h *Hub) change(m Member, o order) error {
	o.member = m.socket()
	if o.member.stream == nil {
		return ErrClosed
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return errHubClosed
	}
	l := o.member.stream.Loop()
	s := h.shards[l]
	if s == nil {
		s = &shard{hub: h, loop: l, rooms: map[string]*room{}}
		h.shards[l] = s
	}
	s.give(o)
	return nil
}

var errHubClosed = errors.New("websocket: the hub is closed")

// WriteMessage publishes text to a room. It fails as Publish does.
func (h *Hub) WriteMessage(room, text string) error {
	return h.Publish(room, Message{Data: []byte(text)})
}

// WriteJSON publishes a value as JSON text.
func (h *Hub) WriteJSON(room string, value any) error {
	text, err := escape.AppendJSON(nil, value)
	if err != nil {
		return err
	}
	return h.Publish(room, Message{Data: text})
}

// Publish publishes a message to a room, of which nothing is kept. It returns at
// once, and fails if the Hub is closed or its broker does.
func (h *Hub) Publish(room string, m Message) error {
	if b := h.options.Broker; b != nil {
		return b.Publish(h.options.Topic, appendEnvelope(nil, room, m))
	}
	return h.deliver(room, m)
}

// arrived is called by the broker.
func (h *Hub) arrived(envelope []byte) {
	if room, m, ok := parseEnvelope(envelope); ok {
		_ = h.deliver(room, m) // closed meanwhile
	}
}

// deliver hands a message to the loops.
func (h *Hub) deliver(room string, m Message) error {
	h.messages.Add(1)
	p := prepare(m)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return errHubClosed
	}
	for _, s := range h.shards {
		s.give(order{kind: delivers, room: room, message: p})
	}
	return nil
}

// Len is how many connections of this process are in a room.
func (h *Hub) Len(room string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sizes[room]
}

// Stats tells what has happened so far.
func (h *Hub) Stats() HubStats {
	return HubStats{h.messages.Load(), h.delivered.Load(), h.skipped.Load(), h.dropped.Load()}
}

// Close ends the Hub; its connections stay open. It fails if the broker does.
func (h *Hub) Close() error {
	h.mu.Lock()
	closed := h.closed
	h.closed = true
	h.mu.Unlock()
	if closed {
		return nil
	}
	return h.unsubscribe()
}
