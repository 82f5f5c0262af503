package log

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// FileOptions say when a File begins anew. The zero value is by size.
type FileOptions struct {
	// MaxSize is how many bytes a file may have before it is renamed to one with
	// ".1" behind its name, that to one with ".2", and so on. Zero means 100 000 000;
	// negative means no limit. It does not count if Schedule is set.
	MaxSize int64

	// Backups is how many older files are kept. Zero means 10; negative means none:
	// the file is emptied instead.
	Backups int

	// Schedule, if it is set, is when the file is renamed to one with the date
	// behind its name.
	Schedule Schedule
}

// A File is a log file that begins anew when it is full, or every so often. Its
// methods may be called from any goroutine. It should be written by one process
// alone: give several the port in the name.
type File struct {
	path    string // absolute
	options FileOptions

	mu     sync.Mutex // guards what follows
	file   *os.File   // nil after Close
	size   int64
	period time.Time        // when what is in the file began
	end    time.Time        // when it has to begin anew; zero without a schedule
	now    func() time.Time // tests have another
}

// OpenFile opens or makes a log file; lines are added to what is in it.
func OpenFile(path string, o FileOptions) (*File, error) {
	return openFile(path, o, time.Now)
}

func openFile(path string, o FileOptions, now func() time.Time) (*File, error) {
	if o.MaxSize == 0 {
		o.MaxSize = 100_000_000
	}
	if o.Backups == 0 {
		o.Backups = 10
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	f := &File{path: absolute, options: o, now: now}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

// open is called with mu held.
func (f *File) open() error {
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("log: %w", err), file.Close())
	}
	f.file, f.size, f.period = file, info.Size(), f.now()
	if f.size > 0 {
		f.period = info.ModTime() // it may be from before the program started
	}
	f.end = f.options.Schedule.next(f.period)
	return nil
}

// Write writes a line, in a new file if that is due. If none can be made, the line
// goes to the old one; the next try is with the next line.
func (f *File) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return 0, fmt.Errorf("log: %s: %w", f.path, os.ErrClosed)
	}
	if f.isDue(len(line)) {
		if err := f.rotate(); err != nil && f.file == nil {
			return 0, err
		}
	}
	n, err := f.file.Write(line)
	f.size += int64(n)
	return n, err
}

func (f *File) isDue(more int) bool {
	if !f.end.IsZero() {
		return !f.now().Before(f.end)
	}
	return f.options.MaxSize > 0 && f.size > 0 && f.size+int64(more) > f.options.MaxSize
}

// rotate is called with mu held. The old file is closed only when there is a new
// one.
func (f *File) rotate() error {
	var err error
	switch {
	case f.options.Backups < 0:
		err = os.Truncate(f.path, 0)
	case f.end.IsZero():
		err = f.shift()
	default:
		err = f.date()
	}
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	old := f.file
	if err := f.open(); err != nil {
		return err
	}
	return old.Close()
}

// shift renames the file to .1, that to .2, and so on; the last is overwritten.
func (f *File) shift() error {
	name := func(i int) string { return fmt.Sprintf("%s.%d", f.path, i) }
	taken := 1
	for taken < f.options.Backups && exists(name(taken)) {
		taken++
	}
	for i := taken - 1; i > 0; i-- {
		if err := rename(name(i), name(i+1)); err != nil {
			return err
		}
	}
	return rename(f.path, name(1))
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// rename does nothing if somebody else has taken the file away.
func rename(from, to string) error {
	if err := os.Rename(from, to); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// date renames the file after the time it began, and removes those that are too
// old. When clocks are put back, an hour comes twice; its second file gets a number.
func (f *File) date() error {
	base := f.path + "." + f.period.Format(layouts[f.options.Schedule.unit])
	target := base
	for i := 2; exists(target); i++ {
		target = fmt.Sprintf("%s.%d", base, i)
	}
	if err := rename(f.path, target); err != nil {
		return err
	}
	dated := f.dated()
	for _, old := range dated[:max(0, len(dated)-f.options.Backups)] {
		if err := os.Remove(old); err != nil {
			return err
		}
	}
	return nil
}

// dated lists the older files of a schedule, the oldest first.
func (f *File) dated() (names []string) {
	entries, err := os.ReadDir(filepath.Dir(f.path))
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		name := filepath.Join(filepath.Dir(f.path), entry.Name())
		suffix, ok := strings.CutPrefix(name, f.path+".")
		suffix, _, _ = strings.Cut(suffix, ".")
		if _, err := time.Parse(layouts[f.options.Schedule.unit], suffix); ok && err == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Reopen opens the file by its name again, after another program has renamed it.
func (f *File) Reopen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.file
	if err := f.open(); err != nil {
		return err
	}
	if old == nil {
		return nil
	}
	return old.Close()
}

// Close closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	file := f.file
	f.file = nil
	return file.Close()
}
