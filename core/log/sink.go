package log

import (
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Record is what an observer sees.
type Record struct {
	Time    time.Time
	Level   Level
	Logger  string // "tornado.access"; empty for slog's and for Print
	Message string // with the attributes, as printed, but with nothing escaped
	Request uint64 // of WithRequest
	File    string // absolute; empty if it is not known
	Line    int
}

// Observe calls f with each record of every level, whether it is printed or not,
// until cancel is called; a call that is under way then may still end after it. f
// runs on the goroutine that logs: it must not wait, and must not log.
func Observe(f func(Record)) (cancel func()) {
	standard.observe(&f)
	return func() { standard.forget(&f) }
}

// standard is where everything goes.
var standard = newSink(os.Stderr, isTerminal(os.Stderr))

// A sink prints records, and shows them to observers.
type sink struct {
	level     slog.LevelVar
	observers atomic.Pointer[[]*func(Record)] // a new slice for each change

	mu     sync.Mutex // guards what follows, and orders the lines
	out    io.Writer
	colour bool
	line   []byte // room for the next line
}

func newSink(out io.Writer, colour bool) *sink {
	s := &sink{out: out, colour: colour}
	s.level.Set(LevelWarning)
	s.observers.Store(new([]*func(Record)))
	return s
}

func (s *sink) setOutput(w io.Writer, colour bool) (previous io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	previous, s.out, s.colour = s.out, w, colour
	return previous
}

func (s *sink) observe(f *func(Record)) {
	s.change(func(list []*func(Record)) []*func(Record) { return append(list, f) })
}

func (s *sink) forget(f *func(Record)) {
	s.change(func(list []*func(Record)) []*func(Record) {
		return slices.DeleteFunc(list, func(g *func(Record)) bool { return g == f })
	})
}

func (s *sink) change(edit func([]*func(Record)) []*func(Record)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := edit(slices.Clone(*s.observers.Load()))
	s.observers.Store(&list)
}

func (s *sink) enabled(level Level) bool {
	return level >= s.level.Level() || len(*s.observers.Load()) > 0
}

// put shows a record to the observers, and prints it if its level is high enough.
func (s *sink) put(r Record) {
	for _, f := range *s.observers.Load() {
		(*f)(r)
	}
	if r.Level < s.level.Level() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line = appendLine(s.line[:0], r, s.colour)
	_, _ = s.out.Write(s.line) // where could one complain?
	if cap(s.line) > 64<<10 {
		s.line = nil
	}
}

// isTerminal reports whether colours make sense on w.
func isTerminal(w io.Writer) bool {
	if os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}
