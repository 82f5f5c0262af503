//go:build unix

package netutil

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tornado-dev/tornado/core/internal/leak"
)

func TestMain(m *testing.M) {
	if os.Getenv(activatedVariable) != "" {
		reportActivation()
		return
	}
	leak.Main(m)
}

// pair is two connected sockets of ours.
func pair(t *testing.T) (near, far int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		unix.SetNonblock(fd, true)
		t.Cleanup(func() { unix.Close(fd) })
	}
	return fds[0], fds[1]
}

func TestReadAndWrite(t *testing.T) { testReadAndWrite(t, Read, Write) }

func TestReceiveAndSend(t *testing.T) { testReadAndWrite(t, Receive, Send) }

func testReadAndWrite(t *testing.T, read, write func(int, []byte) (int, error)) {
	near, far := pair(t)
	buf := make([]byte, 10)
	if n, err := read(near, buf); n != 0 || err != ErrWouldBlock {
		t.Errorf("nothing is there: got %d, %v", n, err)
	}
	if HasUnread(near) {
		t.Error("HasUnread, with nothing there")
	}
	if n, err := write(far, []byte("abc")); n != 3 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if !HasUnread(near) {
		t.Error("not HasUnread, with three bytes there")
	}
	if n, err := read(near, buf); string(buf[:n]) != "abc" || err != nil {
		t.Errorf("got %q, %v", buf[:n], err)
	}
	written := 0
	for {
		n, err := write(far, make([]byte, 64<<10))
		if err == ErrWouldBlock && n == 0 {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if written += n; written > 64<<20 {
			t.Fatal("there is always room")
		}
	}
	if err := ShutdownWrite(far); err != nil {
		t.Fatal(err)
	}
	for {
		n, err := read(near, make([]byte, 64<<10))
		if err != nil {
			t.Fatal(err)
		}
		if written -= n; n == 0 {
			break
		}
	}
	if written != 0 {
		t.Errorf("%d bytes are missing", written)
	}
	if HasUnread(near) {
		t.Error("HasUnread, at the end")
	}
	for name, call := range map[string]func() (int, error){
		"read":  func() (int, error) { return read(-1, buf) },
		"write": func() (int, error) { return write(-1, buf) },
	} {
		if _, err := call(); !errors.Is(err, unix.EBADF) || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s of a descriptor that is not open: got %v", name, err)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, s := range bind(t, "localhost:0") {
		conn, err := net.Dial("tcp", s.Address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		file, err := conn.(*net.TCPConn).File()
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if got := RemoteAddress(int(file.Fd())); got != s.Address {
			t.Errorf("got %q; want %q", got, s.Address)
		}
		if got := LocalAddress(int(file.Fd())); got != conn.LocalAddr().String() {
			t.Errorf("got %q; want %q", got, conn.LocalAddr())
		}
	}
	near, _ := pair(t)
	if got := RemoteAddress(near); got != "unix:" {
		t.Errorf("a nameless socket: got %q", got)
	}
	if got := RemoteAddress(-1) + LocalAddress(-1); got != "" {
		t.Errorf("no socket: got %q", got)
	}
}

// TestResetWhenClosed wants the peer to see a failure, and not an end.
func TestResetWhenClosed(t *testing.T) {
	s := bind(t, "127.0.0.1:0")[0]
	conn, err := net.Dial("tcp", s.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var fd int
	for fd, _, err = accept(s.FD); err == unix.EAGAIN; fd, _, err = accept(s.FD) {
		// The connection is on its way through the kernel.
	}
	if err != nil {
		t.Fatal(err)
	}
	ResetWhenClosed(fd)
	Close(fd)
	if _, err := io.ReadAll(conn); !errors.Is(err, unix.ECONNRESET) {
		t.Errorf("got %v; want a reset", err)
	}
}
