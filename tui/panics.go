package tui

import (
	"runtime/debug"
	"sync"

	tea "github.com/charmbracelet/bubbletea"
)

// A panicGuard catches panics of a model and of the commands it starts, on whatever
// goroutine, and ends the program in the orderly way: the terminal is given back
// before anything is printed.
type panicGuard struct {
	tea.Model
	kill func() // of the program

	mu     sync.Mutex // guards what follows
	caught *PanicError
}

// panicked returns the first panic, or nil.
func (g *panicGuard) panicked() *PanicError {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.caught
}

// rescue is deferred round everything of ours that Bubble Tea calls.
func (g *panicGuard) rescue() {
	v := recover()
	if v == nil {
		return
	}
	g.mu.Lock()
	if g.caught == nil {
		g.caught = &PanicError{Value: v, Stack: string(debug.Stack())}
	}
	g.mu.Unlock()
	g.kill()
}

func (g *panicGuard) Init() (cmd tea.Cmd) {
	defer g.rescue()
	return g.guarded(g.Model.Init())
}

func (g *panicGuard) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	defer g.rescue()
	model = g // also after a panic
	_, cmd = g.Model.Update(msg)
	return model, g.guarded(cmd)
}

func (g *panicGuard) View() string {
	if g.panicked() != nil {
		return ""
	}
	defer g.rescue()
	return g.Model.View()
}

// guarded wraps a command, and those a batch consists of.
func (g *panicGuard) guarded(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		defer g.rescue()
		msg := cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = g.guarded(batch[i])
			}
		}
		return msg
	}
}
