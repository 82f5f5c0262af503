package prompt

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func TestPress(t *testing.T) {
	typed := func(s string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)} }
	key := func(k tea.KeyType) tea.KeyMsg { return tea.KeyMsg{Type: k} }
	for _, tt := range []struct {
		name string
		text string
		keys []tea.KeyMsg
		want string // with | at the position
	}{
		{"type", "", []tea.KeyMsg{typed("a"), key(tea.KeySpace), typed("b")}, "ab|"},
		{"type a space", "", []tea.KeyMsg{typed("a"), {Type: tea.KeySpace, Runes: []rune{' '}}, typed("b")}, "a b|"},
		{"in the middle", "ac", []tea.KeyMsg{key(tea.KeyLeft), typed("b")}, "ab|c"},
		{"ends", "abc", []tea.KeyMsg{key(tea.KeyHome), typed("<"), key(tea.KeyEnd), typed(">")}, "<abc>|"},
		{"backspace", "日本", []tea.KeyMsg{key(tea.KeyBackspace)}, "日|"},
		{"backspace at the start", "a", []tea.KeyMsg{key(tea.KeyHome), key(tea.KeyBackspace)}, "|a"},
		{"delete", "ab", []tea.KeyMsg{key(tea.KeyHome), key(tea.KeyDelete)}, "|b"},
		{"delete at the end", "ab", []tea.KeyMsg{key(tea.KeyDelete)}, "ab|"},
		{"a word", "status:500 path:x ", []tea.KeyMsg{key(tea.KeyCtrlW)}, "status:500 |"},
		{"to the start", "one two", []tea.KeyMsg{{Type: tea.KeyLeft, Alt: true}, key(tea.KeyCtrlU)}, "|two"},
		{"to the end", "one two", []tea.KeyMsg{key(tea.KeyHome), {Type: tea.KeyRight, Alt: true}, key(tea.KeyCtrlK)}, "one|"},
		{"paste", "", []tea.KeyMsg{{Type: tea.KeyRunes, Runes: []rune("a\nb\x1b[31m"), Paste: true}}, "a b[31m|"},
		{"alt keys are no text", "a", []tea.KeyMsg{{Type: tea.KeyRunes, Runes: []rune("x"), Alt: true}}, "a|"},
		{"too much", "", []tea.KeyMsg{typed(strings.Repeat("x", Limit+9))}, strings.Repeat("x", Limit) + "|"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var l Line
			l.Set(tt.text)
			for _, k := range tt.keys {
				l.Press(k)
			}
			before, under, after := l.Split()
			got := before + "|" + under + after
			if len([]rune(before)) == len([]rune(l.Value())) {
				got = before + "|"
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPressTellsChange(t *testing.T) {
	var l Line
	if !l.Press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a")}) {
		t.Error("typing changed nothing")
	}
	if l.Press(tea.KeyMsg{Type: tea.KeyLeft}) {
		t.Error("moving changed the text")
	}
}
