package ssl

import (
	"io/fs"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tornado-dev/tornado/core/log"
)

// lookEvery is how often files are looked at, at most.
const lookEvery = time.Second

// A reloaded is what was made of some files, and is made again when they change.
// It may be used from any goroutine.
type reloaded[T any] struct {
	// Set at the beginning and never changed.
	files []string
	load  func() (T, error)
	now   func() time.Time

	value atomic.Pointer[T]

	mu       sync.Mutex // guards what follows; held while files are looked at
	looked   time.Time
	seen     []fs.FileInfo // of the files that value was made of
	complain string        // what was logged last; empty once it is mended
}

// read makes the value for the first time.
func (r *reloaded[T]) read() (T, error) {
	// The files are looked at first: one that changes meanwhile is found newer.
	r.seen = r.look()
	value, err := r.load()
	if err == nil {
		r.looked = r.now()
		r.value.Store(&value)
	}
	return value, err
}

// current is the value, made again if the files have changed and it was not
// looked for a second. While one goroutine looks, others get the old value.
func (r *reloaded[T]) current() T {
	if r.mu.TryLock() {
		defer r.mu.Unlock()
		if now := r.now(); now.Sub(r.looked) >= lookEvery {
			r.looked = now
			r.reload()
		}
	}
	return *r.value.Load()
}

// reload is called with r.mu held. What cannot be used is tried again at the next
// look, since it may be half written.
func (r *reloaded[T]) reload() {
	seen := r.look()
	if slices.EqualFunc(seen, r.seen, sameFile) {
		return
	}
	value, err := r.load()
	if err != nil {
		if text := err.Error(); text != r.complain {
			r.complain = text
			log.General.Error("%s; what was read before stays in use", text)
		}
		return
	}
	r.seen, r.complain = seen, ""
	r.value.Store(&value)
	log.General.Info("ssl: read %v again", r.files)
}

func (r *reloaded[T]) look() []fs.FileInfo {
	infos := make([]fs.FileInfo, len(r.files))
	for i, file := range r.files {
		infos[i], _ = os.Stat(file) // nil if it is gone
	}
	return infos
}

func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && os.SameFile(a, b)
}
