//go:build unix

package main

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// hangUp are the signals by which a terminal says that it is gone.
var hangUp = []os.Signal{syscall.SIGHUP}

// onHangUp calls gone when the terminal is gone. The system sends the signal to the
// leader of the session alone: a make or a script that is it may wait for us, and
// pass nothing on.
func onHangUp(terminal *os.File, gone func()) {
	fds := []unix.PollFd{{Fd: int32(terminal.Fd())}} // asks for nothing but what is always told
	for {
		n, err := unix.Poll(fds, -1)
		if err == unix.EINTR {
			continue
		}
		if n == 1 && fds[0].Revents&unix.POLLHUP != 0 {
			gone()
		}
		return
	}
}
