package probe

import (
	"time"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// messagesSingly is how many messages of WebSockets are sent one by one between two
// flushes, which is more than anybody can look at. The others are counted.
const messagesSingly = 32

// message records a message of a WebSocket.
func (r *Recorder) message(m trace.WebSocketMessage) {
	if m.Request == nil || m.Request.Connection == nil || !r.lock() {
		return
	}
	defer r.mu.Unlock()
	id := m.Request.Connection.ID
	w, open := r.connections[id]
	if !open {
		return
	}
	if m.Sent {
		w.messages.sent++
	} else {
		w.messages.received++
	}
	if r.toldSingly < messagesSingly && w.announced && !r.crowded() {
		r.toldSingly++
		r.tellMessages(&w, &m, time.Now())
	}
	r.connections[id] = w // the counts go with the next look at all connections
}

// tellMessages sends m, or with a zero m only how many there have been. mu is held.
func (r *Recorder) tellMessages(w *watched, m *trace.WebSocketMessage, now time.Time) {
	if w.messages == w.told {
		return
	}
	if r.keep(wire.AppendMessage(r.buf, w.connection.ID, m, now, w.messages.received, w.messages.sent)) {
		w.told = w.messages
	}
}
