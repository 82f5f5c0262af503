//go:build unix

package netutil

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

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

func TestInheritedByAddress(t *testing.T) {
	first, firstAddress := inheritable(t)
	second, secondAddress := inheritable(t)
	third, _ := inheritable(t)
	t.Setenv(inheritedVariable, fmt.Sprintf("%s=%d,%s=%d,admin=%d", firstAddress, first, secondAddress, second, third))
	if got := bind(t, secondAddress); len(got) != 1 || got[0].FD != second {
		t.Errorf("got %v; want the one with the address", got)
	}
	if got, err := InheritedSockets("admin"); err != nil || len(got) != 1 || got[0].FD != third {
		t.Errorf("got %v, %v; want the one with the name", got, err)
	} else {
		CloseSockets(got)
	}
	if got, err := InheritedSockets("admin"); got != nil || err != nil {
		t.Errorf("got %v, %v; want nothing twice", got, err)
	}
	if got := bind(t, "127.0.0.1:0"); len(got) != 1 || got[0].FD != first {
		t.Errorf("got %v; want what is left", got)
	}
}

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		asked, bound string
		want         bool
	}{
		{":80", "0.0.0.0:80", true},
		{":80", "[::]:80", true},
		{":80", "127.0.0.1:80", false},
		{":80", "0.0.0.0:81", false},
		{"localhost:80", "127.0.0.1:80", true},
		{"localhost:80", "[::1]:80", true},
		{"localhost:80", "0.0.0.0:80", false},
		{"127.0.0.1:80", "127.0.0.1:80", true},
		{"[::1]:80", "127.0.0.1:80", false},
		{"example.com:80", "192.0.2.1:80", true},
		{"unix:/run/a", "unix:/run/a", true},
		{"unix:/run/a", "unix:/run/b", false},
		{"unix:/run/a", "127.0.0.1:80", false},
		{":80", "unix:/run/a", false},
	} {
		a, err := ParseAddress(tt.asked)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.matches(tt.bound); got != tt.want {
			t.Errorf("%s, bound to %s: got %v", tt.asked, tt.bound, got)
		}
	}
}

func TestInheritedThatDoesNotListen(t *testing.T) {
	near, _ := pair(t)
	t.Setenv(inheritedVariable, fmt.Sprint("a=", near))
	if sockets, err := BindSockets("127.0.0.1:0"); err == nil || !strings.Contains(err.Error(), "does not listen") {
		CloseSockets(sockets)
		t.Errorf("got %v, %v; want that the socket does not listen", sockets, err)
	}
}

const activatedVariable = "TEST_SOCKET_ACTIVATION"

// reportActivation is a program of its own, started as systemd starts one. It
// tells what it got for each address or name in its variable.
func reportActivation() {
	for what := range strings.FieldsSeq(os.Getenv(activatedVariable)) {
		take := BindSockets
		if !strings.Contains(what, ":") {
			take = InheritedSockets
		}
		sockets, err := take(what)
		fmt.Printf("%s:", what)
		for _, s := range sockets {
			flags, _ := unix.FcntlInt(uintptr(s.FD), unix.F_GETFD, 0)
			fmt.Printf(" %d,%v", s.FD, flags&unix.FD_CLOEXEC != 0)
		}
		if err != nil {
			fmt.Print(" ", err)
		}
		fmt.Println()
	}
	for _, name := range []string{listenFDs, listenPID, listenFDNames} {
		if value, ok := os.LookupEnv(name); ok {
			fmt.Printf("%s=%s is left\n", name, value)
		}
	}
}

func TestSystemd(t *testing.T) {
	listeners := make([]*os.File, 2)
	for i := range listeners {
		fd, _ := inheritable(t)
		listeners[i] = os.NewFile(uintptr(fd), "listener")
		defer listeners[i].Close()
	}
	pipe, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	defer other.Close()
	for _, tt := range []struct {
		name  string
		env   string // with $$ for the program's number
		files []*os.File
		ask   string
		want  string // without the addresses that the system chose
	}{
		{"all", "LISTEN_PID=$$ LISTEN_FDS=2", listeners, "127.0.0.1:0", "127.0.0.1:0: 3,true 4,true"},
		{"by name", "LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=http:admin", listeners, "admin http admin", "admin: 4,true\nhttp: 3,true\nadmin:"},
		{"fewer names", "LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=http", listeners, "http 127.0.0.1:0", "http: 3,true\n127.0.0.1:0: 4,true"},
		{"for another process", "LISTEN_PID=1 LISTEN_FDS=2 LISTEN_FDNAMES=a:b", listeners, "a", "a:"},
		{"for nobody", "LISTEN_FDS=2 LISTEN_FDNAMES=a:b", listeners, "a", "a:"},
		{"none", "LISTEN_PID=$$ LISTEN_FDS=0", nil, "a", "a:"},
		{"no number", "LISTEN_PID=$$ LISTEN_FDS=two", nil, "a", `a: LISTEN_FDS: "two" is not a number of descriptors`},
		{"no socket", "LISTEN_PID=$$ LISTEN_FDS=1", []*os.File{pipe}, "a", "a: LISTEN_FDS=1: descriptor 3 is not a socket: socket operation on non-socket"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			program := exec.CommandContext(t.Context(), "sh", "-c", tt.env+` exec "$0"`, os.Args[0])
			program.Env = append(os.Environ(), activatedVariable+"="+tt.ask, "GORACE=atexit_sleep_ms=0")
			program.ExtraFiles = tt.files
			program.Stderr = os.Stderr
			out, err := program.Output()
			if got := strings.TrimSpace(string(out)); got != tt.want || err != nil {
				t.Errorf("got\n%s (%v)\nwant\n%s", got, err, tt.want)
			}
		})
	}
}
