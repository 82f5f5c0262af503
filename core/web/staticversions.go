package web

import (
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxHashedFile is the longest file whose version is a hash of its content, in
	// bytes. A longer one's is made of size and time.
	maxHashedFile = 8 << 20

	// maxHashedOnLoop is the longest file that is hashed where nothing may wait.
	maxHashedOnLoop = 256 << 10

	// maxVersions is how many versions are remembered.
	maxVersions = 10_000

	// versionTrusted is how long StaticURL believes a version without looking.
	versionTrusted = time.Second
)

var errNoStaticPath = errors.New("web: StaticURL needs Settings.StaticPath or StaticFS")

// StaticURLOptions are what StaticURL can be told.
type StaticURLOptions struct {
	IncludeHost bool // begin with the protocol and the host of the request
	NoVersion   bool // leave out the version
}

// StaticURL is the path of a file of Settings.StaticPath with its version, so that
// browsers can keep it for ever and yet see every change: the same hash that the
// file's ETag is. A file that is not there has no version. It panics if the
// application has no static files. Settings.MakeStaticURL may make it otherwise.
//
// On the loop a file of more than 256 KiB is not read: until that was done elsewhere
// its version is made of its size and time.
func (h *RequestHandler) StaticURL(path string, options ...StaticURLOptions) string {
	files := h.app.static
	if files == nil {
		panic(errNoStaticPath)
	}
	var o StaticURLOptions
	if len(options) > 0 {
		o = options[0]
	}
	path = strings.TrimPrefix(path, "/")
	version := ""
	if !o.NoVersion {
		version = h.staticVersion(files, path)
	}
	address := h.makeStaticURL((&url.URL{Path: "/" + path}).EscapedPath()[1:], version)
	if o.IncludeHost && strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
		address = h.Request.Protocol + "://" + h.Request.Host + address
	}
	return address
}

func (h *RequestHandler) makeStaticURL(path, version string) string {
	if made := h.app.settings.MakeStaticURL; made != nil {
		return made(path, version)
	}
	address := h.app.settings.StaticURLPrefix + path
	if version != "" {
		address += "?v=" + version
	}
	return address
}

func (h *RequestHandler) staticVersion(files *staticFiles, name string) string {
	if version, ok := files.versions.trusted(name, files.now()); ok && !h.app.settings.Debug {
		return version
	}
	name, info, err := files.find(name, "", false)
	if err != nil {
		return "" // it may be there next time
	}
	version := files.version(name, info)
	if h.onLoop() && info.Size() > maxHashedOnLoop && !info.ModTime().IsZero() && !version.ready() {
		h.app.running.Add(1)
		go func() { // Application.wait waits for it
			defer h.app.running.Done()
			version.compute(files)
		}()
		return sizeAndTime(info)
	}
	return version.compute(files)
}

// staticVersions remembers the versions of files.
type staticVersions struct {
	mu    sync.Mutex // guards what follows
	known map[string]*fileVersion
}

// A fileVersion is the version of one state of a file.
type fileVersion struct {
	name  string
	info  fs.FileInfo
	stamp stamp

	inMemory atomic.Int64 // when all of the file was last found in memory, in nanoseconds since 1970

	once sync.Once // guards what follows
	text string    // empty if the file could not be read
	done chan struct{}

	seen time.Time // guarded by staticVersions.mu: when the file was last looked at
}

// version is that of a file in the state of info, perhaps not yet computed.
func (f *staticFiles) version(name string, info fs.FileInfo) *fileVersion {
	v := &f.versions
	s := stampOf(info)
	v.mu.Lock()
	defer v.mu.Unlock()
	known := v.known[name]
	if known == nil || known.stamp != s {
		known = &fileVersion{name: name, info: info, stamp: s, done: make(chan struct{})}
		if f.isSettled(info) {
			v.keep(name, known)
		}
	}
	known.seen = f.now()
	return known
}

// keep remembers a version, in the place of any other if there are too many.
func (v *staticVersions) keep(name string, version *fileVersion) {
	for other := range v.known {
		if len(v.known) < maxVersions {
			break
		}
		delete(v.known, other)
	}
	v.known[name] = version
}

// trusted is a version that was looked at a moment ago.
func (v *staticVersions) trusted(name string, now time.Time) (string, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	known := v.known[name]
	if known == nil || now.Sub(known.seen) > versionTrusted || !known.ready() || known.text == "" {
		return "", false
	}
	return known.text, true
}

// ready reports whether compute would return at once.
func (v *fileVersion) ready() bool {
	select {
	case <-v.done:
		return true
	default:
		return false
	}
}

// compute reads the file, if nobody has yet. Several callers wait for one.
func (v *fileVersion) compute(files *staticFiles) string {
	return v.computeWith(func() string { return files.hash(v.name, v.info) })
}

// computeOf is compute for somebody who has read the file.
func (v *fileVersion) computeOf(content []byte) string {
	return v.computeWith(func() string {
		sum := sha512.Sum512(content)
		return hex.EncodeToString(sum[:])
	})
}

func (v *fileVersion) computeWith(f func() string) string {
	v.once.Do(func() {
		defer close(v.done)
		v.text = f()
	})
	return v.text
}

// hash is the version of a file; empty if it cannot be read.
func (f *staticFiles) hash(name string, info fs.FileInfo) string {
	if info.Size() > maxHashedFile && !info.ModTime().IsZero() {
		return sizeAndTime(info)
	}
	file, err := f.open(name)
	if err != nil {
		return ""
	}
	defer file.Close()
	hash := sha512.New()
	if _, err := io.Copy(hash, file); err != nil {
		return ""
	}
	return hex.EncodeToString(hash.Sum(nil))
}

func sizeAndTime(info fs.FileInfo) string {
	s := stampOf(info)
	return fmt.Sprintf("%x-%x", s.modified, s.size)
}

// Roots implements trace.FileCache.
func (f *staticFiles) Roots() []string {
	if f.folder == "" {
		return nil
	}
	return []string{f.folder}
}

// Forget implements trace.FileCache.
func (f *staticFiles) Forget(paths []string) {
	for _, path := range paths {
		name, err := filepath.Rel(f.folder, path)
		if err != nil {
			continue
		}
		name = filepath.ToSlash(name)
		f.versions.mu.Lock()
		delete(f.versions.known, name)
		f.versions.mu.Unlock()
		f.kept.forget(name)
	}
}
