// Package frame holds the rules of WebSockets (RFC 6455) and of their compression
// (RFC 7692): bytes in, values out.
//
// Nothing in it touches a socket or starts a goroutine. Values are not locked: one
// owner at a time.
//
//   - Header, ParseHeader: the head of one frame
//   - Reader: what a peer sends, as whole messages, pings, pongs and its close
//   - Message, Append, AppendClose, Mask: what we send
//   - Code: why a connection ends; UTF8: whether text is text
//   - CheckRequest, SameOrigin, Subprotocols, CheckResponse: the handshake
//   - Compression, Negotiate, Deflater, Inflater: permessage-deflate
package frame

import (
	"encoding/binary"
	"fmt"
)

// An Opcode says what a frame is.
type Opcode uint8

// The opcodes of RFC 6455 section 5.2; the others are reserved.
const (
	Continuation Opcode = 0
	Text         Opcode = 1
	Binary       Opcode = 2
	Close        Opcode = 8
	Ping         Opcode = 9
	Pong         Opcode = 10
)

// Control reports whether frames of this opcode are about the connection, and may
// stand between the fragments of a message.
func (o Opcode) Control() bool { return o >= Close }

var opcodeNames = map[Opcode]string{
	Continuation: "continuation", Text: "text", Binary: "binary", Close: "close", Ping: "ping", Pong: "pong",
}

func (o Opcode) String() string {
	if name, ok := opcodeNames[o]; ok {
		return name
	}
	return fmt.Sprintf("opcode %d", uint8(o))
}

const (
	// MaxControl is the longest payload of a control frame, in bytes.
	MaxControl = 125
	// MaxHeader is the longest header, in bytes.
	MaxHeader = 14
)

// The bits of a header's first two octets.
const (
	finBit     = 0x80
	rsv1Bit    = 0x40
	rsv23Bits  = 0x30
	opcodeBits = 0x0f
	maskBit    = 0x80
	lengthBits = 0x7f

	length16 = 126 // two octets of length follow
	length64 = 127 // eight
)

// A Header is the head of a frame.
type Header struct {
	Opcode     Opcode
	Fin        bool // the last frame of its message
	Compressed bool // RSV1: the message is compressed (RFC 7692 section 6)
	Masked     bool
	Mask       [4]byte
	Length     int64 // of the payload, in bytes
}

// An Error is a breach of the protocol by the peer. The connection fails with its
// Code.
type Error struct {
	Code   Code
	Reason string // short enough for a close frame
}

func (e *Error) Error() string { return fmt.Sprintf("websocket: %s (%d)", e.Reason, e.Code) }

var (
	errReserved      = &Error{ProtocolError, "a reserved bit is set"}
	errOpcode        = &Error{ProtocolError, "unknown opcode"}
	errControlFin    = &Error{ProtocolError, "a control frame in fragments"}
	errControlLength = &Error{ProtocolError, "a control frame of more than 125 bytes"}
	errControlRSV1   = &Error{ProtocolError, "a compressed control frame"}
	errLength        = &Error{ProtocolError, "a length that is not minimal"}
	errLengthBit     = &Error{ProtocolError, "the top bit of a length is set"}
)

// ParseHeader reads a header from the beginning of b, and n is how long it is.
// While b is too short, n is zero without an error; but a breach of the rules is
// an *Error as soon as the octet is there that breaks them. Whether a mask and
// RSV1 are right here is the caller's to say.
func ParseHeader(b []byte) (h Header, n int, err error) {
	if h, err = parseStart(b); err == nil {
		n, err = h.parseLength(b)
	}
	if n > 0 {
		n = h.parseMask(b, n)
	}
	return h, n, err
}

// parseStart reads the first two octets, as far as they are there.
func parseStart(b []byte) (h Header, err error) {
	if len(b) == 0 {
		return h, nil
	}
	h.Fin, h.Compressed, h.Opcode = b[0]&finBit != 0, b[0]&rsv1Bit != 0, Opcode(b[0]&opcodeBits)
	switch {
	case b[0]&rsv23Bits != 0:
		return h, errReserved
	case h.Opcode > Binary && h.Opcode < Close || h.Opcode > Pong:
		return h, errOpcode
	case h.Opcode.Control() && !h.Fin:
		return h, errControlFin
	case h.Opcode.Control() && h.Compressed:
		return h, errControlRSV1
	case len(b) < 2:
		return h, nil
	}
	h.Masked = b[1]&maskBit != 0
	if h.Length = int64(b[1] & lengthBits); h.Opcode.Control() && h.Length > MaxControl {
		return h, errControlLength
	}
	return h, nil
}

// parseLength reads the length, which may go on behind the first two octets.
func (h *Header) parseLength(b []byte) (n int, err error) {
	if len(b) < 2 {
		return 0, nil
	}
	// RFC 6455 section 5.2: the minimal number of octets, the top bit zero.
	switch h.Length {
	case length16:
		if len(b) < 4 {
			return 0, nil
		}
		if h.Length = int64(binary.BigEndian.Uint16(b[2:])); h.Length < length16 {
			return 0, errLength
		}
		return 4, nil
	case length64:
		if len(b) > 2 && b[2]&0x80 != 0 {
			return 0, errLengthBit
		}
		if len(b) < 10 {
			return 0, nil
		}
		if h.Length = int64(binary.BigEndian.Uint64(b[2:])); h.Length <= 0xffff {
			return 0, errLength
		}
		return 10, nil
	}
	return 2, nil
}

// parseMask reads the mask, if there is one, from where the length ends.
func (h *Header) parseMask(b []byte, at int) (n int) {
	if !h.Masked {
		return at
	}
	if len(b) < at+len(h.Mask) {
		return 0
	}
	h.Mask = [4]byte(b[at:])
	return at + len(h.Mask)
}

// Append appends the header as it goes over the wire.
func (h *Header) Append(dst []byte) []byte {
	first, second := byte(h.Opcode), byte(0)
	if h.Fin {
		first |= finBit
	}
	if h.Compressed {
		first |= rsv1Bit
	}
	if h.Masked {
		second = maskBit
	}
	switch {
	case h.Length < length16:
		dst = append(dst, first, second|byte(h.Length))
	case h.Length <= 0xffff:
		dst = append(dst, first, second|length16, byte(h.Length>>8), byte(h.Length))
	default:
		dst = append(dst, first, second|length64)
		dst = binary.BigEndian.AppendUint64(dst, uint64(h.Length))
	}
	if h.Masked {
		dst = append(dst, h.Mask[:]...)
	}
	return dst
}

// Append appends a whole frame without a mask, as servers send it.
func Append(dst []byte, opcode Opcode, compressed bool, payload []byte) []byte {
	h := Header{Opcode: opcode, Fin: true, Compressed: compressed, Length: int64(len(payload))}
	return append(h.Append(dst), payload...)
}

// AppendMasked appends a whole frame with a mask, as clients send it. The mask
// must be new and not to be foreseen for each frame (RFC 6455 section 10.3).
func AppendMasked(dst []byte, opcode Opcode, compressed bool, payload []byte, mask [4]byte) []byte {
	h := Header{Opcode: opcode, Fin: true, Compressed: compressed, Length: int64(len(payload)), Masked: true, Mask: mask}
	dst = append(h.Append(dst), payload...)
	Mask(mask, 0, dst[len(dst)-len(payload):])
	return dst
}
