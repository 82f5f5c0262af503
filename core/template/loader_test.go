package template

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/tornado-dev/tornado/core/trace"
)

var _ trace.FileCache = (*Loader)(nil)

func render(t *testing.T, l *Loader, name string, args map[string]any) string {
	t.Helper()
	tpl, err := l.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	out, err := tpl.Generate(args)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestLoaderForgetsWhatDependsOnAFile(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	write(t, file("base.txt"), "<{% block b %}{% end %}>")
	write(t, file("sub/page.txt"), "{% extends ../base.txt %}{% block b %}{% include part.txt %}{% end %}")
	write(t, file("sub/part.txt"), "1")
	write(t, file("other.txt"), "other")
	l := NewLoader(dir, Options{})
	if got := l.Roots(); !slices.Equal(got, []string{dir}) {
		t.Errorf("got roots %v, want %s", got, dir)
	}
	other, err := l.Load("other.txt")
	if err != nil {
		t.Fatal(err)
	}
	for i, tt := range []struct{ file, text, want string }{
		{"sub/part.txt", "2", "<2>"},
		{"base.txt", "({% block b %}{% end %})", "(2)"},
		{"sub/page.txt", "{% extends /base.txt %}", "()"},
		{"sub/page.txt", "alone", "alone"},
	} {
		before := render(t, l, "sub/page.txt", nil)
		write(t, file(tt.file), tt.text)
		if got := render(t, l, "sub/page.txt", nil); got != before {
			t.Errorf("%d: got %q before Forget, want the cached %q", i, got, before)
		}
		l.Forget([]string{file("unrelated"), file(tt.file)})
		if got := render(t, l, "sub/page.txt", nil); got != tt.want {
			t.Errorf("%d: got %q, want %q", i, got, tt.want)
		}
	}
	if again, err := l.Load("/other.txt"); again != other || err != nil {
		t.Errorf("other.txt was compiled again, although nothing of it changed (%v)", err)
	}
	l.Forget([]string{dir})
	if again, err := l.Load("other.txt"); again == other || err != nil {
		t.Errorf("Forget of the directory left other.txt (%v)", err)
	}
}

func TestDependencies(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "base.txt"), "{% block b %}{% include old.txt %}{% end %}")
	write(t, filepath.Join(dir, "page.txt"), "{% extends base.txt %}{% block b %}{% end %}")
	write(t, filepath.Join(dir, "old.txt"), "")
	tpl, err := NewLoader(dir, Options{}).Load("page.txt")
	if err != nil {
		t.Fatal(err)
	}
	// What an overridden block includes can define blocks too.
	var want []string
	for _, name := range []string{"page.txt", "base.txt", "old.txt"} {
		want = append(want, filepath.Join(dir, name))
	}
	if got := tpl.Dependencies(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if tpl.Name() != "page.txt" {
		t.Errorf("got name %q, want page.txt", tpl.Name())
	}
}

func TestLoaderStaysBelowItsRoot(t *testing.T) {
	outside := t.TempDir()
	write(t, filepath.Join(outside, "secret.txt"), "secret")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "up.txt"), "{% include ../secret.txt %}")
	write(t, filepath.Join(dir, "inside.txt"), "inside")
	for link, to := range map[string]string{
		"link.txt": filepath.Join(outside, "secret.txt"),
		"linkdir":  outside,
		"good.txt": "inside.txt",
	} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skip("this file system has no symbolic links:", err)
		}
	}
	l := NewLoader(dir, Options{})
	for _, name := range []string{"../secret.txt", "up.txt", "link.txt", "linkdir/secret.txt", filepath.Join(outside, "secret.txt"), ".", "", "a\x00b"} {
		tpl, err := l.Load(name)
		var e *Error
		if tpl != nil || !errors.As(err, &e) || e.Kind != KindLoad {
			t.Errorf("%q: got %v, %v; want an error of kind load", name, tpl, err)
		}
	}
	if got := render(t, l, "good.txt", nil); got != "inside" {
		t.Errorf("a link inside the root gives %q, want inside", got)
	}
}

func TestLoaderNamesWhatExists(t *testing.T) {
	l := NewLoader(t.TempDir(), Options{})
	write(t, filepath.Join(l.Roots()[0], "story.html"), "x")
	_, err := l.Load("stroy.html")
	if err == nil || !strings.Contains(err.Error(), "template 'stroy.html' does not exist; did you mean 'story.html'?") {
		t.Errorf("got %v, want one that proposes story.html", err)
	}
}

func TestLoaderOfAMissingDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	l := NewLoader(dir, Options{})
	if _, err := l.Load("a.txt"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
	write(t, filepath.Join(dir, "a.txt"), "here")
	if got := render(t, l, "a.txt", nil); got != "here" {
		t.Errorf("got %q, want here", got)
	}
}

func TestFSLoaderAndCheck(t *testing.T) {
	l := NewFSLoader(fstest.MapFS{
		"good.html":       {Data: []byte("{% include parts/a.html %}")},
		"parts/a.html":    {Data: []byte("{{ 1 }}")},
		"bad.html":        {Data: []byte("{{ 1 + }}")},
		"child.html":      {Data: []byte("{% extends base.html %}")},
		"base.html":       {Data: []byte("{% if %}{% end %}")},
		"latin.txt":       {Data: []byte("caf\xe9")},
		"logo.png":        {Data: []byte("{{")},
		".git/config.txt": {Data: []byte("{{")},
	}, Options{})
	if got := render(t, l, "good.html", nil); got != "1" {
		t.Errorf("got %q, want 1", got)
	}
	var got []string
	_, errs := l.Check()
	for _, err := range errs {
		got = append(got, err.Error())
	}
	want := []string{
		"the expression is incomplete at bad.html:1:7",
		"the expression is incomplete at base.html:1:6",
		"the template is not valid UTF-8 at latin.txt:1:4",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if l.Roots() != nil {
		t.Errorf("got roots %v, want none", l.Roots())
	}
}

func TestLoaderFromManyGoroutines(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "base.txt"), "{% for x in xs %}{% block b %}{% end %}{% end %}")
	l := NewLoader(dir, Options{})
	for i := range 4 {
		write(t, filepath.Join(dir, fmt.Sprint(i, ".txt")), "{% extends base.txt %}{% block b %}{{ x.title }}{% set y = x %}{% end %}")
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				tpl, err := l.Load(fmt.Sprint(i%4, ".txt"))
				if err != nil {
					t.Error(err)
					return
				}
				out, err := tpl.Generate(map[string]any{"xs": []*story{{Title: "a"}, {Title: fmt.Sprint(g)}}})
				if want := fmt.Sprint("a", g); err != nil || string(out) != want {
					t.Errorf("got %q, %v; want %q", out, err, want)
					return
				}
				if i%10 == 0 {
					l.Forget([]string{filepath.Join(dir, "base.txt")})
				}
			}
		})
	}
	wg.Wait()
}

func TestAppendKeepsDst(t *testing.T) {
	tpl, err := New("x{{ n // d }}", "t", Options{Limits: Limits{MaxOutput: 5}})
	if err != nil {
		t.Fatal(err)
	}
	dst := []byte("before ")
	out, err := tpl.Append(dst, map[string]any{"n": 4, "d": 2})
	if string(out) != "before x2" || err != nil {
		t.Errorf("got %q, %v; want %q", out, err, "before x2")
	}
	out, err = tpl.Append(dst, map[string]any{"n": 4, "d": 0})
	if string(out) != "before " || err == nil {
		t.Errorf("got %q, %v; want the input and an error", out, err)
	}
}

func TestRenderingWithinRendering(t *testing.T) {
	var tpl *Template
	args := map[string]any{"n": 3}
	args["again"] = func(n int) (string, error) {
		out, err := tpl.Generate(map[string]any{"n": n, "again": args["again"]})
		return string(out), err
	}
	var err error
	if tpl, err = New("{% set m = n %}{{ n }}{% if n %}{{ again(n - 1) }}{% end %}{{ m }}", "t", Options{}); err != nil {
		t.Fatal(err)
	}
	out, err := tpl.Generate(args)
	if string(out) != "32100123" || err != nil {
		t.Errorf("got %q, %v; want 32100123", out, err)
	}
}
