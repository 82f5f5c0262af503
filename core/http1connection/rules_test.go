package http1connection

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/httputil"
)

// An interpreter asks the rules what a client's octets mean, as a connection
// does, and writes it down: `GET /a "body"` for a message, the status for a
// refusal.
type interpreter struct {
	limits   Limits
	data     []byte // not consumed yet
	searched int    // of data, for the end of a head

	inBody bool
	head   RequestHead
	chunks ChunkedDecoder
	body   []byte

	events  []string
	message []message // what the events came from
	ended   bool
	err     error // of the refusal that ended it
}

type message struct {
	head RequestHead
	body string
}

func (p *interpreter) feed(data []byte) {
	p.data = append(p.data, data...)
	for !p.ended && (p.inBody && p.readBody() || !p.inBody && p.readHead()) {
	}
}

func (p *interpreter) refuse(err error) bool {
	var input *httputil.HTTPInputError
	if !errors.As(err, &input) {
		panic(fmt.Sprintf("an error of type %T: %v", err, err))
	}
	p.events, p.ended, p.err = append(p.events, strconv.Itoa(input.Status())), true, err
	return false
}

func (p *interpreter) readHead() bool {
	start, end, err := FindRequestEnd(p.data, p.searched, &p.limits)
	if err != nil {
		return p.refuse(err)
	}
	if p.searched = len(p.data); end == 0 {
		return false
	}
	if err := p.head.Parse(string(p.data[start:end]), &p.limits); err != nil {
		return p.refuse(err)
	}
	p.data, p.searched, p.inBody, p.body = p.data[end:], 0, true, nil
	p.chunks = ChunkedDecoder{}
	return true
}

func (p *interpreter) readBody() bool {
	if p.head.Chunked {
		piece, n, done, err := p.chunks.Decode(p.data)
		if err != nil {
			return p.refuse(err)
		}
		p.body = append(p.body, piece...)
		p.data = p.data[n:]
		return done && p.endMessage() || len(p.data) > 0
	}
	length := max(p.head.ContentLength, 0)
	if int64(len(p.data)) < length {
		return false
	}
	p.body, p.data = p.data[:length], p.data[length:]
	return p.endMessage()
}

func (p *interpreter) endMessage() bool {
	event := fmt.Sprintf("%s %s %q", p.head.Method, p.head.URI, p.body)
	if wantsContinue(&p.head) {
		event += " 100"
	}
	if p.head.Upgrade {
		event += " upgrade"
	}
	p.ended = !canKeepAlive(&p.head)
	if p.ended {
		event += " close"
	}
	p.events = append(p.events, event)
	p.message = append(p.message, message{p.head, string(p.body)})
	p.inBody = false
	return true
}

// result is what has been understood; "..." stands for a message whose rest is
// missing.
func (p *interpreter) result() string {
	events := p.events
	if !p.ended && (p.inBody || !onlyEmptyLines(p.data)) {
		events = append(events, "...")
	}
	return strings.Join(events, " | ")
}

func interpret(limits Limits, pieces ...string) string {
	p := interpreter{limits: limits}
	for _, piece := range pieces {
		p.feed([]byte(piece))
	}
	return p.result()
}

func octetwise(s string) []string {
	pieces := make([]string, len(s))
	for i := range len(s) {
		pieces[i] = s[i : i+1]
	}
	return pieces
}

func TestRequests(t *testing.T) {
	for _, tt := range RequestCases {
		t.Run(tt.Rule+" "+tt.Name, func(t *testing.T) {
			if got := interpret(Limits{}, tt.Input); got != tt.Want {
				t.Errorf("whole: got %.200s; want %.200s", got, tt.Want)
			}
			if got := interpret(Limits{}, octetwise(tt.Input)...); got != tt.Want {
				t.Errorf("byte by byte: got %.200s; want %.200s", got, tt.Want)
			}
			want := tt.Want
			switch {
			case strings.HasSuffix(want, "..."):
				return
			case want == "":
				want = `GET /next ""`
			case strings.HasSuffix(want, `"`) || strings.HasSuffix(want, "100") || strings.HasSuffix(want, "upgrade"):
				want += ` | GET /next ""`
			}
			if got := interpret(Limits{}, tt.Input+"GET /next HTTP/1.1\r\nHost: n\r\n\r\n"); got != want {
				t.Errorf("with the next behind: got %.200s; want %.200s", got, want)
			}
		})
	}
}

func TestRequestHead(t *testing.T) {
	raw := "PUT http://Other:81/a?b=c HTTP/1.1\r\nhost: x\r\nX: 1\r\nCONTENT-length: 12\r\n\r\n"
	var h RequestHead
	if err := h.Parse(raw, &Limits{}); err != nil {
		t.Fatal(err)
	}
	want := RequestHead{Method: "PUT", URI: "http://Other:81/a?b=c", Version: "HTTP/1.1",
		Fields: "host: x\r\nX: 1\r\nCONTENT-length: 12\r\n", Host: "Other:81", ContentLength: 12}
	if h != want {
		t.Errorf("got %+v; want %+v", h, want)
	}
	var r httputil.HTTPServerRequest
	r.RemoteIP = "::1"
	h.Fill(&r)
	got := [...]string{r.Method, r.URI, r.Path, r.Query, r.Version, r.Host, r.RemoteIP, r.Headers.Get("X")}
	if want := [...]string{"PUT", "http://Other:81/a?b=c", "/a", "b=c", "HTTP/1.1", "Other:81", "::1", "1"}; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestOwnLimits(t *testing.T) {
	limits := Limits{MaxRequestLine: 20, MaxHeaderSize: 60, MaxFields: 2}
	for _, tt := range []struct{ name, input, want string }{
		{"within", get + "Host: x\r\nA: b\r\n\r\n", ok},
		{"line", "GET /12345678 HTTP/1.1\r\nHost: x\r\n\r\n", "414"},
		{"line of just the limit", "GET /123456 HTTP/1.1\r\nHost: x\r\n\r\n", `GET /123456 ""`},
		{"fields", get + "Host: x\r\nA: b\r\nC: d\r\n\r\n", "431"},
		{"head of just the limit", get + "Host: x\r\nA: " + strings.Repeat("b", 28) + "\r\n\r\n", ok},
		{"head", get + "Host: x\r\nA: " + strings.Repeat("b", 29) + "\r\n\r\n", "431"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := interpret(limits, tt.input); got != tt.want {
				t.Errorf("whole: got %s; want %s", got, tt.want)
			}
			if got := interpret(limits, octetwise(tt.input)...); got != tt.want {
				t.Errorf("byte by byte: got %s; want %s", got, tt.want)
			}
		})
	}
}

func TestResponseFraming(t *testing.T) {
	for _, tt := range []struct {
		method         string
		status         int
		http10, length bool
		want           framing
	}{
		{"GET", 200, false, true, framingLength},
		{"GET", 200, false, false, framingChunked},
		{"GET", 200, true, true, framingLength},
		{"GET", 200, true, false, framingClose},
		{"HEAD", 200, false, false, framingNone},
		{"HEAD", 200, true, true, framingNone},
		{"GET", 204, false, true, framingNone},
		{"GET", 304, false, true, framingNone},
		{"GET", 101, false, false, framingTunnel},
		{"POST", 500, false, false, framingChunked},
	} {
		if got := responseFraming(tt.method, tt.status, tt.http10, tt.length); got != tt.want {
			t.Errorf("%+v: got %d", tt, got)
		}
	}
	for status, want := range map[int]bool{100: false, 199: false, 200: true, 204: false, 304: true, 404: true} {
		if got := mayHaveContentLength("GET", status); got != want {
			t.Errorf("Content-Length with %d: got %v; want %v", status, got, want)
		}
	}
}

func TestAppendStatusLine(t *testing.T) {
	for _, tt := range []struct {
		code   int
		reason string
		want   string
		bad    bool
	}{
		{200, "", "HTTP/1.1 200 OK\r\n", false},
		{200, "Fine", "HTTP/1.1 200 Fine\r\n", false},
		{299, "", "HTTP/1.1 299 Unknown\r\n", false},
		{999, "", "HTTP/1.1 999 Unknown\r\n", false},
		{200, "a\r\nX: y", "", true},
		{200, "a\x00", "", true},
		{99, "", "", true},
		{1000, "", "", true},
		{-1, "", "", true},
	} {
		got, err := appendStatusLine([]byte("."), tt.code, tt.reason)
		if string(got) != "."+tt.want || (err != nil) != tt.bad {
			t.Errorf("%d %q: got %q, %v; want %q", tt.code, tt.reason, got, err, tt.want)
		}
	}
}

func TestAppendChunk(t *testing.T) {
	var wire []byte
	for _, piece := range []string{"abc", "", strings.Repeat("x", 300)} {
		wire = appendChunk(wire, []byte(piece))
	}
	wire = append(wire, lastChunk...)
	if want := "3\r\nabc\r\n12c\r\n" + strings.Repeat("x", 300) + "\r\n0\r\n\r\n"; string(wire) != want {
		t.Fatalf("got %q", wire)
	}
	if got, want := interpret(Limits{}, chunked(string(wire))), `POST / "abc`+strings.Repeat("x", 300)+`"`; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}

func TestHasToken(t *testing.T) {
	for list, want := range map[string]bool{"close": true, "CLOSE": true, "a, close ,b": true, ",close": true, "": false, "closed": false, "a close": false, ",": false} {
		if got := hasToken(list, "close"); got != want {
			t.Errorf("%q: got %v; want %v", list, got, want)
		}
	}
}

func TestHeadAllocatesOnce(t *testing.T) {
	data, limits := []byte(browserHead), Limits{}
	var h RequestHead
	n := testing.AllocsPerRun(100, func() { parseHead(t, &h, data, &limits) })
	if n > 1 {
		t.Errorf("got %v allocations; want 1", n)
	}
}

func parseHead(t testing.TB, h *RequestHead, data []byte, limits *Limits) {
	start, end, err := FindHeadEnd(data, 0, limits)
	if err == nil {
		err = h.Parse(string(data[start:end]), limits)
	}
	if err != nil {
		t.Fatal(err)
	}
}

const (
	wrkHead     = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\r\n"
	browserHead = "GET / HTTP/1.1\r\nHost: localhost:8888\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n" +
		"Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nConnection: keep-alive\r\n" +
		"Cookie: _xsrf=2|7586b241|47c876d965112a2f547c63c95cbc44b1|1420000000\r\n" +
		"Upgrade-Insecure-Requests: 1\r\nPriority: u=0, i\r\n\r\n"
)

func BenchmarkHead(b *testing.B) {
	for _, bb := range []struct{ name, head string }{{"wrk", wrkHead}, {"browser", browserHead}} {
		b.Run(bb.name, func(b *testing.B) {
			data, limits := []byte(bb.head), Limits{}
			var h RequestHead
			b.ReportAllocs()
			for b.Loop() {
				parseHead(b, &h, data, &limits)
			}
		})
	}
}

func BenchmarkChunked(b *testing.B) {
	wire := append(appendChunk(nil, make([]byte, 4096)), lastChunk...)
	b.SetBytes(4096)
	b.ReportAllocs()
	for b.Loop() {
		var d ChunkedDecoder
		for rest, done := wire, false; !done; {
			_, n, last, err := d.Decode(rest)
			if err != nil {
				b.Fatal(err)
			}
			rest, done = rest[n:], last
		}
	}
}
