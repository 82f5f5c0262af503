package devserver

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// pollInterval is how often files are looked at when the system does not tell.
const pollInterval = 300 * time.Millisecond

// A watcher tells which files may have changed below some directories. It does
// not look into files, follows no symbolic link, and keeps out of directories
// that ignoredDir names.
type watcher struct {
	// Set by newWatcher and never changed.
	paths  chan string // absolute; "" means that anything may have changed
	notice func(text string)
	done   chan struct{}
	ended  sync.WaitGroup

	mu      sync.Mutex // guards what follows
	fs      *fsnotify.Watcher
	roots   []string
	watched map[string]bool // directories
	stamps  map[string]stamp
	polling bool
	closed  bool
}

// A stamp is what polling compares.
type stamp struct {
	size     int64
	modified time.Time
}

// newWatcher starts a watcher without a directory. It polls if poll is set, or
// when the system cannot watch as many directories; notice is told so.
func newWatcher(poll bool, notice func(text string)) *watcher {
	w := &watcher{
		paths:   make(chan string, 256), // when it is full the watcher waits, and the system queues
		notice:  notice,
		done:    make(chan struct{}),
		watched: make(map[string]bool),
	}
	if poll {
		w.poll("")
		return w
	}
	fsw, err := fsnotify.NewWatcher()
	if err != nil {
		w.poll(err.Error())
		return w
	}
	w.fs = fsw
	w.ended.Go(func() { w.run(fsw) }) // ends when fsw is closed
	return w
}

// Add watches dir and what is below it.
func (w *watcher) Add(dir string) error {
	if info, err := os.Stat(dir); err != nil {
		return fmt.Errorf("watch %s: %w", dir, err)
	} else if !info.IsDir() {
		return fmt.Errorf("watch %s: not a directory", dir)
	}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil
	}
	for _, root := range w.roots {
		if within(root, dir) && w.watched[dir] {
			w.mu.Unlock()
			return nil
		}
	}
	w.roots = append(w.roots, dir)
	if w.polling {
		w.scan(dir, w.stamps)
	}
	fsw := w.fs
	w.mu.Unlock()
	if fsw != nil {
		w.addBelow(fsw, dir, false)
	}
	return nil
}

// Close ends the watcher.
func (w *watcher) Close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.done)
		if w.fs != nil {
			w.fs.Close()
		}
	}
	w.mu.Unlock()
	w.ended.Wait()
}

// send passes path on, unless the watcher has ended.
func (w *watcher) send(path string) {
	select {
	case w.paths <- path:
	case <-w.done:
	}
}

func (w *watcher) run(fsw *fsnotify.Watcher) {
	for {
		select {
		case e, ok := <-fsw.Events:
			if !ok {
				return
			}
			w.happened(fsw, e)
		case err, ok := <-fsw.Errors:
			if !ok {
				return
			}
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				w.rescan(fsw)
			}
		}
	}
}

func (w *watcher) happened(fsw *fsnotify.Watcher, e fsnotify.Event) {
	if e.Op&^fsnotify.Chmod == 0 {
		return // neither content nor name
	}
	if e.Has(fsnotify.Create) {
		if info, err := os.Lstat(e.Name); err == nil && info.IsDir() {
			if !ignoredDir(info.Name()) {
				w.addBelow(fsw, e.Name, true)
			}
			return
		}
	}
	if e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename) {
		if w.dropBelow(fsw, e.Name) {
			w.send("")
			return
		}
	}
	w.send(e.Name)
}

// dropBelow stops watching dir and what is below it, and reports whether it was
// watched. After a rename the system would go on to tell under the old names.
func (w *watcher) dropBelow(fsw *fsnotify.Watcher, dir string) bool {
	w.mu.Lock()
	var dropped []string
	if w.watched[dir] {
		for path := range w.watched {
			if within(dir, path) {
				dropped = append(dropped, path)
				delete(w.watched, path)
			}
		}
	}
	w.mu.Unlock()
	for _, path := range dropped {
		fsw.Remove(path)
	}
	return len(dropped) > 0
}

// addBelow watches dir and the directories below it, and tells of the files that
// are there already if they are new.
func (w *watcher) addBelow(fsw *fsnotify.Watcher, dir string, isNew bool) {
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // vanished, or not ours to read
		}
		if !entry.IsDir() {
			if isNew {
				w.send(path)
			}
			return nil
		}
		if path != dir && ignoredDir(entry.Name()) {
			return fs.SkipDir
		}
		// Watch before the directory is read, so that nothing falls in between.
		if err := fsw.Add(path); err != nil {
			if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) {
				return err
			}
			return nil
		}
		w.mu.Lock()
		w.watched[path] = true
		w.mu.Unlock()
		return nil
	})
	if err != nil {
		w.poll(err.Error())
	}
}

// rescan is for when the system lost count: new directories may have gone unseen.
func (w *watcher) rescan(fsw *fsnotify.Watcher) {
	w.mu.Lock()
	roots := append([]string(nil), w.roots...)
	w.mu.Unlock()
	for _, root := range roots {
		w.addBelow(fsw, root, true)
	}
	w.send("")
}

// poll begins to look at the files from time to time. Watching may go on beside
// it: what is told twice does no harm.
func (w *watcher) poll(reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.polling || w.closed {
		return
	}
	w.polling = true
	w.stamps = make(map[string]stamp)
	for _, root := range w.roots {
		w.scan(root, w.stamps)
	}
	w.ended.Go(w.look) // ends when done is closed
	if reason != "" && w.notice != nil {
		w.notice(fmt.Sprintf("cannot watch all directories (%s): looking at the files every %v instead; on Linux raise fs.inotify.max_user_watches", reason, pollInterval))
	}
}

func (w *watcher) look() {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		select {
		case <-w.done:
			return
		case <-ticker.C:
			for _, path := range w.differences() {
				w.send(path)
			}
		}
	}
}

// differences scans all files and returns those that are new, other or gone.
func (w *watcher) differences() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := make(map[string]stamp, len(w.stamps))
	for _, root := range w.roots {
		w.scan(root, now)
	}
	var paths []string
	for path, s := range now {
		if old, ok := w.stamps[path]; !ok || old.size != s.size || !old.modified.Equal(s.modified) {
			paths = append(paths, path)
		}
	}
	for path := range w.stamps {
		if _, ok := now[path]; !ok {
			paths = append(paths, path)
		}
	}
	w.stamps = now
	return paths
}

// scan notes the stamps of the files below dir.
func (w *watcher) scan(dir string, stamps map[string]stamp) {
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if entry.IsDir() {
			if path != dir && ignoredDir(entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			stamps[path] = stamp{info.Size(), info.ModTime()}
		}
		return nil
	})
}
