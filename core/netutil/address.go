package netutil

import "net/netip"

func addrPort4(ip [4]byte, port int) string {
	return netip.AddrPortFrom(netip.AddrFrom4(ip), uint16(port)).String()
}

func addrPort6(ip [16]byte, port int) string {
	// An IPv4 client of a socket for both families is shown as such.
	return netip.AddrPortFrom(netip.AddrFrom16(ip).Unmap(), uint16(port)).String()
}
