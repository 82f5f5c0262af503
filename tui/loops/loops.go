// Package loops is the pane of event loops: how busy each is, how late its work
// was in the last minute, and what kept it.
//
// A Model belongs to the goroutine of the Bubble Tea program.
package loops

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/command"
	"github.com/tornado-dev/tornado/tui/detail"
	"github.com/tornado-dev/tornado/tui/errors"
	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/list"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/split"
	"github.com/tornado-dev/tornado/tui/theme"
)

// Late is the lag from which on a user would notice; half of it is worth a look.
const Late = 100 * time.Millisecond

// A Model is the pane. Make one with New.
type Model struct{ split.Model[inspector.Loop] }

// New returns the pane, which draws what env holds.
func New(env *pane.Env) *Model {
	m := &Model{}
	m.Model = split.New(env, split.Config[inspector.Loop]{
		Share:  58,
		Detail: m.detail,
		Empty:  m.empty,
		Rows: func(s *pane.Snapshot) pane.Rows[inspector.Loop] {
			return pane.Slice[inspector.Loop]{Items: s.Loops, ID: identity}
		},
		Matching: matching,
		List: list.Config[inspector.Loop]{
			Columns: []list.Column{
				{Title: "Loop", Width: 4, Right: true},
				{Title: "Build", Width: 5, Right: true, Rank: 3},
				{Title: "Conns", Width: 6, Right: true},
				{Title: "Busy", Width: 5, Right: true},
				{Title: "Lag", Width: 6, Right: true},
				{Title: "Lag, last minute", Width: 16, Flex: 1},
				{Title: "Callbacks", Width: 11, Right: true, Rank: 1},
				{Title: "Timeouts", Width: 8, Right: true, Rank: 2},
			},
			Orders: []list.Order[inspector.Loop]{
				{Name: "number"},
				{Name: "busy", Column: 3, Compare: func(a, b *inspector.Loop) int { return cmp.Compare(busy(b), busy(a)) }},
				{Name: "lag", Column: 4, Compare: func(a, b *inspector.Loop) int { return cmp.Compare(b.Lag, a.Lag) }},
				{Name: "connections", Column: 2, Compare: func(a, b *inspector.Loop) int { return cmp.Compare(b.Connections, a.Connections) }},
			},
			ID:     identity,
			Row:    m.row,
			Failed: func(l *inspector.Loop) bool { return l.Lag >= Late },
		},
	})
	return m
}

// KeyMap is the commands of this pane alone.
func KeyMap() []command.Command { return command.In(command.Loops) }

// identity numbers a loop across builds; it is never zero.
func identity(l *inspector.Loop) uint64 { return uint64(l.Build)<<32 | uint64(uint32(l.Loop+1)) }

// matching are the loops of which number or build is one of the words of f's text.
func matching(f inspector.Filter) func(*inspector.Loop) bool {
	words := strings.Fields(f.String())
	return func(l *inspector.Loop) bool {
		for _, w := range words {
			if w == strconv.Itoa(l.Loop) || w == fmt.Sprintf("build:%d", l.Build) {
				return true
			}
		}
		return false
	}
}

// Request is zero: a loop is no part of one request.
func (m *Model) Request() uint64 { return 0 }

// Copies are what of the selected loop can be copied.
func (m *Model) Copies() []pane.Copy {
	l := m.List.Selected()
	if l == nil {
		return nil
	}
	copies := []pane.Copy{{Label: "line", Text: fmt.Sprintf("loop %d of build %d: %d connections, %s busy, lag %s", l.Loop, l.Build, l.Connections, percent(l), layout.Duration(l.Lag))}}
	if e := m.blocked(); e != nil {
		copies = append(copies, pane.Copy{Label: "stack as Markdown", Text: errors.Markdown(e, m.Env.State.Project)})
	}
	return copies
}

func (m *Model) empty() []string {
	return []string{
		"No event loop has reported yet.",
		"Each loop tells once a second how busy it was and how late its work began. A callback that keeps a loop for long is shown here with its stack.",
	}
}

// busy is the part of the time the loop was not waiting, from 0 to 1.
func busy(l *inspector.Loop) float64 {
	if l.Interval <= 0 {
		return 0
	}
	return min(float64(l.Busy)/float64(l.Interval), 1)
}

func percent(l *inspector.Loop) string { return fmt.Sprintf("%.0f%%", 100*busy(l)) }

func lagStyle(th theme.Theme, lag time.Duration) theme.Style {
	switch {
	case lag >= Late:
		return th.Bad
	case lag >= Late/2:
		return th.Warn
	}
	return theme.Style{}
}

func (m *Model) row(l *inspector.Loop, cells []list.Cell) {
	th := m.Env.Theme
	cells[0] = list.Cell{Text: strconv.Itoa(l.Loop), Style: th.Strong}
	cells[1] = list.Cell{Text: strconv.Itoa(l.Build), Style: th.Dim}
	cells[2] = list.Cell{Text: layout.Count(int64(l.Connections))}
	cells[3] = list.Cell{Text: percent(l)}
	if busy(l) > 0.9 {
		cells[3].Style = th.Warn
	}
	cells[4] = list.Cell{Text: layout.Duration(l.Lag), Style: lagStyle(th, l.Lag)}
	cells[5] = list.Cell{Text: layout.Sparkline(l.Lags, Late/2, m.sparkWidth()), Style: th.Accent}
	cells[6] = list.Cell{Text: layout.Count(l.Callbacks), Style: th.Dim}
	cells[7] = list.Cell{Text: layout.Count(int64(l.Timeouts)), Style: th.Dim}
}

// sparkWidth is how many seconds the list has room for; the rest is in the detail.
func (m *Model) sparkWidth() int { return m.List.ColumnWidth(5) }

// blocked is the last time some loop was kept from its work.
func (m *Model) blocked() *inspector.Error {
	rows := m.Env.Snapshot.Errors
	if rows == nil {
		return nil
	}
	for i := rows.Len() - 1; i >= 0; i-- {
		if e := rows.At(i); e.Kind == "blocked" {
			return e
		}
	}
	return nil
}

type version struct {
	id         uint64
	iterations int64
	lag        time.Duration
	blocked    *inspector.Error
}

func (m *Model) detail(l *inspector.Loop) (any, []detail.Tab) {
	return version{identity(l), l.Iterations, l.Lag, m.blocked()}, []detail.Tab{
		{Title: "Loop", Make: func(width int) detail.Page { return m.page(l, width) }},
		{Title: "Last blocked", Make: m.blockedPage},
	}
}

func (m *Model) page(l *inspector.Loop, width int) detail.Page {
	th := m.Env.Theme
	label := func(text string) string { return th.Dim.On(layout.Fit(text, 11)) + " " }
	room := max(width-12, 4)
	worst := time.Duration(0)
	for _, lag := range l.Lags {
		worst = max(worst, lag)
	}
	lines := []string{
		th.Strong.On(fmt.Sprintf("Loop %d of build %d", l.Loop, l.Build)),
		"",
		label("busy") + th.Accent.On(layout.Bar(0, busy(l), max(room-6, 4))) + " " + layout.FitRight(percent(l), 5),
		label("lag") + layout.Duration(l.Lag) + th.Dim.On(" in the last report, at most "+layout.Duration(worst)+" in a minute"),
		label("last minute") + th.Accent.On(layout.Sparkline(l.Lags, Late/2, room)),
		label("connections") + layout.Count(int64(l.Connections)),
		label("descriptors") + layout.Count(int64(l.Handlers)),
		label("timeouts") + layout.Count(int64(l.Timeouts)) + th.Dim.On(" pending"),
		label("callbacks") + layout.Count(l.Callbacks) + th.Dim.On(" run since it started"),
		label("turns") + layout.Count(l.Iterations) + th.Dim.On(" since it started"),
	}
	return detail.Page{Lines: lines}
}

func (m *Model) blockedPage(width int) detail.Page {
	if e := m.blocked(); e != nil {
		return errors.Page(m.Env, e, false, width)
	}
	var lines []string
	for _, line := range layout.Words("No callback has kept a loop for long. If one does, its stack is taken while it is stuck and shown here.", width) {
		lines = append(lines, m.Env.Theme.Dim.On(line))
	}
	return detail.Page{Lines: lines}
}
