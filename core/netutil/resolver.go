package netutil

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// A Resolver finds the addresses of a host.
type Resolver interface {
	// Resolve returns at least one address, those to be tried first in front, or an
	// error that names the host. It may wait, so it is not called on a loop, and it
	// may be called from several goroutines at once.
	Resolve(ctx context.Context, host string, port int) ([]netip.AddrPort, error)
}

// A ResolverFunc is a function that is a Resolver.
type ResolverFunc func(ctx context.Context, host string, port int) ([]netip.AddrPort, error)

// Resolve calls f.
func (f ResolverFunc) Resolve(ctx context.Context, host string, port int) ([]netip.AddrPort, error) {
	return f(ctx, host, port)
}

// DefaultResolver asks as the system does: the hosts file, then DNS. An IP address
// is its own answer.
var DefaultResolver Resolver = ResolverFunc(resolve)

var errNoHost = errors.New("there is no host name")

func resolve(ctx context.Context, host string, port int) ([]netip.AddrPort, error) {
	if err := checkHostPort(host, port); err != nil {
		return nil, fmt.Errorf("resolve %q: %w", host, err)
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(addr, uint16(port))}, nil
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, fmt.Errorf("resolve %q: %w", host, err)
	}
	addresses := make([]netip.AddrPort, len(found))
	for i, addr := range found {
		addresses[i] = netip.AddrPortFrom(addr.Unmap(), uint16(port))
	}
	return addresses, nil
}

func checkHostPort(host string, port int) error {
	switch {
	case host == "":
		return errNoHost
	case port < 0 || port > 65535:
		return fmt.Errorf("the port %d is not from 0 to 65535", port)
	}
	return nil
}

// An OverrideResolver answers for some hosts in another's place, as a hosts file
// does: for tests, and for machines that are reached in another way than by their
// name.
type OverrideResolver struct {
	Resolver Resolver // who is asked; nil means DefaultResolver

	// Mapping is from "host" or "host:port" to what is asked for in its place, of
	// the same two forms. The longer key counts if there are both. IPv6 addresses
	// stand in brackets before a port.
	Mapping map[string]string
}

// Resolve resolves what host and port are mapped to.
func (r *OverrideResolver) Resolve(ctx context.Context, host string, port int) ([]netip.AddrPort, error) {
	target, ok := r.Mapping[net.JoinHostPort(host, strconv.Itoa(port))]
	if !ok {
		target, ok = r.Mapping[host]
	}
	if ok {
		mapped, mappedPort, err := splitTarget(target, port)
		if err != nil {
			return nil, fmt.Errorf("resolve %q: it is mapped to %q: %w", host, target, err)
		}
		host, port = mapped, mappedPort
	}
	next := r.Resolver
	if next == nil {
		next = DefaultResolver
	}
	return next.Resolve(ctx, host, port)
}

// splitTarget reads "host" or "host:port".
func splitTarget(target string, port int) (string, int, error) {
	if IsValidIP(target) {
		return target, port, nil
	}
	host, text, err := net.SplitHostPort(target)
	if err != nil {
		return target, port, nil // no port
	}
	port, err = parsePort(text)
	return host, port, err
}
