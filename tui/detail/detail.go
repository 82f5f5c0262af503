// Package detail shows what is known of one record: tabs, each a page of lines
// that can be scrolled.
//
// Pages are made when they are looked at and kept until the record, the tab or
// the width changes. A Model belongs to the goroutine of the Bubble Tea program.
//
//   - Tab, Page, Anchor: what is shown
//   - Model: which of it
package detail

import (
	"strings"

	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/theme"
)

// An Anchor is a place in the source that a page shows, and the lines it takes
// there.
type Anchor struct {
	From, To int // lines of the page, To excluded
	Place    pane.Place
}

// A Page is lines, which may carry styles, and the places among them.
type Page struct {
	Lines   []string
	Anchors []Anchor
}

// A Tab is a page that is made when it is shown.
type Tab struct {
	Title string
	Make  func(width int) Page
}

// A Model is tabs and where the user is in them. The zero Model is empty.
type Model struct {
	tabs    []Tab
	current int
	record  any // which record; the position starts anew with another
	version any // what else the page was made from

	page   Page
	made   bool
	top    int
	anchor int

	width, height int // height includes the line of tabs
}

// Resize sets the size in cells, the line of tabs included.
func (m *Model) Resize(width, height int) {
	if width != m.width {
		m.made = false
	}
	m.width, m.height = width, height
	m.make()
}

// Set shows tabs. record and version are comparable: while both are the same the
// page stays as it is; while record is, the user stays where he was.
func (m *Model) Set(record, version any, tabs []Tab) {
	if m.made && record == m.record && version == m.version && len(tabs) == len(m.tabs) {
		m.tabs = tabs
		return
	}
	if record != m.record {
		m.top, m.anchor = 0, 0
	}
	m.tabs, m.record, m.version, m.made = tabs, record, version, false
	m.make()
}

// Empty takes everything away.
func (m *Model) Empty() { m.Set(nil, nil, nil) }

func (m *Model) make() {
	if m.made || m.width <= 0 {
		return
	}
	m.page = Page{}
	if len(m.tabs) > 0 {
		m.page = m.tabs[m.tab()].Make(m.width - 2)
	}
	m.made = true
	m.anchor = min(m.anchor, max(len(m.page.Anchors)-1, 0))
	m.keepInView()
}

// tab is the tab shown: the chosen one, which is kept while a record has fewer.
func (m *Model) tab() int { return min(m.current, len(m.tabs)-1) }

// Tabs is the number of tabs.
func (m *Model) Tabs() int { return len(m.tabs) }

// Title is the title of the tab shown, "" without any.
func (m *Model) Title() string {
	if len(m.tabs) == 0 {
		return ""
	}
	return m.tabs[m.tab()].Title
}

// Turn goes n tabs forward, round the end.
func (m *Model) Turn(n int) {
	if k := len(m.tabs); k > 0 {
		m.Show(((m.tab()+n)%k + k) % k)
	}
}

// Show goes to tab i.
func (m *Model) Show(i int) {
	m.current, m.top, m.anchor, m.made = i, 0, 0, false
	m.make()
}

// Place returns the selected place of the page.
func (m *Model) Place() (pane.Place, bool) {
	if m.anchor >= len(m.page.Anchors) {
		return pane.Place{}, false
	}
	return m.page.Anchors[m.anchor].Place, true
}

// Move goes n steps: from place to place where the next is on the screen or
// there are no lines between, else by lines.
func (m *Model) Move(n int) {
	step := 1
	if n < 0 {
		step = -1
	}
	for range n * step {
		m.step(step)
	}
}

func (m *Model) step(step int) {
	next := m.anchor + step
	if next >= 0 && next < len(m.page.Anchors) {
		a := m.page.Anchors[next]
		if a.From >= m.top && a.From < m.top+m.rows() {
			m.anchor = next
			m.reveal(a)
			return
		}
	}
	m.Scroll(step)
}

// reveal scrolls until the anchor's lines are on the screen, the first at least.
func (m *Model) reveal(a Anchor) {
	m.top = max(m.top, a.To-m.rows())
	m.top = min(m.top, a.From)
	m.keepInView()
}

// Scroll scrolls by n lines. The selected place follows onto the screen.
func (m *Model) Scroll(n int) {
	m.top += n
	m.keepInView()
	for i, a := range m.page.Anchors {
		now := m.page.Anchors[m.anchor]
		if now.From >= m.top && now.From < m.top+m.rows() {
			return
		}
		if a.From >= m.top && a.From < m.top+m.rows() {
			m.anchor = i
			return
		}
	}
}

// Page is how many lines are on the screen.
func (m *Model) Page() int { return m.rows() }

// Top and Bottom go to the ends.
func (m *Model) Top() { m.top, m.anchor = 0, 0 }

func (m *Model) Bottom() {
	m.top, m.anchor = len(m.page.Lines), max(len(m.page.Anchors)-1, 0)
	m.keepInView()
}

func (m *Model) rows() int { return max(m.height-1, 1) }

func (m *Model) keepInView() {
	m.top = max(min(m.top, len(m.page.Lines)-m.rows()), 0)
}

// TabAt returns the tab whose title is at cell x of the line of tabs.
func (m *Model) TabAt(x int) (int, bool) {
	at := 1
	for i, t := range m.tabs {
		w := layout.Width(t.Title) + 2
		if x >= at && x < at+w {
			return i, true
		}
		at += w + 1
	}
	return 0, false
}

// Click selects the place at line y of the view.
func (m *Model) Click(y int) {
	line := m.top + y - 1
	for i, a := range m.page.Anchors {
		if line >= a.From && line < a.To {
			m.anchor = i
		}
	}
}

// View draws the line of tabs and the page below it.
func (m *Model) View(th theme.Theme, focused bool) []string {
	lines := make([]string, 0, m.height)
	lines = append(lines, m.header(th, focused))
	marked := -1
	if len(m.page.Anchors) > 0 && focused {
		marked = m.page.Anchors[m.anchor].From
	}
	for i := m.top; i < len(m.page.Lines) && len(lines) < m.height; i++ {
		gutter := "  "
		if i == marked {
			gutter = th.Accent.On("▸") + " "
		}
		lines = append(lines, gutter+layout.Cut(m.page.Lines[i], m.width-2))
	}
	return layout.Block(lines, m.width, m.height)
}

// header is the tabs on a rule; how far the page is scrolled stands at its end.
func (m *Model) header(th theme.Theme, focused bool) string {
	var b strings.Builder
	used := 1
	b.WriteString(th.Faint.On("─"))
	for i, t := range m.tabs {
		switch {
		case i == m.tab() && focused:
			b.WriteString(th.Tab.On("[" + t.Title + "]"))
		case i == m.tab():
			b.WriteString(th.Strong.On("[" + t.Title + "]"))
		default:
			b.WriteString(th.Dim.On(" " + t.Title + " "))
		}
		b.WriteString(th.Faint.On("─"))
		used += layout.Width(t.Title) + 3
	}
	position := ""
	if n := len(m.page.Lines); n > m.rows() {
		position = " " + layout.Count(int64(min(m.top+m.rows(), n))) + "/" + layout.Count(int64(n)) + " "
	}
	rule := m.width - used - len(position) - 1
	if rule < 0 {
		position, rule = "", m.width-used-1
	}
	if rule < 0 {
		return layout.Cut(b.String(), m.width)
	}
	b.WriteString(th.Faint.On(strings.Repeat("─", rule)))
	b.WriteString(th.Dim.On(position))
	b.WriteString(th.Faint.On("─"))
	return b.String()
}
