package devserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// overlayName is the file that a build sees in package main and that exists
// nowhere in the project.
const overlayName = "zz_tornado_dev_probe.go"

const overlaySource = `package main

import _ "github.com/tornado-dev/tornado/inspector/probe"
`

// maxBuildOutput bounds what is kept of what go build prints, in bytes.
const maxBuildOutput = 1 << 20

// A builder builds a project with the probe in it. What it makes is in a
// directory of its own, which others cannot read.
type builder struct {
	project *project
	flags   []string // further flags of go build
	dir     string
	overlay string // file that go build reads
	start   func(*exec.Cmd) error
}

// newBuilder makes the directory and the overlay. remove takes them away again.
func newBuilder(p *project, flags []string, start func(*exec.Cmd) error) (*builder, error) {
	removeLeftovers(os.TempDir())
	dir, err := os.MkdirTemp("", buildDirPattern) // of mode 0700
	if err != nil {
		return nil, fmt.Errorf("prepare the build: %w", err)
	}
	b := &builder{project: p, flags: flags, dir: dir, overlay: filepath.Join(dir, "overlay.json"), start: start}
	source := filepath.Join(dir, overlayName)
	overlay, err := json.Marshal(map[string]map[string]string{
		"Replace": {filepath.Join(p.mainDir, overlayName): source},
	})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, ownerFile), []byte(strconv.Itoa(os.Getpid())), 0o600)
	}
	if err == nil {
		err = os.WriteFile(source, []byte(overlaySource), 0o600)
	}
	if err == nil {
		err = os.WriteFile(b.overlay, overlay, 0o600)
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("prepare the build: %w", err)
	}
	return b, nil
}

// The directory of a builder, and the file in it that holds the process it
// belongs to.
const (
	buildDirPattern = "tornado-dev-build-*"
	ownerFile       = "pid"
)

// removeLeftovers removes the directories of builders whose process was killed
// and could not.
func removeLeftovers(temp string) {
	dirs, err := filepath.Glob(filepath.Join(temp, buildDirPattern))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		owner, err := os.ReadFile(filepath.Join(dir, ownerFile))
		if err != nil {
			continue // somebody else's, or being made
		}
		if pid, err := strconv.Atoi(string(owner)); err == nil && pid > 0 && !processLives(pid) {
			os.RemoveAll(dir)
		}
	}
}

func (b *builder) remove() { os.RemoveAll(b.dir) }

// binary is where the program of a build is. Its file is named after the project,
// so that ps shows something one recognises.
func (b *builder) binary(number int) string {
	return filepath.Join(b.dir, strconv.Itoa(number), filepath.Base(b.project.mainDir)+exeSuffix)
}

// discard deletes the binaries of all builds but those.
func (b *builder) discard(kept map[int]bool) {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if number, err := strconv.Atoi(entry.Name()); err == nil && !kept[number] {
			os.RemoveAll(filepath.Join(b.dir, entry.Name()))
		}
	}
}

// args are the arguments of the go command for a build.
func (b *builder) args(output string) []string {
	args := []string{
		"build",
		"-overlay=" + b.overlay,
		"-buildvcs=false",
		// Without symbols and debug information a build takes a third less; stacks keep
		// their files and lines.
		"-ldflags=-s -w",
	}
	args = append(args, b.flags...)
	return append(args, "-o", output, b.project.pkg)
}

// A buildError reports that go build ran and did not succeed.
type buildError struct {
	Output string // what it printed
	Err    error
}

func (e *buildError) Error() string { return "go build: " + e.Err.Error() }
func (e *buildError) Unwrap() error { return e.Err }

// build makes the binary of a build. When ctx ends the whole build is killed.
// If the sources are at fault the error is a *buildError.
func (b *builder) build(ctx context.Context, number int) (time.Duration, error) {
	begun := time.Now()
	output := b.binary(number)
	if err := os.MkdirAll(filepath.Dir(output), 0o700); err != nil {
		return 0, fmt.Errorf("build: %w", err)
	}
	err := runGo(ctx, b.start, b.project.root, b.args(output))
	return time.Since(begun), err
}

// runGo runs the go command in a process group of its own.
func runGo(ctx context.Context, start func(*exec.Cmd) error, dir string, args []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	out := &boundedBuffer{limit: maxBuildOutput}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = time.Second // for what go build left behind with our pipe
	ownGroup(cmd)
	if err := start(cmd); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return errors.New("the go command is not in PATH; tornado-dev builds with it (https://go.dev/dl)")
		}
		return fmt.Errorf("go build: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { signalGroup(cmd.Process.Pid, syscall.SIGKILL) })
	err := cmd.Wait()
	stop()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return &buildError{Output: out.String(), Err: err}
	}
	return nil
}

// A boundedBuffer keeps the first limit bytes that are written to it.
type boundedBuffer struct {
	bytes.Buffer
	limit int
}

func (b *boundedBuffer) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), max(b.limit-b.Len(), 0))])
	return len(p), nil
}
