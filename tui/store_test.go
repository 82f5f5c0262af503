package tui

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/exp/teatest"

	"github.com/tornado-dev/tornado/devserver"
	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/theme"
)

// The whole way: records go into a real store, the program notices, and they
// are on the screen.
func TestWhatTheStoreHoldsIsShown(t *testing.T) {
	store := inspector.NewStore(inspector.Options{})
	changed := make(chan struct{}, 1)
	project := &fakeProject{state: liveState(), changed: changed}
	m := newModel(t.Context(), Options{
		Records: store, Project: project,
		Getenv: func(name string) string { return map[string]string{"LANG": "C.UTF-8"}[name] },
	}, theme.Theme{}, newTerminal(io.Discard))
	defer m.close()
	program := teatest.NewTestModel(t, m, teatest.WithInitialTermSize(100, 24))
	shown := func(text string) {
		t.Helper()
		teatest.WaitFor(t, program.Output(), func(screen []byte) bool { return bytes.Contains(screen, []byte(text)) },
			teatest.WithDuration(10*time.Second), teatest.WithCheckInterval(5*time.Millisecond))
	}
	shown("No requests yet. Open http://127.0.0.1:8888/")
	program.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("4")})
	shown("Nothing was logged so far.")
	store.AddLog(inspector.Log{Time: now, Level: "info", Logger: "blog", Message: "first words"})
	shown("first words")
	store.AddLog(inspector.Log{Time: now, Level: "info", Logger: "blog", Message: "second words"})
	shown("second words")
	store.AddError(inspector.Error{Time: now, Kind: "build", Message: "undefined: stroy", File: "/home/ann/blog/story.go", Line: 21})
	shown("Errors 1")
	program.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("3")})
	shown("undefined: stroy")
	program.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("q")})
	shown("Stop the server and quit?")
	program.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("y")})
	program.WaitFinished(t, teatest.WithFinalTimeout(10*time.Second))
}

func TestStatusLine(t *testing.T) {
	for _, tt := range []struct {
		name  string
		width int
		set   func(*driver)
		want  string
	}{
		{"live", 120, func(*driver) {}, "● live  127.0.0.1:8888  build 12  ← story.go 1.2s  1.2k/s  1 in flight follow"},
		{"live, narrow", 50, func(*driver) {}, "● live  127.0.0.1:8888  build 12  1.2k/s follow"},
		{"live, narrowest", 40, func(*driver) {}, "● live  build 12 follow"},
		{"building the first", 120, func(d *driver) {
			d.project.state = devserver.State{Phase: devserver.Building, Since: now.Add(-1240 * time.Millisecond)}
			d.newest.Counters, d.snapshot.Counters = inspector.Counters{}, inspector.Counters{}
		}, "◌ building 1.2s follow"},
		{"building while the last answers", 120, func(d *driver) {
			d.project.state.Phase, d.project.state.Since, d.project.state.Serving = devserver.Building, now.Add(-300*time.Millisecond), true
		}, "◌ building 0.3s  127.0.0.1:8888  build 12 answers  ← story.go  1.2k/s  1 in flight follow"},
		{"held and draining", 120, func(d *driver) {
			d.project.state.Held, d.project.state.Draining, d.snapshot.Counters.Dropped = true, 2, 17
		}, "● live  127.0.0.1:8888  build 12  ← story.go 1.2s  held  1.2k/s  1 in flight  2 draining  17 dropped follow"},
		{"failed", 120, func(d *driver) {
			d.project.state.Phase, d.project.state.Serving, d.project.state.Message = devserver.Failed, true, "story.go:44: undefined: rows"
		}, "✗ failed  127.0.0.1:8888  build 12 answers  story.go:44: undefined: rows  1.2k/s  1 in flight follow"},
		{"flags", 120, func(d *driver) { d.press("m", "s", "space") }, "● live  127.0.0.1:8888  build 12  ← story.go 1.2s  1.2k/s  1 in flight by time  mouse off  PAUSED"},
		{"without a project", 120, func(d *driver) {
			d.options.Project, d.env.State = nil, devserver.State{}
		}, "1.2k/s  1 in flight follow"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDriver(t, tt.width, 24)
			tt.set(d)
			d.refresh()
			lines := strings.Split(d.View(), "\n")
			// Flags stand at the right edge; how far that is does not matter here.
			if got := strings.Join(strings.Fields(lines[len(lines)-2]), " "); got != strings.Join(strings.Fields(tt.want), " ") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			fits(t, d)
		})
	}
}
