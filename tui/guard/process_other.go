//go:build !unix

package guard

import (
	"os"
	"syscall"
)

var guarded = []os.Signal{os.Interrupt}

func ownGroup() *syscall.SysProcAttr { return nil }
