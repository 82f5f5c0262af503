//go:build darwin || dragonfly || freebsd

package poller

import (
	"os"

	"golang.org/x/sys/unix"
)

// A waker is a filter of the queue that everybody may trigger.
type waker struct{}

const wakerIdent = 1

func (s *systemQueue) openWaker() error {
	return s.user(unix.EV_ADD|unix.EV_CLEAR, 0)
}

func (s *systemQueue) user(flags int, fflags uint32) error {
	var k unix.Kevent_t
	unix.SetKevent(&k, wakerIdent, unix.EVFILT_USER, flags)
	k.Fflags = fflags
	_, err := unix.Kevent(s.fd, []unix.Kevent_t{k}, nil, nil)
	return os.NewSyscallError("kevent", err)
}

// wake cannot fail: the queue is open and has the filter.
func (s *systemQueue) wake() { _ = s.user(0, unix.NOTE_TRIGGER) }

func (s *systemQueue) isWake(k *unix.Kevent_t) bool { return int(k.Filter) == unix.EVFILT_USER }

func (s *systemQueue) closeWaker() {}
