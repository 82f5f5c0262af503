package httputil

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"
)

func TestRequestIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(HTTPServerRequest{}); size > 300 {
		t.Errorf("got %d bytes; want at most 300", size)
	}
}

func TestSetURI(t *testing.T) {
	for _, tt := range []struct {
		uri, path, query, host, full string
	}{
		{"/a%20b?c=d?e", "/a%20b", "c=d?e", "own", "http://own/a%20b?c=d?e"},
		{"/", "/", "", "own", "http://own/"},
		{"//host/x", "//host/x", "", "own", "http://own//host/x"},
		{"*", "*", "", "own", "http://own*"},
		{"http://other:81/a?b", "/a", "b", "other:81", "http://other:81/a?b"},
		{"HTTPS://other", "/", "", "other", "http://other/"},
		{"http://other?q", "/", "q", "other", "http://other/?q"},
		{"http://other?q=/x", "/", "q=/x", "other", "http://other/?q=/x"},
		{"ftp://other/a", "ftp://other/a", "", "own", "http://ownftp://other/a"},
		{"", "", "", "own", "http://own"},
	} {
		t.Run(tt.uri, func(t *testing.T) {
			r := HTTPServerRequest{Protocol: "http", Host: "own"}
			r.SetURI(tt.uri)
			got := [...]string{r.URI, r.Path, r.Query, r.Host, r.FullURL()}
			if want := [...]string{tt.uri, tt.path, tt.query, tt.host, tt.full}; got != want {
				t.Errorf("got %q; want %q", got, want)
			}
		})
	}
}

func TestHostName(t *testing.T) {
	for _, tt := range []struct{ version, fields, want string }{
		{"HTTP/1.1", "Host: Example.COM:80", "example.com"},
		{"HTTP/1.1", "Host: [::1]:80", "[::1]"},
		{"HTTP/1.1", "Host:", ""},
		{"HTTP/1.0", "", "127.0.0.1"},
	} {
		var r HTTPServerRequest
		if err := r.Init(RequestStartLine{"GET", "/", tt.version}, ParsedHeaders(tt.fields)); err != nil {
			t.Fatal(err)
		}
		if got := r.HostName(); got != tt.want {
			t.Errorf("%q: got %q; want %q", tt.fields, got, tt.want)
		}
	}
}

func formRequest(query, contentType, body string) *HTTPServerRequest {
	r := &HTTPServerRequest{Headers: ParsedHeaders("Content-Type: " + contentType), Body: []byte(body)}
	r.SetURI("/?" + query)
	return r
}

const urlencodedType = "application/x-www-form-urlencoded"

func TestArguments(t *testing.T) {
	r := formRequest("a=1&b=2&a=%33", urlencodedType+"; charset=utf-8", "a=4&c=+5%20&&d")
	want := map[string][]string{"a": {"1", "3", "4"}, "b": {"2"}, "c": {" 5 "}, "d": {""}}
	if got := r.Arguments(); !reflect.DeepEqual(got, want) {
		t.Errorf("Arguments: got %q; want %q", got, want)
	}
	if got, want := r.QueryArguments(), map[string][]string{"a": {"1", "3"}, "b": {"2"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("QueryArguments: got %q; want %q", got, want)
	}
	if got, want := r.BodyArguments(), map[string][]string{"a": {"4"}, "c": {" 5 "}, "d": {""}}; !reflect.DeepEqual(got, want) {
		t.Errorf("BodyArguments: got %q; want %q", got, want)
	}
	if err := r.ParseBody(); err != nil {
		t.Error(err)
	}
}

func TestParseBodyRemembersItsError(t *testing.T) {
	r := formRequest("a=1", "multipart/form-data; boundary=b", "nonsense")
	first := r.ParseBody()
	if first == nil {
		t.Fatal("a body without boundary was accepted")
	}
	if again := r.ParseBodyWith(ParseBodyConfig{MaxParts: 7}); again != first {
		t.Errorf("got %v; want %v", again, first)
	}
	if got, want := r.Arguments(), map[string][]string{"a": {"1"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
	if got := r.Files(); got == nil || len(got) > 0 {
		t.Errorf("got %v; want an empty map", got)
	}
}

func TestFiles(t *testing.T) {
	r := formRequest("", `multipart/form-data; boundary="b c"`,
		"--b c\r\nContent-Disposition: form-data; name=f; filename=a.txt\r\nContent-Type: text/plain\r\n\r\nx\r\ny\r\n"+
			"--b c\r\nContent-Disposition: form-data; name=t\r\n\r\nv\r\n--b c--\r\n")
	if err := r.ParseBody(); err != nil {
		t.Fatal(err)
	}
	want := map[string][]HTTPFile{"f": {{"a.txt", "text/plain", []byte("x\r\ny")}}}
	if got := r.Files(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
	if got, want := r.Arguments(), map[string][]string{"t": {"v"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestCookiesOfSeveralFields(t *testing.T) {
	r := HTTPServerRequest{Headers: ParsedHeaders("Cookie: a=1; b=2, 3\r\nCookie: c=4; a=5; nameless; x y=6")}
	if got, want := r.Cookies(), map[string]string{"a": "5", "b": "2, 3", "c": "4"}; !maps.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestRequestString(t *testing.T) {
	r := formRequest("q", "text/plain\r\nAuthorization: secret", "secret")
	r.Method, r.Version, r.Protocol, r.Host, r.RemoteIP = "GET", "HTTP/1.1", "http", "h", "127.0.0.1"
	want := `HTTPServerRequest(protocol="http", host="h", method="GET", uri="/?q", version="HTTP/1.1", remote_ip="127.0.0.1")`
	if got := r.String(); got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}

func TestRequestTime(t *testing.T) {
	r := HTTPServerRequest{Started: time.Now().Add(-time.Minute)}
	if got := r.RequestTime(); got < time.Minute {
		t.Errorf("unfinished: got %v; want at least a minute", got)
	}
	r.Took = time.Second
	if got := r.RequestTime(); got != time.Second {
		t.Errorf("finished: got %v; want 1s", got)
	}
}

func TestBodyLimits(t *testing.T) {
	part := "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
	const multipartType = "multipart/form-data; boundary=b"
	for _, tt := range []struct {
		name, contentType, body string
		config                  ParseBodyConfig
		status                  int // 0 is success
	}{
		{"100 parts", multipartType, strings.Repeat(part, 100) + "--b--", ParseBodyConfig{}, 0},
		{"101 parts", multipartType, strings.Repeat(part, 101) + "--b--", ParseBodyConfig{}, 413},
		{"one part, own limit", multipartType, part + "--b--", ParseBodyConfig{MaxParts: 1}, 0},
		{"two parts, own limit", multipartType, part + part + "--b--", ParseBodyConfig{MaxParts: 1}, 413},
		{"part header of 10 KiB", multipartType, padded(10<<10) + "--b--", ParseBodyConfig{}, 0},
		{"part header of 10 KiB and one", multipartType, padded(10<<10+1) + "--b--", ParseBodyConfig{}, 431},
		{"multipart refused", multipartType, part + "--b--", ParseBodyConfig{RefuseMultipart: true}, 415},
		{"10000 keys", urlencodedType, strings.Repeat("a&", 10000), ParseBodyConfig{}, 0},
		{"10001 keys", urlencodedType, strings.Repeat("a&", 10001), ParseBodyConfig{}, 413},
		{"ampersands are no keys", urlencodedType, strings.Repeat("&", 20000), ParseBodyConfig{}, 0},
		{"encoded", urlencodedType + "\r\nContent-Encoding: gzip", "", ParseBodyConfig{}, 415},
		{"type in capitals", strings.ToUpper(urlencodedType), "a=1", ParseBodyConfig{}, 0},
		{"part that does not end", multipartType, "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx--b--", ParseBodyConfig{}, 400},
		{"CR in a part's header", multipartType, "--b\r\nContent-Disposition: form-data; name=a\rX: y\r\n\r\nx\r\n--b--", ParseBodyConfig{}, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := formRequest("", tt.contentType, tt.body).ParseBodyWith(tt.config)
			status := 0
			if input := (*HTTPInputError)(nil); errors.As(err, &input) {
				status = input.Status()
			}
			if status != tt.status || (err != nil) != (tt.status != 0) {
				t.Errorf("got %d, %v; want %d", status, err, tt.status)
			}
		})
	}
}

// padded is a part whose header has that many octets.
func padded(size int) string {
	header := "Content-Disposition: form-data; name=a\r\nX: "
	return "--b\r\n" + header + strings.Repeat("x", size-len(header)) + "\r\n\r\nv\r\n"
}

// What costs quadratic time takes minutes here, and the test runner ends it.
func TestLinearTime(t *testing.T) {
	const n = 1 << 20
	ParseHeader("a; b=" + strings.Repeat(`"\";`, n))
	ParseHeader("a" + strings.Repeat(";b*0=c", n/8))
	ParseCookie(`a="` + strings.Repeat(`\"`, n) + `"`)
	ParseCookie(strings.Repeat("a=b;", n))
	ParseQSBytes(strings.Repeat("%&", n))
	var cookies HTTPServerRequest
	cookies.Headers = ParsedHeaders(strings.Repeat("Cookie: a=b\r\n", n/8))
	cookies.Cookies()
	body := []byte(strings.Repeat("--b\r\n", n) + "--b--")
	if _, err := ParseMultipartFormData("b", body, ParseBodyConfig{}); err != nil {
		t.Errorf("boundaries without parts: %v", err)
	}
	body = []byte("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n" + strings.Repeat("\r\n--", n) + "\r\n--b--")
	if form, err := ParseMultipartFormData("b", body, ParseBodyConfig{}); err != nil || len(form.Arguments["a"]) != 1 {
		t.Errorf("a body that nearly ends: %v", err)
	}
}

func TestParseTimestamp(t *testing.T) {
	want := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	for _, s := range []string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"} {
		if got, err := ParseTimestamp(s); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "0"} {
		if got, err := ParseTimestamp(s); err == nil {
			t.Errorf("%q: got %v; want an error", s, got)
		}
	}
	for at := time.Unix(0, 0); at.Year() < 2100; at = at.Add(777*time.Hour + 777*time.Second) {
		if got, err := ParseTimestamp(FormatTimestamp(at)); err != nil || !got.Equal(at) {
			t.Fatalf("%v: got %v, %v", at, got, err)
		}
	}
}

func TestByteRangeResolve(t *testing.T) {
	for _, tt := range []struct {
		field      string
		start, end int64
		ok         bool
		content    string
	}{
		{"bytes=0-0", 0, 1, true, "bytes 0-0/10"},
		{"bytes=3-", 3, 10, true, "bytes 3-9/10"},
		{"bytes=3-99", 3, 10, true, "bytes 3-9/10"},
		{"bytes=-3", 7, 10, true, "bytes 7-9/10"},
		{"bytes=-99", 0, 10, true, "bytes 0-9/10"},
		{"bytes=-0", 0, 0, false, "bytes */10"},
		{"bytes=10-", 10, 10, false, "bytes */10"},
		{"bytes=99999999999999999999-", 1<<63 - 2, 10, false, "bytes */10"},
		{"bytes=0-99999999999999999999", 0, 10, true, "bytes 0-9/10"},
		{"bytes=-99999999999999999999", 0, 10, true, "bytes 0-9/10"},
	} {
		t.Run(tt.field, func(t *testing.T) {
			r, ok := ParseRequestRange(tt.field)
			if !ok {
				t.Fatal("ignored")
			}
			start, end, ok := r.Resolve(10)
			if start != tt.start || end != tt.end || ok != tt.ok || ContentRange(start, end, 10) != tt.content {
				t.Errorf("got %d, %d, %v, %s; want %d, %d, %v, %s", start, end, ok, ContentRange(start, end, 10),
					tt.start, tt.end, tt.ok, tt.content)
			}
		})
	}
	for _, field := range []string{"", "bytes", "bytes=", "bytes=-", "bytes=a-", "bytes=0-1,3-4", "bytes=2-1", "items=0-1", "bytes=1 -2"} {
		if r, ok := ParseRequestRange(field); ok {
			t.Errorf("%q: got %v; want it ignored", field, r)
		}
	}
}

func TestValidHost(t *testing.T) {
	for _, host := range []string{"", "a", "A.b:80", "a:", "127.0.0.1:80", "[::1]", "[::1]:80", "[v1.x]", "a%20b", "a_b", "-", "a;b"} {
		if !ValidHost(host) {
			t.Errorf("%q is refused", host)
		}
	}
	for _, host := range []string{"a b", "a@b", "a/b", "a?b", "a#b", "a\\b", "a:b", "a:80:90", "[", "]", "[]", "[::1", "::1", "[::1]x",
		"[::1]:x", "[fe80::1%25eth0]", "a,b", "a%2", "a%zz", "é", "a\x00", "a\tb", "<a>", "{a}", "\"a\""} {
		if ValidHost(host) {
			t.Errorf("%q is accepted", host)
		}
	}
}

func TestTransferEncoding(t *testing.T) {
	for _, tt := range []struct {
		value  string
		status int
	}{
		{"chunked", 0}, {"CHUNKED", 0}, {" chunked\t", 0},
		{"", 400}, {"chunked,", 400}, {",chunked", 400}, {"chunked, chunked", 400}, {"chunked, gzip", 400}, {"\"chunked\"", 400},
		{"chunked;q=1", 400}, {"chunked x", 400}, {"chun\x0bked", 400}, {"\x0bchunked", 400},
		{"gzip", 501}, {"gzip, chunked", 501}, {"identity", 501}, {"xchunked", 501}, {"chunkedx", 501},
	} {
		status := 0
		if err := CheckTransferEncoding(tt.value); err != nil {
			status = err.(*HTTPInputError).Status()
		}
		if status != tt.status {
			t.Errorf("%q: got %d; want %d", tt.value, status, tt.status)
		}
	}
	both := ParsedHeaders("Transfer-Encoding: chunked\r\nContent-Length: 3")
	if _, err := IsTransferEncodingChunked(&both); err == nil {
		t.Error("Transfer-Encoding beside Content-Length is accepted")
	}
}

func TestErrorsAreShort(t *testing.T) {
	var h HTTPHeaders
	err := h.ParseLine("A: " + strings.Repeat("x", 5000) + "\x00")
	if err == nil || len(err.Error()) > 200 {
		t.Errorf("got %v", err)
	}
	if got := (&HTTPInputError{}).Status(); got != 400 {
		t.Errorf("got %d; want 400", got)
	}
}

func TestStatusText(t *testing.T) {
	for code, want := range map[int]string{200: "OK", 404: "Not Found", 418: "I'm a Teapot", 599: "Unknown", 0: "Unknown", -1: "Unknown", 1000: "Unknown"} {
		if got := StatusText(code); got != want {
			t.Errorf("%d: got %q; want %q", code, got, want)
		}
	}
}

func TestQSToQSLOrder(t *testing.T) {
	got := QSToQSL(map[string][]string{"b": {"1"}, "a": {"2", "3"}, "c": nil})
	if want := [][2]string{{"a", "2"}, {"a", "3"}, {"b", "1"}}; !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

func BenchmarkAppendTimestamp(b *testing.B) {
	now, buf := time.Now(), make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendTimestamp(buf[:0], now)
	}
}
