package frame

import (
	"math/bits"
	"sync"
)

// An entry says what a code of a Huffman tree stands for: the length of the code in
// its lowest four bits, then the number of bits that follow the code, the kind, and
// from bit 16 on a value, to which those bits are added. Zero is no entry.
type entry uint32

const (
	lengthMask = 0xf
	extraShift = 4
	extraMask  = 0xf
	kindMask   = 3 << 8
	valueShift = 16

	// The kinds. A distance, and a length of the code for lengths, is a match.
	literal    entry = 0 << 8
	match      entry = 1 << 8
	endOfBlock entry = 2 << 8
	impossible entry = 3 << 8 // no such code
)

func (e entry) length() uint { return uint(e & lengthMask) }
func (e entry) extra() uint  { return uint(e>>extraShift) & extraMask }
func (e entry) kind() entry  { return e & kindMask }
func (e entry) value() int   { return int(e >> valueShift) }

const (
	maxCode     = 15  // bits of the longest code
	maxLiterals = 288 // the alphabet of literals and lengths, with two symbols that never occur
	tableBits   = 10  // of the codes that are found at once
)

// A huffman decodes one code (RFC 1951 section 3.2.2).
type huffman struct {
	table   [1 << tableBits]entry // by the next bits; zero if the code is longer
	mask    uint64                // of the bits that the table knows
	longest uint
	counts  [maxCode + 1]uint16 // of codes, by length
	sorted  [maxLiterals]entry  // by code
}

// build makes the code of which the symbols have these lengths. It reports false if
// there is no such code, or if it leaves codes unused, but for none at all or one.
func (h *huffman) build(lengths []uint8, symbols []entry) bool {
	h.counts, h.longest = [maxCode + 1]uint16{}, 0
	used := 0
	for _, n := range lengths {
		if n > 0 {
			h.counts[n]++
			h.longest = max(h.longest, uint(n))
			used++
		}
	}
	var next, place [maxCode + 2]uint16
	left := 1
	for n := 1; n <= maxCode; n++ {
		if left = left<<1 - int(h.counts[n]); left < 0 {
			return false
		}
		next[n+1] = (next[n] + h.counts[n]) << 1
		place[n+1] = place[n] + h.counts[n]
	}
	if left > 0 && used > 0 && (used > 1 || h.longest > 1) {
		return false
	}
	known := min(h.longest, tableBits)
	h.mask = 1<<known - 1
	clear(h.table[:h.mask+1])
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		e := symbols[symbol] | entry(n)
		h.sorted[place[n]] = e
		place[n]++
		// Codes come with their first bit lowest.
		code := int(bits.Reverse16(next[n]) >> (16 - n))
		next[n]++
		if uint(n) <= known {
			for ; code <= int(h.mask); code += 1 << n {
				h.table[code] = e
			}
		}
	}
	return true
}

// find gives the entry of the code at the beginning of the bits, of which there are
// count. Zero means that more are needed.
func (h *huffman) find(next uint64, count uint) entry {
	e := h.table[next&h.mask]
	if e == 0 {
		return h.search(next, count)
	}
	if e.length() > count {
		return 0
	}
	return e
}

// search finds a code that is not in the table.
func (h *huffman) search(next uint64, count uint) entry {
	code, first, place := 0, 0, 0
	for n := uint(1); n <= h.longest; n++ {
		if n > count {
			return 0
		}
		code |= int(next & 1)
		next >>= 1
		here := int(h.counts[n])
		if code-first < here {
			return h.sorted[place+code-first]
		}
		place += here
		first, code = (first+here)<<1, code<<1
	}
	return impossible
}

// The alphabets of RFC 1951 section 3.2.5 and 3.2.7.
var (
	literals   = literalEntries()
	distances  = distanceEntries()
	codeLength = codeLengthEntries()
)

func literalEntries() (symbols [maxLiterals]entry) {
	for i := range symbols {
		switch {
		case i < 256:
			symbols[i] = literal | entry(i)<<valueShift
		case i == 256:
			symbols[i] = endOfBlock
		case i < 265:
			symbols[i] = match | entry(i-257+3)<<valueShift
		case i < 285:
			extra := (i - 261) / 4
			base := (4+(i-265)%4)<<extra + 3
			symbols[i] = match | entry(extra)<<extraShift | entry(base)<<valueShift
		case i == 285:
			symbols[i] = match | 258<<valueShift
		default:
			symbols[i] = impossible
		}
	}
	return symbols
}

func distanceEntries() (symbols [32]entry) {
	for i := range symbols {
		switch {
		case i < 4:
			symbols[i] = match | entry(i+1)<<valueShift
		case i < 30:
			extra := i/2 - 1
			base := (2+i%2)<<extra + 1
			symbols[i] = match | entry(extra)<<extraShift | entry(base)<<valueShift
		default:
			symbols[i] = impossible
		}
	}
	return symbols
}

func codeLengthEntries() (symbols [19]entry) {
	for i := range symbols {
		symbols[i] = match | entry(i)<<valueShift
	}
	symbols[16] |= 2 << extraShift
	symbols[17] |= 3 << extraShift
	symbols[18] |= 7 << extraShift
	return symbols
}

// fixedCodes are those of RFC 1951 section 3.2.6.
var fixedCodes = sync.OnceValue(func() *[2]huffman {
	var lengths [maxLiterals]uint8
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	codes := new([2]huffman)
	codes[0].build(lengths[:], literals[:])
	for i := range 32 {
		lengths[i] = 5
	}
	codes[1].build(lengths[:32], distances[:])
	return codes
})
