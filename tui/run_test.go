package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/tornado-dev/tornado/devserver"
	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/theme"
)

var (
	_ Records = (*inspector.Store)(nil)
	_ Project = (*devserver.Server)(nil)
)

// given are the sequences that give a terminal back: the normal screen, the
// cursor, the mouse.
var given = []string{"\x1b[?1049l", "\x1b[?25h", "\x1b[?1002l", "\x1b[?1006l", "\x1b[?2004l"}

// An output is written by the program while the test looks at it.
type output struct {
	mu  sync.Mutex // guards what follows
	buf bytes.Buffer
	on  map[string]func()
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf.Write(p)
	for text, f := range o.on {
		if strings.Contains(o.buf.String(), text) {
			delete(o.on, text)
			f()
		}
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// when calls f as soon as text has been written.
func (o *output) when(text string, f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.on == nil {
		o.on = map[string]func(){}
	}
	o.on[text] = f
}

// running starts Run on pipes. Its error arrives on done.
func running(t *testing.T, ctx context.Context, o Options) (keys io.Writer, out *output, done chan error) {
	t.Helper()
	before := runtime.NumGoroutine()
	in, keyboard := io.Pipe()
	out = &output{}
	if o.Records == nil {
		o.Records = inspector.NewStore(inspector.Options{})
	}
	o.Input, o.Output = in, out
	o.Getenv = func(name string) string { return map[string]string{"LANG": "C.UTF-8"}[name] }
	done = make(chan error, 1)
	go func() { done <- Run(ctx, o) }()
	t.Cleanup(func() {
		keyboard.Close()
		deadline := time.Now().Add(5 * time.Second)
		for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
			runtime.Gosched()
		}
		if n := runtime.NumGoroutine(); n > before {
			stacks := make([]byte, 1<<16)
			t.Errorf("%d goroutines are left over\n%s", n-before, stacks[:runtime.Stack(stacks, true)])
		}
	})
	return keyboard, out, done
}

func wait(t *testing.T, done chan error, out *output) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(10 * time.Second):
		t.Fatalf("Run does not end; written so far: %q", out)
		return nil
	}
}

func checkGiven(t *testing.T, out *output) {
	t.Helper()
	for _, sequence := range given {
		if !strings.Contains(out.String(), sequence) {
			t.Errorf("%q was not written: the terminal is not as it was", sequence)
		}
	}
}

func TestRunEndsByKey(t *testing.T) {
	keys, out, done := running(t, t.Context(), Options{})
	if _, err := io.WriteString(keys, "\x03"); err != nil {
		t.Fatal(err)
	}
	if err := wait(t, done, out); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	checkGiven(t, out)
}

func TestRunEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, out, done := running(t, ctx, Options{})
	out.when("\x1b[?1049h", cancel)
	if err := wait(t, done, out); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	checkGiven(t, out)
}

func TestRunNeedsRecords(t *testing.T) {
	if err := Run(t.Context(), Options{}); err == nil {
		t.Error("Run without records did not fail")
	}
}

// A brokenProject panics when it is asked for its state, or to build.
type brokenProject struct {
	fakeProject
	in string
}

func (p *brokenProject) Rebuild() {
	if p.in == "command" {
		panic("no idea how to build")
	}
}

// brokenRecords panic when they are looked at for the n-th time.
type brokenRecords struct {
	*inspector.Store
	mu   sync.Mutex // guards left
	left int
}

func (r *brokenRecords) Snapshot() inspector.Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left--; r.left < 0 {
		panic("no idea what happened")
	}
	return r.Store.Snapshot()
}

func TestRunGivesTheTerminalBackAfterAPanic(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(*Options)
		keys string
		want string
	}{
		{"in Init", func(o *Options) { o.Records = &brokenRecords{Store: inspector.NewStore(inspector.Options{})} }, "", "no idea what happened"},
		{"in Update", func(o *Options) { o.Records = &brokenRecords{Store: inspector.NewStore(inspector.Options{}), left: 1} }, "c", "no idea what happened"},
		{"in a command's goroutine", func(o *Options) { o.Project = &brokenProject{in: "command"} }, "R", "no idea how to build"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var printed bytes.Buffer
			o := Options{Errors: &printed}
			tt.set(&o)
			keys, out, done := running(t, t.Context(), o)
			if tt.keys != "" {
				if _, err := io.WriteString(keys, tt.keys); err != nil {
					t.Fatal(err)
				}
			}
			err := wait(t, done, out)
			caught, ok := errors.AsType[*PanicError](err)
			if !ok || caught.Value != tt.want {
				t.Fatalf("got %v, want a PanicError with %q", err, tt.want)
			}
			if !strings.Contains(printed.String(), tt.want) || !strings.Contains(printed.String(), "run_test.go") {
				t.Errorf("printed %q, want the panic and its stack", printed.String())
			}
			checkGiven(t, out)
		})
	}
}

func TestRunShowsWhatArrives(t *testing.T) {
	store := inspector.NewStore(inspector.Options{})
	keys, out, done := running(t, t.Context(), Options{Records: store})
	out.when("\x1b[?1049h", func() {
		go store.AddError(inspector.Error{Kind: "build", Message: "undefined: stroy", Time: now})
	})
	// Without a terminal nobody tells the size, so the screen stays empty; the
	// program has to take the change in all the same.
	if _, err := io.WriteString(keys, "3\x03"); err != nil {
		t.Fatal(err)
	}
	if err := wait(t, done, out); err != nil {
		t.Error(err)
	}
}

func TestColoursChangeNothingElse(t *testing.T) {
	renderer := lipgloss.NewRenderer(io.Discard)
	renderer.SetColorProfile(termenv.TrueColor)
	for _, tt := range []struct {
		name  string
		theme theme.Theme
	}{
		{"dark", theme.New(renderer, false)},
		{"no colour", theme.New(renderer, true)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plain, styled := newDriver(t, 120, 30), newDriver(t, 120, 30)
			styled.env.Theme = tt.theme
			for _, step := range [][]string{{"g"}, {"enter"}, {"]"}, {"]"}, {"esc", "2"}, {"3"}, {"g", "j", "enter"}, {"4"}, {"5"}, {"6"}, {"?"}, {"esc", "ctrl+p"}, {"esc", "1", "Y"}, {"esc", "q"}} {
				plain.press(step...)
				styled.press(step...)
				styled.refresh()
				got, want := styled.View(), plain.View()
				if !strings.Contains(got, "\x1b[") {
					t.Fatalf("after %q there is no style at all", step)
				}
				if ansi.Strip(got) != want {
					t.Fatalf("after %q the text differs: got\n%s\nwant\n%s", step, ansi.Strip(got), want)
				}
				for sequence := range strings.SplitSeq(got, "\x1b[") {
					if parameters, _, ok := strings.Cut(sequence, "m"); ok && tt.name == "no colour" && strings.Contains(parameters, "38;") {
						t.Fatalf("after %q there is a colour: %q", step, parameters)
					}
				}
				fits(t, styled)
			}
		})
	}
}

func TestASCIIOnly(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  map[string]string
		want bool
	}{
		{"nothing known", nil, false},
		{"utf-8", map[string]string{"LANG": "de_DE.UTF-8"}, false},
		{"utf8", map[string]string{"LC_ALL": "C.utf8"}, false},
		{"C", map[string]string{"LANG": "C"}, true},
		{"LC_ALL wins", map[string]string{"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, true},
		{"console", map[string]string{"TERM": "linux", "LANG": "C.UTF-8"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := asciiOnly(func(name string) string { return tt.env[name] }); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	d := newDriver(t, 120, 30)
	d.ascii = true
	for _, pane := range []string{"1", "2", "3", "4", "5", "6", "?"} {
		d.press(pane)
		for _, r := range d.View() {
			if r > '~' {
				t.Errorf("pane %s has %q", pane, r)
			}
		}
		fits(t, d)
	}
}

func TestOpenBrowserSaysWhenItCannot(t *testing.T) {
	err := openBrowser("http://127.0.0.1:1/", func(string) string { return "/nonexistent/browser" })
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that there is no such file", err)
	}
}
