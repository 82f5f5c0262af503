package httpclient

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// FuzzAnswers wants any cut of what a server sends to give the same result: the same
// answer, or an error both times.
func FuzzAnswers(f *testing.F) {
	for _, tt := range answers {
		if len(tt.wire) < 1<<10 {
			f.Add([]byte(tt.wire), uint16(len(tt.wire)/2), tt.method == "HEAD")
		}
	}
	pieces := make(chan [2][]byte, 1) // what the next connection sends
	sent := make(chan struct{}, 1)
	s := serveRaw(f, func(conn net.Conn, _ int) {
		if _, err := readRequest(bufio.NewReader(conn)); err != nil {
			return
		}
		conn.(*net.TCPConn).SetNoDelay(true)
		for _, piece := range <-pieces {
			conn.Write(piece)
		}
		conn.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, conn)
		sent <- struct{}{}
	})
	c := newClient(f, Options{})
	f.Fuzz(func(t *testing.T, data []byte, at uint16, head bool) {
		method := "GET"
		if head {
			method = "HEAD"
		}
		var results []string
		for _, position := range []int{len(data), int(at) % (len(data) + 1)} {
			pieces <- [2][]byte{data[:position], data[position:]}
			response, err := c.Fetch(patient(t), &HTTPRequest{URL: s.url(), Method: method, NoRaiseError: true, NoFollowRedirects: true, MaxBodySize: 1 << 20})
			var failed *HTTPClientError
			switch {
			case errors.As(err, &failed):
				results = append(results, "an error")
			case err != nil:
				t.Fatalf("%q: got an error of another type: %v", data, err)
			default:
				results = append(results, fmt.Sprintf("%d %s %s %q", response.Code, response.Reason, strings.TrimSpace(response.Headers.String()), response.Body))
			}
			c.CloseIdle() // each needs a connection of its own
			<-sent
		}
		if results[0] != results[1] {
			t.Errorf("%q: got %s whole, %s when cut at %d", data, results[0], results[1], int(at)%(len(data)+1))
		}
	})
}
