package frame

import (
	"encoding/binary"
	"unicode/utf8"
)

// UTF8 checks text that comes in pieces, cut anywhere, and notices the first octet
// that no valid text can have there. The zero value is at the beginning of a text.
type UTF8 struct {
	need      uint8 // octets that the character begun still lacks
	low, high uint8 // the range of the next of them
}

// Valid checks the next piece. After it has returned false the value must not be
// used again.
func (u *UTF8) Valid(piece []byte) bool {
	i := 0
	for i < len(piece) {
		if u.need > 0 {
			if !u.follow(piece[i]) {
				return false
			}
			i++
			continue
		}
		if i = skipValid(piece, i); i < len(piece) {
			if !u.lead(piece[i]) {
				return false
			}
			i++
		}
	}
	return true
}

// Complete reports whether the text may end here.
func (u *UTF8) Complete() bool { return u.need == 0 }

// skipValid returns where the whole characters end that begin at i.
func skipValid(piece []byte, i int) int {
	for i < len(piece) {
		for len(piece)-i >= 8 && binary.LittleEndian.Uint64(piece[i:])&0x8080808080808080 == 0 {
			i += 8
		}
		for i < len(piece) && piece[i] < utf8.RuneSelf {
			i++
		}
		if i == len(piece) {
			break
		}
		r, size := utf8.DecodeRune(piece[i:])
		if r == utf8.RuneError && size == 1 {
			break // invalid, or cut: octet by octet it will show
		}
		i += size
	}
	return i
}

// lead takes the first octet of a character (the table of RFC 3629 section 4).
func (u *UTF8) lead(b byte) bool {
	u.low, u.high = 0x80, 0xbf
	switch {
	case b < 0x80:
		u.need = 0
	case b < 0xc2:
		return false
	case b < 0xe0:
		u.need = 1
	case b < 0xf0:
		u.need = 2
		if b == 0xe0 {
			u.low = 0xa0 // shorter ones would do
		} else if b == 0xed {
			u.high = 0x9f // surrogates
		}
	case b < 0xf5:
		u.need = 3
		if b == 0xf0 {
			u.low = 0x90
		} else if b == 0xf4 {
			u.high = 0x8f // beyond U+10FFFF
		}
	default:
		return false
	}
	return true
}

func (u *UTF8) follow(b byte) bool {
	if b < u.low || b > u.high {
		return false
	}
	u.low, u.high = 0x80, 0xbf
	u.need--
	return true
}
