// Package leak lets the tests of a package fail when they leave something behind.
//
//	func TestMain(m *testing.M) { leak.Main(m) }
//
// It is for tests alone.
package leak

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience is how long goroutines and descriptors may take to go away after the
// last test.
const patience = 5 * time.Second

// Main runs the tests and exits. It fails if goroutines run or descriptors are
// open afterwards that were not there before. Descriptors are looked at where the
// system lists them in /proc.
func Main(m *testing.M) {
	before := Descriptors()
	code := m.Run()
	if code == 0 {
		if left := Since(before, patience); left != "" {
			fmt.Fprintf(os.Stderr, "leak: the tests left this behind:\n%s", left)
			code = 1
		}
	}
	os.Exit(code)
}

// Since returns what is left over, as text: goroutines other than the caller's,
// and descriptors that are not in before. It is empty as soon as nothing is left;
// after patience it is whatever there still is.
func Since(before []string, patience time.Duration) (left string) {
	// A goroutine is still there for a moment after it has told that it ends, and
	// nothing says when it has; so this asks again.
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(patience); ; <-again.C {
		left = goroutines() + descriptorsSince(before)
		if left == "" || time.Now().After(deadline) {
			return left
		}
	}
}

// expected are functions in whose goroutines no test left anything: the one that
// asks, and those of the standard library that never end.
var expected = []string{"leak.goroutines(", "testing.(*M).", "testing.tRunner(", "os/signal.loop(", "runtime/pprof.profileWriter("}

func goroutines() string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var left strings.Builder
	for one := range strings.SplitSeq(string(stacks), "\n\n") {
		if !slices.ContainsFunc(expected, func(name string) bool { return strings.Contains(one, name) }) {
			left.WriteString(strings.TrimSpace(one) + "\n\n")
		}
	}
	return left.String()
}

// Descriptors lists what is open, each as its number and what it leads to; nil
// where the system does not tell.
func Descriptors() (open []string) {
	// Go's own poller opens descriptors at its first use and keeps them.
	if r, w, err := os.Pipe(); err == nil {
		r.Close()
		w.Close()
	}
	const directory = "/proc/self/fd"
	entries, err := os.ReadDir(directory)
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		// The one by which the directory was read is gone already.
		if target, err := os.Readlink(filepath.Join(directory, entry.Name())); err == nil {
			open = append(open, entry.Name()+" "+target)
		}
	}
	return open
}

func descriptorsSince(before []string) string {
	if before == nil {
		return ""
	}
	var left strings.Builder
	for _, one := range Descriptors() {
		if !slices.Contains(before, one) {
			fmt.Fprintf(&left, "descriptor %s\n", one)
		}
	}
	return left.String()
}
