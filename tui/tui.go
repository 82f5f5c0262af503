// Package tui is the workbench on the terminal: it draws what inspector and
// devserver know, and asks them to do what its keys say.
//
// Run is all there is to call. It has one goroutine that owns every model; the
// outside comes in as a command that waits for a change and then looks at a
// snapshot, at most thirty times a second however much changes.
//
//   - Options, Records, Project: what the workbench is given
//   - Run: shows it until the user quits
//   - tui/command: what it can do, and by which keys
//   - tui/requests, connections, errors, logs, routes, loops: its panes
package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"github.com/tornado-dev/tornado/devserver"
	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/theme"
)

// Records is what the program did. *inspector.Store is one.
type Records interface {
	Snapshot() inspector.Snapshot
	Subscribe() (changed <-chan struct{}, cancel func())
	Clear()
}

// Project is what is built and run. *devserver.Server is one.
type Project interface {
	Snapshot() devserver.State

	// Changed returns a channel from which one can receive after the state
	// changed. It is asked anew before each Snapshot.
	Changed() <-chan struct{}

	Rebuild()
}

// Options of Run. Records is needed; the zero value of all else works.
type Options struct {
	Records Records
	Project Project // nil: only records are shown

	// Editor is the command of the editor. Empty means $VISUAL, then $EDITOR.
	Editor string

	// Replay sends a request once more; nil means that this cannot be done.
	Replay func(context.Context, inspector.Request) error

	// OpenBrowser opens a URL; nil means $BROWSER, or what the system uses.
	OpenBrowser func(url string) error

	// Input and Output default to the terminal's standard input and output.
	Input  io.Reader
	Output io.Writer

	// Errors is where a panic of the workbench is printed, after the terminal has
	// been given back. Nil means standard error.
	Errors io.Writer

	NoColor bool                // also if $NO_COLOR is not empty
	Clock   func() time.Time    // nil means time.Now
	Getenv  func(string) string // nil means os.Getenv
}

func (o Options) withDefaults() Options {
	if o.Input == nil {
		o.Input = os.Stdin
	}
	if o.Output == nil {
		o.Output = os.Stdout
	}
	if o.Errors == nil {
		o.Errors = os.Stderr
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.OpenBrowser == nil {
		o.OpenBrowser = func(url string) error { return openBrowser(url, o.Getenv) }
	}
	return o
}

// A PanicError reports that the workbench itself panicked. The terminal has been
// given back by then.
type PanicError struct {
	Value any
	Stack string
}

func (e *PanicError) Error() string { return fmt.Sprintf("tui: panic: %v", e.Value) }

// Run shows the workbench until the user quits or ctx ends, and returns nil
// then. Whatever happens the terminal is given back as it was. A panic inside is
// printed to Options.Errors and returned as a *PanicError.
//
// Run leaves signals alone: the caller ends ctx on SIGTERM and the like. Ctrl-c
// arrives as a key.
func Run(ctx context.Context, o Options) error {
	o = o.withDefaults()
	if o.Records == nil {
		return errors.New("tui: Options.Records is nil: there is nothing to show")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	out := newTerminal(o.Output)
	m := newModel(ctx, o, themeFor(o), out)
	m.alone = leadsSession()
	defer m.close()
	guarded := &panicGuard{Model: m}
	program := tea.NewProgram(guarded,
		tea.WithContext(ctx), tea.WithInput(o.Input), tea.WithOutput(out),
		tea.WithAltScreen(), tea.WithMouseCellMotion(), tea.WithoutSignalHandler(), tea.WithoutCatchPanics())
	guarded.kill = program.Kill

	_, err := program.Run()
	cancel()
	if caught := guarded.panicked(); caught != nil {
		fmt.Fprintf(o.Errors, "%v\n\n%s\n", caught, caught.Stack)
		return caught
	}
	if err != nil && ctx.Err() == nil || err != nil && !errors.Is(err, tea.ErrProgramKilled) {
		return fmt.Errorf("tui: %w", err)
	}
	return nil
}

// themeFor asks the terminal what it can show.
func themeFor(o Options) theme.Theme {
	renderer := lipgloss.NewRenderer(o.Output)
	renderer.SetHasDarkBackground(lipgloss.HasDarkBackground())
	return theme.New(renderer, o.NoColor || o.Getenv("NO_COLOR") != "")
}

// asciiOnly reports whether the terminal should be sent no more than ASCII.
func asciiOnly(getenv func(string) string) bool {
	if term := getenv("TERM"); term == "linux" || term == "dumb" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
		}
	}
	return false
}
