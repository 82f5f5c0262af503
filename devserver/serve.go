package devserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// ServeOptions say how to run a project in production. The zero value runs the
// project in the current directory.
type ServeOptions struct {
	Dir     string // as in Options
	Package string // as in Options

	// Addr is bound before the program starts and given to the first server in it,
	// whatever address that asks for. The socket outlives a crash of the program.
	// Empty means the sockets that systemd has passed, and if there are none, leaves
	// binding to the program.
	Addr string

	// Output is where the binary is put and stays. Empty means a temporary place.
	Output string

	BuildFlags []string // as in Options

	// Signals bring what the process is asked to do: the first SIGTERM or interrupt
	// lets the program finish what it has, the second kills it. Nil means that
	// nothing is asked.
	Signals <-chan os.Signal

	// Stdout and Stderr are the program's; messages of Serve itself go to Stderr.
	// Nil means those of this process.
	Stdout, Stderr *os.File
}

// An ExitError reports that the program ended with a status other than zero.
type ExitError struct {
	Status  int    // what the process shall end with
	Message string // empty if the program itself has said what there is to say
}

func (e *ExitError) Error() string {
	if e.Message != "" {
		return e.Message
	}
	return fmt.Sprintf("the program ended with status %d", e.Status)
}

const (
	// bootTime is how long a program has to live so that its end counts as a crash
	// and not as a failed start.
	bootTime = time.Second

	// maxBootFailures is how many starts in a row may fail.
	maxBootFailures = 3
)

// Serve builds the project without the probe and runs it until it is told to
// end. A program that crashes is started again, later and later; one that fails
// at once several times is given up. It returns nil after an orderly end, and an
// *ExitError if the program did not end with status zero.
func Serve(ctx context.Context, o ServeOptions) error {
	if !supported {
		return wire.ErrUnsupported
	}
	if o.Stdout == nil {
		o.Stdout = os.Stdout
	}
	if o.Stderr == nil {
		o.Stderr = os.Stderr
	}
	if o.Dir == "" {
		o.Dir = "."
	}
	project, err := findProject(ctx, o.Dir, o.Package)
	if err != nil {
		return err
	}
	spawner := newSpawner()
	defer spawner.close()
	v := &service{options: &o, project: project, start: spawner.start}
	// Whoever cannot listen need not wait for the build to hear of it.
	if err := v.bind(); err != nil {
		return err
	}
	defer v.unbind()
	v.say("building %s", project.pkg)
	begun := time.Now()
	if err := v.build(ctx); err != nil {
		return err
	}
	defer v.remove()
	took := time.Since(begun).Round(time.Millisecond)
	if len(v.sockets) == 0 {
		v.say("built in %v; it starts", took)
	} else {
		v.say("built in %v; it starts, and listens on %s", took, v.addresses())
	}
	return v.run(ctx)
}

// A service is one call of Serve.
type service struct {
	options *ServeOptions
	project *project
	start   func(*exec.Cmd) error
	binary  string
	dir     string // to be removed
	sockets []servedSocket
}

func (v *service) say(format string, args ...any) {
	fmt.Fprintf(v.options.Stderr, "tornado-dev: "+format+"\n", args...)
}

// build makes the binary, as anybody would with go build.
func (v *service) build(ctx context.Context) error {
	v.binary = v.options.Output
	if v.binary == "" {
		dir, err := os.MkdirTemp("", "tornado-dev-serve-")
		if err != nil {
			return fmt.Errorf("prepare the build: %w", err)
		}
		v.dir = dir
		v.binary = filepath.Join(dir, filepath.Base(v.project.mainDir)+exeSuffix)
	}
	var err error
	if v.binary, err = filepath.Abs(v.binary); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	signalled := make(chan os.Signal, 1) // one is enough to give up
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() { // ends when the build does, which waits for it
		defer close(ended)
		select {
		case s := <-v.options.Signals:
			signalled <- s
			cancel()
		case <-done:
		}
	}()
	args := append([]string{"build"}, v.options.BuildFlags...)
	err = runGo(ctx, v.start, v.project.root, append(args, "-o", v.binary, v.project.pkg))
	close(done)
	<-ended
	if err == nil {
		return nil
	}
	v.remove()
	var failed *buildError
	switch {
	case len(signalled) > 0:
		return &ExitError{Status: 1, Message: "stopped while it was built"}
	case errors.As(err, &failed):
		io.WriteString(v.options.Stderr, failed.Output)
		return errors.New("the project does not build; nothing was started")
	}
	return err
}

func (v *service) remove() {
	if v.dir != "" {
		os.RemoveAll(v.dir)
	}
}

func (v *service) bind() (err error) {
	v.sockets, err = servedSockets(v.options.Addr)
	switch {
	case err == nil:
		return nil
	case v.options.Addr != "":
		return fmt.Errorf("listen on --addr %s: %w", v.options.Addr, err)
	}
	return fmt.Errorf("take the sockets from systemd: %w", err)
}

func (v *service) unbind() {
	for _, s := range v.sockets {
		netutil.Close(s.FD)
	}
}

func (v *service) addresses() string {
	if v.options.Addr != "" {
		return v.options.Addr
	}
	var all []string
	for _, s := range v.sockets {
		all = append(all, s.Address)
	}
	return strings.Join(all, ", ")
}

// run starts the program, and starts it again when it crashes.
func (v *service) run(ctx context.Context) error {
	for failures := 0; ; {
		outcome, err := v.once(ctx)
		if err != nil {
			return err
		}
		again, delay, err := afterExit(outcome, &failures)
		if !again {
			return err
		}
		v.say("the program ended (%v) and is started again in %v", outcome.how, delay)
		select {
		case <-time.After(delay):
		case <-v.options.Signals:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// An outcome is how the program ended.
type outcome struct {
	status int // as a shell counts: 128 and the signal's number if one killed it
	how    string
	asked  bool // it was told to end
	lived  time.Duration
}

// afterExit decides what follows from the end of the program. failures counts
// the starts in a row that came to nothing.
func afterExit(o outcome, failures *int) (again bool, delay time.Duration, err error) {
	switch {
	case o.status == 0:
		return false, 0, nil
	case o.asked:
		return false, 0, &ExitError{Status: o.status}
	case o.lived >= bootTime:
		*failures = 0
		return true, 0, nil
	}
	*failures++
	if *failures >= maxBootFailures {
		return false, 0, &ExitError{Status: o.status, Message: fmt.Sprintf(
			"the program ended within %v of its start, %d times in a row (%s): see what it printed above", bootTime, *failures, o.how)}
	}
	return true, crashDelay(*failures + 1), nil
}

// once runs the program until it ends.
func (v *service) once(ctx context.Context) (outcome, error) {
	cmd := exec.Command(v.binary)
	cmd.Dir = v.project.dir
	env := []string{"PWD=" + v.project.dir}
	var sockets []string
	defer func() {
		for _, f := range cmd.ExtraFiles {
			f.Close()
		}
	}()
	for i, s := range v.sockets {
		f, err := fileOf(s.FD, s.Address)
		if err != nil {
			return outcome{}, err
		}
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
		sockets = append(sockets, fmt.Sprintf("%s=%d", s.name, 3+i))
	}
	if len(sockets) > 0 {
		env = append(env, wire.SocketsEnv+"="+strings.Join(sockets, ","))
	}
	cmd.Env = programEnv(os.Environ(), env)
	cmd.Stdout, cmd.Stderr = v.options.Stdout, v.options.Stderr
	ownGroup(cmd)
	begun := time.Now()
	if err := v.start(cmd); err != nil {
		return outcome{}, fmt.Errorf("start the program: %w", err)
	}
	ended := make(chan struct{})
	go func() { // ends with the program, which is waited for below
		cmd.Wait()
		close(ended)
	}()
	asked := v.untilEnded(ctx, cmd.Process.Pid, ended)
	signalGroup(cmd.Process.Pid, syscall.SIGKILL) // what it left behind
	state := cmd.ProcessState
	status := state.ExitCode()
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		status = 128 + int(ws.Signal())
	}
	return outcome{status, state.String(), asked, time.Since(begun)}, nil
}

// untilEnded waits for the end of the program and passes on what this process is
// told. It reports whether the program was asked to end.
func (v *service) untilEnded(ctx context.Context, pid int, ended <-chan struct{}) (asked bool) {
	cancelled := ctx.Done()
	for {
		select {
		case <-ended:
			return asked
		case <-cancelled:
			cancelled = nil
		case <-v.options.Signals:
		}
		if asked {
			signalGroup(pid, syscall.SIGKILL)
			continue
		}
		asked = true
		signalGroup(pid, syscall.SIGTERM)
	}
}
