// Package requests is the pane of requests: those in flight with the phase they
// are in, those done with what became of them, and all that is known of one.
//
// A Model belongs to the goroutine of the Bubble Tea program.
package requests

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

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
	split.Model[inspector.Request]
	unmasked bool
	form     bodyForm
}

// New returns the pane, which draws what env holds.
func New(env *pane.Env) *Model {
	m := &Model{}
	m.Model = split.New(env, split.Config[inspector.Request]{
		Share:    60,
		Detail:   m.detail,
		Empty:    m.empty,
		Rows:     func(s *pane.Snapshot) pane.Rows[inspector.Request] { return s.Requests },
		Matching: func(f inspector.Filter) func(*inspector.Request) bool { return f.Match },
		List: list.Config[inspector.Request]{
			Columns: []list.Column{
				{Title: "", Width: 1},
				{Title: "Method", Width: 7},
				{Title: "Path", Width: 12, Flex: 3},
				{Title: "Status", Width: 7, Right: true},
				{Title: "Time", Width: 6, Right: true},
				{Title: "Size", Width: 8, Right: true, Rank: 2},
				{Title: "Handler", Width: 14, Flex: 2, Rank: 2, CutLeft: true},
			},
			Orders: []list.Order[inspector.Request]{
				{Name: "arrival"},
				{Name: "time", Column: 4, Compare: func(a, b *inspector.Request) int {
					return cmp.Compare(m.running(b), m.running(a))
				}},
				{Name: "status", Column: 3, Compare: func(a, b *inspector.Request) int { return cmp.Compare(b.Status, a.Status) }},
				{Name: "size", Column: 5, Compare: func(a, b *inspector.Request) int { return cmp.Compare(b.AnswerLen, a.AnswerLen) }},
				{Name: "path", Column: 2, Compare: func(a, b *inspector.Request) int { return cmp.Compare(a.URI, b.URI) }},
			},
			ID:      func(r *inspector.Request) uint64 { return r.ID },
			Row:     m.row,
			Failed:  Failed,
			Lasting: func(r *inspector.Request) bool { return !r.Done },
			Follows: true,
		},
	})
	return m
}

// KeyMap is the commands of this pane alone.
func KeyMap() []command.Command { return command.In(command.Requests) }

// Failed reports whether r ended badly: answered 500 or above, or cut off.
func Failed(r *inspector.Request) bool { return r.Status >= 500 || r.Done && r.Err != "" }

// Update carries out the commands of this pane, and those of all panes.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	c, _ := msg.(command.Msg)
	switch c.Name {
	case "unmask":
		m.unmasked = !m.unmasked
		m.Refresh()
		return nil
	case "raw":
		m.form = (m.form + 1) % bodyForms
		m.Refresh()
		return nil
	}
	return m.Model.Update(msg)
}

// Request is the selected request's ID, zero without one.
func (m *Model) Request() uint64 {
	if r := m.List.Selected(); r != nil {
		return r.ID
	}
	return 0
}

// Place is the place selected in the detail, or the handler of the request.
func (m *Model) Place() (pane.Place, bool) {
	if p, ok := m.Model.Place(); ok {
		return p, ok
	}
	r := m.List.Selected()
	if r == nil || r.Pattern == "" {
		return pane.Place{}, false
	}
	for _, route := range m.Env.Snapshot.Routes {
		if route.Pattern == r.Pattern && strings.HasPrefix(r.Handler, route.Handler) && route.File != "" {
			return pane.Place{File: route.File, Line: route.Line}, true
		}
	}
	return pane.Place{}, false
}

func (m *Model) empty() []string {
	if address := m.Env.State.Address; address != "" {
		return []string{
			"No requests yet. Open http://" + inspector.Printable(address) + "/ in a browser or press o.",
			"Every request to the program will be listed here while it is answered, with its headers, its body and where its time went.",
		}
	}
	return []string{
		"No requests yet: the program does not listen so far.",
		"The line below says what it is doing. The first build ever takes a minute or so, since it compiles the framework too; those after it take a second.",
	}
}

// running is how long r took, or has taken so far.
func (m *Model) running(r *inspector.Request) time.Duration {
	if r.Done {
		return r.Duration
	}
	return layout.Elapsed(r.Started, m.Env.Now)
}

func (m *Model) row(r *inspector.Request, cells []list.Cell) {
	th := m.Env.Theme
	if r.Source == inspector.FromReplay {
		cells[0] = list.Cell{Text: "↻", Style: th.Accent}
	}
	cells[1] = list.Cell{Text: inspector.Printable(r.Method), Style: th.Strong}
	cells[2] = list.Cell{Text: inspector.Printable(inspector.MaskURI(r.URI))}
	cells[3].Text, cells[3].Style = status(th, r)
	cells[4] = list.Cell{Text: layout.Duration(r.Duration)}
	if r.Done {
		cells[5] = list.Cell{Text: layout.Bytes(r.AnswerLen), Style: th.Dim}
	} else {
		cells[4] = list.Cell{Text: layout.Seconds(m.running(r)), Style: th.Accent}
	}
	// The package is the same for nearly all; the detail names it.
	_, handler, _ := strings.Cut(r.Handler, ".")
	cells[6] = list.Cell{Text: inspector.Printable(handler), Style: th.Dim}
}

// status is what became of r, or the phase it is in.
func status(th theme.Theme, r *inspector.Request) (string, theme.Style) {
	switch {
	case !r.Done:
		return r.Phase.String(), th.Accent
	case r.Status == 0:
		return "cut off", th.Bad
	case r.Err != "":
		return strconv.Itoa(r.Status) + " cut", th.Bad
	case r.Status >= 500:
		return strconv.Itoa(r.Status), th.Bad
	case r.Status >= 400:
		return strconv.Itoa(r.Status), th.Warn
	case r.Status >= 300:
		return strconv.Itoa(r.Status), th.Info
	}
	return strconv.Itoa(r.Status), th.Good
}

// A version is what a page was made from, beside the request itself.
type version struct {
	request  *inspector.Request
	now      time.Time // of a request in flight
	related  uint64    // newest record of the kind the tab shows
	unmasked bool
	form     bodyForm
}

func (m *Model) detail(r *inspector.Request) (any, []detail.Tab) {
	v := version{request: r, unmasked: m.unmasked, form: m.form}
	if !r.Done {
		v.now = m.Env.Now
	}
	switch m.Detail.Title() {
	case "Log":
		if logs := m.Env.Snapshot.Logs; logs != nil && logs.Len() > 0 {
			v.related = logs.At(logs.Len() - 1).ID
		}
	case "Errors":
		if errors := m.Env.Snapshot.Errors; errors != nil && errors.Len() > 0 {
			v.related = errors.At(errors.Len() - 1).ID
		}
	}
	return v, []detail.Tab{
		{Title: "Request", Make: func(w int) detail.Page { return m.requestPage(r, w) }},
		{Title: "Response", Make: func(w int) detail.Page { return m.responsePage(r, w) }},
		{Title: "Timing", Make: func(w int) detail.Page { return m.timingPage(r, w) }},
		{Title: "Log", Make: func(w int) detail.Page { return m.logPage(r, w) }},
		{Title: "Errors", Make: func(w int) detail.Page { return m.errorsPage(r, w) }},
	}
}
