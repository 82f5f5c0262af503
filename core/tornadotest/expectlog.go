package tornadotest

import (
	"io"
	"regexp"
	"sync"
	"testing"

	"github.com/tornado-dev/tornado/core/log"
)

// A LogExpectation is what one test lets be logged.
type LogExpectation struct {
	mu       sync.Mutex // guards what follows
	patterns []*regexp.Regexp
	seen     []bool
	others   []log.Record
}

// ExpectLog keeps what is logged from the output until the test ends. Then the
// test fails for each of patterns (regular expressions) that no record matched,
// and for each record of level Warning or above that matched none. Since logs are
// the process's, such a test cannot run in parallel with others.
func ExpectLog(t testing.TB, patterns ...string) *LogExpectation {
	t.Helper()
	e := &LogExpectation{seen: make([]bool, len(patterns))}
	for _, pattern := range patterns {
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			t.Fatalf("tornadotest: %v", err)
		}
		e.patterns = append(e.patterns, compiled)
	}
	cancel := log.Observe(e.observe)
	previous := log.SetOutput(io.Discard)
	t.Cleanup(func() {
		log.SetOutput(previous)
		cancel()
		e.check(t)
	})
	return e
}

func (e *LogExpectation) observe(r log.Record) {
	e.mu.Lock()
	defer e.mu.Unlock()
	expected := false
	for i, pattern := range e.patterns {
		if pattern.MatchString(r.Message) {
			e.seen[i], expected = true, true
		}
	}
	if !expected && r.Level >= log.LevelWarning {
		e.others = append(e.others, r)
	}
}

func (e *LogExpectation) check(t testing.TB) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, pattern := range e.patterns {
		if !e.seen[i] {
			t.Errorf("tornadotest: nothing that was logged matches %q", pattern)
		}
	}
	for _, r := range e.others {
		t.Errorf("tornadotest: logged without being expected, %s %s: %s", r.Logger, r.Level, r.Message)
	}
}
