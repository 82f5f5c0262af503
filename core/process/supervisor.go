package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/netutil"
)

// A supervisor keeps the workers in the parent.
type supervisor struct {
	// Set by newSupervisor and never changed.
	options  Options
	bound    []netutil.Socket // those of Options.Listen
	files    []*os.File       // inherited by each worker: the sockets, then the lifeline
	lifeline *os.File         // its other end, which only we have
	env      []string
	stopped  chan struct{} // closed when nothing is started any more

	mu       sync.Mutex          // guards what follows
	running  map[int]*os.Process // by number of the worker
	restarts int
	stopping bool
	asked    []os.Signal // to end
	killer   *time.Timer // ends who does not end when asked
	failures []error     // why we fail
}

// supervise is ForkProcesses in the parent.
func supervise(o Options) error {
	s, err := newSupervisor(o)
	if s != nil {
		defer s.close()
	}
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 16) // more at once than a person sends
	signal.Notify(signals, heeded()...)
	defer signal.Stop(signals)
	var workers sync.WaitGroup
	for id := range s.options.Processes {
		workers.Go(func() { s.keep(id) })
	}
	ended := make(chan struct{})
	go func() { // the loop below waits for it
		workers.Wait()
		close(ended)
	}()
	for {
		select {
		case sig := <-signals:
			s.forward(sig)
		case <-ended:
			return errors.Join(s.failures...)
		}
	}
}

// heeded are the signals that are passed on; SIGHUP is not if whoever started us
// wants it to be ignored, as nohup does.
func heeded() []os.Signal {
	return slices.DeleteFunc(slices.Concat(stopSignals, otherSignals), func(s os.Signal) bool {
		return s == syscall.SIGHUP && signal.Ignored(s)
	})
}

// newSupervisor must be closed even if it fails, unless it is nil.
func newSupervisor(o Options) (*supervisor, error) {
	if !supported {
		return nil, errUnsupported
	}
	if o.Processes <= 0 {
		o.Processes = CPUCount()
	}
	if o.MaxRestarts == 0 {
		o.MaxRestarts = defaultMaxRestarts
	}
	if o.StopTimeout == 0 {
		o.StopTimeout = defaultStopTimeout
	}
	s := &supervisor{options: o, stopped: make(chan struct{}), running: map[int]*os.Process{}}
	for _, address := range o.Listen {
		sockets, err := netutil.BindSockets(address)
		if err != nil {
			return s, err
		}
		s.bound = append(s.bound, sockets...)
	}
	return s, s.share(slices.Concat(s.bound, o.Sockets))
}

// share makes the files that workers inherit, and tells in their environment which
// is which.
func (s *supervisor) share(sockets []netutil.Socket) error {
	var names []string
	for i, socket := range sockets {
		file, err := fileOf(socket.FD, socket.Address)
		if err != nil {
			return fmt.Errorf("process: share %s: %w", socket.Address, err)
		}
		s.files = append(s.files, file)
		name := strings.ReplaceAll(socket.Address, ",", "_") // commas separate them
		names = append(names, fmt.Sprintf("%s=%d", name, firstInherited+i))
	}
	theirs, ours, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("process: %w", err)
	}
	s.lifeline, s.files = ours, append(s.files, theirs)
	s.env = os.Environ()
	if len(names) > 0 {
		s.env = append(s.env, socketsVariable+"="+strings.Join(names, ","))
	}
	return nil
}

// socketsVariable tells netutil.BindSockets, in a worker, what that has inherited.
const socketsVariable = "TORNADO_SOCKETS"

// firstInherited is the first descriptor after standard input, output and error.
const firstInherited = 3

func (s *supervisor) close() {
	netutil.CloseSockets(s.bound)
	for _, file := range s.files {
		file.Close()
	}
	if s.lifeline != nil {
		s.lifeline.Close()
	}
	if s.killer != nil {
		s.killer.Stop()
	}
}

// keep runs one worker until it ends well, or nothing is started any more.
func (s *supervisor) keep(id int) {
	for failures := 0; ; {
		begun := time.Now()
		err := s.run(id)
		if err == nil {
			return
		}
		if time.Since(begun) >= settledTime {
			failures = 0
		}
		failures++
		if !s.mayRestart(id, err, restartDelay(failures)) {
			return
		}
		select {
		case <-time.After(restartDelay(failures)):
		case <-s.stopped:
			return
		}
	}
}

// settledTime is how long a worker lives that did not fail at the start.
const settledTime = 10 * time.Second

// restartDelay is how long to wait when a worker has failed so often in a row.
func restartDelay(failures int) time.Duration {
	const first, longest = 100 * time.Millisecond, 10 * time.Second
	if failures <= 1 {
		return 0
	}
	return min(first<<min(failures-2, 16), longest)
}

// run starts a worker and waits for its end.
func (s *supervisor) run(id int) error {
	cmd, err := s.start(id)
	if err != nil {
		return err
	}
	err = cmd.Wait()
	s.mu.Lock()
	delete(s.running, id)
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("process %d: %w", cmd.Process.Pid, err)
	}
	return nil
}

var errStopping = errors.New("process: workers are being stopped")

func (s *supervisor) start(id int) (*exec.Cmd, error) {
	path, err := thisProgram()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path)
	cmd.Args = os.Args
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.ExtraFiles = s.files
	cmd.Env = append(slices.Clip(s.env), fmt.Sprintf("%s=%d:%d", taskVariable, id, firstInherited+len(s.files)-1))
	ownGroup(cmd)
	// Under the lock, so that it is either told to stop or not started.
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return nil, errStopping
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s.running[id] = cmd.Process
	return cmd, nil
}

// thisProgram is where to find it. On Linux that is the very one that runs, even if
// another was put in its place: workers of different versions would be a surprise.
func thisProgram() (string, error) {
	const own = "/proc/self/exe"
	if runtime.GOOS == "linux" {
		if _, err := os.Stat(own); err == nil {
			return own, nil
		}
	}
	return os.Executable()
}

// mayRestart decides, and says, what follows from the failure of a worker.
func (s *supervisor) mayRestart(id int, failure error, delay time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		if failure != errStopping && !s.wasAsked(failure) {
			s.failures = append(s.failures, fmt.Errorf("process: worker %d: %w", id, failure))
		}
		return false
	}
	if s.restarts >= s.options.MaxRestarts {
		s.failures = append(s.failures, fmt.Errorf("%w: %d restarts; last, worker %d: %w", ErrTooManyRestarts, s.restarts, id, failure))
		s.stop(syscall.SIGTERM)
		return false
	}
	s.restarts++
	log.General.Error("process: worker %d: %v; it is started again in %v", id, failure, delay)
	return true
}

// wasAsked reports whether a worker died of a signal that we passed on to end it.
func (s *supervisor) wasAsked(failure error) bool {
	var exit *exec.ExitError
	if !errors.As(failure, &exit) {
		return false
	}
	code := exitCode(exit.ProcessState)
	return slices.ContainsFunc(s.asked, func(sig os.Signal) bool {
		number, ok := sig.(syscall.Signal)
		return ok && code == -int(number)
	})
}

// forward passes a signal on.
func (s *supervisor) forward(sig os.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(stopSignals, sig) {
		s.stop(sig)
		return
	}
	s.signal(sig)
}

// stop asks the workers to end, with mu held.
func (s *supervisor) stop(sig os.Signal) {
	if !s.stopping {
		s.stopping = true
		close(s.stopped)
		if s.options.StopTimeout > 0 {
			s.killer = time.AfterFunc(s.options.StopTimeout, s.kill)
		}
	}
	s.asked = append(s.asked, sig)
	s.signal(sig)
}

// kill ends the workers that did not when they were asked.
func (s *supervisor) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.running {
		log.General.Error("process: worker %d did not end within %v, and is killed", id, s.options.StopTimeout)
	}
	s.signal(os.Kill)
}

// signal tells every worker, with mu held.
func (s *supervisor) signal(sig os.Signal) {
	for id, worker := range s.running {
		if err := worker.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
			log.General.Error("process: signal %v to worker %d: %v", sig, id, err)
		}
	}
}
