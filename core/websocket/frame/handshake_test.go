package frame

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/httputil"
)

const sampleKey = "dGhlIHNhbXBsZSBub25jZQ=="

func fields(lines ...string) *httputil.HTTPHeaders {
	h := httputil.ParsedHeaders(strings.Join(lines, "\r\n"))
	return &h
}

func TestCheckRequest(t *testing.T) {
	for _, tt := range []struct {
		name, method, version, change string // the change is a field in place of that of its name
		err                           error
	}{
		{"as it should be", "GET", "HTTP/1.1", "", nil},
		{"small letters and others beside", "GET", "HTTP/1.1", "Connection: keep-alive, upgrade", nil},
		{"capitals", "GET", "HTTP/1.1", "Upgrade: WebSocket", nil},
		{"POST", "POST", "HTTP/1.1", "", errMethod},
		{"1.0", "GET", "HTTP/1.0", "", errHTTP10},
		{"no Upgrade", "GET", "HTTP/1.1", "Upgrade", errUpgrade},
		{"another protocol", "GET", "HTTP/1.1", "Upgrade: h2c", errUpgrade},
		{"no Connection", "GET", "HTTP/1.1", "Connection", errConnection},
		{"Connection without the token", "GET", "HTTP/1.1", "Connection: Upgrade;q=1", errConnection},
		{"no version", "GET", "HTTP/1.1", "Sec-WebSocket-Version", errHeaders},
		{"version 8", "GET", "HTTP/1.1", "Sec-WebSocket-Version: 8", errVersion},
		{"two versions", "GET", "HTTP/1.1", "Sec-WebSocket-Version: 13, 8", errVersion},
		{"no key", "GET", "HTTP/1.1", "Sec-WebSocket-Key", errHeaders},
		{"an empty key", "GET", "HTTP/1.1", "Sec-WebSocket-Key: ", errHeaders},
		{"a key of 15 octets", "GET", "HTTP/1.1", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA", errHeaders},
		{"a key of 17 octets", "GET", "HTTP/1.1", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAA=", errHeaders},
		{"a key that is not base64", "GET", "HTTP/1.1", "Sec-WebSocket-Key: !AAAAAAAAAAAAAAAAAAAAA==", errHeaders},
		{"two keys", "GET", "HTTP/1.1", "Sec-WebSocket-Key: " + sampleKey + "\r\nSec-WebSocket-Key: " + sampleKey, errHeaders},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines := []string{"Host: a", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + sampleKey}
			name, _, has := strings.Cut(tt.change, ":")
			for i, line := range lines {
				if tt.change != "" && strings.HasPrefix(line, name+":") {
					lines[i] = tt.change
					if !has {
						lines = slices.Delete(lines, i, i+1)
					}
					break
				}
			}
			key, err := CheckRequest(tt.method, tt.version, fields(lines...))
			if err != tt.err && !errors.Is(err, tt.err) || err == nil && key != sampleKey {
				t.Errorf("got %q, %v; want %v", key, err, tt.err)
			}
		})
	}
	if got := errVersion.Error(); !strings.Contains(got, "426") {
		t.Errorf("got %q", got)
	}
}

func TestSameOrigin(t *testing.T) {
	for _, tt := range []struct {
		origin, host string
		want         bool
	}{
		{"http://example.com", "example.com", true},
		{"https://example.com", "example.com", true},
		{"http://example.com:8888", "example.com:8888", true},
		{"http://example.com", "EXAMPLE.com", true},
		{"http://[::1]:80", "[::1]:80", true},
		{"http://example.com/path", "example.com", true},
		{"http://example.com:8888", "example.com", false},
		{"http://example.com", "example.com:8888", false},
		{"http://example.com.evil.com", "example.com", false},
		{"http://evil.com/example.com", "example.com", false},
		{"http://evil.com@example.com", "example.com", false},
		{"http://example.com http://evil.com", "example.com", false},
		{"example.com", "example.com", false},
		{"null", "null", false},
		{"", "", false},
		{"file://", "", false},
		{"http://[bad", "example.com", false},
	} {
		if got := SameOrigin(tt.origin, tt.host); got != tt.want {
			t.Errorf("%q at %q: got %t; want %t", tt.origin, tt.host, got, tt.want)
		}
	}
}

func TestOrigin(t *testing.T) {
	for _, tt := range []struct {
		headers *httputil.HTTPHeaders
		want    string
		present bool
	}{
		{fields(), "", false},
		{fields("Origin: http://a"), "http://a", true},
		{fields("Origin: "), "", true},
		{fields("Origin: http://a", "Origin: http://a"), "null", true},
		{fields("Sec-WebSocket-Origin: http://a"), "http://a", true},
		{fields("Sec-WebSocket-Origin: http://a", "Origin: http://b"), "http://b", true},
	} {
		if got, present := Origin(tt.headers); got != tt.want || present != tt.present {
			t.Errorf("%v: got %q, %t; want %q, %t", tt.headers, got, present, tt.want, tt.present)
		}
	}
}

func TestSubprotocols(t *testing.T) {
	for _, tt := range []struct{ field, want string }{
		{"", ""}, {"chat", "chat"}, {" chat , superchat", "chat|superchat"}, {",chat,,", "chat"},
		{"chat\r\nSec-WebSocket-Protocol: other", "chat|other"}, {"no token, chat", "chat"},
	} {
		if got := strings.Join(Subprotocols(fields("Sec-WebSocket-Protocol: "+tt.field)), "|"); got != tt.want {
			t.Errorf("%q: got %q; want %q", tt.field, got, tt.want)
		}
	}
}

func TestKey(t *testing.T) {
	if got := Key([16]byte([]byte("the sample nonce"))); got != sampleKey || !validKey(got) {
		t.Errorf("got %q; want %q", got, sampleKey)
	}
}

func TestCheckResponse(t *testing.T) {
	good := []string{"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: " + Accept(sampleKey)}
	with := func(more ...string) *httputil.HTTPHeaders { return fields(append(slices.Clone(good), more...)...) }
	for _, tt := range []struct {
		name    string
		status  int
		headers *httputil.HTTPHeaders
		err     string
	}{
		{"good", 101, with(), ""},
		{"a protocol", 101, with("Sec-WebSocket-Protocol: b"), ""},
		{"compression", 101, with("Sec-WebSocket-Extensions: permessage-deflate"), ""},
		{"200", 200, with(), "200, not 101"},
		{"another upgrade", 101, fields("Upgrade: h2c"), `"h2c"`},
		{"no Connection", 101, fields("Upgrade: websocket"), "Connection"},
		{"wrong accept", 101, fields(good[0], good[1], "Sec-WebSocket-Accept: x"), "Accept"},
		{"a protocol that was not offered", 101, with("Sec-WebSocket-Protocol: c"), "subprotocol"},
		{"two protocols", 101, with("Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b"), "subprotocol"},
		{"an extension that was not offered", 101, with("Sec-WebSocket-Extensions: foo"), "extension"},
	} {
		a, err := CheckResponse(tt.status, tt.headers, sampleKey, []string{"a", "b"}, &Deflate{})
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: got %v; want %q", tt.name, err, tt.err)
		}
		if err == nil && (a.Subprotocol != tt.headers.Get("Sec-WebSocket-Protocol") || (a.Deflate != nil) != tt.headers.Has("Sec-WebSocket-Extensions")) {
			t.Errorf("%s: got %+v", tt.name, a)
		}
	}
}
