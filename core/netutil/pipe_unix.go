//go:build unix

package netutil

import (
	"os"

	"golang.org/x/sys/unix"
)

// SetNonblock lets reads and writes of fd return ErrWouldBlock instead of waiting.
func SetNonblock(fd int) error { return os.NewSyscallError("fcntl", unix.SetNonblock(fd, true)) }

// AccessMode tells what fd was opened for; of a pipe, which end it is.
func AccessMode(fd int) (readable, writable bool, err error) {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		return false, false, os.NewSyscallError("fcntl", err)
	}
	mode := flags & unix.O_ACCMODE
	return mode != unix.O_WRONLY, mode != unix.O_RDONLY, nil
}
