package httpserver

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

// proxies are what is believed about where requests come from.
type proxies struct {
	listed []netip.Prefix
}

// parseProxies reads addresses ("10.0.0.1") and networks ("10.0.0.0/8").
func parseProxies(list []string) (*proxies, error) {
	p := new(proxies)
	for _, text := range list {
		if address, err := netip.ParseAddr(text); err == nil {
			p.listed = append(p.listed, netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()))
			continue
		}
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("httpserver: TrustedDownstream has %q, which is neither an IP address nor a network", text)
		}
		p.listed = append(p.listed, network.Masked())
	}
	return p, nil
}

// isListed reports whether address is that of a proxy that was named.
func (p *proxies) isListed(address netip.Addr) bool {
	address = address.Unmap()
	for _, network := range p.listed {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

// adjust gives a request the address and the protocol that a trusted proxy says
// its client has.
func (p *proxies) adjust(r *httputil.HTTPServerRequest) {
	peer, err := netip.ParseAddr(r.RemoteIP)
	if err != nil || !peer.IsLoopback() && r.RemoteIP != unixRemoteIP && !p.isListed(peer) {
		return
	}
	client, protocol := p.client(&r.Headers), forwardedProtocol(&r.Headers)
	if r.Headers.Has("Forwarded") && !hasXHeaders(&r.Headers) {
		client, protocol = p.forwarded(r.Headers.Get("Forwarded"))
	}
	if client != "" {
		r.RemoteIP = client
	}
	if protocol != "" {
		r.Protocol = protocol
	}
}

// hasXHeaders reports whether a proxy speaks the older way. Then a Forwarded field is
// not believed: most of these proxies let through what the client has made up.
func hasXHeaders(h *httputil.HTTPHeaders) bool {
	return h.Has("X-Real-Ip") || h.Has("X-Forwarded-For") || h.Has("X-Scheme") || h.Has("X-Forwarded-Proto")
}

// forwarded is what client and forwardedProtocol are, by a Forwarded field (RFC 7239).
func (p *proxies) forwarded(field string) (client, protocol string) {
	elements, ok := httputil.ParseForwarded(field)
	if !ok {
		return "", ""
	}
	protocol = httpProtocol(elements[len(elements)-1].Proto)
	for _, e := range slices.Backward(elements) {
		address, known := e.Address()
		if !known {
			return "", protocol
		}
		client = address.String()
		if !p.isListed(address) {
			break
		}
	}
	return client, protocol
}

// client is the address of the client by the fields of the proxies; empty if they
// tell none. A proxy appends the address it sees to X-Forwarded-For, and what
// stands before may be anybody's invention; so it is the right-most address that is
// not another proxy's.
func (p *proxies) client(h *httputil.HTTPHeaders) string {
	last := h.Get("X-Real-Ip")
	if last == "" {
		rest, more := h.Get("X-Forwarded-For"), true
		for more {
			rest, last, more = cutLast(rest)
			if address, err := netip.ParseAddr(last); err != nil || !p.isListed(address) {
				break
			}
		}
	}
	if address, err := netip.ParseAddr(last); err != nil || address.Zone() != "" {
		return ""
	}
	return last
}

// cutLast splits "a, b, c" into "a, b" and "c".
func cutLast(list string) (rest, last string, more bool) {
	i := strings.LastIndexByte(list, ',')
	return list[:max(i, 0)], httputil.TrimSpace(list[i+1:]), i >= 0
}

// forwardedProtocol is X-Scheme, or else the last of X-Forwarded-Proto: that of
// the proxy next to us. Empty unless it is http or https.
func forwardedProtocol(h *httputil.HTTPHeaders) string {
	protocol := h.Get("X-Scheme")
	if !h.Has("X-Scheme") {
		_, protocol, _ = cutLast(h.Get("X-Forwarded-Proto"))
	}
	return httpProtocol(protocol)
}

func httpProtocol(protocol string) string {
	if protocol != "http" && protocol != "https" {
		return ""
	}
	return protocol
}
