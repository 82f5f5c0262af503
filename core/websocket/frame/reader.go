package frame

import (
	"math"
	"sync"
	"unicode/utf8"
)

// Rules are what a Reader holds its peer to. Many Readers may share them.
type Rules struct {
	// FromServer says that the peer is a server. Servers must not mask their
	// frames, and clients must (RFC 6455 section 5.1).
	FromServer bool

	// MaxMessage is the longest message, in bytes: all its fragments together, and
	// after inflating.
	MaxMessage int64
}

// maxCompressed is how long a message may be before it is inflated. One that
// inflates to the limit may well be longer than that: data without any pattern
// grows, by blocks that the sender's compressor chooses.
func (r *Rules) maxCompressed() int64 {
	if r.MaxMessage > math.MaxInt64/2 {
		return r.MaxMessage // which nobody sends
	}
	return r.MaxMessage + r.MaxMessage/8 + 1024
}

// An Event is what a peer has sent: a whole message, or a control frame.
type Event struct {
	Opcode Opcode // never Continuation, which stands for: nothing yet

	// Payload is that of a message, inflated, of a ping or of a pong. It is valid
	// until the next call of Next or Release, and of the bytes given to Next.
	Payload []byte

	Code   Code   // of a close; NoStatus if it had none
	Reason string // of a close

	Compressed bool  // of a message
	Wire       int64 // bytes of payload as they came over the wire
}

// A Reader takes the bytes that a peer sends and tells what it means. The same
// bytes give the same events, wherever they are cut. Between messages a Reader
// holds nothing.
type Reader struct {
	rules    *Rules
	inflater *Inflater // nil if compression was not agreed upon
	message  *message  // nil unless part of a message has come, or one was told
}

// NewReader makes a Reader. inflater may be nil: then compressed messages are
// breaches of the protocol.
func NewReader(rules *Rules, inflater *Inflater) Reader {
	return Reader{rules: rules, inflater: inflater}
}

// A message is one of which a part has come.
type message struct {
	opcode     Opcode
	compressed bool
	told       bool  // it is whole, and somebody reads it
	last       bool  // the frame that is being read is the message's last
	open       bool  // a frame is being read
	left       int64 // bytes of its payload that are still to come
	masked     bool
	mask       [4]byte
	offset     int   // of the next byte in the mask
	wire       int64 // bytes of payload that have come
	text       UTF8
	data       []byte // unmasked and inflated
}

var messages = sync.Pool{New: func() any { return new(message) }}

// maxKept is how large the buffer of a message may be that is used again.
const maxKept = 64 << 10

func (m *message) release() {
	data := m.data[:0]
	if cap(data) > maxKept {
		data = nil
	}
	*m = message{data: data}
	messages.Put(m)
}

// Release gives the memory of the last event's payload back.
func (r *Reader) Release() {
	if r.message != nil && r.message.told {
		r.message.release()
		r.message = nil
	}
}

// Reset forgets what has come of a message, for good: the Reader must not be used
// again.
func (r *Reader) Reset() {
	if r.inflater != nil {
		r.inflater.reset()
	}
	if r.message != nil {
		r.message.release()
		r.message = nil
	}
}

// Partial reports whether a part of a message has come, and the rest has not.
func (r *Reader) Partial() bool { return r.message != nil && !r.message.told }

var (
	errUnmasked     = &Error{ProtocolError, "a frame without a mask"}
	errMasked       = &Error{ProtocolError, "a masked frame from a server"}
	errNotAgreed    = &Error{ProtocolError, "a compressed frame, but compression was not agreed upon"}
	errFragment     = &Error{ProtocolError, "a continuation of no message"}
	errInterleaved  = &Error{ProtocolError, "a new message before the end of the last"}
	errFragmentRSV1 = &Error{ProtocolError, "a continuation that says compressed"}
	errTooBig       = &Error{MessageTooBig, "message too big"}
	errText         = &Error{InvalidPayload, "text that is not UTF-8"}
)

// Next reads the next event from the beginning of data, which is what has come and
// was not consumed before. It unmasks in place. While more is needed the event is
// empty; consumed may be more than zero then, too. It fails with an *Error when
// the peer breaks a rule, at the first octet that shows it; the Reader must not be
// used again but for Reset.
func (r *Reader) Next(data []byte) (e Event, consumed int, err error) {
	r.Release()
	for {
		if m := r.message; m != nil && m.open {
			n, err := r.read(m, data[consumed:])
			consumed += n
			if err != nil || m.open {
				return Event{}, consumed, err
			}
			if m.last {
				e, err = r.tell(m)
				return e, consumed, err
			}
		}
		h, n, err := r.header(data[consumed:])
		if n == 0 || err != nil {
			return Event{}, consumed, err
		}
		whole := int64(len(data)-consumed-n) >= h.Length
		switch {
		case h.Opcode.Control():
			if !whole {
				return Event{}, consumed, nil
			}
			payload := data[consumed+n : consumed+n+int(h.Length)]
			e, err = control(&h, payload)
			return e, consumed + n + int(h.Length), err
		case whole && h.Fin && h.Opcode != Continuation && !h.Compressed:
			payload := data[consumed+n : consumed+n+int(h.Length)]
			e, err = single(&h, payload)
			return e, consumed + n + int(h.Length), err
		}
		r.begin(&h)
		consumed += n
	}
}

// header reads a header and holds it to the rules that ParseHeader does not know.
// They are asked in the order of the octets, so that the first breach is the same
// wherever the bytes were cut.
func (r *Reader) header(data []byte) (h Header, n int, err error) {
	if h, err = parseStart(data); err == nil && len(data) > 0 {
		err = r.check(&h, len(data) > 1)
	}
	if err == nil {
		n, err = h.parseLength(data)
	}
	switch {
	case n == 0 || err != nil:
		return h, 0, err
	case !h.Opcode.Control() && h.Length > r.limit(&h):
		return h, 0, errTooBig
	}
	return h, h.parseMask(data, n), nil
}

// check looks at the first octet, and the second if it is there.
func (r *Reader) check(h *Header, second bool) error {
	started := r.message != nil
	switch {
	case h.Opcode == Continuation && !started:
		return errFragment
	case h.Opcode == Continuation && h.Compressed:
		return errFragmentRSV1
	case h.Opcode != Continuation && !h.Opcode.Control() && started:
		return errInterleaved
	case h.Compressed && r.inflater == nil:
		return errNotAgreed
	case second && r.rules.FromServer && h.Masked:
		return errMasked
	case second && !r.rules.FromServer && !h.Masked:
		return errUnmasked
	}
	return nil
}

// limit is how many more bytes the message may have on the wire.
func (r *Reader) limit(h *Header) int64 {
	limit, compressed := r.rules.MaxMessage, h.Compressed
	if r.message != nil {
		compressed = r.message.compressed
	}
	if compressed {
		limit = r.rules.maxCompressed()
	}
	if r.message != nil {
		limit -= r.message.wire
	}
	return limit
}

func unmask(h *Header, payload []byte) {
	if h.Masked {
		Mask(h.Mask, 0, payload)
	}
}

// control tells a control frame that is there whole.
func control(h *Header, payload []byte) (Event, error) {
	unmask(h, payload)
	if h.Opcode != Close {
		return Event{Opcode: h.Opcode, Payload: payload, Wire: h.Length}, nil
	}
	code, reason, err := ParseClose(payload)
	if err != nil {
		return Event{}, err
	}
	return Event{Opcode: Close, Code: code, Reason: reason, Wire: h.Length}, nil
}

// single tells a message that is one frame, there whole: where nearly all are.
func single(h *Header, payload []byte) (Event, error) {
	unmask(h, payload)
	if h.Opcode == Text && !utf8.Valid(payload) {
		return Event{}, errText
	}
	return Event{Opcode: h.Opcode, Payload: payload, Wire: h.Length}, nil
}

// begin starts to read the payload of a data frame.
func (r *Reader) begin(h *Header) {
	m := r.message
	if m == nil {
		m = messages.Get().(*message)
		m.opcode, m.compressed = h.Opcode, h.Compressed
		r.message = m
	}
	m.last, m.open, m.left = h.Fin, true, h.Length
	m.masked, m.mask, m.offset = h.Masked, h.Mask, 0
}

// read takes what is there of a frame's payload.
func (r *Reader) read(m *message, data []byte) (consumed int, err error) {
	piece := data[:min(int64(len(data)), m.left)]
	if m.masked {
		Mask(m.mask, m.offset, piece)
		m.offset = (m.offset + len(piece)) & 3
	}
	m.wire += int64(len(piece))
	m.left -= int64(len(piece))
	m.open = m.left > 0
	switch {
	case m.compressed:
		m.data, err = r.inflater.add(m.data, piece, r.rules.MaxMessage, m.validator())
	case m.opcode == Text && !m.text.Valid(piece):
		err = errText
	default:
		m.data = append(m.data, piece...)
	}
	return len(piece), err
}

// validator is what a compressed message is held to.
func (m *message) validator() *UTF8 {
	if m.opcode == Text {
		return &m.text
	}
	return nil
}

// tell ends a message whose last octet has come.
func (r *Reader) tell(m *message) (e Event, err error) {
	if m.compressed {
		m.data, err = r.inflater.end(m.data, r.rules.MaxMessage, m.validator())
	}
	if err == nil && m.opcode == Text && !m.text.Complete() {
		err = errText
	}
	if err != nil {
		return Event{}, err
	}
	m.told = true
	return Event{Opcode: m.opcode, Payload: m.data, Compressed: m.compressed, Wire: m.wire}, nil
}
