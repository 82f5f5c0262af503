package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/netutil"
)

// Stream, as the Stdin, Stdout or Stderr of a command for NewSubprocess, makes that
// the Subprocess's stream of the same name.
var Stream stream

type stream struct{}

var errStream = errors.New("process: Stream is for commands that NewSubprocess starts")

// Read fails: the command was started by somebody else.
func (stream) Read([]byte) (int, error) { return 0, errStream }

// Write fails: the command was started by somebody else.
func (stream) Write([]byte) (int, error) { return 0, errStream }

// An ExitError reports a process that did not end with status 0.
type ExitError struct {
	Args []string        // the command
	Code int             // its status, or minus the number of the signal that killed it
	Err  *exec.ExitError // as os/exec sees it
}

func (e *ExitError) Error() string { return fmt.Sprintf("%s: %v", strings.Join(e.Args, " "), e.Err) }

// Unwrap returns Err.
func (e *ExitError) Unwrap() error { return e.Err }

// A Subprocess is another program that runs. It belongs to a loop and is used there
// alone, but for PID and Signal. It does not have to be waited for: no zombie stays
// behind.
type Subprocess struct {
	// The streams of those that were Stream; nil otherwise. They outlive the process:
	// Stdin is the caller's to close, which is how the process sees the end of its
	// input, and so is an output that is not read to its end.
	Stdin, Stdout, Stderr *iostream.IOStream

	cmd    *exec.Cmd
	loop   *ioloop.IOLoop
	exit   concurrent.Future[exit] // settled by the goroutine that waits for the process
	onExit func(code int)          // owned by the loop
}

// An exit is how a process ended. It is no error of a future: that would be logged
// if nobody asked for it.
type exit struct {
	code int
	err  error // of Wait
}

// NewSubprocess starts cmd, which must not be started yet, and is called on the
// loop. Of cmd everything holds that package os/exec says: nil for Stdout is the
// null device, os.Stdout is ours, any io.Writer gets what is written, and a command
// with a context is killed when that ends. Wait of cmd must not be called.
//
// To start a process keeps the loop for about a millisecond. If it fails
// the error is that of cmd.Start.
func NewSubprocess(l *ioloop.IOLoop, cmd *exec.Cmd) (*Subprocess, error) {
	p := &Subprocess{cmd: cmd, loop: l}
	theirs, err := p.connect()
	if err == nil {
		err = cmd.Start()
	}
	for _, end := range theirs {
		end.Close()
	}
	if err != nil {
		p.closeStreams(err)
		return nil, err
	}
	go p.wait() // ends with the process
	return p, nil
}

// connect makes the pipes, and returns their ends for the process.
func (p *Subprocess) connect() (theirs []*os.File, err error) {
	var end *os.File
	if p.cmd.Stdin == Stream {
		if end, p.Stdin, err = p.pipe(true); err != nil {
			return theirs, err
		}
		p.cmd.Stdin, theirs = end, append(theirs, end)
	}
	if p.cmd.Stdout == Stream {
		if end, p.Stdout, err = p.pipe(false); err != nil {
			return theirs, err
		}
		p.cmd.Stdout, theirs = end, append(theirs, end)
	}
	if p.cmd.Stderr == Stream {
		if end, p.Stderr, err = p.pipe(false); err != nil {
			return theirs, err
		}
		p.cmd.Stderr, theirs = end, append(theirs, end)
	}
	return theirs, nil
}

// pipe makes a pipe for the process to read from, or to write to.
func (p *Subprocess) pipe(input bool) (theirs *os.File, ours *iostream.IOStream, err error) {
	theirs, end, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	if !input {
		theirs, end = end, theirs
	}
	if ours, err = p.stream(end); err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return theirs, ours, nil
}

// stream makes a stream of our end of a pipe.
func (p *Subprocess) stream(ours *os.File) (*iostream.IOStream, error) {
	defer ours.Close()
	fd, err := duplicate(int(ours.Fd()))
	if err != nil {
		return nil, err
	}
	s, err := iostream.NewPipe(p.loop, fd)
	if err != nil {
		netutil.Close(fd)
		return nil, err
	}
	return s, nil
}

func (p *Subprocess) closeStreams(err error) {
	for _, s := range []*iostream.IOStream{p.Stdin, p.Stdout, p.Stderr} {
		if s != nil {
			s.Close(err)
		}
	}
}

// PID is the number of the process. It may be called from any goroutine.
func (p *Subprocess) PID() int { return p.cmd.Process.Pid }

// Signal sends a signal to the process; os.Kill ends it for certain. If the process
// has ended the error is os.ErrProcessDone. It may be called from any goroutine.
func (p *Subprocess) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// SetExitCallback lets f be called on the loop when the process has ended, with its
// status, or minus the number of the signal that killed it. There is one callback:
// the one that was set last.
func (p *Subprocess) SetExitCallback(f func(code int)) {
	first := p.onExit == nil
	p.onExit = f
	if !first {
		return
	}
	ioloop.AddFuture(p.loop, &p.exit, func(f *concurrent.Future[exit]) {
		end, _ := f.Result()
		p.onExit(end.code)
	})
}

// WaitForExit returns a future of the status with which the process ends, or minus
// the number of the signal that kills it. With raiseError it fails with an
// *ExitError if that is not 0. What was written to the process, or by it, has its
// own time.
func (p *Subprocess) WaitForExit(raiseError bool) *concurrent.Future[int] {
	result := new(concurrent.Future[int])
	p.exit.AddDoneCallback(func(f *concurrent.Future[exit]) {
		end, _ := f.Result()
		if _, ended := end.err.(*ExitError); ended && !raiseError {
			end.err = nil
		}
		result.TrySet(end.code, end.err)
	})
	return result
}

func (p *Subprocess) wait() {
	err := p.cmd.Wait()
	code := exitCode(p.cmd.ProcessState)
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = &ExitError{p.cmd.Args, code, failed}
	}
	p.exit.SetResult(exit{code, err})
}

// exitCode is the status of a process that has ended, or minus the number of the
// signal that killed it.
func exitCode(state *os.ProcessState) int {
	if state == nil {
		return -1 // the system does not tell, to who ignores SIGCHLD for one
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return -int(status.Signal())
	}
	return state.ExitCode()
}
