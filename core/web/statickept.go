package web

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxKeptFile is the longest file that is kept in memory, and so answered on the
	// loop, in bytes.
	maxKeptFile = 64 << 10

	// maxKeptBytes is how much of a folder is kept.
	maxKeptBytes = 16 << 20

	// keptTrusted is how long nobody asks whether a file has changed: too short for a
	// person to notice, and long enough for a busy server not to ask for each request.
	keptTrusted = 50 * time.Millisecond

	// siblingsTrusted is how long nobody looks for new siblings of a file.
	siblingsTrusted = time.Second

	// maxSiblings is for how many files it is known which siblings they have.
	maxSiblings = 10_000
)

// A keptFile is a small file in memory. Who uses it asks the system whether it is
// still the same, unless somebody has a moment ago.
type keptFile struct {
	// Set when it is made and never changed.
	name    string
	path    string // for os.Stat; empty if the file is of an fs.FS
	info    fs.FileInfo
	stamp   stamp
	version string
	fields  fileFields
	content []byte

	seen atomic.Int64 // when it was last found unchanged, in nanoseconds since 1970

	mu         sync.Mutex        // guards what follows
	compressed map[string][]byte // by content coding
}

// keptFiles are those of one folder.
type keptFiles struct {
	mu       sync.RWMutex // guards what follows
	files    map[string]*keptFile
	bytes    int
	siblings map[string]siblings
}

// siblings are the compressed forms of a file that lie beside it.
type siblings struct {
	codings []string
	looked  time.Time
}

// keptFile is a file that is in memory and has not changed; nil if there is none.
// wanted is the query of the request, or whatever may name a version: if it is not
// this one, the file is looked at whenever that was done last, for the answer may be
// kept for years.
func (f *staticFiles) keptFile(name, wanted string) *keptFile {
	f.kept.mu.RLock()
	k := f.kept.files[name]
	f.kept.mu.RUnlock()
	if k == nil {
		return nil
	}
	version, _ := strings.CutPrefix(wanted, "v=")
	now := f.now().UnixNano()
	if since := now - k.seen.Load(); since >= 0 && since < int64(keptTrusted) && (wanted == "" || version == k.version) {
		return k
	}
	if !k.current(f) {
		f.kept.forget(name)
		return nil
	}
	k.seen.Store(now)
	return k
}

// current reports whether the file on disk is still this one. A link that was
// turned elsewhere leads to another file, so that one call for the whole path
// will do: where it must not lead, find will see.
func (k *keptFile) current(f *staticFiles) bool {
	if k.stamp.modified == 0 {
		return true // part of the program
	}
	if k.path == "" {
		info, err := f.stat(k.name)
		return err == nil && stampOf(info) == k.stamp
	}
	info, err := os.Stat(k.path)
	return err == nil && stampOf(info) == k.stamp && os.SameFile(info, k.info)
}

// keep keeps a file that was read, if it is small and old enough.
func (f *staticFiles) keep(name string, info fs.FileInfo, version string, content []byte) *keptFile {
	k := &keptFile{name: name, info: info, stamp: stampOf(info), version: version, fields: f.fieldsOf(info, version), content: content}
	if f.folder != "" {
		k.path = filepath.Join(f.folder, filepath.FromSlash(name))
	}
	if f.isSettled(info) {
		f.kept.add(k)
	}
	return k
}

func (c *keptFiles) add(k *keptFile) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(k.name)
	for other := range c.files {
		if c.bytes+k.size() <= maxKeptBytes {
			break
		}
		c.drop(other) // any: those that are asked for come back
	}
	c.files[k.name] = k
	c.bytes += k.size()
}

// size is what a file takes, with room for its compressed forms.
func (k *keptFile) size() int { return 512 + 2*len(k.content) }

func (c *keptFiles) drop(name string) {
	if k := c.files[name]; k != nil {
		c.bytes -= k.size()
		delete(c.files, name)
	}
}

func (c *keptFiles) forget(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(name)
	delete(c.siblings, name)
}

// compressedAs is the content in a coding; nil if nobody has compressed it yet.
func (k *keptFile) compressedAs(coding string) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.compressed[coding]
}

// compress makes the content in a coding, and keeps it unless that has made it
// longer than there is room for.
func (k *keptFile) compress(coding *ContentCoding, pool *encoderPool) ([]byte, error) {
	if known := k.compressedAs(coding.Name); known != nil {
		return known, nil
	}
	compressed, err := pool.compress(nil, k.content)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.compressed == nil {
		k.compressed = map[string][]byte{}
	}
	k.compressed[coding.Name] = compressed
	return compressed, nil
}

// siblingCodings are the content codings of siblings, the best first, and the
// endings of their names.
var siblingCodings = [...]struct{ coding, ending string }{{"br", ".br"}, {"zstd", ".zst"}, {"gzip", ".gz"}}

func siblingEnding(coding string) string {
	for _, s := range siblingCodings {
		if s.coding == coding {
			return s.ending
		}
	}
	return ""
}

// knownSiblings are the codings in which a file is there, if somebody has looked a
// moment ago.
func (f *staticFiles) knownSiblings(name string) (codings []string, ok bool) {
	f.kept.mu.RLock()
	s, ok := f.kept.siblings[name]
	f.kept.mu.RUnlock()
	return s.codings, ok && f.now().Sub(s.looked) <= siblingsTrusted
}

// siblings looks for the compressed forms of a file.
func (f *staticFiles) siblings(name string) []string {
	if codings, ok := f.knownSiblings(name); ok {
		return codings
	}
	found := siblings{looked: f.now()}
	for _, s := range siblingCodings {
		if info, err := f.stat(name + s.ending); err == nil && info.Mode().IsRegular() {
			found.codings = append(found.codings, s.coding)
		}
	}
	f.kept.mu.Lock()
	defer f.kept.mu.Unlock()
	for other := range f.kept.siblings {
		if len(f.kept.siblings) < maxSiblings {
			break
		}
		delete(f.kept.siblings, other)
	}
	f.kept.siblings[name] = found
	return found.codings
}
