//go:build netbsd || openbsd

package poller

import (
	"os"

	"golang.org/x/sys/unix"
)

// A waker is a pipe: not every release of these systems has EVFILT_USER.
type waker struct{ r, w int }

func (s *systemQueue) openWaker() error {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return os.NewSyscallError("pipe2", err)
	}
	s.waker = waker{r: pipe[0], w: pipe[1]}
	if err := s.add(s.r, readable); err != nil {
		s.closeWaker()
		return err
	}
	return nil
}

// wake may find the pipe full, which wakes as well.
func (s *systemQueue) wake() { unix.Write(s.w, []byte{0}) }

// isWake takes out what wake has written: one byte, since the next wake comes
// only when this one was seen.
func (s *systemQueue) isWake(k *unix.Kevent_t) bool {
	if int(k.Ident) != s.r {
		return false
	}
	unix.Read(s.r, make([]byte, 1))
	return true
}

func (s *systemQueue) closeWaker() {
	unix.Close(s.r)
	unix.Close(s.w)
}
