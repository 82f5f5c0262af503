package inspector

import (
	"strings"
	"testing"
)

func TestMaskHead(t *testing.T) {
	for _, tt := range []struct{ name, head, want string }{
		{"nothing secret", "GET /?a=b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n", "GET /?a=b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n"},
		{"authorization", "GET / HTTP/1.1\r\nAuthorization: Bearer abc.def\r\n", "GET / HTTP/1.1\r\nAuthorization: Bearer ••••••\r\n"},
		{"no scheme", "GET / HTTP/1.1\r\nproxy-authorization:abc\r\n", "GET / HTTP/1.1\r\nproxy-authorization: ••••••\r\n"},
		{"cookies", "GET / HTTP/1.1\r\nCookie: a=1; b=2; c\r\n", "GET / HTTP/1.1\r\nCookie: a=••••••; b=••••••;••••••\r\n"},
		{"set-cookie", "HTTP/1.1 200 OK\r\nSet-Cookie: user=abc; Path=/; HttpOnly\r\n", "HTTP/1.1 200 OK\r\nSet-Cookie: user=••••••; Path=/; HttpOnly\r\n"},
		{"by name", "GET / HTTP/1.1\r\nX-Api-Key: 1\r\nX-CSRF-Token: 2\r\nMy-Secret: 3\r\n", "GET / HTTP/1.1\r\nX-Api-Key: ••••••\r\nX-CSRF-Token: ••••••\r\nMy-Secret: ••••••\r\n"},
		{"query", "GET /login?user=a&password=b&access_token= HTTP/1.1\r\n", "GET /login?user=a&password=••••••&access_token=•••••• HTTP/1.1\r\n"},
		{"referer", "GET / HTTP/1.1\r\nReferer: http://x/?token=1\r\n", "GET / HTTP/1.1\r\nReferer: http://x/?token=••••••\r\n"},
		{"folded", "GET / HTTP/1.1\r\nAuthorization: Basic\r\n abc\r\nHost: x\r\n", "GET / HTTP/1.1\r\nAuthorization: ••••••\r\n ••••••\r\nHost: x\r\n"},
		{"bare line feeds, no end", "GET / HTTP/1.1\nCookie: a=1\nHost: x", "GET / HTTP/1.1\nCookie: a=••••••\nHost: x"},
		{"empty", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := MaskHead(tt.head); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzMaskHead(f *testing.F) {
	f.Add("X: 1\r\n", "s3cr3t")
	f.Add("\r\n \t:", "=;")
	f.Fuzz(func(t *testing.T, before, value string) {
		if strings.ContainsAny(value, "\r\n ;=") || len(value) < 4 || strings.Contains(before+"Cookie: a=GET / HTTP/1.1Authorization: Bearer "+Mask, value) {
			return
		}
		head := "GET / HTTP/1.1\r\n" + before + "\r\nAuthorization: Bearer " + value + "\r\nCookie: a=" + value + "\r\n"
		if got := MaskHead(head); strings.Contains(got, value) {
			t.Errorf("%q is still in %q", value, got)
		}
	})
}
