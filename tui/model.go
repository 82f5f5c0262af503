package tui

import (
	"context"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/tornado-dev/tornado/devserver"
	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/command"
	"github.com/tornado-dev/tornado/tui/connections"
	"github.com/tornado-dev/tornado/tui/errors"
	"github.com/tornado-dev/tornado/tui/logs"
	"github.com/tornado-dev/tornado/tui/loops"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/prompt"
	"github.com/tornado-dev/tornado/tui/requests"
	"github.com/tornado-dev/tornado/tui/routes"
	"github.com/tornado-dev/tornado/tui/source"
	"github.com/tornado-dev/tornado/tui/theme"
)

const (
	// frame is the least time between two looks at the records, and sortedFrame
	// that while many of them are kept sorted.
	frame       = 33 * time.Millisecond
	sortedFrame = 250 * time.Millisecond
	manyRows    = 2000

	minWidth, minHeight = 40, 10
)

// A view is a pane as the screen round it sees it.
type view interface {
	Update(tea.Msg) tea.Cmd
	View() []string
	Resize(width, height int)
	Click(x, y int)
	Wheel(x, y, lines int)

	Facts() command.Facts
	AnyFailed() bool
	InDetail() bool
	Following() bool
	CanFollow() bool
	Order() string
	Counted() (shown, all int)
	Place() (pane.Place, bool)
	Request() uint64
	Copies() []pane.Copy

	SetFilter(inspector.Filter)
	Select(id uint64) bool
	Back() bool
}

// mode is who gets the keys.
type mode uint8

const (
	browsing mode = iota
	filtering
	searching  // the palette
	choosing   // the menu of copies
	confirming // a question
	helping
)

// A model is the whole screen. It is the tea.Model that Run shows; only its
// program's goroutine uses it.
type model struct {
	// Set by newModel and never changed.
	ctx     context.Context
	options Options
	out     terminal
	ascii   bool
	alone   bool                 // no shell could resume us
	take    func() pane.Snapshot // a look at the records
	changed <-chan struct{}      // of the records
	close   func()

	env     *pane.Env
	panes   []view
	open    int
	filters []filter // of each pane

	width, height int

	newest pane.Snapshot // what is known; env.Snapshot is what is shown
	paused bool
	clock  bool // a clockMsg is on its way

	mode     mode
	input    prompt.Line // of the filter or the palette
	chosen   int         // in the palette or the menu
	scrolled int         // lines of help
	question question
	copies   []pane.Copy // of the menu

	toast   string
	toastID int
	mouse   bool // is captured
	toasts  time.Duration
}

// A filter is what was typed, and what is wrong with it.
type filter struct {
	text string
	err  error
}

// A question is asked in the place of the hints.
type question struct {
	text  string
	again string // the key that asked it says yes as well
	yes   func() tea.Cmd
}

func newModel(ctx context.Context, o Options, th theme.Theme, out terminal) *model {
	o = o.withDefaults()
	m := &model{
		ctx: ctx, options: o, out: out, ascii: asciiOnly(o.Getenv), close: func() {},
		env:   &pane.Env{Theme: th, Now: o.Clock(), SourceLines: source.Read},
		mouse: true, toasts: 4 * time.Second,
	}
	if o.Records != nil {
		m.take = func() pane.Snapshot { return pane.Of(o.Records.Snapshot()) }
		m.changed, m.close = o.Records.Subscribe()
	}
	m.panes = []view{
		requests.New(m.env), connections.New(m.env), errors.New(m.env),
		logs.New(m.env), routes.New(m.env), loops.New(m.env),
	}
	m.filters = make([]filter, len(m.panes))
	return m
}

type (
	recordsMsg   struct{}              // the records changed
	projectMsg   struct{}              // the project's state changed
	clockMsg     struct{}              // something that shows a running time should be drawn
	toastOverMsg struct{ id int }      // the toast was there long enough
	doneMsg      struct{ text string } // something ended, for a toast
	editedMsg    struct{ err error }   // an editor in this terminal ended
)

func (m *model) Init() tea.Cmd {
	project := m.waitForProject() // before looking, so that no change is missed
	return tea.Batch(m.refresh(), m.waitForRecords(), project, tea.SetWindowTitle("tornado-dev"))
}

// waitForRecords waits for a change and then until the next frame is due: all
// that changes meanwhile makes one message.
func (m *model) waitForRecords() tea.Cmd {
	if m.changed == nil {
		return nil
	}
	interval := frame
	if shown, _ := m.pane().Counted(); m.pane().Order() != "" && shown > manyRows {
		interval = sortedFrame
	}
	return waitFor(m.ctx, m.changed, time.Now().Add(interval), recordsMsg{})
}

func (m *model) waitForProject() tea.Cmd {
	if m.options.Project == nil {
		return nil
	}
	return waitFor(m.ctx, m.options.Project.Changed(), time.Now().Add(frame), projectMsg{})
}

func waitFor(ctx context.Context, changed <-chan struct{}, notBefore time.Time, msg tea.Msg) tea.Cmd {
	return func() tea.Msg {
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
		return after(ctx, time.Until(notBefore), msg)()
	}
}

// after answers msg when d has passed, or nil when ctx ends; tea.Tick would hold
// its goroutine until d has passed.
func after(ctx context.Context, d time.Duration, msg tea.Msg) tea.Cmd {
	return func() tea.Msg {
		due := time.NewTimer(d)
		defer due.Stop()
		select {
		case <-due.C:
			return msg
		case <-ctx.Done():
			return nil
		}
	}
}

// refresh looks at what there is. It returns a tick if something is on the
// screen that changes by itself.
func (m *model) refresh() tea.Cmd {
	m.env.Now = m.options.Clock()
	if m.options.Project != nil {
		m.env.State = m.options.Project.Snapshot()
	}
	if m.take != nil {
		m.newest = m.take()
	}
	if !m.paused {
		m.show()
	}
	return m.tick()
}

// show makes what is known what is shown. Panes that are not open catch up when
// they are opened.
func (m *model) show() {
	m.env.Snapshot = m.newest
	m.pane().Update(pane.SnapshotMsg{})
}

// tick starts the clock if a running time is on the screen. It is one chain of
// ticks at most, and it ends by itself.
func (m *model) tick() tea.Cmd {
	every := time.Duration(0)
	c := m.newest.Counters
	switch {
	case m.env.State.Phase == devserver.Building && !m.env.State.Since.IsZero():
		every = 100 * time.Millisecond
	case c.InFlight > 0 && !m.paused:
		every = 200 * time.Millisecond
	case c.PerSecond > 0 || c.OpenConnections > 0:
		every = time.Second
	}
	if every == 0 || m.clock {
		return nil
	}
	m.clock = true
	return after(m.ctx, every, clockMsg{})
}

func (m *model) pane() view { return m.panes[m.open] }

func (m *model) scope() command.Scope { return command.Panes[m.open] }

// Update takes in one message.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.resize()
	case recordsMsg:
		return m, tea.Batch(m.refresh(), m.waitForRecords())
	case projectMsg:
		wait := m.waitForProject() // before looking, so that no change is missed
		return m, tea.Batch(m.refresh(), wait)
	case clockMsg:
		m.clock = false
		return m, m.refresh()
	case toastOverMsg:
		if msg.id == m.toastID {
			m.toast = ""
		}
	case doneMsg:
		return m, m.say(msg.text)
	case editedMsg:
		if msg.err != nil {
			return m, tea.Batch(m.takeMouse(), m.say("the editor failed: "+msg.err.Error()))
		}
		return m, m.takeMouse()
	case tea.ResumeMsg:
		return m, tea.Batch(m.takeMouse(), m.refresh())
	case tea.MouseMsg:
		return m, m.mouseUsed(msg)
	case tea.KeyMsg:
		return m, m.typed(msg)
	}
	return m, nil
}

// typed takes keys apart: those that came in one read, as they do over a slow
// line, are one message. What is pasted is text and never a command.
func (m *model) typed(key tea.KeyMsg) tea.Cmd {
	writing := m.mode == filtering || m.mode == searching
	switch {
	case key.Paste && !writing:
		return nil
	case key.Paste || key.Type != tea.KeyRunes || len(key.Runes) < 2:
		return m.pressed(key)
	}
	var cmds []tea.Cmd
	for _, r := range key.Runes {
		one := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: key.Alt}
		if r == ' ' {
			one.Type = tea.KeySpace
		}
		cmds = append(cmds, m.pressed(one))
	}
	return tea.Batch(cmds...)
}

// bodyHeight is what the pane has: all but tabs, status and hints.
func (m *model) bodyHeight() int { return m.height - 3 }

func (m *model) resize() {
	if m.tooSmall() {
		return
	}
	for _, p := range m.panes {
		p.Resize(m.width, m.bodyHeight())
	}
}

func (m *model) tooSmall() bool { return m.width < minWidth || m.height < minHeight }

// say shows a text for a moment in place of the hints.
func (m *model) say(text string) tea.Cmd {
	m.toast = inspector.Printable(text)
	m.toastID++
	id := m.toastID
	return after(m.ctx, m.toasts, toastOverMsg{id})
}

// takeMouse asks for the mouse again after somebody else had the terminal.
func (m *model) takeMouse() tea.Cmd {
	if m.mouse {
		return tea.EnableMouseCellMotion
	}
	return nil
}

// facts are what the availability of commands depends on.
func (m *model) facts() command.Facts {
	f := m.quickFacts()
	if m.pane().AnyFailed() {
		f.Errors = 1
	}
	return f
}

// quickFacts are all but Errors, for which each row has to be asked: what the
// hints need in every frame.
func (m *model) quickFacts() command.Facts {
	f := m.pane().Facts()
	f.Pane = m.scope()
	_, f.Place = m.pane().Place()
	f.Request = m.request() != nil
	f.Address = m.env.State.Address != ""
	f.Replay = m.options.Replay != nil
	f.Rebuild = m.options.Project != nil
	f.Clear = m.options.Records != nil
	f.Alone = m.alone
	return f
}

// request is what the selected row is, or happened in; nil if it is not kept.
func (m *model) request() *inspector.Request {
	id, rows := m.pane().Request(), m.newest.Requests
	if id == 0 || rows == nil {
		return nil
	}
	i, ok := rows.Find(id)
	if !ok {
		return nil
	}
	return rows.At(i)
}

// safe reports whether a method asks for something and changes nothing (RFC 9110
// section 9.2.1).
func safe(method string) bool {
	return method == "GET" || method == "HEAD" || method == "OPTIONS"
}

// setFilter filters the open pane as text says. A text that is no filter leaves
// the last one in force, and its error is shown.
func (m *model) setFilter(text string) {
	f := &m.filters[m.open]
	f.text, f.err = strings.TrimSpace(text), nil
	parsed, err := inspector.ParseFilter(f.text)
	if err != nil {
		f.err = err
		return
	}
	m.pane().SetFilter(parsed)
}

// unseen is how many rows of the open pane came in since it was paused.
func (m *model) unseen() int {
	switch m.scope() {
	case command.Connections:
		return newer(m.env.Snapshot.Connections, m.newest.Connections, func(c *inspector.Connection) uint64 { return c.ID })
	case command.Errors:
		return newer(m.env.Snapshot.Errors, m.newest.Errors, func(e *inspector.Error) uint64 { return e.ID })
	case command.Logs:
		return newer(m.env.Snapshot.Logs, m.newest.Logs, func(l *inspector.Log) uint64 { return l.ID })
	}
	return newer(m.env.Snapshot.Requests, m.newest.Requests, func(r *inspector.Request) uint64 { return r.ID })
}

func newer[T any](shown, known pane.Rows[T], id func(*T) uint64) int {
	if known == nil {
		return 0
	}
	if shown == nil || shown.Len() == 0 {
		return known.Len()
	}
	i, ok := known.Find(id(shown.At(shown.Len() - 1)))
	if ok {
		i++
	}
	return known.Len() - i
}
