package http1connection

import (
	"strings"
	"testing"
)

// v2 makes a header of version 2.
func v2(command, family string, size int, rest string) string {
	return "\r\n\r\n\x00\r\nQUIT\n" + command + family + string([]byte{byte(size >> 8), byte(size)}) + rest
}

const (
	ports     = "\x12\x67\x00\x50"
	addresses = "\xc0\x00\x02\x01\xc0\x00\x02\x02"
	six       = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
)

var proxyCases = []struct{ name, header, want string }{
	{"v1", "PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n", "192.0.2.1"},
	{"v1, version 6", "PROXY TCP6 2001:db8::1 ::1 4711 80\r\n", "2001:db8::1"},
	{"v1, unknown", "PROXY UNKNOWN\r\n", "invalid IP"},
	{"v1, unknown with more", "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", "invalid IP"},
	{"v1, of 107 octets", "PROXY UNKNOWN " + strings.Repeat("x", 91) + "\r\n", "invalid IP"},
	{"v1, too long", "PROXY UNKNOWN " + strings.Repeat("x", 92) + "\r\n", "refused"},
	{"v1, LF", "PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\n", "refused"},
	{"v1, unknown with LF", "PROXY UNKNOWN a\nb\r\n", "refused"},
	{"v1, unknown with CR", "PROXY UNKNOWN a\rb\r\n", "refused"},
	{"v1, small letters", "proxy TCP4 192.0.2.1 192.0.2.2 4711 80\r\n", "refused"},
	{"v1, another protocol", "PROXY UDP4 192.0.2.1 192.0.2.2 4711 80\r\n", "refused"},
	{"v1, wrong family", "PROXY TCP4 ::1 ::1 4711 80\r\n", "refused"},
	{"v1, mixed families", "PROXY TCP4 192.0.2.1 ::1 4711 80\r\n", "refused"},
	{"v1, zone", "PROXY TCP6 fe80::1%lo ::1 4711 80\r\n", "refused"},
	{"v1, not an address", "PROXY TCP4 localhost 192.0.2.2 4711 80\r\n", "refused"},
	{"v1, port too large", "PROXY TCP4 192.0.2.1 192.0.2.2 65536 80\r\n", "refused"},
	{"v1, port with a sign", "PROXY TCP4 192.0.2.1 192.0.2.2 +80 80\r\n", "refused"},
	{"v1, port with a zero", "PROXY TCP4 192.0.2.1 192.0.2.2 080 80\r\n", "refused"},
	{"v1, two spaces", "PROXY TCP4  192.0.2.1 192.0.2.2 4711 80\r\n", "refused"},
	{"v1, one port", "PROXY TCP4 192.0.2.1 192.0.2.2 4711\r\n", "refused"},
	{"v2", v2("\x21", "\x11", 12, addresses+ports), "192.0.2.1"},
	{"v2, version 6", v2("\x21", "\x21", 36, six+six+ports), "2001:db8::1"},
	{"v2, more behind", v2("\x21", "\x11", 15, addresses+ports+"\x04\x00\x00"), "192.0.2.1"},
	{"v2, local", v2("\x20", "\x00", 0, ""), "invalid IP"},
	{"v2, local with addresses", v2("\x20", "\x11", 12, addresses+ports), "invalid IP"},
	{"v2, not specified", v2("\x21", "\x00", 0, ""), "invalid IP"},
	{"v2, Unix socket", v2("\x21", "\x31", 216, strings.Repeat("\x00", 216)), "invalid IP"},
	{"v2, too short", v2("\x21", "\x11", 11, addresses+ports), "refused"},
	{"v2, too long", v2("\x21", "\x11", 65535, addresses), "refused"},
	{"v2, another version", v2("\x31", "\x11", 12, addresses+ports), "refused"},
	{"v2, another command", v2("\x22", "\x11", 12, addresses+ports), "refused"},
	{"v2, another family", v2("\x21", "\x41", 12, addresses+ports), "refused"},
	{"v2, another transport", v2("\x21", "\x13", 12, addresses+ports), "refused"},
	{"a request", "GET / HTTP/1.1\r\n", "refused"},
	{"empty lines", "\r\n\r\nGET / HTTP/1.1\r\n", "refused"},
}

func parseProxy(header string) string {
	source, n, err := ParseProxyHeader([]byte(header))
	switch {
	case err != nil:
		return "refused"
	case n == 0:
		return "..."
	}
	return source.String()
}

func TestParseProxyHeader(t *testing.T) {
	for _, tt := range proxyCases {
		t.Run(tt.name, func(t *testing.T) {
			if got := parseProxy(tt.header); got != tt.want {
				t.Errorf("got %s; want %s", got, tt.want)
			}
			for i := range len(tt.header) {
				if got := parseProxy(tt.header[:i]); got != "..." && got != "refused" || got == "refused" && tt.want != "refused" {
					t.Errorf("the first %d octets: got %s", i, got)
				}
			}
			_, n, err := ParseProxyHeader([]byte(tt.header + "GET / HTTP/1.1\r\n"))
			if err == nil && n != len(tt.header) {
				t.Errorf("with a request behind: got %d octets; want %d", n, len(tt.header))
			}
		})
	}
}

// FuzzProxyHeader: no cut changes what is read, and nothing is read beyond a
// header.
func FuzzProxyHeader(f *testing.F) {
	for _, c := range proxyCases {
		f.Add([]byte(c.header))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		source, n, err := ParseProxyHeader(data)
		if n > len(data) || err != nil && n != 0 {
			t.Fatalf("%q: %d octets, %v", data, n, err)
		}
		for i := range min(len(data), 300) {
			early, m, failed := ParseProxyHeader(data[:i])
			switch {
			case m > 0 && (m != n || early != source):
				t.Fatalf("%q: %v, %d; its first %d octets: %v, %d", data, source, n, i, early, m)
			case failed != nil && err == nil:
				t.Fatalf("%q is refused after %d octets, and not as a whole", data, i)
			}
		}
	})
}
