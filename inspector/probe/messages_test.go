package probe

import (
	"bytes"
	"testing"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// Whatever the rate, the counts are exact, and what is told singly is bounded.
func TestMessages(t *testing.T) {
	for _, tt := range []struct {
		name           string
		received, sent int
		singly         int
	}{
		{"one", 1, 0, 1},
		{"both ways", 3, 2, 5},
		{"a flood", 1000, 500, messagesSingly},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stream bytes.Buffer
			r := NewRecorder(&stream, Options{FlushEvery: never})
			c := newConnection(5)
			r.connectionOpened(c)
			q := newRequest(7, c)
			for range tt.received {
				r.message(trace.WebSocketMessage{Request: q, Opcode: 1, Size: 10, Wire: 10})
			}
			for range tt.sent {
				r.message(trace.WebSocketMessage{Request: q, Sent: true, Opcode: 2, Size: 20, Wire: 10})
			}
			r.connectionClosed(c)
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			var last wire.Message
			singly := 0
			for _, f := range all(t, &stream) {
				if f.kind != wire.KindMessage {
					continue
				}
				last = f.message
				if last.Connection != 5 || last.Time.IsZero() {
					t.Errorf("got %+v; want one of connection 5", last)
				}
				if last.Opcode != 0 {
					singly++
				}
			}
			if singly != tt.singly || last.Received != int64(tt.received) || last.Sent != int64(tt.sent) {
				t.Errorf("%d singly, at last %+v; want %d, and %d received and %d sent", singly, last, tt.singly, tt.received, tt.sent)
			}
		})
	}
}

// Messages of connections that nobody knows are none.
func TestMessagesOfNobody(t *testing.T) {
	var stream bytes.Buffer
	r := NewRecorder(&stream, Options{FlushEvery: never})
	c := newConnection(5)
	r.message(trace.WebSocketMessage{Opcode: 1})
	r.message(trace.WebSocketMessage{Request: newRequest(7, nil), Opcode: 1})
	r.message(trace.WebSocketMessage{Request: newRequest(7, c), Opcode: 1})
	r.connectionOpened(c)
	r.connectionClosed(c)
	r.message(trace.WebSocketMessage{Request: newRequest(7, c), Opcode: 1})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for _, f := range all(t, &stream) {
		if f.kind == wire.KindMessage {
			t.Errorf("got %+v; want no message", f.message)
		}
	}
}
