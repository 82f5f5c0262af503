//go:build unix

package process

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

const supported = true

var (
	errUnsupported error // nothing is

	stopSignals  = []os.Signal{syscall.SIGTERM, os.Interrupt, syscall.SIGQUIT, syscall.SIGHUP}
	otherSignals = []os.Signal{syscall.SIGUSR1, syscall.SIGUSR2}
)

// duplicate gives a second descriptor for the same thing, closed on exec.
func duplicate(fd int) (int, error) {
	other, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, firstInherited)
	return other, os.NewSyscallError("fcntl", err)
}

// fileOf returns a new file for a descriptor that stays with its owner.
func fileOf(fd int, name string) (*os.File, error) {
	other, err := duplicate(fd)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(other), name), nil
}

// adopt takes over one end of a pipe that this process inherited.
func adopt(fd int, name string) (*os.File, error) {
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	unix.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), name), nil
}

// ownGroup lets the terminal send its signals to us alone, who pass them on.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
