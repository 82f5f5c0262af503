package log

import (
	"path/filepath"
	"strconv"
	"unicode/utf8"
)

// AppendLine is the usual Formatter: "[W 260101 12:00:00 file:line] message".
// Further lines of the message are indented by four spaces: what a client sent can
// not begin a line that looks like a record of its own.
func AppendLine(b []byte, r Record, colour bool) []byte {
	letter, sequence := levelStyle(r.Level)
	if colour {
		b = append(b, sequence...)
	}
	b = append(b, '[', letter, ' ')
	b = r.Time.AppendFormat(b, "060102 15:04:05")
	if r.File != "" {
		b = append(append(b, ' '), filepath.Base(r.File)...)
		b = strconv.AppendInt(append(b, ':'), int64(r.Line), 10)
	}
	b = append(b, ']')
	if colour {
		b = append(b, "\x1b[0m"...)
	}
	return append(AppendEscaped(append(b, ' '), r.Message), '\n')
}

func levelStyle(level Level) (letter byte, sequence string) {
	switch {
	case level >= LevelCritical:
		return 'C', "\x1b[35m"
	case level >= LevelError:
		return 'E', "\x1b[31m"
	case level >= LevelWarning:
		return 'W', "\x1b[33m"
	case level >= LevelInfo:
		return 'I', "\x1b[32m"
	}
	return 'D', "\x1b[34m"
}

// AppendEscaped writes a message so that it cannot steer the terminal: control
// characters of C0 and C1 but for the line feed and the tab, what turns the
// direction of writing, and octets that are not UTF-8 appear as \x1b or \u202e. A
// line feed at the end is left out; what follows another is indented.
func AppendEscaped(b []byte, message string) []byte {
	for i := 0; i < len(message); {
		r, size := utf8.DecodeRuneInString(message[i:])
		switch {
		case r == '\n':
			if i+size < len(message) {
				b = append(b, "\n    "...)
			}
		case r == '\t' || r >= ' ' && r < 0x7f:
			b = append(b, byte(r))
		case r == utf8.RuneError && size == 1, r < 0xa0:
			const hex = "0123456789abcdef"
			octet := message[i+size-1]
			b = append(b, '\\', 'x', hex[octet>>4], hex[octet&15])
		case strconv.IsGraphic(r):
			b = append(b, message[i:i+size]...)
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b = append(b, quoted[1:len(quoted)-1]...)
		}
		i += size
	}
	return b
}
