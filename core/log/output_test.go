package log

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A stuck writer does not return until it is told to.
type stuck struct {
	release chan struct{}
	bytes.Buffer
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.release
	return s.Buffer.Write(p)
}

// A pipe that nobody reads must hold the program up for no more than 50 ms in a
// second, and the lines that were lost must be counted.
func TestStuckOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &stuck{release: make(chan struct{})}
		b := newBounded(w)
		line := []byte(strings.Repeat("x", 1023) + "\n")
		began := time.Now()
		for range 2000 {
			if n, err := b.Write(line); n != len(line) || err != nil {
				t.Fatalf("got %d, %v", n, err)
			}
		}
		if took := time.Since(began); took != writePatience {
			t.Errorf("took %v; want %v", took, writePatience)
		}
		began = time.Now()
		b.flush(time.Minute)
		if took := time.Since(began); took != time.Minute {
			t.Errorf("flush took %v; want a minute", took)
		}
		close(w.release)
		b.flush(time.Minute)
		full := maxWaiting/len(line) + 1 // and the line that is being written
		lines := strings.Split(w.String(), "\n")
		if len(lines) != full+2 || !strings.HasSuffix(lines[full], "log: the output was too slow for 975 records after this") {
			t.Errorf("got %d lines, the last %q; want %d", len(lines), lines[len(lines)-2], full+2)
		}
	})
}

func TestBoundedWritesBeforeItReturns(t *testing.T) {
	var written bytes.Buffer
	b := newBounded(&written)
	b.patience, b.renewed = time.Hour, time.Now().Add(time.Hour) // a busy machine may be slow
	for range 100 {
		before := written.Len()
		if _, err := b.Write([]byte("line\n")); err != nil || written.Len() != before+5 {
			t.Fatalf("%d bytes, %v; want %d", written.Len(), err, before+5)
		}
	}
	b.flush(time.Minute)
}

func TestAddOutput(t *testing.T) {
	first := capture(t, LevelInfo)
	var second bytes.Buffer
	remove := AddOutput(&second)
	General.Info("both")
	remove()
	remove()
	General.Info("one")
	if !strings.HasSuffix(second.String(), "] both\n") || strings.Count(first.String(), "\n") != 2 {
		t.Errorf("got %q and %q", first, &second)
	}
}

func TestSetFormatter(t *testing.T) {
	b := capture(t, LevelInfo)
	SetFormatter(func(b []byte, r Record, _ bool) []byte {
		return append(AppendEscaped(append(b, r.Logger+": "...), r.Message), '\n')
	})
	t.Cleanup(func() { SetFormatter(AppendLine) })
	General.Info("a\x1b")
	if got := b.String(); got != "tornado.general: a\\x1b\n" {
		t.Errorf("got %q", got)
	}
}

func TestAddHandler(t *testing.T) {
	printed := capture(t, LevelError)
	var b bytes.Buffer
	remove := AddHandler(slog.NewTextHandler(&b, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	if !General.Enabled(LevelDebug) {
		t.Error("not enabled")
	}
	General.With("a", 1).Slog().WithGroup("g").With("b", 2).Debug("m", "c", 3)
	slog.New(Handler()).Info("n")
	remove()
	remove()
	General.Debug("no more")
	const want = "level=DEBUG msg=m logger=tornado.general a=1 g.b=2 g.c=3\nlevel=INFO msg=n\n"
	if b.String() != want || printed.Len() > 0 {
		t.Errorf("got %q and %q; want %q and nothing", &b, printed, want)
	}
	if General.Enabled(LevelDebug) {
		t.Error("still enabled")
	}
}

func TestAddedHandlersLevel(t *testing.T) {
	capture(t, LevelDebug)
	handled := 0
	defer AddHandler(countingHandler{&handled})()
	General.Info("below")
	General.Error("above")
	if handled != 1 {
		t.Errorf("got %d records; want 1", handled)
	}
}

type countingHandler struct{ n *int }

func (countingHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= LevelError }
func (h countingHandler) Handle(context.Context, slog.Record) error      { *h.n++; return nil }
func (h countingHandler) WithAttrs([]slog.Attr) slog.Handler             { return h }
func (h countingHandler) WithGroup(string) slog.Handler                  { return h }

func TestEnablePrettyLogging(t *testing.T) {
	level := standard.level.Level()
	previous := SetOutput(io.Discard)
	t.Cleanup(func() {
		if err := EnablePrettyLogging(PrettyLogging{Level: level}); err != nil {
			t.Error(err)
		}
		SetOutput(previous)
	})
	directory := t.TempDir()
	first, second := filepath.Join(directory, "first"), filepath.Join(directory, "second")
	for _, file := range []string{first, second} {
		if err := EnablePrettyLogging(PrettyLogging{File: file, NoStderr: true}); err != nil {
			t.Fatal(err)
		}
		General.Info("to %s", filepath.Base(file))
		General.Debug("not printed")
	}
	if err := EnablePrettyLogging(PrettyLogging{File: filepath.Join(directory, "none", "x")}); err == nil {
		t.Error("no error for a file in a directory that is not there")
	}
	General.Info("still")
	standard.flush(time.Minute)
	for file, want := range map[string][]string{first: {"to first"}, second: {"to second", "still"}} {
		var got []string
		for line := range strings.Lines(read(t, file)) {
			_, message, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "] ")
			got = append(got, message)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q; want %q", file, got, want)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
