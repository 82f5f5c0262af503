package httputil

import (
	"net/netip"
	"strings"
)

// A ForwardedElement is what one proxy says of a request in a Forwarded field (RFC
// 7239). What it does not say is empty.
type ForwardedElement struct {
	For, By string // nodes; see Address
	Host    string // as the proxy was sent it
	Proto   string // "http" or "https", mostly
}

// ParseForwarded reads a Forwarded field, or several joined by commas; the proxy next
// to us is the last. ok is false if any of it is malformed: the part that a client has
// made up must not change the meaning of what a proxy has added. Parameters of other
// names are checked and dropped. White space round a semicolon is let through.
func ParseForwarded(field string) (elements []ForwardedElement, ok bool) {
	for rest := TrimSpace(field); rest != ""; {
		var e ForwardedElement
		if rest, ok = e.parse(rest); !ok {
			return nil, false
		}
		elements = append(elements, e)
	}
	return elements, len(elements) > 0
}

// parse reads one element and the comma behind it.
func (e *ForwardedElement) parse(s string) (rest string, ok bool) {
	seen := map[string]bool{}
	for {
		if s = TrimSpace(s); s != "" && s[0] != ';' && s[0] != ',' {
			var name, value string
			if name, value, s, ok = cutPair(s); !ok || seen[name] {
				return "", false
			}
			seen[name] = true
			e.set(name, value)
			s = TrimSpace(s)
		}
		switch {
		case s == "":
			return "", true
		case s[0] == ',':
			rest = TrimSpace(s[1:])
			return rest, rest != ""
		case s[0] != ';':
			return "", false
		}
		s = s[1:]
	}
}

// cutPair reads a name, in small letters, an equals sign, and a token or quoted string.
func cutPair(s string) (name, value, rest string, ok bool) {
	n := TokenLength(s)
	if n == 0 || n == len(s) || s[n] != '=' {
		return "", "", "", false
	}
	name, s = strings.ToLower(s[:n]), s[n+1:]
	if s != "" && s[0] == '"' {
		value, rest, ok = cutQuoted(s)
		return name, value, rest, ok
	}
	n = TokenLength(s)
	return name, s[:n], s[n:], n > 0
}

// cutQuoted reads a quoted string (RFC 9110 section 5.6.4).
func cutQuoted(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}

func (e *ForwardedElement) set(name, value string) {
	switch name {
	case "for":
		e.For = value
	case "by":
		e.By = value
	case "host":
		e.Host = value
	case "proto":
		e.Proto = value
	}
}

// Address is the address of the node that For names, without its port. ok is false
// if that is hidden: "unknown", or a name of the proxy's own.
func (e *ForwardedElement) Address() (address netip.Addr, ok bool) {
	node := e.For
	if strings.HasPrefix(node, "[") {
		end := strings.IndexByte(node, ']')
		if end < 0 || !validNodePort(node[end+1:]) {
			return netip.Addr{}, false
		}
		address, err := netip.ParseAddr(node[1:end])
		return address, err == nil && address.Is6() && address.Zone() == ""
	}
	if i := strings.IndexByte(node, ':'); i >= 0 {
		if !validNodePort(node[i:]) {
			return netip.Addr{}, false
		}
		node = node[:i]
	}
	address, err := netip.ParseAddr(node)
	return address, err == nil && address.Is4()
}

// validNodePort reports whether s may follow the address of a node: nothing, or a
// colon and digits, or a colon and a hidden port (RFC 7239 section 6).
func validNodePort(s string) bool {
	if s == "" {
		return true
	}
	if s[0] != ':' || len(s) == 1 {
		return false
	}
	return allOf(isDigit, s[1:]) && len(s) <= len(":65535") || s[1] == '_' && len(s) > 2 && ValidToken(s[2:])
}
