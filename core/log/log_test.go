package log

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tornado-dev/tornado/core/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// capture collects what is printed during a test, at the given level.
func capture(t *testing.T, level Level) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	previous, previousLevel := SetOutput(&b), standard.level.Level()
	SetLevel(level)
	t.Cleanup(func() {
		SetOutput(previous)
		SetLevel(previousLevel)
	})
	return &b
}

func TestLine(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		name   string
		record Record
		colour bool
		want   string
	}{
		{"plain", Record{Level: LevelWarning, File: "/src/a.go", Line: 7, Message: "m"}, false, "[W 260102 03:04:05 a.go:7] m\n"},
		{"no place", Record{Level: LevelInfo, Message: "m"}, false, "[I 260102 03:04:05] m\n"},
		{"debug", Record{Level: LevelDebug, Message: "m"}, false, "[D 260102 03:04:05] m\n"},
		{"error", Record{Level: LevelError, Message: "m"}, false, "[E 260102 03:04:05] m\n"},
		{"critical", Record{Level: LevelCritical, Message: "m"}, false, "[C 260102 03:04:05] m\n"},
		{"between levels", Record{Level: LevelInfo + 1, Message: "m"}, false, "[I 260102 03:04:05] m\n"},
		{"colour", Record{Level: LevelError, Message: "m"}, true, "\x1b[31m[E 260102 03:04:05]\x1b[0m m\n"},
		{"continuation", Record{Level: LevelError, Message: "a\n[E 260102 03:04:05] forged\nb"}, false,
			"[E 260102 03:04:05] a\n    [E 260102 03:04:05] forged\n    b\n"},
		{"line feed at the end", Record{Level: LevelError, Message: "a\n"}, false, "[E 260102 03:04:05] a\n"},
		{"control characters", Record{Level: LevelError, Message: "\x00\x1b[31m\r\x7f\t."}, false,
			"[E 260102 03:04:05] \\x00\\x1b[31m\\x0d\\x7f\t.\n"},
		{"C1 as rune and as octet", Record{Level: LevelError, Message: "\u009b\x9b"}, false, "[E 260102 03:04:05] \\x9b\\x9b\n"},
		{"bidi", Record{Level: LevelError, Message: "a\u202eb\u2066"}, false, "[E 260102 03:04:05] a\\u202eb\\u2066\n"},
		{"not UTF-8", Record{Level: LevelError, Message: "\xff\xe4"}, false, "[E 260102 03:04:05] \\xff\\xe4\n"},
		{"other scripts", Record{Level: LevelError, Message: "é中\U0001f600"}, false, "[E 260102 03:04:05] é中\U0001f600\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.record.Time = at
			if got := string(AppendLine(nil, tt.record, tt.colour)); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

// Whatever a client makes the program log, a terminal shows it as text, and only
// a record begins a line.
func FuzzLine(f *testing.F) {
	for _, seed := range []string{"a\n[E 260102 03:04:05] forged", "\x1b]52;c;x\x07", "\u009b31m\x9b", "\u202e\u2028\ufeff", "\xff\n\n", "\r"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, message string) {
		line := string(AppendLine(nil, Record{Level: LevelError, Message: message}, false))
		text, ok := strings.CutSuffix(line, "\n")
		if !ok || !utf8.ValidString(text) {
			t.Fatalf("%q became %q", message, line)
		}
		for i, part := range strings.Split(text, "\n") {
			if i > 0 && !strings.HasPrefix(part, "    ") {
				t.Fatalf("%q: the line %q is not indented", message, part)
			}
		}
		for _, r := range text {
			if r != '\n' && r != '\t' && !strconv.IsGraphic(r) {
				t.Fatalf("%q: %q holds %U", message, line, r)
			}
		}
	})
}

func TestLevels(t *testing.T) {
	for _, tt := range []struct {
		level Level
		want  string
	}{
		{LevelDebug, "DIWEC"},
		{LevelInfo, "IWEC"},
		{LevelWarning, "WEC"},
		{LevelError, "EC"},
		{LevelCritical, "C"},
		{LevelNone, ""},
	} {
		t.Run(tt.level.String(), func(t *testing.T) {
			b := capture(t, tt.level)
			General.Debug("x")
			General.Info("x")
			General.Warning("x")
			General.Error("x")
			General.Critical("x")
			got := ""
			for line := range strings.Lines(b.String()) {
				got += line[1:2]
			}
			if got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestDefaultLevelIsWarning(t *testing.T) {
	s := newSink(&bytes.Buffer{})
	if s.enabled(LevelInfo) || !s.enabled(LevelWarning) {
		t.Errorf("info %v, warning %v; want false, true", s.enabled(LevelInfo), s.enabled(LevelWarning))
	}
}

// Each way to write a record must name the line that called it.
func TestPlace(t *testing.T) {
	b := capture(t, LevelDebug)
	exit = func(int) {}
	t.Cleanup(func() { exit = os.Exit })
	for name, write := range map[string]func(){
		"Debug":    func() { General.Debug("%d", 1) },
		"Info":     func() { General.Info("%d", 1) },
		"Warning":  func() { General.Warning("%d", 1) },
		"Error":    func() { General.Error("%d", 1) },
		"Critical": func() { General.Critical("%d", 1) },
		"Log":      func() { General.Log(LevelError, "%d", 1) },
		"With":     func() { General.With("a", 1).Error("%d", 1) },
		"Print":    func() { Print(1) },
		"Printf":   func() { Printf("%d", 1) },
		"Println":  func() { Println(1) },
		"Fatal":    func() { Fatal(1) },
		"Fatalf":   func() { Fatalf("%d", 1) },
		"slog":     func() { General.Slog().Error("1") },
		"Handler":  func() { slog.New(Handler()).Error("1") },
	} {
		t.Run(name, func(t *testing.T) {
			b.Reset()
			write()
			if !regexp.MustCompile(`^\[. \d{6} \d\d:\d\d:\d\d log_test\.go:\d+\] 1`).MatchString(b.String()) {
				t.Errorf("got %q", b.String())
			}
		})
	}
}

func TestMessages(t *testing.T) {
	for _, tt := range []struct {
		name  string
		write func()
		want  string
	}{
		{"arguments", func() { General.Error("%s-%d", "a", 1) }, "a-1"},
		{"attributes", func() { General.With("a", 1, "b", "x y", "c", "").Error("m") }, `m a=1 b="x y" c=""`},
		{"request is not printed", func() { General.WithRequest(7).With("a", 1).Error("m") }, "m a=1"},
		{"request of another kind is", func() { General.With("request", "r").Error("m") }, "m request=r"},
		{"group", func() { General.Slog().WithGroup("g").With("a", 1).Error("m", "b", 2) }, "m g.a=1 g.b=2"},
		{"group as attribute", func() { General.Slog().Error("m", slog.Group("g", "a", 1, slog.Group("", "b", 2))) }, "m g.a=1 g.b=2"},
		{"empty group and attribute", func() { General.Slog().WithGroup("").Error("m", slog.Attr{}) }, "m"},
		{"value that resolves", func() { General.Slog().Error("m", "a", resolver{}) }, "m a=resolved"},
		{"print", func() { Print("a", 1, 2, "b") }, "a1 2b"},
		{"println", func() { Println("a", 1) }, "a 1"},
		{"printf", func() { Printf("%q", "a") }, `"a"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := capture(t, LevelDebug)
			tt.write()
			_, got, _ := strings.Cut(strings.TrimSuffix(b.String(), "\n"), "] ")
			if got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

type resolver struct{}

func (resolver) LogValue() slog.Value { return slog.StringValue("resolved") }

func TestFatal(t *testing.T) {
	var noError error
	for _, tt := range []struct {
		name   string
		args   []any
		status int
		want   string
	}{
		{"nil error", []any{noError}, 0, ""},
		{"error", []any{errors.New("port taken")}, 1, "port taken"},
		{"several", []any{"a", nil}, 1, "a<nil>"},
		{"nothing", nil, 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := capture(t, LevelWarning)
			status := -1
			exit = func(code int) { status = code }
			t.Cleanup(func() { exit = os.Exit })
			Fatal(tt.args...)
			_, message, printed := strings.Cut(strings.TrimSuffix(b.String(), "\n"), "] ")
			if status != tt.status || message != tt.want || printed != (tt.status == 1) {
				t.Errorf("got %d, %q; want %d, %q", status, b.String(), tt.status, tt.want)
			}
		})
	}
}

func TestObserve(t *testing.T) {
	b := capture(t, LevelError)
	var got []Record
	cancel := Observe(func(r Record) { got = append(got, r) })
	other := 0
	cancelOther := Observe(func(Record) { other++ })
	Access.WithRequest(42).With("k", "v").Debug("seen\x1b")
	_, file, line, _ := runtime.Caller(0)
	cancel()
	cancel()
	Access.Debug("not seen")
	cancelOther()
	Access.Debug("by nobody")

	if len(got) != 1 || other != 2 {
		t.Fatalf("got %d and %d records; want 1 and 2", len(got), other)
	}
	got[0].Time = time.Time{}
	want := Record{Level: LevelDebug, Logger: "tornado.access", Message: "seen\x1b k=v", Request: 42, File: file, Line: line - 1}
	if got[0] != want {
		t.Errorf("got %+v; want %+v", got[0], want)
	}
	if b.Len() > 0 {
		t.Errorf("an observed record was printed: %q", b)
	}
	if Access.Enabled(LevelDebug) {
		t.Error("Enabled(LevelDebug) without an observer")
	}
}

// Lines of several goroutines must not mix, nor the observers' list be read while
// it is changed; the race detector has its say.
func TestConcurrentUse(t *testing.T) {
	b := capture(t, LevelInfo)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				cancel := Observe(func(Record) {})
				General.With("a", "b").Info("one\ntwo")
				cancel()
			}
		})
	}
	wg.Wait()
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 800 {
		t.Fatalf("got %d lines; want 800", len(lines))
	}
	for i := 0; i < len(lines); i += 2 {
		if !strings.HasSuffix(lines[i], "] one") || lines[i+1] != "    two a=b" {
			t.Fatalf("got %q, %q", lines[i], lines[i+1])
		}
	}
}

func TestNoColourInFiles(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if isTerminal(f) || isTerminal(&bytes.Buffer{}) {
		t.Error("a file or a buffer counts as a terminal")
	}
}

func TestNotEnabledCostsNothing(t *testing.T) {
	capture(t, LevelWarning)
	if n := testing.AllocsPerRun(100, func() { Access.Info("nothing") }); n > 0 {
		t.Errorf("got %v allocations; want 0", n)
	}
}

func Example() {
	General.With("attempt", 3).Debug("not printed: the level is LevelWarning")
	SetLevel(LevelDebug)
	defer SetLevel(LevelWarning)
	cancel := Observe(func(r Record) { os.Stdout.WriteString(r.Logger + ": " + r.Message + "\n") })
	defer cancel()
	SetOutput(&bytes.Buffer{})
	defer SetOutput(os.Stderr)
	General.With("attempt", 3).Warning("no answer from %s", "example.com")
	// Output: tornado.general: no answer from example.com attempt=3
}
