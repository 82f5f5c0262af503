package devserver

import (
	"os"
	"slices"
	"strings"

	"github.com/tornado-dev/tornado/core/netutil"
)

// A servedSocket is bound before the program starts and outlives it.
type servedSocket struct {
	netutil.Socket
	name string // by which the program may ask for it
}

// servedSockets are the sockets for the program: of address, or without one those
// that systemd has passed to this process, see sd_listen_fds(3). None means that
// the program binds for itself.
func servedSockets(address string) (served []servedSocket, err error) {
	if address != "" {
		sockets, err := netutil.BindSockets(address)
		return appendServed(nil, "", sockets), err
	}
	names := append(strings.Split(os.Getenv("LISTEN_FDNAMES"), ":"), "") // some may have none
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		sockets, err := netutil.InheritedSockets(name)
		if err != nil {
			return nil, err
		}
		served = appendServed(served, name, sockets)
	}
	return served, nil
}

// appendServed appends sockets under a name, or under their addresses if that is
// empty or would not come through the environment.
func appendServed(served []servedSocket, name string, sockets []netutil.Socket) []servedSocket {
	for _, s := range sockets {
		known := name
		if known == "" || strings.ContainsRune(known, ',') {
			known = s.Address
		}
		served = append(served, servedSocket{s, known})
	}
	return served
}
