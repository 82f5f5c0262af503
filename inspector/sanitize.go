package inspector

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns s on one line, safe to write to a terminal: what could steer
// it, hide text or change the order of text is escaped as in a Go string (\x1b,
// \n, \u202e). That is C0, DEL and C1 as runes and as bytes, invalid UTF-8, bidi
// controls, zero-width and other format characters, line and paragraph
// separators, private and unassigned characters, and combining marks beyond
// three in a row. All else is left as it is, a backslash too.
func Printable(s string) string { return printable(s, false) }

// PrintableBytes is Printable of bytes.
func PrintableBytes(b []byte) string { return printable(string(b), false) }

// PrintableLines is Printable, but keeps newlines and tabs. A carriage return
// before a newline is taken away.
func PrintableLines(s string) string { return printable(s, true) }

// maxMarks is how many combining marks one character may carry. Languages need
// two or three; a hundred paint over the lines above.
const maxMarks = 3

func printable(s string, lines bool) string {
	clean := cleanPrefix(s, lines)
	if clean == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:clean])
	marks := 0
	for i := clean; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			writeHex(&b, 'x', rune(s[i]), 2)
			marks = 0
		case lines && (r == '\n' || r == '\t'):
			b.WriteByte(s[i])
			marks = 0
		case lines && r == '\r' && strings.HasPrefix(s[i+1:], "\n"):
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks || !isSafe(r) {
				writeEscaped(&b, r)
			} else {
				b.WriteRune(r)
			}
		case isSafe(r):
			b.WriteRune(r)
			marks = 0
		default:
			writeEscaped(&b, r)
			marks = 0
		}
		i += size
	}
	return b.String()
}

// cleanPrefix is the length of the ASCII with which s begins that needs nothing.
func cleanPrefix(s string, lines bool) int {
	for i := range len(s) {
		if c := s[i]; (c < ' ' || c > '~') && !(lines && (c == '\n' || c == '\t')) {
			return i
		}
	}
	return len(s)
}

// isSafe reports whether r is something to be seen and nothing more: a letter,
// digit, sign, symbol, mark, or a space that takes its place.
func isSafe(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r <= '~'
	}
	if r == '\ufe0e' || r == '\ufe0f' {
		return true // a symbol as text or as emoji; the other selectors can hide data
	}
	return unicode.IsGraphic(r) &&
		!unicode.In(r, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func writeEscaped(b *strings.Builder, r rune) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case r < utf8.RuneSelf:
		writeHex(b, 'x', r, 2)
	case r <= 0xFFFF:
		writeHex(b, 'u', r, 4)
	default:
		writeHex(b, 'U', r, 8)
	}
}

func writeHex(b *strings.Builder, letter byte, r rune, digits int) {
	b.WriteByte('\\')
	b.WriteByte(letter)
	for digits--; digits >= 0; digits-- {
		b.WriteByte("0123456789abcdef"[r>>(4*digits)&15])
	}
}
