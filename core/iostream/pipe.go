package iostream

import (
	"fmt"

	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/netutil"
)

// NewPipe takes over fd, one end of a pipe, and makes it non-blocking. It has no
// Consumer. From the end for writing nothing can be read: it closes when nobody
// reads at the other. What the system gives no events for, such as a regular
// file, is refused.
func NewPipe(l *ioloop.IOLoop, fd int) (*IOStream, error) {
	readable, _, err := netutil.AccessMode(fd)
	if err != nil {
		return nil, fmt.Errorf("iostream: descriptor %d: %w", fd, err)
	}
	if err := netutil.SetNonblock(fd); err != nil {
		return nil, fmt.Errorf("iostream: descriptor %d: %w", fd, err)
	}
	s := newStream(l, fd, nil, nil)
	s.pipe, s.writeOnly = true, !readable
	want := ioloop.Read
	if s.writeOnly {
		want = 0
	}
	return s, s.watch(want)
}
