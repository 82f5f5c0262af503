package httpclient

import (
	"bufio"
	"io"
	"net"
	"runtime"
	"testing"
)

// TestAnswerBeforeAReset has a server that refuses a body at its beginning, and goes
// with the rest unread, which resets the connection.
func TestAnswerBeforeAReset(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems may forget at a reset what was received")
	}
	server := serveRaw(t, func(conn net.Conn, _ int) {
		readRequest(bufio.NewReader(conn))
		io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	})
	c := newClient(t, Options{})
	for range 20 {
		got := get(t, c, &HTTPRequest{URL: server.url(), Method: "POST", Body: make([]byte, 8<<20), NoRaiseError: true})
		if got.Code != 413 || string(got.Body) != "big" {
			t.Fatalf("got %d %q; want the refusal", got.Code, got.Body)
		}
	}
}
