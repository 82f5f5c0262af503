package websocket

import (
	"sync"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// outboxes are for frames that wait for the loop.
var outboxes = sync.Pool{New: func() any {
	out := make([]byte, 0, 1<<10)
	return &out
}}

// maxKeptOutbox is how large one may be that is used again.
const maxKeptOutbox = 64 << 10

func recycle(out *[]byte) {
	if cap(*out) <= maxKeptOutbox {
		*out = (*out)[:0]
		outboxes.Put(out)
	}
}

// send queues a frame, from any goroutine.
func send[T string | []byte](c *conn, opcode frame.Opcode, payload T) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stream == nil || c.sentClose || c.gone {
		return ErrClosed
	}
	if c.out != nil && len(*c.out) > c.kind.options.MaxWriteQueue {
		c.overfull = true
		return ErrSlowReader
	}
	h := frame.Header{Opcode: opcode, Fin: true, Length: int64(len(payload))}
	out := c.outbox()
	if c.deflater != nil && !opcode.Control() && len(payload) >= c.kind.options.Compression.Threshold {
		packed := outboxes.Get().(*[]byte)
		*packed = c.deflater.Append(*packed, []byte(payload))
		h.Compressed, h.Length = true, int64(len(*packed))
		*out = append(h.Append(*out), *packed...)
		recycle(packed)
	} else {
		*out = append(h.Append(*out), payload...)
	}
	c.see(true, opcode, len(payload), h.Length)
	c.schedule()
	return nil
}

// outbox is where frames go. It is called with mu held.
func (c *conn) outbox() *[]byte {
	if c.out == nil {
		c.out = outboxes.Get().(*[]byte)
	}
	return c.out
}

// schedule lets the loop look at what is guarded by mu, which is held.
func (c *conn) schedule() {
	if !c.scheduled {
		c.scheduled = true
		c.stream.Loop().AddCallback(c.flush)
	}
}

// flush takes what was queued, on the loop. It leaves at the end of this turn.
func (c *conn) flush() {
	c.mu.Lock()
	out, closing, overfull := c.out, c.sentClose, c.overfull
	c.out, c.scheduled = nil, false
	c.mu.Unlock()
	if out != nil {
		if !overfull && !c.ended {
			if overfull = !c.hasRoom(); !overfull {
				c.write(*out)
			}
		}
		recycle(out)
	}
	switch {
	case c.ended:
	case overfull:
		c.stream.Close(ErrSlowReader)
	case closing && !c.closing:
		c.startClosing()
	}
}

// hasRoom reports whether the stream may be given more.
func (c *conn) hasRoom() bool {
	limit := c.kind.options.MaxWriteQueue
	if c.stream.Unwritten() > limit {
		c.stream.Flush() // the socket may have room by now
	}
	return c.stream.Unwritten() <= limit
}

// write gives frames to the stream.
func (c *conn) write(frames []byte) {
	c.stream.SetBuffer(append(c.stream.Buffer(), frames...))
	c.watchWriting()
}

func (c *conn) drained() *concurrent.Future[struct{}] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stream == nil || c.gone {
		return concurrent.Failed[struct{}](ErrClosed)
	}
	f := new(concurrent.Future[struct{}])
	c.stream.Loop().AddCallback(func() {
		c.flush()
		c.stream.NotifyDrained(func(err error) {
			if err != nil {
				err = ErrClosed
			}
			f.TrySet(struct{}{}, err)
		})
	})
	return f
}
