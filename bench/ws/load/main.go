//go:build linux

// Command load opens WebSockets and sends messages of 32 bytes, from one goroutine
// over raw sockets and epoll, so that it costs as little as possible itself.
//
// It holds its connections, prints a line, and does what the lines of its standard
// input say: "echo" sends one message on each and awaits the answers, "take 3"
// awaits three messages on each; "2s" has so many messages under way as -flight says,
// spread over the connections, for so long; "rate 10000 2s" sends so many a second,
// whether or not the answers come, for so long; "pong 30s" answers pings for so long.
// Each prints a line when it is done, that of pings with their number, and those of
// "2s" and "rate" with messages, seconds, and the median and the 99th percentile of the round
// trips in microseconds. Those of "rate" begin when the message was due: a server that
// falls behind makes all that wait for it late, and not only the one.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	payload = 32
	answer  = 2 + payload // bytes of a server's frame
)

func main() {
	connections := flag.Int("connections", 1000, "open connections")
	flight := flag.Int("flight", 64, "messages under way at once")
	flag.Parse()
	if err := run(flag.Arg(0), *connections, *flight); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// A generator has all connections, by their numbers.
type generator struct {
	poll    int
	fds     []int
	missing []int // bytes of the answer that is under way
	sent    []time.Time
	next    int // the connection whose turn it is
	events  []unix.EpollEvent
	message []byte
	buf     []byte
}

func run(address string, connections, flight int) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !to.Addr().Is4() {
		return fmt.Errorf("the address %q is not of the form 127.0.0.1:8888", address)
	}
	g := &generator{missing: make([]int, connections), sent: make([]time.Time, connections),
		events: make([]unix.EpollEvent, 1024), message: masked(), buf: make([]byte, 4096)}
	if g.poll, err = unix.EpollCreate1(0); err != nil {
		return err
	}
	for i := range connections {
		fd, err := dial(to, address)
		if err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		g.fds = append(g.fds, fd)
		if err := unix.EpollCtl(g.poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}); err != nil {
			return err
		}
	}
	return g.obey(flight)
}

func (g *generator) obey(flight int) error {
	fmt.Println("open")
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		done, err := "done", error(nil)
		count, isCount := strings.CutPrefix(input.Text(), "take ")
		pace, isPace := strings.CutPrefix(input.Text(), "rate ")
		length, isPong := strings.CutPrefix(input.Text(), "pong ")
		switch what := input.Text(); {
		case what == "echo":
			err = g.echo()
		case isCount:
			err = g.take(count)
		case isPace:
			done, err = g.paced(pace)
		case isPong:
			done, err = g.pong(length)
		default:
			var duration time.Duration
			if duration, err = time.ParseDuration(what); err == nil {
				done, err = g.trips(flight, duration)
			}
		}
		if err != nil {
			return err
		}
		fmt.Println(done)
	}
	return nil
}

// echo sends a message on each, and never more than a thousand before the answers
// are there.
func (g *generator) echo() error {
	for i := range g.fds {
		if err := g.send(i, time.Now()); err != nil {
			return err
		}
		if i%1000 == 999 || i == len(g.fds)-1 {
			if err := g.settle(); err != nil {
				return err
			}
		}
	}
	return nil
}

// pong answers pings, which come alone and without a payload.
func (g *generator) pong(length string) (count string, err error) {
	duration, err := time.ParseDuration(length)
	if err != nil {
		return "", err
	}
	answered, end := 0, time.Now().Add(duration)
	for left := duration; left > 0; left = time.Until(end) {
		n, err := unix.EpollWait(g.poll, g.events, int(left.Milliseconds()))
		if err != nil && err != unix.EINTR {
			return "", err
		}
		for _, event := range g.events[:max(n, 0)] {
			fd := g.fds[event.Fd]
			if got, err := unix.Read(fd, g.buf); err != nil || string(g.buf[:max(got, 0)]) != "\x89\x00" {
				return "", fmt.Errorf("got %q instead of a ping (%v)", g.buf[:max(got, 0)], err)
			}
			if _, err := unix.Write(fd, []byte("\x8a\x80\x12\x34\x56\x78")); err != nil {
				return "", err
			}
			answered++
		}
	}
	return strconv.Itoa(answered), nil
}

func (g *generator) take(count string) error {
	messages, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	for i := range g.fds {
		g.missing[i] = answer * messages
	}
	return g.settle()
}

// settle awaits all that is missing.
func (g *generator) settle() error {
	left := 0
	for _, missing := range g.missing {
		if missing > 0 {
			left++
		}
	}
	for left > 0 {
		if err := g.wait(patience, func(int, time.Time) error { left--; return nil }); err != nil {
			return fmt.Errorf("%d answers are missing: %w", left, err)
		}
	}
	return nil
}

// trips sends the next message, on the next connection, when an answer is there.
func (g *generator) trips(flight int, duration time.Duration) (figures string, err error) {
	samples := make([]time.Duration, 0, 1<<20)
	start := time.Now()
	next := func(now time.Time) error {
		g.free() // there are more than are under way
		return g.ask(now)
	}
	for range flight {
		if err := next(start); err != nil {
			return "", err
		}
	}
	for last := start; last.Sub(start) < duration; {
		err := g.wait(patience, func(i int, now time.Time) error {
			samples = append(samples, now.Sub(g.sent[i]))
			if last = now; now.Sub(start) >= duration {
				return nil
			}
			return next(now)
		})
		if err != nil {
			return "", err
		}
	}
	seconds := time.Since(start).Seconds()
	if err := g.settle(); err != nil {
		return "", err
	}
	return figuresOf(samples, seconds), nil
}

// paced sends messages at a rate, each on the next connection that waits for nothing.
func (g *generator) paced(pace string) (figures string, err error) {
	rate, length, _ := strings.Cut(pace, " ")
	perSecond, err := strconv.Atoi(rate)
	if err != nil {
		return "", err
	}
	duration, err := time.ParseDuration(length)
	if err != nil {
		return "", err
	}
	total := int(float64(perSecond) * duration.Seconds())
	samples := make([]time.Duration, 0, total)
	sent, start := 0, time.Now()
	heard := start
	for len(samples) < total {
		now := time.Now()
		for ; sent < total && g.free(); sent++ {
			due := start.Add(time.Duration(sent) * time.Second / time.Duration(perSecond))
			if due.After(now) {
				break
			}
			if err := g.ask(due); err != nil {
				return "", err
			}
		}
		// Without sleeping: to be woken takes longer than the answer.
		err := g.wait(0, func(i int, now time.Time) error {
			heard = now
			samples = append(samples, now.Sub(g.sent[i]))
			return nil
		})
		switch {
		case err != nil:
			return "", err
		case now.Sub(heard) > patience:
			return "", errSilent
		}
	}
	return figuresOf(samples, time.Since(start).Seconds()), nil
}

// free finds the next connection that waits for nothing, and reports whether there is
// one.
func (g *generator) free() bool {
	for range g.fds {
		if g.missing[g.next] <= 0 {
			return true
		}
		g.next = (g.next + 1) % len(g.fds)
	}
	return false
}

// ask sends a message on the connection that free found.
func (g *generator) ask(now time.Time) error {
	i := g.next
	g.next = (i + 1) % len(g.fds)
	return g.send(i, now)
}

func figuresOf(samples []time.Duration, seconds float64) string {
	slices.Sort(samples)
	quantile := func(q float64) float64 {
		return float64(samples[int(q*float64(len(samples)-1))]) / float64(time.Microsecond)
	}
	return fmt.Sprint(len(samples), seconds, quantile(0.5), quantile(0.99))
}

func (g *generator) send(i int, now time.Time) error {
	g.missing[i], g.sent[i] = answer, now
	if n, err := unix.Write(g.fds[i], g.message); n != len(g.message) {
		return fmt.Errorf("wrote %d of %d bytes (%v)", n, len(g.message), err)
	}
	return nil
}

// patience is how long the server may say nothing.
const patience = 10 * time.Second

var errSilent = errors.New("the server does not answer")

// wait reads what is there, and tells of each answer that is whole. Nothing at all
// within the time is an error, unless that is none.
func (g *generator) wait(timeout time.Duration, whole func(i int, now time.Time) error) error {
	n, err := unix.EpollWait(g.poll, g.events, int(timeout.Milliseconds()))
	switch {
	case err == unix.EINTR:
		return nil
	case err != nil:
		return err
	case n == 0 && timeout > 0:
		return errSilent
	}
	for _, event := range g.events[:n] {
		i := int(event.Fd)
		got, err := unix.Read(g.fds[i], g.buf)
		if err != nil || got <= 0 {
			return fmt.Errorf("the server closed a connection (%v)", err)
		}
		if g.missing[i] -= got; g.missing[i] < 0 {
			return errors.New("the server sent more than was asked for")
		}
		if g.missing[i] == 0 {
			if err := whole(i, time.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}

// masked is a text frame as clients send it.
func masked() []byte {
	mask := [4]byte{0x12, 0x34, 0x56, 0x78}
	frame := append([]byte{0x81, 0x80 | payload}, mask[:]...)
	for i := range payload {
		frame = append(frame, 'x'^mask[i%4])
	}
	return frame
}

func dial(to netip.AddrPort, host string) (fd int, err error) {
	if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return -1, err
	}
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 10})
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}); err != nil {
		return -1, err
	}
	request := "GET / HTTP/1.1\r\nHost: " + host + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nUser-Agent: load\r\n\r\n"
	if _, err := unix.Write(fd, []byte(request)); err != nil {
		return -1, err
	}
	var head strings.Builder
	for buf := make([]byte, 2048); ; {
		n, err := unix.Read(fd, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return -1, fmt.Errorf("no answer (%v)", err)
		}
		head.Write(buf[:n])
		if strings.HasSuffix(head.String(), "\r\n\r\n") {
			break
		}
	}
	if !strings.HasPrefix(head.String(), "HTTP/1.1 101 ") {
		return -1, fmt.Errorf("not upgraded: %.200q", head.String())
	}
	return fd, nil
}
