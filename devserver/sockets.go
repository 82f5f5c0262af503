package devserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"

	"github.com/tornado-dev/tornado/core/netutil"
)

// A socketSet is the sockets that listen on one address a program asked for.
type socketSet struct {
	fds     []int
	address string // of the first socket, "127.0.0.1:8888"
	file    string // of a Unix socket
}

// sockets owns every socket that listens for the program, so that they outlive
// it. It belongs to one goroutine.
type sockets struct {
	override string // address that replaces the first one a program asks for
	bound    map[string]*socketSet
}

func newSockets(override string) *sockets {
	return &sockets{override: override, bound: make(map[string]*socketSet)}
}

// key is how a set is found again. With an override the first address of every
// program is the same one, whatever it asks for.
func (s *sockets) key(network, address string, first bool) string {
	if s.overrides(network, first) {
		return "override"
	}
	return network + " " + address
}

func (s *sockets) overrides(network string, first bool) bool {
	return first && s.override != "" && isTCP(network)
}

func isTCP(network string) bool { return network == "tcp" || network == "tcp4" || network == "tcp6" }

// listen returns the set for an address, bound now or earlier. first says that
// it is the first TCP address the program asks for. warning is for the developer.
func (s *sockets) listen(network, address string, first bool) (key string, set *socketSet, warning string, err error) {
	key = s.key(network, address, first)
	if set := s.bound[key]; set != nil {
		return key, set, "", nil
	}
	switch {
	case network == "unix":
		set, err = listenUnix(address)
	case isTCP(network):
		var addresses []string
		if s.overrides(network, first) {
			addresses, warning, err = overrideAddresses(s.override)
		} else {
			addresses, warning, err = loopbackAddresses(network, address)
		}
		if err == nil {
			set, err = listenTCP(addresses)
		}
	default:
		err = fmt.Errorf("listen on %s: network %q is unknown", address, network)
	}
	if err != nil {
		return key, nil, "", explain(err, address)
	}
	s.bound[key] = set
	return key, set, warning, nil
}

// retain closes all sets but those with the given keys.
func (s *sockets) retain(keys map[string]bool) {
	for key, set := range s.bound {
		if !keys[key] {
			set.close()
			delete(s.bound, key)
		}
	}
}

// close closes all sets.
func (s *sockets) close() { s.retain(nil) }

func (s *socketSet) close() {
	closeDescriptors(s.fds)
	if s.file != "" {
		os.Remove(s.file)
	}
}

// loopbackAddresses turns the address a program asks for into what is bound for
// it: strangers shall not reach a program in development, so the host is always
// this machine, whatever the program says.
func loopbackAddresses(network, address string) (addresses []string, warning string, err error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, "", err
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.IsLoopback() {
		return []string{address}, "", nil
	} else if host != "" && host != "localhost" && (err != nil || !addr.IsUnspecified()) {
		warning = fmt.Sprintf("the program asks for %s; tornado-dev listens on this machine only (start it with --addr %s to change that)", address, address)
	}
	if network != "tcp6" {
		addresses = append(addresses, net.JoinHostPort("127.0.0.1", port))
	}
	if network != "tcp4" {
		addresses = append(addresses, net.JoinHostPort("::1", port))
	}
	return addresses, warning, nil
}

// overrideAddresses turns --addr into what is bound. It may be any address, with
// a warning if others can reach it.
func overrideAddresses(override string) (addresses []string, warning string, err error) {
	asked, err := netutil.ParseAddress(override)
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("--addr: %w", err)
	case asked.Path != "":
		return nil, "", fmt.Errorf("--addr: %q is a Unix socket, which no browser can open; give it HOST:PORT, such as 127.0.0.1:8888", override)
	case asked.Host == "" || asked.Host == "localhost":
		return loopbackAddresses("tcp", override)
	}
	if addr, err := netip.ParseAddr(asked.Host); err != nil || !addr.IsLoopback() {
		warning = fmt.Sprintf("listening on %s: other machines may reach the program, with its error pages and source excerpts, under names given by --allow-host", override)
	}
	return []string{override}, warning, nil
}

// listenTCP binds the addresses, of which the first must succeed. The others are
// the same machine by IPv6, which not every machine has.
func listenTCP(addresses []string) (*socketSet, error) {
	set := new(socketSet)
	for i, address := range addresses {
		if i > 0 {
			if host, port, _ := net.SplitHostPort(address); port == "0" {
				_, port, _ = net.SplitHostPort(set.address)
				address = net.JoinHostPort(host, port)
			}
		}
		var config net.ListenConfig
		config.SetMultipathTCP(false) // the framework counts on plain TCP sockets
		network := "tcp"
		if len(addresses) > 1 && i > 0 {
			network = "tcp6"
		}
		listener, err := config.Listen(context.Background(), network, address)
		if err != nil {
			if i > 0 && !errors.Is(err, syscall.EADDRINUSE) {
				continue
			}
			set.close()
			return nil, err
		}
		if set.address == "" {
			set.address = listener.Addr().String()
		}
		fd, err := detach(listener.(*net.TCPListener))
		if err != nil {
			set.close()
			return nil, err
		}
		set.fds = append(set.fds, fd)
	}
	return set, nil
}

// listenUnix binds a socket in the file system, in place of one that a dead
// program left there.
func listenUnix(path string) (*socketSet, error) {
	if info, err := os.Lstat(path); err == nil {
		if info.Mode()&os.ModeSocket == 0 {
			return nil, fmt.Errorf("listen on %s: the file exists and is not a socket", path)
		}
		if conn, err := net.Dial("unix", path); err == nil {
			conn.Close()
			return nil, fmt.Errorf("listen on %s: %w", path, syscall.EADDRINUSE)
		}
		os.Remove(path)
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	listener.SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil {
		listener.Close()
		return nil, err
	}
	fd, err := detach(listener)
	if err != nil {
		return nil, err
	}
	return &socketSet{fds: []int{fd}, address: path, file: path}, nil
}

// explain says what to do about an address that cannot be had.
func explain(err error, address string) error {
	_, port, _ := net.SplitHostPort(address)
	number, _ := strconv.Atoi(port)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w; another program listens there: stop it, or choose another address with --addr 127.0.0.1:%d", err, freePortHint(number))
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%w; ports below 1024 need privileges: choose another address with --addr 127.0.0.1:8888", err)
	}
	return err
}

// freePortHint is a port to suggest in place of one that is taken.
func freePortHint(port int) int {
	if port <= 0 || port >= 65535 {
		return 8888
	}
	return port + 1
}
