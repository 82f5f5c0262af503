package devserver

import "syscall"

// dieWithParent lets the kernel end a child whose parent has vanished. It counts
// from the thread that starts the child, so spawner keeps one for that.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGTERM }
