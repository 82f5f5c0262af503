// Package routes is the pane of the routing table: what leads where, and what
// came of it.
//
// A Model belongs to the goroutine of the Bubble Tea program.
package routes

import (
	"cmp"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/command"
	"github.com/tornado-dev/tornado/tui/detail"
	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/list"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/source"
	"github.com/tornado-dev/tornado/tui/split"
)

// A Model is the pane. Make one with New.
type Model struct{ split.Model[inspector.Route] }

// New returns the pane, which draws what env holds.
func New(env *pane.Env) *Model {
	m := &Model{}
	m.Model = split.New(env, split.Config[inspector.Route]{
		Share:  66,
		Detail: m.detail,
		Empty:  m.empty,
		Rows: func(s *pane.Snapshot) pane.Rows[inspector.Route] {
			return pane.Slice[inspector.Route]{Items: s.Routes, ID: identity}
		},
		Matching: matching,
		List: list.Config[inspector.Route]{
			Columns: []list.Column{
				{Title: "Pattern", Width: 18, Flex: 3},
				{Title: "Name", Width: 10, Rank: 4},
				{Title: "Handler", Width: 14, Flex: 3, CutLeft: true, Rank: 2},
				{Title: "Methods", Width: 12, Rank: 3},
				{Title: "Hits", Width: 7, Right: true},
				{Title: "Errors", Width: 7, Right: true},
				{Title: "Last", Width: 4, Right: true},
				{Title: "Mean", Width: 6, Right: true},
			},
			Orders: []list.Order[inspector.Route]{
				{Name: "table"},
				{Name: "hits", Column: 4, Compare: func(a, b *inspector.Route) int { return cmp.Compare(b.Hits, a.Hits) }},
				{Name: "errors", Column: 5, Compare: func(a, b *inspector.Route) int { return cmp.Compare(b.Errors, a.Errors) }},
				{Name: "mean", Column: 7, Compare: func(a, b *inspector.Route) int { return cmp.Compare(b.Mean, a.Mean) }},
			},
			ID:     identity,
			Row:    m.row,
			Failed: func(r *inspector.Route) bool { return r.Errors > 0 },
		},
	})
	return m
}

// KeyMap is the commands of this pane alone.
func KeyMap() []command.Command { return command.In(command.Routes) }

// identity is a number for a route, which has none of its own: what it matches
// and where it leads.
func identity(r *inspector.Route) uint64 {
	h := fnv.New64a()
	h.Write([]byte(r.Pattern + "\x00" + r.Name + "\x00" + r.Handler))
	return h.Sum64()
}

// matching are the routes that contain every word of f's text: a route is no
// record, so the words for records say nothing of it.
func matching(f inspector.Filter) func(*inspector.Route) bool {
	words := strings.Fields(strings.ToLower(f.String()))
	return func(r *inspector.Route) bool {
		text := strings.ToLower(r.Pattern + " " + r.Name + " " + r.Handler + " " + strings.Join(r.Methods, " "))
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	}
}

// Request is the newest request that took the selected route.
func (m *Model) Request() uint64 {
	route, requests := m.List.Selected(), m.Env.Snapshot.Requests
	if route == nil || requests == nil {
		return 0
	}
	for i := requests.Len() - 1; i >= 0; i-- {
		if r := requests.At(i); r.Pattern == route.Pattern && strings.HasPrefix(r.Handler, route.Handler) {
			return r.ID
		}
	}
	return 0
}

// Place is where the handler of the selected route stands.
func (m *Model) Place() (pane.Place, bool) {
	if r := m.List.Selected(); r != nil && r.File != "" {
		return pane.Place{File: r.File, Line: r.Line}, true
	}
	return pane.Place{}, false
}

// Copies are what of the selected route can be copied.
func (m *Model) Copies() []pane.Copy {
	r := m.List.Selected()
	if r == nil {
		return nil
	}
	copies := []pane.Copy{{Label: "pattern", Text: r.Pattern}, {Label: "handler", Text: r.Handler}}
	if r.Name != "" {
		copies = append(copies, pane.Copy{Label: "name", Text: r.Name})
	}
	if p, ok := m.Place(); ok {
		copies = append(copies, pane.Copy{Label: "place", Text: source.At(p, m.Env.State.Project)})
	}
	return copies
}

func (m *Model) empty() []string {
	return []string{
		"No routes yet.",
		"As soon as the program has made its web.Application, the routing table is shown here in the order in which it is tried, with hits, errors and times.",
	}
}

func (m *Model) row(r *inspector.Route, cells []list.Cell) {
	th := m.Env.Theme
	cells[0] = list.Cell{Text: inspector.Printable(r.Pattern), Style: th.Strong}
	cells[1] = list.Cell{Text: inspector.Printable(r.Name)}
	cells[2] = list.Cell{Text: inspector.Printable(r.Handler), Style: th.Dim}
	cells[3] = list.Cell{Text: inspector.Printable(strings.Join(r.Methods, " ")), Style: th.Dim}
	cells[4] = list.Cell{Text: layout.Count(r.Hits)}
	if r.Hits == 0 {
		cells[4].Style = th.Faint
		return
	}
	cells[5] = list.Cell{Text: layout.Count(r.Errors), Style: th.Faint}
	if r.Errors > 0 {
		cells[5].Style = th.Bad
	}
	if r.LastStatus > 0 {
		cells[6] = list.Cell{Text: strconv.Itoa(r.LastStatus), Style: th.Dim}
		if r.LastStatus >= 500 {
			cells[6].Style = th.Bad
		}
	}
	cells[7] = list.Cell{Text: layout.Duration(r.Mean)}
}

func (m *Model) detail(r *inspector.Route) (any, []detail.Tab) {
	type version struct {
		id, hits, errors int64
		status           int
	}
	return version{int64(identity(r)), r.Hits, r.Errors, r.LastStatus}, []detail.Tab{
		{Title: "Route", Make: func(width int) detail.Page { return m.page(r, width) }},
	}
}

func (m *Model) page(r *inspector.Route, width int) detail.Page {
	th := m.Env.Theme
	var lines []string
	add := func(label, value string) {
		if value == "" {
			return
		}
		for i, part := range layout.Wrap(value, max(width-10, 8)) {
			if i > 0 {
				label = ""
			}
			lines = append(lines, th.Dim.On(layout.Fit(label, 9))+" "+part)
		}
	}
	add("pattern", inspector.Printable(r.Pattern))
	add("name", inspector.Printable(r.Name))
	add("handler", inspector.Printable(r.Handler))
	add("methods", inspector.Printable(strings.Join(r.Methods, " ")))
	add("hits", layout.Count(r.Hits))
	if r.Hits > 0 {
		add("errors", layout.Count(r.Errors))
		add("mean", layout.Duration(r.Mean))
	}
	page := detail.Page{Lines: lines}
	place, ok := m.Place()
	if !ok {
		return page
	}
	from := len(page.Lines) + 1
	page.Lines = append(page.Lines, "", th.Accent.On(layout.CutLeft(source.At(place, m.Env.State.Project), width)))
	if m.Env.SourceLines != nil {
		page.Lines = append(page.Lines, source.Excerpt(th, m.Env.SourceLines(place.File, place.Line), place.Line, 0, width)...)
	}
	page.Anchors = []detail.Anchor{{From: from, To: len(page.Lines), Place: place}}
	return page
}
