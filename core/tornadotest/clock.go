package tornadotest

import (
	"net"
	"sync"
	"testing"
	"time"
)

// A Clock stands still until it is told to go on. Its Now is for web.Settings and
// web.MemoryStoreOptions: cookies, tokens and sessions grow old by it. Any goroutine
// may use it.
type Clock struct {
	mu  sync.Mutex // guards what follows
	now time.Time
}

// NewClock makes a clock that shows a time; zero means the present.
func NewClock(now time.Time) *Clock {
	if now.IsZero() {
		now = time.Now()
	}
	return &Clock{now: now}
}

// Now is the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance lets the clock go on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// BindUnusedPort listens on a free port of 127.0.0.1, and returns its number. The
// listener is closed when the test ends, if it was not before.
func BindUnusedPort(t testing.TB) (listener net.Listener, port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("tornadotest: %v", err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener, listener.Addr().(*net.TCPAddr).Port
}
