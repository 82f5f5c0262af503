package netutil

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
)

func TestDefaultResolver(t *testing.T) {
	for _, tt := range []struct {
		host string
		port int
		want string // the first address
		err  string
	}{
		{"127.0.0.1", 80, "127.0.0.1:80", ""},
		{"::1", 0, "[::1]:0", ""},
		{"fe80::1%lo", 1, "[fe80::1%lo]:1", ""},
		{"", 80, "", "no host name"},
		{"localhost", 65536, "", "65536"},
		{"localhost", -1, "", "-1"},
	} {
		got, err := DefaultResolver.Resolve(t.Context(), tt.host, tt.port)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), fmt.Sprintf("%q", tt.host)) {
				t.Errorf("%q: got %v, %v; want an error with the host and %q", tt.host, got, err, tt.err)
			}
			continue
		}
		if err != nil || len(got) != 1 || got[0].String() != tt.want {
			t.Errorf("%q: got %v, %v; want %s", tt.host, got, err, tt.want)
		}
	}
}

func TestResolveLocalhost(t *testing.T) {
	got, err := DefaultResolver.Resolve(t.Context(), "localhost", 8888)
	if err != nil || len(got) == 0 {
		t.Fatalf("got %v, %v", got, err)
	}
	for _, at := range got {
		if !at.Addr().IsLoopback() || at.Addr().Is4In6() || at.Port() != 8888 {
			t.Errorf("got %v; want the loopback addresses of port 8888", got)
		}
	}
}

func TestResolveFails(t *testing.T) {
	_, err := DefaultResolver.Resolve(t.Context(), "no..name", 80)
	var failed *net.DNSError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "no..name") {
		t.Errorf("got %v; want an error with the host", err)
	}
}

func TestOverrideResolver(t *testing.T) {
	var asked string
	r := &OverrideResolver{
		Resolver: ResolverFunc(func(_ context.Context, host string, port int) ([]netip.AddrPort, error) {
			asked = net.JoinHostPort(host, fmt.Sprint(port))
			return nil, nil
		}),
		Mapping: map[string]string{
			"google.com":     "1.2.3.4",
			"foo.bar":        "9.0.0.7:5050",
			"foo.bar:80":     "other.example",
			"six":            "::2",
			"six:81":         "[::3]:82",
			"[::1]:80":       "four:90",
			"python.org:443": "1.2.3.5:1443",
			"broken":         "host:port",
		},
	}
	for _, tt := range []struct {
		host string
		port int
		want string
		err  string
	}{
		{"google.com", 80, "1.2.3.4:80", ""},
		{"foo.bar", 80, "other.example:80", ""},
		{"foo.bar", 81, "9.0.0.7:5050", ""},
		{"six", 80, "[::2]:80", ""},
		{"six", 81, "[::3]:82", ""},
		{"::1", 80, "four:90", ""},
		{"::1", 81, "[::1]:81", ""},
		{"python.org", 443, "1.2.3.5:1443", ""},
		{"python.org", 80, "python.org:80", ""},
		{"example.com", 80, "example.com:80", ""},
		{"broken", 80, "", `"broken"`},
	} {
		asked = ""
		_, err := r.Resolve(t.Context(), tt.host, tt.port)
		if asked != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s %d: asked for %q, %v; want %q, %q", tt.host, tt.port, asked, err, tt.want, tt.err)
		}
	}
	if got, err := (&OverrideResolver{}).Resolve(t.Context(), "127.0.0.1", 80); err != nil || got[0].String() != "127.0.0.1:80" {
		t.Errorf("without a resolver: got %v, %v", got, err)
	}
}
