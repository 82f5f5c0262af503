package escape

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const upperHex = "0123456789ABCDEF"

// URLEscape makes s safe as a part of a URL. With plus, a space becomes "+" and
// every byte is escaped but letters, digits and -._~, as in a query; without,
// a space becomes "%20" and slashes are kept, as in a path.
func URLEscape(s string, plus bool) string {
	for i := 0; i < len(s); i++ {
		if !isURLSafe(s[i], plus) {
			return string(appendURLEscaped(make([]byte, 0, len(s)+16), s, plus))
		}
	}
	return s
}

func isURLSafe(c byte, plus bool) bool {
	switch c {
	case '-', '.', '_', '~':
		return true
	case '/':
		return !plus
	}
	return isAlphanumeric(c)
}

func appendURLEscaped(dst []byte, s string, plus bool) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isURLSafe(c, plus):
			dst = append(dst, c)
		case c == ' ' && plus:
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// URLUnescape takes URLEscape back. A "%" that two hexadecimal digits do not
// follow stays as it is. Bytes that are not UTF-8 become U+FFFD; see
// URLUnescapeBytes.
func URLUnescape(s string, plus bool) string {
	if strings.IndexByte(s, '%') < 0 && !(plus && strings.IndexByte(s, '+') >= 0) {
		return s
	}
	b := URLUnescapeBytes(s, plus)
	if utf8.Valid(b) {
		return string(b)
	}
	return string(replaceInvalid(b))
}

// URLUnescapeBytes is URLUnescape without a look at what the bytes mean.
func URLUnescapeBytes(s string, plus bool) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+' && plus:
			c = ' '
		case c == '%' && i+2 < len(s):
			hi, lo := hexDigit(s[i+1]), hexDigit(s[i+2])
			if hi >= 0 && lo >= 0 {
				c = byte(hi<<4 | lo)
				i += 2
			}
		}
		b = append(b, c)
	}
	return b
}

// URLUnescapeWith takes URLEscape back for text of other encodings than UTF-8:
// decode is given each run of escaped bytes. What was not escaped stays as it is.
func URLUnescapeWith(s string, plus bool, decode func([]byte) string) string {
	var b strings.Builder
	for s != "" {
		n := 0
		for n+2 < len(s) && s[n] == '%' && hexDigit(s[n+1]) >= 0 && hexDigit(s[n+2]) >= 0 {
			n += 3
		}
		if n > 0 {
			b.WriteString(decode(URLUnescapeBytes(s[:n], false)))
			s = s[n:]
			continue
		}
		c := s[0]
		if c == '+' && plus {
			c = ' '
		}
		b.WriteByte(c)
		s = s[1:]
	}
	return b.String()
}

// ParseQSBytes reads a query string or a urlencoded form. "&" alone separates; the
// values of a name stand in their order and need not be UTF-8. keepBlankValues
// keeps arguments whose value is empty or missing; strict makes one without an
// equals sign an error, also where two separators follow each other. The map is
// never nil without an error.
func ParseQSBytes(qs string, keepBlankValues, strict bool) (map[string][]string, error) {
	arguments := map[string][]string{}
	if qs == "" {
		return arguments, nil
	}
	for field := range strings.SplitSeq(qs, "&") {
		name, value, ok := strings.Cut(field, "=")
		if !ok && strict {
			return nil, fmt.Errorf("escape: the field %q of a query has no value", field)
		}
		if field == "" || value == "" && !keepBlankValues {
			continue
		}
		name = string(URLUnescapeBytes(name, true))
		arguments[name] = append(arguments[name], string(URLUnescapeBytes(value, true)))
	}
	return arguments, nil
}

// replaceInvalid puts one U+FFFD in place of each maximal part of a broken
// sequence, as Unicode recommends (chapter 3, table 3-8).
func replaceInvalid(b []byte) []byte {
	out := make([]byte, 0, len(b)+8)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			n = brokenLen(b)
		}
		out = utf8.AppendRune(out, r)
		b = b[n:]
	}
	return out
}

// brokenLen is how many bytes at the start of b, which begins no valid sequence,
// would begin one if other bytes followed.
func brokenLen(b []byte) int {
	n := 1
	for n < len(b) && n < utf8.UTFMax && !utf8.FullRune(b[:n]) && b[n]&0xc0 == 0x80 {
		if utf8.FullRune(b[:n+1]) {
			break // the next byte makes it invalid rather than longer
		}
		n++
	}
	return n
}
