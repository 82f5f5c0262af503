package netutil

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The sockets here never block, so the calls go without the runtime's
// preparations for one that does: a fifth of a microsecond each.

// Read reads what is there. It returns ErrWouldBlock if that is nothing, and 0
// and no error at the end of the stream.
func Read(fd int, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return 0, wrap("read", errno)
		}
		return int(n), nil
	}
}

// Write writes as much as there is room for. It returns ErrWouldBlock if that is
// nothing.
func Write(fd int, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return 0, wrap("write", errno)
		}
		return int(n), nil
	}
}

// Receive is Read of a socket, for which the system does less than for any file.
func Receive(fd int, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), 0, 0, 0)
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return 0, wrap("read", errno)
		}
		return int(n), nil
	}
}

// Send is Write to a socket, for which the system does less than for any file.
func Send(fd int, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), unix.MSG_NOSIGNAL, 0, 0)
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return 0, wrap("write", errno)
		}
		return int(n), nil
	}
}

// accept returns a new connection, non-blocking and closed on exec.
func accept(fd int) (int, unix.Sockaddr, error) {
	return unix.Accept4(fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
}

// SinceReceived is how long ago the peer's last bytes arrived on a TCP socket.
func SinceReceived(fd int) (time.Duration, bool) {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return 0, false
	}
	return time.Duration(info.Last_data_recv) * time.Millisecond, true
}
