// Package errors is the pane of errors: of building, of starting, of templates
// and of the running program. It is a queue that waits to be looked at; what a
// later save mended stays, dimmed.
//
// A Model belongs to the goroutine of the Bubble Tea program.
package errors

import (
	"cmp"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/command"
	"github.com/tornado-dev/tornado/tui/detail"
	"github.com/tornado-dev/tornado/tui/list"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/source"
	"github.com/tornado-dev/tornado/tui/split"
)

// A Model is the pane. Make one with New.
type Model struct {
	split.Model[inspector.Error]
	unfolded bool
}

// New returns the pane, which draws what env holds.
func New(env *pane.Env) *Model {
	m := &Model{}
	m.Model = split.New(env, split.Config[inspector.Error]{
		Share:    50,
		Detail:   m.detail,
		Empty:    m.empty,
		Rows:     func(s *pane.Snapshot) pane.Rows[inspector.Error] { return s.Errors },
		Matching: func(f inspector.Filter) func(*inspector.Error) bool { return f.MatchError },
		List: list.Config[inspector.Error]{
			Columns: []list.Column{
				{Title: "", Width: 1},
				{Title: "Kind", Width: 8},
				{Title: "Message", Width: 20, Flex: 3},
				{Title: "Place", Width: 16, Flex: 1, CutLeft: true, Rank: 1},
				{Title: "Build", Width: 5, Right: true, Rank: 3},
				{Title: "Time", Width: 8, Rank: 2},
			},
			Orders: []list.Order[inspector.Error]{
				{Name: "time"},
				{Name: "kind", Column: 1, Compare: func(a, b *inspector.Error) int { return cmp.Compare(a.Kind, b.Kind) }},
				{Name: "place", Column: 3, Compare: func(a, b *inspector.Error) int {
					return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
				}},
			},
			ID:      func(e *inspector.Error) uint64 { return e.ID },
			Row:     m.row,
			Failed:  func(e *inspector.Error) bool { return !e.Gone },
			Faint:   func(e *inspector.Error) bool { return e.Gone },
			Follows: true,
		},
	})
	return m
}

// KeyMap is the commands of this pane alone.
func KeyMap() []command.Command { return command.In(command.Errors) }

// Update carries out the commands of this pane, and those of all panes.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	if c, ok := msg.(command.Msg); ok && c.Name == "unfold" {
		m.unfolded = !m.unfolded
		m.Refresh()
		return nil
	}
	return m.Model.Update(msg)
}

// Facts adds what is known of the selected error.
func (m *Model) Facts() command.Facts {
	f := m.Model.Facts()
	if e := m.List.Selected(); e != nil {
		f.Frames = len(libraryFrames(e)) > 0
	}
	return f
}

// Request is the ID of the request in which the selected error happened.
func (m *Model) Request() uint64 {
	if e := m.List.Selected(); e != nil {
		return e.Request
	}
	return 0
}

// Place is the place selected in the detail, or that of the error.
func (m *Model) Place() (pane.Place, bool) {
	if p, ok := m.Model.Place(); ok {
		return p, ok
	}
	e := m.List.Selected()
	if e == nil || e.File == "" {
		return pane.Place{}, false
	}
	return pane.Place{File: e.File, Line: e.Line, Column: e.Column}, true
}

// Copies are what of the selected error can be copied.
func (m *Model) Copies() []pane.Copy {
	e := m.List.Selected()
	if e == nil {
		return nil
	}
	copies := []pane.Copy{
		{Label: "error as Markdown", Text: Markdown(e, m.Env.State.Project)},
		{Label: "message", Text: e.Message},
	}
	if p, ok := m.Place(); ok {
		copies = append(copies, pane.Copy{Label: "place", Text: source.At(p, m.Env.State.Project)})
	}
	return copies
}

func (m *Model) empty() []string {
	return []string{
		"No errors. Nice.",
		"What does not build, panics, or fails in a template will wait here, with its source, until you look at it. While a build fails, the last good program goes on answering.",
	}
}

func (m *Model) row(e *inspector.Error, cells []list.Cell) {
	th := m.Env.Theme
	cells[0] = list.Cell{Text: "●", Style: th.Bad}
	if e.Gone {
		cells[0] = list.Cell{Text: "✓"}
	}
	cells[1] = list.Cell{Text: inspector.Printable(e.Kind), Style: th.Bad}
	cells[2] = list.Cell{Text: inspector.Printable(e.Message)}
	place := e.File
	if place != "" {
		place = source.Path(e.File, m.Env.State.Project)
		if e.Line > 0 {
			place += ":" + strconv.Itoa(e.Line)
		}
	}
	cells[3] = list.Cell{Text: place, Style: th.Accent}
	if e.Build > 0 {
		cells[4] = list.Cell{Text: strconv.Itoa(e.Build), Style: th.Dim}
	}
	cells[5] = list.Cell{Text: e.Time.Format(time.TimeOnly), Style: th.Dim}
}

type version struct {
	record   *inspector.Error
	unfolded bool
}

func (m *Model) detail(e *inspector.Error) (any, []detail.Tab) {
	return version{e, m.unfolded}, []detail.Tab{
		{Title: "Error", Make: func(w int) detail.Page { return Page(m.Env, e, m.unfolded, w) }},
	}
}
