//go:build unix

package netutil

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// StartConnect begins to connect a new socket, non-blocking and closed on exec,
// to remote: an IP literal in Host, or a Unix socket in Path ("@name" is an
// abstract one). Names are not resolved. local is the address to connect from; its
// zero value lets the system choose. The socket is writable when the attempt has
// ended, and SocketError tells how.
func StartConnect(remote, local Address) (fd int, err error) {
	to, family, err := socketAddress(remote)
	if err != nil {
		return -1, err
	}
	if fd, err = newSocket(family); err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := connectFrom(fd, local, to, family); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func connectFrom(fd int, local Address, to unix.Sockaddr, family int) error {
	if local != (Address{}) {
		if local.Host == "" && local.Path == "" {
			local.Host = map[int]string{unix.AF_INET: "0.0.0.0", unix.AF_INET6: "::"}[family]
		}
		from, localFamily, err := socketAddress(local)
		if err != nil {
			return err
		}
		if localFamily != family {
			return fmt.Errorf("the local address %s and the remote one are not of one family", addressText(from))
		}
		if err := unix.Bind(fd, from); err != nil {
			return fmt.Errorf("bind %s: %w", addressText(from), err)
		}
	}
	// An interrupted attempt goes on by itself.
	switch err := unix.Connect(fd, to); err {
	case nil, unix.EINPROGRESS, unix.EINTR:
		return nil
	default:
		return err
	}
}

func newSocket(family int) (int, error) {
	// No child may be started between opening and marking.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err != nil {
		return -1, err
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func socketAddress(a Address) (unix.Sockaddr, int, error) {
	if a.Path != "" {
		return &unix.SockaddrUnix{Name: a.Path}, unix.AF_UNIX, nil
	}
	ip, err := netip.ParseAddr(a.Host)
	if err != nil {
		return nil, 0, fmt.Errorf("the host %q is not an IP address; resolve the name first", a.Host)
	}
	if ip = ip.Unmap(); ip.Is4() {
		return &unix.SockaddrInet4{Port: a.Port, Addr: ip.As4()}, unix.AF_INET, nil
	}
	zone, err := zoneNumber(ip.Zone())
	if err != nil {
		return nil, 0, err
	}
	return &unix.SockaddrInet6{Port: a.Port, Addr: ip.As16(), ZoneId: zone}, unix.AF_INET6, nil
}

// zoneNumber is the number of the interface in an address like fe80::1%eth0.
func zoneNumber(zone string) (uint32, error) {
	if zone == "" {
		return 0, nil
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n), nil
	}
	found, err := net.InterfaceByName(zone)
	if err != nil {
		return 0, fmt.Errorf("zone %q: %w", zone, err)
	}
	return uint32(found.Index), nil
}

// SetDelay takes SetNoDelay back: small writes wait for the answer to those before.
func SetDelay(fd int) { unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 0) }
