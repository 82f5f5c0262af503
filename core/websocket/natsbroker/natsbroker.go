// Package natsbroker carries the messages of websocket.Hub between processes and
// machines, by NATS.
//
//	conn, err := nats.Connect("nats://10.0.0.1:4222", nats.MaxReconnects(-1))
//	...
//	hub, err := websocket.NewHub(websocket.HubOptions{Broker: natsbroker.New(conn)})
//
// It links net/http, by the library. A program that does not import the package has
// nothing of that. The tests, which run a server of NATS, are in servertest, a module
// of its own, so that nobody else needs the server's source.
package natsbroker

import (
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/tornado-dev/tornado/core/websocket"
)

// A Broker is a websocket.Broker. While its connection is being made anew, messages
// published to it wait, as far as nats.ReconnectBufSize allows; those of others are
// lost, since NATS keeps nothing.
type Broker struct{ conn *nats.Conn }

var _ websocket.Broker = (*Broker)(nil)

// New makes a Broker of a connection, which stays the caller's to close, after the
// Hubs. It must not have been made with nats.NoEcho: a Hub's own messages come back to
// it. Topics are subjects of NATS, in which dots, stars and greater-than signs mean
// something.
func New(conn *nats.Conn) *Broker { return &Broker{conn} }

// Publish implements websocket.Broker. It fails with nats.ErrMaxPayload for messages
// that the server would not take, and with nats.ErrConnectionClosed.
func (b *Broker) Publish(topic string, message []byte) error {
	if err := b.conn.Publish(topic, message); err != nil {
		return fmt.Errorf("natsbroker: publish to %q: %w", topic, err)
	}
	return nil
}

// Subscribe implements websocket.Broker. It returns when the server knows of it, and
// so waits for an answer, at most ten seconds: it is not for a loop's goroutine.
func (b *Broker) Subscribe(topic string, deliver func(message []byte)) (cancel func() error, err error) {
	s, err := b.conn.Subscribe(topic, func(m *nats.Msg) { deliver(m.Data) })
	if err == nil {
		err = b.conn.Flush()
	}
	if err != nil {
		return nil, fmt.Errorf("natsbroker: subscribe to %q: %w", topic, err)
	}
	return s.Unsubscribe, nil
}
