package inspector

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLocate(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var lines strings.Builder
	for n := range 20 {
		fmt.Fprintf(&lines, "line %d\r\n", n+1)
	}
	own := write("blog/story.go", lines.String())
	framework := write("tornado/web/handler.go", lines.String())
	vendored := write("vendor/x/x.go", lines.String())
	page := write("templates/page.html", "<p>\n"+strings.Repeat("ä", 400)+"\n")
	binary := write("blog/binary.go", "a\x00b")
	write("project/blog/near.go", "x")
	library := "/usr/local/go/src/runtime/panic.go"

	e := Error{
		Stack: []Frame{
			{Function: "runtime.gopanic", File: library, Line: 10},
			{Function: "tornado/web.call", File: framework, Line: 3},
			{Function: "blog.(*StoryHandler).Get", File: own, Line: 3},
			{Function: "x.X", File: vendored, Line: 3},
			{Function: "outside", File: filepath.Join(dir+"-other", "a.go"), Line: 3},
			{Function: "blog.gone", File: filepath.Join(dir, "blog/gone.go"), Line: 3},
			{Function: "blog.beyond", File: own, Line: 300},
			{Function: "blog.binary", File: binary, Line: 1},
			{Function: "blog.dir", File: filepath.Join(dir, "blog"), Line: 1},
			{Function: "blog.relative", File: "blog/story.go", Line: 20},
		},
		Templates: []Frame{{Function: "page.html", File: page, Line: 2, Column: 4}, {Function: "in memory", Excerpt: []SourceLine{{1, "kept"}}}},
	}
	Locate(&e, dir, filepath.Join(dir, "tornado"))

	var got []string
	for _, f := range e.Stack {
		got = append(got, fmt.Sprint(f.Function, " ", f.Own, " ", len(f.Excerpt)))
	}
	want := []string{
		"blog.(*StoryHandler).Get true 8", "blog.gone true 0", "blog.beyond true 0", "blog.binary true 0", "blog.dir true 0",
		"blog.relative true 6",
		"runtime.gopanic false 0", "tornado/web.call false 0", "x.X false 0", "outside false 0",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("stack: got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if first := e.Stack[0].Excerpt[0]; first != (SourceLine{1, "line 1"}) {
		t.Errorf("got first line %+v", first)
	}
	if e.File != page || e.Line != 2 || e.Column != 4 {
		t.Errorf("place to open: got %s:%d:%d, want the template", e.File, e.Line, e.Column)
	}
	if text := e.Templates[0].Excerpt[1].Text; text != strings.Repeat("ä", maxSourceLine/2)+"…" {
		t.Errorf("a long line: got %q", text)
	}
	if e.Templates[1].Excerpt[0].Text != "kept" || e.Templates[1].Own {
		t.Errorf("a template in memory: got %+v", e.Templates[1])
	}

	build := Error{Kind: "build", File: own, Line: 3, Column: 2}
	Locate(&build, dir)
	if len(build.Stack) != 1 || !build.Stack[0].Own || build.Stack[0].Column != 2 || len(build.Stack[0].Excerpt) != 8 || build.File != own {
		t.Errorf("build error: got %+v", build)
	}
	var empty Error
	if Locate(&empty, dir); empty.Stack != nil || empty.File != "" {
		t.Errorf("nothing to locate: got %+v", empty)
	}
}

// A store with a project locates what it is given, once for all repetitions.
func TestStoreLocates(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.go")
	if err := os.WriteFile(file, []byte("package a\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := NewStore(Options{ProjectDir: dir})
	for range 2 {
		s.AddError(Error{Kind: "panic", Message: "x", Stack: []Frame{{Function: "a.f", File: file, Line: 1}}})
	}
	e, ok := s.Error(1)
	if !ok || e.Count != 2 || e.File != file || e.Stack[0].Excerpt[0].Text != "package a" {
		t.Errorf("got %+v", e)
	}
}
