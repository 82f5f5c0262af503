package tui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/devserver"
	"github.com/tornado-dev/tornado/tui/pane"
)

// updating reports whether -update is given: the golden screens are written then.
// The flag is teatest's.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }

var sizes = []struct{ width, height int }{{60, 18}, {80, 24}, {120, 40}}

// golden compares the screen with testdata. Spaces at the ends of lines are left
// out of the files, where nobody would see them.
func golden(t *testing.T, name string, d *driver) {
	t.Helper()
	fits(t, d)
	var b strings.Builder
	for line := range strings.SplitSeq(d.View(), "\n") {
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	file := filepath.Join("testdata", name+".golden")
	if updating() {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, b.String(), want)
	}
}

func TestPanesLookAsTheyShould(t *testing.T) {
	for _, size := range sizes {
		for i, pane := range []string{"requests", "connections", "errors", "logs", "routes", "loops"} {
			name := fmt.Sprintf("%s_%dx%d", pane, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				d := newDriver(t, size.width, size.height)
				d.press(fmt.Sprint(i + 1))
				golden(t, name, d)
			})
		}
	}
}

func TestScreensLookAsTheyShould(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(*driver)
	}{
		{"empty", func(d *driver) {
			d.snapshot = pane.Snapshot{}
			d.refresh()
		}},
		{"building", func(d *driver) {
			d.snapshot = pane.Snapshot{}
			d.project.state = devserver.State{Phase: devserver.Building, Since: now.Add(-1240e6), Project: "/home/ann/blog"}
			d.refresh()
		}},
		{"failed", func(d *driver) {
			d.project.state.Phase, d.project.state.Serving = devserver.Failed, true
			d.project.state.Message = "story.go:44:2: undefined: rows"
			d.refresh()
		}},
		{"request", func(d *driver) { d.press("g", "j", "j", "j", "enter") }},
		{"response", func(d *driver) { d.press("g", "j", "j", "j", "j", "enter", "]") }},
		{"upload", func(d *driver) { d.press("g", "j", "j", "j", "j", "j", "enter") }},
		{"timing", func(d *driver) { d.press("n", "n", "enter", "]", "]") }},
		{"flying", func(d *driver) { d.press("enter", "]", "]") }},
		{"template", func(d *driver) { d.press("3", "g", "j", "enter") }},
		{"panic", func(d *driver) { d.press("3", "g", "j", "j", "enter", "f") }},
		{"blocked", func(d *driver) { d.press("6", "]", "enter") }},
		{"palette", func(d *driver) {
			d.press("ctrl+p")
			d.types("re")
		}},
		{"help", func(d *driver) { d.press("3", "?") }},
		{"copy", func(d *driver) { d.press("Y") }},
		{"filter", func(d *driver) {
			d.press("4", "/")
			d.types("level:warning")
		}},
		{"wrong_filter", func(d *driver) {
			d.press("/")
			d.types("path:/story* status:maybe")
		}},
		{"quit", func(d *driver) { d.press("q") }},
	} {
		for _, size := range sizes {
			name := fmt.Sprintf("screen_%s_%dx%d", tt.name, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				d := newDriver(t, size.width, size.height)
				tt.do(d)
				golden(t, name, d)
			})
		}
	}
}
