package httpclient

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
)

// answers are what servers send, and what comes of it: a status with its body, or
// a part of the error.
var answers = []struct {
	name, wire, method string
	want, err          string
}{
	{"length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "", "200 abc", ""},
	{"no reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "", "200 ", ""},
	{"neither reason nor space", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "", "200 ", ""},
	{"equal lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3, 3\r\n\r\nabc", "", "200 abc", ""},
	{"until close", "HTTP/1.1 200 OK\r\n\r\nabc", "", "200 abc", ""},
	{"1.0", "HTTP/1.0 200 OK\r\n\r\nabc", "", "200 abc", ""},
	{"1.0 with length", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc", "", "200 abc", ""},
	{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1;x=y\r\na\r\n02\r\nbc\r\n0\r\n\r\n", "", "200 abc", ""},
	{"trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n", "", "200 a", ""},
	{"interim", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "", "200 a", ""},
	{"204 with length zero", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "", "204 ", ""},
	{"304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", "304 ", ""},
	{"head with a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD", "200 ", ""},
	{"empty chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n0\r\n\r\n", "", "200 ", ""},
	{"status unknown", "HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n", "", "799 ", ""},

	{"nothing", "", "", "", "before it answered"},
	{"cut head", "HTTP/1.1 200 OK\r\nContent-Le", "", "", "within its answer"},
	{"cut body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "", "", "within its answer"},
	{"cut chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "", "", "within its answer"},
	{"cut before the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", "", "", "within its answer"},
	{"cut interim", "HTTP/1.1 100 Continue\r\n\r\n", "", "", "within its answer"},
	{"not HTTP", "SSH-2.0-OpenSSH_9.0\r\n\r\n", "", "", "status line"},
	{"HTTP/2", "HTTP/2 200\r\n\r\n", "", "", "status line"},
	{"HTTP/0.9", "<html>\r\n\r\n", "", "", "status line"},
	{"version 1.x", "HTTP/1.x 200 OK\r\n\r\n", "", "", "status line"},
	{"long code", "HTTP/1.1 2000 OK\r\n\r\n", "", "", "status line"},
	{"signed code", "HTTP/1.1 +20 OK\r\n\r\n", "", "", "status line"},
	{"code below 100", "HTTP/1.1 099 OK\r\n\r\n", "", "", "below 100"},
	{"control in the reason", "HTTP/1.1 200 O\x00K\r\n\r\n", "", "", "status line"},
	{"empty line before", "\r\nHTTP/1.1 200 OK\r\n\r\n", "", "", "empty line"},
	{"bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "", "", "LF without CR"},
	{"bare CR", "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", "", "", "a CR of the head has no LF"},
	{"folded", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "", "", "folded"},
	{"space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc", "", "", "token"},
	{"no name", "HTTP/1.1 200 OK\r\n: a\r\n\r\n", "", "", "token"},
	{"NUL", "HTTP/1.1 200 OK\r\nA: \x00\r\n\r\n", "", "", "control character"},
	{"different lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "", "", "contradictory"},
	{"signed length", "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc", "", "", "not a number"},
	{"empty length", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nabc", "", "", "number is missing"},
	{"overflowing length", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc", "", "", "not a number"},
	{"length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", "", "both Transfer-Encoding"},
	{"coding twice", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", "", "more than one Transfer-Encoding"},
	{"other coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "", "", "unsupported Transfer-Encoding"},
	{"identity", "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nabc", "", "", "malformed Transfer-Encoding"},
	{"chunks in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", "", "HTTP/1.0"},
	{"204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc", "", "", "no body announces"},
	{"204 chunked", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", "", "no body announces"},
	{"100 with a length", "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n", "", "", "no body announces"},
	{"chunk size with a prefix", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", "", "", "chunk size"},
	{"chunk size too long", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000001\r\na\r\n0\r\n\r\n", "", "", "chunk size"},
	{"chunk without CRLF", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", "", "", "does not end in CRLF"},
	{"chunk line in LF", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", "", "", "chunk size"},
	{"endless chunk extensions", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("a", 2000)+"\r\na\r\n", 10), "", "", "extensions too long"},
	{"endless trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("A: b\r\n", 200), "", "", "trailer too large"},
	{"malformed trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA B: c\r\n\r\n", "", "", "trailer"},
	{"another protocol", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", "", "", "another protocol"},
	{"endless interim answers", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100), "", "", "interim"},
	{"endless head", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", 70<<10), "", "", "head too large"},
	{"endless status line", "HTTP/1.1 200 " + strings.Repeat("a", 70<<10), "", "", "head too large"},
	{"endless fields", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A:\r\n", 501) + "\r\n", "", "", "too many header fields"},
	{"not gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\nnot any gzip", "", "", "Content-Encoding"},
	{"cut gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n" + gzipped("something that is longer")[:20], "", "", "Content-Encoding"},
	{"gzip and more", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzipped("a") + "more", "", "", "Content-Encoding"},
	{"not deflate", "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: 5\r\n\r\n\xff\xff\xff\xff\xff", "", "", "Content-Encoding"},
	{"no progress", "HTTP/1.1 200 OK\r\nContent-Encoding: lazy\r\nContent-Length: 1\r\n\r\na", "", "", "Content-Encoding"},
	{"two gzips", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzipped("a") + gzipped("b"), "", "200 ab", ""},
}

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}

// lazy is a coding whose reader never reads.
func lazy(io.Reader) (io.Reader, error) { return lazyReader{}, nil }

type lazyReader struct{}

func (lazyReader) Read([]byte) (int, error) { return 0, nil }

func TestAnswers(t *testing.T) {
	options := Options{Decoders: map[string]http1connection.Decoder{"lazy": lazy}}
	for _, tt := range answers {
		for _, step := range []int{1 << 20, 1, 7} {
			if step < 10 && len(tt.wire) > 4<<10 {
				continue
			}
			t.Run(fmt.Sprint(tt.name, " by ", step), func(t *testing.T) {
				got, err := fetchFrom(t, newClient(t, options), tt.method, tt.wire, step)
				if tt.err == "" {
					if err != nil || got != tt.want {
						t.Errorf("got %q, %v; want %q", got, err, tt.want)
					}
					return
				}
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %q, %v; want an error about %q", got, err, tt.err)
				}
				var failed *HTTPClientError
				if !errors.As(err, &failed) || failed.Code != 599 {
					t.Errorf("got %#v", err)
				}
			})
		}
	}
}

// fetchFrom fetches from a server that sends wire in steps of so many bytes, and then
// closes the connection.
func fetchFrom(t testing.TB, c *AsyncHTTPClient, method, wire string, step int) (string, error) {
	s := serveRaw(t, func(conn net.Conn, _ int) {
		if _, err := readRequest(bufio.NewReader(conn)); err != nil {
			return
		}
		for rest := wire; rest != ""; {
			n := min(step, len(rest))
			if _, err := io.WriteString(conn, rest[:n]); err != nil {
				return
			}
			rest = rest[n:]
		}
	})
	response, err := c.Fetch(patient(t), &HTTPRequest{URL: s.url(), Method: method, NoRaiseError: true})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %s", response.Code, response.Body), nil
}

// TestHeadAndBodyLimits has answers that are longer than they may be.
func TestHeadAndBodyLimits(t *testing.T) {
	bomb := strings.Repeat(gzipped(strings.Repeat("\x00", 8<<20)), 16)
	for _, tt := range []struct {
		name, wire string
		r          HTTPRequest
		err        error
	}{
		{"announced", "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", HTTPRequest{MaxBodySize: 10}, http1connection.ErrBodyTooLong},
		{"announced, for a head", "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", HTTPRequest{MaxBodySize: 10, Method: "HEAD"}, nil},
		{"as long as allowed", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", HTTPRequest{MaxBodySize: 3}, nil},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n6\r\n", HTTPRequest{MaxBodySize: 10}, http1connection.ErrBodyTooLong},
		{"until close", "HTTP/1.1 200 OK\r\n\r\n01234567890", HTTPRequest{MaxBodySize: 10}, http1connection.ErrBodyTooLong},
		{"bomb", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + bomb, HTTPRequest{}, http1connection.ErrBodyTooLong},
		{"small bomb", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + bomb, HTTPRequest{MaxBodySize: 1 << 20}, http1connection.ErrBodyTooLong},
		{"streamed bomb", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + bomb, HTTPRequest{MaxBodySize: 1 << 20, StreamingCallback: ignore}, http1connection.ErrBodyTooLong},
		{"redirect with a bomb", "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Encoding: gzip\r\n\r\n" + bomb, HTTPRequest{MaxRedirects: 1}, http1connection.ErrBodyTooLong},
		{"head", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", HTTPRequest{MaxHeaderSize: 20}, errAny},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serveRaw(t, answering(tt.wire))
			c := newClient(t, Options{})
			tt.r.URL = s.url()
			_, err := c.Fetch(patient(t), &tt.r)
			if (err == nil) != (tt.err == nil) || tt.err != nil && tt.err != errAny && !errors.Is(err, tt.err) {
				t.Errorf("got %v; want %v", err, tt.err)
			}
		})
	}
}

var errAny = errors.New("any")

func ignore([]byte) *concurrent.Future[struct{}] { return nil }

// TestRefusedRequests has requests that make no sense, or that could be two.
func TestRefusedRequests(t *testing.T) {
	field := func(name, value string) (h httputil.HTTPHeaders) {
		h = httputil.ParsedHeaders(name + ": " + value) // unchecked
		return h
	}
	c := newClient(t, Options{})
	for _, tt := range []struct {
		name string
		r    HTTPRequest
		err  string
	}{
		{"no URL", HTTPRequest{}, "scheme"},
		{"relative", HTTPRequest{URL: "/a"}, "scheme"},
		{"file", HTTPRequest{URL: "file:///etc/passwd"}, "scheme"},
		{"no host", HTTPRequest{URL: "http:///a"}, "no host"},
		{"opaque", HTTPRequest{URL: "http:a"}, "no host"},
		{"port", HTTPRequest{URL: "http://a:99999/"}, "port"},
		{"CRLF in the URL", HTTPRequest{URL: "http://a/\r\nX: y"}, "control character"},
		{"space in the host", HTTPRequest{URL: "http://a b/"}, "invalid"},
		{"host not ASCII", HTTPRequest{URL: "http://bücher.example/"}, "xn--"},
		{"CRLF in the method", HTTPRequest{URL: "http://a/", Method: "GET / HTTP/1.1\r\nX:"}, "token"},
		{"unknown method", HTTPRequest{URL: "http://a/", Method: "BREW"}, "unknown"},
		{"small letters", HTTPRequest{URL: "http://a/", Method: "get"}, "unknown"},
		{"connect", HTTPRequest{URL: "http://a/", Method: "CONNECT", AllowNonstandardMethods: true}, "CONNECT"},
		{"body of a get", HTTPRequest{URL: "http://a/", Body: []byte{}}, "no body"},
		{"two bodies", HTTPRequest{URL: "http://a/", Method: "PUT", Body: []byte{}, BodyProducer: producer()}, "both"},
		{"expect nothing", HTTPRequest{URL: "http://a/", ExpectContinue: true}, "needs a body"},
		{"CRLF in a value", HTTPRequest{URL: "http://127.0.0.1:1/", Headers: field("A", "b\rX: y")}, "invalid value"},
		{"name", HTTPRequest{URL: "http://127.0.0.1:1/", Headers: field("A b", "c")}, "invalid field name"},
		{"CRLF in the agent", HTTPRequest{URL: "http://127.0.0.1:1/", UserAgent: "a\r\nX: y"}, "invalid value"},
		{"own coding", HTTPRequest{URL: "http://a/", Method: "PUT", Headers: field("Transfer-Encoding", "chunked")}, "Transfer-Encoding"},
		{"own length", HTTPRequest{URL: "http://a/", Method: "PUT", Body: []byte("b"), Headers: field("Content-Length", "2")}, "Content-Length"},
		{"auth mode", HTTPRequest{URL: "http://a/", AuthMode: "ntlm"}, "ntlm"},
		{"colon", HTTPRequest{URL: "http://a/", AuthUsername: "a:b"}, "colon"},
		{"interface", HTTPRequest{URL: "http://a/", NetworkInterface: "no such one"}, "NetworkInterface"},
		{"authorities", HTTPRequest{URL: "https://a/", CACerts: "/no/such/file"}, "no such file"},
		{"proxy", HTTPRequest{URL: "http://a/", Proxy: &Proxy{Scheme: "gopher", Host: "a"}}, "gopher"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := c.Fetch(patient(t), &tt.r)
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %v; want an error about %q", err, tt.err)
			}
		})
	}
	s := serveHTTP(t, foreign)
	for name, body := range map[string]string{"too short": "12", "too long": "1234"} {
		r := HTTPRequest{URL: s.URL + "/echo", Method: "PUT", BodyProducer: producer(body), Headers: field("Content-Length", "3")}
		if _, err := c.Fetch(patient(t), &r); !errors.Is(err, httputil.ErrOutput) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
