// Package guard gives the terminal back when the program that changed it cannot:
// when it was killed, or crashed in a goroutine that nobody watches.
//
// The guard is a second process of the same program. It holds the reading end of
// a pipe; when that ends without a word, the program has died, and the guard puts
// back the settings that it noted at the start.
//
//   - RunIfAsked: the guard's own main
//   - Start, Guard.Release: round the use of the terminal
package guard

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

// variable is set for the process that is the guard.
const variable = "TORNADO_DEV_GUARD"

// released is what the guard is told when the program has given the terminal back
// itself.
var released = []byte{'.'}

// giveBack leaves the alternate screen and takes back what a full-screen program
// switches on: mouse reports, bracketed paste, a hidden cursor, colours.
const giveBack = ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseAnyEvent + ansi.ResetModeMouseExtSgr +
	ansi.ResetModeBracketedPaste + ansi.ResetModeAltScreenSaveCursor + ansi.ResetStyle + ansi.ShowCursor + "\r"

// A Guard watches over this process. It belongs to whoever started it.
type Guard struct {
	command *exec.Cmd
	pipe    io.WriteCloser
}

// Start begins to guard the terminal, with the settings that it has now. A
// terminal that cannot be guarded is an error, and can be used all the same.
func Start(terminal *os.File) (*Guard, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("guard the terminal: %w", err)
	}
	command := exec.Command(executable)
	command.Env = append(os.Environ(), variable+"=1")
	command.ExtraFiles = []*os.File{terminal}
	command.SysProcAttr = ownGroup()
	pipe, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("guard the terminal: %w", err)
	}
	ready, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("guard the terminal: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("guard the terminal: %w", err)
	}
	g := &Guard{command, pipe}
	// The settings must have been noted before anybody changes them.
	if _, err := io.ReadFull(ready, make([]byte, 1)); err != nil {
		g.Release()
		return nil, fmt.Errorf("guard the terminal: %w", err)
	}
	return g, nil
}

// Release ends the guard: the terminal has been given back. It may be called on
// a nil Guard.
func (g *Guard) Release() {
	if g == nil {
		return
	}
	g.pipe.Write(released)
	g.pipe.Close()
	g.command.Wait()
}

// RunIfAsked is the guard's main: in the process that Start made it watches, and
// then exits. In all others it returns at once. Call it first in main.
func RunIfAsked() {
	if os.Getenv(variable) == "" {
		return
	}
	if err := watch(os.NewFile(3, "terminal")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func watch(terminal *os.File) error {
	// What ends the program by the keyboard must not end its guard first, and the
	// guard writes to the terminal from the background.
	signal.Ignore(guarded...)
	rename()
	before, err := term.GetState(terminal.Fd())
	if err != nil {
		return fmt.Errorf("guard: %w", err)
	}
	if _, err := os.Stdout.Write(released); err != nil {
		return err
	}
	if n, err := os.Stdin.Read(make([]byte, 1)); n > 0 {
		return nil
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	if err := term.Restore(terminal.Fd(), before); err != nil {
		return fmt.Errorf("guard: %w", err)
	}
	_, err = io.WriteString(terminal, giveBack)
	return err
}
