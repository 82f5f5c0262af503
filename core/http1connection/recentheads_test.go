package http1connection

import (
	"strings"
	"testing"
)

// readPlainly reads a head in the ordinary way. ok is false if it is not there whole,
// or not sound.
func readPlainly(data []byte, limits *Limits) (raw string, head RequestHead, ok bool) {
	start, end, err := FindRequestEnd(data, 0, limits)
	if err != nil || end == 0 {
		return "", head, false
	}
	raw = string(data[start:end])
	return raw, head, head.Parse(raw, limits) == nil
}

// checkRecent remembers first, and wants second to be read from that as it is read
// plainly, or not at all. It reports whether it was.
func checkRecent(t *testing.T, first, second string, limits *Limits) (read bool) {
	t.Helper()
	var recent recentHead
	if raw, head, ok := readPlainly([]byte(first), limits); ok {
		recent.remember(raw, &head)
	}
	for range 2 { // the second time with the line of the second
		var head RequestHead
		end := recent.read([]byte(second), limits, &head)
		if end == 0 {
			return false
		}
		raw, want, ok := readPlainly([]byte(second), limits)
		if !ok || raw != second[:end] || head != want {
			t.Fatalf("%q after %q:\ngot  %d %+v\nwant %d %+v, sound: %v", second, first, end, head, len(raw), want, ok)
		}
	}
	return true
}

const plainHead = "GET /a?b HTTP/1.1\r\nHost: x.example\r\nCookie: a=b\r\n\r\n"

func TestRecentHead(t *testing.T) {
	limits := &Limits{MaxRequestLine: 60, MaxHeaderSize: 80}
	for _, tt := range []struct {
		name, first, second string
		want                bool
	}{
		{"the same", plainHead, plainHead, true},
		{"with the next behind it", plainHead, plainHead + "GET ", true},
		{"another target", plainHead, strings.Replace(plainHead, "/a?b", "/other", 1), true},
		{"another method", plainHead, strings.Replace(plainHead, "GET", "DELETE", 1), true},
		{"no method", plainHead, strings.Replace(plainHead, "GET", "", 1), false},
		{"a bad target", plainHead, strings.Replace(plainHead, "/a", "/\x7f", 1), false},
		{"another version", plainHead, strings.Replace(plainHead, "1.1", "1.0", 1), false},
		{"an absolute target", plainHead, strings.Replace(plainHead, "/a", "http://y/", 1), false},
		{"after an absolute target", strings.Replace(plainHead, "/a", "http://y/", 1), plainHead, false},
		{"for all of the server", plainHead, strings.Replace(plainHead, "/a?b", "*", 1), false},
		{"another field", plainHead, strings.Replace(plainHead, "a=b", "a=c", 1), false},
		{"a field more", plainHead, strings.Replace(plainHead, "\r\n\r\n", "\r\nA: b\r\n\r\n", 1), false},
		{"not whole", plainHead, plainHead[:len(plainHead)-1], false},
		{"nothing", plainHead, "", false},
		{"an empty line before", plainHead, "\r\n" + plainHead, false},
		{"a bare LF", plainHead, strings.Replace(plainHead, "1.1\r\n", "1.1\n", 1), false},
		{"a line that is too long", plainHead, strings.Replace(plainHead, "/a", "/"+strings.Repeat("a", 60), 1), false},
		{"a head that is too large", plainHead, strings.Replace(plainHead, "/a", "/"+strings.Repeat("a", 40), 1), false},
		{"a body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "PUT /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", true},
		{"of HTTP/1.0", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
		{"without fields", "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\n\r\nGET", true},
		{"refused before", "GET / HTTP/1.1\r\nHost: x\r\nExpect: y\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nExpect: y\r\n\r\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := checkRecent(t, tt.first, tt.second, limits); got != tt.want {
				t.Errorf("read: %v; want %v", got, tt.want)
			}
		})
	}
}

func TestLongHeadsAreNotRemembered(t *testing.T) {
	long := strings.Replace(plainHead, "a=b", strings.Repeat("a", maxRemembered), 1)
	if checkRecent(t, long, long, &Limits{}) {
		t.Errorf("a head of %d bytes is remembered", len(long))
	}
}

func FuzzRecentHead(f *testing.F) {
	f.Add(plainHead, plainHead)
	f.Add(plainHead, strings.Replace(plainHead, "/a?b", "http://y/", 1))
	f.Add("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
	f.Fuzz(func(t *testing.T, first, second string) {
		checkRecent(t, first, second, &Limits{MaxRequestLine: 40, MaxHeaderSize: 80, MaxFields: 4})
		checkRecent(t, second, second, &Limits{})
	})
}
