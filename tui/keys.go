package tui

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/command"
	"github.com/tornado-dev/tornado/tui/editor"
	"github.com/tornado-dev/tornado/tui/pane"
)

// pressed gives a key to whoever has the keys.
func (m *model) pressed(key tea.KeyMsg) tea.Cmd {
	if key.String() == "ctrl+c" {
		return tea.Quit
	}
	if key.String() == "ctrl+z" {
		c, _ := command.Lookup(command.Global, "ctrl+z") // also while something is typed
		return m.run(c)
	}
	if key.Alt && m.mode != filtering && m.mode != searching {
		return m.escaped(key)
	}
	switch m.mode {
	case filtering:
		return m.pressedInFilter(key)
	case searching:
		return m.pressedInPalette(key)
	case choosing:
		return m.pressedInMenu(key)
	case confirming:
		return m.pressedInQuestion(key)
	case helping:
		return m.pressedInHelp(key)
	}
	m.toast = ""
	c, ok := command.Lookup(m.scope(), key.String())
	if !ok {
		return m.say(key.String() + " does nothing here; ? shows the keys, ctrl-p finds a command")
	}
	return m.run(c)
}

// escaped gives esc and then the key itself to whoever has the keys. No command
// has alt in its key, and esc that is followed quickly, over a slow line most of
// all, looks the same.
func (m *model) escaped(key tea.KeyMsg) tea.Cmd {
	key.Alt = false
	return tea.Batch(m.pressed(tea.KeyMsg{Type: tea.KeyEsc}), m.pressed(key))
}

// run carries out a command, or says why it cannot be done now.
func (m *model) run(c command.Command) tea.Cmd {
	if reason := c.Reason(m.facts()); reason != "" {
		return m.say(c.Name + ": " + reason)
	}
	if action, ok := actions[c.Name]; ok {
		return action(m)
	}
	return m.pane().Update(command.Msg{Name: c.Name})
}

// actions are the commands that concern more than the open pane; that carries out
// the others.
var actions map[string]func(*model) tea.Cmd

func init() {
	actions = map[string]func(*model) tea.Cmd{
		"next-pane":     func(m *model) tea.Cmd { return m.openPane((m.open + 1) % len(m.panes)) },
		"previous-pane": func(m *model) tea.Cmd { return m.openPane((m.open + len(m.panes) - 1) % len(m.panes)) },
		"back":          (*model).back,
		"filter":        (*model).startFilter,
		"pause":         (*model).pause,
		"clear":         (*model).clear,
		"copy":          func(m *model) tea.Cmd { return m.copy(0) },
		"copy-more":     (*model).copyMore,
		"editor":        (*model).edit,
		"browser":       (*model).browse,
		"replay":        (*model).replay,
		"rebuild":       (*model).rebuild,
		"show-request":  (*model).showRequest,
		"help":          func(m *model) tea.Cmd { m.mode, m.scrolled = helping, 0; return nil },
		"palette":       (*model).startPalette,
		"mouse":         (*model).toggleMouse,
		"suspend":       func(*model) tea.Cmd { return tea.Suspend },
		"quit":          (*model).quit,
		"quit-now":      func(*model) tea.Cmd { return tea.Quit },
	}
	for i, scope := range command.Panes {
		actions[string(scope)] = func(m *model) tea.Cmd { return m.openPane(i) }
	}
}

// openPane opens pane i, which catches up with what it missed.
func (m *model) openPane(i int) tea.Cmd {
	m.open = i
	m.pane().Update(pane.SnapshotMsg{})
	return nil
}

func (m *model) back() tea.Cmd {
	if m.pane().Back() {
		return nil
	}
	if m.filters[m.open].text != "" {
		m.setFilter("")
	}
	return nil
}

func (m *model) pause() tea.Cmd {
	m.paused = !m.paused
	if m.paused {
		return nil
	}
	m.show()
	return m.tick()
}

func (m *model) clear() tea.Cmd {
	m.options.Records.Clear()
	m.paused = false
	return tea.Batch(m.refresh(), m.say("cleared what is over; what is in flight or open stays"))
}

// copy hands copy i of the selected row to the terminal.
func (m *model) copy(i int) tea.Cmd {
	copies := m.pane().Copies()
	if i >= len(copies) {
		return m.say("there is nothing to copy here")
	}
	return m.toClipboard(copies[i])
}

func (m *model) toClipboard(c pane.Copy) tea.Cmd {
	if c.Without != nil {
		return m.say("no " + c.Label + ": " + c.Without.Error())
	}
	out, sequence := m.out, clipboard(c.Text, m.options.Getenv)
	write := func() tea.Msg {
		if _, err := io.WriteString(out, sequence); err != nil {
			return doneMsg{"copying failed: " + err.Error()}
		}
		return nil
	}
	return tea.Batch(write, m.say(copied(c.Label, m.options.Getenv)))
}

func (m *model) copyMore() tea.Cmd {
	if m.copies = m.pane().Copies(); len(m.copies) == 0 {
		return m.say("there is nothing to copy here")
	}
	m.mode, m.chosen = choosing, 0
	return nil
}

func (m *model) edit() tea.Cmd {
	place, ok := m.pane().Place()
	if !ok {
		return m.browse()
	}
	name, err := editor.Choose(m.options.Editor, m.options.Getenv)
	if err != nil {
		return m.say(err.Error())
	}
	argv, gui := editor.Command(name, place)
	c := exec.Command(argv[0], argv[1:]...)
	c.Dir = m.env.State.Project
	if !gui {
		// Bubble Tea would give it our locked writer, and exec a pipe to that.
		if f, ok := m.out.(*terminalFile); ok {
			c.Stdout, c.Stderr = f.File, f.File
		}
		return tea.ExecProcess(c, func(err error) tea.Msg { return editedMsg{err} })
	}
	if err := start(c); err != nil {
		return m.say("the editor cannot be started: " + err.Error())
	}
	return m.say("opened in " + argv[0])
}

func (m *model) browse() tea.Cmd {
	url, open := "http://"+m.env.State.Address+"/", m.options.OpenBrowser
	return func() tea.Msg {
		if err := open(url); err != nil {
			return doneMsg{"no browser could be started (" + err.Error() + "): open " + url}
		}
		return doneMsg{"opened " + url}
	}
}

func (m *model) replay() tea.Cmd {
	r := *m.request()
	if safe(r.Method) {
		return m.send(r)
	}
	m.ask(question{
		text:  "Send " + inspector.Printable(r.Method+" "+r.URI) + " once more? It may change something.",
		again: "r",
		yes:   func() tea.Cmd { return m.send(r) },
	})
	return nil
}

func (m *model) send(r inspector.Request) tea.Cmd {
	ctx, replay := m.ctx, m.options.Replay
	what := inspector.Printable(r.Method + " " + r.URI)
	send := func() tea.Msg {
		switch err := replay(ctx, r); {
		case errors.Is(err, context.Canceled):
			return nil
		case err != nil:
			return doneMsg{"replay of " + what + " failed: " + err.Error()}
		}
		return doneMsg{"replayed " + what}
	}
	return tea.Batch(send, m.say("replaying "+what))
}

func (m *model) rebuild() tea.Cmd {
	project := m.options.Project
	ask := func() tea.Msg {
		project.Rebuild()
		return nil
	}
	return tea.Batch(ask, m.say("rebuilding"))
}

func (m *model) showRequest() tea.Cmd {
	id := m.pane().Request()
	if m.filters[0].text != "" {
		m.open = 0
		m.setFilter("")
	}
	cmd := m.openPane(0)
	if !m.pane().Select(id) {
		return m.say("that request is no longer kept")
	}
	return cmd
}

func (m *model) toggleMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		return tea.Batch(tea.EnableMouseCellMotion, m.say("the mouse is the workbench's: click and scroll"))
	}
	return tea.Batch(tea.DisableMouse, m.say("the mouse is the terminal's: select text; m takes it back"))
}

// quit goes one step back, and at the root asks first.
func (m *model) quit() tea.Cmd {
	if m.pane().Back() {
		return nil
	}
	text := "Stop the server and quit?"
	if m.options.Project == nil {
		text = "Quit?"
	}
	m.ask(question{text: text, again: "q", yes: func() tea.Cmd { return tea.Quit }})
	return nil
}

func (m *model) ask(q question) { m.mode, m.question = confirming, q }

func (m *model) pressedInQuestion(key tea.KeyMsg) tea.Cmd {
	m.mode = browsing
	switch key.String() {
	case "y", "Y", m.question.again:
		return m.question.yes()
	}
	return nil
}

func (m *model) startFilter() tea.Cmd {
	m.mode = filtering
	m.input.Set(m.filters[m.open].text)
	return nil
}

func (m *model) pressedInFilter(key tea.KeyMsg) tea.Cmd {
	switch key.String() {
	case "esc":
		m.mode = browsing
		m.setFilter("")
		return nil
	case "enter":
		m.mode = browsing
		if err := m.filters[m.open].err; err != nil {
			return m.say("the filter is not used: " + wrong(err))
		}
		return nil
	case "up", "down", "pgup", "pgdown", "ctrl+p":
		// One can look around in what the filter shows while still typing.
		if c, ok := command.Lookup(m.scope(), key.String()); ok && key.String() != "ctrl+p" {
			return m.run(c)
		}
		return nil
	}
	if m.input.Press(key) {
		m.setFilter(m.input.Value())
	}
	return nil
}

func (m *model) startPalette() tea.Cmd {
	m.mode, m.chosen = searching, 0
	m.input.Set("")
	return nil
}

// found is what the palette lists.
func (m *model) found() []command.Command { return command.Find(m.scope(), m.input.Value()) }

func (m *model) pressedInPalette(key tea.KeyMsg) tea.Cmd {
	switch key.String() {
	case "esc", "ctrl+p":
		m.mode = browsing
		return nil
	case "up", "shift+tab", "ctrl+k":
		m.chosen = max(m.chosen-1, 0)
		return nil
	case "down", "tab", "ctrl+j", "ctrl+n":
		m.chosen = min(m.chosen+1, max(len(m.found())-1, 0))
		return nil
	case "enter":
		m.mode = browsing
		if found := m.found(); m.chosen < len(found) {
			return m.run(found[m.chosen])
		}
		return nil
	}
	if m.input.Press(key) {
		m.chosen = 0
	}
	return nil
}

func (m *model) pressedInMenu(key tea.KeyMsg) tea.Cmd {
	k := key.String()
	switch k {
	case "esc", "q", "Y":
		m.mode = browsing
		return nil
	case "up", "k":
		m.chosen = max(m.chosen-1, 0)
		return nil
	case "down", "j":
		m.chosen = min(m.chosen+1, len(m.copies)-1)
		return nil
	case "enter":
		m.mode = browsing
		return m.toClipboard(m.copies[m.chosen])
	}
	if i := strings.Index("123456789", k); len(k) == 1 && i >= 0 && i < len(m.copies) {
		m.mode = browsing
		return m.toClipboard(m.copies[i])
	}
	return nil
}

func (m *model) pressedInHelp(key tea.KeyMsg) tea.Cmd {
	c, _ := command.Lookup(m.scope(), key.String())
	steps := map[string]int{"up": -1, "down": 1, "page-up": -m.bodyHeight(), "page-down": m.bodyHeight(),
		"half-up": -m.bodyHeight() / 2, "half-down": m.bodyHeight() / 2, "top": -1 << 20, "bottom": 1 << 20}
	if n, ok := steps[c.Name]; ok {
		m.scrolled = min(max(m.scrolled+n, 0), max(len(m.helpLines())-m.bodyHeight(), 0))
		return nil
	}
	if slices.Contains([]string{"back", "help", "quit", "open", "palette"}, c.Name) {
		m.mode = browsing
		if c.Name == "palette" {
			return m.startPalette()
		}
	}
	return nil
}

// mouseUsed selects what is clicked and scrolls what is under the wheel.
func (m *model) mouseUsed(msg tea.MouseMsg) tea.Cmd {
	if m.mode != browsing || m.tooSmall() {
		return nil
	}
	lines := 0
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		lines = -3
	case tea.MouseButtonWheelDown:
		lines = 3
	}
	inBody := msg.Y >= 1 && msg.Y <= m.bodyHeight()
	switch {
	case lines != 0 && inBody:
		m.pane().Wheel(msg.X, msg.Y-1, lines)
	case msg.Button != tea.MouseButtonLeft || msg.Action != tea.MouseActionPress:
	case msg.Y == 0:
		if i, ok := m.tabAt(msg.X); ok {
			return m.openPane(i)
		}
	case inBody:
		m.pane().Click(msg.X, msg.Y-1)
	}
	return nil
}
