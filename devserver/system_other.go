//go:build !unix

package devserver

import (
	"net"
	"os"
	"os/exec"
	"syscall"

	"github.com/tornado-dev/tornado/inspector/wire"
)

const (
	supported = false
	exeSuffix = ".exe"
)

func detach(listener net.Listener) (int, error) {
	listener.Close()
	return -1, wire.ErrUnsupported
}

func closeDescriptors(fds []int) {}

func fileOf(fd int, name string) (*os.File, error) { return nil, wire.ErrUnsupported }

func ownGroup(cmd *exec.Cmd) {}

func signalGroup(pid int, signal syscall.Signal) error { return wire.ErrUnsupported }

func processLives(pid int) bool { return true }
