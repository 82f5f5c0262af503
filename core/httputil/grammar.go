package httputil

import (
	"math/bits"
	"net/netip"
	"strings"
)

// The character classes of RFC 9110 section 5 and RFC 3986, one bit each.
const (
	isToken      = 1 << iota // tchar
	isFieldValue             // VCHAR, obs-text, SP, HTAB
	isTarget                 // what a request target may consist of: VCHAR and obs-text
	isHost                   // reg-name and IP-literal, "%" and ":" included
	isDigit
	isHex
)

var classes = func() (table [256]uint8) {
	add := func(class uint8, chars string) {
		for i := range len(chars) {
			table[chars[i]] |= class
		}
	}
	const digits, letters = "0123456789", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	add(isToken, digits+letters+"!#$%&'*+-.^_`|~")
	add(isHost, digits+letters+"-._~!$&'()*+,;=:[]%")
	add(isDigit, digits)
	add(isHex, digits+"abcdefABCDEF")
	add(isFieldValue, " \t")
	for c := 0x21; c < 0x100; c++ {
		if c != 0x7f {
			table[c] |= isFieldValue | isTarget
		}
	}
	return table
}()

func allOf(class uint8, s string) bool {
	for i := range len(s) {
		if classes[s[i]]&class == 0 {
			return false
		}
	}
	return true
}

// TokenLength is the number of octets at the beginning of s that can be part of a
// token (RFC 9110 section 5.6.2).
func TokenLength(s string) int {
	for i := range len(s) {
		if classes[s[i]]&isToken == 0 {
			return i
		}
	}
	return len(s)
}

// ValidToken reports whether s is a token: the grammar of methods and field names.
func ValidToken(s string) bool { return s != "" && TokenLength(s) == len(s) }

// ValidFieldValue reports whether s may be the value of a field: no control
// character but HTAB, no DEL. Octets above 127 are allowed.
func ValidFieldValue(s string) bool { return FieldValueLength(s) == len(s) }

// FieldValueLength is the number of octets at the beginning of s that can be part
// of the value of a field.
func FieldValueLength(s string) int {
	// Values are most of what a client sends, so eight octets at a time: a bit of
	// found is set for an octet below SP or for DEL. The lowest bit is exact; those
	// above it may come from a borrow.
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for i+8 <= len(s) {
		w := s[i : i+8]
		x := uint64(w[0]) | uint64(w[1])<<8 | uint64(w[2])<<16 | uint64(w[3])<<24 |
			uint64(w[4])<<32 | uint64(w[5])<<40 | uint64(w[6])<<48 | uint64(w[7])<<56
		del := x ^ ones*0x7f
		found := ((x-ones*' ')&^x | (del-ones)&^del) & high
		if found == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(found) / 8
		if s[i] != '\t' {
			return i
		}
		i++
	}
	for ; i < len(s); i++ {
		if classes[s[i]]&isFieldValue == 0 {
			return i
		}
	}
	return i
}

// ValidTarget reports whether s may stand in a request line as its target. A
// fragment is never sent, and the octets above 127 that browsers do not send but
// others do are let through, as they are harmless here.
func ValidTarget(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		if classes[s[i]]&isTarget == 0 || s[i] == '#' {
			return false
		}
	}
	return true
}

// ValidHost reports whether s keeps to the grammar of a Host field, RFC 3986
// section 3.2.2: a name, or an address in brackets, then perhaps a colon and
// digits. The empty string is valid: it says that the target has no authority.
func ValidHost(s string) bool {
	name, port := s, ""
	if len(s) > 0 && s[0] == '[' {
		end := strings.IndexByte(s, ']')
		if end < 2 {
			return false
		}
		name, port = s[1:end], s[end+1:]
		if !validLiteral(name) {
			return false
		}
		return port == "" || port[0] == ':' && allOf(isDigit, port[1:])
	}
	if i := strings.IndexByte(s, ':'); i >= 0 {
		name, port = s[:i], s[i+1:]
	}
	return validRegName(name) && allOf(isDigit, port) && (name != "" || s == "")
}

// validLiteral reports whether s may stand in brackets: an address of IP version
// 6, without a zone, or one of a version to come.
func validLiteral(s string) bool {
	if lower(s[0]) == 'v' {
		version, address, ok := strings.Cut(s[1:], ".")
		return ok && version != "" && allOf(isHex, version) && address != "" && !strings.Contains(address, "%") &&
			validRegName(strings.ReplaceAll(address, ":", ""))
	}
	address, err := netip.ParseAddr(s)
	return err == nil && address.Is6() && address.Zone() == ""
}

func validRegName(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%':
			if i+2 >= len(s) || classes[s[i+1]]&isHex == 0 || classes[s[i+2]]&isHex == 0 {
				return false
			}
			i += 2
		// The grammar has the comma, but it is also what joins two Host fields.
		case classes[c]&isHost == 0, c == '[', c == ']', c == ',':
			return false
		}
	}
	return true
}

// EqualFold compares as field names and other tokens are compared: ASCII letters
// without case.
func EqualFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// TrimSpace takes SP and HTAB off both ends: HTTP knows no other white space.
func TrimSpace(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// ValidTokenOctet reports whether c may be part of a token.
func ValidTokenOctet(c byte) bool { return classes[c]&isToken != 0 }
