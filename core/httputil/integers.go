package httputil

import "math"

// ParseInt reads a number as HTTP writes it: ASCII digits, at least one, and
// nothing else, no sign, no space. It fails with an HTTPInputError on anything
// else and on what does not fit.
func ParseInt(s string) (int64, error) {
	var n int64
	for i := range len(s) {
		d := int64(s[i]) - '0'
		if d < 0 || d > 9 || n > (math.MaxInt64-d)/10 {
			return 0, Malformed("%q is not a number, or too large", excerpt(s))
		}
		n = n*10 + d
	}
	if s == "" {
		return 0, Malformed("a number is missing")
	}
	return n, nil
}

// ParseHexInt reads a hexadecimal number as ParseInt reads a decimal one.
func ParseHexInt(s string) (int64, error) {
	var n int64
	for i := range len(s) {
		d, ok := HexDigit(s[i])
		if !ok || n > math.MaxInt64>>4 {
			return 0, Malformed("%q is not a hexadecimal number, or too large", excerpt(s))
		}
		n = n<<4 | int64(d)
	}
	if s == "" {
		return 0, Malformed("a hexadecimal number is missing")
	}
	return n, nil
}

// HexDigit returns the value of a hexadecimal digit.
func HexDigit(c byte) (value byte, ok bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
