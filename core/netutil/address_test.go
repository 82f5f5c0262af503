package netutil

import (
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Address
		err  string // part of it
	}{
		{"127.0.0.1:8888", Address{Host: "127.0.0.1", Port: 8888}, ""},
		{":0", Address{}, ""},
		{"[::1]:65535", Address{Host: "::1", Port: 65535}, ""},
		{"example.com:80", Address{Host: "example.com", Port: 80}, ""},
		{"unix:/run/app.sock", Address{Path: "/run/app.sock"}, ""},
		{"unix:@app", Address{Path: "@app"}, ""},
		{"unix:", Address{}, "without a path"},
		{"unix:@", Address{}, "without a path"},
		{"", Address{}, "host:port"},
		{"8888", Address{}, "host:port"},
		{"localhost", Address{}, "host:port"},
		{"::1:80", Address{}, "host:port"},
		{":http", Address{}, "number"},
		{":65536", Address{}, "number"},
		{":-1", Address{}, "number"},
		{":+80", Address{}, "number"},
		{":", Address{}, "number"},
	} {
		got, err := ParseAddress(tt.text)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !(strings.Contains(err.Error(), tt.err) && strings.Contains(err.Error(), tt.text)) {
			t.Errorf("%q: got %+v, %v; want %+v, %q", tt.text, got, err, tt.want, tt.err)
		}
	}
}

func TestIsValidIP(t *testing.T) {
	for text, want := range map[string]bool{
		"127.0.0.1":        true,
		"4.4.4.4":          true,
		"::1":              true,
		"2620:0:1cfe::24":  true,
		"::ffff:127.0.0.1": true,
		"fe80::1%eth0":     true,
		"":                 false,
		" ":                false,
		"\n":               false,
		"\x00":             false,
		"127.0.0.1\x00":    false,
		"fe80::1%\x00":     false,
		"fe80::1%":         false,
		"127.0.0.1%eth0":   false,
		"127.1":            false,
		"0x7f.0.0.1":       false,
		"127.0.0.01":       false,
		"256.0.0.1":        false,
		"[::1]":            false,
		"127.0.0.1:80":     false,
		"localhost":        false,
		"example.com":      false,
	} {
		if got := IsValidIP(text); got != want {
			t.Errorf("%q: got %v; want %v", text, got, want)
		}
	}
}
