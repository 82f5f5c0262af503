//go:build unix

package netutil

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

var (
	errAddressInUse   = error(unix.EADDRINUSE)
	errAddressMissing = error(unix.EADDRNOTAVAIL)
	errFamilyMissing  = error(unix.EAFNOSUPPORT)
	errRefused        = error(unix.ECONNREFUSED)
)

// maxUnixPath is how long the path of a Unix socket may be; a NUL follows it.
const maxUnixPath = len(unix.RawSockaddrUnix{}.Path) - 1

func setReusePort(fd int) error {
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1))
}

// setBacklog changes the length of the queue of a socket that listens already.
func setBacklog(listener syscall.Conn, backlog int) error {
	raw, err := listener.SyscallConn()
	if err != nil {
		return err
	}
	if controlErr := raw.Control(func(fd uintptr) { err = unix.Listen(int(fd), backlog) }); controlErr != nil {
		return controlErr
	}
	return os.NewSyscallError("listen", err)
}

// limitMode lets the file that a Unix socket is bound to have no more than mode.
// Linux alone does that; elsewhere the umask decides until the mode is set.
func limitMode(fd int, mode fs.FileMode) { unix.Fchmod(fd, uint32(mode.Perm())) }

// detach takes the descriptor out of a listener of package net.
func detach(listener interface {
	net.Listener
	File() (*os.File, error)
}, address string) (Socket, error) {
	defer listener.Close()
	file, err := listener.File()
	if err != nil {
		return Socket{}, err
	}
	defer file.Close()
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return Socket{}, os.NewSyscallError("fcntl", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return Socket{}, os.NewSyscallError("fcntl", err)
	}
	return Socket{FD: fd, Address: address}, nil
}

// inherited takes over sockets that another process bound.
func inherited(fds []int) ([]Socket, error) {
	sockets := make([]Socket, len(fds))
	for i, fd := range fds {
		local, err := unix.Getsockname(fd)
		if err != nil {
			return nil, fmt.Errorf("descriptor %d is not a socket: %w", fd, err)
		}
		if !listens(fd) {
			return nil, fmt.Errorf("descriptor %d is a socket that does not listen (%s)", fd, addressText(local))
		}
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			return nil, os.NewSyscallError("fcntl", err)
		}
		sockets[i] = Socket{FD: fd, Address: addressText(local)}
	}
	return sockets, nil
}

func listens(fd int) bool {
	listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	return err != nil || listens != 0 // not every system can tell
}

// CloseSockets closes them all.
func CloseSockets(sockets []Socket) {
	for _, s := range sockets {
		unix.Close(s.FD)
	}
}

// Close closes one descriptor.
func Close(fd int) error { return os.NewSyscallError("close", unix.Close(fd)) }

// RemoteAddress is the address of the peer of a connected socket: "1.2.3.4:567",
// "unix:" for one without a name, empty when it is not known.
func RemoteAddress(fd int) string {
	peer, err := unix.Getpeername(fd)
	if err != nil {
		return ""
	}
	return addressText(peer)
}

// LocalAddress is the address of our side of a socket.
func LocalAddress(fd int) string {
	local, err := unix.Getsockname(fd)
	if err != nil {
		return ""
	}
	return addressText(local)
}

func addressText(sa unix.Sockaddr) string {
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return addrPort4(a.Addr, a.Port)
	case *unix.SockaddrInet6:
		return addrPort6(a.Addr, a.Port)
	case *unix.SockaddrUnix:
		if a.Name == "@" { // Linux, for one without a name
			return "unix:"
		}
		return unixPrefix + a.Name
	}
	return ""
}

// SetNoDelay sends small writes at once; sockets that are not TCP ignore it.
func SetNoDelay(fd int) { unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) }

// ShutdownWrite tells the peer that no more bytes will come.
func ShutdownWrite(fd int) error {
	return os.NewSyscallError("shutdown", unix.Shutdown(fd, unix.SHUT_WR))
}

// ResetWhenClosed lets the close of a TCP socket be seen as a failure by the peer,
// and not as the end of what was sent. Bytes that have not left then are dropped.
func ResetWhenClosed(fd int) {
	unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
}

// HasUnread reports whether a connected socket holds bytes that were not read.
func HasUnread(fd int) bool {
	var one [1]byte
	n, _, err := unix.Recvfrom(fd, one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	return err == nil && n > 0
}

// SocketError returns and clears the error that is pending on a socket.
func SocketError(fd int) error {
	code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return os.NewSyscallError("getsockopt", err)
	}
	if code != 0 {
		return syscall.Errno(code)
	}
	return nil
}

// outOfDescriptors reports whether accepting failed because this process or the
// system can open no more files.
func outOfDescriptors(err error) bool {
	return err == unix.EMFILE || err == unix.ENFILE || err == unix.ENOBUFS || err == unix.ENOMEM
}

// acceptAgain reports whether the error concerns a connection that went away
// before it was accepted, and not the listening socket.
func acceptAgain(err error) bool {
	switch err {
	case unix.ECONNABORTED, unix.EINTR, unix.EPROTO, unix.EPERM, unix.ENETDOWN,
		unix.EHOSTDOWN, unix.EHOSTUNREACH, unix.EOPNOTSUPP, unix.ENETUNREACH:
		return true
	}
	return false
}

func wrap(call string, err error) error {
	if err == unix.EAGAIN {
		return ErrWouldBlock
	}
	return fmt.Errorf("%s: %w", call, err)
}
