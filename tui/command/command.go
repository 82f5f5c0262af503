// Package command holds the one table of what the workbench can do. Keys, the
// help overlay, the palette and docs/keys.md are all made from it.
//
// The table is never changed after init and may be read from any goroutine.
//
//   - Command: name, scope, sentence, keys, and why it may be unavailable
//   - Facts: what a command may ask about the screen
//   - Table, Lookup, In: the table and ways into it
//   - Find: fuzzy search, for the palette
//   - Markdown: the table as a page
package command

import "strings"

// A Scope is where a command's keys count.
type Scope string

const (
	Global      Scope = "everywhere"
	Requests    Scope = "requests"
	Connections Scope = "connections"
	Errors      Scope = "errors"
	Logs        Scope = "logs"
	Routes      Scope = "routes"
	Loops       Scope = "loops"
)

// Panes are the scopes that are panes, in the order of their digits.
var Panes = []Scope{Requests, Connections, Errors, Logs, Routes, Loops}

// Facts are what the availability of commands depends on.
type Facts struct {
	Pane     Scope
	Rows     int  // shown in the list
	Request  bool // a request is selected, or what is selected happened in one
	Place    bool // there is a file and line to open
	Detail   bool // the pane has a detail
	InDetail bool // the detail has the focus
	Tabs     int  // of the detail
	Orders   int  // ways to sort the list
	Follows  bool // the list can follow what is newest
	Frames   bool // the selected error has library frames
	Errors   int  // error rows in the list
	Address  bool // the program listens
	Replay   bool // the workbench can send requests
	Rebuild  bool // the workbench can build
	Clear    bool // the workbench can forget records
	Alone    bool // no shell is there that could resume the workbench
}

// A Msg asks a pane to carry out the command of that name.
type Msg struct{ Name string }

// A Command is something the workbench can do.
type Command struct {
	Name  string // for the palette: "copy-more"
	Scope Scope
	Help  string   // one sentence without a full stop
	Hint  string   // a word or two for the hint bar; "" keeps it out of there
	Keys  []string // as Bubble Tea calls them; the first is shown

	// Unless says why the command cannot be used now; "" if it can. A nil Unless
	// means that it always can.
	Unless func(Facts) string
}

// Reason is Unless, asked of commands that have none too.
func (c Command) Reason(f Facts) string {
	if c.Unless == nil {
		return ""
	}
	return c.Unless(f)
}

// Key is the command's first key as people write it, "" if it has none.
func (c Command) Key() string {
	if len(c.Keys) == 0 {
		return ""
	}
	return Written(c.Keys[0])
}

// KeyList is all keys of the command as people write them.
func (c Command) KeyList() string {
	written := make([]string, len(c.Keys))
	for i, k := range c.Keys {
		written[i] = Written(k)
	}
	return strings.Join(written, " ")
}

var names = map[string]string{
	" ": "space", "pgdown": "pgdn", "up": "↑", "down": "↓", "left": "←", "right": "→", "shift+tab": "shift-tab",
}

// Written is a key as people write it: "ctrl-p" for "ctrl+p".
func Written(key string) string {
	if name, ok := names[key]; ok {
		return name
	}
	return strings.Replace(key, "ctrl+", "ctrl-", 1)
}

// Lookup finds the command that key means while pane is open.
func Lookup(pane Scope, key string) (Command, bool) {
	c, ok := byKey[scopedKey{pane, key}]
	if !ok {
		c, ok = byKey[scopedKey{Global, key}]
	}
	return c, ok
}

// Named finds a command by name.
func Named(name string) (Command, bool) {
	for _, c := range Table {
		if c.Name == name {
			return c, true
		}
	}
	return Command{}, false
}

// In returns the commands of one scope, in the order of the table.
func In(scope Scope) []Command {
	var found []Command
	for _, c := range Table {
		if c.Scope == scope {
			found = append(found, c)
		}
	}
	return found
}

type scopedKey struct {
	scope Scope
	key   string
}

var byKey = func() map[scopedKey]Command {
	m := make(map[scopedKey]Command)
	for _, c := range Table {
		for _, k := range c.Keys {
			m[scopedKey{c.Scope, k}] = c
		}
	}
	return m
}()
