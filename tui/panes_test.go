package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/tui/command"
	"github.com/tornado-dev/tornado/tui/connections"
	"github.com/tornado-dev/tornado/tui/errors"
	"github.com/tornado-dev/tornado/tui/logs"
	"github.com/tornado-dev/tornado/tui/loops"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/requests"
	"github.com/tornado-dev/tornado/tui/routes"
)

// What is the same in all panes, and what each says in its own words.
func TestPanes(t *testing.T) {
	for i, tt := range []struct {
		scope  command.Scope
		keys   []command.Command
		empty  string
		filter string // leaves one row
		orders int
		copied string // by y, from the last row
	}{
		{command.Requests, requests.KeyMap(), "No requests yet.", "path:/report", 5, "curl "},
		{command.Connections, connections.KeyMap(), "No connections yet.", "127.0.0.1:51388", 5, "127.0.0.1:51388"},
		{command.Errors, errors.KeyMap(), "No errors. Nice.", "kind:panic", 3, "## blocked"},
		{command.Logs, logs.KeyMap(), "Nothing was logged so far.", "level:error", 3, "15:29:58.000 stdout counting rows of 2025"},
		{command.Routes, routes.KeyMap(), "No routes yet.", "report", 4, "/static/(.*)"},
		{command.Loops, loops.KeyMap(), "No event loop has reported yet.", "1", 4, "loop 1 of build 12: 1 connections, 95% busy, lag 340ms"},
	} {
		t.Run(string(tt.scope), func(t *testing.T) {
			for _, c := range tt.keys {
				if c.Scope != tt.scope {
					t.Errorf("%s belongs to %s", c.Name, c.Scope)
				}
			}
			d := newDriver(t, 100, 30)
			d.press(fmt.Sprint(i+1), "G")
			d.settle(d.press("y"))
			if got := copiedText(t, d.output.String()); !strings.HasPrefix(got, tt.copied) {
				t.Errorf("y copied %q, want %q", got, tt.copied)
			}
			selected := d.selected()
			for k := 1; k < tt.orders; k++ {
				d.press("s")
				d.shows("  by ")
				d.shows("↓")
				fits(t, d)
			}
			d.press("s")
			d.hides("  by ")
			if got := d.selected(); got != selected {
				t.Errorf("after all orders %q is selected, before it was %q", got, selected)
			}
			d.press("/")
			d.types(tt.filter)
			d.press("enter")
			d.shows("/" + tt.filter + " 1 of ")
			d.press("space")
			d.shows("PAUSED")
			d.press("space", "esc")
			d.hides("/" + tt.filter + " 1 of ")
			d.snapshot = pane.Snapshot{}
			d.refresh()
			d.shows(tt.empty)
			fits(t, d)
		})
	}
}

func TestUnseenIsCountedForThePane(t *testing.T) {
	for _, tt := range []struct {
		key  string
		want string
	}{{"1", "PAUSED 9 new"}, {"2", "PAUSED 4 new"}, {"3", "PAUSED 4 new"}, {"4", "PAUSED 5 new"}} {
		d := newDriver(t, 100, 30)
		full := d.snapshot
		d.snapshot = pane.Snapshot{}
		d.refresh()
		d.press(tt.key, "space")
		d.snapshot = full
		d.send(recordsMsg{})
		d.shows(tt.want)
	}
}
