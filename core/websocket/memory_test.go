//go:build linux

package websocket

import (
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
	"golang.org/x/sys/unix"
)

// memorySocket has what a chat would have.
type memorySocket struct {
	WebSocketHandler
	room *int
	name string
}

func (h *memorySocket) Open() { h.room, h.name = new(int), "somebody" }

func (h *memorySocket) OnMessage(text string) error { return h.WriteMessage(text) }

// idleLimit is what an idle connection may cost, in bytes of heap, all of it: its
// stream, the server's part, the request, the handler; usedFactor how much more it
// may be after use.
const (
	idleLimit  = 900
	usedFactor = 1.1
)

// rawSockets connects without anything on the heap, so that only the server's side
// is measured.
func rawSockets(t *testing.T, s *tornadotest.Server, n int) []int {
	t.Helper()
	to := netip.MustParseAddrPort(s.Address())
	fds := make([]int, 0, n)
	t.Cleanup(func() {
		for _, fd := range fds {
			unix.Close(fd)
		}
	})
	for range n {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		fds = append(fds, fd)
		if err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}); err != nil {
			t.Fatal(err)
		}
		if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 10}); err != nil {
			t.Fatal(err)
		}
	}
	return fds
}

// exchange sends bytes and reads until an answer ends with what is wanted.
func exchange(t *testing.T, fd int, send, want string) {
	t.Helper()
	if _, err := unix.Write(fd, []byte(send)); err != nil {
		t.Fatal(err)
	}
	var buf [2048]byte
	for have := 0; ; {
		n, err := unix.Read(fd, buf[have:])
		if err == unix.EINTR { // the runtime's own signals
			continue
		}
		if err != nil || n == 0 {
			t.Fatalf("got %q, %v; want %q", buf[:have], err, want)
		}
		if have += n; strings.HasSuffix(string(buf[:have]), want) {
			return
		}
	}
}

func heap() int {
	var stats runtime.MemStats
	// What pools keep goes with the second collection.
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

func TestIdleMemory(t *testing.T) {
	const n = 2000
	var allowed unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &allowed); err != nil || allowed.Cur < 2*n+100 {
		t.Skipf("%d descriptors are allowed (%v), and %d needed", allowed.Cur, err, 2*n+100)
	}
	s := serve(t, web.URL[memorySocket](`/`))
	before := heap()
	fds := rawSockets(t, s, n)
	for _, fd := range fds {
		exchange(t, fd, "GET / HTTP/1.1\r\n"+upgradeHead+"\r\n", "\r\n\r\n")
	}
	fresh := (heap() - before) / n
	goroutines := runtime.NumGoroutine()
	message, echo := f(0x81, strings.Repeat("x", 32)), "\x81\x20"+strings.Repeat("x", 32)
	for _, fd := range fds {
		exchange(t, fd, message, echo)
	}
	used := (heap() - before) / n
	t.Logf("an idle connection costs %d bytes of heap, %d after use", fresh, used)
	if fresh > idleLimit || float64(used) > usedFactor*float64(fresh) {
		t.Errorf("an idle connection costs %d bytes, %d after use; want at most %d, and no more than %.1f times as much", fresh, used, idleLimit, usedFactor)
	}
	if more := runtime.NumGoroutine() - goroutines; goroutines > 100 || more > 10 {
		t.Errorf("%d goroutines run for %d idle connections, and %d more after use", goroutines, n, more)
	}
}
