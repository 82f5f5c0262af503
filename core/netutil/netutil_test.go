//go:build unix

package netutil

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/trace"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestParseAddress(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Address
		err  string // part of it
	}{
		{"127.0.0.1:8888", Address{Host: "127.0.0.1", Port: 8888}, ""},
		{":0", Address{}, ""},
		{"[::1]:65535", Address{Host: "::1", Port: 65535}, ""},
		{"example.com:80", Address{Host: "example.com", Port: 80}, ""},
		{"unix:/run/app.sock", Address{Path: "/run/app.sock"}, ""},
		{"unix:", Address{}, "without a path"},
		{"", Address{}, "host:port"},
		{"8888", Address{}, "host:port"},
		{"localhost", Address{}, "host:port"},
		{"::1:80", Address{}, "host:port"},
		{":http", Address{}, "number"},
		{":65536", Address{}, "number"},
		{":-1", Address{}, "number"},
		{":+80", Address{}, "number"},
		{":", Address{}, "number"},
	} {
		got, err := ParseAddress(tt.text)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !(strings.Contains(err.Error(), tt.err) && strings.Contains(err.Error(), tt.text)) {
			t.Errorf("%q: got %+v, %v; want %+v, %q", tt.text, got, err, tt.want, tt.err)
		}
	}
}

func bind(t *testing.T, address string) []Socket {
	t.Helper()
	sockets, err := BindSockets(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { CloseSockets(sockets) })
	return sockets
}

// checkListens connects, and looks at what must be true of each socket.
func checkListens(t *testing.T, network string, s Socket) {
	t.Helper()
	conn, err := net.Dial(network, strings.TrimPrefix(s.Address, "unix:"))
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if flags, err := unix.FcntlInt(uintptr(s.FD), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK == 0 {
		t.Errorf("%s may block (%v)", s.Address, err)
	}
	if flags, err := unix.FcntlInt(uintptr(s.FD), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("%s is inherited by every child (%v)", s.Address, err)
	}
	if got := LocalAddress(s.FD); got != s.Address {
		t.Errorf("LocalAddress: got %q; want %q", got, s.Address)
	}
}

func TestBindTCP(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "localhost", ""} {
		t.Run(host, func(t *testing.T) {
			sockets := bind(t, host+":0")
			_, first, _ := net.SplitHostPort(sockets[0].Address)
			if first == "0" {
				t.Fatalf("got %s; want the port that was chosen", sockets[0].Address)
			}
			families := 1
			if probe, err := net.Listen("tcp6", "[::1]:0"); err == nil && host != "127.0.0.1" {
				probe.Close()
				families = 2
			}
			if len(sockets) != families {
				t.Errorf("got %d sockets; want %d", len(sockets), families)
			}
			for _, s := range sockets {
				if _, port, _ := net.SplitHostPort(s.Address); port != first {
					t.Errorf("got the addresses %v; want one port", sockets)
				}
				checkListens(t, "tcp", s)
			}
		})
	}
}

func TestBindInUse(t *testing.T) {
	address := bind(t, "127.0.0.1:0")[0].Address
	sockets, err := BindSockets(address)
	if !errors.Is(err, unix.EADDRINUSE) || !strings.Contains(err.Error(), address) || sockets != nil {
		t.Errorf("got %v, %v; want an error that names %s", sockets, err, address)
	}
	_, port, _ := net.SplitHostPort(address)
	if _, err := BindSockets(":" + port); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("got %v; want that the port is in use", err)
	}
}

func TestBindFails(t *testing.T) {
	for address, want := range map[string]string{
		"nonsense":                    "host:port",
		"192.0.2.1:0":                 "192.0.2.1", // of no interface
		"unix:/nonexistent/directory": "/nonexistent/directory",
	} {
		if sockets, err := BindSockets(address); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v; want an error with %q", address, sockets, err, want)
		}
	}
}

func TestBindUnix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	first := bind(t, "unix:"+path)
	checkListens(t, "unix", first[0])
	if first[0].Address != "unix:"+path {
		t.Errorf("got %q", first[0].Address)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v; want that only we may connect", info.Mode(), err)
	}
	if _, err := BindSockets("unix:" + path); err == nil || !strings.Contains(err.Error(), "another program listens there") {
		t.Errorf("got %v; want that somebody listens", err)
	}
	unix.Close(first[0].FD) // as if the program had crashed
	first[0].FD = -1
	checkListens(t, "unix", bind(t, "unix:"+path)[0])
}

func TestBindUnixLeavesForeignFilesAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(path, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := BindSockets("unix:" + path); err == nil || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("got %v; want that the file is not a socket", err)
	}
	if data, err := os.ReadFile(path); string(data) != "data" {
		t.Errorf("the file is gone: %v", err)
	}
}

// inheritable is a listening socket as a parent would leave it to us: blocking,
// and open across exec.
func inheritable(t *testing.T) (fd int, address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fd, err = unix.FcntlInt(file.Fd(), unix.F_DUPFD, 3)
	if err != nil {
		t.Fatal(err)
	}
	unix.SetNonblock(fd, false)
	return fd, listener.Addr().String()
}

func TestInherited(t *testing.T) {
	first, firstAddress := inheritable(t)
	second, secondAddress := inheritable(t)
	t.Setenv(inheritedVariable, fmt.Sprintf("%s=%d,x=%d", firstAddress, first, second))
	sockets := bind(t, "127.0.0.1:0")
	if len(sockets) != 2 || sockets[0] != (Socket{first, firstAddress}) || sockets[1] != (Socket{second, secondAddress}) {
		t.Fatalf("got %+v; want what was inherited", sockets)
	}
	for _, s := range sockets {
		checkListens(t, "tcp", s)
	}
	if _, ok := os.LookupEnv(inheritedVariable); ok {
		t.Error("children of ours would believe to have the sockets")
	}
	if other := bind(t, "127.0.0.1:0"); other[0].FD == first || other[0].Address == firstAddress {
		t.Error("inherited sockets were taken twice")
	}
}

func TestInheritedMalformed(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, value := range []string{"x", "=", "127.0.0.1:80=", "127.0.0.1:80=2", "127.0.0.1:80=-1", "a=9999", fmt.Sprint("a=", file.Fd())} {
		t.Setenv(inheritedVariable, value)
		if sockets, err := BindSockets("127.0.0.1:0"); err == nil || !strings.Contains(err.Error(), inheritedVariable) {
			CloseSockets(sockets)
			t.Errorf("%q: got %v, %v; want an error that names the variable", value, sockets, err)
		}
	}
}

func TestSupervisorsSockets(t *testing.T) {
	fd, address := inheritable(t)
	var asked []string
	answer := func() ([]int, bool, error) { return []int{fd}, true, nil }
	previous := trace.Install(&trace.Hooks{Listen: func(network, address string) ([]int, bool, error) {
		asked = append(asked, network+" "+address)
		return answer()
	}})
	defer trace.Install(previous)
	if sockets := bind(t, ":8888"); len(sockets) != 1 || sockets[0] != (Socket{fd, address}) || asked[0] != "tcp :8888" {
		t.Fatalf("got %+v, asked for %q", sockets, asked)
	} else {
		checkListens(t, "tcp", sockets[0])
	}
	answer = func() ([]int, bool, error) { return nil, false, nil }
	if own := bind(t, "127.0.0.1:0"); own[0].Address == address {
		t.Errorf("got %+v; want a socket of our own", own)
	}
	reason := errors.New("taken by another")
	answer = func() ([]int, bool, error) { return nil, false, reason }
	if _, err := BindSockets(":8888"); !errors.Is(err, reason) || !strings.Contains(err.Error(), ":8888") {
		t.Errorf("got %v; want the supervisor's reason, and the address", err)
	}
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

func TestReadAndWrite(t *testing.T) {
	near, far := pair(t)
	buf := make([]byte, 10)
	if n, err := Read(near, buf); n != 0 || err != ErrWouldBlock {
		t.Errorf("nothing is there: got %d, %v", n, err)
	}
	if HasUnread(near) {
		t.Error("HasUnread, with nothing there")
	}
	if n, err := Write(far, []byte("abc")); n != 3 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if !HasUnread(near) {
		t.Error("not HasUnread, with three bytes there")
	}
	if n, err := Read(near, buf); string(buf[:n]) != "abc" || err != nil {
		t.Errorf("got %q, %v", buf[:n], err)
	}
	written := 0
	for {
		n, err := Write(far, make([]byte, 64<<10))
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
		n, err := Read(near, make([]byte, 64<<10))
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
		"read":  func() (int, error) { return Read(-1, buf) },
		"write": func() (int, error) { return Write(-1, buf) },
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
