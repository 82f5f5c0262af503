//go:build unix

package devserver

import (
	"net"
	"os"
	"os/exec"
	"syscall"
)

const (
	supported = true
	exeSuffix = ""
)

// detach takes the descriptor of a listener out of the hands of Go's runtime,
// which would wake up for every connection although nobody here accepts.
func detach(listener interface {
	net.Listener
	syscall.Conn
}) (int, error) {
	defer listener.Close()
	raw, err := listener.SyscallConn()
	if err != nil {
		return -1, err
	}
	fd := -1
	var failed error
	err = raw.Control(func(listening uintptr) {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		if fd, failed = syscall.Dup(int(listening)); failed == nil {
			syscall.CloseOnExec(fd)
		}
	})
	if err == nil && failed != nil {
		err = os.NewSyscallError("dup", failed)
	}
	return fd, err
}

func closeDescriptors(fds []int) {
	for _, fd := range fds {
		syscall.Close(fd)
	}
}

// fileOf returns a new file for a descriptor that stays with its owner.
func fileOf(fd int, name string) (*os.File, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	duplicate, err := syscall.Dup(fd)
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	syscall.CloseOnExec(duplicate)
	return os.NewFile(uintptr(duplicate), name), nil
}

// ownGroup makes cmd the leader of a process group, so that what it starts can
// be ended with it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
}

// signalGroup sends a signal to the process group that pid leads.
func signalGroup(pid int, signal syscall.Signal) error { return syscall.Kill(-pid, signal) }

// processLives reports whether there is a process of that number, whoever owns it.
func processLives(pid int) bool { return syscall.Kill(pid, 0) != syscall.ESRCH }
