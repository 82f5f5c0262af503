package frame

import (
	"encoding/binary"
	"slices"
	"sync"
)

// An inflating is a message of which a part was inflated (RFC 1951). It takes what
// has come up to the last bit of which something can be made, so that what the peer
// does wrong shows with the octet that makes it so, wherever the octets are cut.
//
// compress/flate waits for its input, or starts anew: it cannot be given a part.
type inflating struct {
	window []byte // what the messages before ended with
	out    []byte // the message so far
	in     []byte // not read yet

	next  uint64 // bits that were read and not decoded, the first one lowest
	count uint   // of them

	state state
	last  bool // the block says that no other follows
	ended bool // nothing has come behind such a block

	stored int // octets that are still to come of a block that is not compressed

	// What a block says about its codes.
	literals, distances int // lengths of each
	codes, known        int // lengths of the code for lengths; lengths that are there
	lengths             [maxLiterals + 32]uint8
	trees               *[2]huffman // of literals and of distances
	own                 [2]huffman
}

// A state is what is read next.
type state uint8

const (
	atBlock state = iota
	atStored
	inStored
	atDynamic
	inCodeLengths
	inLengths
	inSymbols
)

// A step says whether it goes on.
type step uint8

const (
	onward step = iota
	wantInput
	wantRoom
)

var inflatings = sync.Pool{New: func() any { return new(inflating) }}

func newInflating(window []byte) *inflating {
	d := inflatings.Get().(*inflating)
	d.window = window
	d.next, d.count, d.state, d.last, d.ended = 0, 0, atBlock, false, false
	return d
}

func (d *inflating) release() {
	d.window, d.out, d.in = nil, nil, nil
	inflatings.Put(d)
}

// room is how much must be free in out for each step.
const room = 258

// run decodes until there is no input or no room left.
func (d *inflating) run() (s step, err error) {
	for s == onward && err == nil {
		switch d.state {
		case atBlock:
			s, err = d.blockHead()
		case atStored:
			s, err = d.storedHead()
		case inStored:
			s = d.storedData()
		case atDynamic:
			s, err = d.dynamicHead()
		case inCodeLengths:
			s, err = d.codeLengths()
		case inLengths:
			s, err = d.dynamicLengths()
		case inSymbols:
			s, err = d.symbols()
		}
	}
	return s, err
}

// need reports whether there are n bits, at most 48.
func (d *inflating) need(n uint) bool {
	for d.count < n && len(d.in) > 0 {
		d.next |= uint64(d.in[0]) << d.count
		d.count += 8
		d.in = d.in[1:]
	}
	return d.count >= n
}

func (d *inflating) take(n uint) int {
	value := d.next & (1<<n - 1)
	d.next >>= n
	d.count -= n
	return int(value)
}

// blockHead reads the first bits of a block.
func (d *inflating) blockHead() (step, error) {
	if !d.need(3) {
		return wantInput, nil
	}
	d.ended = false
	d.last = d.take(1) == 1
	switch d.take(2) {
	case 0:
		d.take(d.count & 7) // to the octet's end
		d.state = atStored
	case 1:
		d.trees = fixedCodes()
		d.state = inSymbols
	case 2:
		d.state = atDynamic
	default:
		return onward, errInflate
	}
	return onward, nil
}

// blockEnd decides what follows a block.
func (d *inflating) blockEnd() {
	if d.last {
		// Senders without another means to end a message use a last block (RFC 7692
		// section 7.2.3.4). What follows begins with the next octet.
		d.take(d.count & 7)
		d.ended = true
	}
	d.state = atBlock
}

func (d *inflating) storedHead() (step, error) {
	if !d.need(32) {
		return wantInput, nil
	}
	length, complement := d.take(16), d.take(16)
	if length != ^complement&0xffff {
		return onward, errInflate
	}
	d.stored = length
	d.state = inStored
	return onward, nil
}

func (d *inflating) storedData() step {
	for ; d.stored > 0 && d.count > 0; d.stored-- {
		if len(d.out) == cap(d.out) {
			return wantRoom
		}
		d.out = append(d.out, byte(d.take(8)))
	}
	n := min(d.stored, len(d.in), cap(d.out)-len(d.out))
	d.out = append(d.out, d.in[:n]...)
	d.in = d.in[n:]
	d.stored -= n
	switch {
	case d.stored == 0:
		d.blockEnd()
		return onward
	case len(d.in) == 0:
		return wantInput
	}
	return wantRoom
}

func (d *inflating) dynamicHead() (step, error) {
	if !d.need(14) {
		return wantInput, nil
	}
	d.literals, d.distances, d.codes = d.take(5)+257, d.take(5)+1, d.take(4)+4
	if d.literals > 286 || d.distances > 30 {
		return onward, errInflate
	}
	d.known = 0
	clear(d.lengths[:len(codeLength)])
	d.state = inCodeLengths
	return onward, nil
}

// codeLengthOrder is that of RFC 1951 section 3.2.7.
var codeLengthOrder = [len(codeLength)]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

func (d *inflating) codeLengths() (step, error) {
	for ; d.known < d.codes; d.known++ {
		if !d.need(3) {
			return wantInput, nil
		}
		d.lengths[codeLengthOrder[d.known]] = uint8(d.take(3))
	}
	if !d.own[0].build(d.lengths[:len(codeLength)], codeLength[:]) {
		return onward, errInflate
	}
	d.known = 0
	d.state = inLengths
	return onward, nil
}

// dynamicLengths reads the lengths of the codes, which are compressed themselves.
func (d *inflating) dynamicLengths() (step, error) {
	total := d.literals + d.distances
	for d.known < total {
		d.need(14)
		e := d.own[0].find(d.next, d.count)
		switch {
		case e == 0, e.length()+e.extra() > d.count:
			return wantInput, nil
		case e.kind() == impossible:
			return onward, errInflate
		}
		d.take(e.length())
		times, length := 1, uint8(e.value())
		switch e.value() {
		case 16:
			if d.known == 0 {
				return onward, errInflate
			}
			times, length = 3+d.take(2), d.lengths[d.known-1]
		case 17:
			times, length = 3+d.take(3), 0
		case 18:
			times, length = 11+d.take(7), 0
		}
		if times > total-d.known {
			return onward, errInflate
		}
		for ; times > 0; times-- {
			d.lengths[d.known] = length
			d.known++
		}
	}
	if !d.own[0].build(d.lengths[:d.literals], literals[:]) || !d.own[1].build(d.lengths[d.literals:total], distances[:]) {
		return onward, errInflate
	}
	d.trees = &d.own
	d.state = inSymbols
	return onward, nil
}

// symbols decodes the data of a block. It is the one loop in which the time goes,
// and keeps what it needs in local variables.
func (d *inflating) symbols() (s step, err error) {
	codes, spans := &d.trees[0], &d.trees[1]
	in, next, count := d.in, d.next, d.count
	out, at := d.out[:cap(d.out)], len(d.out)
	s = wantRoom
	for at <= len(out)-room {
		// A whole step needs 48 bits at most: 15 and 5 for the length, 15 and 13 for
		// the distance.
		if count < 48 {
			if len(in) >= 8 {
				next |= binary.LittleEndian.Uint64(in) << count
				in = in[(63-count)>>3:]
				count |= 56
			}
			for count < 48 && len(in) > 0 {
				next |= uint64(in[0]) << count
				count += 8
				in = in[1:]
			}
		}
		e := codes.table[next&codes.mask]
		if e == 0 {
			e = codes.search(next, count)
		}
		if n := e.length(); n > count || e == 0 {
			s = wantInput
			break
		}
		if e.kind() == literal {
			next >>= e.length()
			count -= e.length()
			out[at] = byte(e.value())
			at++
			continue
		}
		if e.kind() != match {
			next >>= e.length()
			count -= e.length()
			if s = onward; e.kind() == impossible {
				err = errInflate
			}
			break
		}
		rest, used := next>>e.length(), e.length()+e.extra()
		length := e.value() + int(rest&(1<<e.extra()-1))
		rest >>= e.extra()
		if used > count {
			s = wantInput
			break
		}
		span := spans.find(rest, count-used)
		if span.kind() == impossible {
			s, err = onward, errInflate
			break
		}
		if used += span.length() + span.extra(); span == 0 || used > count {
			s = wantInput
			break
		}
		rest >>= span.length()
		distance := span.value() + int(rest&(1<<span.extra()-1))
		next = rest >> span.extra()
		count -= used
		if distance > at+len(d.window) {
			s, err = onward, errInflate
			break
		}
		at += d.repeat(out, at, distance, length)
	}
	// What was read beyond count is read again.
	d.in, d.next, d.count, d.out = in, next&(1<<count-1), count, out[:at]
	if s == onward {
		d.blockEnd()
	}
	return s, err
}

// repeat writes what stands a distance before at, and may go on into what it
// writes.
func (d *inflating) repeat(out []byte, at, distance, length int) int {
	end := at + length
	if before := distance - at; before > 0 {
		at += copy(out[at:end], d.window[len(d.window)-before:])
		if at == end {
			return length
		}
	}
	for from := at - distance; at < end; {
		at += copy(out[at:end], out[from:at])
	}
	return length
}

// more inflates data that has come, and is given room step by step, so that limit
// and text are asked while it inflates. Text is nil if the message is none.
func (d *inflating) more(data []byte, limit int64, text *UTF8) error {
	d.in = data
	for {
		before := len(d.out)
		s, err := d.run()
		over := int64(len(d.out)) > limit
		// What comes first counts, wherever the octets were cut.
		if over {
			err = errInflatedBig
		}
		if text != nil && !text.Valid(d.out[before:min(int64(len(d.out)), limit)]) {
			err = errText
		}
		if err != nil || s == wantInput {
			d.in = nil
			return err
		}
		n := int64(len(d.out))
		d.out = slices.Grow(d.out, int(min(max(n, inflateStep), limit-n))+room)
	}
}

// inflateStep is what a small message is inflated to at once, in bytes.
const inflateStep = 4 << 10

var tailBytes = []byte(tail)

// end ends the message with the tail that the sender took off, unless it has ended
// by itself.
func (d *inflating) end(limit int64, text *UTF8) error {
	if d.ended && d.count == 0 {
		return nil
	}
	err := d.more(tailBytes, limit, text)
	if err == nil && (d.state != atBlock || d.count > 0) {
		err = errInflate // it was cut
	}
	return err
}
