package netutil

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"github.com/tornado-dev/tornado/core/trace"
)

// A Family chooses between the versions of IP.
type Family uint8

// The families.
const (
	AnyFamily Family = iota
	IPv4
	IPv6
)

// Includes reports whether addr is of the family.
func (f Family) Includes(addr netip.Addr) bool {
	return f == AnyFamily || addr.Unmap().Is4() == (f == IPv4)
}

func (f Family) network() string { return [...]string{"tcp", "tcp4", "tcp6"}[f] }

// BindOptions say how sockets are bound. The zero value is good. They mean
// nothing for sockets that were inherited.
type BindOptions struct {
	// Family limits a host that is empty, localhost or a name to one version of
	// IP; both are bound otherwise.
	Family Family

	// Backlog is how many connections may wait to be accepted. Zero means as many
	// as the system allows (Linux: net.core.somaxconn), which also bounds it.
	Backlog int

	// ReusePort lets several sockets, also of several processes of one user, listen
	// on the same port (SO_REUSEPORT). The system deals connections out to them; one
	// that waits at a socket that is closed is lost.
	ReusePort bool

	// Mode says who may connect to a Unix socket that is a file. Zero means 0600:
	// this user alone.
	Mode fs.FileMode
}

// BindSockets binds address with the zero BindOptions.
func BindSockets(address string) ([]Socket, error) { return BindOptions{}.BindSockets(address) }

// BindSockets returns sockets that listen on address, as ParseAddress reads it:
// more than one where a name or the empty host has several addresses, all with the
// same port. Sockets that a supervisor keeps for this process, or that it inherited
// (see InheritedSockets), are taken before new ones are bound: those of the same
// address, or else whatever is left.
func (o BindOptions) BindSockets(address string) ([]Socket, error) {
	if sockets, err := o.fromSupervisor(address); sockets != nil || err != nil {
		return sockets, err
	}
	parsed, parseErr := ParseAddress(address)
	if sockets, err := inheritedFor(parsed); sockets != nil || err != nil {
		return sockets, err
	}
	switch {
	case parseErr != nil:
		return nil, parseErr
	case parsed.Path != "":
		return o.bindUnix(parsed.Path)
	}
	return o.bindTCP(parsed)
}

func (o BindOptions) fromSupervisor(address string) ([]Socket, error) {
	hooks := trace.Active()
	if hooks == nil || hooks.Listen == nil {
		return nil, nil
	}
	network := o.Family.network()
	if strings.HasPrefix(address, unixPrefix) {
		network = "unix"
	}
	fds, ok, err := hooks.Listen(network, address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	if !ok {
		return nil, nil
	}
	return inherited(fds)
}

func (o BindOptions) bindTCP(a Address) ([]Socket, error) {
	hosts, err := o.listenHosts(a.Host)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", net.JoinHostPort(a.Host, strconv.Itoa(a.Port)), err)
	}
	// A port that the system chose for the first family may be taken in the
	// second; then another one is tried.
	for attempt := 0; ; attempt++ {
		sockets, err := bindHosts(o.listen, hosts, a.Port)
		if a.Port != 0 || attempt == 9 || !errors.Is(err, errAddressInUse) {
			return sockets, err
		}
	}
}

// listenHosts are the IP addresses to bind for host, IPv4 first.
func (o BindOptions) listenHosts(host string) (hosts []string, err error) {
	var found []string
	switch {
	case host == "":
		found = []string{"0.0.0.0", "::"}
	case host == "localhost":
		found = []string{"127.0.0.1", "::1"}
	case IsValidIP(host):
		return []string{host}, nil
	default:
		if found, err = net.LookupHost(host); err != nil {
			return nil, err
		}
	}
	for _, one := range found {
		if addr, err := netip.ParseAddr(one); err == nil && o.Family.Includes(addr) {
			hosts = append(hosts, one)
		}
	}
	if hosts == nil {
		return nil, fmt.Errorf("%s has no address of the family that was asked for", host)
	}
	return hosts, nil
}

// A listenFunc is net.Listen, with our options.
type listenFunc func(network, address string) (net.Listener, error)

// bindHosts binds them all to one port, leaving out what the machine does not
// have.
func bindHosts(listen listenFunc, hosts []string, port int) (sockets []Socket, err error) {
	var left error
	for _, host := range hosts {
		listener, err := listen(networkOf(host), net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil && isMissing(host, err) {
			left = err
			continue
		}
		var socket Socket
		if err == nil {
			port = listener.Addr().(*net.TCPAddr).Port
			socket, err = detach(listener.(*net.TCPListener), listener.Addr().String())
		}
		if err != nil {
			CloseSockets(sockets)
			return nil, err
		}
		sockets = append(sockets, socket)
	}
	if sockets == nil {
		return nil, left
	}
	return sockets, nil
}

// networkOf names the one family of an address: package net would bind both for
// an unspecified one.
func networkOf(host string) string {
	if strings.Contains(host, ":") {
		return IPv6.network()
	}
	return IPv4.network()
}

// isMissing reports whether host could not be bound because this machine, or
// container, has no such family, or has it and no interface for it.
func isMissing(host string, err error) bool {
	if errors.Is(err, errFamilyMissing) {
		return true
	}
	addr, _ := netip.ParseAddr(host)
	return errors.Is(err, errAddressMissing) && (addr.IsLoopback() || addr.IsUnspecified())
}

func (o BindOptions) listen(network, address string) (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		if o.ReusePort {
			c.Control(func(fd uintptr) { err = setReusePort(int(fd)) })
		}
		return err
	}}
	listener, err := config.Listen(context.Background(), network, address)
	if err == nil && o.Backlog > 0 {
		if err = setBacklog(listener.(syscall.Conn), o.Backlog); err != nil {
			listener.Close()
		}
	}
	return listener, err
}
