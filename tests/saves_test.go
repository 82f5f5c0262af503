package tests

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// keepAsking sends requests to the program until the test ends, each of which
// must be answered.
func keepAsking(t *testing.T, address string) {
	t.Helper()
	stop := make(chan struct{})
	var asking sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	asking.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
			if _, err := ask(client, "GET", "http://"+address+"/version"); err != nil {
				t.Errorf("a request failed: %v", err)
				return
			}
		}
	})
	t.Cleanup(func() { close(stop); asking.Wait() })
}

// answers waits until a version answers.
func answers(t *testing.T, address string, version int) {
	t.Helper()
	waitUntil(t, fmt.Sprintf("version %d answers", version), func() bool {
		_, body := fetch(t, "http://"+address+"/version")
		return body == fmt.Sprint(version)
	})
}

// builds is how many builds went live.
func builds(w *workbench) int {
	numbers := make(map[any]bool)
	for _, r := range w.all("state") {
		if r["state"] == "live" {
			numbers[r["build"]] = true
		}
	}
	return len(numbers)
}

// building waits for the next build to begin.
func (w *workbench) building() {
	w.t.Helper()
	w.waitFor("state building", func(r record) bool { return r.is("state") && r["state"] == "building" })
}

// alone waits until one program is left.
func alone(t *testing.T, w *workbench) {
	t.Helper()
	waitUntil(t, "one program is left", func() bool { return len(programsOf(t, w.command.Process.Pid)) == 1 })
}

// TestSaves saves as editors, tools and people in a hurry do. Whatever they do,
// the last save counts, nobody is refused, and nothing is left running.
func TestSaves(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	w := start(t, dir, "--addr", "127.0.0.1:0")
	address := w.live()
	keepAsking(t, address)
	broken := "package main\n\nconst version = undefined\n"
	for _, tt := range []struct {
		name  string
		save  func(t *testing.T, w *workbench, dir string) (version int)
		limit int // builds that may go live for it
	}{
		{"a change of branch", func(t *testing.T, w *workbench, dir string) int {
			for i := range 300 {
				save(t, dir, fmt.Sprintf("many%d.go", i), fmt.Sprintf("package main\n\nfunc many%d() int { return %d }\n", i, i))
			}
			for i := range 700 {
				save(t, dir, fmt.Sprintf("templates/many%d.html", i), "<p>")
			}
			save(t, dir, "version.go", versionSource(2))
			return 2
		}, 2},
		{"a change of branch, back", func(t *testing.T, w *workbench, dir string) int {
			files, err := filepath.Glob(filepath.Join(dir, "many*.go"))
			if err != nil || len(files) != 300 {
				t.Fatalf("%d files, %v; want 300", len(files), err)
			}
			for _, file := range files {
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
			}
			save(t, dir, "version.go", versionSource(3))
			return 3
		}, 2},
		{"truncated, then written slowly", func(t *testing.T, w *workbench, dir string) int {
			file, err := os.Create(filepath.Join(dir, "version.go"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			for _, piece := range strings.SplitAfter(versionSource(4), " ") {
				<-time.After(30 * time.Millisecond) // as a slow disk or an editor far away
				if _, err := file.WriteString(piece); err != nil {
					t.Fatal(err)
				}
			}
			return 4
		}, 2},
		{"again and again while it is built", func(t *testing.T, w *workbench, dir string) int {
			for version := 5; version < 15; version++ {
				save(t, dir, "version.go", versionSource(version))
				w.building()
			}
			return 14
		}, 10},
		{"broken, then mended", func(t *testing.T, w *workbench, dir string) int {
			save(t, dir, "version.go", broken)
			save(t, dir, "version.go", versionSource(15))
			return 15
		}, 1},
		{"broken, mended while that is built", func(t *testing.T, w *workbench, dir string) int {
			save(t, dir, "version.go", broken)
			w.building()
			save(t, dir, "version.go", versionSource(16))
			return 16
		}, 1},
		{"a directory is renamed", func(t *testing.T, w *workbench, dir string) int {
			if err := os.Mkdir(filepath.Join(dir, "old"), 0o777); err != nil {
				t.Fatal(err)
			}
			save(t, dir, "old/old.go", "package number\n\nconst N = 17\n")
			save(t, dir, "version.go", "package main\n\nimport number \"app/old\"\n\nconst version = number.N\n")
			return 17
		}, 2},
		{"a directory is renamed, and its importer saved", func(t *testing.T, w *workbench, dir string) int {
			if err := os.Rename(filepath.Join(dir, "old"), filepath.Join(dir, "new")); err != nil {
				t.Fatal(err)
			}
			save(t, dir, "new/old.go", "package number\n\nconst N = 18\n")
			save(t, dir, "version.go", "package main\n\nimport number \"app/new\"\n\nconst version = number.N\n")
			return 18
		}, 2},
		{"in the renamed directory", func(t *testing.T, w *workbench, dir string) int {
			save(t, dir, "new/old.go", "package number\n\nconst N = 19\n")
			return 19
		}, 1},
	} {
		before := builds(w)
		if !t.Run(tt.name, func(t *testing.T) {
			answers(t, address, tt.save(t, w, dir))
			alone(t, w)
			waitUntil(t, "the line about the last build", func() bool {
				states := w.all("state")
				return states[len(states)-1]["state"] == "live"
			})
			if made := builds(w) - before; made > tt.limit {
				t.Errorf("%d builds went live; want at most %d", made, tt.limit)
			}
		}) {
			return // the next begin where this should have ended
		}
	}
}

// TestTemplateIsDeleted deletes one that is in use, and brings it back.
func TestTemplateIsDeleted(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	w := start(t, dir, "--addr", "127.0.0.1:0")
	url := "http://" + w.live() + "/page"
	for _, name := range []string{"templates/page.html", "templates/base.html"} {
		if status, _ := fetch(t, url); status != 200 {
			t.Fatalf("status %d; want 200", status)
		}
		path := filepath.Join(dir, name)
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		waitUntil(t, "an error about "+name, func() bool {
			status, body := fetch(t, url)
			return status == 500 && strings.Contains(body, filepath.Base(name))
		})
		save(t, dir, name, string(source))
		waitUntil(t, "the page with "+name, func() bool { status, _ := fetch(t, url); return status == 200 })
	}
	away := filepath.Join(dir, "away")
	if err := os.Rename(filepath.Join(dir, "templates"), away); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "an error without templates", func() bool { status, _ := fetch(t, url); return status == 500 })
	if err := os.Rename(away, filepath.Join(dir, "templates")); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the page with templates", func() bool { status, _ := fetch(t, url); return status == 200 })
	save(t, dir, "templates/page.html", "after all")
	waitUntil(t, "a template in a directory that came back", func() bool { _, body := fetch(t, url); return body == "after all" })
}

// TestSaveDuringFirstBuild saves before anything answers.
func TestSaveDuringFirstBuild(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	w := start(t, dir, "--addr", "127.0.0.1:0")
	w.building()
	for version := 2; version <= 4; version++ {
		save(t, dir, "version.go", versionSource(version))
	}
	if _, body := fetch(t, "http://"+w.live()+"/version"); body != "4" {
		t.Errorf("version %s answers; want 4", body)
	}
	alone(t, w)
}

// TestStubbornStreams keeps streams open that do not heed that the server drains:
// old programs wait for them, but not for ever.
func TestStubbornStreams(t *testing.T) {
	if testing.Short() {
		t.Skip("a program is given half a minute to end, and this waits for it")
	}
	t.Parallel()
	dir := newApp(t)
	edit(t, dir, "main.go", "case <-h.Application().Draining():", "case <-make(chan int):")
	w := start(t, dir, "--addr", "127.0.0.1:0")
	address := w.live()
	var reading sync.WaitGroup
	begun := time.Now()
	for version := 2; version <= 6; version++ {
		response, err := http.Get("http://" + address + "/stream")
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(response.Body)
		if !lines.Scan() || lines.Text() != fmt.Sprint(version-1) {
			t.Fatalf("the stream begins with %q, %v; want %d", lines.Text(), lines.Err(), version-1)
		}
		reading.Go(func() {
			defer response.Body.Close()
			for lines.Scan() { // ends with the program
			}
		})
		save(t, dir, "version.go", versionSource(version))
		w.live()
		answers(t, address, version)
	}
	deadline := time.After(time.Minute)
	for len(programsOf(t, w.command.Process.Pid)) > 1 {
		select {
		case <-deadline:
			t.Fatalf("after %v there are still old programs", time.Since(begun))
		case <-time.After(50 * time.Millisecond):
		}
	}
	reading.Wait()
	answers(t, address, 6)
	t.Logf("the last of five old programs ended after %v", time.Since(begun).Round(time.Second))
}
