//go:build unix

package netutil

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tornado-dev/tornado/core/trace"
)

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

func TestBindUnixPathTooLong(t *testing.T) {
	path := "/tmp/" + strings.Repeat("x", maxUnixPath)
	if _, err := BindSockets("unix:" + path); err == nil || !strings.Contains(err.Error(), fmt.Sprint(len(path), " bytes")) {
		t.Errorf("got %v; want how long the path is", err)
	}
}

// TestBindUnixMode wants the mode that was asked for, whatever the umask takes away.
func TestBindUnixMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	sockets, err := BindOptions{Mode: 0o666, Backlog: 3}.BindSockets("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer CloseSockets(sockets)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o666 {
		t.Errorf("got mode %v, %v; want 0666", info.Mode(), err)
	}
	checkListens(t, "unix", sockets[0])
}

func TestBindAbstract(t *testing.T) {
	t.Chdir(t.TempDir())
	const address = "unix:@tornado-netutil-test"
	if runtime.GOOS != "linux" {
		if _, err := BindSockets(address); err == nil || !strings.Contains(err.Error(), "only Linux") {
			t.Errorf("got %v; want that only Linux has such names", err)
		}
		return
	}
	sockets := bind(t, address)
	if sockets[0].Address != address {
		t.Errorf("got %q", sockets[0].Address)
	}
	checkListens(t, "unix", sockets[0])
	if files, err := os.ReadDir("."); err != nil || len(files) != 0 {
		t.Errorf("an abstract name left the files %v (%v)", files, err)
	}
	if _, err := BindSockets(address); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("got %v; want that the name is in use", err)
	}
}

func TestBindFamily(t *testing.T) {
	for _, tt := range []struct {
		family Family
		host   string
		want   string // address without port
		err    string
	}{
		{IPv4, "", "0.0.0.0", ""},
		{IPv4, "localhost", "127.0.0.1", ""},
		{IPv6, "", "[::]", ""},
		{IPv6, "localhost", "[::1]", ""},
		{IPv6, "127.0.0.1", "127.0.0.1", ""}, // a literal says its family itself
	} {
		if strings.HasPrefix(tt.want, "[") && !hasIPv6() {
			t.Logf("%v %q: this machine has no IPv6", tt.family, tt.host)
			continue
		}
		sockets, err := BindOptions{Family: tt.family}.BindSockets(tt.host + ":0")
		if err != nil {
			t.Fatal(err)
		}
		if host, _, _ := strings.Cut(sockets[0].Address, "]:"); len(sockets) != 1 || !strings.HasPrefix(sockets[0].Address, tt.want+":") {
			t.Errorf("%v %q: got %v (%s); want %s alone", tt.family, tt.host, sockets, host, tt.want)
		}
		CloseSockets(sockets)
	}
}

func hasIPv6() bool {
	probe, err := net.Listen("tcp6", "[::1]:0")
	if err == nil {
		probe.Close()
	}
	return err == nil
}

func TestListenHosts(t *testing.T) {
	if _, err := (BindOptions{Family: IPv6}).listenHosts("no..name"); err == nil || !strings.Contains(err.Error(), "no..name") {
		t.Errorf("got %v; want an error with the name", err)
	}
	var none net.Error
	if _, err := BindSockets("no..name:80"); !errors.As(err, &none) || !strings.Contains(err.Error(), "no..name:80") {
		t.Errorf("got %v; want an error with the address", err)
	}
}

// TestBindWithoutFamily stands in for machines and containers without one of the
// two families, or with it and without an interface for it.
func TestBindWithoutFamily(t *testing.T) {
	both := []string{"127.0.0.1", "::1"}
	for _, tt := range []struct {
		name  string
		hosts []string
		fails map[string]error
		want  string // hosts that are bound
		err   error
	}{
		{"both", both, nil, "127.0.0.1 ::1", nil},
		{"no ::1", both, map[string]error{"::1": unix.EADDRNOTAVAIL}, "127.0.0.1", nil},
		{"no IPv6", both, map[string]error{"::1": unix.EAFNOSUPPORT}, "127.0.0.1", nil},
		{"no IPv4", both, map[string]error{"127.0.0.1": unix.EAFNOSUPPORT}, "::1", nil},
		{"neither", both, map[string]error{"127.0.0.1": unix.EADDRNOTAVAIL, "::1": unix.EADDRNOTAVAIL}, "", unix.EADDRNOTAVAIL},
		{"port in use", both, map[string]error{"::1": unix.EADDRINUSE}, "", unix.EADDRINUSE},
		{"no permission", both, map[string]error{"::1": unix.EACCES}, "", unix.EACCES},
		{"not ours", []string{"127.0.0.1", "192.0.2.1"}, map[string]error{"192.0.2.1": unix.EADDRNOTAVAIL}, "", unix.EADDRNOTAVAIL},
	} {
		t.Run(tt.name, func(t *testing.T) {
			listen := func(network, address string) (net.Listener, error) {
				host, port, _ := net.SplitHostPort(address)
				if err := tt.fails[host]; err != nil {
					return nil, &net.OpError{Op: "listen", Net: network, Err: os.NewSyscallError("bind", err)}
				}
				if host == "::1" && !hasIPv6() {
					t.Skip("this machine has no IPv6")
				}
				return BindOptions{}.listen(network, net.JoinHostPort(host, port))
			}
			sockets, err := bindHosts(listen, tt.hosts, 0)
			defer CloseSockets(sockets)
			var got []string
			for _, s := range sockets {
				got = append(got, netip.MustParseAddrPort(s.Address).Addr().String())
			}
			if strings.Join(got, " ") != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestReusePort(t *testing.T) {
	shared := BindOptions{ReusePort: true}
	first, err := shared.BindSockets("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer CloseSockets(first)
	second, err := shared.BindSockets(first[0].Address)
	if err != nil {
		t.Fatal(err)
	}
	defer CloseSockets(second)
	checkListens(t, "tcp", second[0])
	if _, err := BindSockets(first[0].Address); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("got %v; want that the port is not for those who do not share", err)
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

// TestNetworkOfSupervisor wants the supervisor to be asked for the network that is meant.
func TestNetworkOfSupervisor(t *testing.T) {
	var asked string
	refuse := errors.New("no")
	previous := trace.Install(&trace.Hooks{Listen: func(network, address string) ([]int, bool, error) {
		asked = network + " " + address
		return nil, false, refuse
	}})
	defer trace.Install(previous)
	for _, tt := range []struct {
		options BindOptions
		address string
		want    string
	}{
		{BindOptions{}, ":80", "tcp :80"},
		{BindOptions{Family: IPv4}, ":80", "tcp4 :80"},
		{BindOptions{Family: IPv6}, "localhost:80", "tcp6 localhost:80"},
		{BindOptions{}, "unix:/run/app", "unix unix:/run/app"},
		{BindOptions{}, "unix:@app", "unix unix:@app"},
	} {
		if _, err := tt.options.BindSockets(tt.address); !errors.Is(err, refuse) || asked != tt.want {
			t.Errorf("%s: asked for %q (%v); want %q", tt.address, asked, err, tt.want)
		}
	}
}
