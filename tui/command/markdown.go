package command

import (
	"fmt"
	"strings"
)

// Markdown is the table as a page for the documentation.
func Markdown() string {
	var b strings.Builder
	b.WriteString(`# Keys of the workbench

Every command can also be found by name: press ctrl-p and type some of its letters. A command that cannot be used at the
moment says why. This page is made from the same table as the keys themselves.
`)
	for _, scope := range append([]Scope{Global}, Panes...) {
		commands := In(scope)
		if len(commands) == 0 {
			continue
		}
		heading := "In all panes"
		if scope != Global {
			heading = "In the pane " + strings.ToUpper(string(scope[:1])) + string(scope[1:])
		}
		fmt.Fprintf(&b, "\n## %s\n\n| Key | Command | What it does |\n|---|---|---|\n", heading)
		for _, c := range commands {
			keys := make([]string, len(c.Keys))
			for i, k := range c.Keys {
				keys[i] = "`" + Written(k) + "`"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", strings.Join(keys, " "), c.Name, c.Help)
		}
	}
	b.WriteString(`
## The mouse

A click selects a row, a tab or a pane; the wheel scrolls what is under it. Press ` + "`m`" + ` to let the terminal have the mouse, so that
it selects text, and again to take it back.
`)
	return b.String()
}
