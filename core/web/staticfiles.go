package web

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// staticFiles is a folder, or an fs.FS, whose files are served.
type staticFiles struct {
	// Set when it is made and never changed.
	fsys     fs.FS
	root     *os.Root // what fsys is made of; nil if it is the program's own
	folder   string   // the folder of root, absolute
	now      func() time.Time
	versions staticVersions
	kept     keptFiles
}

// newStaticFiles opens a folder. Nothing outside of it can be reached, also not by
// symbolic links.
func newStaticFiles(folder string) (*staticFiles, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	absolute, err := filepath.Abs(folder)
	if err != nil { // there is no working directory
		absolute = folder
	}
	f := newStaticFS(root.FS())
	f.root, f.folder = root, absolute
	return f, nil
}

func newStaticFS(fsys fs.FS) *staticFiles {
	f := &staticFiles{fsys: fsys, now: time.Now}
	f.versions.known = map[string]*fileVersion{}
	f.kept.files, f.kept.siblings = map[string]*keptFile{}, map[string]siblings{}
	return f
}

func (f *staticFiles) close() {
	if f.root != nil {
		f.root.Close()
	}
}

// errFolder says that a name is that of a folder with a default file, and should
// end with a slash.
var errFolder = errors.New("web: a folder")

// cleanName is the path of a file as fs.FS has it. It fails with an HTTPError for
// what leads out of the folder, or could on some system.
func cleanName(name string) (string, error) {
	switch {
	case strings.HasPrefix(name, "/") || strings.Contains(name, "\x00"):
		return "", forbiddenFile(name, "is no path below the static folder")
	case strings.Contains(name, `\`):
		return "", HTTPError{StatusCode: 404} // would be a separator on Windows
	}
	name = path.Clean(name)
	if !fs.ValidPath(name) {
		return "", forbiddenFile(name, "is no path below the static folder")
	}
	return name, nil
}

func forbiddenFile(name, why string) error {
	return HTTPError{StatusCode: 403, LogMessage: fmt.Sprintf("%q %s", name, why)}
}

// find finds the regular file of a name; of a folder, its default file, if
// defaultFilename is not empty. It fails with an HTTPError, 404 if there is no such
// file, 403 if it must not be seen, and with errFolder for a folder whose name,
// which has a default file, ends without a slash.
func (f *staticFiles) find(name, defaultFilename string, slash bool) (string, fs.FileInfo, error) {
	name, err := cleanName(name)
	if err != nil {
		return "", nil, err
	}
	info, err := f.stat(name)
	if err == nil && info.IsDir() && defaultFilename != "" {
		if !slash {
			return "", nil, errFolder
		}
		name = path.Join(name, defaultFilename)
		info, err = f.stat(name)
	}
	switch {
	case err != nil:
		return "", nil, fileError(name, err)
	case !info.Mode().IsRegular():
		return "", nil, forbiddenFile(name, "is not a file")
	}
	return name, info, nil
}

func (f *staticFiles) stat(name string) (fs.FileInfo, error) {
	if f.root != nil {
		return f.root.Stat(filepath.FromSlash(name))
	}
	return fs.Stat(f.fsys, name)
}

// open opens a file that find has found: opening anything else could wait, a pipe
// for somebody who writes to it.
func (f *staticFiles) open(name string) (fs.File, error) {
	file, err := f.fsys.Open(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	return file, nil
}

func fileError(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG) {
		return HTTPError{StatusCode: 404}
	}
	status := 403
	var system syscall.Errno
	if errors.As(err, &system) && !errors.Is(err, fs.ErrPermission) && system != syscall.ELOOP {
		status = 503 // it is not about the file: out of descriptors, for example
	}
	return HTTPError{StatusCode: status, LogMessage: fmt.Sprintf("%q: %v", name, err)}
}

// seek goes from one offset of a file to a later one, which some files of an fs.FS
// can only by reading.
func seek(file fs.File, to, from int64) error {
	if s, ok := file.(io.Seeker); ok {
		_, err := s.Seek(to, io.SeekStart)
		return err
	}
	_, err := io.CopyN(io.Discard, file, to-from)
	return err
}

// A stamp tells two states of a file apart.
type stamp struct {
	size     int64
	modified int64 // nanoseconds since 1970; zero for a file without a time
}

func stampOf(info fs.FileInfo) stamp {
	if info.ModTime().IsZero() {
		return stamp{size: info.Size()}
	}
	return stamp{info.Size(), info.ModTime().UnixNano()}
}

// settled is how old a state of a file must be to be told apart from a later one:
// systems write times with a grain of milliseconds, some of two seconds.
const settled = 2 * time.Second

// isSettled reports whether another content of the file would have another stamp.
func (f *staticFiles) isSettled(info fs.FileInfo) bool {
	age := f.now().Sub(info.ModTime())
	return info.ModTime().IsZero() || age > settled || age < 0
}
