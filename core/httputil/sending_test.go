package httputil

import "testing"

func TestEscapeQuery(t *testing.T) {
	for query, want := range map[string]string{
		"":             "",
		"a=1&b=%20+":   "a=1&b=%20+",
		"a b":          "a%20b",
		"\x00q=ä\x7f~": "%00q=%C3%A4%7F~",
	} {
		if got := EscapeQuery(query); got != want {
			t.Errorf("%q: got %q; want %q", query, got, want)
		}
	}
}

func TestHostField(t *testing.T) {
	for _, tt := range []struct {
		host string
		port int
		want string
	}{
		{"example.com", 443, "example.com"},
		{"example.com", 80, "example.com:80"},
		{"::1", 443, "[::1]"},
		{"::1", 8443, "[::1]:8443"},
		{"fe80::1%eth0", 443, "[fe80::1]"},
		{"fe80::1%eth0", 1, "[fe80::1]:1"},
	} {
		if got := HostField(tt.host, tt.port, 443); got != tt.want {
			t.Errorf("%s, %d: got %q; want %q", tt.host, tt.port, got, tt.want)
		}
	}
}
