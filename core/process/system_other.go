//go:build !unix

package process

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

const supported = false

var (
	errUnsupported = errors.New("process: processes that share sockets or have streams are not supported on " + runtime.GOOS)

	stopSignals  = []os.Signal{syscall.SIGTERM, os.Interrupt}
	otherSignals []os.Signal
)

func duplicate(int) (int, error) { return -1, errUnsupported }

func fileOf(int, string) (*os.File, error) { return nil, errUnsupported }

func adopt(int, string) (*os.File, error) { return nil, errUnsupported }

func ownGroup(*exec.Cmd) {}
