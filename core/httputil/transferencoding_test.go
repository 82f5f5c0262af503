package httputil

import (
	"testing"
)

func TestTransferEncoding(t *testing.T) {
	for _, tt := range []struct {
		value  string
		status int
	}{
		{"chunked", 0}, {"CHUNKED", 0}, {" chunked\t", 0},
		{"", 400}, {"chunked,", 400}, {",chunked", 400}, {"chunked, chunked", 400}, {"chunked, gzip", 400}, {"\"chunked\"", 400},
		{"chunked;q=1", 400}, {"chunked x", 400}, {"chun\x0bked", 400}, {"\x0bchunked", 400},
		{"gzip", 400}, {"identity", 400}, {"xchunked", 400}, {"chunkedx", 400}, {"chunked, chunked, chunked", 400},
		{"gzip, chunked", 501}, {"gzip,\tdeflate, CHUNKED", 501}, {"x, chunked", 501},
	} {
		status := 0
		if err := CheckTransferEncoding(tt.value); err != nil {
			status = err.(*HTTPInputError).Status()
		}
		if status != tt.status {
			t.Errorf("%q: got %d; want %d", tt.value, status, tt.status)
		}
	}
	both := ParsedHeaders("Transfer-Encoding: chunked\r\nContent-Length: 3")
	if _, err := IsTransferEncodingChunked(&both); err == nil {
		t.Error("Transfer-Encoding beside Content-Length is accepted")
	}
}
