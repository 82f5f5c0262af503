//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poller

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// kqueue blocks in kevent: the runtime's poller refuses a kqueue descriptor, so
// a waiting loop keeps a thread.
type kqueue struct {
	fd      int
	wakeR   int // a pipe: EVFILT_USER is not everywhere
	wakeW   int
	buf     []unix.Kevent_t
	tags    map[int]uint32
	watched map[int]Events
}

// New returns the system's poller.
func New() (Poller, error) {
	fd, err := unix.Kqueue()
	if err != nil {
		return nil, os.NewSyscallError("kqueue", err)
	}
	unix.CloseOnExec(fd)
	var pipe [2]int
	if err := unix.Pipe(pipe[:]); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("pipe", err)
	}
	for _, end := range pipe {
		unix.CloseOnExec(end)
		unix.SetNonblock(end, true)
	}
	p := &kqueue{
		fd: fd, wakeR: pipe[0], wakeW: pipe[1],
		buf: make([]unix.Kevent_t, 128), tags: map[int]uint32{}, watched: map[int]Events{},
	}
	if err := p.change(p.wakeR, unix.EVFILT_READ, unix.EV_ADD); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *kqueue) change(fd int, filter, flags int) error {
	var event unix.Kevent_t
	unix.SetKevent(&event, fd, filter, flags)
	_, err := unix.Kevent(p.fd, []unix.Kevent_t{event}, nil, nil)
	return os.NewSyscallError("kevent", err)
}

func (p *kqueue) Add(fd int, tag uint32, want Events) error {
	p.watched[fd] = 0
	return p.Modify(fd, tag, want)
}

func (p *kqueue) Modify(fd int, tag uint32, want Events) error {
	// kqueue has no way to ask for the peer's end alone: reading tells it.
	have := p.watched[fd]
	for _, one := range []struct {
		event  Events
		filter int
	}{{Read, unix.EVFILT_READ}, {Write, unix.EVFILT_WRITE}} {
		var err error
		switch {
		case want&one.event != 0 && have&one.event == 0:
			err = p.change(fd, one.filter, unix.EV_ADD)
		case want&one.event == 0 && have&one.event != 0:
			err = p.change(fd, one.filter, unix.EV_DELETE)
		}
		if err != nil {
			return err
		}
	}
	p.watched[fd], p.tags[fd] = want, tag
	return nil
}

func (p *kqueue) Remove(fd int) error {
	err := p.Modify(fd, 0, 0)
	delete(p.watched, fd)
	delete(p.tags, fd)
	return err
}

func (p *kqueue) Wait(ready []Event, timeout time.Duration) (int, error) {
	var ts *unix.Timespec
	if timeout >= 0 {
		t := unix.NsecToTimespec(int64(timeout))
		ts = &t
	}
	got, err := unix.Kevent(p.fd, nil, p.buf[:min(len(ready), len(p.buf))], ts)
	if err != nil {
		if err == unix.EINTR {
			return 0, nil
		}
		return 0, os.NewSyscallError("kevent", err)
	}
	n := 0
	for i := range p.buf[:got] {
		fd := int(p.buf[i].Ident)
		if fd == p.wakeR {
			p.drainWake()
			continue
		}
		event := Event{FD: fd, Tag: p.tags[fd]}
		switch p.buf[i].Filter {
		case unix.EVFILT_READ:
			event.Events = Read
		case unix.EVFILT_WRITE:
			event.Events = Write
		}
		if p.buf[i].Flags&unix.EV_ERROR != 0 {
			event.Events |= Error
		}
		ready[n] = event
		n++
	}
	return n, nil
}

func (p *kqueue) drainWake() {
	var buf [64]byte
	for {
		if n, err := unix.Read(p.wakeR, buf[:]); n < len(buf) || err != nil {
			return
		}
	}
}

// Wake writes to the pipe; a full pipe wakes as well.
func (p *kqueue) Wake() { unix.Write(p.wakeW, []byte{0}) }

func (p *kqueue) Close() error {
	unix.Close(p.wakeR)
	unix.Close(p.wakeW)
	return os.NewSyscallError("close", unix.Close(p.fd))
}
