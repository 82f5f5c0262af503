package httputil

import "strings"

// SplitHostAndPort splits "example.com:80" and "[::1]:80" into name and port.
// port is -1 where there is none; brackets stay.
func SplitHostAndPort(netloc string) (host string, port int) {
	i := strings.LastIndexByte(netloc, ':')
	if i <= 0 || i+1 == len(netloc) {
		return netloc, -1
	}
	n, err := ParseInt(netloc[i+1:])
	if err != nil || int64(int(n)) != n {
		return netloc, -1
	}
	return netloc[:i], int(n)
}
