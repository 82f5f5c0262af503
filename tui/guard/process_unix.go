//go:build unix

package guard

import (
	"os"
	"syscall"
)

var guarded = []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGTTOU, syscall.SIGTSTP}

// ownGroup keeps the keyboard's signals from the guard.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
