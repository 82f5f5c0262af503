package template

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Whitespace modes: what becomes of blanks and line ends in literal text.
const (
	WhitespaceAll     = "all"     // untouched
	WhitespaceSingle  = "single"  // runs become one space, or one newline if they hold any
	WhitespaceOneline = "oneline" // runs become one space
)

func validWhitespace(mode string) bool {
	return mode == WhitespaceAll || mode == WhitespaceSingle || mode == WhitespaceOneline
}

// defaultWhitespace is the mode of a template whose name is all that is known.
func defaultWhitespace(name string) string {
	switch path.Ext(name) {
	case ".html", ".js":
		return WhitespaceSingle
	}
	return WhitespaceAll
}

// filterWhitespace applies a mode to one piece of literal text. Text with <pre>
// is left alone.
func filterWhitespace(mode, text string) string {
	if mode == WhitespaceAll || strings.Contains(text, "<pre>") {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for len(text) > 0 {
		run := spaceLen(text)
		switch {
		case run == 0:
			n := strings.IndexFunc(text, isSpace)
			if n < 0 {
				n = len(text)
			}
			b.WriteString(text[:n])
			text = text[n:]
			continue
		case mode == WhitespaceOneline:
			b.WriteByte(' ')
		case strings.IndexByte(text[:run], '\n') >= 0:
			b.WriteByte('\n')
		default:
			squeezeBlanks(&b, text[:run])
		}
		text = text[run:]
	}
	return b.String()
}

// squeezeBlanks writes a run of white space without newline: spaces and tabs
// become one space, other characters stay.
func squeezeBlanks(b *strings.Builder, run string) {
	blank := false
	for _, r := range run {
		if r != ' ' && r != '\t' {
			b.WriteRune(r)
		} else if !blank {
			b.WriteByte(' ')
		}
		blank = r == ' ' || r == '\t'
	}
}

func spaceLen(s string) int {
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if !isSpace(r) {
			break
		}
		n += size
	}
	return n
}

// isSpace is Python's idea of white space, which includes the separators U+001C to
// U+001F.
func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }
