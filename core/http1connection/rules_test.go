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
	p.events, p.ended = append(p.events, strconv.Itoa(input.Status())), true
	return false
}

func (p *interpreter) readHead() bool {
	start, end, err := FindHeadEnd(p.data, p.searched, &p.limits)
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
	if !p.ended && (p.inBody || len(p.data) > 0) {
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

const get = "GET / HTTP/1.1\r\n"

// body makes a chunked request of a body as it goes over the wire.
func chunked(body string) string {
	return "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body
}

const ok = `GET / ""`

var requestCases = []struct{ name, input, want string }{
	{"nothing", "", ""},
	{"plain", get + "Host: x\r\n\r\n", ok},
	{"half a head", get + "Host: x\r\n", "..."},
	{"two", get + "Host: x\r\n\r\n" + get + "Host: x\r\n\r\n", ok + " | " + ok},

	// Request line.
	{"no version", "GET /\r\nHost: x\r\n\r\n", "400"},
	{"only a method", "GET\r\nHost: x\r\n\r\n", "400"},
	{"only fields", "Host: x\r\n\r\n", "400"},
	{"space first", " GET / HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
	{"two spaces", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
	{"two spaces before the version", "GET /  HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
	{"space in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
	{"space at the end", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n", "400"},
	{"tabs", "GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n", "400"},
	{"method in small letters", "get / HTTP/1.1\r\nHost: x\r\n\r\n", `get / ""`},
	{"unknown method", "M-SEARCH * HTTP/1.1\r\nHost: x\r\n\r\n", `M-SEARCH * ""`},
	{"method with colon", "GET: / HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
	{"method beyond ASCII", "G\xcbT / HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
	{"no target", "GET  HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
	{"fragment", "GET /#a HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
	{"NUL in the target", "GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
	{"DEL in the target", "GET /\x7f HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
	{"CR in the target", "GET /\rX HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
	{"obs-text in the target", "GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", "GET /\xff \"\""},
	{"1.0", "GET / HTTP/1.0\r\n\r\n", ok + " close"},
	{"1.9", "GET / HTTP/1.9\r\nHost: x\r\n\r\n", ok},
	{"2.0", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505"},
	{"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
	{"0.9", "GET / HTTP/0.9\r\nHost: x\r\n\r\n", "505"},
	{"3", "GET / HTTP/3\r\nHost: x\r\n\r\n", "400"},
	{"1.10", "GET / HTTP/1.10\r\nHost: x\r\n\r\n", "400"},
	{"01.1", "GET / HTTP/01.1\r\nHost: x\r\n\r\n", "400"},
	{"http", "GET / http/1.1\r\nHost: x\r\n\r\n", "400"},
	{"another protocol", "GET / ICAP/1.0\r\nHost: x\r\n\r\n", "400"},
	{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\r\n", "400"},

	// Empty lines before it.
	{"one empty line", "\r\n" + get + "Host: x\r\n\r\n", ok},
	{"eight empty lines", strings.Repeat("\r\n", 8) + get + "Host: x\r\n\r\n", ok},
	{"nine empty lines", strings.Repeat("\r\n", 9) + get + "Host: x\r\n\r\n", "400"},
	{"empty line after a body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na\r\n" + get + "Host: x\r\n\r\n", `POST / "a" | ` + ok},
	{"LF first", "\n" + get + "Host: x\r\n\r\n", "400"},
	{"CR first", "\r" + get + "Host: x\r\n\r\n", "400"},
	{"CR CR LF first", "\r\r\n" + get + "Host: x\r\n\r\n", "400"},

	// Line ends.
	{"LF in the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n", "400"},
	{"LF only", "GET / HTTP/1.1\nHost: x\n\n", "400"},
	{"LF in a field", get + "Host: x\nA: b\r\n\r\n", "400"},
	{"LF as empty line", get + "Host: x\r\n\n", "400"},
	{"CR in the request line", "GET / HTTP/1.1\r\r\nHost: x\r\n\r\n", "400"},
	{"CR as line end", "GET / HTTP/1.1\rHost: x\r\r\n\r\n", "400"},
	{"CR in a value", get + "Host: x\r\nA: b\rc\r\n\r\n", "400"},
	{"CR at the end of a value", get + "Host: x\r\nA: b\r\r\n\r\n", "400"},
	{"head ends in CRLF CR X", get + "Host: x\r\n\rX\r\n\r\n", "400"},
	{"LF CR", get + "Host: x\n\r\n", "400"},

	// Fields.
	{"space before the colon", get + "Host: x\r\nA : b\r\n\r\n", "400"},
	{"tab before the colon", get + "Host: x\r\nA\t: b\r\n\r\n", "400"},
	{"no colon", get + "Host: x\r\nA\r\n\r\n", "400"},
	{"empty name", get + "Host: x\r\n: b\r\n\r\n", "400"},
	{"name with space", get + "Host: x\r\nA b: c\r\n\r\n", "400"},
	{"name with NUL", get + "Host: x\r\nA\x00: b\r\n\r\n", "400"},
	{"name beyond ASCII", get + "Host: x\r\nA\xe9: b\r\n\r\n", "400"},
	{"all of token", get + "Host: x\r\n!#$%&'*+-.^_`|~09azAZ: b\r\n\r\n", ok},
	{"NUL in a value", get + "Host: x\r\nA: b\x00c\r\n\r\n", "400"},
	{"VT in a value", get + "Host: x\r\nA: b\x0bc\r\n\r\n", "400"},
	{"DEL in a value", get + "Host: x\r\nA: \x7f\r\n\r\n", "400"},
	{"tab and obs-text in a value", get + "Host: x\r\nA: b\tc\x80\xff\r\n\r\n", ok},
	{"no value", get + "Host: x\r\nA:\r\n\r\n", ok},
	{"folded", get + "Host: x\r\nA: b\r\n c\r\n\r\n", "400"},
	{"folded by tab", get + "Host: x\r\nA: b\r\n\tc\r\n\r\n", "400"},
	{"first line folded", get + " Host: x\r\n\r\n", "400"},
	{"line of spaces", get + "Host: x\r\n \r\n\r\n", "400"},

	// Host.
	{"no Host", get + "\r\n", "400"},
	{"no Host in 1.0", "GET / HTTP/1.0\r\n\r\n", ok + " close"},
	{"empty Host", get + "Host:\r\n\r\n", ok},
	{"two Hosts", get + "Host: x\r\nHost: x\r\n\r\n", "400"},
	{"two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: x\r\nhost: y\r\n\r\n", "400"},
	{"Host as list", get + "Host: a,b\r\n\r\n", "400"},
	{"Host with user", get + "Host: u@a\r\n\r\n", "400"},
	{"Host with path", get + "Host: a/b\r\n\r\n", "400"},
	{"Host with NBSP", get + "Host: a\xa0\r\n\r\n", "400"},
	{"Host with port", get + "Host: a:80\r\n\r\n", ok},
	{"Host with bad port", get + "Host: a:b\r\n\r\n", "400"},
	{"Host with address", get + "Host: [::1]:80\r\n\r\n", ok},
	{"absolute target", "GET http://h:1/a?b HTTP/1.1\r\nHost: x\r\n\r\n", `GET http://h:1/a?b ""`},
	{"absolute target without Host", "GET http://h/ HTTP/1.1\r\n\r\n", "400"},
	{"absolute target, bad authority", "GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
	{"absolute target, no authority", "GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n", "400"},

	// Content-Length.
	{"body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", `POST / "abc"`},
	{"body is missing", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab", "..."},
	{"leading zeros", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 003\r\n\r\nabc", `POST / "abc"`},
	{"identical lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", `POST / "abc"`},
	{"identical lengths in one field", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc", `POST / "abc"`},
	{"two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400"},
	{"two lengths in one field", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3,4\r\n\r\nabcd", "400"},
	{"second length empty", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length:\r\n\r\nabc", "400"},
	{"pipelined octets are no body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" + get + "Host: x\r\n\r\n", `POST / "" | ` + ok},
	{"length of a GET", get + "Host: x\r\nContent-Length: 1\r\n\r\na", `GET / "a"`},
	{"length in 1.0", "POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na", `POST / "a" close`},
	{"largest length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775807\r\n\r\n", "..."},

	// Transfer-Encoding.
	{"chunked", chunked("3\r\nabc\r\n0\r\n\r\n"), `POST / "abc"`},
	{"both", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "400"},
	{"both, the other way round", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
	{"two codings", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
	{"two codings, one harmless", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", "400"},
	{"empty coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n", "400"},
	{"unknown coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"},
	{"coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
	{"NBSP before chunked", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \xa0chunked\r\n\r\n0\r\n\r\n", "400"},
	{"NEL after chunked", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\x85\r\n\r\n0\r\n\r\n", "400"},

	// Chunks.
	{"no chunk", chunked("0\r\n\r\n"), `POST / ""`},
	{"two chunks", chunked("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"), `POST / "abc0123456789"`},
	{"CRLF in a chunk", chunked("4\r\n\r\n\r\n\r\n0\r\n\r\n"), `POST / "\r\n\r\n"`},
	{"small and capital digits", chunked("a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n"), `POST / "01234567890123456789a"`},
	{"sixteen digits", chunked("0000000000000003\r\nabc\r\n0000000000000000\r\n\r\n"), `POST / "abc"`},
	{"seventeen digits", chunked("00000000000000003\r\nabc\r\n0\r\n\r\n"), "400"},
	{"largest size", chunked("ffffffffffffffff\r\nabc"), "..."},
	{"extension", chunked("3;a=b;c=\"d e\"\r\nabc\r\n0;x\r\n\r\n"), `POST / "abc"`},
	{"LF in an extension", chunked("3;a\nabc\r\n0\r\n\r\n"), "400"},
	{"CR in an extension", chunked("3;a\rb\r\nabc\r\n0\r\n\r\n"), "400"},
	{"NUL in an extension", chunked("3;\x00\r\nabc\r\n0\r\n\r\n"), "400"},
	{"trailer", chunked("3\r\nabc\r\n0\r\nA: b\r\nC-D:\r\n\r\n"), `POST / "abc"`},
	{"trailer cannot change the framing", chunked("0\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"), `POST / ""`},
	{"trailer without colon", chunked("0\r\nA\r\n\r\n"), "400"},
	{"trailer with space before the colon", chunked("0\r\nA : b\r\n\r\n"), "400"},
	{"trailer without name", chunked("0\r\n: b\r\n\r\n"), "400"},
	{"folded trailer", chunked("0\r\nA: b\r\n c\r\n\r\n"), "400"},
	{"LF in a trailer", chunked("0\r\nA: b\n\r\n"), "400"},
	{"CR in a trailer", chunked("0\r\nA: b\rc\r\n\r\n"), "400"},
	{"trailer ends in CR X", chunked("0\r\n\rX"), "400"},
	{"a request instead of the trailer", chunked("0\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"), "400"},
	{"LF after the size", chunked("3\nabc\r\n0\r\n\r\n"), "400"},
	{"CR after the size", chunked("3\rabc\r\n0\r\n\r\n"), "400"},
	{"CR CR LF after the size", chunked("3\r\r\nabc\r\n0\r\n\r\n"), "400"},
	{"LF after the data", chunked("3\r\nabc\n0\r\n\r\n"), "400"},
	{"two other octets after the data", chunked("3\r\nabcXX0\r\n\r\n"), "400"},
	{"more data than the size", chunked("3\r\nabcd\r\n0\r\n\r\n"), "400"},
	{"less data than the size", chunked("4\r\nabc\r\n0\r\n\r\n"), "400"},
	{"LF after the last chunk", chunked("0\n\r\n"), "400"},
	{"LF as last line", chunked("0\r\n\n"), "400"},
	{"no size", chunked("\r\nabc\r\n0\r\n\r\n"), "400"},
	{"no size, extension", chunked(";a\r\n\r\n"), "400"},
	{"no resumption after a bad chunk", chunked("z\r\n3\r\nabc\r\n0\r\n\r\n"), "400"},

	// Connection and Expect.
	{"close", get + "Host: x\r\nConnection: close\r\n\r\n" + get, ok + " close"},
	{"close in a list", get + "Host: x\r\nConnection: keep-alive, Close\r\n\r\n", ok + " close"},
	{"close in another field", get + "Host: x\r\nConnection: keep-alive\r\nConnection: x,\tclose\r\n\r\n", ok + " close"},
	{"closely", get + "Host: x\r\nConnection: closely\r\n\r\n", ok},
	{"keep-alive in 1.0", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", ok},
	{"keep-alive and close in 1.0", "GET / HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n", ok + " close"},
	{"keep-alive in 1.0, body unclear", "POST / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", `POST / "" close`},
	{"keep-alive in 1.0, with length", "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na", `POST / "a"`},
	{"upgrade", get + "Host: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\r\n", ok + " upgrade"},
	{"upgrade in 1.0", "GET / HTTP/1.0\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\r\n", ok},
	{"Upgrade alone", get + "Host: x\r\nUpgrade: websocket\r\n\r\n", ok},
	{"upgrade in Connection alone", get + "Host: x\r\nConnection: upgrade\r\n\r\n", ok},
	{"Expect", "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\na", `POST / "a" 100`},
	{"Expect without body", get + "Host: x\r\nExpect: 100-continue\r\n\r\n", ok},
	{"Expect in 1.0", "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na", `POST / "a" close`},
	{"another expectation", "POST / HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\nContent-Length: 1\r\n\r\na", "417"},
	{"obfuscated Expect", "POST / HTTP/1.1\r\nHost: x\r\nExpect: y 100-continue\r\nContent-Length: 1\r\n\r\na", "417"},

	// Limits.
	{"request line of 16 KiB", "GET /" + strings.Repeat("a", 16<<10-14) + " HTTP/1.1\r\nHost: x\r\n\r\n", "GET /" + strings.Repeat("a", 16<<10-14) + ` ""`},
	{"request line of 16 KiB and one", "GET /" + strings.Repeat("a", 16<<10-13) + " HTTP/1.1\r\nHost: x\r\n\r\n", "414"},
	{"request line without end", "GET /" + strings.Repeat("a", 17<<10), "414"},
	{"head of 64 KiB", get + "Host: x\r\nA: " + strings.Repeat("a", 64<<10-len(get)-16) + "\r\n\r\n", ok},
	{"head of 64 KiB and one", get + "Host: x\r\nA: " + strings.Repeat("a", 64<<10-len(get)-15) + "\r\n\r\n", "431"},
	{"head without end", get + "Host: x\r\nA: " + strings.Repeat("a", 65<<10), "431"},
	{"500 fields", get + strings.Repeat("A: b\r\n", 499) + "Host: x\r\n\r\n", ok},
	{"501 fields", get + strings.Repeat("A: b\r\n", 500) + "Host: x\r\n\r\n", "431"},
	{"chunk line of 4 KiB", chunked("1;" + strings.Repeat("e", 4<<10-20) + "\r\na\r\n0\r\n\r\n"), `POST / "a"`},
	{"chunk line over 4 KiB", chunked("1;" + strings.Repeat("e", 4<<10) + "\r\na\r\n0\r\n\r\n"), "400"},
	{"extensions over 16 KiB", chunked(strings.Repeat("1;"+strings.Repeat("e", 100)+"\r\na\r\n", 163) + "0\r\n\r\n"), "400"},
	{"trailer over 8 KiB", chunked("0\r\nA: " + strings.Repeat("a", 8<<10) + "\r\n\r\n"), "431"},
	{"trailer of 101 fields", chunked("0\r\n" + strings.Repeat("A: b\r\n", 101) + "\r\n"), "431"},
}

// What language libraries take for a number, and HTTP does not.
func init() {
	for _, number := range []string{"+3", "-3", "-0", "0x3", "0X3", "3_", "1_0", "3.", "3.0", "3e0", "0b11", "0o3", "3;", "３", "\u0663",
		"\x0b3", "3\x0c", "\xa03", "3\x85", "3 3", "", " ", "3h", "18446744073709551619", "9223372036854775808"} {
		requestCases = append(requestCases, struct{ name, input, want string }{
			fmt.Sprintf("Content-Length %q", number),
			"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + number + "\r\n\r\nabc", "400"})
	}
	for _, size := range []string{"+3", "-3", "0x3", "0X3", "3_", "3.", "3h", "３", " 3", "3 ", "3\t", "3 ;a", "\x0b3", "3\xa0", "", " ",
		"10000000000000003", "fffffffffffffffff"} {
		requestCases = append(requestCases, struct{ name, input, want string }{
			fmt.Sprintf("chunk size %q", size), chunked(size + "\r\nabc\r\n0\r\n\r\n"), "400"})
	}
}

func TestRequests(t *testing.T) {
	for _, tt := range requestCases {
		t.Run(tt.name, func(t *testing.T) {
			if got := interpret(Limits{}, tt.input); got != tt.want {
				t.Errorf("whole: got %.200s; want %.200s", got, tt.want)
			}
			if got := interpret(Limits{}, octetwise(tt.input)...); got != tt.want {
				t.Errorf("byte by byte: got %.200s; want %.200s", got, tt.want)
			}
			want := tt.want
			switch {
			case strings.HasSuffix(want, "..."):
				return
			case want == "":
				want = `GET /next ""`
			case strings.HasSuffix(want, `"`) || strings.HasSuffix(want, "100") || strings.HasSuffix(want, "upgrade"):
				want += ` | GET /next ""`
			}
			if got := interpret(Limits{}, tt.input+"GET /next HTTP/1.1\r\nHost: n\r\n\r\n"); got != want {
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
