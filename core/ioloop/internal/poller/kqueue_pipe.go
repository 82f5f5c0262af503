//go:build netbsd || openbsd

package poller

import (
	"os"

	"golang.org/x/sys/unix"
)

// A waker ends the wait of a queue: here by a pipe, since not every release of
// these systems has EVFILT_USER.
type waker struct{ r, w int }

func (w *waker) open(kq int) error {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return os.NewSyscallError("pipe2", err)
	}
	w.r, w.w = pipe[0], pipe[1]
	var k unix.Kevent_t
	unix.SetKevent(&k, w.r, unix.EVFILT_READ, unix.EV_ADD)
	if _, err := unix.Kevent(kq, []unix.Kevent_t{k}, nil, nil); err != nil {
		w.close()
		return os.NewSyscallError("kevent", err)
	}
	return nil
}

func (w *waker) wake(int) { unix.Write(w.w, []byte{0}) }

// isWake takes out what wake has written: one byte, since the next wake comes
// only when this one was seen.
func (w *waker) isWake(k *unix.Kevent_t) bool {
	if int(k.Ident) != w.r {
		return false
	}
	unix.Read(w.r, make([]byte, 1))
	return true
}

func (w *waker) close() {
	unix.Close(w.r)
	unix.Close(w.w)
}
