//go:build darwin || dragonfly || freebsd

package poller

import (
	"os"

	"golang.org/x/sys/unix"
)

// A waker ends the wait of a queue: here by a filter that everybody may trigger.
type waker struct{}

const wakerIdent = 1

func (waker) open(kq int) error { return userEvent(kq, unix.EV_ADD|unix.EV_CLEAR, 0) }

func userEvent(kq, flags int, fflags uint32) error {
	var k unix.Kevent_t
	unix.SetKevent(&k, wakerIdent, unix.EVFILT_USER, flags)
	k.Fflags = fflags
	_, err := unix.Kevent(kq, []unix.Kevent_t{k}, nil, nil)
	return os.NewSyscallError("kevent", err)
}

// wake cannot fail: the queue is open and has the filter.
func (waker) wake(kq int) { _ = userEvent(kq, 0, unix.NOTE_TRIGGER) }

func (waker) isWake(k *unix.Kevent_t) bool { return int(k.Filter) == unix.EVFILT_USER }

func (waker) close() {}
