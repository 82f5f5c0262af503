package log

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func writeLine(t *testing.T, f *File, line string) {
	t.Helper()
	if n, err := f.Write([]byte(line)); n != len(line) || err != nil {
		t.Fatalf("%q: got %d, %v", line, n, err)
	}
}

// contents gives what is in the files of a directory, by name.
func contents(t *testing.T, directory string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, entry := range entries {
		all[entry.Name()] = read(t, filepath.Join(directory, entry.Name()))
	}
	return all
}

func openTestFile(t *testing.T, o FileOptions, now func() time.Time) (f *File, directory string) {
	t.Helper()
	directory = t.TempDir()
	f, err := openFile(filepath.Join(directory, "log"), o, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, directory
}

func TestFileBySize(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    FileOptions
		want map[string]string
	}{
		{"two backups", FileOptions{MaxSize: 4, Backups: 2}, map[string]string{"log": "6", "log.1": "2345", "log.2": "long line"}},
		{"no backups", FileOptions{MaxSize: 4, Backups: -1}, map[string]string{"log": "6"}},
		{"no limit", FileOptions{MaxSize: -1}, map[string]string{"log": "1long line23456"}},
		{"usual limit", FileOptions{}, map[string]string{"log": "1long line23456"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, directory := openTestFile(t, tt.o, time.Now)
			for _, line := range []string{"1", "long line", "23", "45", "6"} {
				writeLine(t, f, line)
			}
			got := contents(t, directory)
			if !maps.Equal(got, tt.want) {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestFileBySchedule(t *testing.T) {
	schedule, err := NewSchedule("h", 1)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 10, 50, 0, 0, time.UTC)
	f, directory := openTestFile(t, FileOptions{Schedule: schedule, Backups: 2}, func() time.Time { return now })
	if err := os.WriteFile(filepath.Join(directory, "log.other"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		writeLine(t, f, fmt.Sprint(i))
		now = now.Add(59 * time.Minute)
		writeLine(t, f, "x")
		now = now.Add(time.Minute)
	}
	want := map[string]string{"log": "4x", "log.2026-03-02_12": "2x", "log.2026-03-02_13": "3x", "log.other": ""}
	if got := contents(t, directory); !maps.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestFileOfAnHourThatComesTwice(t *testing.T) {
	schedule, err := NewSchedule("H", 1)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	f, directory := openTestFile(t, FileOptions{Schedule: schedule}, func() time.Time { return now })
	writeLine(t, f, "1")
	now = now.Add(time.Hour)
	writeLine(t, f, "2")
	f.period, f.end = f.period.Add(-time.Hour), now
	writeLine(t, f, "3")
	want := map[string]string{"log.2026-03-02_10": "1", "log.2026-03-02_10.2": "2", "log": "3"}
	if got := contents(t, directory); !maps.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

// Another program may take the file away at any time.
func TestFileThatIsGone(t *testing.T) {
	f, directory := openTestFile(t, FileOptions{MaxSize: 2}, time.Now)
	writeLine(t, f, "12")
	if err := os.Remove(filepath.Join(directory, "log")); err != nil {
		t.Fatal(err)
	}
	writeLine(t, f, "34")
	if got, want := contents(t, directory), map[string]string{"log": "34"}; !maps.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

// What is in a file before it is opened stays, and counts.
func TestFileIsAddedTo(t *testing.T) {
	f, directory := openTestFile(t, FileOptions{MaxSize: 4}, time.Now)
	writeLine(t, f, "12")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v; want %v", err, os.ErrClosed)
	}
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	writeLine(t, f, "34")
	writeLine(t, f, "5")
	if got, want := contents(t, directory), map[string]string{"log": "5", "log.1": "1234"}; !maps.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestReopen(t *testing.T) {
	f, directory := openTestFile(t, FileOptions{}, time.Now)
	writeLine(t, f, "1")
	if err := os.Rename(filepath.Join(directory, "log"), filepath.Join(directory, "moved")); err != nil {
		t.Fatal(err)
	}
	writeLine(t, f, "2")
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	writeLine(t, f, "3")
	if got, want := contents(t, directory), map[string]string{"log": "3", "moved": "12"}; !maps.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

// A file that cannot be renamed goes on being written.
func TestFailedRotation(t *testing.T) {
	f, directory := openTestFile(t, FileOptions{MaxSize: 2, Backups: 1}, time.Now)
	if err := os.MkdirAll(filepath.Join(directory, "log.1", "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	writeLine(t, f, "12")
	writeLine(t, f, "34")
	if got := read(t, filepath.Join(directory, "log")); got != "1234" {
		t.Errorf("got %q; want 1234", got)
	}
}

func TestSchedule(t *testing.T) {
	monday := time.Date(2026, 3, 2, 10, 50, 30, 0, time.UTC)
	for _, tt := range []struct {
		when     string
		interval int
		want     string
	}{
		{"S", 30, "2026-03-02 10:51:00"},
		{"m", 5, "2026-03-02 10:55:30"},
		{"H", 24, "2026-03-03 10:50:30"},
		{"D", 2, "2026-03-04 10:50:30"},
		{"midnight", 1, "2026-03-03 00:00:00"},
		{"midnight", 30, "2026-04-01 00:00:00"},
		{"W0", 1, "2026-03-09 00:00:00"},
		{"W1", 1, "2026-03-03 00:00:00"},
		{"w6", 2, "2026-03-15 00:00:00"},
		{"W7", 1, ""},
		{"", 1, ""},
		{"Y", 1, ""},
		{"D", 0, ""},
		{"D", 1 << 30, ""},
	} {
		schedule, err := NewSchedule(tt.when, tt.interval)
		if (err != nil) != (tt.want == "") {
			t.Errorf("%s %d: got %v", tt.when, tt.interval, err)
		}
		if err != nil {
			continue
		}
		if got := schedule.next(monday).Format(time.DateTime); got != tt.want {
			t.Errorf("%s %d: got %s; want %s", tt.when, tt.interval, got, tt.want)
		}
	}
}
