//go:build unix

package tui

import "golang.org/x/sys/unix"

// leadsSession reports whether the workbench was started without a shell that has
// job control: as the command of a tmux window or of ssh, say. The system does not
// stop such a process on SIGTSTP, and nobody would let it go on.
func leadsSession() bool {
	session, err := unix.Getsid(0)
	return err == nil && session == unix.Getpgrp()
}
