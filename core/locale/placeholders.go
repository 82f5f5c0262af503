package locale

import (
	"fmt"
	"strings"
)

// Format puts values in place of %(name)s, %(name)d and the like in text, which is
// usually a translation; %% is a percent sign. What follows the name counts as in
// package fmt, so that %(price).2f works; s and d take any value. A name that there
// is no value for, and a percent sign that begins nothing, stay as they are: a slip
// of a translator must not break the page.
func Format(text string, values map[string]any) string {
	i := strings.IndexByte(text, '%')
	if i < 0 {
		return text
	}
	var b strings.Builder
	for ; i >= 0; i = strings.IndexByte(text, '%') {
		b.WriteString(text[:i])
		text = text[i:]
		n := 1
		if strings.HasPrefix(text, "%%") {
			b.WriteByte('%')
			n = 2
		} else if name, verb, length, ok := placeholder(text); ok && hasKey(values, name) {
			writeValue(&b, verb, values[name])
			n = length
		} else {
			b.WriteByte('%')
		}
		text = text[n:]
	}
	b.WriteString(text)
	return b.String()
}

func hasKey(values map[string]any, name string) bool {
	_, ok := values[name]
	return ok
}

// placeholder reads the placeholder that text begins with: its name, what follows
// the name, and how many bytes it has.
func placeholder(text string) (name, verb string, length int, ok bool) {
	if !strings.HasPrefix(text, "%(") {
		return "", "", 0, false
	}
	end := strings.IndexByte(text, ')')
	if end < 0 {
		return "", "", 0, false
	}
	rest := text[end+1:]
	n := len(rest) - len(strings.TrimLeft(rest, "+-# 0123456789."))
	if n > maxFlags || n == len(rest) || !strings.ContainsRune("sdifegxXorEGc", rune(rest[n])) {
		return "", "", 0, false
	}
	return text[2:end], rest[:n+1], end + 1 + n + 1, true
}

// maxFlags bounds the width that a translation may ask for.
const maxFlags = 4

func writeValue(b *strings.Builder, verb string, value any) {
	flags, letter := verb[:len(verb)-1], verb[len(verb)-1]
	switch letter {
	case 's':
		letter = 'v'
	case 'i':
		letter = 'd'
	case 'r':
		letter = 'q'
	}
	if letter == 'd' {
		switch value.(type) {
		case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		case float32, float64:
			flags += ".0"
			letter = 'f'
		default:
			letter = 'v'
		}
	}
	fmt.Fprintf(b, "%"+flags+string(letter), value)
}
