//go:build unix

package nethttp

import (
	"errors"
	"net"
	"os"
	"syscall"

	"github.com/tornado-dev/tornado/core/netutil"
)

// socketPair makes two sockets that are connected with each other: one for a stream,
// and one for Go's own poller.
func socketPair() (fd int, other *net.UnixConn, err error) {
	syscall.ForkLock.RLock() // not every system can make them close-on-exec at once
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(pair[0])
		syscall.CloseOnExec(pair[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, nil, os.NewSyscallError("socketpair", err)
	}
	file := os.NewFile(uintptr(pair[1]), "socketpair")
	conn, err := net.FileConn(file) // which duplicates it
	err = errors.Join(err, file.Close(), netutil.SetNonblock(pair[0]))
	if err != nil {
		_ = netutil.Close(pair[0])
		return -1, nil, err
	}
	return pair[0], conn.(*net.UnixConn), nil
}
