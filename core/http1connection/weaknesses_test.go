package http1connection_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
)

// smuggled is what an attacker wants taken for a request.
const smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

// zipped is a body in the coding gzip, as the rest of a request.
func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	w.Close()
	return lengthed(b.String())
}

func lengthed(body string) string {
	return "Content-Encoding: gzip\r\nContent-Length: " + fmt.Sprint(len(body)) + "\r\n\r\n" + body
}

// weaknesses are those that Tornado and others had, each under the version or the
// identifier that closed it, as a client would try them. None of them may be taken
// for two requests, or for something else than it is, or stay without an answer.
var weaknesses = withoutShow([]struct{ rule, name, send, methods, want string }{
	{"4.3", "both lengths", post("/text", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"+smuggled), "", "400 close | end"},
	{"4.3", "both lengths, in small letters", post("/text", "transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n"+smuggled), "", "400 close | end"},
	{"GHSA-qppv-j76h-2rpx", "sign", post("/text", "Content-Length: +3\r\n\r\nabc"+smuggled), "", "400 close | end"},
	{"GHSA-qppv-j76h-2rpx", "underscore", post("/text", "Content-Length: 1_0\r\n\r\n0123456789"), "", "400 close | end"},
	{"GHSA-qppv-j76h-2rpx", "digits beyond ASCII", post("/text", "Content-Length: \u0663\r\n\r\nabc"), "", "400 close | end"},
	{"GHSA-qppv-j76h-2rpx", "sign of a chunk", post("/text", "Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n"), "", "400 close | end"},
	{"GHSA-qppv-j76h-2rpx", "prefix of a chunk", post("/text", "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n"), "", "400 close | end"},
	{"GHSA-qppv-j76h-2rpx", "underscore of a chunk", post("/text", "Transfer-Encoding: chunked\r\n\r\n0_3\r\nabc\r\n0\r\n\r\n"), "", "400 close | end"},
	{"CVE-2021-32714", "chunk size that overflows", post("/text", "Transfer-Encoding: chunked\r\n\r\nf0000000000000003\r\nabc\r\n0\r\n\r\n"), "", "400 close | end"},
	{"CVE-2023-40225", "empty length", post("/text", "Content-Length: \r\n\r\n"+smuggled), "", "400 close | end"},
	{"GHSA-753j-mpmx-qq6g", "two codings", post("/text", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"+smuggled), "", "400 close | end"},
	{"GHSA-753j-mpmx-qq6g", "a second coding that is none", post("/text", "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n"+smuggled), "", "400 close | end"},
	{"GHSA-753j-mpmx-qq6g", "chunked twice in one", post("/text", "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"+smuggled), "", "400 close | end"},
	{"GHSA-753j-mpmx-qq6g", "identity", post("/text", "Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc"), "", "400 close | end"},
	{"CVE-2022-1705", "quoted coding", post("/text", "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"+smuggled), "", "400 close | end"},
	{"CVE-2024-1135", "chunked before another coding", post("/text", "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"+smuggled), "", "400 close | end"},
	{"6.4.1", "vertical tab before chunked", post("/text", "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"+smuggled), "", "400 close | end"},
	{"6.4.1", "no-break space behind the length", post("/text", "Content-Length: 3\xa0\r\n\r\nabc"+smuggled), "", "400 close | end"},
	{"CVE-2019-16276", "space before the colon", post("/text", "Content-Length : 38\r\n\r\n"+smuggled), "", "400 close | end"},
	{"CVE-2023-25725", "empty name", post("/text", ": x\r\nContent-Length: 38\r\n\r\n"+smuggled), "", "400 close | end"},
	{"CVE-2025-22871", "LF behind a chunk size", post("/text", "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n"), "", "400 close | end"},
	{"CVE-2025-55315", "LF in an extension", post("/text", "Transfer-Encoding: chunked\r\n\r\n3;\nabc\r\n0\r\n\r\n"), "", "400 close | end"},
	{"CVE-2025-55315", "CR in an extension", post("/text", "Transfer-Encoding: chunked\r\n\r\n3;a\rb\r\nabc\r\n0\r\n\r\n"), "", "400 close | end"},
	{"CVE-2023-30589", "CR as a line's end", "GET /text HTTP/1.1\r\nHost: x\rContent-Length: 38\r\n\r\n" + smuggled, "", "400 close | end"},
	{"CVE-2024-22019", "extensions without end", post("/text", "Transfer-Encoding: chunked\r\n\r\n1;"+strings.Repeat("a", 8<<10)), "", "400 close | end"},
	{"CVE-2023-39326", "extensions that outweigh the data", post("/text", "Transfer-Encoding: chunked\r\n\r\n"+strings.Repeat("1;"+strings.Repeat("a", 1000)+"\r\na\r\n", 20)), "", "400 close | end"},
	{"CVE-2023-24534", "fields without number", "GET /text HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("a:\r\n", 51) + "\r\n", "", "431 close | end"},
	{"6.5.0", "a method that is no token", "G,T /text HTTP/1.1\r\nHost: x\r\n\r\n", "", "400 close | end"},
	{"6.5.0", "a name that is no token", "GET /text HTTP/1.1\r\nHost: x\r\nA(b): c\r\n\r\n", "", "400 close | end"},
	{"6.5.0", "two Hosts", "GET /text HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", "", "400 close | end"},
	{"6.5.0", "two Hosts in one", "GET /text HTTP/1.1\r\nHost: x,y\r\n\r\n", "", "400 close | end"},
	{"6.1", "gzip that ends too early", post("/text", lengthed("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03")), "", "400 close | end"},
	{"6.1", "gzip that is none", post("/text", lengthed("abc")), "", "400 close | end"},
	{"CVE-2026-49855", "bomb", post("/text", zipped(strings.Repeat("\x00", 1<<20))), "", "413 close | end"},
	{"CVE-2026-49855", "gzip of just the limit", post("/large/3", zipped(strings.Repeat("\x00", 1000))), "", "200 xxx"},
	{"trap 1", "failure after the first flush", "GET /raise_after_flush HTTP/1.1\r\nHost: x\r\n\r\n", "", "200 part chunked cut | end"},
	{"trap 2", "fewer bytes than announced", "GET /short HTTP/1.1\r\nHost: x\r\n\r\n", "", "200 short cut | end"},
	{"trap 3", "head too large", "GET /text HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("a", 1000), "", "431 close | end"},
	{"trap 3", "line too long", "GET /" + strings.Repeat("a", 1000), "", "414 close | end"},
	{"trap 3", "body too large", post("/text", "Content-Length: 1001\r\n\r\n"), "", "413 close | end"},
	{"trap 4", "malformed", "GET /text HTTP/1.1\r\n\r\n", "", "400 close | end"},
	{"trap 5", "chunk without CRLF behind it", post("/text", "Transfer-Encoding: chunked\r\n\r\n3\r\nabcxy0\r\n\r\n"), "", "400 close | end"},
})

func TestKnownWeaknesses(t *testing.T) {
	o := wireOptions()
	o.DecompressRequest = true
	for _, kind := range wireKinds(t, app{}, o) {
		for _, tt := range weaknesses {
			t.Run(kind.name+" "+tt.rule+" "+tt.name, func(t *testing.T) { tt.run(t, kind, "200 GET /text?next") })
		}
	}
}
