package http1connection

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

// The PROXY protocol, as its authors publish it with HAProxy: what a proxy says of
// its client before the first byte of the client's.

const (
	// proxyLineLimit is the longest line of version 1, with its CRLF.
	proxyLineLimit = 107
	// proxySizeLimit is the longest header of version 2 that is taken. What it
	// holds behind the addresses is not used.
	proxySizeLimit = 4 << 10
	proxyFixed     = 16 // octets before the addresses of version 2
)

var (
	proxyLine      = []byte("PROXY ")
	proxySignature = []byte("\r\n\r\n\x00\r\nQUIT\n")
	errProxy       = &httputil.HTTPInputError{Message: "the connection does not begin with the PROXY protocol"}
)

// ParseProxyHeader reads a header of the PROXY protocol at the beginning of data,
// which has n octets. n is zero while more of it is needed. source is the address
// of the client; not valid where the proxy speaks for itself or does not know. It
// fails with an HTTPInputError.
func ParseProxyHeader(data []byte) (source netip.Addr, n int, err error) {
	switch {
	case bytes.HasPrefix(data, proxySignature):
		return parseProxyV2(data)
	case bytes.HasPrefix(data, proxyLine):
		return parseProxyV1(data)
	case bytes.HasPrefix(proxySignature, data), bytes.HasPrefix(proxyLine, data):
		return netip.Addr{}, 0, nil
	}
	return netip.Addr{}, 0, errProxy
}

// parseProxyV1 reads "PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n".
func parseProxyV1(data []byte) (source netip.Addr, n int, err error) {
	end := bytes.IndexByte(data[:min(len(data), proxyLineLimit)], '\n') - 1
	switch {
	case end < 0 && len(data) < proxyLineLimit:
		return netip.Addr{}, 0, nil
	case end < 0 || bytes.IndexByte(data, '\r') != end:
		return netip.Addr{}, 0, errProxy
	}
	line := string(data[len(proxyLine):end])
	if line == "UNKNOWN" || strings.HasPrefix(line, "UNKNOWN ") {
		return netip.Addr{}, end + 2, nil
	}
	parts := strings.Split(line, " ")
	if len(parts) != 5 || parts[0] != "TCP4" && parts[0] != "TCP6" || !isPort(parts[3]) || !isPort(parts[4]) {
		return netip.Addr{}, 0, errProxy
	}
	source, err = netip.ParseAddr(parts[1])
	destination, err2 := netip.ParseAddr(parts[2])
	six := parts[0] == "TCP6"
	if err != nil || err2 != nil || source.Is6() != six || destination.Is6() != six || source.Zone() != "" || destination.Zone() != "" {
		return netip.Addr{}, 0, errProxy
	}
	return source, end + 2, nil
}

func isPort(s string) bool {
	n, err := httputil.ParseInt(s)
	return err == nil && n <= 65535 && (s == "0" || s[0] != '0')
}

// parseProxyV2 reads the binary form.
func parseProxyV2(data []byte) (source netip.Addr, n int, err error) {
	if len(data) < proxyFixed {
		return netip.Addr{}, 0, nil
	}
	const local, proxied, inet, inet6 = 0x20, 0x21, 1, 2
	command, family := data[12], data[13]>>4
	size := int(binary.BigEndian.Uint16(data[14:]))
	if command != local && command != proxied || data[13]&0xf > 2 || family > 3 || proxyFixed+size > proxySizeLimit {
		return netip.Addr{}, 0, errProxy
	}
	length := 0 // of one address
	switch family {
	case inet:
		length = 4
	case inet6:
		length = 16
	}
	if command == proxied && length > 0 && size < 2*(length+2) {
		return netip.Addr{}, 0, errProxy
	}
	if len(data) < proxyFixed+size {
		return netip.Addr{}, 0, nil
	}
	if command == proxied && length > 0 {
		source, _ = netip.AddrFromSlice(data[proxyFixed : proxyFixed+length])
	}
	return source, proxyFixed + size, nil
}
