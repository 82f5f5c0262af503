//go:build linux

package poller

import (
	"errors"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A modelQueue does with poll what kqueue(2) says that a kqueue does, so that the
// suite runs over the kqueue poller on systems without one. What it cannot show is
// whether the kernels keep to their manual.
type modelQueue struct {
	filters []modelFilter // the one that waits longest for its turn first
	wakeup  int           // an eventfd
	calls   int
	refuse  filter // fails to be added
}

type modelFilter struct {
	fd     int
	filter filter
	told   bool // of ended
}

func newModelQueue() (*modelQueue, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	return &modelQueue{wakeup: fd}, err
}

// place is what readable and ended share in the kernel: the filter EVFILT_READ.
func place(f filter) filter {
	if f == ended {
		return readable
	}
	return f
}

func (q *modelQueue) index(fd int, f filter) int {
	return slices.IndexFunc(q.filters, func(m modelFilter) bool { return m.fd == fd && place(m.filter) == place(f) })
}

func isOpen(fd int) bool {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil
}

// forgetClosed is what the kernel does when a descriptor is closed.
func (q *modelQueue) forgetClosed() {
	q.filters = slices.DeleteFunc(q.filters, func(m modelFilter) bool { return !isOpen(m.fd) })
}

func (q *modelQueue) add(fd int, f filter) error {
	q.calls++
	switch {
	case !isOpen(fd):
		return unix.EBADF
	case f == q.refuse:
		return unix.ENOMEM
	}
	if q.index(fd, f) < 0 { // otherwise the kernel keeps the flags that the filter has
		q.filters = append(q.filters, modelFilter{fd: fd, filter: f})
	}
	return nil
}

func (q *modelQueue) remove(fd int, f filter) error {
	q.calls++
	q.forgetClosed()
	i := q.index(fd, f)
	if i < 0 {
		return unix.ENOENT
	}
	q.filters = slices.Delete(q.filters, i, i+1)
	return nil
}

func (q *modelQueue) wait(batch []kevent, timeout time.Duration) (int, error) {
	q.forgetClosed()
	deadline := time.Now().Add(timeout)
	for {
		fds := []unix.PollFd{{Fd: int32(q.wakeup), Events: unix.POLLIN}}
		for _, m := range q.filters {
			fds = append(fds, unix.PollFd{Fd: int32(m.fd), Events: m.interest()})
		}
		ts := unix.NsecToTimespec(int64(max(time.Until(deadline), 0)))
		if _, err := unix.Ppoll(fds, &ts, nil); err != nil && err != unix.EINTR {
			return 0, err
		}
		if n := q.collect(fds, batch); n > 0 || !time.Now().Before(deadline) {
			return n, nil
		}
	}
}

// interest is what poll shall wait for; an end that was told is nothing to wait for.
func (m *modelFilter) interest() int16 {
	switch {
	case m.filter == readable:
		return unix.POLLIN | unix.POLLRDHUP
	case m.filter == writable:
		return unix.POLLOUT
	case m.told:
		return 0
	}
	return unix.POLLRDHUP
}

func (q *modelQueue) collect(fds []unix.PollFd, batch []kevent) (n int) {
	if fds[0].Revents != 0 {
		unix.Read(q.wakeup, make([]byte, 8))
		batch[n] = kevent{wake: true}
		n++
	}
	told := 0
	for i := range q.filters {
		if n == len(batch) {
			break
		}
		told = i + 1
		if e, ok := q.filters[i].event(fds[i+1].Revents); ok {
			batch[n] = e
			n++
		}
	}
	q.filters = append(q.filters[told:], q.filters[:told]...)
	return n
}

func (m *modelFilter) event(revents int16) (e kevent, ok bool) {
	e = kevent{fd: m.fd, filter: place(m.filter), failed: revents&unix.POLLERR != 0}
	switch {
	case m.filter == writable:
		e.eof = revents&(unix.POLLERR|unix.POLLHUP) != 0
		return e, revents != 0
	case m.filter == readable:
		e.eof = revents&(unix.POLLERR|unix.POLLHUP|unix.POLLRDHUP) != 0
		return e, revents != 0
	}
	e.eof = true
	ok = revents != 0 && !m.told
	m.told = m.told || ok
	return e, ok
}

func (q *modelQueue) wake() { unix.Write(q.wakeup, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

func (q *modelQueue) close() error { return unix.Close(q.wakeup) }

func init() {
	pollers["kqueue's rules"] = func() (Poller, error) {
		q, err := newModelQueue()
		return newKqueue(q), err
	}
}

// TestFilters wants few changes: EVFILT_WRITE only while it is wanted, and nothing
// done twice.
func TestFilters(t *testing.T) {
	f := newFixture(t, New)
	q, err := newModelQueue()
	if err != nil {
		t.Fatal(err)
	}
	p := newKqueue(q)
	defer p.Close()
	for i, step := range []struct {
		want    Events
		filters filter
		calls   int
	}{
		{Read | PeerEnd, readable, 1},
		{Read | PeerEnd, readable, 0},
		{Read, readable, 0},
		{Read | Write, readable | writable, 1},
		{Read, readable, 1},
		{PeerEnd, ended, 2},
		{0, ended, 0},
		{Write, writable, 2},
		{Write | PeerEnd, writable | ended, 1},
		{Read | Exclusive, readable, 3},
	} {
		q.calls = 0
		change := p.Modify
		if i == 0 {
			change = p.Add
		}
		if err := change(f.near, 1, step.want); err != nil {
			t.Fatal(err)
		}
		if got := p.watched[f.near].filters; got != step.filters || q.calls != step.calls || len(q.filters) != len(filtersOf(got)) {
			t.Errorf("step %d, %b: got the filters %b by %d calls; want %b by %d", i, step.want, got, q.calls, step.filters, step.calls)
		}
	}
	if err := p.Remove(f.near); err != nil || len(q.filters) != 0 {
		t.Errorf("Remove: got %v; filters %v are left", err, q.filters)
	}
}

func filtersOf(f filter) (all []filter) {
	for _, one := range []filter{readable, ended, writable} {
		if f&one != 0 {
			all = append(all, one)
		}
	}
	return all
}

func TestFailedAddLeavesNothing(t *testing.T) {
	f := newFixture(t, New)
	q, err := newModelQueue()
	if err != nil {
		t.Fatal(err)
	}
	p := newKqueue(q)
	defer p.Close()
	q.refuse = writable
	if err := p.Add(f.near, 1, Read|Write); !errors.Is(err, unix.ENOMEM) {
		t.Errorf("got %v; want the kernel's error", err)
	}
	if len(q.filters) != 0 || len(p.watched) != 0 {
		t.Errorf("left are %v, %v", q.filters, p.watched)
	}
}

func TestMeaningOfKevents(t *testing.T) {
	for _, tt := range []struct {
		name string
		e    kevent
		want Events // that was asked for
		got  Events
	}{
		{"bytes", kevent{filter: readable}, Read | PeerEnd, Read},
		{"the end", kevent{filter: readable, eof: true}, Read | PeerEnd, Read | PeerEnd},
		{"the end, of which nobody asked", kevent{filter: readable, eof: true}, Read, Read},
		{"the end alone", kevent{filter: readable, eof: true}, PeerEnd, PeerEnd},
		{"a full buffer, for the filter of the end", kevent{filter: readable}, PeerEnd, 0},
		{"reset", kevent{filter: readable, eof: true, failed: true}, Read | PeerEnd, Read | PeerEnd | Error},
		{"reset, nothing wanted", kevent{filter: readable, eof: true, failed: true}, 0, Error},
		{"the end, nothing wanted", kevent{filter: readable, eof: true}, 0, 0},
		{"room", kevent{filter: writable}, Read | Write, Write},
		{"refused", kevent{filter: writable, eof: true, failed: true}, Write, Write | Error},
		{"a pipe without a reader", kevent{filter: writable, eof: true}, Write, Write | Error},
	} {
		if got := tt.e.events(tt.want); got != tt.got {
			t.Errorf("%s: got %b; want %b", tt.name, got, tt.got)
		}
	}
}

// TestErrorsOfTheKernel wants a failure of kevent to be told by Wait.
func TestErrorsOfTheKernel(t *testing.T) {
	p := newKqueue(brokenQueue{})
	if n, err := p.Wait(make([]Event, 8), -1); n != 0 || !errors.Is(err, unix.EBADF) {
		t.Errorf("got %d, %v; want EBADF", n, err)
	}
}

type brokenQueue struct{ queue }

func (brokenQueue) wait(_ []kevent, timeout time.Duration) (int, error) {
	if timeout < 0 || timeout > parkAtMost {
		return 0, errors.New("the timeout was not bounded")
	}
	return 0, unix.EBADF
}
