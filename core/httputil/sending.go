package httputil

import (
	"net"
	"strconv"
	"strings"
)

// EscapeQuery escapes what cannot be sent in a query and is found there nevertheless:
// control characters, spaces and all that is not ASCII.
func EscapeQuery(query string) string {
	const hex = "0123456789ABCDEF"
	var escaped []byte // nil while there is nothing to escape
	for i := range len(query) {
		c := query[i]
		fine := c > ' ' && c < 0x7f
		if !fine && escaped == nil {
			escaped = append(make([]byte, 0, len(query)+8), query[:i]...)
		}
		switch {
		case !fine:
			escaped = append(escaped, '%', hex[c>>4], hex[c&15])
		case escaped != nil:
			escaped = append(escaped, c)
		}
	}
	if escaped == nil {
		return query
	}
	return string(escaped)
}

// HostField is the field Host of a request to a host, which is not in brackets, and a
// port: without the port if it is defaultPort, that of the scheme (RFC 9110 section
// 4.2.3), since servers compare it with an Origin that does without; and without the
// zone of an address, which means nothing elsewhere.
func HostField(host string, port, defaultPort int) string {
	host, _, _ = strings.Cut(host, "%")
	switch {
	case port != defaultPort:
		return net.JoinHostPort(host, strconv.Itoa(port))
	case strings.Contains(host, ":"):
		return "[" + host + "]"
	}
	return host
}
