package process

import (
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/trace"
)

// ErrTooManyRestarts is what ForkProcesses fails with when it gives up.
var ErrTooManyRestarts = errors.New("process: workers failed too often")

const (
	defaultMaxRestarts = 100
	defaultStopTimeout = time.Minute
)

// Options say how ForkProcesses keeps its workers. The zero value is good for
// workers that share no sockets.
type Options struct {
	// Processes is how many workers there are. Zero or less means CPUCount.
	Processes int

	// Listen are addresses, as for netutil.BindSockets, that the workers serve
	// together. The parent binds them; in a worker the first that binds the address
	// (a server's Listen does) gets the parent's socket. Give all that a worker
	// binds, since one that is missing may get the socket of another.
	Listen []string

	// Sockets are shared as well. They are for programs that bind their sockets
	// themselves, before ForkProcesses, which in a worker gives them those of the
	// parent.
	Sockets []netutil.Socket

	// MaxRestarts is how often, in all, workers are started again. Zero means 100;
	// negative means never.
	MaxRestarts int

	// StopTimeout is how long workers may take to end when they are asked to; then
	// they are killed. Zero means a minute; negative means as long as they like.
	StopTimeout time.Duration
}

// ForkProcesses runs work in several processes. Each is this program, started anew
// with the same arguments, which comes to the same call of ForkProcesses; there it
// calls work with the number of the worker and returns what work returns. So what a
// program does before runs once more in each worker, and should be little.
//
// In the parent it starts the workers and returns when all have ended: nil if all
// of them ended well, with status 0. A worker that dies, or ends with another
// status, is started again: at once if it had lived for some time, and more and
// more slowly if it fails at the start. After too many restarts the others are
// stopped and the error is ErrTooManyRestarts.
//
// The parent passes SIGTERM, SIGINT, SIGQUIT and SIGHUP on and starts nothing any
// more; SIGUSR1 and SIGUSR2 it only passes on. Workers are not in the process group
// of the terminal, so that they get each signal once. If the parent is killed its
// workers get a SIGTERM from themselves.
//
// A worker serves with one loop per CPU, unless it is told otherwise: with as many
// workers as CPUs, give each one loop.
//
// In a program that the workbench runs there is one worker, in the same process,
// since the workbench replaces the whole program at each change.
func ForkProcesses(o Options, work func(taskID int) error) error {
	switch {
	case ownErr != nil:
		return ownErr
	case own != nil:
		own.watch.Do(own.endWithParent)
		return work(own.id)
	case replacing():
		own = new(task)
		return work(own.id)
	}
	return supervise(o)
}

// replacing reports whether a supervisor of the whole program has the sockets.
func replacing() bool {
	hooks := trace.Active()
	return hooks != nil && hooks.Listen != nil
}

// endWithParent lets this process end when its parent has.
func (t *task) endWithParent() {
	if t.lifeline != nil {
		go t.awaitOrphanhood() // ends with the process
	}
}

func (t *task) awaitOrphanhood() {
	var none [1]byte
	t.lifeline.Read(none[:]) // nobody ever writes
	log.General.Error("process: the parent of worker %d is gone, so it ends", t.id)
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Signal(syscall.SIGTERM)
	}
	if err != nil {
		log.General.Error("process: worker %d cannot signal itself: %v", t.id, err)
		os.Exit(1)
	}
}
