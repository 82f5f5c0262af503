package command

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/keys.md")

func TestTableIsComplete(t *testing.T) {
	names := map[string]bool{}
	for _, c := range Table {
		if names[c.Name] {
			t.Errorf("%s: two commands of that name", c.Name)
		}
		names[c.Name] = true
		if c.Help == "" || strings.HasSuffix(c.Help, ".") || strings.ToUpper(c.Help[:1]) != c.Help[:1] {
			t.Errorf("%s: help %q is not a sentence without a full stop", c.Name, c.Help)
		}
		if len(c.Keys) == 0 {
			t.Errorf("%s: no key", c.Name)
		}
	}
}

func TestNoKeyClashes(t *testing.T) {
	for _, pane := range Panes {
		owner := map[string]string{}
		for _, c := range append(In(Global), In(pane)...) {
			for _, k := range c.Keys {
				if other, taken := owner[k]; taken {
					t.Errorf("%s: %q means both %s and %s", pane, k, other, c.Name)
				}
				owner[k] = c.Name
			}
		}
	}
}

func TestALetterMeansOneThing(t *testing.T) {
	meaning := map[string]string{}
	for _, c := range Table {
		for _, k := range c.Keys {
			if other, taken := meaning[k]; taken && other != c.Name {
				t.Errorf("%q means %s here and %s there", k, other, c.Name)
			}
			meaning[k] = c.Name
		}
	}
}

func TestReservedKeysAreFree(t *testing.T) {
	for _, key := range []string{"ctrl+m", "ctrl+i", "ctrl+h", "ctrl+[", "ctrl+b", "ctrl+s", "ctrl+q"} {
		for _, pane := range Panes {
			if c, ok := Lookup(pane, key); ok {
				t.Errorf("%s is used by %s, but terminals do not deliver it", key, c.Name)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	for _, tt := range []struct {
		pane Scope
		key  string
		want string
	}{
		{Requests, "j", "down"},
		{Requests, "u", "unmask"},
		{Logs, "u", ""},
		{Errors, "f", "unfold"},
		{Loops, "ctrl+p", "palette"},
		{Loops, "ctrl+x", ""},
	} {
		got, _ := Lookup(tt.pane, tt.key)
		if got.Name != tt.want {
			t.Errorf("%s in %s: got %q, want %q", tt.key, tt.pane, got.Name, tt.want)
		}
	}
}

func TestReasons(t *testing.T) {
	for _, tt := range []struct {
		name    string
		command string
		facts   Facts
		want    string
	}{
		{"no rows", "copy", Facts{}, "there is no row to act on"},
		{"a row", "copy", Facts{Rows: 1}, ""},
		{"no detail", "open", Facts{Rows: 1}, "this pane has no detail"},
		{"no place", "editor", Facts{Rows: 1}, "no file and line is known for what is selected"},
		{"no request yet", "editor", Facts{Pane: Requests, Address: true}, ""},
		{"no request", "replay", Facts{Replay: true, Address: true}, "no request is selected"},
		{"not listening", "replay", Facts{Replay: true, Request: true}, "the program does not listen yet"},
		{"cannot", "replay", Facts{Request: true, Address: true}, "this session cannot send requests"},
		{"can", "replay", Facts{Replay: true, Request: true, Address: true}, ""},
		{"always", "help", Facts{}, ""},
		{"no error rows", "next-error", Facts{Rows: 3}, "no row here failed"},
		{"cannot follow", "follow", Facts{Rows: 3}, "this list is sorted, or none of its rows is the newest"},
		{"in its own pane", "show-request", Facts{Pane: Requests, Request: true}, "this is the list of requests"},
		{"no frames", "unfold", Facts{Rows: 3}, "the selected error has no library frames"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, ok := Named(tt.command)
			if !ok {
				t.Fatalf("no command %s", tt.command)
			}
			if got := c.Reason(tt.facts); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFind(t *testing.T) {
	for _, tt := range []struct {
		query string
		want  string // the first
	}{
		{"", "up"},
		{"rebuild", "rebuild"},
		{"rbld", "rebuild"},
		{"curl", "copy"},
		{"cm", "copy-more"},
		{"mouse", "mouse"},
		{"MOUSE", "mouse"},
	} {
		t.Run(tt.query, func(t *testing.T) {
			found := Find(Requests, tt.query)
			if len(found) == 0 || found[0].Name != tt.want {
				t.Errorf("got %v, want %s first", found, tt.want)
			}
		})
	}
	if found := Find(Requests, "zzzz"); len(found) != 0 {
		t.Errorf("zzzz: got %v, want nothing", found)
	}
	for _, c := range Find(Logs, "") {
		if c.Scope == Requests {
			t.Errorf("%s belongs to requests and was found in logs", c.Name)
		}
	}
}

func TestKeysPage(t *testing.T) {
	const file = "../../docs/keys.md"
	if *update {
		if err := os.MkdirAll("../../docs", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(Markdown()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != Markdown() {
		t.Errorf("%s is not what the table says; run go test ./tui/command -update", file)
	}
}
