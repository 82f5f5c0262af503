package httpclient

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/internal/testcert"
)

// TestLyingProxies has proxies that answer a CONNECT in ways of their own.
func TestLyingProxies(t *testing.T) {
	authority := testcert.New(t)
	cert, key := authority.Issue("127.0.0.1", "far.test")
	secure := serveCertified(t, foreign, cert, key)
	for _, tt := range []struct {
		name, answer string
		err          string // empty if it leads to the server
	}{
		{"ordinary", "HTTP/1.1 200 Connection established\r\n\r\n", ""},
		{"1.0", "HTTP/1.0 200 Connection established\r\n\r\n", ""},
		{"another success", "HTTP/1.1 204 No Content\r\n\r\n", ""},
		{"interim answers before", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", ""},
		// RFC 9110 section 9.3.6: these mean nothing here.
		{"a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", ""},
		{"a coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ""},
		{"close", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", ""},
		{"interim answers without end", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100), "one interim answer after another"},
		{"a redirect", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "302 Found"},
		{"a page of its own", "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nevil", "403 Forbidden"},
		{"a head without end", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", 20<<10), "head is too long"},
		{"no head", "<html>\r\n\r\n", "status line"},
		{"a malformed head", "HTTP/1.1 200 OK\r\nA\r\n\r\n", "field name"},
		{"nothing", "", "EOF"},
		{"half a head", "HTTP/1.1 200 O", "EOF"},
		{"it answers for the server", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "tls"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := serveRaw(t, func(conn net.Conn, _ int) {
				if _, err := readRequest(bufio.NewReaderSize(byteByByte{conn}, 16)); err != nil {
					return
				}
				io.WriteString(conn, tt.answer)
				if tt.err == "" {
					pipe(conn, local(strings.TrimPrefix(secure.URL, "https://")))
					return
				}
				conn.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, conn)
			})
			got, err := newClient(t, Options{}).Fetch(patient(t), &HTTPRequest{URL: "https://far.test/a", CACerts: authority.File,
				Proxy: proxyAt("http", p.address)})
			switch {
			case tt.err == "" && (err != nil || string(got.Body) != "GET /a"):
				t.Errorf("got %+v, %v", got, err)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("got %v; want an error about %q", err, tt.err)
			}
		})
	}
}

// TestLyingSOCKS has proxies that speak SOCKS, or nearly.
func TestLyingSOCKS(t *testing.T) {
	const accepted = "\x05\x00"
	good := "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"
	type answer struct{ name, bytes, err string }
	answers := []answer{
		{"version 4", "\x04\x00", "does not speak SOCKS 5"},
		{"HTTP", "HTTP/1.1 200 OK\r\n\r\n", "does not speak SOCKS 5"},
		{"no method", "\x05\xff", "in another way"},
		{"a method that was not offered", "\x05\x02", "in another way"},
		{"another version then", accepted + "\x04\x00\x00\x01\x7f\x00\x00\x01\x00\x50", "not of SOCKS 5"},
		{"the reserved octet", accepted + "\x05\x00\x01\x01\x7f\x00\x00\x01\x00\x50", "not of SOCKS 5"},
		{"an unknown type of address", accepted + "\x05\x00\x00\x02\x7f\x00\x00\x01\x00\x50", "unknown type"},
		{"an unknown error", accepted + "\x05\x63\x00\x01\x7f\x00\x00\x01\x00\x50", "error 99"},
		{"it speaks for the server", accepted + good + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "at once"},
	}
	for n := range len(accepted + good) {
		answers = append(answers, answer{fmt.Sprint("cut at ", n), (accepted + good)[:n], "EOF"})
	}
	for _, tt := range answers {
		t.Run(tt.name, func(t *testing.T) {
			p := serveRaw(t, func(conn net.Conn, _ int) {
				io.WriteString(conn, tt.bytes)
				conn.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, conn)
			})
			got, err := newClient(t, Options{}).Fetch(patient(t), &HTTPRequest{URL: "http://far.test/", Proxy: proxyAt("socks5", p.address)})
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %+v, %v; want an error about %q", got, err, tt.err)
			}
		})
	}
}
