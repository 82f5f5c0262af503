package escape

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// maxPlainDepth is how deep values may lie in each other here. encoding/json goes
// deeper, and finds values that contain themselves.
const maxPlainDepth = 32

// appendPlainJSON appends what encoding/json makes of v, with HTML left as it is, if
// v is of the types that most answers are made of; reflection takes three times as
// long for them. It reports false for the others, and for what is no JSON: then dst
// is of no use.
func appendPlainJSON(dst []byte, v any, depth int) (_ []byte, ok bool) {
	if depth > maxPlainDepth {
		return dst, false
	}
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), true
	case bool:
		return strconv.AppendBool(dst, v), true
	case int:
		return strconv.AppendInt(dst, int64(v), 10), true
	case int64:
		return strconv.AppendInt(dst, v, 10), true
	case float64:
		return appendJSONFloat(dst, v)
	case string:
		return appendJSONString(dst, v), true
	case map[string]any:
		return appendJSONMap(dst, v, depth, appendPlainJSON)
	case map[string]string:
		return appendJSONMap(dst, v, depth, plainString)
	case []any:
		return appendJSONList(dst, v, depth, appendPlainJSON)
	case []string:
		return appendJSONList(dst, v, depth, plainString)
	case []map[string]any:
		return appendJSONList(dst, v, depth, func(dst []byte, v map[string]any, depth int) ([]byte, bool) {
			return appendJSONMap(dst, v, depth, appendPlainJSON)
		})
	}
	return dst, false
}

func plainString(dst []byte, s string, _ int) ([]byte, bool) { return appendJSONString(dst, s), true }

// appendJSONMap appends an object, by the order of its keys.
func appendJSONMap[V any](dst []byte, m map[string]V, depth int, value func([]byte, V, int) ([]byte, bool)) (_ []byte, ok bool) {
	if m == nil {
		return append(dst, "null"...), true
	}
	var room [16]string
	keys := room[:0]
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	dst = append(dst, '{')
	for i, key := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendJSONString(dst, key), ':')
		if dst, ok = value(dst, m[key], depth+1); !ok {
			return dst, false
		}
	}
	return append(dst, '}'), true
}

func appendJSONList[V any](dst []byte, list []V, depth int, value func([]byte, V, int) ([]byte, bool)) (_ []byte, ok bool) {
	if list == nil {
		return append(dst, "null"...), true
	}
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, ok = value(dst, v, depth+1); !ok {
			return dst, false
		}
	}
	return append(dst, ']'), true
}

// appendJSONFloat writes a number as ECMAScript does.
func appendJSONFloat(dst []byte, f float64) (_ []byte, ok bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return dst, false
	}
	if size := math.Abs(f); size == 0 || 1e-6 <= size && size < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64), true
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	if n := len(dst); dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' { // e-09
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst, true
}

// appendJSONString writes a string in quotes. What is no UTF-8 becomes U+FFFD; U+2028
// and U+2029 end a line in JavaScript and are escaped.
func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	copied := 0 // of s
	for i := 0; i < len(s); {
		c := s[i]
		if ' ' <= c && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		size, escaped := 1, ""
		if c >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				escaped = `\ufffd`
			case r == '\u2028':
				escaped = `\u2028`
			case r == '\u2029':
				escaped = `\u2029`
			default:
				i += size
				continue
			}
		}
		dst = append(dst, s[copied:i]...)
		if escaped != "" {
			dst = append(dst, escaped...)
		} else {
			dst = appendEscapedASCII(dst, c)
		}
		i += size
		copied = i
	}
	return append(append(dst, s[copied:]...), '"')
}

// appendEscapedASCII writes a quote, a backslash or a control character.
func appendEscapedASCII(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
