//go:build unix && !linux

package devserver

import "syscall"

// dieWithParent does nothing here: a child notices the end of its parent by the
// control socket.
func dieWithParent(attr *syscall.SysProcAttr) {}
