package httputil

import "testing"

func TestValidTrailers(t *testing.T) {
	fields := ParsedHeaders("Checksum: 1\r\nhost: a\r\nTrailer: x\r\nX-More: 2\r\ncontent-LENGTH: 3\r\nIf-Match: \"a\"\r\n" +
		"if-Anything: b\r\nIf: c\r\nSet-Cookie: d=e\r\nWWW-Authenticate: f\r\nChecksum: 4\r\n")
	valid := ValidTrailers(&fields)
	if got, want := string(valid.Append(nil)), "Checksum: 1\r\nX-More: 2\r\nIf: c\r\nChecksum: 4\r\n"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	if ValidTrailer("a b") || ValidTrailer("") {
		t.Error("what is no name of a field may be a trailer")
	}
}
