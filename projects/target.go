package projects

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// A file is one file of a project, under a name with slashes that is relative to
// the project.
type file struct {
	name string
	data []byte
}

// A target is the place of a new project: a folder that is not there yet, or one
// that is there and empty.
type target struct {
	dir    string // absolute
	exists bool
}

// inspectTarget finds out whether a project can be made in dir, as far as that
// can be seen without writing.
func inspectTarget(dir string) (target, error) {
	if module := vendoredIn(dir); module != "" {
		return target{}, fmt.Errorf("cannot make a project in %s: it is within %s, which the go command keeps for the libraries of the module in %s; choose another place",
			dir, filepath.Join(module, "vendor"), module)
	}
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if _, linkErr := os.Lstat(dir); linkErr == nil {
			return target{}, fmt.Errorf("cannot make a project in %s: it is a symbolic link to something that is not there; remove the link, or choose another name", dir)
		}
		return target{dir: dir}, nil
	}
	if err != nil {
		return target{}, placeError(dir, err)
	}
	if !info.IsDir() {
		return target{}, fmt.Errorf("cannot make a project in %s: there is a file of that name; choose another name, or remove the file", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return target{}, placeError(dir, err)
	}
	var names []string
	for _, entry := range entries {
		// A repository that was just created or cloned counts as empty.
		if entry.Name() != ".git" {
			names = append(names, entry.Name())
		}
	}
	if len(names) > 0 {
		return target{}, fmt.Errorf("cannot make a project in %s: the folder is not empty (%s); choose another name, or empty it first", dir, someOf(names))
	}
	return target{dir: dir, exists: true}, nil
}

// someOf lists the first of names.
func someOf(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names, ", ")
}

// vendoredIn returns the folder of the module in whose vendor folder dir is, or
// nothing.
func vendoredIn(dir string) string {
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if filepath.Base(dir) != "vendor" {
			continue
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(dir), "go.mod")); err == nil {
			return filepath.Dir(dir)
		}
	}
	return ""
}

// workspaceAbove returns the go.work that the go command will find from dir, or
// nothing.
func workspaceAbove(dir string) string {
	switch workspace := os.Getenv("GOWORK"); workspace {
	case "":
	case "off":
		return ""
	default:
		return workspace
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		workspace := filepath.Join(dir, "go.work")
		if _, err := os.Stat(workspace); err == nil {
			return workspace
		}
	}
	return ""
}

// placeError says in words what keeps us from writing at dir, where the system's
// error leaves that to be guessed.
func placeError(dir string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("cannot make a project in %s: %s is a file, so there can be nothing below it; choose another place", dir, fileAbove(dir))
	case errors.Is(err, syscall.ENAMETOOLONG):
		return fmt.Errorf("cannot make a project in %s: the name is too long; choose a shorter one", dir)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("cannot make a project in %s: not allowed to write there; choose another place, or change the permissions: %w", dir, err)
	default:
		return fmt.Errorf("cannot make a project in %s: %w", dir, err)
	}
}

// fileAbove returns the file that stands where a folder above dir would have to.
func fileAbove(dir string) string {
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && !info.IsDir() {
			return dir
		}
	}
	return dir
}

// fill writes files to the target, all of them or none.
//
// They are written to a folder beside it, and moved when they are complete. So
// nobody who watches the place sees half a project, and a failure, a full disk
// say, leaves nothing behind. A target that exists is not replaced but filled:
// it may be a mount point, a link, or the folder that a shell is in.
func (t target) fill(ctx context.Context, files []file) (err error) {
	made, err := makeParents(filepath.Dir(t.dir))
	defer func() {
		if err != nil {
			removeAll(made)
		}
	}()
	if err != nil {
		return placeError(t.dir, err)
	}
	beside := filepath.Dir(t.dir)
	if t.exists {
		beside = t.dir // it may be on a file system of its own
	}
	workshop, err := os.MkdirTemp(beside, ".tornado-dev-new-*")
	if err != nil {
		return placeError(t.dir, err)
	}
	// Before the parents go, if they go. What cannot be removed is not worth an
	// error of its own.
	defer os.RemoveAll(workshop)

	// MkdirTemp makes a folder that only we may enter; the project itself gets the
	// permissions that the user's umask asks for.
	project := filepath.Join(workshop, "project")
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("cannot make a project in %s: %w", t.dir, context.Cause(ctx))
		}
		name := filepath.Join(project, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return placeError(t.dir, err)
		}
		if err := os.WriteFile(name, f.data, 0o666); err != nil {
			return placeError(t.dir, err)
		}
	}
	if !t.exists {
		if err := os.Rename(project, t.dir); err != nil {
			return placeError(t.dir, err)
		}
		return nil
	}
	return t.moveIn(project)
}

// moveIn moves what is in project to the target, or nothing of it.
func (t target) moveIn(project string) error {
	entries, err := os.ReadDir(project)
	if err != nil {
		return placeError(t.dir, err)
	}
	var moved []string
	for _, entry := range entries {
		to := filepath.Join(t.dir, entry.Name())
		if err := moveNew(filepath.Join(project, entry.Name()), to); err != nil {
			removeAll(moved)
			return placeError(t.dir, err)
		}
		moved = append(moved, to)
	}
	return nil
}

// moveNew renames a file or folder to a name that is not taken.
func moveNew(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return &fs.PathError{Op: "move", Path: to, Err: fs.ErrExist}
	}
	return os.Rename(from, to)
}

// makeParents makes dir and what is missing above it, and returns what it made,
// outermost first.
func makeParents(dir string) (made []string, err error) {
	var missing []string
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(at); !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			break
		}
		missing = append(missing, at)
	}
	for i := len(missing) - 1; i >= 0; i-- {
		if err := os.Mkdir(missing[i], 0o777); err != nil {
			return made, err
		}
		made = append(made, missing[i])
	}
	return made, nil
}

// removeAll takes back what was made, the newest first.
func removeAll(made []string) {
	for i := len(made) - 1; i >= 0; i-- {
		// Best effort: the error that led here is the one to report.
		os.RemoveAll(made[i])
	}
}
