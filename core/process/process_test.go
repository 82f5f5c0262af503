package process

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/internal/leak"
)

// programVariable names a program, of those in programs, that the test binary is
// in place of tests.
const programVariable = "TEST_PROCESS_PROGRAM"

var programs = map[string]func() error{}

func TestMain(m *testing.M) {
	program := programs[os.Getenv(programVariable)]
	if program == nil {
		leak.Main(m)
	}
	if err := program(); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Exit(0)
}

func TestCPUCount(t *testing.T) {
	if got := CPUCount(); got < 1 {
		t.Errorf("got %d", got)
	}
}

func TestNoTask(t *testing.T) {
	if id, ok := TaskID(); ok || id != 0 {
		t.Errorf("got %d, %v; want none, since this is no worker", id, ok)
	}
}

func TestTakeTaskMalformed(t *testing.T) {
	for _, value := range []string{"x", "1", "1:", ":3", "-1:3", "1:-3", "1:3:4", "1:99999"} {
		t.Setenv(taskVariable, value)
		if got, err := takeTask(); err == nil || !strings.Contains(err.Error(), taskVariable) {
			t.Errorf("%q: got %v, %v; want an error that names the variable", value, got, err)
		}
		if _, left := os.LookupEnv(taskVariable); left {
			t.Errorf("%q: processes that we start would believe it, too", value)
		}
	}
}

func TestRestartDelay(t *testing.T) {
	for _, tt := range []struct {
		failures int
		want     time.Duration
	}{
		{1, 0}, {2, 100 * time.Millisecond}, {3, 200 * time.Millisecond}, {4, 400 * time.Millisecond},
		{8, 6400 * time.Millisecond}, {9, 10 * time.Second}, {1000, 10 * time.Second},
	} {
		if got := restartDelay(tt.failures); got != tt.want {
			t.Errorf("after %d failures: got %v; want %v", tt.failures, got, tt.want)
		}
	}
}
