package http1connection_test

import (
	"crypto/tls"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/internal/testcert"
	"github.com/tornado-dev/tornado/core/ssl"
)

// A wireCase is what one client sends, and what it reads until the server has no
// more to say: "200 text" for an answer, with "chunked", "close", "cut" behind it
// where it is so, and "end" for an orderly end of the connection. Rule is the
// number of the RFC and the section that decides.
type wireCase struct {
	rule, name, send string
	methods          string // of the requests, where they matter for reading
	want             string
	show             func(*answer) string // how answers are shown; nil for String
}

// wireCases are put to the app of the vectors, with the limits of wireOptions.
var wireCases = withoutShow([]struct{ rule, name, send, methods, want string }{
	{"9112 2.1", "plain", get, "", "200 GET /text"},
	{"9112 9.3.2", "two", get + post("/text", "Content-Length: 3\r\n\r\nabc"), "", "200 GET /text | 200 POST /text abc"},
	{"9112 2.2", "empty lines before", "\r\n\r\n" + get, "", "200 GET /text"},
	{"9112 6.3", "body of no bytes", post("/text", "Content-Length: 0\r\n\r\n"), "", "200 POST /text"},
	{"9112 6.3", "body without length", post("/text", "\r\n"), "", "200 POST /text"},
	{"9112 7.1", "chunked in", post("/text", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"), "", "200 POST /text abc0123456789"},
	{"9112 7.1", "chunked in, nothing", post("/text", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "", "200 POST /text"},
	{"9112 7.1", "chunked in, extensions and trailer", post("/text", "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0;c\r\nSum: 1\r\nMore: 2\r\n\r\n"), "", "200 POST /text abc"},
	{"9112 7.1", "chunked out", "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n", "", "200 onetwothree chunked"},
	{"9112 7.1", "chunked out, nothing", "GET /empty_flush HTTP/1.1\r\nHost: x\r\n\r\n", "", "200 chunked"},
	{"9110 9.3.2", "HEAD", "HEAD /text HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD", "200"},
	{"9110 9.3.2", "HEAD of what would be chunked", "HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD", "200"},
	{"9110 9.3.2", "HEAD of a failure", "HEAD /raise HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD", "405"},
	{"9110 15.3.5", "204", "GET /status/204 HTTP/1.1\r\nHost: x\r\n\r\n", "", "204"},
	{"9110 15.4.5", "304", "GET /status/304 HTTP/1.1\r\nHost: x\r\n\r\n", "", "304"},
	{"9110 15.5.5", "404", "GET /status/404 HTTP/1.1\r\nHost: x\r\n\r\n", "", "404"},
	{"9112 9.3.2", "an answer later", "GET /async HTTP/1.1\r\nHost: x\r\n\r\n" + get, "", "200 async | 200 GET /text"},
	{"9112 6.2", "a long answer", "GET /large/1000000 HTTP/1.1\r\nHost: x\r\n\r\n", "", "200 (1000000)"},

	{"9112 9.6", "close", "GET /text HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "", "200 GET /text close | end"},
	{"9112 9.6", "close with a body", post("/text", "Connection: close\r\nContent-Length: 3\r\n\r\nabc"), "", "200 POST /text abc close | end"},
	{"9112 9.6", "close among others", "GET /text HTTP/1.1\r\nHost: x\r\nConnection: a, Close\r\n\r\n", "", "200 GET /text close | end"},
	{"9112 9.6", "closed by the handler", "GET /close_header HTTP/1.1\r\nHost: x\r\n\r\n", "", "200 bye close | end"},
	{"9112 9.6", "close, chunked out", "GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "", "200 onetwothree chunked close | end"},
	{"9112 9.6", "close and a long answer", "GET /large/1000000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "", "200 (1000000) close | end"},

	{"9112 9.3", "1.0", "GET /text HTTP/1.0\r\n\r\n", "", "200 GET /text close | end"},
	{"9112 9.3", "1.0 keep-alive", "GET /text HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "", "200 GET /text keep-alive"},
	{"9112 9.3", "1.0 keep-alive with a body", "POST /text HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na", "", "200 POST /text a keep-alive"},
	{"9112 9.3", "1.0 keep-alive, body unclear", "POST /text HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "", "200 POST /text close | end"},
	{"9112 9.3", "1.0, length unknown", "GET /stream HTTP/1.0\r\n\r\n", "", "200 onetwothree close | end"},
	{"9112 9.3", "1.0 keep-alive, length unknown", "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "", "200 onetwothree close | end"},
	{"9112 9.3", "1.0 does not wait for 100", "POST /text HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na", "", "200 POST /text a close | end"},

	{"9110 10.1.1", "100", post("/text", "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"), "", "100 | 200 POST /text abc"},
	{"9110 10.1.1", "100 for chunks", post("/text", "Expect: 100-CONTINUE\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"), "", "100 | 200 POST /text a"},
	{"9110 15.5.18", "417", post("/text", "Expect: 200-ok\r\nContent-Length: 3\r\n\r\nabc"), "", "417 close | end"},

	{"9112 3", "no request line", "x\r\n\r\n", "", "400 close | end"},
	{"9112 3.2", "no host", "GET / HTTP/1.1\r\n\r\n", "", "400 close | end"},
	{"9112 2.2", "bare LF", "GET / HTTP/1.1\nHost: x\n\n", "", "400 close | end"},
	{"9112 3", "second is wrong", get + "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "", "200 GET /text | 400 close | end"},
	{"9112 6.3", "both lengths", post("/text", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "", "400 close | end"},
	{"9112 7.1", "bad chunk", post("/text", "Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n"), "", "400 close | end"},
	{"9112 7.1.2", "bad trailer", post("/text", "Transfer-Encoding: chunked\r\n\r\n0\r\na b\r\n\r\n"), "", "400 close | end"},
	{"9110 9.3.2", "HEAD without host", "HEAD / HTTP/1.1\r\n\r\n", "HEAD", "400 close | end"},
	{"9110 15.5.14", "413", post("/text", "Content-Length: 1001\r\n\r\n"+strings.Repeat("x", 1001)), "", "413 close | end"},
	{"9110 15.5.14", "413 for a chunk", post("/text", "Transfer-Encoding: chunked\r\n\r\n3e9\r\n"+strings.Repeat("x", 1001)+"\r\n0\r\n\r\n"), "", "413 close | end"},
	{"9110 15.5.14", "413 for chunks", post("/text", "Transfer-Encoding: chunked\r\n\r\n"+strings.Repeat("64\r\n"+strings.Repeat("x", 100)+"\r\n", 11)+"0\r\n\r\n"), "", "413 close | end"},
	{"9110 15.5.14", "body of just the limit", post("/text", "Content-Length: 1000\r\n\r\n"+strings.Repeat("x", 1000)), "", "200 (1011)"},
	{"9110 15.5.14", "chunks of just the limit", post("/text", "Transfer-Encoding: chunked\r\n\r\n"+strings.Repeat("64\r\n"+strings.Repeat("x", 100)+"\r\n", 10)+"0\r\n\r\n"), "", "200 (1011)"},
	{"9110 15.5.14", "limit raised by the handler", post("/stream_body_max/2000", "Content-Length: 2000\r\n\r\n"+strings.Repeat("x", 2000)), "", "200 (2024)"},
	{"9110 15.5.14", "limit lowered by the handler", post("/stream_body_max/10", "Content-Length: 11\r\n\r\n01234567890"), "", "413 close | end"},
	{"9110 15.5.15", "414", "GET /" + strings.Repeat("x", 600) + " HTTP/1.1\r\nHost: x\r\n\r\n", "", "414 close | end"},
	{"6585 5", "431", "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 1200) + "\r\n\r\n", "", "431 close | end"},
	{"6585 5", "431 for fields", "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("a: b\r\n", 60) + "\r\n", "", "431 close | end"},
	{"9112 6.1", "501", post("/text", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), "", "501 close | end"},
	{"9110 15.6.6", "505", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", "", "505 close | end"},

	{"9112 9.6", "early answer", post("/stream_body_finish", "Content-Length: 500\r\n\r\n"+strings.Repeat("x", 500)), "", "200 early close | end"},
	{"9112 9.6", "early answer without a body to read", post("/stream_body_finish", "Content-Length: 0\r\n\r\n"), "", "200 early"},
	{"9112 9.6", "early answer, chunks", post("/stream_body_finish", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), "", "200 early close | end"},
	{"9112 9.6", "early answer, 100 not wanted", post("/stream_body_finish", "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"), "", "200 early close | end"},
	{"9112 8", "too little written", "GET /short HTTP/1.1\r\nHost: x\r\n\r\n", "", "200 short cut | end"},
	{"9112 8", "too much written", "GET /long HTTP/1.1\r\nHost: x\r\n\r\n", "", "200 cut | end"},
	{"9112 8", "failed half-way, chunked", "GET /raise_after_flush HTTP/1.1\r\nHost: x\r\n\r\n", "", "200 part chunked cut | end"},
	{"9112 8", "failed half-way, with length", "GET /raise_after_flush_length HTTP/1.1\r\nHost: x\r\n\r\n", "", "200 part cut | end"},
	{"9112 8", "cut behind a good one", get + "GET /short HTTP/1.1\r\nHost: x\r\n\r\n", "", "200 GET /text | 200 short cut | end"},

	{"9110 9.3.2", "HEAD has the length of GET", "HEAD /large/500 HTTP/1.1\r\nHost: x\r\n\r\n" + get, "HEAD", "200 | 200 GET /text"},
	{"9110 9.3.2", "HEAD with a body", "HEAD /text HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + get, "HEAD", "200 | 200 GET /text"},
	{"9110 9.3.2", "HEAD in 1.0", "HEAD /stream HTTP/1.0\r\n\r\n", "HEAD", "200 close | end"},
	{"9110 9.3.2", "HEAD of a refusal", "HEAD / HTTP/2.0\r\nHost: x\r\n\r\n", "HEAD", "505 close | end"},
	{"9110 9.3.2", "head is another method", "head /text HTTP/1.1\r\nHost: x\r\n\r\n", "", "405"},
	{"9110 15.2", "101 that nobody asked for", "GET /status/101 HTTP/1.1\r\nHost: x\r\n\r\n" + get, "", "500 | 200 GET /text"},
	{"9110 15.2", "interim answer", "GET /hints HTTP/1.1\r\nHost: x\r\n\r\n" + get, "", "103 | 103 | 200 hinted | 200 GET /text"},
	{"9110 15.2", "no interim answer to 1.0", "GET /hints HTTP/1.0\r\n\r\n", "", "200 hinted close | end"},
	{"9110 8.6", "no Content-Length with 204", "GET /length/204 HTTP/1.1\r\nHost: x\r\n\r\n" + get, "", "204 | 200 GET /text"},
	{"9112 6.1", "no chunks with 204", "GET /chunks/204 HTTP/1.1\r\nHost: x\r\n\r\n" + get, "", "204 | 200 GET /text"},
	{"9112 6.1", "no chunks with 304", "GET /chunks/304 HTTP/1.1\r\nHost: x\r\n\r\n" + get, "", "304 | 200 GET /text"},
	{"9112 6.1", "no chunks to 1.0", "GET /chunks/200 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "", "200 body close | end"},
	{"9110 15.3.6", "205 with Content-Length: 0", "GET /length/205 HTTP/1.1\r\nHost: x\r\n\r\n" + get, "", "205 | 200 GET /text"},
	{"9110 15.3.6", "no body with 205", "GET /status_body/205 HTTP/1.1\r\nHost: x\r\n\r\n" + get, "", "205 | 200 GET /text"},
	{"9110 15.3.6", "no chunks with 205", "GET /chunks/205 HTTP/1.1\r\nHost: x\r\n\r\n" + get, "", "205 | 200 GET /text"},
	{"9110 15.3.6", "205 to a HEAD", "HEAD /chunks/205 HTTP/1.1\r\nHost: x\r\n\r\n" + get, "HEAD", "205 | 200 GET /text"},
	{"9110 9.3.6", "CONNECT is refused by the application", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", "", "405"},
	{"9110 9.3.8", "TRACE is refused by the application", "TRACE /text HTTP/1.1\r\nHost: x\r\nCookie: a=b\r\n\r\n", "", "405"},
	{"9110 15.6.2", "unknown method", "BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n", "", "405"},
	{"9112 9.3.2", "answers in order", "GET /async HTTP/1.1\r\nHost: x\r\n\r\n" + get + "GET /async HTTP/1.1\r\nHost: x\r\n\r\n" + get, "", "200 async | 200 GET /text | 200 async | 200 GET /text"},
	{"9112 9.3.2", "a refusal waits for its turn", "GET /async HTTP/1.1\r\nHost: x\r\n\r\nx\r\n\r\n", "", "200 async | 400 close | end"},
	{"9112 9.3.2", "HEAD between", get + "HEAD /text HTTP/1.1\r\nHost: x\r\n\r\n" + get, "GET HEAD GET", "200 GET /text | 200 | 200 GET /text"},
	{"9112 9.3.2", "long, then short", "GET /large/100000 HTTP/1.1\r\nHost: x\r\n\r\n" + get, "", "200 (100000) | 200 GET /text"},
	{"9112 9.6", "early answer, and the body is a request", post("/stream_body_finish", "Content-Length: 38\r\n\r\n") + get, "", "200 early close | end"},
	{"9112 9.6", "reject, and the body is a request", post("/stream_body_reject", "Content-Length: 38\r\n\r\n") + get, "", "401 close | end"},
	{"9112 9.6", "413, and the body is a request", post("/stream_body_max/3", "Content-Length: 38\r\n\r\n") + get, "", "413 close | end"},
	{"9110 10.1.1", "no 100 for a body that is too long", post("/stream_body_max/3", "Expect: 100-continue\r\nContent-Length: 38\r\n\r\n"), "", "413 close | end"},
	{"9110 10.1.1", "no 100 with a final answer", post("/stream_body_reject", "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"), "", "401 close | end"},
	{"9110 10.1.1", "100 in the second request", get + post("/text", "Expect: 100-continue\r\nContent-Length: 1\r\n\r\na"), "", "200 GET /text | 100 | 200 POST /text a"},
	{"9112 7.1", "chunk of more than is allowed", post("/text", "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"), "", "413 close | end"},
	{"9112 6.3", "length of more than is allowed", post("/text", "Content-Length: 9223372036854775807\r\n\r\n"), "", "413 close | end"},
	{"9112 8", "cut behind an answer in 1.0", "GET /short HTTP/1.0\r\n\r\n", "", "200 short close cut | end"},
})

func withoutShow(cases []struct{ rule, name, send, methods, want string }) (all []wireCase) {
	for _, c := range cases {
		all = append(all, wireCase{c.rule, c.name, c.send, c.methods, c.want, nil})
	}
	return all
}

// TestWire runs each case whole, octet by octet and with a request behind it. A
// failed connection answers nothing after its end.
func TestWire(t *testing.T) {
	for _, kind := range wireKinds(t, app{}, wireOptions()) {
		t.Run(kind.name, func(t *testing.T) {
			for _, tt := range wireCases {
				t.Run(tt.rule+" "+tt.name, func(t *testing.T) { tt.run(t, kind, "200 GET /text?next") })
			}
		})
	}
}

// A wireKind is a way to a server.
type wireKind struct {
	name string
	dial func() *client
	slow bool // octet by octet, too: what is sent is what arrives
}

func wireKinds(t *testing.T, delegate httputil.HTTPServerConnectionDelegate, o httpserver.Options) []wireKind {
	plain := serve(t, delegate, o)
	certFile, keyFile := testcert.New(t).Issue("localhost")
	security, err := ssl.Server(ssl.Options{CertFile: certFile, KeyFile: keyFile})
	if err != nil {
		t.Fatal(err)
	}
	o.SSL = security
	encrypted := serve(t, delegate, o)
	// Who the server is does not matter here.
	config := &tls.Config{InsecureSkipVerify: true}
	return []wireKind{
		{"TCP", plain.dial, true},
		{"TLS", func() *client { return encrypted.dialTLS(config) }, false},
	}
}

// run puts a case to a server, which answers next to the request behind it.
func (tt *wireCase) run(t *testing.T, kind wireKind, next string) {
	want := strings.Split(tt.want, " | ")
	if tt.want == "" {
		want = nil
	}
	incomplete := len(want) > 0 && want[len(want)-1] == "..."
	if incomplete {
		want = append(want[:len(want)-1], "400 close", "end")
	}
	answers := 0
	for _, one := range want {
		if len(one) != 3 || one[0] != '1' {
			answers++
		}
	}
	for _, way := range []struct {
		name string
		send func(*client, string)
	}{
		{"whole", func(c *client, text string) { c.send(text) }},
		{"octet by octet", (*client).sendSlowly},
		{"with the next behind", func(c *client, text string) { c.send(text + nextRequest) }},
	} {
		if way.name == "octet by octet" && (len(tt.send) > 1<<10 || !kind.slow) || way.name == "with the next behind" && incomplete {
			continue
		}
		want, answers := want, answers
		if way.name == "with the next behind" && (len(want) == 0 || want[len(want)-1] != "end") {
			want, answers = append(want[:len(want):len(want)], next), answers+1
		}
		c := kind.dial()
		c.t, c.show = t, tt.show
		way.send(c, tt.send)
		if incomplete {
			c.halfClose()
		}
		got := c.transcript(strings.Fields(tt.methods), answers)
		if n := len(got); n > 1 && got[n-1] == "reset" && got[n-2][0] != '4' && got[n-2][0] != '5' {
			// It asked for the end and goes on sending; the answer it has read.
			got[n-1] = "end"
		}
		if strings.Join(got, " | ") != strings.Join(want, " | ") {
			t.Errorf("%s, %s: got %q; want %q", kind.name, way.name, got, want)
		}
		c.conn.Close()
	}
}

const nextRequest = "GET /text?next HTTP/1.1\r\nHost: x\r\n\r\n"

// speaking answers each request with the event that RequestCases have for it.
type speaking struct{}

func (speaking) StartRequest(r *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	return &speaker{exchange{request: *r}}
}

type speaker struct{ exchange }

func (x *speaker) Finish() {
	event := fmt.Sprintf("%s %s %q", x.request.Method, x.request.URI, x.body)
	x.answer(200, event, "Event", event)
}

// TestRequestCases puts the cases of the rules to a server.
func TestRequestCases(t *testing.T) {
	kinds := wireKinds(t, speaking{}, httpserver.Options{Parameters: http1connection.Parameters{MaxBodySize: math.MaxInt64}})
	for _, tt := range http1connection.RequestCases {
		wire := wireCase{send: tt.Input, show: showEvent}
		var want, methods []string
		for _, event := range strings.Split(tt.Want, " | ") {
			want = append(want, answersTo(event)...)
			method, _, _ := strings.Cut(event, " ")
			methods = append(methods, method)
		}
		wire.want, wire.methods = strings.Join(want, " | "), strings.Join(methods, " ")
		t.Run(tt.Rule+" "+tt.Name, func(t *testing.T) {
			for _, kind := range kinds {
				wire.run(t, kind, `GET /text?next ""`)
			}
		})
	}
}

// answersTo is what a client reads for an event.
func answersTo(event string) (answers []string) {
	switch {
	case event == "":
		return nil
	case event == "...":
		return []string{event}
	case len(event) == 3:
		return []string{event + " close", "end"}
	}
	event, closes := strings.CutSuffix(event, " close")
	event = strings.TrimSuffix(event, " upgrade")
	event, expects := strings.CutSuffix(event, " 100")
	if expects {
		answers = append(answers, "100")
	}
	if closes {
		return append(answers, event+" close", "end")
	}
	return append(answers, event)
}

// showEvent is the event that an answer of speaking has in a field.
func showEvent(a *answer) string {
	text := fmt.Sprint(a.StatusCode)
	if a.StatusCode == 200 {
		text = a.Header.Get("Event")
	}
	if a.Close {
		text += " close"
	}
	return text
}
