// Package editor knows how to open a file at a line in the editors people use.
//
// It only makes commands; it starts nothing. Its functions may be called from any
// goroutine.
package editor

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/tui/pane"
)

// ErrNone says that no editor is set.
var ErrNone = errors.New("no editor is set: put its command into $VISUAL or $EDITOR, for instance export EDITOR=nano or export VISUAL=\"code --wait\"")

// Choose returns the command of the editor: option if it is not empty, else what
// $VISUAL or $EDITOR says; getenv is os.Getenv. It fails with ErrNone.
func Choose(option string, getenv func(string) string) (string, error) {
	for _, command := range []string{option, getenv("VISUAL"), getenv("EDITOR")} {
		if strings.TrimSpace(command) != "" {
			return command, nil
		}
	}
	return "", ErrNone
}

// style is how an editor is told where to go.
type style uint8

const (
	plus      style = iota // +12 file
	plusComma              // +12,7 file
	plusColon              // +12:7 file
	vimCall                // +call cursor(12,7) file
	colon                  // file:12:7
	goTo                   // --goto file:12:7
	jetbrains              // --line 12 --column 7 file
	bare                   // file
)

var known = map[string]struct {
	style style
	gui   bool // has a window of its own, so the terminal stays ours
}{
	"vi": {plus, false}, "vim": {vimCall, false}, "nvim": {vimCall, false}, "nano": {plusComma, false},
	"emacs": {plusColon, false}, "emacsclient": {plusColon, false}, "micro": {plusColon, false},
	"kak": {plusColon, false}, "joe": {plus, false}, "ne": {plus, false}, "mg": {plus, false}, "jed": {bare, false},
	"hx": {colon, false}, "helix": {colon, false},
	"gvim": {vimCall, true}, "mvim": {vimCall, true}, "gedit": {plusColon, true}, "kate": {bare, true},
	"code": {goTo, true}, "code-insiders": {goTo, true}, "codium": {goTo, true}, "vscodium": {goTo, true}, "cursor": {goTo, true}, "windsurf": {goTo, true},
	"subl": {colon, true}, "sublime_text": {colon, true}, "zed": {colon, true}, "zeditor": {colon, true},
	"goland": {jetbrains, true}, "idea": {jetbrains, true},
}

// Command returns the arguments that open place in the editor called by command,
// and whether the editor has a window of its own. An editor that is not known is
// given a + and the line, which most understand, and the terminal.
func Command(command string, place pane.Place) (argv []string, gui bool) {
	argv = fields(command)
	if len(argv) == 0 {
		return nil, false
	}
	name := strings.TrimSuffix(filepath.Base(argv[0]), ".exe")
	editor := known[name]
	gui = editor.gui
	if name == "emacsclient" {
		gui = !has(argv, "-t", "-nw", "--tty")
	}
	line, column := place.Line, max(place.Column, 1)
	if line <= 0 {
		return append(argv, place.File), gui
	}
	l, c := strconv.Itoa(line), strconv.Itoa(column)
	switch editor.style {
	case plusComma:
		argv = append(argv, "+"+l+","+c, place.File)
	case plusColon:
		argv = append(argv, "+"+l+":"+c, place.File)
	case vimCall:
		argv = append(argv, "+call cursor("+l+","+c+")", place.File)
	case colon:
		argv = append(argv, place.File+":"+l+":"+c)
	case goTo:
		argv = append(argv, "--goto", place.File+":"+l+":"+c)
	case jetbrains:
		argv = append(argv, "--line", l, "--column", c, place.File)
	case bare:
		argv = append(argv, place.File)
	default:
		argv = append(argv, "+"+l, place.File)
	}
	return argv, gui
}

func has(argv []string, options ...string) bool {
	for _, a := range argv {
		for _, o := range options {
			if a == o {
				return true
			}
		}
	}
	return false
}

// fields splits a command at spaces outside quotes, as a shell does.
func fields(command string) []string {
	var argv []string
	var word strings.Builder
	inside, quote := false, rune(0)
	for _, r := range command {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, inside = r, true
		case quote == 0 && (r == ' ' || r == '\t'):
			if inside {
				argv = append(argv, word.String())
				word.Reset()
			}
			inside = false
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	if inside {
		argv = append(argv, word.String())
	}
	return argv
}
