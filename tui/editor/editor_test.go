package editor

import (
	"errors"
	"slices"
	"testing"

	"github.com/tornado-dev/tornado/tui/pane"
)

func TestCommand(t *testing.T) {
	at := pane.Place{File: "/p/a.go", Line: 12, Column: 7}
	for _, tt := range []struct {
		name, command string
		place         pane.Place
		want          []string
		gui           bool
	}{
		{"vi", "vi", at, []string{"vi", "+12", "/p/a.go"}, false},
		{"vim", "/usr/bin/vim", at, []string{"/usr/bin/vim", "+call cursor(12,7)", "/p/a.go"}, false},
		{"nvim with options", "nvim -R", at, []string{"nvim", "-R", "+call cursor(12,7)", "/p/a.go"}, false},
		{"nano", "nano", at, []string{"nano", "+12,7", "/p/a.go"}, false},
		{"emacs", "emacs -nw", at, []string{"emacs", "-nw", "+12:7", "/p/a.go"}, false},
		{"emacs client in a terminal", "emacsclient -t", at, []string{"emacsclient", "-t", "+12:7", "/p/a.go"}, false},
		{"emacs client", "emacsclient", at, []string{"emacsclient", "+12:7", "/p/a.go"}, true},
		{"helix", "hx", at, []string{"hx", "/p/a.go:12:7"}, false},
		{"micro", "micro", at, []string{"micro", "+12:7", "/p/a.go"}, false},
		{"code", "code --wait", at, []string{"code", "--wait", "--goto", "/p/a.go:12:7"}, true},
		{"subl", "subl", at, []string{"subl", "/p/a.go:12:7"}, true},
		{"zed", "zed", at, []string{"zed", "/p/a.go:12:7"}, true},
		{"goland", "goland", at, []string{"goland", "--line", "12", "--column", "7", "/p/a.go"}, true},
		{"unknown", "frobnicate", at, []string{"frobnicate", "+12", "/p/a.go"}, false},
		{"no column", "code", pane.Place{File: "a.go", Line: 3}, []string{"code", "--goto", "a.go:3:1"}, true},
		{"no line", "vim", pane.Place{File: "a.go"}, []string{"vim", "a.go"}, false},
		{"quotes", `"/opt/my editor/vim" -u 'a b'`, pane.Place{File: "x"}, []string{"/opt/my editor/vim", "-u", "a b", "x"}, false},
		{"empty quotes", `vim -u ""`, pane.Place{File: "x"}, []string{"vim", "-u", "", "x"}, false},
		{"nothing", "  ", at, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			argv, gui := Command(tt.command, tt.place)
			if !slices.Equal(argv, tt.want) || gui != tt.gui {
				t.Errorf("got %q, %v; want %q, %v", argv, gui, tt.want, tt.gui)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	for _, tt := range []struct {
		name, option string
		env          map[string]string
		want         string
		err          error
	}{
		{"the option wins", "hx", map[string]string{"VISUAL": "code", "EDITOR": "vi"}, "hx", nil},
		{"visual before editor", "", map[string]string{"VISUAL": "code", "EDITOR": "vi"}, "code", nil},
		{"editor", "", map[string]string{"VISUAL": " ", "EDITOR": "vi"}, "vi", nil},
		{"none", "", nil, "", ErrNone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Choose(tt.option, func(name string) string { return tt.env[name] })
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
}
