// Package logs is the pane of what the program logged and printed.
//
// A Model belongs to the goroutine of the Bubble Tea program.
package logs

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/command"
	"github.com/tornado-dev/tornado/tui/detail"
	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/list"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/source"
	"github.com/tornado-dev/tornado/tui/split"
	"github.com/tornado-dev/tornado/tui/theme"
)

// A Model is the pane. Make one with New.
type Model struct{ split.Model[inspector.Log] }

// New returns the pane, which draws what env holds.
func New(env *pane.Env) *Model {
	m := &Model{}
	m.Model = split.New(env, split.Config[inspector.Log]{
		Share:    68,
		Detail:   m.detail,
		Empty:    m.empty,
		Rows:     func(s *pane.Snapshot) pane.Rows[inspector.Log] { return s.Logs },
		Matching: func(f inspector.Filter) func(*inspector.Log) bool { return f.MatchLog },
		List: list.Config[inspector.Log]{
			Columns: []list.Column{
				{Title: "Time", Width: 12, Rank: 2},
				{Title: "Level", Width: 7},
				{Title: "Logger", Width: 16, Rank: 1},
				{Title: "Message", Width: 20, Flex: 1},
			},
			Orders: []list.Order[inspector.Log]{
				{Name: "time"},
				{Name: "level", Column: 1, Compare: func(a, b *inspector.Log) int { return cmp.Compare(severity(b.Level), severity(a.Level)) }},
				{Name: "logger", Column: 2, Compare: func(a, b *inspector.Log) int { return cmp.Compare(a.Logger, b.Logger) }},
			},
			ID:      func(l *inspector.Log) uint64 { return l.ID },
			Row:     m.row,
			Failed:  func(l *inspector.Log) bool { return severity(l.Level) >= 4 },
			Follows: true,
		},
	})
	return m
}

// KeyMap is the commands of this pane alone.
func KeyMap() []command.Command { return command.In(command.Logs) }

// Request is the ID of the request that wrote the selected line.
func (m *Model) Request() uint64 {
	if l := m.List.Selected(); l != nil {
		return l.Request
	}
	return 0
}

// Copies are what of the selected line can be copied.
func (m *Model) Copies() []pane.Copy {
	l := m.List.Selected()
	if l == nil {
		return nil
	}
	return []pane.Copy{
		{Label: "line", Text: strings.Join(strings.Fields(l.Time.Format("15:04:05.000")+" "+l.Level+" "+l.Logger), " ") + " " + l.Message},
		{Label: "message", Text: l.Message},
	}
}

func (m *Model) empty() []string {
	return []string{
		"Nothing was logged so far.",
		"What the program logs through core/log, or prints, will be listed here and with the request during which it was written.",
	}
}

// Level is a level as it is shown. Plain output has none; what went to standard
// error says so by its logger.
func Level(th theme.Theme, l *inspector.Log) (string, theme.Style) {
	switch severity(l.Level) {
	case 0:
		return "·", th.Dim
	case 1:
		return "debug", th.Dim
	case 2:
		return "info", th.Accent
	case 3:
		return "warning", th.Warn
	}
	return inspector.Printable(l.Level), th.Bad
}

func severity(level string) int {
	switch level {
	case "":
		return 0
	case "debug":
		return 1
	case "info":
		return 2
	case "warning":
		return 3
	}
	return 4
}

func (m *Model) row(l *inspector.Log, cells []list.Cell) {
	th := m.Env.Theme
	cells[0] = list.Cell{Text: l.Time.Format("15:04:05.000"), Style: th.Dim}
	cells[1].Text, cells[1].Style = Level(th, l)
	cells[2] = list.Cell{Text: inspector.Printable(l.Logger), Style: th.Dim}
	cells[3] = list.Cell{Text: inspector.Printable(l.Message)}
	if severity(l.Level) >= 4 {
		cells[3].Style = th.Bad
	}
}

func (m *Model) detail(l *inspector.Log) (any, []detail.Tab) {
	return l, []detail.Tab{{Title: "Message", Make: func(width int) detail.Page { return m.page(l, width) }}}
}

func (m *Model) page(l *inspector.Log, width int) detail.Page {
	th := m.Env.Theme
	level, style := Level(th, l)
	if l.Level == "" {
		level = "plain output"
	}
	about := inspector.Printable(l.Logger) + " at " + l.Time.Format("15:04:05.000") + fmt.Sprintf(", build %d", l.Build)
	if l.Request != 0 {
		about += fmt.Sprintf(", in request %d: v shows it", l.Request)
	}
	lines := []string{style.On(layout.Cut(level, width))}
	for _, line := range layout.Words(about, width) {
		lines = append(lines, th.Dim.On(line))
	}
	lines = append(lines, "")
	return detail.Page{Lines: append(lines, layout.Wrap(source.Expand(inspector.PrintableLines(l.Message)), width)...)}
}
