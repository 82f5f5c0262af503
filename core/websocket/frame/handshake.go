package frame

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

// Version is the only version of the protocol that is spoken, that of RFC 6455.
const Version = "13"

// A HandshakeError says why a request is not upgraded.
type HandshakeError struct {
	StatusCode int // of the answer; with 426 it has Sec-WebSocket-Version: 13
	Message    string
}

func (e *HandshakeError) Error() string {
	return fmt.Sprintf("websocket: handshake refused with %d: %s", e.StatusCode, e.Message)
}

var (
	errMethod     = &HandshakeError{405, "A WebSocket begins with GET."}
	errHTTP10     = &HandshakeError{400, "A WebSocket needs HTTP/1.1."}
	errUpgrade    = &HandshakeError{400, `Can "Upgrade" only to "WebSocket".`}
	errConnection = &HandshakeError{400, `"Connection" must be "Upgrade".`}
	errVersion    = &HandshakeError{426, "Only version 13 of the WebSocket protocol is spoken here."}
	errHeaders    = &HandshakeError{400, "Missing/Invalid WebSocket headers"}
)

// CheckRequest looks whether a request asks for a WebSocket as RFC 6455 section
// 4.2.1 wants it, and returns the key to be answered. It fails with a
// *HandshakeError.
func CheckRequest(method, version string, headers *httputil.HTTPHeaders) (key string, err error) {
	keys, versions := headers.GetList("Sec-WebSocket-Key"), headers.GetList("Sec-WebSocket-Version")
	switch {
	case method != "GET":
		return "", errMethod
	case !httputil.EqualFold(headers.Get("Upgrade"), "websocket"):
		return "", errUpgrade
	case !hasToken(headers.Get("Connection"), "upgrade"):
		return "", errConnection
	case version != "HTTP/1.1":
		return "", errHTTP10
	case len(versions) == 0 || len(keys) != 1:
		return "", errHeaders
	case len(versions) > 1 || versions[0] != Version:
		return "", errVersion
	case !validKey(keys[0]):
		return "", errHeaders
	}
	return keys[0], nil
}

// hasToken reports whether a comma-separated list has a token, in any case of
// letters.
func hasToken(list, token string) bool {
	for element := range strings.SplitSeq(list, ",") {
		if httputil.EqualFold(httputil.TrimSpace(element), token) {
			return true
		}
	}
	return false
}

// validKey reports whether a key is 16 octets in base64.
func validKey(key string) bool {
	var nonce [18]byte
	if len(key) != 24 {
		return false
	}
	n, err := base64.StdEncoding.Decode(nonce[:], []byte(key))
	return err == nil && n == 16
}

// Key is the Sec-WebSocket-Key of a client whose nonce, chosen at random for each
// connection, this is.
func Key(nonce [16]byte) string { return base64.StdEncoding.EncodeToString(nonce[:]) }

// Accept is the Sec-WebSocket-Accept that answers a key.
func Accept(key string) string {
	digest := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(digest[:])
}

// SameOrigin reports whether a page from origin was loaded from host, which is the
// request's Host: its name and port. Browsers leave the port out of both where it
// is the scheme's own. "null", which hostile pages can bring about, is nobody's.
func SameOrigin(origin, host string) bool {
	scheme, rest, ok := strings.Cut(origin, "://")
	authority, _, _ := strings.Cut(rest, "/")
	return ok && scheme != "" && authority != "" && httputil.EqualFold(authority, host)
}

// Origin is where the page was loaded from that opens a WebSocket. present is false
// if the client sent no such field: it is no browser then. Several contradict each
// other and make "null".
func Origin(headers *httputil.HTTPHeaders) (origin string, present bool) {
	list := headers.GetList("Origin")
	if len(list) == 0 {
		list = headers.GetList("Sec-WebSocket-Origin") // before RFC 6455
	}
	switch len(list) {
	case 0:
		return "", false
	case 1:
		return list[0], true
	}
	return "null", true
}

// Subprotocols are the protocols that a client offers, in its order.
func Subprotocols(headers *httputil.HTTPHeaders) []string {
	var list []string
	for _, field := range headers.GetList("Sec-WebSocket-Protocol") {
		for name := range strings.SplitSeq(field, ",") {
			if name = httputil.TrimSpace(name); httputil.ValidToken(name) {
				list = append(list, name)
			}
		}
	}
	return list
}

// An Agreement is what a client and a server have agreed upon.
type Agreement struct {
	Subprotocol string   // empty if there is none
	Deflate     *Deflate // nil without compression
}

// CheckResponse is a client's look at the answer to its request (RFC 6455 section
// 4.1). key is what it sent, subprotocols and deflate what it offered. It fails if
// the answer is not that of a WebSocket server, or chose what was not offered.
func CheckResponse(status int, headers *httputil.HTTPHeaders, key string, subprotocols []string, deflate *Deflate) (Agreement, error) {
	chosen := headers.GetList("Sec-WebSocket-Protocol")
	agreed, compressed, ok := CheckDeflate(headers.GetList("Sec-WebSocket-Extensions"), deflate)
	problem := ""
	switch {
	case status != 101:
		problem = fmt.Sprintf("the server answered %d, not 101", status)
	case !httputil.EqualFold(headers.Get("Upgrade"), "websocket"):
		problem = fmt.Sprintf("the server upgrades to %q", headers.Get("Upgrade"))
	case !hasToken(headers.Get("Connection"), "upgrade"):
		problem = "the answer has no Connection: Upgrade"
	case headers.Get("Sec-WebSocket-Accept") != Accept(key):
		problem = "Sec-WebSocket-Accept does not answer the key"
	case len(chosen) > 1 || len(chosen) == 1 && !slices.Contains(subprotocols, chosen[0]):
		problem = fmt.Sprintf("the server chose the subprotocol %q, which was not offered", headers.Get("Sec-WebSocket-Protocol"))
	case !ok:
		problem = fmt.Sprintf("the server chose the extension %q, which was not offered so", headers.Get("Sec-WebSocket-Extensions"))
	}
	if problem != "" {
		return Agreement{}, fmt.Errorf("websocket: handshake failed: %s", problem)
	}
	var a Agreement
	if len(chosen) == 1 {
		a.Subprotocol = chosen[0]
	}
	if compressed {
		a.Deflate = &agreed
	}
	return a, nil
}
