//go:build unix && !linux

package netutil

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Read reads what is there. It returns ErrWouldBlock if that is nothing, and 0
// and no error at the end of the stream.
func Read(fd int, p []byte) (int, error) {
	return retry("read", func() (int, error) { return unix.Read(fd, p) })
}

// Write writes as much as there is room for. It returns ErrWouldBlock if that is
// nothing.
func Write(fd int, p []byte) (int, error) {
	return retry("write", func() (int, error) { return unix.Write(fd, p) })
}

// Receive is Read of a socket.
func Receive(fd int, p []byte) (int, error) { return Read(fd, p) }

// Send is Write to a socket.
func Send(fd int, p []byte) (int, error) { return Write(fd, p) }

func retry(name string, call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0, wrap(name, err)
		}
		return n, nil
	}
}

// accept returns a new connection, non-blocking and closed on exec.
func accept(fd int) (int, unix.Sockaddr, error) {
	// No child may be started between accepting and marking.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	conn, peer, err := unix.Accept(fd)
	if err != nil {
		return -1, nil, err
	}
	unix.CloseOnExec(conn)
	if err := unix.SetNonblock(conn, true); err != nil {
		unix.Close(conn)
		return -1, nil, err
	}
	return conn, peer, nil
}

// SinceReceived is how long ago the peer's last bytes arrived; this system does
// not tell.
func SinceReceived(int) (time.Duration, bool) { return 0, false }
