// Package escape makes text safe for HTML, URLs and JSON in script elements.
//
// All functions are pure and may be called from any goroutine.
//
//   - XHTMLEscape, AppendXHTML, XHTMLUnescape: text in HTML and XML
//   - URLEscape, URLUnescape, ParseQSBytes: parts of a URL
//   - JSONEncode, AppendJSON, JSONDecode: a value inside a script element
//   - Squeeze, Linkify: text made presentable
package escape

import (
	"html"
	"strings"
	"unicode/utf8"
)

// xhtmlEntity tells of each byte which of xhtmlEntities replaces it; zero for most.
// It is apart from them so that what is looked at for each byte is small.
var (
	xhtmlEntity   = [256]uint8{'&': 1, '<': 2, '>': 3, '"': 4, '\'': 5}
	xhtmlEntities = [...]string{1: "&amp;", 2: "&lt;", 3: "&gt;", 4: "&quot;", 5: "&#x27;"}
)

// XHTMLEscape makes s safe as text and as a quoted attribute value in HTML and
// XML. It replaces & < > " and '. A string without any of them is returned as
// it is, without an allocation.
func XHTMLEscape(s string) string {
	if !strings.ContainsAny(s, `&<>"'`) {
		return s
	}
	return string(AppendXHTML(make([]byte, 0, len(s)+len(s)/8+16), s))
}

// AppendXHTML appends s to dst, escaped as XHTMLEscape does.
func AppendXHTML[T string | []byte](dst []byte, s T) []byte {
	start := 0
	for i := 0; i < len(s); i++ {
		entity := xhtmlEntity[s[i]]
		if entity == 0 {
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = append(dst, xhtmlEntities[entity]...)
		start = i + 1
	}
	return append(dst, s[start:]...)
}

// XHTMLUnescape replaces character references by the characters they stand for,
// as HTML 5 does: names with and without semicolon, decimal and hexadecimal
// numbers. Unknown names stay as they are. Numbers beyond Unicode and surrogates
// become U+FFFD; control characters and noncharacters vanish.
func XHTMLUnescape(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i >= 0 {
		b = append(b, s[:i]...)
		s = s[i:]
		n := 0
		if strings.HasPrefix(s, "&#") {
			b, n = appendNumericReference(b, s)
		} else {
			n = namedReferenceLen(s)
			b = append(b, html.UnescapeString(s[:n])...)
		}
		s = s[n:]
		i = strings.IndexByte(s, '&')
	}
	return string(append(b, s...))
}

// namedReferenceLen is the length of the reference that begins s, with its
// semicolon if there is one.
func namedReferenceLen(s string) int {
	n := 1
	for n < len(s) && isAlphanumeric(s[n]) {
		n++
	}
	if n < len(s) && s[n] == ';' {
		n++
	}
	return n
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// appendNumericReference appends what the reference at the start of s ("&#...")
// stands for, and says how many bytes it has.
func appendNumericReference(b []byte, s string) ([]byte, int) {
	base, n := 10, 2
	if n < len(s) && (s[n] == 'x' || s[n] == 'X') {
		base, n = 16, 3
	}
	digits := n
	var r rune
	for ; n < len(s); n++ {
		d := hexDigit(s[n])
		if d < 0 || d >= base {
			break
		}
		if r <= utf8.MaxRune {
			r = r*rune(base) + rune(d)
		}
	}
	if n == digits {
		return append(b, s[:n]...), n
	}
	if n < len(s) && s[n] == ';' {
		n++
	}
	if replacement, ok := windows1252[r]; ok {
		return utf8.AppendRune(b, replacement), n
	}
	if isForbidden(r) {
		return b, n
	}
	if r == 0 {
		r = utf8.RuneError
	}
	return utf8.AppendRune(b, r), n
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// isForbidden reports whether HTML 5 forbids a reference to r.
func isForbidden(r rune) bool {
	switch {
	case r == 0, r == '\t', r == '\n', r == '\f', r == '\r':
		return false
	case r < 0x20, 0x7f <= r && r <= 0x9f, 0xfdd0 <= r && r <= 0xfdef:
		return true
	}
	return r <= utf8.MaxRune && r&0xfffe == 0xfffe
}

// windows1252 maps the numbers 128 to 159, which pages used for the characters of
// that code page, to what was meant (HTML 5, section 13.2.5.80).
var windows1252 = map[rune]rune{
	0x80: '€', 0x81: 0x81, 0x82: '‚', 0x83: 'ƒ', 0x84: '„', 0x85: '…', 0x86: '†', 0x87: '‡',
	0x88: 'ˆ', 0x89: '‰', 0x8a: 'Š', 0x8b: '‹', 0x8c: 'Œ', 0x8d: 0x8d, 0x8e: 'Ž', 0x8f: 0x8f,
	0x90: 0x90, 0x91: '‘', 0x92: '’', 0x93: '“', 0x94: '”', 0x95: '•', 0x96: '–', 0x97: '—',
	0x98: '˜', 0x99: '™', 0x9a: 'š', 0x9b: '›', 0x9c: 'œ', 0x9d: 0x9d, 0x9e: 'ž', 0x9f: 'Ÿ',
}
