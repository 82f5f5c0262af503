//go:build unix

package netutil

import (
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/log"
)

// A fixture is an acceptor on a running loop.
type fixture struct {
	t        *testing.T
	loop     *ioloop.IOLoop
	socket   Socket
	acceptor *Acceptor
	accepted chan string // remote addresses; room for all of a test
}

func newFixture(t *testing.T) *fixture {
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, loop: l, socket: bind(t, "127.0.0.1:0")[0], accepted: make(chan string, 1000)}
	ended := make(chan error, 1)
	go func() { ended <- l.Start() }() // Cleanup waits for it
	t.Cleanup(func() {
		f.do(f.acceptor.Stop)
		l.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		l.Close()
	})
	f.do(func() {
		f.acceptor, err = AddAcceptHandler(l, f.socket.FD, func(fd int, remote string) {
			for what, flag := range map[string]int{"may block": unix.F_GETFL, "is inherited by children": unix.F_GETFD} {
				flags, _ := unix.FcntlInt(uintptr(fd), flag, 0)
				if flags&(unix.O_NONBLOCK|unix.FD_CLOEXEC) == 0 {
					t.Errorf("an accepted socket %s", what)
				}
			}
			Close(fd)
			f.accepted <- remote
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) do(call func()) {
	done := make(chan struct{})
	f.loop.AddCallback(func() {
		defer close(done)
		call()
	})
	<-done
}

// dial connects, and returns the address by which the server sees us.
func (f *fixture) dial() string {
	f.t.Helper()
	conn, err := net.Dial("tcp", f.socket.Address)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().String()
}

func (f *fixture) want(remote string) {
	f.t.Helper()
	select {
	case got := <-f.accepted:
		if got != remote {
			f.t.Errorf("accepted %s; want %s", got, remote)
		}
	case <-time.After(10 * time.Second):
		f.t.Fatalf("%s was not accepted", remote)
	}
}

// waiting returns when a connection waits in the socket's queue.
func (f *fixture) waiting() {
	f.t.Helper()
	fds := []unix.PollFd{{Fd: int32(f.socket.FD), Events: unix.POLLIN}}
	if n, err := unix.Poll(fds, 10_000); n != 1 {
		f.t.Fatalf("no connection waits: %v", err)
	}
	for range 3 {
		f.do(func() {})
	}
	if len(f.accepted) != 0 {
		f.t.Error("a paused acceptor accepts")
	}
}

func TestAcceptor(t *testing.T) {
	f := newFixture(t)
	f.want(f.dial())
	f.want(f.dial())
	f.do(func() {
		f.acceptor.Pause()
		f.acceptor.Pause()
	})
	remote := f.dial()
	f.waiting()
	f.do(func() {
		for range 2 {
			if err := f.acceptor.Resume(); err != nil {
				t.Error(err)
			}
		}
	})
	f.want(remote)
	f.do(f.acceptor.Stop)
	f.dial()
	f.waiting()
	f.do(func() {
		f.acceptor.Stop()
		if err := f.acceptor.Resume(); err != nil {
			t.Error(err)
		}
	})
	f.waiting()
}

// TestAcceptManyFairly wants all of many connections to be accepted.
func TestAcceptManyFairly(t *testing.T) {
	f := newFixture(t)
	f.do(f.acceptor.Pause)
	var remotes []string
	for range 5 * acceptsPerTurn {
		remotes = append(remotes, f.dial())
	}
	f.do(func() { f.acceptor.Resume() })
	for _, remote := range remotes {
		f.want(remote)
	}
}

// TestPausedByTheAccepted pauses while several connections wait.
func TestPausedByTheAccepted(t *testing.T) {
	f := newFixture(t)
	f.do(func() {
		f.acceptor.Pause()
		f.acceptor.call = func(fd int, remote string) {
			f.acceptor.Pause()
			Close(fd)
			f.accepted <- remote
		}
	})
	first, second := f.dial(), f.dial()
	f.do(func() { f.acceptor.Resume() })
	f.want(first)
	f.waiting()
	f.do(func() { f.acceptor.Resume() })
	f.want(second)
}

// TestSocketThatFails wants an acceptor whose socket can accept no more to say so
// and end, and not to be asked over and over.
func TestSocketThatFails(t *testing.T) {
	var records []log.Record // written on the loop
	defer log.Observe(func(r log.Record) { records = append(records, r) })()
	log.SetLevel(log.LevelNone)
	defer log.SetLevel(log.LevelWarning)
	f := newFixture(t)
	unix.Shutdown(f.socket.FD, unix.SHUT_RDWR)
	for stopped := false; !stopped; {
		f.do(func() { stopped = f.acceptor.closed })
	}
	f.do(func() {
		if len(records) != 1 || records[0].Level != log.LevelError {
			t.Errorf("got the records %+v; want one error", records)
		}
	})
}

func TestAcceptFromNoSocket(t *testing.T) {
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := AddAcceptHandler(l, 9999, nil); err == nil {
		t.Error("a descriptor that is not open was taken")
	}
}

// TestAcceptAfterReset wants a client that has gone before it was accepted to stop
// nothing.
func TestAcceptAfterReset(t *testing.T) {
	f := newFixture(t)
	f.do(f.acceptor.Pause)
	conn, err := net.Dial("tcp", f.socket.Address)
	if err != nil {
		t.Fatal(err)
	}
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
	remote := f.dial()
	f.do(func() { f.acceptor.Resume() })
	for {
		select {
		case got := <-f.accepted:
			if got != remote { // the one that has gone, on systems that give it out
				continue
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the next client was not accepted")
		}
		return
	}
}

func TestWhatAcceptErrorsMean(t *testing.T) {
	for _, tt := range []struct {
		err        syscall.Errno
		again, out bool
	}{
		{unix.ECONNABORTED, true, false},
		{unix.EINTR, true, false},
		{unix.EPROTO, true, false},
		{unix.EHOSTUNREACH, true, false},
		{unix.EMFILE, false, true},
		{unix.ENFILE, false, true},
		{unix.ENOBUFS, false, true},
		{unix.ENOMEM, false, true},
		{unix.EBADF, false, false},
		{unix.EINVAL, false, false},
	} {
		if again, out := acceptAgain(tt.err), outOfDescriptors(tt.err); again != tt.again || out != tt.out {
			t.Errorf("%v: got %v, %v; want %v, %v", tt.err, again, out, tt.again, tt.out)
		}
	}
}

// TestOutOfDescriptorsIsSaidOnce lets accepting fail over and over.
func TestOutOfDescriptorsIsSaidOnce(t *testing.T) {
	var records []log.Record // written on the loop
	defer log.Observe(func(r log.Record) { records = append(records, r) })()
	log.SetLevel(log.LevelNone)
	defer log.SetLevel(log.LevelWarning)
	f := newFixture(t)
	f.do(func() {
		for range 3 {
			f.acceptor.pauseBecause(unix.EMFILE)
		}
	})
	f.want(f.dial()) // it goes on by itself
	f.do(func() {
		if len(records) != 1 || records[0].Level != log.LevelError {
			t.Errorf("got the records %+v; want one error", records)
		}
	})
}
