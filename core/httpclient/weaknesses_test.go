package httpclient

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/internal/testcert"
)

// TestKnownWeaknesses has those of Tornado's clients and of others, each under the
// version or the identifier that closed it.
func TestKnownWeaknesses(t *testing.T) {
	for _, tt := range []struct {
		name string
		open func(t *testing.T) string // what is wrong, or nothing
	}{
		{"4.2: a certificate that nobody vouches for", func(t *testing.T) string {
			s, _ := serveHTTPS(t, foreign)
			return fetched(t, &HTTPRequest{URL: s.URL}, "certificate")
		}},
		{"4.2: a certificate for another name", func(t *testing.T) string {
			s, ca := serveHTTPS(t, foreign)
			return fetched(t, &HTTPRequest{URL: strings.Replace(s.URL, "127.0.0.1", "localhost", 1), CACerts: ca}, "certificate")
		}},
		{"4.5: a redirect to a file", func(t *testing.T) string {
			s := serveRaw(t, answering("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"))
			return fetched(t, &HTTPRequest{URL: s.url()}, `scheme "file"`)
		}},
		{"6.1: gzip that does not get on", func(t *testing.T) string {
			s := serveRaw(t, answering("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n"+gzipped("a")[:10]))
			return fetched(t, &HTTPRequest{URL: s.url()}, "Content-Encoding")
		}},
		{"GHSA-w235-7p84-xx57: fields that begin others", func(t *testing.T) string {
			for _, value := range []string{"a\r\nX: y", "a\nX: y", "a\rX: y", "a\x00"} {
				r := &HTTPRequest{URL: "http://127.0.0.1:1/", UserAgent: value}
				if problem := fetched(t, r, "invalid value"); problem != "" {
					return problem
				}
			}
			return ""
		}},
		{"GHSA-w235-7p84-xx57: fields that nobody has checked", func(t *testing.T) string {
			r := &HTTPRequest{URL: "http://127.0.0.1:1/", Headers: httputil.ParsedHeaders("A: a\rX: y")}
			return fetched(t, r, "invalid value")
		}},
		{"CVE-2026-49853: secrets for another origin", func(t *testing.T) string {
			other := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, r.Header.Get("Authorization")+r.Header.Get("Cookie"))
			})
			s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) })
			for _, r := range []*HTTPRequest{
				{URL: s.URL, Headers: httputil.ParsedHeaders("Authorization: secret\r\nCookie: secret")},
				{URL: s.URL, AuthUsername: "u", AuthPassword: "p"},
				{URL: strings.Replace(s.URL, "//", "//u:p@", 1)},
			} {
				if got := get(t, newClient(t, Options{}), r); len(got.Body) > 0 {
					return string(got.Body)
				}
			}
			return ""
		}},
		{"CVE-2026-49855: a bomb", func(t *testing.T) string {
			s := serveRaw(t, answering("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"+gzipped(strings.Repeat("\x00", 1<<20))))
			return fetched(t, &HTTPRequest{URL: s.url(), MaxBodySize: 1<<20 - 1}, http1connection.ErrBodyTooLong.Error())
		}},
		{"6.5.7: what an earlier request has shown", func(t *testing.T) string {
			s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Header.Get("Authorization")) })
			c := newClient(t, Options{})
			get(t, c, &HTTPRequest{URL: s.URL, AuthUsername: "u", AuthPassword: "p"})
			return string(get(t, c, &HTTPRequest{URL: s.URL}).Body)
		}},
		{"6.5.7: a connection on which a certificate was shown", func(t *testing.T) string {
			c := newClient(t, Options{})
			cert, key := testcert.New(t).Issue("me")
			shown, err := c.prepare(&HTTPRequest{URL: "https://a/", ClientCert: cert, ClientKey: key})
			if err != nil {
				return err.Error()
			}
			if other, err := c.prepare(&HTTPRequest{URL: "https://a/"}); err != nil || other.route.key == shown.route.key {
				return "both go over one connection"
			}
			return ""
		}},
		{"6.5.7: a connection for which a proxy was told a password", func(t *testing.T) string {
			c := newClient(t, Options{})
			told, err := c.prepare(&HTTPRequest{URL: "https://a/", Proxy: &Proxy{Host: "p", Port: 1, Username: "u", Password: "p"}})
			if err != nil {
				return err.Error()
			}
			if other, err := c.prepare(&HTTPRequest{URL: "https://a/", Proxy: &Proxy{Host: "p", Port: 1}}); err != nil || other.route.key == told.route.key {
				return "both go over one connection"
			}
			return ""
		}},
		{"CVE-2025-22871: LF behind a chunk size", func(t *testing.T) string {
			s := serveRaw(t, answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n"))
			return fetched(t, &HTTPRequest{URL: s.url()}, "chunk size")
		}},
		{"GHSA-753j-mpmx-qq6g: both lengths", func(t *testing.T) string {
			s := serveRaw(t, answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"))
			return fetched(t, &HTTPRequest{URL: s.url()}, "both")
		}},
		{"an answer to a question that nobody has asked", func(t *testing.T) string {
			s := serveRaw(t, func(conn net.Conn, n int) {
				in := bufio.NewReader(conn)
				for i := 0; ; i++ {
					if _, err := readRequest(in); err != nil {
						return
					}
					io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
				}
			})
			c := newClient(t, Options{})
			for range 3 {
				if got := get(t, c, &HTTPRequest{URL: s.url()}); string(got.Body) != "a" {
					return string(got.Body)
				}
			}
			return ""
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if problem := tt.open(t); problem != "" {
				t.Error(problem)
			}
		})
	}
}

// fetched says so if a fetch does not fail, by an error that tells of this.
func fetched(t *testing.T, r *HTTPRequest, about string) string {
	got, err := newClient(t, Options{}).Fetch(patient(t), r)
	switch {
	case err == nil:
		return "got " + string(got.Body)
	case !strings.Contains(err.Error(), about):
		return "got the error " + err.Error()
	}
	return ""
}
