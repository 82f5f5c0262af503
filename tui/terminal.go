package tui

import (
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"

	"github.com/aymanbagabas/go-osc52/v2"
)

// A terminal is the output, of which each Write is whole: what goes to the
// clipboard must not end up inside a frame.
type terminal interface{ io.Writer }

// newTerminal returns w with a lock round Write. If w is a file the result is
// one too, as Bubble Tea needs to know in order to ask for the size.
func newTerminal(w io.Writer) terminal {
	if f, ok := w.(*os.File); ok {
		return &terminalFile{File: f}
	}
	return &terminalWriter{w: w}
}

type terminalFile struct {
	*os.File
	mu sync.Mutex // held while writing
}

func (t *terminalFile) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.File.Write(p)
}

type terminalWriter struct {
	mu sync.Mutex // held while writing
	w  io.Writer
}

func (t *terminalWriter) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.w.Write(p)
}

// clipboard is the sequence that asks the terminal to put text on the clipboard;
// it works over ssh as well. Multiplexers keep it for themselves unless it is
// wrapped; tmux, depending on its settings, takes the plain or the wrapped one.
func clipboard(text string, getenv func(string) string) string {
	s := osc52.New(text)
	switch {
	case getenv("TMUX") != "":
		return s.String() + s.Tmux().String()
	case strings.HasPrefix(getenv("TERM"), "screen"):
		return s.Screen().String()
	}
	return s.String()
}

// copied tells that text went to the terminal, and what may have to be set for it
// to arrive.
func copied(label string, getenv func(string) string) string {
	s := "copied " + label + " through the terminal (OSC 52)"
	if getenv("TMUX") != "" {
		s += "; tmux needs: set -g set-clipboard on"
	}
	return s
}

// openBrowser starts a browser and does not wait for it to end.
func openBrowser(url string, getenv func(string) string) error {
	name := "xdg-open"
	switch {
	case getenv("BROWSER") != "":
		name = getenv("BROWSER")
	case runtime.GOOS == "darwin":
		name = "open"
	case runtime.GOOS == "windows":
		name = "explorer"
	}
	return start(exec.Command(name, url))
}

// start runs a program that has a window of its own. Somebody has to wait for it,
// or it stays as a zombie; that goroutine ends with it.
func start(c *exec.Cmd) error {
	if err := c.Start(); err != nil {
		return err
	}
	go c.Wait()
	return nil
}
