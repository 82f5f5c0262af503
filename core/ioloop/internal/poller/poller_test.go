//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package poller

import (
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tornado-dev/tornado/core/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// pollers are the kinds that the suite runs over.
var pollers = map[string]func() (Poller, error){"the system's": New}

// each runs one test of the suite on every kind of poller.
func each(t *testing.T, test func(t *testing.T, f *fixture)) {
	for name, make := range pollers {
		t.Run(name, func(t *testing.T) { test(t, newFixture(t, make)) })
	}
}

// A fixture is a poller and a pair of connected sockets.
type fixture struct {
	t          *testing.T
	make       func() (Poller, error)
	p          Poller
	near, far  int
	closedNear bool
}

func newFixture(t *testing.T, make func() (Poller, error)) *fixture {
	p, err := make()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, make: make, p: p, near: pair[0], far: pair[1]}
	t.Cleanup(func() {
		unix.Close(f.far)
		if !f.closedNear {
			unix.Close(f.near)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *fixture) add(fd int, tag uint32, want Events) {
	f.t.Helper()
	if err := f.p.Add(fd, tag, want); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) modify(fd int, tag uint32, want Events) {
	f.t.Helper()
	if err := f.p.Modify(fd, tag, want); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) send() {
	f.t.Helper()
	if _, err := unix.Write(f.far, []byte("x")); err != nil {
		f.t.Fatal(err)
	}
}

// wait returns what is ready. kqueue may report the events of one descriptor one
// by one, so they are put together.
func (f *fixture) wait(timeout time.Duration) []Event {
	f.t.Helper()
	var ready [8]Event
	n, err := f.p.Wait(ready[:], timeout)
	if err != nil {
		f.t.Fatal(err)
	}
	var got []Event
	for _, event := range ready[:n] {
		if i := slices.IndexFunc(got, func(e Event) bool { return e.FD == event.FD && e.Tag == event.Tag }); i >= 0 {
			got[i].Events |= event.Events
			continue
		}
		got = append(got, event)
	}
	return got
}

// want waits until something is ready and compares.
func (f *fixture) want(fd int, tag uint32, events Events) {
	f.t.Helper()
	got := f.wait(10 * time.Second)
	if len(got) != 1 || got[0] != (Event{fd, tag, events}) {
		f.t.Fatalf("got %+v; want descriptor %d, tag %d, events %b", got, fd, tag, events)
	}
}

func (f *fixture) wantNothing() {
	f.t.Helper()
	if got := f.wait(0); len(got) != 0 {
		f.t.Fatalf("got %+v; want nothing", got)
	}
}

func TestLevelTriggered(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.add(f.near, 7, Read)
		f.wantNothing()
		f.send()
		for range 3 {
			f.want(f.near, 7, Read)
		}
		unix.Read(f.near, make([]byte, 10))
		f.wantNothing()
	})
}

func TestModify(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.add(f.near, 7, Read)
		f.modify(f.near, 7, Read|Write)
		f.want(f.near, 7, Write)
		f.send()
		f.want(f.near, 7, Read|Write)
		f.modify(f.near, 8, Write)
		f.want(f.near, 8, Write)
		f.modify(f.near, 8, 0)
		f.wantNothing()
		f.modify(f.near, 9, Read)
		f.want(f.near, 9, Read)
		if err := f.p.Remove(f.near); err != nil {
			t.Fatal(err)
		}
		f.wantNothing()
	})
}

func TestPeerEnd(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.add(f.near, 1, Read|PeerEnd)
		unix.Shutdown(f.far, unix.SHUT_WR)
		got := f.wait(10 * time.Second)
		if len(got) != 1 || got[0].Events&PeerEnd == 0 || got[0].Events&Error != 0 {
			t.Fatalf("got %+v; want PeerEnd and no Error", got)
		}
	})
}

// TestPeerEndAlone is what a stream waits for that is not read, while its peer
// waits for an answer: bytes are there, and only the end is news.
func TestPeerEndAlone(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.add(f.near, 1, Read|PeerEnd)
		f.send()
		f.want(f.near, 1, Read)
		f.modify(f.near, 1, PeerEnd)
		f.wantNothing()
		f.send()
		f.wantNothing()
		unix.Shutdown(f.far, unix.SHUT_WR)
		f.want(f.near, 1, PeerEnd)
		f.modify(f.near, 1, 0)
		f.wantNothing()
		f.modify(f.near, 2, Read)
		f.want(f.near, 2, Read)
	})
}

// TestFailureIsAlwaysReported resets a connection whose other end wants nothing.
func TestFailureIsAlwaysReported(t *testing.T) {
	for _, want := range []Events{0, Read, Write, PeerEnd, Read | Write | PeerEnd} {
		each(t, func(t *testing.T, f *fixture) {
			near, far := connection(t)
			f.add(near, 1, want)
			unix.SetsockoptLinger(far, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
			unix.Close(far) // with a reset
			deadline := time.Now().Add(10 * time.Second)
			for time.Now().Before(deadline) {
				for _, event := range f.wait(10 * time.Second) {
					if event.Events&(Error|Read) != 0 {
						return
					}
				}
			}
			t.Errorf("nothing was told of a reset to one who wants %b", want)
		})
	}
}

// connection makes a TCP connection to itself. The caller closes far.
func connection(t *testing.T) (near, far int) {
	t.Helper()
	socket := func() int {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		return fd
	}
	listener := socket()
	defer unix.Close(listener)
	if err := unix.Bind(listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(listener, 1); err != nil {
		t.Fatal(err)
	}
	address, err := unix.Getsockname(listener)
	if err != nil {
		t.Fatal(err)
	}
	near = socket()
	t.Cleanup(func() { unix.Close(near) })
	if err := unix.Connect(near, address); err != nil {
		t.Fatal(err)
	}
	far, _, err = unix.Accept(listener)
	if err != nil {
		t.Fatal(err)
	}
	return near, far
}

// TestPipeWithoutReader is how the end of a child that one writes to is noticed.
func TestPipeWithoutReader(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		var pipe [2]int
		if err := unix.Pipe(pipe[:]); err != nil {
			t.Fatal(err)
		}
		defer unix.Close(pipe[1])
		f.add(pipe[1], 1, Write)
		f.want(pipe[1], 1, Write)
		unix.Close(pipe[0])
		f.want(pipe[1], 1, Write|Error)
	})
}

// TestAddedAfterClose closes a descriptor without a word and opens another of its
// number.
func TestAddedAfterClose(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.add(f.near, 1, Read|Write)
		unix.Close(f.near)
		fd, err := unix.Dup(f.far)
		if err != nil {
			t.Fatal(err)
		}
		if fd != f.near {
			unix.Close(fd)
			f.closedNear = true
			t.Skipf("the system gave the number %d and not %d again", fd, f.near)
		}
		f.add(fd, 2, Write)
		f.want(fd, 2, Write|Error) // its peer is closed
	})
}

func TestHangUpIsAlwaysReported(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.add(f.near, 1, Read)
		unix.Shutdown(f.near, unix.SHUT_RDWR)
		got := f.wait(10 * time.Second)
		if len(got) != 1 || got[0].Events == 0 {
			t.Fatalf("got %+v; want something", got)
		}
	})
}

// TestTags wants an event to tell which of two users of a number it belongs to.
func TestTags(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.add(f.near, 1, Read)
		if err := f.p.Remove(f.near); err != nil {
			t.Fatal(err)
		}
		f.add(f.near, 1<<32-1, Read)
		f.send()
		f.want(f.near, 1<<32-1, Read)
	})
}

func TestClosedIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.add(f.near, 1, Read)
		f.send()
		unix.Close(f.near)
		f.closedNear = true
		f.wantNothing()
	})
}

func TestMisuse(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.add(f.near, 1, Read)
		if err := f.p.Add(9999, 1, Read); err == nil {
			t.Error("a descriptor that is not open was added")
		}
		if err := f.p.Modify(9999, 1, Read); err == nil {
			t.Error("a descriptor that is not open was modified")
		}
		if err := f.p.Modify(f.far, 1, Read); err == nil {
			t.Error("a descriptor that was not added was modified")
		}
		if err := f.p.Remove(f.far); err == nil {
			t.Error("a descriptor that was not added was removed")
		}
	})
}

func TestMoreThanFits(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.add(f.near, 1, Write)
		f.add(f.far, 2, Write)
		seen := map[uint32]bool{}
		var one [1]Event
		for range 10 {
			n, err := f.p.Wait(one[:], time.Second)
			if n != 1 || err != nil {
				t.Fatalf("got %d, %v; want 1", n, err)
			}
			seen[one[0].Tag] = true
		}
		if len(seen) != 2 {
			t.Errorf("got events of %v; want both to have their turn", seen)
		}
	})
}

func TestTimeout(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.add(f.near, 1, Read)
		// A timeout that is shorter, and one that is longer, than the one before.
		for _, timeout := range []time.Duration{50 * time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, time.Microsecond, 0} {
			start := time.Now()
			waits := 0
			// It may return early, but neither late nor for ever early.
			for spent := time.Duration(0); spent < timeout; spent = time.Since(start) {
				if got := f.wait(timeout - spent); len(got) != 0 {
					t.Fatalf("got %+v; want nothing", got)
				}
				waits++
			}
			if spent := time.Since(start); spent > timeout+2*time.Second || waits > 10 {
				t.Errorf("a timeout of %v took %v and %d waits", timeout, spent, waits)
			}
		}
	})
}

func TestWakeBefore(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		for range 3 {
			f.p.Wake()
			f.p.Wake()
			for _, timeout := range []time.Duration{-1, time.Hour} {
				if got := f.wait(timeout); len(got) != 0 {
					t.Fatalf("got %+v; want nothing", got)
				}
				f.p.Wake()
			}
			f.wantNothing()
		}
	})
}

// TestWakeDuring wakes a waiting poller from another goroutine, over and over: a
// Wake that is lost leaves it asleep.
func TestWakeDuring(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.add(f.near, 1, Read)
		var mu sync.Mutex
		asked, answered := 0, 0
		ended := make(chan struct{})
		told := make(chan int, 1)
		go func() { // the test waits for ended
			defer close(ended)
			for n := 0; n < 5000; {
				f.p.Wait(make([]Event, 8), -1)
				mu.Lock()
				n = asked
				news := n != answered
				answered = n
				mu.Unlock()
				if news {
					told <- n
				}
			}
		}()
		for i := 1; i <= 5000; i++ {
			mu.Lock()
			asked = i
			mu.Unlock()
			f.p.Wake()
			select {
			case <-told:
			case <-time.After(10 * time.Second):
				t.Fatalf("wake %d was lost", i)
			}
		}
		<-ended
	})
}

// TestEventsDuring makes a descriptor ready while the poller waits.
func TestEventsDuring(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.add(f.near, 1, Read)
		for range 1000 {
			sent := make(chan struct{})
			go func() { // the test waits for sent
				defer close(sent)
				unix.Write(f.far, []byte("x"))
			}()
			f.want(f.near, 1, Read)
			unix.Read(f.near, make([]byte, 1))
			<-sent
		}
	})
}

// TestWakeAfterClose is what a loop that is being closed may see.
func TestWakeAfterClose(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		p, err := f.make()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		p.Wake()
		if err := p.Close(); err == nil {
			t.Error("a second Close said nothing")
		}
	})
}

// TestExclusive wants a connection on a socket that two pollers watch to be seen.
func TestExclusive(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		other, err := f.make()
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		f.add(f.near, 1, Read|Exclusive)
		if err := other.Add(f.near, 1, Read|Exclusive); err != nil {
			t.Fatal(err)
		}
		f.send()
		var ready [8]Event
		n, err := other.Wait(ready[:], 0)
		if err != nil || n+len(f.wait(0)) == 0 {
			t.Errorf("nobody was told (%v)", err)
		}
	})
}
