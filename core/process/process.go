// Package process starts other processes: workers that share the listening sockets
// of a server, and programs whose input and output are streams on a loop.
//
//   - ForkProcesses: several workers of this program, started again when they fail
//   - TaskID: which of them this one is
//   - CPUCount: how many it takes to keep the machine busy
//   - Subprocess: another program
//
// # Which to use
//
// One process with a loop per CPU, which is what a server is by default, uses the
// whole machine. Workers cost more memory and share nothing but sockets; what they
// give is that one may crash, or eat up its memory, while the others serve on.
//
// A goroutine that runs a program and waits needs nothing of this: os/exec does it.
// A Subprocess is for code on a loop.
//
// Workers are for Unix systems. Elsewhere ForkProcesses, and a Subprocess with
// streams, fail with an error that says so.
package process

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// cpus is read before a group of loops asks for one more.
var cpus = runtime.GOMAXPROCS(0)

// CPUCount is how many CPUs this process may use at once: those of the machine, or
// as many as its affinity, its control group or GOMAXPROCS leave it.
func CPUCount() int { return cpus }

// taskVariable tells a worker what it is: its number, and the descriptor of a pipe
// that ends with its parent, with a colon between.
const taskVariable = "TORNADO_TASK"

// A task is what a worker was told.
type task struct {
	id       int
	lifeline *os.File // ends with the parent; nil if there is none
	watch    sync.Once
}

// own is nil in a process that is no worker. It is read before anything else can
// start a process that would believe to be the same worker.
var own, ownErr = takeTask()

// TaskID returns the number of this worker, from zero; ok is false in a process
// that ForkProcesses has not started. A worker that is started again has the number
// of the one that failed.
func TaskID() (id int, ok bool) {
	if own == nil {
		return 0, false
	}
	return own.id, true
}

func takeTask() (*task, error) {
	value := os.Getenv(taskVariable)
	if value == "" {
		return nil, nil
	}
	os.Unsetenv(taskVariable)
	number, descriptor, _ := strings.Cut(value, ":")
	id, err := strconv.ParseUint(number, 10, 31)
	fd, fdErr := strconv.ParseUint(descriptor, 10, 31)
	if err != nil || fdErr != nil {
		return nil, fmt.Errorf("process: %s=%q is not of the form NUMBER:DESCRIPTOR", taskVariable, value)
	}
	lifeline, err := adopt(int(fd), "lifeline")
	if err != nil {
		return nil, fmt.Errorf("process: %s=%q: %w", taskVariable, value, err)
	}
	return &task{id: int(id), lifeline: lifeline}, nil
}
