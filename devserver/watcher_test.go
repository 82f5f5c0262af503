package devserver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// await receives from w until it tells of path.
func await(t *testing.T, w *watcher, path string) {
	t.Helper()
	timeout := time.After(10 * time.Second)
	var told []string
	for {
		select {
		case got := <-w.paths:
			if got == path {
				return
			}
			told = append(told, got)
		case <-timeout:
			t.Fatalf("not told of %s, only of %q", path, told)
		}
	}
}

func TestWatcher(t *testing.T) {
	for _, poll := range []bool{false, true} {
		t.Run(map[bool]string{false: "system", true: "polling"}[poll], func(t *testing.T) {
			dir := tempDir(t)
			file := func(name string) string { return filepath.Join(dir, name) }
			writeFiles(t, dir, map[string]string{"a.go": "1", "sub/b.go": "1", "gone.go": "1", ".git/HEAD": "1", "node_modules/x/y.go": "1"})
			if err := os.Symlink(dir, file("loop")); err != nil {
				t.Fatal(err)
			}
			w := newWatcher(poll, func(text string) { t.Error(text) })
			defer w.Close()
			if err := w.Add(dir); err != nil {
				t.Fatal(err)
			}

			writeFiles(t, dir, map[string]string{"a.go": "22"})
			await(t, w, file("a.go"))
			writeFiles(t, dir, map[string]string{"sub/b.go": "22"})
			await(t, w, file("sub/b.go"))
			writeFiles(t, dir, map[string]string{"new.go": "1"})
			await(t, w, file("new.go"))
			if err := os.Remove(file("gone.go")); err != nil {
				t.Fatal(err)
			}
			await(t, w, file("gone.go"))

			// Saved as many editors do: another file is renamed onto it.
			writeFiles(t, dir, map[string]string{"a.go.new": "333"})
			if err := os.Rename(file("a.go.new"), file("a.go")); err != nil {
				t.Fatal(err)
			}
			await(t, w, file("a.go"))

			// A directory that is new, with directories in it.
			writeFiles(t, dir, map[string]string{"deep/er/c.go": "1"})
			await(t, w, file("deep/er/c.go"))
			writeFiles(t, dir, map[string]string{"deep/er/c.go": "22"})
			await(t, w, file("deep/er/c.go"))

			// A directory under another name.
			if err := os.Rename(file("deep"), file("moved")); err != nil {
				t.Fatal(err)
			}
			await(t, w, file("moved/er/c.go"))
			writeFiles(t, dir, map[string]string{"moved/er/c.go": "4444"})
			await(t, w, file("moved/er/c.go"))

			// Nobody is told of these; the last one shows that they would have come.
			writeFiles(t, dir, map[string]string{".git/HEAD": "22", "node_modules/x/y.go": "22", "z.go": "1"})
			for path := range w.paths {
				if path == file(".git/HEAD") || path == file("node_modules/x/y.go") || within(file("loop"), path) {
					t.Errorf("told of %s", path)
				}
				if path == file("z.go") {
					break
				}
			}
		})
	}
}

func TestWatcherSaysThatItPolls(t *testing.T) {
	dir := tempDir(t)
	var notices []string
	w := newWatcher(false, func(text string) { notices = append(notices, text) })
	defer w.Close()
	if err := w.Add(dir); err != nil {
		t.Fatal(err)
	}
	w.poll("no space left on device")
	w.poll("no space left on device")
	if len(notices) != 1 || !strings.Contains(notices[0], "no space") || !strings.Contains(notices[0], "max_user_watches") {
		t.Errorf("said %q; want it once, with the reason and what to do", notices)
	}
	writeFiles(t, dir, map[string]string{"a.go": "x"})
	await(t, w, filepath.Join(dir, "a.go"))
}

func TestWatcherRefuses(t *testing.T) {
	dir := tempDir(t)
	writeFiles(t, dir, map[string]string{"file": ""})
	w := newWatcher(false, nil)
	defer w.Close()
	for _, path := range []string{filepath.Join(dir, "nowhere"), filepath.Join(dir, "file")} {
		if err := w.Add(path); err == nil {
			t.Errorf("watches %s", path)
		}
	}
}

func TestWatcherEndsWithoutAReader(t *testing.T) {
	dir := tempDir(t)
	w := newWatcher(false, nil)
	if err := w.Add(dir); err != nil {
		t.Fatal(err)
	}
	for i := range 2 * cap(w.paths) {
		writeFiles(t, dir, map[string]string{string(rune('a'+i%26)) + ".go": "x"})
	}
	w.Close()
	if err := w.Add(dir); err != nil {
		t.Errorf("got %v from Add after Close; want nothing", err)
	}
}
