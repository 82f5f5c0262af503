package httpclient

import (
	"bufio"
	"context"
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

// TestEarlyAnswer has a server that answers before it has read the body, which the
// client stops sending then.
func TestEarlyAnswer(t *testing.T) {
	for name, r := range map[string]*HTTPRequest{
		"bytes": {Method: "PUT", Body: make([]byte, 32<<20)},
		"producer": {Method: "PUT", BodyProducer: func(_ context.Context, w io.Writer) error {
			for {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return err
				}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			closed := make(chan struct{})
			s := serveRaw(t, func(conn net.Conn, number int) {
				in := bufio.NewReader(conn)
				readRequest(in)
				io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!")
				if number == 1 {
					io.Copy(io.Discard, in)
					close(closed)
				}
			})
			c := newClient(t, Options{IdleTimeout: -1}) // closes even if all of the body had left
			r.URL = s.url()
			if got := get(t, c, r); got.Code != 413 || string(got.Body) != "no!" {
				t.Errorf("got %d %q", got.Code, got.Body)
			}
			<-closed
			if got := get(t, c, &HTTPRequest{URL: s.url()}); got.Code != 413 || s.connections() != 2 {
				t.Errorf("got %d on connection %d; want 413 on a new one", got.Code, s.connections())
			}
		})
	}
}
