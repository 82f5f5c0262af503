package http1connection

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/httputil"
)

func TestParseResponseHead(t *testing.T) {
	for _, tt := range []struct {
		name, raw, method string
		want              string // code, length, framing, whether the connection can be used again
		err               error
	}{
		{"length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "GET", "200 3 length true", nil},
		{"equal lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\nContent-Length: 3\r\n\r\n", "GET", "200 3 length true", nil},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n", "GET", "200 -1 chunked true", nil},
		{"until close", "HTTP/1.1 200 OK\r\n\r\n", "GET", "200 -1 close false", nil},
		{"no reason", "HTTP/1.1 200\r\n\r\n", "GET", "200 -1 close false", nil},
		{"close", "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n", "GET", "200 0 length false", nil},
		{"1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "GET", "200 0 length false", nil},
		{"1.0, kept alive", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", "GET", "200 0 length true", nil},
		{"head", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "HEAD", "200 3 none true", nil},
		{"head without a length", "HTTP/1.1 200 OK\r\n\r\n", "HEAD", "200 -1 none true", nil},
		{"204", "HTTP/1.1 204 No Content\r\n\r\n", "GET", "204 -1 none true", nil},
		{"304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", "GET", "304 3 none true", nil},
		{"tunnel", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "CONNECT", "200 3 tunnel false", nil},
		{"no tunnel", "HTTP/1.1 407 No\r\nContent-Length: 3\r\n\r\n", "CONNECT", "407 3 length true", nil},
		{"upgrade", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", "GET", "101 -1 tunnel false", nil},
		{"fields of requests mean nothing", "HTTP/1.1 204 No Content\r\nHost: a\r\nHost: b c\r\nExpect: x\r\n\r\n", "GET", "204 -1 none true", nil},

		{"both", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "GET", "", errBothLengths},
		{"different lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3, 03\r\n\r\n", "GET", "", errLengths},
		{"chunks in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "GET", "", errAnswerIn10},
		{"204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\n", "GET", "", errLengthOfNoBody},
		{"100 with a length", "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n", "GET", "", errLengthOfNoBody},
		{"folded", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "GET", "", errFolded},
		{"space before the colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "GET", "", errFieldName},
		{"LF alone", "HTTP/1.1 200 OK\nA: b\n\n", "GET", "", errStatusLine},
		{"LF alone in a field", "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n", "GET", "", errBareLF},
		{"code", "HTTP/1.1 042 Odd\r\n\r\n", "GET", "", errStatusCode},
		{"too large", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", 64<<10) + "\r\n\r\n", "GET", "", errHeadTooLarge},
		{"too many", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A:\r\n", 501) + "\r\n", "GET", "", errTooManyFields},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var h ResponseHead
			if err := h.Parse(tt.raw, &Limits{}); err != tt.err {
				t.Fatalf("got %v; want %v", err, tt.err)
			}
			if tt.err != nil {
				return
			}
			names := map[framing]string{framingNone: "none", framingLength: "length", framingChunked: "chunked", framingClose: "close", framingTunnel: "tunnel"}
			body := h.framing(tt.method)
			if got := fmt.Sprint(h.Code, h.ContentLength, " ", names[body], " ", h.canReuse(body)); got != tt.want {
				t.Errorf("got %s; want %s", got, tt.want)
			}
			var fields httputil.HTTPHeaders
			if err := fields.Parse(h.Fields); err != nil {
				t.Errorf("the fields cannot be read: %v", err)
			}
		})
	}
}

func TestAppendRequestHead(t *testing.T) {
	for _, tt := range []struct {
		name    string
		request ClientRequest
		fields  string
		want    string // empty for an error
		body    requestBody
	}{
		{"plain", ClientRequest{Method: "GET", Target: "/a?b"}, "Host: c\r\n", "GET /a?b HTTP/1.1\r\nHost: c\r\n\r\n", requestBody{done: true}},
		{"length", ClientRequest{Method: "PUT", Target: "/"}, "Content-Length: 3", "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\n", requestBody{framing: framingLength, left: 3}},
		{"length zero", ClientRequest{Method: "PUT", Target: "/"}, "Content-Length: 0", "PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", requestBody{framing: framingLength, done: true}},
		{"chunked", ClientRequest{Method: "PUT", Target: "/"}, "Transfer-Encoding: chunked", "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", requestBody{framing: framingChunked}},
		{"last", ClientRequest{Method: "GET", Target: "/"}, "Connection: close", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", requestBody{done: true, last: true}},
		{"method", ClientRequest{Method: "GET /x\r\n", Target: "/"}, "", "", requestBody{}},
		{"target", ClientRequest{Method: "GET", Target: "/a b"}, "", "", requestBody{}},
		{"no target", ClientRequest{Method: "GET"}, "", "", requestBody{}},
		{"two lengths", ClientRequest{Method: "GET", Target: "/"}, "Content-Length: 3\r\nTransfer-Encoding: chunked", "", requestBody{}},
		{"length", ClientRequest{Method: "GET", Target: "/"}, "Content-Length: +3", "", requestBody{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			headers := httputil.ParsedHeaders(tt.fields)
			tt.request.Headers = &headers
			got, body, err := appendRequestHead(nil, &tt.request)
			if (err == nil) != (tt.want != "") || err == nil && (string(got) != tt.want || body != tt.body) {
				t.Errorf("got %q, %+v, %v; want %q, %+v", got, body, err, tt.want, tt.body)
			}
		})
	}
}
