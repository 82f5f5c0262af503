package detail

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/theme"
)

// long is a tab of n lines with a place at each line of at.
func long(title string, n int, at ...int) Tab {
	return Tab{Title: title, Make: func(int) Page {
		var p Page
		for i := range n {
			p.Lines = append(p.Lines, fmt.Sprint(title, " ", i))
		}
		for _, line := range at {
			p.Anchors = append(p.Anchors, Anchor{From: line, To: line + 3, Place: pane.Place{File: title, Line: line}})
		}
		return p
	}}
}

func newDetail(tabs ...Tab) *Model {
	m := &Model{}
	m.Resize(40, 6)
	m.Set(1, 1, tabs)
	return m
}

// first is the first line below the tabs.
func first(m *Model) string { return strings.TrimSpace(m.View(theme.Theme{}, false)[1]) }

func TestScroll(t *testing.T) {
	m := newDetail(long("a", 20), long("b", 3))
	for _, tt := range []struct {
		name string
		do   func()
		want string
	}{
		{"at first", func() {}, "a 0"},
		{"down", func() { m.Move(3) }, "a 3"},
		{"up", func() { m.Move(-1) }, "a 2"},
		{"to the end", m.Bottom, "a 15"},
		{"not beyond", func() { m.Scroll(100) }, "a 15"},
		{"to the start", m.Top, "a 0"},
		{"not before", func() { m.Scroll(-100) }, "a 0"},
		{"another tab", func() { m.Turn(1) }, "b 0"},
		{"short pages do not scroll", func() { m.Scroll(2) }, "b 0"},
		{"round the end", func() { m.Turn(1) }, "a 0"},
		{"and back", func() { m.Turn(-1) }, "b 0"},
	} {
		tt.do()
		if got := first(m); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestPositionAndTabOfRecords(t *testing.T) {
	made := 0
	tabs := func() []Tab {
		b := long("b", 20)
		inner := b.Make
		b.Make = func(w int) Page { made++; return inner(w) }
		return []Tab{long("a", 20), b}
	}
	m := newDetail(tabs()...)
	m.Turn(1)
	m.Scroll(4)
	made = 0
	m.Set(1, 1, tabs())
	if first(m) != "b 4" || made != 0 {
		t.Errorf("the same again: at %q, made %d times", first(m), made)
	}
	m.Set(1, 2, tabs())
	if first(m) != "b 4" || made != 1 {
		t.Errorf("another version: at %q, made %d times", first(m), made)
	}
	m.Set(2, 1, tabs())
	if first(m) != "b 0" {
		t.Errorf("another record: at %q, want the start of the same tab", first(m))
	}
	m.Set(3, 1, []Tab{long("a", 20)})
	m.Set(4, 1, tabs())
	if first(m) != "b 0" {
		t.Errorf("after a record with fewer tabs: at %q, want the chosen tab again", first(m))
	}
	m.Empty()
	if m.Tabs() != 0 || first(m) != "" {
		t.Errorf("emptied: %d tabs, %q", m.Tabs(), first(m))
	}
}

func TestPlaces(t *testing.T) {
	m := newDetail(long("a", 20, 1, 4, 12))
	line := func() int {
		p, _ := m.Place()
		return p.Line
	}
	if line() != 1 {
		t.Fatalf("at first the place is %d", line())
	}
	m.Move(1)
	if line() != 4 || first(m) != "a 2" {
		t.Errorf("the next place is %d and the first line %q; want 4, moved until it is whole", line(), first(m))
	}
	// The third is not on the screen: lines are scrolled until it is.
	for range 20 {
		if m.Move(1); line() == 12 {
			break
		}
	}
	if line() != 12 {
		t.Errorf("scrolling down ends at place %d", line())
	}
	m.Bottom()
	if line() != 12 {
		t.Errorf("at the end the place is %d", line())
	}
	m.Top()
	if line() != 1 {
		t.Errorf("at the top the place is %d", line())
	}
	m.Click(6)
	if line() != 4 {
		t.Errorf("a click on its line selects place %d", line())
	}
	if _, ok := newDetail(long("a", 3)).Place(); ok {
		t.Error("a page without places has one")
	}
}

func TestTabAt(t *testing.T) {
	m := newDetail(long("One", 1), long("Two", 1))
	header := m.View(theme.Theme{}, false)[0]
	for want, title := range []string{"One", "Two"} {
		x := len([]rune(header[:strings.Index(header, title)]))
		if got, ok := m.TabAt(x); !ok || got != want {
			t.Errorf("%s: got %d, %v", title, got, ok)
		}
	}
	if _, ok := m.TabAt(30); ok {
		t.Error("there is a tab on the rule")
	}
}
