package poller

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// epoll waits without a thread of its own: its descriptor is itself registered
// with Go's poller, so that a loop with nothing to do parks like a goroutine that
// reads from a socket. Wake moves the read deadline of that descriptor into the
// past, which costs half of writing to an eventfd and takes no system call.
type epoll struct {
	fd   int
	file *os.File
	raw  syscall.RawConn
	buf  []unix.EpollEvent

	// Owned by Wait.
	ready []Event
	n     int
	poll  func(uintptr) bool

	mu     sync.Mutex // guards what follows
	parked bool
	woken  bool
	armed  time.Time // the deadline that file has
}

// New returns the system's poller.
func New() (Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	// os.NewFile takes a descriptor into Go's poller only if it is non-blocking.
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	p := &epoll{fd: fd, file: os.NewFile(uintptr(fd), "epoll"), buf: make([]unix.EpollEvent, 128)}
	p.armed = time.Now().Add(parkAtMost)
	if err := p.file.SetReadDeadline(p.armed); err != nil {
		p.file.Close()
		return nil, err
	}
	if p.raw, err = p.file.SyscallConn(); err != nil {
		p.file.Close()
		return nil, err
	}
	p.poll = func(uintptr) bool {
		p.n = p.pollNow(p.ready)
		return p.n != 0
	}
	return p, nil
}

func (p *epoll) Add(fd int, tag uint32, want Events) error {
	return p.control(unix.EPOLL_CTL_ADD, fd, tag, want)
}

func (p *epoll) Modify(fd int, tag uint32, want Events) error {
	return p.control(unix.EPOLL_CTL_MOD, fd, tag, want)
}

func (p *epoll) Remove(fd int) error {
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.fd, unix.EPOLL_CTL_DEL, fd, nil))
}

func (p *epoll) control(op, fd int, tag uint32, want Events) error {
	event := unix.EpollEvent{Fd: int32(fd), Pad: int32(tag)}
	if want&Read != 0 {
		event.Events |= unix.EPOLLIN
	}
	if want&Write != 0 {
		event.Events |= unix.EPOLLOUT
	}
	if want&PeerEnd != 0 {
		event.Events |= unix.EPOLLRDHUP
	}
	if want&Exclusive != 0 {
		event.Events |= unix.EPOLLEXCLUSIVE
	}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.fd, op, fd, &event))
}

func (p *epoll) Wait(ready []Event, timeout time.Duration) (int, error) {
	if n := p.pollNow(ready); n != 0 || timeout == 0 {
		return max(n, 0), nil
	}
	if !p.arm(timeout) {
		return 0, nil
	}
	p.ready, p.n = ready, 0
	err := p.raw.Read(p.poll)
	p.ready = nil
	p.mu.Lock()
	p.parked, p.woken = false, false
	p.mu.Unlock()
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, err
	}
	return max(p.n, 0), nil
}

// arm prepares to park for at most timeout. It reports false if a Wake came
// before.
func (p *epoll) arm(timeout time.Duration) bool {
	if timeout < 0 || timeout > parkAtMost {
		timeout = parkAtMost
	}
	now := time.Now()
	deadline := now.Add(timeout)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.woken {
		p.woken = false
		return false
	}
	// A deadline in the past is what is left of a Wake. One that is earlier than
	// needed is left as it is: to return early now and then is cheaper than to move
	// it each time.
	if !p.armed.After(now) || deadline.Before(p.armed) {
		p.armed = deadline
		p.file.SetReadDeadline(deadline)
	}
	p.parked = true
	return true
}

func (p *epoll) Wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.woken {
		return
	}
	p.woken = true
	if p.parked {
		p.armed = time.Unix(1, 0)
		p.file.SetReadDeadline(p.armed)
	}
}

// pollNow asks without waiting, and so may skip the runtime's preparations for a
// system call that blocks. It returns -1 when the call was interrupted.
func (p *epoll) pollNow(ready []Event) int {
	want := min(len(ready), len(p.buf))
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.buf[0])), uintptr(want), 0, 0, 0)
	if errno != 0 {
		return -1
	}
	for i := range p.buf[:n] {
		got := &p.buf[i]
		event := Event{FD: int(got.Fd), Tag: uint32(got.Pad)}
		if got.Events&unix.EPOLLIN != 0 {
			event.Events |= Read
		}
		if got.Events&unix.EPOLLOUT != 0 {
			event.Events |= Write
		}
		if got.Events&unix.EPOLLRDHUP != 0 {
			event.Events |= PeerEnd
		}
		if got.Events&(unix.EPOLLERR|unix.EPOLLHUP) != 0 {
			event.Events |= Error
		}
		ready[i] = event
	}
	return int(n)
}

func (p *epoll) Close() error { return p.file.Close() }
