//go:build linux

// Command load asks a server for one page over and over, and prints what it saw as
// a line of JSON.
//
// It is one goroutine over raw sockets and epoll, so that it costs as little as
// possible itself. Every connection has its next requests under way as soon as all
// answers to the last ones are there. All answers must be of the same length.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Result is what is printed.
type Result struct {
	Requests int     `json:"requests"`
	Seconds  float64 `json:"seconds"`
	P50      float64 `json:"p50"` // microseconds
	P99      float64 `json:"p99"`
}

func main() {
	connections := flag.Int("connections", 64, "open connections")
	depth := flag.Int("pipeline", 1, "requests sent at once on each")
	path := flag.String("path", "/", "what to ask for")
	held := flag.Bool("hold", false, "only open them, with one request on each, print a line, and wait for the end of the input")
	duration := flag.Duration("duration", 2*time.Second, "how long to ask")
	flag.Parse()
	if *held {
		if err := hold(flag.Arg(0), *path, *connections); err != nil {
			fmt.Fprintln(os.Stderr, "load:", err)
			os.Exit(1)
		}
		return
	}
	result, err := run(flag.Arg(0), *path, *connections, *depth, *duration)
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(result)
}

// A connection has one batch of requests under way.
type connection struct {
	fd      int
	begun   time.Time
	missing int // bytes of the answers to the batch
}

// hold opens connections, and keeps them until the input ends.
func hold(address, path string, connections int) error {
	to, request, err := target(address, path)
	if err != nil {
		return err
	}
	for range connections {
		if _, _, err := dial(to, request); err != nil {
			return err
		}
	}
	fmt.Println("open")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// target is where to connect to, and what to ask.
func target(address, path string) (to netip.AddrPort, request string, err error) {
	to, err = netip.ParseAddrPort(address)
	if err != nil || !to.Addr().Is4() {
		return to, "", fmt.Errorf("the address %q is not of the form 127.0.0.1:8888", address)
	}
	return to, "GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\n\r\n", nil
}

func run(address, path string, connections, depth int, duration time.Duration) (*Result, error) {
	to, request, err := target(address, path)
	if err != nil {
		return nil, err
	}
	poll, err := unix.EpollCreate1(0)
	if err != nil {
		return nil, err
	}
	open := make([]*connection, connections)
	length := 0
	for i := range open {
		c, n, err := dial(to, request)
		if err != nil {
			return nil, err
		}
		if length != 0 && n != length {
			return nil, fmt.Errorf("answers of %d and of %d bytes", length, n)
		}
		length = n
		if err := unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, c.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}); err != nil {
			return nil, err
		}
		open[i] = c
	}
	batch := []byte(strings.Repeat(request, depth))
	samples := make([]time.Duration, 0, 1<<20)
	events, buf := make([]unix.EpollEvent, connections), make([]byte, 64<<10)
	start := time.Now()
	for _, c := range open {
		if err := c.ask(batch, length*depth, start); err != nil {
			return nil, err
		}
	}
	for now := start; now.Sub(start) < duration; {
		n, err := unix.EpollWait(poll, events, 5000)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return nil, fmt.Errorf("the server does not answer (%v)", err)
		}
		for _, event := range events[:n] {
			c := open[event.Fd]
			n, err := unix.Read(c.fd, buf)
			if err != nil || n <= 0 {
				return nil, fmt.Errorf("the server closed a connection (%v)", err)
			}
			if c.missing -= n; c.missing > 0 {
				continue
			}
			if c.missing < 0 {
				return nil, errors.New("the server sent more than was asked for")
			}
			now = time.Now()
			samples = append(samples, now.Sub(c.begun))
			if err := c.ask(batch, length*depth, now); err != nil {
				return nil, err
			}
		}
	}
	seconds := time.Since(start).Seconds()
	slices.Sort(samples)
	quantile := func(q float64) float64 {
		return float64(samples[int(q*float64(len(samples)-1))]) / float64(time.Microsecond)
	}
	return &Result{len(samples) * depth, seconds, quantile(0.5), quantile(0.99)}, nil
}

// dial connects, asks once, and returns how long the answer is.
func dial(to netip.AddrPort, request string) (c *connection, length int, err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, 0, err
	}
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 5})
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}); err != nil {
		return nil, 0, err
	}
	if _, err := unix.Write(fd, []byte(request)); err != nil {
		return nil, 0, err
	}
	var answer []byte
	for buf := make([]byte, 4096); ; {
		n, err := unix.Read(fd, buf)
		if err != nil || n == 0 {
			return nil, 0, fmt.Errorf("no answer (%v)", err)
		}
		answer = append(answer, buf[:n]...)
		head, body, whole := bytes.Cut(answer, []byte("\r\n\r\n"))
		if !whole {
			continue
		}
		_, after, ok := strings.Cut(strings.ToLower(string(head)), "content-length: ")
		digits, _, _ := strings.Cut(after, "\r")
		size, err := strconv.Atoi(digits)
		if !ok || err != nil || !bytes.HasPrefix(head, []byte("HTTP/1.1 200 ")) {
			return nil, 0, fmt.Errorf("the answer is not 200 with a Content-Length: %.200q", head)
		}
		if len(body) == size {
			return &connection{fd: fd}, len(answer), nil
		}
	}
}

func (c *connection) ask(batch []byte, missing int, now time.Time) error {
	c.begun, c.missing = now, missing
	if n, err := unix.Write(c.fd, batch); n != len(batch) {
		return fmt.Errorf("wrote %d of %d bytes (%v)", n, len(batch), err)
	}
	return nil
}
