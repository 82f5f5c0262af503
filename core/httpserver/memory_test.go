//go:build linux

package httpserver

import (
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// rawDial connects without anything on the heap, so that only the server's side
// is measured.
func rawDial(t *testing.T, address string) (fd int) {
	t.Helper()
	to := netip.MustParseAddrPort(address)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Connect(fd, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()})
	}
	if err == nil {
		err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 10})
	}
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func rawExchange(t *testing.T, fd int, request string) {
	t.Helper()
	if _, err := unix.Write(fd, []byte(request)); err != nil {
		t.Fatal(err)
	}
	var buf [1024]byte
	n, err := unix.Read(fd, buf[:])
	for err == unix.EINTR { // the runtime's own signals
		n, err = unix.Read(fd, buf[:])
	}
	if err != nil || n < 12 || string(buf[:12]) != "HTTP/1.1 200" {
		t.Fatalf("got %q, %v", buf[:max(n, 0)], err)
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

// TestIdleMemory wants a connection that has had an answer and waits for its next
// request to cost little.
func TestIdleMemory(t *testing.T) {
	const n, limit = 2000, 600
	var allowed unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &allowed); err != nil || allowed.Cur < 2*n+100 {
		t.Skipf("%d descriptors are allowed (%v), and %d needed", allowed.Cur, err, 2*n+100)
	}
	s, address := start(t, echo{}, Options{Loops: 1})
	fds := make([]int, 0, n)
	defer func() {
		for _, fd := range fds {
			unix.Close(fd)
		}
	}()
	before := heap()
	for range n {
		fd := rawDial(t, address)
		fds = append(fds, fd)
		rawExchange(t, fd, "GET /some/path?query HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a client with a name of some length\r\n\r\n")
	}
	each := (heap() - before) / n
	if s.Connections() != n {
		t.Fatalf("%d connections are open; want %d", s.Connections(), n)
	}
	t.Logf("an idle connection costs %d bytes of heap", each)
	if each > limit {
		t.Errorf("an idle connection costs %d bytes of heap; want at most %d", each, limit)
	}
}

// TestMemoryIsGivenBack has connections that needed much once.
func TestMemoryIsGivenBack(t *testing.T) {
	const n = 50
	s, address := start(t, echo{}, Options{Loops: 1})
	before := heap()
	conns := make([]net.Conn, n)
	body := make([]byte, 1<<20)
	for i := range conns {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		conns[i] = conn
		c := client{t: t, conn: conn}
		c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n")
		c.send(string(body))
		// The echo is as long.
		for read := 0; read < len(body); {
			k, err := conn.Read(body)
			if err != nil {
				t.Fatal(err)
			}
			read += k
		}
	}
	if kept := heap() - before; kept > 5<<20 || s.Connections() != n {
		t.Errorf("%d bytes are kept for %d connections after %d MB of requests", kept, s.Connections(), n)
	}
}
