package devserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A project is the module that is worked on and the program in it that is run.
type project struct {
	root      string // directory of the module, absolute, without symbolic links
	dir       string // where the program runs, the directory that was asked for
	mainDir   string // directory of package main
	pkg       string // package main, relative to root: "." or "./cmd/blog"
	framework string // directory of the framework's source; empty if it is not known
}

// frameworkPath is the module that a project of ours is built on.
const frameworkPath = "github.com/tornado-dev/tornado"

// findProject finds the module round dir and the main package to run: pkg if it
// is not empty, or the one in dir, or the only one in the module.
func findProject(ctx context.Context, dir, pkg string) (*project, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, fmt.Errorf("find the project: %w", err)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("find the project: %s is not a directory", dir)
	}
	root, err := moduleRoot(ctx, dir)
	if err != nil {
		return nil, err
	}
	p := &project{root: root, dir: dir}
	mains, err := mainPackages(ctx, root, dir, pkg)
	if err != nil {
		return nil, err
	}
	main, err := chooseMain(mains, dir, pkg)
	if err != nil {
		return nil, err
	}
	p.mainDir = main.Dir
	p.pkg = "."
	if rel, err := filepath.Rel(root, main.Dir); err == nil && rel != "." {
		p.pkg = "./" + filepath.ToSlash(rel)
	}
	p.framework = frameworkDir(ctx, root)
	return p, nil
}

// moduleRoot is the directory of the go.mod that counts for dir.
func moduleRoot(ctx context.Context, dir string) (string, error) {
	out, err := goCommand(ctx, dir, "env", "GOMOD")
	if err != nil {
		return "", err
	}
	file := strings.TrimSpace(out)
	if file == "" || file == os.DevNull {
		return "", fmt.Errorf("%s is not part of a Go module: there is no go.mod in it or above it; start a project with `tornado-dev new NAME`", dir)
	}
	return filepath.EvalSymlinks(filepath.Dir(file))
}

// A mainPackage is a package as go list describes it.
type mainPackage struct {
	Name       string
	Dir        string
	ImportPath string
}

// mainPackages lists the main packages that may be meant: the one that is named,
// or all those of the module.
func mainPackages(ctx context.Context, root, dir, pkg string) ([]mainPackage, error) {
	in, pattern := root, "./..."
	if pkg != "" {
		in, pattern = dir, pkg
		if filepath.IsLocal(pkg) && !strings.HasPrefix(pkg, ".") {
			if info, err := os.Stat(filepath.Join(dir, pkg)); err == nil && info.IsDir() {
				pattern = "./" + filepath.ToSlash(pkg)
			}
		}
	}
	out, err := goCommand(ctx, in, "list", "-e", "-json=Name,Dir,ImportPath", pattern)
	if err != nil {
		return nil, err
	}
	var mains []mainPackage
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var p mainPackage
		if err := decoder.Decode(&p); err == io.EOF {
			return mains, nil
		} else if err != nil {
			return nil, fmt.Errorf("find the project: read what go list says: %w", err)
		}
		if p.Name == "main" {
			mains = append(mains, p)
		}
	}
}

func chooseMain(mains []mainPackage, dir, pkg string) (mainPackage, error) {
	switch {
	case len(mains) == 1:
		return mains[0], nil
	case len(mains) == 0 && pkg != "":
		return mainPackage{}, fmt.Errorf("%s is not a main package of the project in %s", pkg, dir)
	case len(mains) == 0:
		return mainPackage{}, fmt.Errorf("there is no main package in %s; name the one to run with --package", dir)
	}
	if i := slices.IndexFunc(mains, func(p mainPackage) bool { return p.Dir == dir }); i >= 0 && pkg == "" {
		return mains[i], nil
	}
	var names []string
	for _, p := range mains {
		name := p.ImportPath
		if rel, err := filepath.Rel(dir, p.Dir); err == nil && filepath.IsLocal(rel) {
			name = "./" + filepath.ToSlash(rel)
		}
		names = append(names, name)
	}
	return mainPackage{}, fmt.Errorf("there are several main packages; say with --package which to run: %s", strings.Join(names, ", "))
}

// frameworkDir is where the project takes the framework from. What comes from
// there is not the developer's own.
func frameworkDir(ctx context.Context, root string) string {
	out, err := goCommand(ctx, root, "list", "-m", "-f", "{{.Dir}}", frameworkPath)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(out)
}

// embeddedFiles lists the files below root that the program embeds, which are as
// good as source.
func embeddedFiles(ctx context.Context, root, pkg string) ([]string, error) {
	out, err := goCommand(ctx, root, "list", "-e", "-deps", "-json=Dir,EmbedFiles,Standard", pkg)
	if err != nil {
		return nil, err
	}
	var files []string
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var p struct {
			Dir        string
			EmbedFiles []string
			Standard   bool
		}
		if err := decoder.Decode(&p); err == io.EOF {
			return files, nil
		} else if err != nil {
			return nil, err
		}
		if p.Standard || !within(root, p.Dir) {
			continue
		}
		for _, name := range p.EmbedFiles {
			files = append(files, filepath.Join(p.Dir, name))
		}
	}
}

// within reports whether path is dir or below it.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// goCommand runs the go command in dir and returns what it prints.
func goCommand(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return "", errors.New("the go command is not in PATH; tornado-dev builds with it (https://go.dev/dl)")
		}
		text := strings.Join(strings.Fields(stderr.String()), " ") // on one line
		return "", fmt.Errorf("go %s: %w: %.500s", args[0], err, text)
	}
	return stdout.String(), nil
}
