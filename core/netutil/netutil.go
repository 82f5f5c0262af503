// Package netutil binds, accepts, reads and writes sockets without blocking.
//
// Descriptors are plain integers here; iostream and tcpserver give them a loop.
//
//   - BindSockets: sockets that listen, newly bound or inherited
//   - AddAcceptHandler: accept on a loop
//   - Read, Write, Accept: one system call that never blocks
//   - ParseAddress: what people write for an address
package netutil

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/core/trace"
)

// A Socket is a socket that listens.
type Socket struct {
	FD      int
	Address string // "127.0.0.1:8888", "[::1]:8888" or "unix:/run/app.sock"
}

// ErrWouldBlock is returned where a socket has nothing to read, or no room.
var ErrWouldBlock = errors.New("netutil: operation would block")

// An Address is where to listen: a TCP port, or a Unix socket.
type Address struct {
	Host string // name or IP address; empty means every interface
	Port int    // 0 lets the system choose
	Path string // of a Unix socket; Host and Port mean nothing then
}

// ParseAddress reads "host:port", ":port", "[::1]:port" or "unix:/path".
func ParseAddress(text string) (Address, error) {
	if path, ok := strings.CutPrefix(text, "unix:"); ok {
		if path == "" {
			return Address{}, fmt.Errorf("address %q is a Unix socket without a path, which follows the colon", text)
		}
		return Address{Path: path}, nil
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return Address{}, fmt.Errorf("address %q is not of the form host:port, such as 127.0.0.1:8888", text)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return Address{}, fmt.Errorf("address %q: the port must be a number from 0 to 65535", text)
	}
	return Address{Host: host, Port: int(n)}, nil
}

// BindSockets returns sockets that listen on address: more than one where a name
// or the empty host has several addresses, all with the same port. Sockets that
// this process inherited, or that a supervisor keeps for it, are taken before new
// ones are bound.
func BindSockets(address string) ([]Socket, error) {
	if hooks := trace.Active(); hooks != nil && hooks.Listen != nil {
		fds, ok, err := hooks.Listen("tcp", address)
		if err != nil {
			return nil, fmt.Errorf("listen on %s: %w", address, err)
		}
		if ok {
			return inherited(fds)
		}
	}
	if sockets, err := takeInherited(); sockets != nil || err != nil {
		return sockets, err
	}
	parsed, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	if parsed.Path != "" {
		return bindUnix(parsed.Path)
	}
	return bindTCP(parsed)
}

func bindTCP(a Address) ([]Socket, error) {
	hosts, err := listenHosts(a.Host)
	if err != nil {
		return nil, err
	}
	// A port that the system chose for the first family may be taken in the
	// second; then another one is tried.
	for attempt := 0; ; attempt++ {
		sockets, err := bindHosts(hosts, a.Port)
		if err == nil || a.Port != 0 || attempt == 9 {
			return sockets, err
		}
	}
}

func bindHosts(hosts []string, port int) (sockets []Socket, err error) {
	for i, host := range hosts {
		network := "tcp4"
		if strings.Contains(host, ":") {
			network = "tcp6"
		}
		listener, err := net.Listen(network, net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			// A machine may have a name for IPv6 and no IPv6.
			if i > 0 && !errors.Is(err, errAddressInUse) {
				continue
			}
			CloseSockets(sockets)
			return nil, err
		}
		port = listener.Addr().(*net.TCPAddr).Port
		socket, err := detach(listener.(*net.TCPListener), listener.Addr().String())
		if err != nil {
			CloseSockets(sockets)
			return nil, err
		}
		sockets = append(sockets, socket)
	}
	return sockets, nil
}

// listenHosts are the IP addresses to bind for host, IPv4 first.
func listenHosts(host string) ([]string, error) {
	if host == "" {
		return []string{"0.0.0.0", "::"}, nil
	}
	if host == "localhost" {
		return []string{"127.0.0.1", "::1"}, nil
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return []string{host}, nil
	}
	found, err := net.LookupHost(host)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", host, err)
	}
	return found, nil
}

func bindUnix(path string) ([]Socket, error) {
	// A socket that nobody listens on is left over from a crash. Anything else at
	// that path is not ours to remove.
	if info, err := os.Lstat(path); err == nil {
		if info.Mode()&os.ModeSocket == 0 {
			return nil, fmt.Errorf("listen on unix:%s: the file exists and is not a socket", path)
		}
		conn, err := net.Dial("unix", path)
		if err == nil {
			conn.Close()
			return nil, fmt.Errorf("listen on unix:%s: another program listens there", path)
		}
		if !errors.Is(err, errRefused) {
			return nil, fmt.Errorf("listen on unix:%s: somebody may listen there: %w", path, err)
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("listen on unix:%s: the socket is left over: %w", path, err)
		}
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	listener.SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil && !strings.HasPrefix(path, "@") {
		listener.Close()
		return nil, err
	}
	socket, err := detach(listener, "unix:"+path)
	if err != nil {
		return nil, err
	}
	return []Socket{socket}, nil
}

// inheritedVariable names sockets that a parent process left open for this one:
// HOST:PORT=DESCRIPTOR, separated by commas. Whoever binds first gets all of them.
const inheritedVariable = "TORNADO_SOCKETS"

// takeInherited returns the sockets that the parent named, once; nil if there are
// none.
func takeInherited() ([]Socket, error) {
	value := os.Getenv(inheritedVariable)
	if value == "" {
		return nil, nil
	}
	os.Unsetenv(inheritedVariable) // a child of ours does not have them
	var fds []int
	for part := range strings.SplitSeq(value, ",") {
		_, number, _ := strings.Cut(part, "=")
		fd, err := strconv.Atoi(number)
		if err != nil || fd < 3 {
			return nil, fmt.Errorf("%s: %q is not of the form HOST:PORT=DESCRIPTOR", inheritedVariable, part)
		}
		fds = append(fds, fd)
	}
	sockets, err := inherited(fds)
	if err != nil {
		return nil, fmt.Errorf("%s=%s: %w", inheritedVariable, value, err)
	}
	return sockets, nil
}
