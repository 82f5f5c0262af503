package wire

import (
	"encoding/binary"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
)

// A Message is what a probe says of a trace.WebSocketMessage. Received and Sent are
// how many the connection has had so far, this one too: where they go up by more
// than one, the others came too fast to be told of singly.
type Message struct {
	Connection uint64
	Time       time.Time
	Out        bool  // sent by the program
	Opcode     uint8 // zero: this tells of the counts alone
	Size       int64
	Wire       int64
	Received   int64
	Sent       int64
}

// AppendMessage appends m as a message of the connection with an ID. A zero m tells
// of the counts alone.
func AppendMessage(dst []byte, connection uint64, m *trace.WebSocketMessage, at time.Time, received, sent int64) []byte {
	dst, start := begin(dst, KindMessage)
	dst = binary.AppendUvarint(dst, connection)
	dst = appendTime(dst, at)
	dst = appendBool(dst, m.Sent)
	dst = append(dst, m.Opcode)
	dst = appendCount(dst, m.Size)
	dst = appendCount(dst, m.Wire)
	dst = appendCount(dst, received)
	return finish(appendCount(dst, sent), start)
}

// Message decodes the payload of KindMessage.
func (d *Decoder) Message(payload []byte) (Message, error) {
	p := parser{rest: payload}
	m := Message{
		Connection: p.uvarint(),
		Time:       p.time(),
		Out:        p.bool(),
		Opcode:     p.byte(),
		Size:       p.count(),
		Wire:       p.count(),
		Received:   p.count(),
		Sent:       p.count(),
	}
	return m, p.end("a message")
}

func (p *parser) byte() uint8 {
	if len(p.rest) == 0 {
		p.fail()
		return 0
	}
	value := p.rest[0]
	p.rest = p.rest[1:]
	return value
}
