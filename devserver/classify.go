package devserver

import (
	"path/filepath"
	"strings"
)

// A fileKind says what a save of a file means.
type fileKind uint8

const (
	fileIgnored fileKind = iota
	fileSource           // the program is built from it
	fileAsset            // the program reads it while it runs
)

// A classifier knows what the files of a project are for.
type classifier struct {
	root     string            // of the project
	embedded map[string]bool   // absolute paths
	roots    map[string]string // directories the program caches files of, absolute, and how it names them
}

// kind says what path, which is absolute, is for.
func (c *classifier) kind(path string) fileKind {
	name := filepath.Base(path)
	inProject := within(c.root, path)
	switch {
	case inProject && c.embedded[path]:
		return fileSource
	case ignoredName(name):
		return fileIgnored
	case inProject && sourceName(name) && !below(c.root, path, notBuilt):
		return fileSource
	}
	for root := range c.roots {
		if within(root, path) && !below(root, path, ignoredDir) {
			return fileAsset
		}
	}
	return fileIgnored
}

// asNamed is the path of an asset as the program knows it, which may reach its
// files through a symbolic link.
func (c *classifier) asNamed(path string) string {
	for real, named := range c.roots {
		if rel, err := filepath.Rel(real, path); err == nil && filepath.IsLocal(rel) {
			return filepath.Join(named, rel)
		}
	}
	return path
}

// below reports whether one of the directories between root and path is such.
func below(root, path string, such func(name string) bool) bool {
	rel, err := filepath.Rel(root, filepath.Dir(path))
	if err != nil || rel == "." {
		return false
	}
	for name := range strings.SplitSeq(filepath.ToSlash(rel), "/") {
		if such(name) {
			return true
		}
	}
	return false
}

// sourceName reports whether a file of this name is an input of go build.
// Tests are not: nothing that runs changes with them.
func sourceName(name string) bool {
	switch name {
	case "go.mod", "go.sum", "go.work", "go.work.sum":
		return true
	}
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, "_")
}

// ignoredName reports whether a file is one that editors and tools leave lying
// about while they save.
func ignoredName(name string) bool {
	switch {
	case name == "", name[0] == '.':
		return true
	case name == "4913": // vim asks with it whether it may write here
		return true
	case strings.HasSuffix(name, "~"), strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#"):
		return true
	case strings.HasSuffix(name, "___jb_tmp___"), strings.HasSuffix(name, "___jb_old___"):
		return true
	}
	switch filepath.Ext(name) {
	case ".swp", ".swo", ".swx", ".swpx", ".tmp", ".bak", ".orig", ".rej", ".part", ".crdownload":
		return true
	}
	return false
}

// ignoredDir reports whether a directory of this name holds nothing that is
// saved by hand.
func ignoredDir(name string) bool {
	return name == "node_modules" || name == "bin" || strings.HasPrefix(name, ".")
}

// notBuilt reports whether go build passes over a directory of this name.
func notBuilt(name string) bool {
	return ignoredDir(name) || name == "testdata" || strings.HasPrefix(name, "_")
}
