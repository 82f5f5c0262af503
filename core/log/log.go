// Package log writes what a program and the framework have to say, over log/slog.
//
// Everything in it may be called from any goroutine.
//
//   - Access, Application, General: the three loggers of the framework
//   - SetLevel, SetOutput, AddOutput, SetFormatter: what is printed, where and how
//   - EnablePrettyLogging: the same from settings, as a program's options give them
//   - File: a file that begins anew when it is full, or every so often
//   - Print, Printf, Println, Fatal: conveniences for programs
//   - Observe: sees every record, printed or not
//   - Handler: the same output for users of slog; AddHandler: the other way
//
// Nobody waits for the log without bound. Lines for a terminal, a pipe or a file
// are usually written before the call returns. If one cannot be written within 50
// ms, because the other end of a pipe does not read, the program goes on, and up to
// a mebibyte of lines waits; what comes beyond that is counted, and the number
// printed when there is room again.
package log

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"time"
)

// A Level is how much a record matters.
type Level = slog.Level

// The levels, in Tornado's words. Records below the one of SetLevel are not
// printed.
const (
	LevelDebug    Level = slog.LevelDebug
	LevelInfo     Level = slog.LevelInfo
	LevelWarning  Level = slog.LevelWarn
	LevelError    Level = slog.LevelError
	LevelCritical Level = slog.LevelError + 4
	LevelNone     Level = slog.LevelError + 1000 // for SetLevel: nothing is printed
)

// The loggers of the framework.
var (
	Access      = NewLogger("tornado.access")      // one record for each answer
	Application = NewLogger("tornado.application") // what is wrong in the program's code
	General     = NewLogger("tornado.general")     // what the framework itself complains of
)

// A Logger writes records under one name. Its methods format as fmt.Sprintf does;
// the record's place in the source is the line that calls them.
type Logger struct{ slog *slog.Logger }

// NewLogger returns a logger that writes where all others write.
func NewLogger(name string) *Logger {
	return &Logger{slog.New(&handler{sink: standard, logger: name})}
}

// Debug, Info, Warning, Error and Critical write a record of their level.
func (l *Logger) Debug(format string, args ...any)    { l.log(LevelDebug, format, args...) }
func (l *Logger) Info(format string, args ...any)     { l.log(LevelInfo, format, args...) }
func (l *Logger) Warning(format string, args ...any)  { l.log(LevelWarning, format, args...) }
func (l *Logger) Error(format string, args ...any)    { l.log(LevelError, format, args...) }
func (l *Logger) Critical(format string, args ...any) { l.log(LevelCritical, format, args...) }

// Log writes a record of a level that is known only when the program runs.
func (l *Logger) Log(level Level, format string, args ...any) { l.log(level, format, args...) }

// Enabled reports whether somebody wants records of that level: the output, or an
// observer. Ask it where making up the message costs something.
func (l *Logger) Enabled(level Level) bool { return l.slog.Enabled(context.Background(), level) }

// With returns a logger that adds attributes to each record, keys and values in
// turn as in slog. They are printed behind the message.
func (l *Logger) With(args ...any) *Logger { return &Logger{l.slog.With(args...)} }

// WithRequest returns a logger whose records belong to the request of that number.
func (l *Logger) WithRequest(id uint64) *Logger { return l.With(RequestKey, id) }

// Slog returns the logger for code that speaks slog.
func (l *Logger) Slog() *slog.Logger { return l.slog }

// log is called by exported methods only, so that the caller is two functions up.
func (l *Logger) log(level Level, format string, args ...any) {
	if !l.Enabled(level) {
		return
	}
	l.write(level, fmt.Sprintf(format, args...), 3)
}

// write hands a record on; its place is skip functions up, this one counted.
func (l *Logger) write(level Level, message string, skip int) {
	var pcs [1]uintptr
	runtime.Callers(skip+1, pcs[:])
	record := slog.NewRecord(time.Now(), level, message, pcs[0])
	_ = l.slog.Handler().Handle(context.Background(), record) // nobody is there to be told
}

// SetLevel sets the level from which on records are printed. It is LevelWarning in
// the beginning.
func SetLevel(level Level) { standard.level.Set(level) }

// SetOutput sets where records are printed, os.Stderr in the beginning, and
// returns where they were printed before; io.Discard for nowhere. Prefixes are
// coloured if w is a terminal and the environment does not say NO_COLOR. Lines are
// written one at a time. Only an *os.File is kept from holding the program up;
// another writer should not wait.
func SetOutput(w io.Writer) (previous io.Writer) { return standard.setOutput(w) }

// AddOutput has records printed on w too, until remove is called, which waits up to
// two seconds for what is still to be written.
func AddOutput(w io.Writer) (remove func()) { return standard.addOutput(w) }

// A Formatter appends a record to b as it is to be printed, with its line feed. It
// must not log. What it prints of Message it should put through AppendEscaped.
type Formatter func(b []byte, r Record, colour bool) []byte

// SetFormatter sets how records are printed. It is AppendLine in the beginning.
func SetFormatter(f Formatter) { standard.setFormatter(f) }

// Handler returns a slog.Handler that writes as the loggers here do. An attribute
// RequestKey at the top is not printed: it says to which request a record belongs.
func Handler() slog.Handler { return &handler{sink: standard} }

// AddHandler has h handle all records too that it is enabled for, whatever the
// level of SetLevel, until remove is called. They have an attribute "logger". For
// nothing but, say, JSON on standard error, set the output to io.Discard and add a
// slog.NewJSONHandler. h runs on the goroutine that logs and must not log here.
func AddHandler(h slog.Handler) (remove func()) {
	entry := &addedHandler{h}
	change(standard, &standard.handlers, func(list []slog.Handler) []slog.Handler { return append(list, entry) })
	return func() {
		change(standard, &standard.handlers, func(list []slog.Handler) []slog.Handler {
			return slices.DeleteFunc(list, func(other slog.Handler) bool { return other == slog.Handler(entry) })
		})
	}
}

// addedHandler gives a handler an identity.
type addedHandler struct{ slog.Handler }
