// Package prompt edits one line of text: the filter, the palette's search.
//
// A Line belongs to the goroutine of the Bubble Tea program.
package prompt

import (
	"slices"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"
)

// Limit is how many characters a Line takes; more is not typed by hand.
const Limit = 1024

// A Line is a text and a position in it. The zero Line is empty.
type Line struct {
	value []rune
	at    int // 0 is before the first character
}

// Set replaces the text; the position is at its end.
func (l *Line) Set(text string) {
	l.value, l.at = nil, 0
	l.insert([]rune(text))
}

// Value is the text.
func (l *Line) Value() string { return string(l.value) }

// Split is the text before the position, the character at it (a space at the
// end), and what follows.
func (l *Line) Split() (before, under, after string) {
	if l.at == len(l.value) {
		return string(l.value), " ", ""
	}
	return string(l.value[:l.at]), string(l.value[l.at]), string(l.value[l.at+1:])
}

// Press edits the line as shells do and reports whether the text became another.
func (l *Line) Press(key tea.KeyMsg) (changed bool) {
	before := l.Value()
	switch key.String() {
	case "left", "ctrl+b":
		l.at = max(l.at-1, 0)
	case "right", "ctrl+f":
		l.at = min(l.at+1, len(l.value))
	case "home", "ctrl+a":
		l.at = 0
	case "end", "ctrl+e":
		l.at = len(l.value)
	case "alt+left", "ctrl+left", "alt+b":
		l.at = l.wordStart()
	case "alt+right", "ctrl+right", "alt+f":
		l.at = l.wordEnd()
	case "backspace", "ctrl+h":
		l.cut(max(l.at-1, 0), l.at)
	case "delete", "ctrl+d":
		l.cut(l.at, min(l.at+1, len(l.value)))
	case "ctrl+w", "alt+backspace":
		l.cut(l.wordStart(), l.at)
	case "ctrl+u":
		l.cut(0, l.at)
	case "ctrl+k":
		l.cut(l.at, len(l.value))
	default:
		if (key.Type == tea.KeyRunes || key.Type == tea.KeySpace) && !key.Alt {
			l.insert(key.Runes)
		}
	}
	return l.Value() != before
}

// insert puts in what can be seen; a pasted line break becomes a space.
func (l *Line) insert(text []rune) {
	for _, r := range text {
		if r == '\n' || r == '\t' || r == '\r' {
			r = ' '
		}
		if unicode.IsControl(r) || len(l.value) >= Limit {
			continue
		}
		l.value = slices.Insert(l.value, l.at, r)
		l.at++
	}
}

func (l *Line) cut(from, to int) {
	l.value = slices.Delete(l.value, from, to)
	l.at = from
}

func (l *Line) wordStart() int {
	i := l.at
	for i > 0 && l.value[i-1] == ' ' {
		i--
	}
	for i > 0 && l.value[i-1] != ' ' {
		i--
	}
	return i
}

func (l *Line) wordEnd() int {
	i := l.at
	for i < len(l.value) && l.value[i] == ' ' {
		i++
	}
	for i < len(l.value) && l.value[i] != ' ' {
		i++
	}
	return i
}
