package log

import (
	"context"
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
var standard = newSink(os.Stderr)

// A sink prints records, and shows them to observers and to other handlers.
type sink struct {
	level     slog.LevelVar
	observers atomic.Pointer[[]*func(Record)] // a new slice for each change
	handlers  atomic.Pointer[[]slog.Handler]  // likewise

	mu     sync.Mutex // guards what follows, and orders the lines
	format Formatter
	main   output // of SetOutput
	others []*output
	line   []byte // room for the next line
}

// An output is where lines go.
type output struct {
	given  io.Writer // as the program gave it
	writer io.Writer // the same, made such that it does not hold the program up
	colour bool
}

func newOutput(w io.Writer) output {
	switch w.(type) {
	case *os.File, *File:
		return output{w, newBounded(w), isTerminal(w)}
	}
	return output{w, w, false}
}

func newSink(out io.Writer) *sink {
	s := &sink{main: newOutput(out), format: AppendLine}
	s.level.Set(LevelWarning)
	s.observers.Store(new([]*func(Record)))
	s.handlers.Store(new([]slog.Handler))
	return s
}

func (s *sink) setOutput(w io.Writer) (previous io.Writer) {
	next := newOutput(w)
	s.mu.Lock()
	defer s.mu.Unlock()
	previous, s.main = s.main.given, next
	return previous
}

func (s *sink) addOutput(w io.Writer) (remove func()) {
	o := newOutput(w)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.others = append(s.others, &o)
	return func() {
		s.mu.Lock()
		s.others = slices.DeleteFunc(slices.Clone(s.others), func(p *output) bool { return p == &o })
		s.mu.Unlock()
		o.flush(lastPatience)
	}
}

// flush waits until what was printed has arrived, but not for long.
func (o *output) flush(patience time.Duration) {
	if b, ok := o.writer.(*bounded); ok {
		b.flush(patience)
	}
}

func (s *sink) setFormatter(f Formatter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.format = f
}

func (s *sink) observe(f *func(Record)) {
	change(s, &s.observers, func(list []*func(Record)) []*func(Record) { return append(list, f) })
}

func (s *sink) forget(f *func(Record)) {
	change(s, &s.observers, func(list []*func(Record)) []*func(Record) {
		return slices.DeleteFunc(list, func(g *func(Record)) bool { return g == f })
	})
}

func change[T any](s *sink, where *atomic.Pointer[[]T], edit func([]T) []T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := edit(slices.Clone(*where.Load()))
	where.Store(&list)
}

func (s *sink) enabled(level Level) bool {
	if level >= s.level.Level() || len(*s.observers.Load()) > 0 {
		return true
	}
	return slices.ContainsFunc(*s.handlers.Load(), func(h slog.Handler) bool { return h.Enabled(context.Background(), level) })
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
	s.print(&s.main, r)
	for _, o := range s.others {
		s.print(o, r)
	}
	if cap(s.line) > 64<<10 {
		s.line = nil
	}
}

func (s *sink) print(o *output, r Record) {
	s.line = s.format(s.line[:0], r, o.colour)
	_, _ = o.writer.Write(s.line) // where could one complain?
}

// flush waits until all outputs have what was printed, but not for long.
func (s *sink) flush(patience time.Duration) {
	s.mu.Lock()
	outputs := append([]*output{new(s.main)}, s.others...)
	s.mu.Unlock()
	for _, o := range outputs {
		o.flush(patience)
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
