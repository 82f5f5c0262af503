package devserver

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestClassify(t *testing.T) {
	c := &classifier{
		root:     "/p",
		embedded: map[string]bool{"/p/web/page.html": true},
		roots:    map[string]string{"/p/templates": "/p/templates", "/real/static": "/link/static"},
	}
	for path, want := range map[string]fileKind{
		"/p/main.go":                      fileSource,
		"/p/a/b.go":                       fileSource,
		"/p/go.mod":                       fileSource,
		"/p/go.sum":                       fileSource,
		"/p/go.work":                      fileSource,
		"/p/third_party/tornado/web.go":   fileSource,
		"/p/vendor/x/x.go":                fileSource,
		"/p/web/page.html":                fileSource, // embedded
		"/p/main_test.go":                 fileIgnored,
		"/p/_old.go":                      fileIgnored,
		"/p/.hidden.go":                   fileIgnored,
		"/p/.git/x.go":                    fileIgnored,
		"/p/testdata/x.go":                fileIgnored,
		"/p/_attic/x.go":                  fileIgnored,
		"/p/node_modules/x/x.go":          fileIgnored,
		"/p/README.md":                    fileIgnored,
		"/elsewhere/main.go":              fileIgnored,
		"/p/templates/index.html":         fileAsset,
		"/p/templates/_parts/a.html":      fileAsset,
		"/p/templates/testdata/a.html":    fileAsset,
		"/real/static/app.css":            fileAsset,
		"/real/static/js/app.js":          fileAsset,
		"/real/static/.git/x":             fileIgnored,
		"/p/templates/4913":               fileIgnored,
		"/p/templates/index.html~":        fileIgnored,
		"/p/templates/.index.html.swp":    fileIgnored,
		"/p/templates/index.html.swp":     fileIgnored,
		"/p/templates/.#index.html":       fileIgnored,
		"/p/templates/#index.html#":       fileIgnored,
		"/p/templates/a.html___jb_tmp___": fileIgnored,
		"/p/main.go~":                     fileIgnored,
		"/p/bin/x.go":                     fileIgnored,
	} {
		if got := c.kind(path); got != want {
			t.Errorf("kind of %s is %d; want %d", path, got, want)
		}
	}
	if got := c.asNamed("/real/static/js/app.js"); got != "/link/static/js/app.js" {
		t.Errorf("named %s; want the path through the link", got)
	}
}

func TestSourcesTellChanges(t *testing.T) {
	dir := tempDir(t)
	c := &classifier{root: dir, embedded: map[string]bool{}, roots: map[string]string{}}
	writeFiles(t, dir, map[string]string{
		"main.go": "package main\n", "lib/lib.go": "package lib\n//go:embed x\n", "README": "no source", ".git/x.go": "none",
	})
	s := newSources()
	if err := s.scan(c); err != nil {
		t.Fatal(err)
	}
	if len(s.current) != 2 || len(s.embeds) != 1 {
		t.Fatalf("scanned %v with embeds %v; want two sources, one of which embeds", s.current, s.embeds)
	}
	s.remember(1)
	main := filepath.Join(dir, "main.go")
	step := func(what, content string, differs, empty bool, same int) {
		t.Helper()
		if content == "(removed)" {
			if err := os.Remove(main); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(main, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		d, e := s.update(main)
		if got := s.same(1, 2); d != differs || e != empty || got != same {
			t.Errorf("%s: differs %t, empty %t, same as build %d; want %t, %t, %d", what, d, e, got, differs, empty, same)
		}
	}
	step("saved unchanged", "package main\n", false, false, 1)
	step("truncated", "", true, true, 0)
	step("written", "package main // 2\n", true, false, 0)
	s.remember(2)
	step("saved again", "package main // 2\n", false, false, 2)
	step("taken back", "package main\n", true, false, 1)
	step("removed", "(removed)", true, false, 0)
	step("back again", "package main // 2\n", true, false, 2)
	if got := s.rewritten(1, 2); !slices.Equal(got, []string{main}) {
		t.Errorf("build 2 is made of others than %q; want %q", got, main)
	}
	if got := append(s.rewritten(1, 1), s.rewritten(1, 9)...); got != nil {
		t.Errorf("rewritten %q; want nothing of the same build, or of one that is not known", got)
	}
	s.forgetBut(1)
	if got := s.same(2, 1); got != 0 {
		t.Errorf("same as build %d, which was forgotten", got)
	}
	writeFiles(t, dir, map[string]string{"lib/lib.go": "package lib\n"})
	if !s.refresh() || len(s.embeds) != 0 {
		t.Errorf("a refresh saw no change, or embeds %v", s.embeds)
	}
}

// TestSourcesReadFilesOnly: reading these would never end.
func TestSourcesReadFilesOnly(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "zero.go")); err != nil {
		t.Skipf("no links here: %v", err)
	}
	if err := os.Symlink(dir, filepath.Join(dir, "loop.go")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "knot.go"), filepath.Join(dir, "knot.go")); err != nil {
		t.Fatal(err)
	}
	s := newSources()
	for _, name := range []string{"zero.go", "loop.go", "knot.go"} {
		if differs, empty := s.update(filepath.Join(dir, name)); differs || empty {
			t.Errorf("%s: differs %t, empty %t; want neither", name, differs, empty)
		}
	}
	if err := s.scan(&classifier{root: dir}); err != nil || len(s.current) != 0 {
		t.Errorf("a scan found %v, %v; want nothing", s.current, err)
	}
}

func TestEmbedsOutside(t *testing.T) {
	s := newSources()
	s.embeds["/p/third_party/tornado/probe/pages.go"] = true
	framework := []string{"/p/third_party/tornado"}
	if s.embedsOutside(framework) {
		t.Error("the framework's own files count as the project's")
	}
	s.embeds["/p/third_party/tornado-extra/x.go"] = true
	if !s.embedsOutside(framework) || !s.embedsOutside(nil) {
		t.Error("a file of the project does not count")
	}
}
