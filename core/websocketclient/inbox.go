package websocketclient

import "github.com/tornado-dev/tornado/core/concurrent"

const (
	// maxInbox is how many messages wait for ReadMessage before no more are read,
	// and maxInboxBytes how long all of them may be but for the last.
	maxInbox      = 64
	maxInboxBytes = 256 << 10
)

// An inbox holds what was received and nobody has asked for, or who has asked for
// what was not received.
type inbox struct {
	messages []Message
	bytes    int
	readers  []*concurrent.Future[Message]
}

func (i *inbox) full() bool { return len(i.messages) >= maxInbox || i.bytes >= maxInboxBytes }

func (i *inbox) take() (m Message, ok bool) {
	if len(i.messages) == 0 {
		return Message{}, false
	}
	m = i.messages[0]
	i.messages[0] = Message{}
	i.messages = i.messages[1:]
	i.bytes -= len(m.Data)
	if len(i.messages) == 0 {
		i.messages = nil
	}
	return m, true
}

// deliver gives a message to OnMessage, to who waits for it, or to the inbox. It is
// called on the loop.
func (c *Connection) deliver(m Message) {
	if c.options.OnMessage != nil {
		c.options.OnMessage(c, m)
		return
	}
	for {
		c.mu.Lock()
		if len(c.inbox.readers) == 0 {
			c.inbox.messages = append(c.inbox.messages, m)
			c.inbox.bytes += len(m.Data)
			c.mu.Unlock()
			return
		}
		reader := c.inbox.readers[0]
		c.inbox.readers = c.inbox.readers[1:]
		c.mu.Unlock()
		if reader.TrySet(m, nil) { // else its context has ended
			return
		}
	}
}

// mayReceive reports whether there is room for a message.
func (c *Connection) mayReceive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.inbox.full()
}
