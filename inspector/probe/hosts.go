package probe

import (
	"net/netip"
	"strings"
	"sync/atomic"

	"github.com/tornado-dev/tornado/core/httputil"
)

// allowHost returns the rule on which hosts a program in development answers for:
// this machine's own names and those in more. Any other name is how a web page
// that the developer visits reaches programs on his machine, by letting its own
// name resolve to 127.0.0.1.
func allowHost(more []string) func(host string) bool {
	allowed := map[string]bool{"localhost": true}
	for _, name := range more {
		if name = normalHost(name); name != "" {
			allowed[name] = true
		}
	}
	allows := func(host string) bool {
		host = normalHost(host)
		if allowed[host] || strings.HasSuffix(host, ".localhost") {
			return true
		}
		addr, err := netip.ParseAddr(host)
		return err == nil && addr.Zone() == "" && !addr.Is4In6() && addr.IsLoopback()
	}
	var last atomic.Pointer[string] // that was allowed, port and all: nearly all requests are for the same
	return func(host string) bool {
		if known := last.Load(); known != nil && *known == host {
			return true
		}
		if !allows(host) {
			return false
		}
		kept := strings.Clone(host) // it is a part of the request's head
		last.Store(&kept)
		return true
	}
}

// normalHost is host in small letters, without port and brackets.
func normalHost(host string) string {
	host = strings.ToLower(strings.TrimSpace(host))
	if strings.Count(host, ":") == 1 || strings.HasPrefix(host, "[") { // else an IPv6 address alone
		host, _ = httputil.SplitHostAndPort(host)
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		host = strings.TrimSuffix(inner, "]")
	}
	return strings.TrimSuffix(host, ".")
}
