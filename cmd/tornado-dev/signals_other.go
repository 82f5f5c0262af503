//go:build !unix

package main

import (
	"os"
	"syscall"
)

// hangUp are the signals by which a terminal says that it is gone.
var hangUp = []os.Signal{syscall.SIGTERM}

// onHangUp does nothing here: the signal comes.
func onHangUp(*os.File, func()) {}
