package devserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// A program is one process of the project, from its start to its end. It belongs
// to the goroutine of Run.
type program struct {
	number  int
	pid     int
	control *wire.ControlConn
	stderr  *tail

	started time.Time
	ready   time.Time        // zero before
	keys    map[string]bool  // of the sockets it asked for
	asked   bool             // for a TCP address
	address string           // of the first socket it asked for
	timers  []*time.Timer    // that end with the program
	ending  bool             // it was told to end or to hand over
	exited  *os.ProcessState // nil while it runs

	// Why a socket could not be had. Set by the goroutine of Run before the program
	// hears of it, and read by the one that reads what the program says to that.
	refused atomic.Pointer[string]
}

// echoes reports whether line says only that a socket could not be had, which is an
// error of its own already.
func (p *program) echoes(line string) bool {
	why := p.refused.Load()
	return why != nil && strings.Contains(line, *why)
}

// How long the output of a program that has ended may come after it, from what
// it started and what outlives it.
const outputGrace = 250 * time.Millisecond

// startProgram starts binary as the program of the given number, with the
// environment env beside that of this process. What happens to the program is
// reported to on, from other goroutines; ended is the last report. They are
// counted in running.
func startProgram(number int, binary, dir string, env []string, start func(*exec.Cmd) error, store *inspector.Store, running *sync.WaitGroup, on programEvents) (*program, error) {
	var files []*os.File // of the child
	var ours []*os.File
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	fail := func(err error) (*program, error) {
		for _, f := range ours {
			f.Close()
		}
		return nil, fmt.Errorf("start the program: %w", err)
	}
	control, theirs, err := wire.ControlPair()
	if err != nil {
		return fail(err)
	}
	control.WriteTimeout = 2 * time.Second
	files = append(files, theirs)
	for range 3 { // records, stdout, stderr
		r, w, err := os.Pipe()
		if err != nil {
			control.Close()
			return fail(err)
		}
		ours, files = append(ours, r), append(files, w)
	}
	cmd := exec.Command(binary)
	cmd.Dir = dir
	cmd.Env = programEnv(os.Environ(), append(env, "PWD="+dir))
	cmd.ExtraFiles = files[:2] // descriptors 3 and 4
	cmd.Stdout, cmd.Stderr = files[2], files[3]
	ownGroup(cmd)
	begun := time.Now()
	if err := start(cmd); err != nil {
		control.Close()
		return fail(err)
	}
	p := &program{
		number: number, pid: cmd.Process.Pid, control: control, stderr: new(tail),
		started: begun, keys: make(map[string]bool),
	}
	running.Go(func() { p.watch(cmd, ours, store, on) }) // ends after the process
	return p, nil
}

// programEvents are called with what a program does.
type programEvents struct {
	message func(*wire.Control, []int)
	ended   func(*os.ProcessState)
}

// watch reads all that the process says, until it has ended.
func (p *program) watch(cmd *exec.Cmd, streams []*os.File, store *inspector.Store, on programEvents) {
	var readers, listener sync.WaitGroup
	ingest := store.NewIngest(p.number)
	readers.Go(func() {
		if err := ingest.Read(streams[0]); err != nil && !errors.Is(err, os.ErrClosed) {
			store.AddLog(inspector.Log{Build: p.number, Time: time.Now(), Level: "error", Logger: "tornado-dev",
				Message: "nothing more is known of this program's requests: " + err.Error()})
		}
	})
	for i, logger := range []string{"stdout", "stderr"} {
		readers.Go(func() {
			readLines(streams[1+i], func(line string) {
				if logger == "stderr" {
					p.stderr.add(line)
					if p.echoes(line) {
						return
					}
				}
				store.AddLog(inspector.Log{Build: p.number, Time: time.Now(), Logger: logger, Message: line})
			})
		})
	}
	listener.Go(func() {
		for {
			m, fds, err := p.control.Receive()
			if err != nil {
				return
			}
			on.message(m, fds)
		}
	})
	cmd.Wait()
	// What it started and left behind goes with it, and with that the last of those
	// who could hold the streams open, unless they left the group.
	signalGroup(p.pid, syscall.SIGKILL)
	late := time.AfterFunc(outputGrace, func() {
		for _, f := range streams {
			f.Close()
		}
	})
	readers.Wait()
	late.Stop()
	for _, f := range streams {
		f.Close()
	}
	p.control.Close()
	listener.Wait()
	on.ended(cmd.ProcessState)
}

// send tells the program something. A program that does not listen is killed; one
// that has ended is not told.
func (p *program) send(m *wire.Control, fds ...int) {
	if p == nil || p.exited != nil {
		return
	}
	if err := p.control.Send(m, fds...); err != nil {
		signalGroup(p.pid, syscall.SIGKILL)
	}
}

// after calls f unless the program has ended before.
func (p *program) after(d time.Duration, f func()) {
	p.timers = append(p.timers, time.AfterFunc(d, f))
}

// end lets the program end by itself, and kills it and what it started if that
// takes longer than grace.
func (p *program) end(grace time.Duration) {
	if p == nil || p.exited != nil {
		return
	}
	p.ending = true
	signalGroup(p.pid, syscall.SIGTERM)
	pid := p.pid
	p.after(grace, func() { signalGroup(pid, syscall.SIGKILL) })
}

// programEnv is the environment of a program: that of this process, without what
// this process itself may have inherited for its probe.
func programEnv(inherited, more []string) []string {
	var env []string
	for _, variable := range inherited {
		name, _, _ := strings.Cut(variable, "=")
		switch name {
		case wire.ProbeEnv, wire.AllowHostsEnv, wire.TokenEnv, wire.DevelopmentEnv, wire.SocketsEnv:
		default:
			env = append(env, variable)
		}
	}
	return append(env, more...)
}
