package netutil

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// The variables by which a parent process tells which sockets it left open for
// this one.
const (
	// NAME=DESCRIPTOR, separated by commas; the name is an address usually.
	inheritedVariable = "TORNADO_SOCKETS"

	// systemd's socket activation, see sd_listen_fds(3): how many descriptors there
	// are from the third on, for which process, and their names between colons.
	listenFDs     = "LISTEN_FDS"
	listenPID     = "LISTEN_PID"
	listenFDNames = "LISTEN_FDNAMES"
)

// firstInherited is the first descriptor after standard input, output and error.
const firstInherited = 3

// A namedSocket is an inherited socket under the name its parent gave it.
type namedSocket struct {
	name   string
	socket Socket
}

// waiting are the inherited sockets that nobody has taken.
var waiting struct {
	sync.Mutex
	sockets []namedSocket
}

// InheritedSockets takes the sockets that this process inherited under a name;
// nil if there are none. The name is the FileDescriptorName= of a systemd socket
// unit ("name.socket" if that is not given), or the one in TORNADO_SOCKETS.
//
// What one call has taken, here or in BindSockets, others do not get. The
// variables that tell of the sockets are removed from the environment, and the
// sockets closed on exec, so that children do not believe to have them too.
func InheritedSockets(name string) ([]Socket, error) {
	return takeWaiting(func(s namedSocket) bool { return s.name == name })
}

// inheritedFor takes the sockets for an address: those that are bound to it, or
// else all that are left, since a parent may have its own mind about addresses.
func inheritedFor(a Address) ([]Socket, error) {
	sockets, err := takeWaiting(func(s namedSocket) bool { return a.matches(s.socket.Address) })
	if sockets != nil || err != nil {
		return sockets, err
	}
	return takeWaiting(func(namedSocket) bool { return true })
}

func takeWaiting(wanted func(namedSocket) bool) (taken []Socket, err error) {
	waiting.Lock()
	defer waiting.Unlock()
	for _, announced := range []func() ([]namedSocket, error){announcedByParent, announcedBySystemd} {
		sockets, err := announced()
		if err != nil {
			return nil, err
		}
		waiting.sockets = append(waiting.sockets, sockets...)
	}
	waiting.sockets = slices.DeleteFunc(waiting.sockets, func(s namedSocket) bool {
		if wanted(s) {
			taken = append(taken, s.socket)
			return true
		}
		return false
	})
	return taken, nil
}

// matches reports whether a socket that listens on bound is one of those that
// were to be bound for a.
func (a Address) matches(bound string) bool {
	if path, ok := strings.CutPrefix(bound, unixPrefix); ok {
		return a.Path == path
	}
	at, err := netip.ParseAddrPort(bound)
	if err != nil || a.Path != "" || int(at.Port()) != a.Port {
		return false
	}
	switch want, err := netip.ParseAddr(a.Host); {
	case err == nil:
		return want == at.Addr()
	case a.Host == "":
		return at.Addr().IsUnspecified()
	case a.Host == "localhost":
		return at.Addr().IsLoopback()
	}
	return true // a name; the port must do
}

// announcedByParent reads TORNADO_SOCKETS, once.
func announcedByParent() ([]namedSocket, error) {
	value := takeVariable(inheritedVariable)
	if value == "" {
		return nil, nil
	}
	var names []string
	var fds []int
	for part := range strings.SplitSeq(value, ",") {
		i := strings.LastIndexByte(part, '=')
		fd, err := strconv.Atoi(part[i+1:])
		if err != nil || fd < firstInherited || i < 0 {
			return nil, fmt.Errorf("%s: %q is not of the form HOST:PORT=DESCRIPTOR", inheritedVariable, part)
		}
		names, fds = append(names, part[:i]), append(fds, fd)
	}
	return named(names, fds, inheritedVariable+"="+value)
}

// announcedBySystemd reads LISTEN_FDS and its companions, once.
func announcedBySystemd() ([]namedSocket, error) {
	count, pid, nameList := takeVariable(listenFDs), takeVariable(listenPID), takeVariable(listenFDNames)
	// They may have come down from a process between systemd and us, which they
	// were meant for.
	if count == "" || pid != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	n, err := strconv.ParseUint(count, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("%s: %q is not a number of descriptors", listenFDs, count)
	}
	names := make([]string, n)
	if nameList != "" {
		copy(names, strings.Split(nameList, ":"))
	}
	fds := make([]int, n)
	for i := range fds {
		fds[i] = firstInherited + i
	}
	return named(names, fds, listenFDs+"="+count)
}

func named(names []string, fds []int, source string) ([]namedSocket, error) {
	sockets, err := inherited(fds)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	all := make([]namedSocket, len(sockets))
	for i, s := range sockets {
		all[i] = namedSocket{names[i], s}
	}
	return all, nil
}

func takeVariable(name string) string {
	value := os.Getenv(name)
	os.Unsetenv(name)
	return value
}
