package httputil

import (
	"errors"
	"strings"
	"testing"
)

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
