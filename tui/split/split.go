// Package split is a list with the detail of its selected row: beside it on wide
// screens, below it on most, in its place on small ones. Every pane is one.
//
// A Model belongs to the goroutine of the Bubble Tea program.
package split

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/command"
	"github.com/tornado-dev/tornado/tui/detail"
	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/list"
	"github.com/tornado-dev/tornado/tui/pane"
)

// From this many cells on, the detail is beside the list; from the stacked size
// on, below it. Both are sizes of the whole screen.
const (
	besideWidth   = 120
	stackedWidth  = 80
	stackedHeight = 20
	frameHeight   = 3 // lines of the screen that are not the pane's
)

// A Config says what a pane shows.
type Config[T any] struct {
	List list.Config[T]

	// Rows are the records of the pane in a snapshot.
	Rows func(s *pane.Snapshot) pane.Rows[T]

	// Matching turns a filter that is not empty into a test of records.
	Matching func(f inspector.Filter) func(*T) bool

	// Detail gives the tabs for a record and a comparable value that changes
	// whenever they would show something else.
	Detail func(r *T) (version any, tabs []detail.Tab)

	// Empty is what to read when there is no record at all.
	Empty func() []string

	// Share is the percentage of the screen the list gets; zero is 50.
	Share int
}

// A Model is a list and a detail, and which of them has the focus.
type Model[T any] struct {
	Env    *pane.Env
	List   list.Model[T]
	Detail detail.Model

	config   Config[T]
	inDetail bool
	zoomed   bool

	width, height int
}

// New returns an empty pane.
func New[T any](env *pane.Env, c Config[T]) Model[T] {
	if c.Share == 0 {
		c.Share = 50
	}
	return Model[T]{Env: env, List: list.New(c.List), config: c}
}

type shape uint8

const (
	single shape = iota
	stacked
	beside
)

func (m *Model[T]) shape() shape {
	switch {
	case m.zoomed:
		return single
	case m.width >= besideWidth:
		return beside
	case m.width >= stackedWidth && m.height >= stackedHeight-frameHeight:
		return stacked
	}
	return single
}

// listSize is the size of the list while it is on the screen.
func (m *Model[T]) listSize() (width, height int) {
	switch m.shape() {
	case beside:
		return m.width * m.config.Share / 100, m.height
	case stacked:
		// Who reads the detail needs less of the list.
		if m.inDetail {
			return m.width, max(m.height/3, 4)
		}
		return m.width, max(m.height*m.config.Share/100, 4)
	}
	return m.width, m.height
}

// Resize sets the size in cells.
func (m *Model[T]) Resize(width, height int) {
	m.width, m.height = width, height
	m.resize()
}

func (m *Model[T]) resize() {
	w, h := m.listSize()
	m.List.Resize(w, h)
	switch m.shape() {
	case beside:
		m.Detail.Resize(m.width-w-1, m.height)
	case stacked:
		m.Detail.Resize(m.width, m.height-h)
	default:
		m.Detail.Resize(m.width, m.height)
	}
}

// SetRows shows other rows.
func (m *Model[T]) SetRows(rows pane.Rows[T]) {
	m.List.SetRows(rows)
	m.Refresh()
}

// SetMatch shows only records of which match is true; nil shows all.
func (m *Model[T]) SetMatch(match func(*T) bool) {
	m.List.SetMatch(match)
	m.Refresh()
}

// Refresh makes the detail that of the selected record.
func (m *Model[T]) Refresh() {
	r := m.List.Selected()
	if r == nil {
		m.inDetail, m.zoomed = false, false
		m.Detail.Empty()
		m.resize()
		return
	}
	version, tabs := m.config.Detail(r)
	m.Detail.Set(m.config.List.ID(r), version, tabs)
}

// InDetail reports whether the detail has the focus.
func (m *Model[T]) InDetail() bool { return m.inDetail }

// Following reports whether the newest row is kept in view.
func (m *Model[T]) Following() bool { return m.List.Following() }

// CanFollow reports whether the rows have a newest one to follow.
func (m *Model[T]) CanFollow() bool { return m.List.CanFollow() }

// Order is how the list is sorted, "" if it is as it came.
func (m *Model[T]) Order() string {
	if m.List.Sorted() {
		return m.List.Order()
	}
	return ""
}

// Counted is how many rows are shown and how many there are.
func (m *Model[T]) Counted() (shown, all int) { return m.List.Len(), m.List.Total() }

// AnyFailed reports whether some row failed.
func (m *Model[T]) AnyFailed() bool { return m.List.AnyFailed() }

// Facts are what is known here of the availability of commands.
func (m *Model[T]) Facts() command.Facts {
	return command.Facts{
		Rows:     m.List.Len(),
		Detail:   true,
		InDetail: m.inDetail,
		Tabs:     m.Detail.Tabs(),
		Orders:   m.List.Orders(),
		Follows:  m.List.CanFollow(),
	}
}

// Select puts the cursor on the record with an ID.
func (m *Model[T]) Select(id uint64) bool {
	ok := m.List.Select(id)
	m.Refresh()
	return ok
}

// Place is the place selected in the detail, if that shows any.
func (m *Model[T]) Place() (pane.Place, bool) { return m.Detail.Place() }

// Back goes one step out: from the zoomed detail, from the detail. ok is false
// if there was nowhere to go back to.
func (m *Model[T]) Back() (ok bool) {
	ok = m.inDetail || m.zoomed
	m.inDetail, m.zoomed = false, false
	m.resize()
	return ok
}

func (m *Model[T]) enter() {
	m.inDetail = m.List.Len() > 0
	m.resize()
}

// SetFilter shows only what f lets through.
func (m *Model[T]) SetFilter(f inspector.Filter) {
	if f.Empty() {
		m.SetMatch(nil)
		return
	}
	m.SetMatch(m.config.Matching(f))
}

// Update takes in a snapshot, or carries out a command that is the same in all
// panes.
func (m *Model[T]) Update(msg tea.Msg) tea.Cmd {
	if _, ok := msg.(pane.SnapshotMsg); ok {
		m.SetRows(m.config.Rows(&m.Env.Snapshot))
		return nil
	}
	c, ok := msg.(command.Msg)
	if !ok {
		return nil
	}
	switch c.Name {
	case "up":
		m.move(-1)
	case "down":
		m.move(1)
	case "half-up":
		m.scroll(-m.page() / 2)
	case "half-down":
		m.scroll(m.page() / 2)
	case "page-up":
		m.scroll(-m.page())
	case "page-down":
		m.scroll(m.page())
	case "top":
		if m.inDetail {
			m.Detail.Top()
		} else {
			m.List.MoveTo(0)
		}
	case "bottom":
		if m.inDetail {
			m.Detail.Bottom()
		} else {
			m.List.MoveTo(m.List.Len() - 1)
			m.List.Follow(true)
		}
	case "follow":
		m.List.Follow(!m.List.Following())
	case "sort":
		m.List.Sort()
	case "next-error":
		m.List.NextFailed(1)
	case "previous-error":
		m.List.NextFailed(-1)
	case "open", "detail":
		m.enter()
	case "list":
		m.Back()
	case "zoom":
		m.zoomed = !m.zoomed
		m.inDetail = m.zoomed
		m.resize()
	case "next-tab":
		m.Detail.Turn(1)
	case "previous-tab":
		m.Detail.Turn(-1)
	}
	m.Refresh()
	return nil
}

func (m *Model[T]) page() int {
	if m.inDetail {
		return m.Detail.Page()
	}
	return m.List.Page()
}

func (m *Model[T]) move(n int) {
	if m.inDetail {
		m.Detail.Move(n)
	} else {
		m.List.Move(n)
	}
}

func (m *Model[T]) scroll(n int) {
	if m.inDetail {
		m.Detail.Scroll(n)
	} else {
		m.List.Move(n)
	}
}

// at says what is at cell x, y of the view, and where in it.
func (m *Model[T]) at(x, y int) (inDetail bool, dx, dy int) {
	w, h := m.listSize()
	switch m.shape() {
	case beside:
		return x > w, x - w - 1, y
	case stacked:
		if y >= h {
			return true, x, y - h
		}
		return false, x, y
	}
	return m.inDetail, x, y
}

// Click gives the focus to what is at cell x, y and selects there.
func (m *Model[T]) Click(x, y int) {
	inDetail, dx, dy := m.at(x, y)
	switch {
	case inDetail && dy == 0:
		if i, ok := m.Detail.TabAt(dx); ok {
			m.Detail.Show(i)
		}
	case inDetail:
		m.enter()
		m.Detail.Click(dy)
	default:
		if i, ok := m.List.RowAt(dy); ok {
			m.List.MoveTo(i)
		}
		m.inDetail = false
		m.resize()
	}
	m.Refresh()
}

// Wheel scrolls what is at cell x, y by n lines.
func (m *Model[T]) Wheel(x, y, n int) {
	if inDetail, _, _ := m.at(x, y); inDetail {
		m.Detail.Scroll(n)
		return
	}
	m.List.Move(n)
	m.Refresh()
}

// View draws the pane.
func (m *Model[T]) View() []string {
	th := m.Env.Theme
	shape := m.shape()
	if m.List.Len() == 0 {
		return m.empty()
	}
	if shape == single && m.inDetail {
		return m.Detail.View(th, true)
	}
	rows := m.List.View(th, !m.inDetail, nil)
	switch shape {
	case beside:
		return layout.Beside(rows, th.Faint.On("│"), m.Detail.View(th, m.inDetail))
	case stacked:
		return append(rows, m.Detail.View(th, m.inDetail)...)
	}
	return rows
}

// empty teaches what will be here, in place of list and detail.
func (m *Model[T]) empty() []string {
	th := m.Env.Theme
	text := m.config.Empty()
	if m.List.Total() > 0 {
		text = []string{"Nothing matches the filter.", "Press esc to see everything again, or / to change it."}
	}
	lines := make([]string, max(m.height/3-len(text)/2, 1))
	for i, paragraph := range text {
		if i > 0 {
			lines = append(lines, "")
		}
		for _, line := range layout.Words(paragraph, m.width-4) {
			if i > 0 {
				line = th.Dim.On(line)
			}
			lines = append(lines, "  "+line)
		}
	}
	return layout.Block(lines, m.width, m.height)
}
