package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
)

// maxHashedFile is the longest file that is read for its version, in bytes;
// longer ones have one of size and time. It is read once, but maybe on a loop.
const maxHashedFile = 4 << 20

var errNoStaticPath = errors.New("web: StaticURL needs Settings.StaticPath")

// StaticURL is the path of a file of Settings.StaticPath with its version, so that
// browsers can keep it for ever and yet see every change. A file that is not there
// has no version. It panics if the application has no StaticPath.
func (h *RequestHandler) StaticURL(path string) string {
	if h.app.static == nil {
		panic(errNoStaticPath)
	}
	path = strings.TrimPrefix(path, "/")
	address := h.app.settings.StaticURLPrefix + (&url.URL{Path: "/" + path}).EscapedPath()[1:]
	if version := h.app.static.hashes.version(path, !h.app.settings.Debug); version != "" {
		address += "?v=" + version
	}
	return address
}

// staticHashes remembers the versions of files.
type staticHashes struct {
	files *staticFiles
	base  string // the folder, absolute

	mu       sync.Mutex // guards what follows
	versions map[string]string
}

func newStaticHashes(files *staticFiles) *staticHashes {
	base, err := filepath.Abs(files.folder)
	if err != nil { // there is no working directory; then nothing can be forgotten by name
		base = files.folder
	}
	return &staticHashes{files: files, base: base, versions: map[string]string{}}
}

// version is the version of a file; empty if it cannot be read.
func (s *staticHashes) version(name string, keep bool) string {
	s.mu.Lock()
	version, known := s.versions[name]
	s.mu.Unlock()
	if known && keep {
		return version
	}
	version, err := s.compute(name)
	if err != nil {
		return "" // it may be there next time
	}
	s.mu.Lock()
	s.versions[name] = version
	s.mu.Unlock()
	return version
}

func (s *staticHashes) compute(name string) (string, error) {
	file, info, err := s.files.open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if info.Size() > maxHashedFile {
		return fmt.Sprintf("%x-%x", info.ModTime().UnixNano(), info.Size()), nil
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)[:10]), nil
}

// Roots implements trace.FileCache.
func (s *staticHashes) Roots() []string { return []string{s.base} }

// Forget implements trace.FileCache.
func (s *staticHashes) Forget(paths []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, path := range paths {
		if name, err := filepath.Rel(s.base, path); err == nil {
			delete(s.versions, filepath.ToSlash(name))
		}
	}
}
