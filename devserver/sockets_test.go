//go:build unix

package devserver

import (
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
)

func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		network, address, override string
		want                       []string
		warns                      bool
		fails                      bool
	}{
		{"tcp", ":8888", "", []string{"127.0.0.1:8888", "[::1]:8888"}, false, false},
		{"tcp", "0.0.0.0:8888", "", []string{"127.0.0.1:8888", "[::1]:8888"}, false, false},
		{"tcp", "[::]:8888", "", []string{"127.0.0.1:8888", "[::1]:8888"}, false, false},
		{"tcp", "localhost:8888", "", []string{"127.0.0.1:8888", "[::1]:8888"}, false, false},
		{"tcp4", ":8888", "", []string{"127.0.0.1:8888"}, false, false},
		{"tcp6", ":8888", "", []string{"[::1]:8888"}, false, false},
		{"tcp", "127.0.0.2:8888", "", []string{"127.0.0.2:8888"}, false, false},
		{"tcp", "[::1]:8888", "", []string{"[::1]:8888"}, false, false},
		{"tcp", "192.0.2.1:8888", "", []string{"127.0.0.1:8888", "[::1]:8888"}, true, false},
		{"tcp", "example.com:80", "", []string{"127.0.0.1:80", "[::1]:80"}, true, false},
		{"tcp", "8888", "", nil, false, true},
		{"tcp", ":8888", "127.0.0.1:9000", []string{"127.0.0.1:9000"}, false, false},
		{"tcp", ":8888", ":9000", []string{"127.0.0.1:9000", "[::1]:9000"}, false, false},
		{"tcp", ":8888", "localhost:9000", []string{"127.0.0.1:9000", "[::1]:9000"}, false, false},
		{"tcp", ":8888", "0.0.0.0:9000", []string{"0.0.0.0:9000"}, true, false},
		{"tcp", ":8888", "192.0.2.1:9000", []string{"192.0.2.1:9000"}, true, false},
		{"tcp", ":8888", "9000", nil, false, true},
		{"tcp", ":8888", ":99999", nil, false, true},
		{"tcp", ":8888", "localhost:http", nil, false, true},
		{"tcp", ":8888", "unix:/run/app.sock", nil, false, true},
	} {
		t.Run(tt.network+" "+tt.address+" "+tt.override, func(t *testing.T) {
			var got []string
			var warning string
			var err error
			if tt.override != "" {
				got, warning, err = overrideAddresses(tt.override)
			} else {
				got, warning, err = loopbackAddresses(tt.network, tt.address)
			}
			if (err != nil) != tt.fails || (warning != "") != tt.warns || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %q, warning %q, error %v; want %q", got, warning, err, tt.want)
			}
		})
	}
}

func TestSocketsStayBound(t *testing.T) {
	s := newSockets("")
	defer s.close()
	key, set, _, err := s.listen("tcp", ":0", true)
	if err != nil {
		t.Fatal(err)
	}
	if host, port, _ := net.SplitHostPort(set.address); host != "127.0.0.1" || port == "0" {
		t.Errorf("bound %s; want a port of 127.0.0.1", set.address)
	}
	_, again, _, err := s.listen("tcp", ":0", true)
	if err != nil || again != set {
		t.Errorf("asked again, got %+v, %v; want the same sockets", again, err)
	}
	// Nobody accepts, and yet nobody is refused.
	conn, err := net.Dial("tcp", set.address)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()

	_, _, _, err = s.listen("tcp", set.address, false)
	if err == nil || !strings.Contains(err.Error(), "--addr") {
		t.Errorf("got %v for a port in use; want advice about --addr", err)
	}
	s.retain(map[string]bool{key: true})
	if conn, err := net.Dial("tcp", set.address); err != nil {
		t.Errorf("retained socket: %v", err)
	} else {
		conn.Close()
	}
	s.retain(nil)
	if conn, err := net.Dial("tcp", set.address); err == nil {
		conn.Close()
		t.Error("a socket that nobody wants still listens")
	}
}

func TestSocketsOverrideTheFirst(t *testing.T) {
	s := newSockets("127.0.0.1:0")
	defer s.close()
	_, first, _, err := s.listen("tcp", ":8888", true)
	if err != nil {
		t.Fatal(err)
	}
	_, changed, _, err := s.listen("tcp", ":9999", true)
	if err != nil || changed != first {
		t.Errorf("after the program asked for another port: %+v, %v; want the same sockets", changed, err)
	}
	_, second, _, err := s.listen("tcp", "127.0.0.1:0", false)
	if err != nil || second == first {
		t.Errorf("second address: %+v, %v; want sockets of its own", second, err)
	}
}

func TestUnixSocket(t *testing.T) {
	dir := tempDir(t)
	path := filepath.Join(dir, "s")
	s := newSockets("127.0.0.1:1")
	_, set, _, err := s.listen("unix", path, true)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || set.address != path {
		t.Errorf("mode %v, %v, address %s; want 0600", info.Mode(), err, set.address)
	}
	if _, err := listenUnix(path); err == nil {
		t.Error("bound a path on which somebody listens")
	}
	// What a killed program leaves behind is in nobody's way.
	closeDescriptors(set.fds)
	again, err := listenUnix(path)
	if err != nil {
		t.Fatal(err)
	}
	set.fds = again.fds
	s.close()
	if _, err := os.Stat(path); err == nil {
		t.Error("the socket is left in the file system")
	}
	writeFiles(t, dir, map[string]string{"s": "precious"})
	if _, err := listenUnix(path); err == nil {
		t.Error("bound over a file")
	}
	if data, _ := os.ReadFile(path); string(data) != "precious" {
		t.Error("removed a file that is no socket")
	}
}

func TestListeningSocketsAreNotInherited(t *testing.T) {
	set, err := listenTCP([]string{"127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer set.close()
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(set.fds[0]), syscall.F_GETFD, 0)
	if errno != 0 || flags&syscall.FD_CLOEXEC == 0 {
		t.Errorf("flags %#x, %v; want close-on-exec", flags, errno)
	}
}
