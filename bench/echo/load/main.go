//go:build linux

// Command load sends messages to an echo server, each connection the next one when
// the last has come back, and prints the number of round trips and the seconds they
// took. With -hold it opens connections, has one message come back on each, prints
// a line, and keeps them open until its input ends.
package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

var (
	connections = flag.Int("connections", 1000, "open connections")
	duration    = flag.Duration("duration", 2*time.Second, "how long to send")
	encrypted   = flag.Bool("tls", false, "speak TLS")
	keep        = flag.Bool("hold", false, "open connections and keep them")
)

const messageSize = 64

func main() {
	flag.Parse()
	if err := run(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(address string) error {
	switch {
	case *keep:
		return hold(address)
	case *encrypted:
		return loadTLS(address)
	}
	return load(address)
}

func hold(address string) error {
	conns, err := dialAll(address)
	if err != nil {
		return err
	}
	fmt.Println(len(conns))
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// dialAll opens the connections, and has one message come back on each.
func dialAll(address string) ([]net.Conn, error) {
	conns := make([]net.Conn, *connections)
	for i := range conns {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return nil, err
		}
		if *encrypted {
			conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
		}
		if err := roundTrip(conn, make([]byte, messageSize)); err != nil {
			return nil, err
		}
		conns[i] = conn
	}
	return conns, nil
}

func roundTrip(conn net.Conn, buf []byte) error {
	if _, err := conn.Write(buf); err != nil {
		return err
	}
	_, err := io.ReadFull(conn, buf)
	return err
}

// loadTLS has a goroutine for each connection.
func loadTLS(address string) error {
	conns, err := dialAll(address)
	if err != nil {
		return err
	}
	var trips, failed atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for _, conn := range conns {
		all.Go(func() {
			for buf := make([]byte, messageSize); time.Since(start) < *duration; trips.Add(1) {
				if roundTrip(conn, buf) != nil {
					failed.Add(1)
					return
				}
			}
		})
	}
	all.Wait()
	if failed.Load() > 0 {
		return fmt.Errorf("%d connections failed", failed.Load())
	}
	fmt.Println(trips.Load(), time.Since(start).Seconds())
	return nil
}

// load is one goroutine over raw sockets and epoll, so that it costs as little as
// possible itself.
func load(address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	poll, err := unix.EpollCreate1(0)
	if err != nil {
		return err
	}
	message, buf := make([]byte, messageSize), make([]byte, messageSize)
	missing := map[int]int{}
	for range *connections {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		if err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}); err != nil {
			return err
		}
		if err := unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}); err != nil {
			return err
		}
		missing[fd] = messageSize
	}
	trips, start := 0, time.Now()
	for fd := range missing {
		if _, err := unix.Write(fd, message); err != nil {
			return err
		}
	}
	events := make([]unix.EpollEvent, 1024)
	for time.Since(start) < *duration {
		n, err := unix.EpollWait(poll, events, 5000)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return fmt.Errorf("the server does not answer (%v)", err)
		}
		for _, event := range events[:n] {
			fd := int(event.Fd)
			n, err := unix.Read(fd, buf)
			if err != nil || n <= 0 {
				return errors.New("the server closed a connection")
			}
			if missing[fd] -= n; missing[fd] > 0 {
				continue
			}
			trips++
			missing[fd] = messageSize
			if _, err := unix.Write(fd, message); err != nil {
				return err
			}
		}
	}
	fmt.Println(trips, time.Since(start).Seconds())
	return nil
}
