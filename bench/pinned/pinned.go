//go:build linux

// Package pinned runs the programs of a comparison, each on a core of its own, and
// reads what they cost.
//
// It is for the programs of this module, which each compare something else.
package pinned

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Build builds the packages, named from this module's folder, into directory.
func Build(ctx context.Context, directory string, packages ...string) error {
	for _, name := range packages {
		build := exec.CommandContext(ctx, "go", "build", "-o", directory+"/", "./"+filepath.FromSlash(name))
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("build %s: %w", name, err)
		}
	}
	return nil
}

// Start starts a program that may run on one core only, or on all if that is
// negative: a child inherits that from the thread that starts it.
func Start(core int, program *exec.Cmd) error {
	if core < 0 {
		return program.Start()
	}
	result := make(chan error)
	go func() { // its end is the result; the thread ends with it
		runtime.LockOSThread()
		var set unix.CPUSet
		set.Set(core)
		if err := unix.SchedSetaffinity(0, &set); err != nil {
			result <- fmt.Errorf("core %d: %w", core, err)
			return
		}
		result <- program.Start()
	}()
	return <-result
}

// Output is what a program prints on that core.
func Output(core int, program *exec.Cmd) ([]byte, error) {
	var output strings.Builder
	program.Stdout, program.Stderr = &output, os.Stderr
	if err := Start(core, program); err != nil {
		return nil, err
	}
	err := program.Wait()
	return []byte(output.String()), err
}

// FreeAddress is an address on this machine that nobody listens on.
func FreeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// AwaitListening waits until somebody listens on address, or ctx ends.
func AwaitListening(ctx context.Context, address string) error {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("does not listen: %w", err)
		}
	}
}

// CPUTime is what a process has used so far, and how much of it outside of the
// kernel, to a hundredth of a second.
func CPUTime(pid int) (all, user time.Duration, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	// The name, in parentheses, may hold spaces.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	ticks := func(s string) time.Duration {
		n, _ := strconv.Atoi(s)
		return time.Duration(n) * 10 * time.Millisecond // USER_HZ is 100 everywhere
	}
	user = ticks(fields[11])
	return user + ticks(fields[12]), user, nil
}

// Median is the middle of the figures, or between the middle two.
func Median(figures []float64) float64 {
	sorted := slices.Sorted(slices.Values(figures))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}
