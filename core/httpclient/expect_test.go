package httpclient

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// TestExpectContinue has servers that ask for the body, or do not, or know nothing of
// it.
func TestExpectContinue(t *testing.T) {
	for _, tt := range []struct {
		name   string
		script func(r *bufio.Reader, conn net.Conn, head string)
		code   int
	}{
		{"asks", func(r *bufio.Reader, conn net.Conn, _ string) {
			if n := r.Buffered(); n > 0 {
				fmt.Fprintf(conn, "HTTP/1.1 500 %d came unasked\r\nContent-Length: 0\r\n\r\n", n)
				return
			}
			io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
			io.ReadFull(r, make([]byte, 4))
			io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}, 204},
		{"refuses", func(_ *bufio.Reader, conn net.Conn, _ string) {
			io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
		}, 413},
		{"does not know", func(r *bufio.Reader, conn net.Conn, _ string) {
			io.ReadFull(r, make([]byte, 4)) // which comes after a second
			io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}, 204},
		{"cannot", func(r *bufio.Reader, conn net.Conn, head string) {
			if strings.Contains(head, "Expect") {
				io.WriteString(conn, "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n")
				return
			}
			io.ReadFull(r, make([]byte, 4))
			io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}, 204},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serveRaw(t, func(conn net.Conn, _ int) {
				r := bufio.NewReader(conn)
				for {
					head, err := readRequest(r)
					if err != nil {
						return
					}
					tt.script(r, conn, head)
				}
			})
			c := newClient(t, Options{})
			got := get(t, c, &HTTPRequest{URL: s.url(), Method: "POST", Body: []byte("body"), ExpectContinue: true})
			if got.Code != tt.code {
				t.Errorf("got %d %s; want %d", got.Code, got.Reason, tt.code)
			}
			// A connection on which a body was announced and not sent is not used again.
			if again := get(t, c, &HTTPRequest{URL: s.url(), Method: "POST", Body: []byte("body"), ExpectContinue: true}); again.Code != tt.code {
				t.Errorf("the second time: got %d %s", again.Code, again.Reason)
			}
		})
	}
}
