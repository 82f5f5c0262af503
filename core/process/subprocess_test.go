//go:build unix

package process

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
)

// onLoop starts a loop that ends with the test.
func onLoop(t *testing.T) *ioloop.IOLoop {
	t.Helper()
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- l.Start() }() // the cleanup waits for it
	t.Cleanup(func() {
		l.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		l.Close()
	})
	return l
}

// call runs f on the loop and waits for its future.
func call[T any](t *testing.T, l *ioloop.IOLoop, f func() *concurrent.Future[T]) (T, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return ioloop.Call(l, f).Wait(ctx)
}

func start(t *testing.T, l *ioloop.IOLoop, cmd *exec.Cmd) *Subprocess {
	t.Helper()
	p, err := call(t, l, func() *concurrent.Future[*Subprocess] {
		f := new(concurrent.Future[*Subprocess])
		f.TrySet(NewSubprocess(l, cmd))
		return f
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStreams(t *testing.T) {
	l := onLoop(t)
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `read line; echo "out $line"; echo "err $line" >&2; cat`)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = Stream, Stream, Stream
	p := start(t, l, cmd)
	out, err := call(t, l, func() *concurrent.Future[[]byte] {
		p.Stdin.Write([]byte("hello\n"))
		return p.Stdout.ReadUntil([]byte("\n"), 0)
	})
	if string(out) != "out hello\n" || err != nil {
		t.Errorf("Stdout: got %q, %v", out, err)
	}
	rest, err := call(t, l, func() *concurrent.Future[[]byte] {
		p.Stdin.Write([]byte("more"))
		p.Stdin.CloseWhenWritten(false)
		return p.Stdout.ReadUntilClose()
	})
	if string(rest) != "more" || err != nil {
		t.Errorf("Stdout: got %q, %v; want what cat was given", rest, err)
	}
	complaint, err := call(t, l, func() *concurrent.Future[[]byte] { return p.Stderr.ReadUntilClose() })
	if string(complaint) != "err hello\n" || err != nil {
		t.Errorf("Stderr: got %q, %v", complaint, err)
	}
	if code, err := call(t, l, func() *concurrent.Future[int] { return p.WaitForExit(true) }); code != 0 || err != nil {
		t.Errorf("it ended with %d, %v", code, err)
	}
}

// A megabyte goes through, and a process that ends does not take its output along.
func TestManyBytes(t *testing.T) {
	l := onLoop(t)
	cmd := exec.CommandContext(t.Context(), "cat")
	cmd.Stdin, cmd.Stdout = Stream, Stream
	p := start(t, l, cmd)
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	got, err := call(t, l, func() *concurrent.Future[[]byte] {
		p.Stdin.Write(want)
		p.Stdin.CloseWhenWritten(false)
		return p.Stdout.ReadUntilClose()
	})
	if !bytes.Equal(got, want) || err != nil {
		t.Errorf("got %d bytes, %v; want %d", len(got), err, len(want))
	}
}

func TestExit(t *testing.T) {
	for _, tt := range []struct {
		script string
		code   int
		text   string // of the error
	}{
		{"exit 0", 0, ""},
		{"exit 3", 3, "sh -c exit 3: exit status 3"},
		{"kill -TERM $$", -15, "sh -c kill -TERM $$: signal: terminated"},
		{"kill -KILL $$", -9, "sh -c kill -KILL $$: signal: killed"},
	} {
		t.Run(tt.script, func(t *testing.T) {
			l := onLoop(t)
			p := start(t, l, exec.CommandContext(t.Context(), "sh", "-c", tt.script))
			code, err := call(t, l, func() *concurrent.Future[int] { return p.WaitForExit(true) })
			if code != tt.code || text(err) != tt.text {
				t.Errorf("got %d, %q; want %d, %q", code, text(err), tt.code, tt.text)
			}
			var own *ExitError
			var theirs *exec.ExitError
			if err != nil && (!errors.As(err, &own) || own.Code != tt.code || !errors.As(err, &theirs)) {
				t.Errorf("the error is %#v", err)
			}
			if code, err := call(t, l, func() *concurrent.Future[int] { return p.WaitForExit(false) }); code != tt.code || err != nil {
				t.Errorf("without raiseError: got %d, %v", code, err)
			}
			code, _ = call(t, l, func() *concurrent.Future[int] {
				f := new(concurrent.Future[int])
				p.SetExitCallback(func(int) { t.Error("a callback was called that is not the last one") })
				p.SetExitCallback(f.SetResult)
				return f
			})
			if code != tt.code {
				t.Errorf("the callback got %d", code)
			}
			if err := p.Signal(os.Kill); err != os.ErrProcessDone {
				t.Errorf("a signal to a process that ended: got %v", err)
			}
			if err := syscall.Kill(p.PID(), 0); err != syscall.ESRCH {
				t.Errorf("is there a zombie? %v", err)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestSignal(t *testing.T) {
	l := onLoop(t)
	cmd := exec.CommandContext(t.Context(), "cat")
	cmd.Stdin = Stream // which never ends
	p := start(t, l, cmd)
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code, err := call(t, l, func() *concurrent.Future[int] { return p.WaitForExit(false) }); code != -15 || err != nil {
		t.Errorf("got %d, %v", code, err)
	}
	call(t, l, func() *concurrent.Future[bool] { p.Stdin.Close(nil); return concurrent.Resolved(true) })
}

// What is no Stream is as package os/exec has it.
func TestFilesAndWriters(t *testing.T) {
	l := onLoop(t)
	path := filepath.Join(t.TempDir(), "out")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var complaints bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "cat; echo out; echo err >&2")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("in "), file, &complaints
	p := start(t, l, cmd)
	if p.Stdin != nil || p.Stdout != nil || p.Stderr != nil {
		t.Error("there are streams that nobody asked for")
	}
	if _, err := call(t, l, func() *concurrent.Future[int] { return p.WaitForExit(true) }); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(path); string(got) != "in out\n" || err != nil {
		t.Errorf("the file got %q, %v", got, err)
	}
	if got := complaints.String(); got != "err\n" {
		t.Errorf("the buffer got %q", got)
	}
}

func TestNotFound(t *testing.T) {
	l := onLoop(t)
	_, err := call(t, l, func() *concurrent.Future[*Subprocess] {
		cmd := exec.CommandContext(t.Context(), filepath.Join(t.TempDir(), "missing"))
		cmd.Stdin, cmd.Stdout, cmd.Stderr = Stream, Stream, Stream
		f := new(concurrent.Future[*Subprocess])
		f.TrySet(NewSubprocess(l, cmd))
		return f
	})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v; want that there is no such file", err)
	}
}

// Stream means nothing to those who start a command by themselves.
func TestStreamElsewhere(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "echo")
	cmd.Stdout = Stream
	if err := cmd.Run(); !errors.Is(err, errStream) {
		t.Errorf("got %v", err)
	}
	cmd = exec.CommandContext(t.Context(), "cat")
	cmd.Stdin = Stream
	if err := cmd.Run(); !errors.Is(err, errStream) {
		t.Errorf("got %v", err)
	}
}

// A process has those descriptors of ours that package os/exec gives it, and not
// those of another process's streams.
func TestDescriptorsOfTheProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux lists descriptors where a shell finds them")
	}
	list := func() *exec.Cmd {
		return exec.CommandContext(t.Context(), "sh", "-c", "read line; echo /proc/self/fd/*")
	}
	usual := list()
	usual.Stdin, usual.Stderr = strings.NewReader("\n"), new(bytes.Buffer)
	want, err := usual.Output()
	if err != nil {
		t.Fatal(err)
	}
	l := onLoop(t)
	var processes []*Subprocess
	for range 2 {
		cmd := list()
		cmd.Stdin, cmd.Stdout, cmd.Stderr = Stream, Stream, Stream
		processes = append(processes, start(t, l, cmd))
	}
	for _, p := range processes {
		got, err := call(t, l, func() *concurrent.Future[[]byte] {
			p.Stdin.Write([]byte("\n"))
			p.Stdin.CloseWhenWritten(false)
			return p.Stdout.ReadUntilClose()
		})
		if string(got) != string(want) || err != nil {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
		call(t, l, func() *concurrent.Future[bool] { p.Stderr.Close(nil); return concurrent.Resolved(true) })
		if _, err := call(t, l, func() *concurrent.Future[int] { return p.WaitForExit(true) }); err != nil {
			t.Error(err)
		}
	}
}
