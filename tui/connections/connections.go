// Package connections is the pane of connections: those that are open, what they
// are doing, and those that closed lately.
//
// A Model belongs to the goroutine of the Bubble Tea program.
package connections

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/command"
	"github.com/tornado-dev/tornado/tui/detail"
	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/list"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/split"
	"github.com/tornado-dev/tornado/tui/theme"
)

// A Model is the pane. Make one with New.
type Model struct {
	split.Model[inspector.Connection]
}

// New returns the pane, which draws what env holds.
func New(env *pane.Env) *Model {
	m := &Model{}
	m.Model = split.New(env, split.Config[inspector.Connection]{
		Share:    64,
		Detail:   m.detail,
		Empty:    m.empty,
		Rows:     func(s *pane.Snapshot) pane.Rows[inspector.Connection] { return s.Connections },
		Matching: func(f inspector.Filter) func(*inspector.Connection) bool { return f.MatchConnection },
		List: list.Config[inspector.Connection]{
			Columns: []list.Column{
				{Title: "ID", Width: 5, Right: true},
				{Title: "Remote", Width: 15, Flex: 1},
				{Title: "State", Width: 7},
				{Title: "Age", Width: 6, Right: true},
				{Title: "Reqs", Width: 6, Right: true},
				{Title: "In", Width: 8, Right: true, Rank: 3},
				{Title: "Out", Width: 8, Right: true, Rank: 2},
				{Title: "Pending", Width: 8, Right: true, Rank: 4},
				{Title: "Handler", Width: 14, Flex: 1, CutLeft: true, Rank: 1},
			},
			Orders: []list.Order[inspector.Connection]{
				{Name: "arrival"},
				{Name: "state", Column: 2, Compare: func(a, b *inspector.Connection) int { return cmp.Compare(busyness(a), busyness(b)) }},
				{Name: "requests", Column: 4, Compare: func(a, b *inspector.Connection) int { return cmp.Compare(b.Requests, a.Requests) }},
				{Name: "bytes out", Column: 6, Compare: func(a, b *inspector.Connection) int { return cmp.Compare(b.BytesOut, a.BytesOut) }},
				{Name: "pending", Column: 7, Compare: func(a, b *inspector.Connection) int { return cmp.Compare(b.Pending, a.Pending) }},
			},
			ID:      func(c *inspector.Connection) uint64 { return c.ID },
			Row:     m.row,
			Failed:  func(c *inspector.Connection) bool { return c.Err != "" },
			Faint:   func(c *inspector.Connection) bool { return c.State == inspector.ConnectionClosed },
			Lasting: func(c *inspector.Connection) bool { return c.Closed.IsZero() },
			Follows: true,
		},
	})
	return m
}

// KeyMap is the commands of this pane alone.
func KeyMap() []command.Command { return command.In(command.Connections) }

// Request is the ID of the newest request on the selected connection.
func (m *Model) Request() uint64 {
	c, requests := m.List.Selected(), m.Env.Snapshot.Requests
	if c == nil || requests == nil {
		return 0
	}
	for i := requests.Len() - 1; i >= 0; i-- {
		if r := requests.At(i); r.Connection == c.ID {
			return r.ID
		}
	}
	return 0
}

// Copies are what of the selected connection can be copied.
func (m *Model) Copies() []pane.Copy {
	c := m.List.Selected()
	if c == nil {
		return nil
	}
	return []pane.Copy{
		{Label: "remote address", Text: c.RemoteAddr},
		{Label: "local address", Text: c.LocalAddr},
	}
}

func (m *Model) empty() []string {
	return []string{
		"No connections yet.",
		"Each client's connection will be listed here: what it is doing, how much it carried, and whether it came over from an earlier build.",
	}
}

func busyness(c *inspector.Connection) int {
	switch c.State {
	case inspector.ConnectionActive:
		return 0
	case inspector.ConnectionIdle:
		return 1
	}
	return 2
}

func (m *Model) age(c *inspector.Connection) time.Duration {
	if c.Closed.IsZero() {
		return layout.Elapsed(c.Opened, m.Env.Now)
	}
	return layout.Elapsed(c.Opened, c.Closed)
}

func (m *Model) row(c *inspector.Connection, cells []list.Cell) {
	th := m.Env.Theme
	cells[0] = list.Cell{Text: strconv.FormatUint(c.ID, 10), Style: th.Dim}
	remote := inspector.Printable(c.RemoteAddr)
	if c.Adopted {
		remote += " ↻"
	}
	cells[1] = list.Cell{Text: remote}
	cells[2].Text, cells[2].Style = state(th, c)
	cells[3] = list.Cell{Text: layout.Age(m.age(c))}
	cells[4] = list.Cell{Text: layout.Count(c.Requests)}
	cells[5] = list.Cell{Text: layout.Bytes(c.BytesIn), Style: th.Dim}
	cells[6] = list.Cell{Text: layout.Bytes(c.BytesOut), Style: th.Dim}
	if c.Pending > 0 {
		cells[7] = list.Cell{Text: layout.Bytes(c.Pending), Style: th.Warn}
	}
	cells[8] = list.Cell{Text: inspector.Printable(c.Handler), Style: th.Dim}
}

func state(th theme.Theme, c *inspector.Connection) (string, theme.Style) {
	switch {
	case c.Err != "":
		return "broken", th.Bad
	case c.State == inspector.ConnectionActive:
		return "active", th.Accent
	case c.State == inspector.ConnectionIdle && c.WebSocket != nil:
		return "socket", th.Good
	case c.State == inspector.ConnectionIdle:
		return "idle", th.Good
	}
	return "closed", th.Faint
}

type version struct {
	record *inspector.Connection
	now    time.Time // of an open connection, to the second
	newest uint64    // request
}

func (m *Model) detail(c *inspector.Connection) (any, []detail.Tab) {
	v := version{record: c}
	if c.Closed.IsZero() {
		v.now = m.Env.Now.Truncate(time.Second)
	}
	if requests := m.Env.Snapshot.Requests; requests != nil && requests.Len() > 0 && m.Detail.Title() == "Requests" {
		v.newest = requests.At(requests.Len() - 1).ID
	}
	return v, []detail.Tab{
		{Title: "Connection", Make: func(width int) detail.Page { return m.page(c, width) }},
		{Title: "Requests", Make: func(width int) detail.Page { return m.requests(c, width) }},
		{Title: "Messages", Make: func(width int) detail.Page { return m.messages(c, width) }},
	}
}

func (m *Model) page(c *inspector.Connection, width int) detail.Page {
	th := m.Env.Theme
	name, style := state(th, c)
	var lines []string
	add := func(label, value string) {
		if value == "" {
			return
		}
		for i, part := range layout.Words(value, max(width-12, 8)) {
			if i > 0 {
				label = ""
			}
			lines = append(lines, th.Dim.On(layout.Fit(label, 11))+" "+part)
		}
	}
	lines = append(lines, style.On(name))
	add("remote", inspector.Printable(c.RemoteAddr))
	add("local", inspector.Printable(c.LocalAddr))
	add("opened", c.Opened.Format(time.TimeOnly)+", "+layout.Age(m.age(c))+" old")
	if !c.Closed.IsZero() {
		add("closed", c.Closed.Format(time.TimeOnly))
	}
	if c.Err != "" {
		add("because", inspector.Printable(c.Err))
	}
	if c.Adopted {
		add("adopted ↻", "opened by an earlier build and handed over; the client noticed nothing")
	}
	add("build", strconv.Itoa(c.Build))
	add("loop", strconv.Itoa(c.Loop))
	add("requests", layout.Count(c.Requests))
	add("in", exactly(c.BytesIn))
	add("out", exactly(c.BytesOut))
	if s := c.WebSocket; s != nil {
		add("WebSocket", layout.Count(s.Received)+" messages received, "+layout.Count(s.Sent)+" sent")
	}
	if c.Pending > 0 {
		add("pending", layout.Bytes(c.Pending)+" written that the client has not taken yet")
	}
	add("in flight", inspector.Printable(c.Handler))
	return detail.Page{Lines: lines}
}

// requests are those of one connection, the newest first.
func (m *Model) requests(c *inspector.Connection, width int) detail.Page {
	th := m.Env.Theme
	var lines []string
	if rows := m.Env.Snapshot.Requests; rows != nil {
		for i := rows.Len() - 1; i >= 0 && len(lines) < 500; i-- {
			r := rows.At(i)
			if r.Connection != c.ID {
				continue
			}
			what, took := strconv.Itoa(r.Status), layout.Duration(r.Duration)
			if !r.Done {
				what, took = r.Phase.String(), layout.Seconds(layout.Elapsed(r.Started, m.Env.Now))
			}
			lines = append(lines, th.Dim.On(r.Started.Format(time.TimeOnly))+" "+layout.FitRight(what, 7)+" "+
				layout.FitRight(took, 6)+" "+layout.Cut(inspector.Printable(r.Method+" "+r.URI), max(width-24, 1)))
		}
	}
	if lines == nil {
		lines = []string{th.Dim.On("No request of this connection is kept.")}
	}
	return detail.Page{Lines: lines}
}

// exactly is a number of bytes as it is read and, if that is rounded, as it is.
func exactly(n int64) string {
	if n < 1024 {
		return layout.Bytes(n)
	}
	return fmt.Sprintf("%s (%s bytes)", layout.Bytes(n), layout.Count(n))
}
