package tui

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/devserver"
	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/command"
	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/theme"
)

// View draws the screen: tabs, the pane or what lies over it, the status and the
// hints. It has exactly as many lines as the terminal, none wider than it.
func (m *model) View() string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	var lines []string
	if m.tooSmall() {
		lines = m.apology()
	} else {
		lines = append(lines, m.tabLine())
		lines = append(lines, m.body()...)
		lines = append(lines, m.statusLine(), m.lastLine())
	}
	screen := strings.Join(lines, "\n")
	if m.ascii {
		screen = theme.ASCII(screen)
	}
	return screen
}

func (m *model) apology() []string {
	return layout.Block([]string{
		"too small",
		fmt.Sprintf("%dx%d of %dx%d", m.width, m.height, minWidth, minHeight),
		"ctrl-c quits",
	}, m.width, m.height)
}

func (m *model) body() []string {
	height := m.bodyHeight()
	switch m.mode {
	case helping:
		lines := m.helpLines()
		return layout.Block(lines[min(m.scrolled, len(lines)):], m.width, height)
	case searching:
		return m.over(m.paletteLines(height))
	case choosing:
		return m.over(m.menuLines(height))
	}
	return layout.Block(m.pane().View(), m.width, height)
}

// over lays lines over the top of the pane, with a rule below them.
func (m *model) over(lines []string) []string {
	lines = append(lines, m.env.Theme.Faint.On(strings.Repeat("─", m.width)))
	below := m.pane().View()
	return layout.Block(append(lines, below[min(len(lines), len(below)):]...), m.width, m.bodyHeight())
}

// A tab is a pane's place in the first line.
type tab struct {
	title, badge string
	style        theme.Style // of the badge
}

var short = map[command.Scope]string{command.Requests: "Reqs", command.Connections: "Conns"}

// tabs are as long as there is room for.
func (m *model) tabs() []tab {
	c, th := m.newest.Counters, m.env.Theme
	tabs := make([]tab, len(m.panes))
	width := 0
	for i, scope := range command.Panes {
		title := strings.ToUpper(string(scope[:1])) + string(scope[1:])
		tabs[i] = tab{title: strconv.Itoa(i+1) + " " + title}
		switch {
		case scope == command.Requests && c.InFlight > 0:
			tabs[i].badge, tabs[i].style = layout.Count(int64(c.InFlight)), th.Accent
		case scope == command.Connections && c.OpenConnections > 0:
			tabs[i].badge, tabs[i].style = layout.Count(int64(c.OpenConnections)), th.Dim
		case scope == command.Errors && c.OpenErrors > 0:
			tabs[i].badge, tabs[i].style = layout.Count(int64(c.OpenErrors)), th.Bad
		}
		width += tabs[i].width()
	}
	if width <= m.width {
		return tabs
	}
	width = 0
	for i, scope := range command.Panes {
		if s, ok := short[scope]; ok {
			tabs[i].title = strconv.Itoa(i+1) + " " + s
		}
		width += tabs[i].width()
	}
	if width <= m.width {
		return tabs
	}
	for i := range tabs {
		if i != m.open {
			tabs[i].title = strconv.Itoa(i + 1)
		}
	}
	return tabs
}

func (t tab) width() int {
	w := layout.Width(t.title) + 2
	if t.badge != "" {
		w += layout.Width(t.badge) + 1
	}
	return w
}

func (m *model) tabLine() string {
	th := m.env.Theme
	var b strings.Builder
	used := 0
	for i, t := range m.tabs() {
		left, right, style := " ", " ", th.Dim
		if i == m.open {
			left, right, style = th.Faint.On("["), th.Faint.On("]"), th.Tab
		}
		b.WriteString(left + style.On(t.title))
		if t.badge != "" {
			b.WriteString(" " + t.style.On(t.badge))
		}
		b.WriteString(right)
		used += t.width()
	}
	line := b.String()
	if name := m.name(); used+layout.Width(name)+2 <= m.width {
		line += layout.Spaces(m.width-used-layout.Width(name)-1) + th.Faint.On(name)
	}
	return layout.Fit(line, m.width)
}

// name tells this workbench from others on the same desk.
func (m *model) name() string {
	if project := m.env.State.Project; project != "" {
		return layout.Cut(inspector.Printable(filepath.Base(project)), 24)
	}
	return "tornado-dev"
}

// tabAt returns the pane whose tab is at cell x.
func (m *model) tabAt(x int) (int, bool) {
	at := 0
	for i, t := range m.tabs() {
		if at += t.width(); x < at {
			return i, true
		}
	}
	return 0, false
}

// A segment is a part of the status line. When there is no room for all of them,
// those of the highest rank go first.
type segment struct {
	text  string
	style theme.Style
	rank  int
}

// statusLine answers at a glance whether what one sees is the code one saved.
func (m *model) statusLine() string {
	th := m.env.Theme
	if m.mode == filtering {
		if err := m.filters[m.open].err; err != nil {
			return layout.Fit(" "+th.Bad.On("no filter, "+wrong(err)), m.width)
		}
	}
	left, right := m.stateSegments(), m.flagSegments()
	for {
		used := 1 + joinedWidth(left) + len(separator) + joinedWidth(right) + 1
		if used <= m.width {
			break
		}
		if !dropWorst(&left, &right) {
			break
		}
	}
	l, r := joined(th, left), joined(th, right)
	gap := m.width - 2 - joinedWidth(left) - joinedWidth(right)
	return layout.Fit(" "+l+layout.Spaces(gap)+r, m.width)
}

const separator = "  "

func joinedWidth(segments []segment) int {
	w := 0
	for i, s := range segments {
		if i > 0 {
			w += len(separator)
		}
		w += layout.Width(s.text)
	}
	return w
}

func joined(th theme.Theme, segments []segment) string {
	parts := make([]string, len(segments))
	for i, s := range segments {
		parts[i] = s.style.On(s.text)
	}
	return strings.Join(parts, separator)
}

// dropWorst drops the segment of the highest rank; those of rank zero stay.
func dropWorst(lists ...*[]segment) bool {
	var from *[]segment
	at, rank := 0, 0
	for _, l := range lists {
		for i, s := range *l {
			if s.rank > rank {
				from, at, rank = l, i, s.rank
			}
		}
	}
	if from == nil {
		return false
	}
	*from = append((*from)[:at:at], (*from)[at+1:]...)
	return true
}

func (m *model) stateSegments() []segment {
	th, s, c := m.env.Theme, m.env.State, m.newest.Counters
	var out []segment
	add := func(rank int, style theme.Style, text string) { out = append(out, segment{text, style, rank}) }
	if m.options.Project != nil {
		switch s.Phase {
		case devserver.Building:
			text := "◌ building"
			if !s.Since.IsZero() {
				text += " " + layout.Seconds(m.env.Now.Sub(s.Since))
			}
			add(0, th.Accent, text)
		case devserver.Failed:
			add(0, th.Bad, "✗ failed")
		default:
			add(0, th.Good, "● live")
		}
	}
	if s.Address != "" {
		add(4, th.Text, inspector.Printable(s.Address))
	}
	switch {
	case s.Phase != devserver.Live && s.Serving:
		add(2, th.Warn, fmt.Sprintf("build %d answers", s.Build))
	case s.Build > 0:
		add(3, th.Dim, fmt.Sprintf("build %d", s.Build))
	}
	switch {
	case s.Phase == devserver.Failed && s.Message != "":
		// In 80 columns there is room for the place at least.
		add(7, th.Bad, layout.Cut(inspector.Printable(s.Message), min(max(m.width-56, 12), 40)))
	case s.Trigger != "":
		text := "← " + layout.CutLeft(inspector.Printable(s.Trigger), 28)
		if s.Phase == devserver.Live && s.BuildTime > 0 {
			text += " " + layout.Seconds(s.BuildTime)
		}
		add(8, th.Dim, text)
	}
	if s.Held {
		add(1, th.Warn, "held")
	}
	if c.PerSecond > 0 {
		add(5, th.Text, layout.Rate(c.PerSecond)+"/s")
	}
	if c.InFlight > 0 {
		add(6, th.Accent, layout.Count(int64(c.InFlight))+" in flight")
	}
	if s.Draining > 0 {
		add(6, th.Dim, strconv.Itoa(s.Draining)+" draining")
	}
	if c.Dropped > 0 {
		add(3, th.Warn, layout.Count(c.Dropped)+" dropped")
	}
	if c.Sampled > 0 {
		add(9, th.Dim, layout.Count(c.Sampled)+" without body")
	}
	return out
}

func (m *model) flagSegments() []segment {
	th := m.env.Theme
	var out []segment
	add := func(rank int, style theme.Style, text string) { out = append(out, segment{text, style, rank}) }
	if f := m.filters[m.open]; f.text != "" {
		shown, all := m.pane().Counted()
		style := th.Accent
		text := fmt.Sprintf("/%s %s of %s", layout.Cut(inspector.Printable(f.text), 20), layout.Count(int64(shown)), layout.Count(int64(all)))
		if f.err != nil {
			style, text = th.Bad, "/"+layout.Cut(inspector.Printable(f.text), 20)+" wrong"
		}
		add(2, style, text)
	}
	if order := m.pane().Order(); order != "" {
		add(5, th.Dim, "by "+order)
	}
	if !m.mouse {
		add(6, th.Dim, "mouse off")
	}
	switch {
	case m.paused:
		text := "PAUSED"
		if n := m.unseen(); n > 0 {
			text += " " + layout.Count(int64(n)) + " new"
		}
		add(0, th.Warn, text)
	case m.pane().Following():
		add(4, th.Accent, "follow")
	case m.pane().CanFollow():
		add(7, th.Dim, "G follows")
	}
	return out
}

// wrong says what is wrong with a filter and where.
func wrong(err error) string {
	if f, ok := errors.AsType[*inspector.FilterError](err); ok && f.Column > 0 {
		return fmt.Sprintf("at character %d: %s", f.Column, inspector.Printable(f.Message))
	}
	return inspector.Printable(err.Error())
}

// lastLine is a question, what is being typed, what just happened, or the hints.
func (m *model) lastLine() string {
	th := m.env.Theme
	switch {
	case m.mode == confirming:
		room := m.width - 6
		return layout.Fit(" "+th.Warn.On(layout.Cut(m.question.text, room))+" "+th.Strong.On("y/n"), m.width)
	case m.mode == filtering:
		note := "enter keeps it, esc shows everything"
		if m.input.Value() == "" {
			note = filterExamples[m.scope()]
		}
		return layout.Fit(m.prompt("/", note), m.width)
	case m.mode == searching:
		return layout.Fit(" "+m.keyHints("enter", "run", "↑↓", "choose", "esc", "close"), m.width)
	case m.mode == choosing:
		return layout.Fit(" "+m.keyHints("enter", "copy", "1-9", "copy that", "esc", "close"), m.width)
	case m.mode == helping:
		return layout.Fit(" "+m.keyHints("j k", "scroll", "ctrl-p", "find a command", "esc", "close"), m.width)
	case m.toast != "":
		return layout.Fit(" "+th.Toast.On(layout.Cut(m.toast, m.width-2)), m.width)
	}
	return m.hints()
}

// filterExamples are shown until something is typed: nobody remembers a language
// he uses once a week.
var filterExamples = map[command.Scope]string{
	command.Requests:    "status:5xx  path:/api*  time:>100ms  -method:GET",
	command.Connections: "ip:127.0.0.1  size:>1M  time:>1m",
	command.Errors:      "kind:panic  file:story.go  -is:gone",
	command.Logs:        "level:>=warning  logger:blog.*  request:17",
	command.Routes:      "words of pattern, handler, name or methods",
	command.Loops:       "a loop's number, or build:12",
}

// prompt is what is being typed with a cursor, and a note while there is room.
func (m *model) prompt(mark, note string) string {
	th := m.env.Theme
	before, under, after := m.input.Split()
	before = layout.CutLeft(inspector.Printable(before), m.width*2/3)
	line := " " + th.Accent.On(mark) + before + th.Selected.On(inspector.Printable(under)) + inspector.Printable(after)
	if room := m.width - layout.Width(line) - layout.Width(note) - 3; room > 0 {
		line += layout.Spaces(room+1) + th.Dim.On(note)
	}
	return line
}

func (m *model) keyHints(pairs ...string) string {
	th := m.env.Theme
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteString("  ")
		}
		b.WriteString(th.Accent.On(pairs[i]) + " " + th.Dim.On(pairs[i+1]))
	}
	return b.String()
}

// hints are the keys that can be used here and now, as many as there is room for;
// help is always among them.
func (m *model) hints() string {
	facts := m.quickFacts()
	last := []string{"?", "help", "q", "quit"}
	if facts.InDetail {
		last[3] = "back"
	}
	room := m.width - 2 - layout.Width(" ? help  q quit")
	var pairs []string
	open, _ := command.Named("open")
	candidates := append([]command.Command{open}, command.In(m.scope())...)
	for i, c := range append(candidates, command.In(command.Global)...) {
		if c.Hint == "" || c.Name == "help" || c.Name == "quit" || c.Name == "open" && (i > 0 || facts.InDetail) || c.Reason(facts) != "" {
			continue
		}
		hint := c.Hint
		if c.Name == "pause" && m.paused {
			hint = "go on"
		}
		if c.Name == "editor" && facts.Rows == 0 {
			hint = "browser"
		}
		if w := layout.Width(c.Key()) + 1 + layout.Width(hint) + 2; w <= room {
			pairs = append(pairs, c.Key(), hint)
			room -= w
		}
	}
	return layout.Fit(" "+m.keyHints(append(pairs, last...)...), m.width)
}
