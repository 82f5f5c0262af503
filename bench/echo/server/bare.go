//go:build linux

package main

import (
	"golang.org/x/sys/unix"

	"github.com/tornado-dev/tornado/core/netutil"
)

// serveBare is a loop over epoll, recv and send with nothing round them: what any loop
// in Go can reach.
func serveBare(address string) error {
	sockets, err := netutil.BindSockets(address)
	if err != nil {
		return err
	}
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	listener := sockets[0].FD
	if err := watchBare(poll, listener); err != nil {
		return err
	}
	events, buf := make([]unix.EpollEvent, 128), make([]byte, 64<<10)
	for {
		n, err := unix.EpollWait(poll, events, -1)
		if err != nil && err != unix.EINTR {
			return err
		}
		for _, event := range events[:max(n, 0)] {
			switch fd := int(event.Fd); fd {
			case listener:
				if err := acceptBare(poll, listener); err != nil {
					return err
				}
			default:
				echoBare(fd, buf)
			}
		}
	}
}

func acceptBare(poll, listener int) error {
	fd, _, err := unix.Accept4(listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	if err == unix.EAGAIN {
		return nil
	}
	if err != nil {
		return err
	}
	netutil.SetNoDelay(fd)
	return watchBare(poll, fd)
}

func watchBare(poll, fd int) error {
	return unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func echoBare(fd int, buf []byte) {
	n, err := netutil.Receive(fd, buf)
	switch {
	case err == netutil.ErrWouldBlock:
		return
	case err == nil && n > 0:
		if _, err = netutil.Send(fd, buf[:n]); err == nil {
			return
		}
	}
	netutil.Close(fd)
}
