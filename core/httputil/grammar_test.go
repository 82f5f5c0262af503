package httputil

import (
	"strings"
	"testing"
)

func TestValidHost(t *testing.T) {
	for _, host := range []string{"", "a", "A.b:80", "a:", "127.0.0.1:80", "[::1]", "[::1]:80", "[::ffff:1.2.3.4]", "[v1.x:y]", "a%20b", "a_b", "-", "a;b"} {
		if !ValidHost(host) {
			t.Errorf("%q is refused", host)
		}
	}
	for _, host := range []string{"a b", "a@b", "a/b", "a?b", "a#b", "a\\b", "a:b", "a:80:90", "[", "]", "[]", "[::1", "::1", "[::1]x",
		"[::1]:x", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[zz]", "[1.2.3.4]", "[v.x]", "[v1.]", "[v1.%41]", "a,b", "a%2", "a%zz", "é", "a\x00", "a\tb", "<a>", "{a}", "\"a\""} {
		if ValidHost(host) {
			t.Errorf("%q is accepted", host)
		}
	}
}

// The quick check of eight octets must agree with the table, wherever the octet
// stands and whatever is beside it.
func TestValidFieldValue(t *testing.T) {
	for c := range 256 {
		for _, beside := range []byte{' ', 'a', 0x7e, 0x80, 0xff} {
			for length := 1; length < 20; length++ {
				for at := range length {
					value := []byte(strings.Repeat(string([]byte{beside}), length))
					value[at] = byte(c)
					want := c >= 0x20 && c != 0x7f || c == '\t'
					if got := ValidFieldValue(string(value)); got != want {
						t.Fatalf("%q: got %v; want %v", value, got, want)
					}
				}
			}
		}
	}
	for value, want := range map[string]int{"\taaaaaaaa\x00": 9, "\t\t\t\t\t\t\t\t\t": 9, "a\tbcdefgh\tijklmno\r\n": 17, "": 0, "\r\n": 0} {
		if got := FieldValueLength(value); got != want {
			t.Errorf("%q: got %d; want %d", value, got, want)
		}
	}
}
