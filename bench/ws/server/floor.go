//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"unsafe"

	"github.com/gobwas/ws"
	"golang.org/x/sys/unix"
)

// The floor is what a broadcast costs the system by itself: one call of send for each
// connection, from one loop over their descriptors, and nothing else. It reads
// nothing but the handshake.
var floorFDs []int

func serveFloor(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.Bind(listener, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}); err != nil {
		return err
	}
	if err := unix.Listen(listener, 4096); err != nil {
		return err
	}
	for {
		fd, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
		if err != nil {
			return err
		}
		if floorShakes(fd) != nil {
			unix.Close(fd)
			continue
		}
		floorFDs = append(floorFDs, fd)
	}
}

// floorShakes answers a handshake that comes in one piece.
func floorShakes(fd int) error {
	buf := make([]byte, 4096)
	n, err := unix.Read(fd, buf)
	if err != nil {
		return err
	}
	var answer bytes.Buffer
	if _, err := ws.Upgrade(readWriter{bytes.NewReader(buf[:n]), &answer}); err != nil {
		return err
	}
	if _, err := unix.Write(fd, answer.Bytes()); err != nil {
		return err
	}
	return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
}

type readWriter struct {
	io.Reader
	io.Writer
}

func broadcastFloor(text string) {
	frame := append([]byte{0x81, byte(len(text))}, text...)
	for _, fd := range floorFDs {

		n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&frame[0])), uintptr(len(frame)),
			unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, 0, 0)
		if errno != 0 || int(n) != len(frame) {
			panic(fmt.Sprintf("sent %d of %d bytes (%v)", n, len(frame), errno))
		}
	}
}
