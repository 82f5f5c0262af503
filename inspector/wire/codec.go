// Package wire is the language between a running application and the workbench.
//
// A stream is a sequence of frames:
//
//	byte    Magic, which also names the version of the language
//	byte    Kind
//	uint32  length of the payload, little endian, at most MaxPayload
//	bytes   payload
//
// In a payload numbers are varints, texts a length and their bytes, and a list
// has a 1 before each element and a 0 at its end. Append functions write frames
// to a slice and allocate nothing when it has room; Reader and Decoder read them
// and answer damage with ErrDamaged, never with a panic, and with memory in
// proportion to the bytes that came in. Readers pass over kinds they do not know. Only
// Reader and Decoder hold state, for one goroutine each.
//
//   - AppendRequestFinished, AppendLog, ...: records to frames
//   - Reader: a stream to frames
//   - Decoder: payloads to records
package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// A Kind says what a frame carries.
type Kind uint8

const (
	KindConnectionOpened  Kind = iota + 1 // Connection
	KindConnectionUpdated                 // Connection: its numbers
	KindConnectionClosed                  // Connection: its numbers and end
	KindRequestStarted                    // Request, first group
	KindRequestPhase                      // RequestPhase
	KindRequestFinished                   // Request
	KindError                             // Error
	KindLog                               // Log
	KindRoutes                            // []trace.Route, the whole table
	KindLoopReport                        // trace.LoopStats
	KindLoopBlocked                       // trace.LoopBlocked
	KindDropped                           // Dropped
	KindStanding                          // Standing
	KindMessage                           // Message

	// KindControl is the first kind of the messages by which the application is
	// steered; the kinds below are records.
	KindControl Kind = 128
)

const (
	// Magic begins each frame. It changes when the language does.
	Magic = 0xD1

	// MaxPayload is the longest payload, in bytes. All Append functions stay below
	// it by cutting what is too long.
	MaxPayload = 4 << 20

	headerSize = 6
)

// ErrDamaged reports bytes that are no frame, or a payload that is no record.
var ErrDamaged = errors.New("wire: damaged stream")

// AppendFrame appends a frame with a payload that exists already. A payload over
// MaxPayload is a bug of the caller and panics.
func AppendFrame(dst []byte, kind Kind, payload []byte) []byte {
	if len(payload) > MaxPayload {
		panic(fmt.Sprintf("wire: payload of %d bytes is over the limit of %d", len(payload), MaxPayload))
	}
	dst, start := begin(dst, kind)
	return finish(append(dst, payload...), start)
}

// begin appends a frame's header, whose length finish fills in.
func begin(dst []byte, kind Kind) (extended []byte, start int) {
	start = len(dst)
	return append(dst, Magic, byte(kind), 0, 0, 0, 0), start
}

func finish(dst []byte, start int) []byte {
	binary.LittleEndian.PutUint32(dst[start+2:], uint32(len(dst)-start-headerSize))
	return dst
}

// noTime stands for the zero time.Time, which has no Unix nanoseconds.
const noTime = math.MinInt64

func appendTime(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.AppendVarint(dst, noTime)
	}
	return binary.AppendVarint(dst, t.UnixNano())
}

// appendNumber appends a line, a status, the number of a loop. Like appendCount
// it sends what cannot be as zero: one odd value must not spoil the stream.
func appendNumber(dst []byte, n int) []byte {
	return binary.AppendVarint(dst, min(max(int64(n), 0), math.MaxInt32))
}

// appendCount appends a size or a counter.
func appendCount(dst []byte, n int64) []byte { return binary.AppendVarint(dst, max(n, 0)) }

// appendText appends at most limit bytes of s.
func appendText[S string | []byte](dst []byte, s S, limit int) []byte {
	if len(s) > limit {
		s = s[:limit]
	}
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func appendError(dst []byte, err error) []byte {
	if err == nil {
		return append(dst, 0)
	}
	text := err.Error()
	if text == "" {
		text = "unnamed error" // so that it is still an error over there
	}
	return appendText(dst, text, maxName)
}

// A Reader splits a stream into frames.
type Reader struct {
	r       *bufio.Reader
	payload []byte
	err     error
}

// NewReader returns a Reader of r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, 64<<10)} }

// Next reads one frame. The payload is valid until the next call. At the end of
// the stream the error is io.EOF, within a frame io.ErrUnexpectedEOF; ErrDamaged
// means that the rest cannot be understood. After an error there are only
// errors.
func (r *Reader) Next() (Kind, []byte, error) {
	if r.err != nil {
		return 0, nil, r.err
	}
	kind, err := r.next()
	if err != nil {
		r.err = err
		return 0, nil, err
	}
	return kind, r.payload, nil
}

func (r *Reader) next() (Kind, error) {
	header, err := r.r.Peek(headerSize)
	if err != nil {
		if err == io.EOF && len(header) > 0 {
			err = io.ErrUnexpectedEOF
		}
		return 0, err
	}
	if header[0] != Magic {
		return 0, fmt.Errorf("%w: a frame begins with %#x instead of %#x; the application may be built with another version of the framework", ErrDamaged, header[0], Magic)
	}
	kind, size := Kind(header[1]), binary.LittleEndian.Uint32(header[2:])
	if size > MaxPayload {
		return 0, fmt.Errorf("%w: a frame of %d bytes is over the limit of %d", ErrDamaged, size, MaxPayload)
	}
	r.r.Discard(headerSize)
	return kind, r.fill(int(size))
}

// fill reads a payload. The buffer grows by what has come, so that a damaged
// length costs nothing, and a rare large one is not kept.
func (r *Reader) fill(size int) error {
	const step = 64 << 10
	if cap(r.payload) > 4*step && size < step {
		r.payload = nil
	}
	r.payload = r.payload[:0]
	for len(r.payload) < size {
		have := len(r.payload)
		piece := min(size-have, max(step, have))
		if cap(r.payload) < have+piece {
			grown := make([]byte, have, have+piece)
			copy(grown, r.payload)
			r.payload = grown
		}
		r.payload = r.payload[:have+piece]
		if _, err := io.ReadFull(r.r, r.payload[have:]); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

// A parser takes a payload apart. After the first fault it gives zero values and
// bad stays true.
type parser struct {
	rest []byte
	bad  bool
}

func (p *parser) uvarint() uint64 {
	value, n := binary.Uvarint(p.rest)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.rest = p.rest[n:]
	return value
}

func (p *parser) varint() int64 {
	value, n := binary.Varint(p.rest)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.rest = p.rest[n:]
	return value
}

// number is what appendNumber wrote.
func (p *parser) number() int {
	value := p.varint()
	if value < 0 || value > math.MaxInt32 {
		p.fail()
		return 0
	}
	return int(value)
}

// count is what appendCount wrote.
func (p *parser) count() int64 {
	value := p.varint()
	if value < 0 {
		p.fail()
		return 0
	}
	return value
}

func (p *parser) duration() time.Duration { return time.Duration(p.varint()) }

func (p *parser) time() time.Time {
	value := p.varint()
	if value == noTime || p.bad {
		return time.Time{}
	}
	return time.Unix(0, value)
}

func (p *parser) bool() bool {
	if len(p.rest) == 0 || p.rest[0] > 1 {
		p.fail()
		return false
	}
	value := p.rest[0] == 1
	p.rest = p.rest[1:]
	return value
}

// bytes returns a part of the payload.
func (p *parser) bytes() []byte {
	size := p.uvarint()
	if size > uint64(len(p.rest)) {
		p.fail()
		return nil
	}
	value := p.rest[:size:size]
	p.rest = p.rest[size:]
	return value
}

func (p *parser) text() string { return string(p.bytes()) }

func (p *parser) fail() { p.bad, p.rest = true, nil }

// end reports what is wrong with a payload of which everything should be read.
func (p *parser) end(what string) error {
	if p.bad || len(p.rest) > 0 {
		return fmt.Errorf("%w: %s cannot be read", ErrDamaged, what)
	}
	return nil
}
