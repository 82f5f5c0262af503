package websocket

import (
	"encoding/binary"
	"maps"
	"slices"
	"sync"
)

// A Broker carries messages between the Hubs of several processes. It may be used from
// any goroutine.
type Broker interface {
	// Publish has a message delivered to all subscriptions of a topic, the
	// publisher's own among them, once each if nothing fails, and those of one
	// publisher in their order. It does not wait for that, and keeps nothing of
	// message.
	Publish(topic string, message []byte) error

	// Subscribe has deliver called with each message that is published to a topic
	// from then on, until cancel; one after the other. deliver does not wait and
	// keeps nothing of message.
	Subscribe(topic string, deliver func(message []byte)) (cancel func() error, err error)
}

// A LocalBroker is one between Hubs of the same process. The zero value is good.
type LocalBroker struct {
	mu     sync.Mutex // guards what follows; held while a message is delivered
	topics map[string]map[int]func([]byte)
	next   int
}

// Publish implements Broker.
func (b *LocalBroker) Publish(topic string, message []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, number := range slices.Sorted(maps.Keys(b.topics[topic])) {
		b.topics[topic][number](message)
	}
	return nil
}

// Subscribe implements Broker.
func (b *LocalBroker) Subscribe(topic string, deliver func(message []byte)) (cancel func() error, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.topics == nil {
		b.topics = map[string]map[int]func([]byte){}
	}
	if b.topics[topic] == nil {
		b.topics[topic] = map[int]func([]byte){}
	}
	number := b.next
	b.next++
	b.topics[topic][number] = deliver
	return func() error {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.topics[topic], number)
		return nil
	}, nil
}

// An envelope is a message with its room, as brokers carry it: an octet that is 1 for
// binary data and 0 for text, the length of the room's name, the name, the data.
func appendEnvelope(dst []byte, room string, m Message) []byte {
	kind := byte(0)
	if m.Binary {
		kind = 1
	}
	dst = append(dst, kind)
	dst = binary.AppendUvarint(dst, uint64(len(room)))
	dst = append(dst, room...)
	return append(dst, m.Data...)
}

// parseEnvelope reads it; ok is false for what is none. The message's data is part of
// envelope.
func parseEnvelope(envelope []byte) (room string, m Message, ok bool) {
	if len(envelope) == 0 || envelope[0] > 1 {
		return "", Message{}, false
	}
	length, n := binary.Uvarint(envelope[1:])
	rest := envelope[1+max(n, 0):]
	if n <= 0 || length > uint64(len(rest)) {
		return "", Message{}, false
	}
	return string(rest[:length]), Message{Data: rest[length:], Binary: envelope[0] == 1}, true
}
