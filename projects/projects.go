// Package projects writes new projects.
//
// A new project is a small blog that shows what the framework does. It builds at
// once and for itself: the source of the framework is copied into it, since that
// is what a program of its age was made with, and the replace line in its go.mod
// points there. New may be called from any goroutine.
//
//   - New: writes a project, whole or not at all
//   - blog: the sample itself, a program that runs and is tested where it stands
package projects

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	tornado "github.com/tornado-dev/tornado"
)

// Options say what New shall write, and where.
type Options struct {
	// Dir is the folder to make, absolute or relative to the current one. Folders
	// above it are made too. It may exist if nothing but a .git is in it.
	Dir string

	// Module is the project's module path. Empty means the last element of Dir.
	Module string

	// Framework is the folder of a checkout of the framework, which the project is
	// then built with, wherever it stands at that time. Empty means that the
	// project gets a copy of the source this program was built from.
	Framework string

	// Out is told what was done and how to go on. Nil means that nothing is told.
	Out io.Writer
}

// A Project is what New has written.
type Project struct {
	Dir    string // absolute
	Module string
}

// New writes a new project.
//
// When it fails there is nothing new on disk, and the error says what to do
// about it. That includes a context that ends before everything is written.
func New(ctx context.Context, o Options) (*Project, error) {
	dir, err := projectDir(o.Dir)
	if err != nil {
		return nil, err
	}
	module := o.Module
	if module == "" {
		module = filepath.Base(dir)
	}
	if err := checkModule(module, o.Module != ""); err != nil {
		return nil, err
	}
	target, err := inspectTarget(dir)
	if err != nil {
		return nil, err
	}

	source, err := newFramework(o.Framework)
	if err != nil {
		return nil, err
	}
	files, err := sampleFiles(filepath.Base(dir), module)
	if err != nil {
		return nil, err
	}
	files = append(files,
		file{"go.mod", source.projectMod(module)},
		file{"go.sum", sumsOf(source.used)},
	)
	copied, err := source.copy()
	if err != nil {
		return nil, err
	}
	if err := target.fill(ctx, append(files, copied...)); err != nil {
		return nil, err
	}
	if o.Out != nil {
		fmt.Fprint(o.Out, nextSteps(o.Dir, dir))
	}
	return &Project{Dir: dir, Module: module}, nil
}

// nextSteps says how to go on with the project in dir, which the user called
// name.
func nextSteps(name, dir string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is ready. Next:\n\n  cd %s\n", filepath.Base(dir), shellQuote(filepath.Clean(name)))
	if workspace := workspaceAbove(dir); workspace != "" {
		// The go command refuses a module below a go.work that does not name it.
		fmt.Fprintf(&b, "  go work use .   # because of %s\n", workspace)
	}
	b.WriteString("  tornado-dev\n")
	return b.String()
}

// shellQuote writes s so that a shell reads it as one word.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+@%", r)
	}
	if strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// newFramework finds out where the project gets the framework from.
func newFramework(checkout string) (*framework, error) {
	if checkout == "" {
		return readFramework(tornado.Source, "")
	}
	dir, err := filepath.Abs(checkout)
	if err != nil {
		return nil, fmt.Errorf("projects: framework %s: %w", checkout, err)
	}
	return readFramework(os.DirFS(dir), dir)
}
