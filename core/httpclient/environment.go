package httpclient

import (
	"cmp"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// ProxyFromEnvironment finds the proxy as other programs do: that of http_proxy or
// https_proxy, by the scheme, or else of all_proxy; none for hosts in no_proxy, and
// none for this machine. The variables may be in capitals, but that HTTP_PROXY is not
// believed in a CGI program, where a client of the server sets it.
//
// no_proxy is "*", or a list with commas between: names, which mean their subdomains
// too, or those alone if there is a dot before them; addresses; networks as in
// "10.0.0.0/8". A name or an address may have a port.
func ProxyFromEnvironment(scheme, host string, port int) (*Proxy, error) {
	text := cmp.Or(os.Getenv(scheme+"_proxy"), os.Getenv(strings.ToUpper(scheme)+"_PROXY"))
	if scheme == "http" && os.Getenv("REQUEST_METHOD") != "" {
		text = os.Getenv("http_proxy")
	}
	text = cmp.Or(text, environment("all_proxy"))
	if text == "" || isLocal(host) || excluded(environment("no_proxy"), host, port) {
		return nil, nil
	}
	return ParseProxy(text)
}

func environment(name string) string {
	return cmp.Or(os.Getenv(name), os.Getenv(strings.ToUpper(name)))
}

func isLocal(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// excluded reports whether the list of no_proxy has a host.
func excluded(list, host string, port int) bool {
	ip, _ := netip.ParseAddr(host)
	for one := range strings.SplitSeq(strings.ToLower(list), ",") {
		one = strings.TrimSpace(one)
		if one == "*" {
			return true
		}
		if network, err := netip.ParsePrefix(one); err == nil {
			if network.Contains(ip.Unmap()) {
				return true
			}
			continue
		}
		name, only, ok := cutPort(one)
		if ok && only != port || name == "" {
			continue
		}
		if strings.TrimPrefix(name, "*") == host || strings.HasSuffix(host, "."+strings.TrimLeft(name, "*.")) {
			return true
		}
	}
	return false
}

// cutPort splits "name:80" and "[::1]:80"; without a port ok is false.
func cutPort(s string) (name string, port int, ok bool) {
	if strings.HasPrefix(s, "[") || strings.Count(s, ":") == 1 {
		i := strings.LastIndexByte(s, ':')
		if port, err := strconv.Atoi(s[i+1:]); err == nil {
			return strings.Trim(s[:i], "[]"), port, true
		}
	}
	return strings.Trim(s, "[]"), 0, false
}
