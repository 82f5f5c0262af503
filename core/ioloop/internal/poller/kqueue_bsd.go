//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poller

import (
	"math"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// New returns the system's poller.
func New() (Poller, error) {
	fd, err := unix.Kqueue()
	if err != nil {
		return nil, os.NewSyscallError("kqueue", err)
	}
	// A child made by fork has no kqueue, but one that is started otherwise may.
	unix.CloseOnExec(fd)
	s := &systemQueue{fd: fd, buf: make([]unix.Kevent_t, 128)}
	if err := s.waker.open(fd); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return newKqueue(s), nil
}

// A systemQueue is a kqueue descriptor. wait blocks in kevent: the runtime's own
// poller refuses a kqueue, so that a loop that waits keeps a thread.
type systemQueue struct {
	fd    int
	waker waker
	buf   []unix.Kevent_t
}

func (s *systemQueue) add(fd int, f filter) error {
	return s.change(fd, f, unix.EV_ADD)
}

func (s *systemQueue) remove(fd int, f filter) error {
	return s.change(fd, f, unix.EV_DELETE)
}

// change makes one change. kevent without room for events returns at once, and
// tells a failure as its own.
func (s *systemQueue) change(fd int, f filter, flags int) error {
	var k unix.Kevent_t
	switch f {
	case readable:
		unix.SetKevent(&k, fd, unix.EVFILT_READ, flags)
	case ended:
		// So many bytes never wait to be read, so that only the end, or an error,
		// makes the filter true. macOS takes the size of the buffer for more than
		// that: EV_CLEAR keeps a full one from being told all the time.
		unix.SetKevent(&k, fd, unix.EVFILT_READ, flags|unix.EV_CLEAR)
		k.Fflags, k.Data = unix.NOTE_LOWAT, math.MaxInt32
	case writable:
		unix.SetKevent(&k, fd, unix.EVFILT_WRITE, flags)
	}
	_, err := unix.Kevent(s.fd, []unix.Kevent_t{k}, nil, nil)
	if err == unix.EINTR {
		err = nil // the change has been made: kevent(2), ERRORS
	}
	return os.NewSyscallError("kevent", err)
}

func (s *systemQueue) wait(batch []kevent, timeout time.Duration) (int, error) {
	ts := unix.NsecToTimespec(int64(timeout))
	n, err := unix.Kevent(s.fd, nil, s.buf[:min(len(batch), len(s.buf))], &ts)
	if err == unix.EINTR {
		return 0, nil
	}
	if err != nil {
		return 0, os.NewSyscallError("kevent", err)
	}
	for i := range s.buf[:n] {
		batch[i] = s.read(&s.buf[i])
	}
	return n, nil
}

// read says what the kernel's event is. EV_ERROR stands only for changes that were
// asked for in the same call; should it come all the same, it is a failure.
func (s *systemQueue) read(k *unix.Kevent_t) kevent {
	if s.waker.isWake(k) {
		return kevent{wake: true}
	}
	broken := k.Flags&unix.EV_ERROR != 0
	e := kevent{fd: int(k.Ident), filter: readable, eof: broken || k.Flags&unix.EV_EOF != 0}
	// Beside EV_EOF fflags is the error of the socket.
	e.failed = e.eof && (broken || k.Fflags != 0)
	if int(k.Filter) == unix.EVFILT_WRITE {
		e.filter = writable
	}
	return e
}

func (s *systemQueue) wake() { s.waker.wake(s.fd) }

func (s *systemQueue) close() error {
	s.waker.close()
	return os.NewSyscallError("close", unix.Close(s.fd))
}
