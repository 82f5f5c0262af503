package httpclient

import (
	"strings"
	"testing"
)

func TestParseProxy(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Proxy
		ok   bool
	}{
		{"http://proxy.example:3128", Proxy{Scheme: "http", Host: "proxy.example", Port: 3128}, true},
		{"proxy.example:3128", Proxy{Scheme: "http", Host: "proxy.example", Port: 3128}, true},
		{"proxy.example", Proxy{Scheme: "http", Host: "proxy.example"}, true},
		{"https://u:p%40@[::1]", Proxy{Scheme: "https", Host: "::1", Username: "u", Password: "p@"}, true},
		{"socks5h://10.0.0.1:1081", Proxy{Scheme: "socks5", Host: "10.0.0.1", Port: 1081}, true},
		{"ftp://proxy.example", Proxy{}, false},
		{"http://", Proxy{}, false},
		{"http://a:99999", Proxy{}, false},
		{"", Proxy{}, false},
	} {
		t.Run(tt.text, func(t *testing.T) {
			got, err := ParseProxy(tt.text)
			if (err == nil) != tt.ok {
				t.Fatalf("got %v, %v; want success: %v", got, err, tt.ok)
			}
			if tt.ok && (got.Scheme != tt.want.Scheme || got.Host != tt.want.Host || got.Port != tt.want.Port ||
				got.Username != tt.want.Username || got.Password != tt.want.Password) {
				t.Errorf("got %+v; want %+v", *got, tt.want)
			}
		})
	}
}

func TestParseProxyKeepsSecrets(t *testing.T) {
	for _, text := range []string{"http://user:secret@", "http://user:secret@a:x", "user:secret@a:b:c", "http://user:sec%ret@a", "http://user:secret@a:99999", "ftp://user:secret@a"} {
		if _, err := ParseProxy(text); err == nil || strings.Contains(err.Error(), "sec") || strings.Contains(err.Error(), "user") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
