package netutil

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// An Address is where to listen, or to connect to: a TCP port, or a Unix socket.
type Address struct {
	Host string // name or IP address; empty means every interface
	Port int    // 0 lets the system choose

	// Path of a Unix socket; Host and Port mean nothing then. A leading @ is a
	// name in Linux's abstract namespace, and no file.
	Path string
}

// ParseAddress reads "host:port", ":port", "[::1]:port", "unix:/path" or
// "unix:@name".
func ParseAddress(text string) (Address, error) {
	if path, ok := strings.CutPrefix(text, unixPrefix); ok {
		if path == "" || path == "@" {
			return Address{}, fmt.Errorf("address %q is a Unix socket without a path, which follows the colon", text)
		}
		return Address{Path: path}, nil
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return Address{}, fmt.Errorf("address %q is not of the form host:port, such as 127.0.0.1:8888", text)
	}
	n, err := parsePort(port)
	if err != nil {
		return Address{}, fmt.Errorf("address %q: %w", text, err)
	}
	return Address{Host: host, Port: n}, nil
}

const unixPrefix = "unix:"

func parsePort(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("the port %q must be a number from 0 to 65535", text)
	}
	return int(n), nil
}

// IsValidIP reports whether text is an IP address, as a literal: "127.0.0.1",
// "::1", "fe80::1%eth0". Names are not, nor is the empty string.
func IsValidIP(text string) bool {
	addr, err := netip.ParseAddr(text)
	// No interface is called so, and a C library would see the text end there.
	return err == nil && !strings.Contains(addr.Zone(), "\x00")
}

func addrPort4(ip [4]byte, port int) string {
	return netip.AddrPortFrom(netip.AddrFrom4(ip), uint16(port)).String()
}

func addrPort6(ip [16]byte, port int) string {
	// An IPv4 client of a socket for both families is shown as such.
	return netip.AddrPortFrom(netip.AddrFrom16(ip).Unmap(), uint16(port)).String()
}
