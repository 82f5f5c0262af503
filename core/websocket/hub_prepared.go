package websocket

import (
	"sync"

	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// A prepared message is one for many connections.
type prepared struct {
	opcode frame.Opcode
	data   []byte
	plain  []byte // the frame

	mu       sync.Mutex         // guards what follows
	variants map[variant][]byte // compressed frames
}

// A variant is how connections compress that do so alike: zero if one does not, or
// has a context of its own.
type variant struct {
	level, windowBits int8
}

func prepare(m Message) *prepared {
	p := &prepared{opcode: frame.Text}
	if m.Binary {
		p.opcode = frame.Binary
	}
	p.plain = frame.Append(make([]byte, 0, len(m.Data)+frame.MaxHeader), p.opcode, false, m.Data)
	p.data = p.plain[len(p.plain)-len(m.Data):]
	return p
}

// compressed is the frame for connections of a variant, of which d is one's.
func (p *prepared) compressed(v variant, d *frame.Deflater) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	wire, ok := p.variants[v]
	if !ok {
		if p.variants == nil {
			p.variants = map[variant][]byte{}
		}
		wire = frame.Append(nil, p.opcode, true, d.Append(nil, p.data))
		p.variants[v] = wire
	}
	return wire
}

// writePrepared writes a message to the connection, on its loop, and reports whether
// it did. alone says that no other follows in this turn.
func (c *conn) writePrepared(p *prepared, alone bool) bool {
	c.mu.Lock()
	if c.sentClose || c.gone {
		c.mu.Unlock()
		return false
	}
	wire := p.plain
	if c.deflater != nil && !p.opcode.Control() && len(p.data) >= c.kind.options.Compression.Threshold {
		if c.alike == (variant{}) {
			c.mu.Unlock()
			return send(c, p.opcode, p.data) == nil
		}
		wire = p.compressed(c.alike, c.deflater)
	}
	c.see(true, p.opcode, len(p.data), int64(len(wire)))
	if c.out != nil { // what was written before waits there
		*c.out = append(*c.out, wire...)
		c.mu.Unlock()
		return true
	}
	c.mu.Unlock()
	if !c.hasRoom() {
		c.stream.Close(ErrSlowReader)
		return false
	}
	if !alone {
		c.write(wire)
		return true
	}
	c.stream.WriteNow(wire)
	if c.stream.Unwritten() > 0 {
		c.watchWriting()
	}
	return true
}
