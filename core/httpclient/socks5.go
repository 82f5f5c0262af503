package httpclient

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
)

// What is said in SOCKS 5, RFC 1928 and RFC 1929.
const (
	socksVersion     = 5
	socksNoAuth      = 0
	socksPassword    = 2
	socksAuthVersion = 1
	socksConnect     = 1
	socksIPv4        = 1
	socksName        = 3
	socksIPv6        = 4
	maxSOCKSText     = 255
)

var socksReplies = map[byte]string{
	1: "general failure", 2: "not allowed by its rules", 3: "network unreachable", 4: "host unreachable",
	5: "connection refused", 6: "TTL expired", 7: "command not supported", 8: "address type not supported",
}

// connectSOCKS asks for a tunnel. Names are resolved by the proxy.
func (t *tunnel) connectSOCKS(conn io.ReadWriter) error {
	if err := t.authenticateSOCKS(conn); err != nil {
		return err
	}
	address, err := socksAddress(t.host, t.port)
	if err != nil {
		return err
	}
	if _, err := conn.Write(append([]byte{socksVersion, socksConnect, 0}, address...)); err != nil {
		return err
	}
	return t.readSOCKSReply(conn)
}

func (t *tunnel) authenticateSOCKS(conn io.ReadWriter) error {
	methods := []byte{socksVersion, 1, socksNoAuth}
	if t.proxy.Username != "" {
		methods = []byte{socksVersion, 2, socksNoAuth, socksPassword}
	}
	var answer [2]byte
	if err := t.ask(conn, methods, answer[:]); err != nil {
		return err
	}
	switch {
	case answer[0] != socksVersion:
		return t.refusal("it does not speak SOCKS 5")
	case answer[1] == socksNoAuth:
		return nil
	case answer[1] != socksPassword || t.proxy.Username == "":
		return t.refusal("it wants to be authenticated to in another way")
	}
	user, password := t.proxy.Username, t.proxy.Password
	if len(user) > maxSOCKSText || len(password) > maxSOCKSText {
		return t.refusal("name and password may have 255 bytes each")
	}
	login := append([]byte{socksAuthVersion, byte(len(user))}, user...)
	login = append(append(login, byte(len(password))), password...)
	if err := t.ask(conn, login, answer[:]); err != nil {
		return err
	}
	if answer[1] != 0 {
		return t.refusal("it knows no such name and password")
	}
	return nil
}

// ask sends a message and reads the whole of answer.
func (t *tunnel) ask(conn io.ReadWriter, message, answer []byte) error {
	if _, err := conn.Write(message); err != nil {
		return err
	}
	if _, err := io.ReadFull(conn, answer); err != nil {
		return fmt.Errorf("the %v: %w", t.proxy, err)
	}
	return nil
}

func (t *tunnel) refusal(message string) error {
	return &ProxyError{Proxy: t.proxy.String(), Message: message}
}

// socksAddress is a host and a port as they are sent.
func socksAddress(host string, port int) (address []byte, err error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		kind := byte(socksIPv4)
		if ip = ip.WithZone("").Unmap(); ip.Is6() {
			kind = socksIPv6
		}
		address = append([]byte{kind}, ip.AsSlice()...)
	} else if len(host) <= maxSOCKSText {
		address = append([]byte{socksName, byte(len(host))}, host...)
	} else {
		return nil, fmt.Errorf("the host name has %d bytes, and SOCKS has room for %d", len(host), maxSOCKSText)
	}
	return binary.BigEndian.AppendUint16(address, uint16(port)), nil
}

// readSOCKSReply reads whether there is a connection, and drops the address from
// which the proxy made it.
func (t *tunnel) readSOCKSReply(conn io.Reader) error {
	var head [5]byte // up to the first of the address
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return fmt.Errorf("the %v: %w", t.proxy, err)
	}
	if head[0] != socksVersion || head[2] != 0 {
		return t.refusal("its answer is not of SOCKS 5")
	}
	if head[1] != 0 {
		text, ok := socksReplies[head[1]]
		if !ok {
			text = fmt.Sprintf("error %d", head[1])
		}
		return t.refusal(text)
	}
	length, known := map[byte]int{socksIPv4: 4, socksIPv6: 16, socksName: 1 + int(head[4])}[head[3]]
	if !known {
		return t.refusal("its answer has an unknown type of address")
	}
	_, err := io.ReadFull(conn, make([]byte, length-1+2))
	return err
}
