package httputil

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// weaknesses are those that Tornado had, and others of the same kind, each under the
// version or the identifier that closed it. open says what is wrong, or nothing.
var weaknesses = []struct {
	name string
	open func() string
}{
	{"2.2.1: a value begins fields of its own", func() string {
		return takenBy(func(value string) error { return new(HTTPHeaders).Set("A", value) },
			"b\r\nX: y", "b\nX: y", "b\rX: y", "b\x00", "b\x7f", "\x0bb", "b\x0c", "b\x1f")
	}},
	{"2.2.1: a name begins fields of its own", func() string {
		return takenBy(func(name string) error { return new(HTTPHeaders).Add(name, "b") },
			"", "A\r\nX", "A:", "A ", " A", "A\x00", "A\xe9", "(A)", "A/B", "A\tB")
	}},
	{"3.1: secrets of a request in the log", func() string {
		r := HTTPServerRequest{Method: "POST", URI: "/", Host: "h", Body: []byte("password=secret")}
		r.Headers.Set("Authorization", "secret")
		if strings.Contains(r.String(), "secret") {
			return r.String()
		}
		return ""
	}},
	{"4.3: both Content-Length and Transfer-Encoding", func() string {
		return takenBy(func(length string) error {
			h := ParsedHeaders("Transfer-Encoding: chunked\r\nContent-Length: " + length)
			_, err := IsTransferEncodingChunked(&h)
			return err
		}, "0", "5", "")
	}},
	{"4.4.2: cookies that browsers keep apart", func() string {
		for cookie, want := range map[string]string{
			`a=b,_xsrf=evil`:         "",
			`a="b; _xsrf=evil; c="`:  "evil",
			"_xsrf=good; [=]; a":     "good",
			"_xsrf=first; _xsrf=two": "two",
			`a={"_xsrf=evil"}`:       "",
		} {
			if got := ParseCookie(cookie)["_xsrf"]; got != want {
				return fmt.Sprintf("%q: got %q; want %q", cookie, got, want)
			}
		}
		return ""
	}},
	{"GHSA-qppv-j76h-2rpx: numbers that only some read", func() string {
		return takenBy(func(s string) error { _, err := ParseInt(s); return err }, append(laxNumbers, "5e1", "a")...)
	}},
	{"GHSA-qppv-j76h-2rpx: chunk sizes that only some read", func() string {
		return takenBy(func(s string) error { _, err := ParseHexInt(s); return err }, append(laxNumbers, "0xa", "a_b", "g", "-a")...)
	}},
	{"GHSA-753j-mpmx-qq6g: Transfer-Encoding that only some understand", func() string {
		return takenBy(CheckTransferEncoding, "", "chunked, chunked", "chunked,", ",chunked", "identity", "gzip", "gzip, chunked",
			"chunked;q=1", "chunked ;", "\"chunked\"", "xchunked", "chunked\x0b", "\x0bchunked", "chunked\xa0", "\x85chunked", "chun\tked", "cow")
	}},
	{"GHSA-753j-mpmx-qq6g: two Transfer-Encoding", func() string {
		return takenBy(func(second string) error {
			h := ParsedHeaders("Transfer-Encoding: chunked\r\nTransfer-Encoding: " + second)
			_, err := IsTransferEncodingChunked(&h)
			return err
		}, "chunked", "identity", "")
	}},
	{"6.4.1: white space that only some take off", func() string {
		var h HTTPHeaders
		for _, space := range []string{"\xa0", "\x85", "\u2028", "\u3000"} {
			if err := h.Set("A", " \t"+space+"b"+space+"\t "); err != nil || h.Get("A") != space+"b"+space {
				return fmt.Sprintf("%q: got %q, %v", space, h.Get("A"), err)
			}
		}
		return ""
	}},
	{"CVE-2024-7592: unquoting a cookie", func() string {
		return slow(func() { ParseCookie(`a="` + strings.Repeat(`\"`, 1<<20) + `"`) })
	}},
	{"CVE-2025-67725: a field that is repeated", func() string {
		return slow(func() {
			var h HTTPHeaders
			for range 100_000 {
				h.Add("A", "b")
			}
			h.Get("A")
		})
	}},
	{"CVE-2025-67726: parameters of a part", func() string {
		return slow(func() {
			ParseMultipartFormData("b", []byte("--b\r\nContent-Disposition: form-data; "+strings.Repeat(`";`, 1<<19)+"\r\n\r\nx\r\n--b--"),
				ParseBodyConfig{MaxPartHeaderSize: 2 << 20})
		})
	}},
	{"CVE-2025-47287: parts go on to be read after the first mistake", func() string {
		part := "--b\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n"
		form, err := ParseMultipartFormData("b", []byte(strings.Repeat(part, 50)+"--b--"), ParseBodyConfig{})
		if input := (*HTTPInputError)(nil); !errors.As(err, &input) || strings.Contains(err.Error(), "\n") || len(form.Arguments) != 0 {
			return fmt.Sprintf("got %v, %v", form, err)
		}
		return ""
	}},
	{"GHSA-qjxf-f2mg-c6mc: parts without number, and their heads", func() string {
		part := "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
		return takenBy(func(body string) error {
			_, err := ParseMultipartFormData("b", []byte(body), ParseBodyConfig{})
			return err
		},
			strings.Repeat(part, 101)+"--b--", padded(10<<10+1)+"--b--")
	}},
	{"one hundred parts are one hundred", func() string {
		part := "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
		form, err := ParseMultipartFormData("b", []byte(strings.Repeat(part, 100)+"--b--"), ParseBodyConfig{})
		if err != nil || len(form.Arguments["a"]) != 100 {
			return fmt.Sprintf("got %d parts, %v", len(form.Arguments["a"]), err)
		}
		return ""
	}},
	{"6.5.5: control characters in the head of a part", func() string {
		return takenBy(func(field string) error {
			_, err := ParseMultipartFormData("b", []byte("--b\r\nContent-Disposition: form-data; name=a\r\n"+field+"\r\n\r\n1\r\n--b--"), ParseBodyConfig{})
			return err
		}, "A: b\rX: y", "A: b\nX: y", "A: \x00", "A : b", ": b", " folded", "\xff: b", "A: \xff")
	}},
	{"6.5.0: a method that is no token, a target with control characters", func() string {
		return takenBy(func(line string) error { _, err := ParseRequestStartLine(line); return err },
			"G\xcbT / HTTP/1.1", "G:T / HTTP/1.1", " / HTTP/1.1", "GET /\x00 HTTP/1.1", "GET /\t HTTP/1.1", "GET /\x7f HTTP/1.1", "GET / HTTP/1.1\r",
			"GET / HTTP/1.1 ", "GET  HTTP/1.1", "GET / HTTP/1.", "GET / HTTP/1.1a", "GET / http/1.1", "GET / HTTP/+1.1")
	}},
	{"6.5.0: a host that is two", func() string {
		return takenBy(func(host string) error {
			return new(HTTPServerRequest).Init(RequestStartLine{"GET", "/", "HTTP/1.1"}, ParsedHeaders("Host: "+host))
		}, "a,b", "a\r\nHost: b", "a b", "u@a", "a/b", "a?b", "a#b", "a\\b", "[::1", "::1", "a:b", "[::1%25eth0]", "<a>", "a\x80", "%zz")
	}},
	{"CVE-2025-67724: a reason that ends its line", func() string {
		return takenBy(func(reason string) error { _, err := ParseResponseStartLine("HTTP/1.1 200 " + reason); return err },
			"OK\r\nX: y", "OK\nX: y", "OK\rX: y", "\x00", "\x7f")
	}},
}

// laxNumbers are numbers to a language, and not to HTTP.
var laxNumbers = []string{"", "+5", "-5", " 5", "5 ", "1_0", "0x5", "5.0", "٥", "5\n", "5\x00", "99999999999999999999999", "5,5", "５"}

// takenBy is the first of the inputs that is not refused as the peer's mistake.
func takenBy(take func(string) error, inputs ...string) string {
	for _, input := range inputs {
		if err := take(input); !errors.As(err, new(*HTTPInputError)) {
			return fmt.Sprintf("%q: got %v; want an HTTPInputError", input, err)
		}
	}
	return ""
}

// slow says so if the time that f takes grows with the square of its input: it would
// be minutes then.
func slow(f func()) string {
	start := time.Now()
	if f(); time.Since(start) > 5*time.Second {
		return fmt.Sprintf("it took %v", time.Since(start))
	}
	return ""
}

func TestKnownWeaknesses(t *testing.T) {
	for _, tt := range weaknesses {
		t.Run(tt.name, func(t *testing.T) {
			if problem := tt.open(); problem != "" {
				t.Error(problem)
			}
		})
	}
}
