package tui

import (
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/tui/command"
	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/theme"
)

// helpLines are the commands of the open pane and those of all panes.
func (m *model) helpLines() []string {
	th, facts := m.env.Theme, m.facts()
	var lines []string
	section := func(title string, commands []command.Command) {
		if len(commands) == 0 {
			return
		}
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, " "+th.Tab.On(title))
		for _, c := range commands {
			lines = append(lines, m.commandLine(th, facts, c, false, 12, c.KeyList())...)
		}
	}
	name := string(m.scope())
	section("In the pane "+strings.ToUpper(name[:1])+name[1:], command.In(m.scope()))
	section("In all panes", command.In(command.Global))
	return lines
}

// commandLine is a command: its keys, what it does, and why it cannot be used.
func (m *model) commandLine(th theme.Theme, facts command.Facts, c command.Command, chosen bool, column int, keys string) []string {
	reason := c.Reason(facts)
	text := c.Help
	if reason != "" {
		text += " (not now: " + reason + ")"
	}
	room := max(m.width-column-5, 8)
	var lines []string
	for i, line := range layout.Words(text, room) {
		label := layout.Spaces(column)
		if i == 0 {
			label = layout.Fit(keys, column)
		}
		switch {
		case chosen:
			mark := "  "
			if i == 0 {
				mark = "▸ "
			}
			lines = append(lines, th.Selected.On(layout.Fit(" "+mark+label+" "+line, m.width)))
		case reason != "":
			lines = append(lines, th.Faint.On("   "+label+" "+line))
		default:
			lines = append(lines, "   "+th.Accent.On(label)+" "+line)
		}
	}
	return lines
}

// paletteLines are what is typed and the commands it may mean.
func (m *model) paletteLines(height int) []string {
	th, facts := m.env.Theme, m.facts()
	found := m.found()
	lines := []string{m.prompt("> ", strconv.Itoa(len(found))+" commands")}
	room := max(min(height-2, 12), 1)
	if len(found) == 0 {
		return append(lines, th.Dim.On("   no command has these letters in this order"))
	}
	first := max(m.chosen-room+1, 0)
	for i := first; i < len(found) && i < first+room; i++ {
		c := found[i]
		text := c.Help
		style := th.Text
		if reason := c.Reason(facts); reason != "" {
			text, style = "not now: "+reason, th.Faint
		}
		line := layout.Fit(c.Key(), 10) + layout.Fit(c.Name, 15) + layout.Cut(text, max(m.width-29, 1))
		if i == m.chosen {
			lines = append(lines, th.Selected.On(layout.Fit(" ▸ "+line, m.width)))
		} else {
			lines = append(lines, "   "+style.On(line))
		}
	}
	return lines
}

// menuLines are what of the selected row can be copied.
func (m *model) menuLines(height int) []string {
	th := m.env.Theme
	lines := []string{" " + th.Tab.On("Copy")}
	room := max(height-2, 1)
	first := max(m.chosen-room+1, 0)
	for i := first; i < len(m.copies) && i < first+room; i++ {
		c := m.copies[i]
		line := layout.Cut(strconv.Itoa(i+1)+"  "+c.Label, m.width-20)
		size := layout.Bytes(int64(len(c.Text)))
		if c.Without != nil {
			size = "not now"
		}
		line = layout.Fit(line, max(min(m.width-16, 44), 10)) + layout.FitRight(size, 10)
		if i == m.chosen {
			lines = append(lines, th.Selected.On(layout.Fit(" ▸ "+line, m.width)))
		} else {
			lines = append(lines, "   "+line)
		}
	}
	return lines
}
