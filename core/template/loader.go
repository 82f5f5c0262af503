package template

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// A Loader finds templates by name, compiles them, and keeps the result. Its
// methods may be called from any goroutine.
//
// Names are slash separated. Those in extends and include are relative to the
// template they stand in, unless they begin with a slash: then, and in Load, they
// are relative to the root. No name and no symbolic link leads out of the root.
// The names of a map are its keys, "/a" another one than "a".
type Loader struct {
	options Options
	root    string // absolute; empty if the templates are no files
	isDict  bool   // names are keys of a map: a slash at their start is part of them
	read    func(name string) (string, error)
	list    func() ([]string, error)

	mu        sync.RWMutex // guards what follows; held while templates are made
	files     map[string]*file
	templates map[string]*Template
}

// NewLoader gives a loader for the files below root. The directory is looked at
// with each template that is loaded, so it may come into being later.
func NewLoader(root string, o Options) *Loader {
	abs, err := filepath.Abs(root)
	if err != nil {
		abs = filepath.Clean(root) // only without a current directory; reading will fail
	}
	l := newLoader(o)
	l.root = abs
	l.read = func(name string) (string, error) { return readBelow(abs, name) }
	l.list = func() ([]string, error) { return listFiles(os.DirFS(abs)) }
	return l
}

// NewFSLoader gives a loader for the files of fsys, for instance an embed.FS.
func NewFSLoader(fsys fs.FS, o Options) *Loader {
	l := newLoader(o)
	l.read = func(name string) (string, error) {
		b, err := fs.ReadFile(fsys, name)
		return string(b), err
	}
	l.list = func() ([]string, error) { return listFiles(fsys) }
	return l
}

// NewDictLoader gives a loader for the templates of a map from name to text. The
// map must not be changed afterwards.
func NewDictLoader(dict map[string]string, o Options) *Loader {
	l := newLoader(o)
	l.isDict = true
	l.read = func(name string) (string, error) {
		text, ok := dict[name]
		if !ok {
			return "", fs.ErrNotExist
		}
		return text, nil
	}
	l.list = func() ([]string, error) {
		var names []string
		for name := range dict {
			names = append(names, name)
		}
		slices.Sort(names)
		return names, nil
	}
	return l
}

func newLoader(o Options) *Loader {
	l := &Loader{options: o.normalized()}
	l.Reset()
	return l
}

// Load gives the template of that name, compiled when it is asked for the first
// time. The error is an *Error.
func (l *Loader) Load(name string) (*Template, error) {
	key := l.key(name)
	l.mu.RLock()
	t := l.templates[key]
	l.mu.RUnlock()
	if t != nil {
		return t, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.load(key)
}

// key is what the template of that name is kept under.
func (l *Loader) key(name string) string {
	if l.isDict {
		return path.Clean(name)
	}
	return path.Clean(strings.TrimLeft(name, "/"))
}

// load is Load with the lock held.
func (l *Loader) load(name string) (*Template, error) {
	if t := l.templates[name]; t != nil {
		return t, nil
	}
	if err := checkOptions(&l.options, name); err != nil {
		return nil, err
	}
	f, err := l.file(name, nil)
	if err != nil {
		return nil, err
	}
	t, err := newTemplate(f, &l.options, func(name string, from *file, at *place) *file {
		if !strings.HasPrefix(name, "/") {
			name = path.Join(path.Dir(from.src.name), name)
		}
		f, err := l.file(l.key(name), at)
		if err != nil {
			panic(err)
		}
		return f
	})
	if err != nil {
		return nil, err
	}
	l.templates[name] = t
	return t, nil
}

// file parses a file, or gives it from the cache. at is where it is asked for, nil
// if the program does.
func (l *Loader) file(name string, at *place) (*file, error) {
	if f := l.files[name]; f != nil {
		return f, nil
	}
	text, err := l.readFile(name)
	if err != nil {
		return nil, l.missing(name, at, err)
	}
	src := &source{name: name, text: text}
	if l.root != "" {
		src.file = filepath.Join(l.root, filepath.FromSlash(name))
	}
	f, err := parseFile(src, &l.options)
	if err != nil {
		var e *Error
		if at != nil && errors.As(err, &e) {
			for _, fr := range at.frames() {
				if fr.Relation == "" {
					fr.Relation = "asked for by"
				}
				e.Frames = append(e.Frames, fr)
			}
		}
		return nil, err
	}
	l.files[name] = f
	return f, nil
}

func (l *Loader) readFile(name string) (string, error) {
	if !l.isDict && (!fs.ValidPath(name) || name == ".") {
		return "", fmt.Errorf("the name leads out of the templates' root: %w", fs.ErrNotExist)
	}
	return l.read(name)
}

// missing tells who asked for a template that cannot be read.
func (l *Loader) missing(name string, at *place, err error) *Error {
	message := fmt.Sprintf("template %s cannot be read: %v", quoted(name), err)
	if errors.Is(err, fs.ErrNotExist) {
		message = "template " + quoted(name) + " does not exist"
		if names, err := l.list(); err == nil && len(names) < 10_000 {
			message += suggestion(name, names)
		}
		if l.root != "" {
			message += " (in " + l.root + ")"
		}
	}
	if at == nil {
		return &Error{Kind: KindLoad, Message: message, Err: err}
	}
	e := newError(KindLoad, at, "", message)
	e.Err = err
	return e
}

// readBelow reads a regular file below root; os.Root sees to it that symbolic links
// do not lead out.
func readBelow(root, name string) (text string, err error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return "", err
	}
	defer dir.Close()
	info, err := dir.Stat(filepath.FromSlash(name))
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", errors.New("it is no regular file") // opening a pipe would wait
	}
	b, err := dir.ReadFile(filepath.FromSlash(name))
	return string(b), err
}

func listFiles(fsys fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if d.Type().IsRegular() && !strings.HasPrefix(d.Name(), ".") {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// Roots are the directories the templates lie in: none or one, absolute.
func (l *Loader) Roots() []string {
	if l.root == "" {
		return nil
	}
	return []string{l.root}
}

// Forget drops what was made from the files at paths, which are absolute, and every
// template that depends on one of them. A directory stands for all below it. Of a
// loader whose templates are no files paths are names.
func (l *Loader) Forget(paths []string) {
	if len(paths) == 0 {
		return
	}
	changed := func(file string) bool {
		return slices.ContainsFunc(paths, func(p string) bool { return isBelow(file, p) })
	}
	if l.root == "" {
		changed = func(name string) bool {
			return slices.ContainsFunc(paths, func(p string) bool { return name == p || strings.HasPrefix(name, p+"/") })
		}
	} else if real, err := filepath.EvalSymlinks(l.root); err == nil && real != l.root {
		direct := changed
		changed = func(file string) bool { return direct(file) || direct(real+strings.TrimPrefix(file, l.root)) }
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, f := range l.files {
		if changed(f.src.identity()) {
			delete(l.files, name)
		}
	}
	for name, t := range l.templates {
		if slices.ContainsFunc(t.dependencies, func(src *source) bool { return changed(src.identity()) }) {
			delete(l.templates, name)
		}
	}
}

func isBelow(file, dir string) bool {
	dir = filepath.Clean(dir)
	return file == dir || strings.HasPrefix(file, dir+string(filepath.Separator))
}

// Reset drops everything that was loaded.
func (l *Loader) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files = map[string]*file{}
	l.templates = map[string]*Template{}
}

// Names lists the files below the root, but for hidden ones.
func (l *Loader) Names() ([]string, error) { return l.list() }

// textExtensions are those of files that are taken for templates by Check.
var textExtensions = []string{"", ".html", ".htm", ".xhtml", ".xml", ".svg", ".txt", ".text", ".md", ".js", ".json", ".css", ".tex"}

// Check compiles every template below the root. It gives how many there are, and
// what is wrong with them. Files whose extension speaks against a template are left
// out.
func (l *Loader) Check() (checked int, errs []error) {
	names, err := l.list()
	if err != nil {
		return 0, []error{err}
	}
	seen := map[string]bool{}
	for _, name := range names {
		if !slices.Contains(textExtensions, strings.ToLower(path.Ext(name))) {
			continue
		}
		checked++
		if _, err := l.Load(name); err != nil && !seen[err.Error()] {
			seen[err.Error()] = true // a base with an error is reported once
			errs = append(errs, err)
		}
	}
	return checked, errs
}
