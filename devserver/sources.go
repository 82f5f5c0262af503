package devserver

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// fingerprints say what the sources of a project hold, by absolute path. A file
// that does not exist is absent.
type fingerprints map[string]uint64

// sources knows the content of all files the program is built from, so that a
// save that changes nothing is told from one that does, and a change that was
// taken back from one that stands. It belongs to one goroutine.
type sources struct {
	seed    maphash.Seed
	current fingerprints
	embeds  map[string]bool      // the Go files that contain a go:embed directive
	builds  map[int]fingerprints // what builds were made of
}

func newSources() *sources {
	return &sources{
		seed:    maphash.MakeSeed(),
		current: make(fingerprints),
		embeds:  make(map[string]bool),
		builds:  make(map[int]fingerprints),
	}
}

// scan reads all sources below the root of c.
func (s *sources) scan(c *classifier) error {
	return filepath.WalkDir(c.root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // vanished, or not ours to read
		case entry.IsDir():
			if path != c.root && ignoredDir(entry.Name()) {
				return fs.SkipDir
			}
		case c.kind(path) == fileSource:
			s.update(path)
		}
		return nil
	})
}

// update reads the file at path and reports whether it differs from what was
// known, and whether it is empty, as a file is for a moment while it is saved.
func (s *sources) update(path string) (differs, empty bool) {
	data, err := readSource(path)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			return false, false // a directory, or not readable: no news until it is
		}
		_, known := s.current[path]
		delete(s.current, path)
		delete(s.embeds, path)
		return known, false
	}
	sum := maphash.Bytes(s.seed, data)
	known, ok := s.current[path]
	s.current[path] = sum
	if bytes.Contains(data, []byte("//go:embed ")) {
		s.embeds[path] = true
	} else {
		delete(s.embeds, path)
	}
	return !ok || known != sum, len(data) == 0
}

// maxSource is the size of the largest file that is looked into, in bytes.
const maxSource = 64 << 20

// readSource reads a file, and nothing that merely has the name of one: a link
// may lead to a device without an end, or to a pipe that nobody writes to.
func readSource(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxSource {
		return nil, fmt.Errorf("%s is no source file", path)
	}
	return os.ReadFile(path)
}

// embedsOutside reports whether a Go file embeds others that is not below one of
// dirs.
func (s *sources) embedsOutside(dirs []string) bool {
	for path := range s.embeds {
		if !slices.ContainsFunc(dirs, func(dir string) bool { return within(dir, path) }) {
			return true
		}
	}
	return false
}

// refresh reads again every file that is known, and reports whether any differs.
func (s *sources) refresh() (differs bool) {
	for path := range maps.Clone(s.current) {
		if d, _ := s.update(path); d {
			differs = true
		}
	}
	return differs
}

// remember notes that build is made of the sources as they are.
func (s *sources) remember(build int) { s.builds[build] = maps.Clone(s.current) }

// forgetBut drops what is known of all builds but those.
func (s *sources) forgetBut(builds ...int) {
	kept := make(map[int]fingerprints, len(builds))
	for _, build := range builds {
		if prints, ok := s.builds[build]; ok {
			kept[build] = prints
		}
	}
	s.builds = kept
}

// rewritten are the files of one build that another was made of in another form, or
// without.
func (s *sources) rewritten(build, other int) (paths []string) {
	before, after := s.builds[build], s.builds[other]
	if before == nil || after == nil {
		return nil
	}
	for path, print := range before {
		if now, ok := after[path]; !ok || now != print {
			paths = append(paths, path)
		}
	}
	return paths
}

// same returns which of the builds was made of the sources as they are, the
// first that fits, or zero.
func (s *sources) same(builds ...int) int {
	for _, build := range builds {
		if prints, ok := s.builds[build]; ok && maps.Equal(prints, s.current) {
			return build
		}
	}
	return 0
}
