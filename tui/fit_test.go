package tui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// fits checks that the screen is as high as the terminal and not wider.
func fits(t testing.TB, d *driver) {
	t.Helper()
	lines := strings.Split(d.View(), "\n")
	if len(lines) != d.height {
		t.Errorf("%dx%d: %d lines", d.width, d.height, len(lines))
	}
	for i, line := range lines {
		if w := ansi.StringWidth(line); w > d.width {
			t.Errorf("%dx%d: line %d is %d cells wide: %q", d.width, d.height, i, w, line)
		}
	}
}

func TestNothingOverflows(t *testing.T) {
	d := newDriver(t, 80, 24)
	keys := [][]string{
		{"1"}, {"enter"}, {"]"}, {"]"}, {"]"}, {"]"}, {"z"}, {"esc"}, {"2"}, {"enter"}, {"]"}, {"esc"},
		{"3"}, {"g", "j", "enter"}, {"esc", "j", "enter", "f"}, {"esc", "4"}, {"5"}, {"6", "enter", "]"}, {"esc"},
		{"?"}, {"esc", "ctrl+p"}, {"x"}, {"esc", "1", "Y"}, {"esc", "/", "a"}, {"esc"}, {"space"}, {"space", "q"}, {"esc"},
	}
	for _, hostile := range []bool{false, true} {
		if hostile {
			d.snapshot = hostileSample()
		}
		for _, step := range keys {
			d.press(step...)
			for _, width := range []int{1, 40, 41, 60, 79, 80, 119, 120, 200} {
				for _, height := range []int{1, 9, 10, 18, 20, 24, 60} {
					d.send(tea.WindowSizeMsg{Width: width, Height: height})
					d.refresh()
					fits(t, d)
				}
			}
			if t.Failed() {
				t.Fatalf("after %q", step)
			}
		}
	}
}
