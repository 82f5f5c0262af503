package httpclient

import "testing"

func TestResponseTrailers(t *testing.T) {
	server := serveRaw(t, answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nSum: 1\r\nSet-Cookie: a=b\r\n\r\n"))
	got := get(t, newClient(t, Options{}), &HTTPRequest{URL: server.url()})
	if text := string(got.Trailers.Append(nil)); text != "Sum: 1\r\n" || got.Headers.Has("Sum") {
		t.Errorf("got the trailers %q, headers %q; want the sum among the trailers alone", text, got.Headers.Append(nil))
	}
}
