package httputil

import (
	"strings"
	"testing"
	"time"
)

// TestLinear gives everything that strangers write a size at which work that grows
// with its square would take minutes.
func TestLinear(t *testing.T) {
	const n = 200_000
	repeat := func(s string) string { return strings.Repeat(s, n) }
	boundary := strings.Repeat("b", 60)
	for name, read := range map[string]func(){
		"fields":                func() { new(HTTPHeaders).Parse(repeat("A: b\r\n")) },
		"fields joined":         func() { h := ParsedHeaders(repeat("A: b\r\n")); h.Get("A") },
		"long field":            func() { new(HTTPHeaders).Parse("A: " + repeat("b c")) },
		"cookies":               func() { ParseCookie(repeat("a=b;")) },
		"quoted cookie":         func() { ParseCookie(`a="` + repeat(`\"\073`) + `"`) },
		"cookie of quotes":      func() { ParseCookie("a=" + repeat(`"`)) },
		"cookie of spaces":      func() { ParseCookie(repeat(" ") + "=" + repeat(" ")) },
		"parameters":            func() { ParseHeader(repeat("a;")) },
		"quotes":                func() { ParseHeader("a; b=" + repeat(`"`)) },
		"quotes and semicolons": func() { ParseHeader(repeat(`";`)) },
		"backslashes":           func() { ParseHeader(`a; b="` + repeat(`\`) + `"`) },
		"pieces":                func() { ParseHeader(repeat("; a*1=b")) },
		"encoded parameter":     func() { ParseHeader("a; b*=utf-8''" + repeat("%41")) },
		"arguments":             func() { ParseQSBytes(repeat("a=%41+&")) },
		"ampersands":            func() { ParseQSBytes(repeat("&&")) },
		"percent signs":         func() { ParseQSBytes(repeat("%")) },
		"URL":                   func() { URLConcat("/?"+repeat("a&"), [][2]string{{"b", "c"}}) },
		"codings":               func() { CheckTransferEncoding(repeat("a,")) },
		"host":                  func() { ValidHost(repeat("a.")) },
		"escaped host":          func() { ValidHost(repeat("%41")) },
		"address":               func() { ValidHost("[" + repeat(":") + "]") },
		"host and port":         func() { SplitHostAndPort(repeat(":1")) },
		"start line":            func() { ParseRequestStartLine(repeat("G ")) },
		"range":                 func() { ParseRequestRange("bytes=" + repeat("1") + "-") },
		"date":                  func() { ParseTimestamp(repeat("Sun, ")) },
		"parts":                 func() { multipart("b", repeat("--b\r\n\r\n\r\n")) },
		"almost boundaries":     func() { multipart(boundary+"c", repeat("--" + boundary)[:n*10]) },
		"boundaries as body":    func() { multipart("b", "--b\r\nA: b\r\n\r\n"+repeat("--b")) },
		"fields of a part":      func() { multipart("b", "--b\r\n"+repeat("A: b\r\n")+"\r\n") },
		"type with parameters":  func() { ParseBodyArguments("multipart/form-data; "+repeat(`a="b";`), nil, nil, ParseBodyConfig{}) },
		"form with many letters": func() {
			ParseBodyArguments("application/x-www-form-urlencoded", []byte(repeat("a")), nil, ParseBodyConfig{})
		},
	} {
		start := time.Now()
		read()
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s: it took %v", name, d)
		}
	}
}

func multipart(boundary, body string) {
	ParseMultipartFormData(boundary, []byte(body+"--"+boundary+"--"), ParseBodyConfig{MaxParts: 1 << 30, MaxPartHeaderSize: 1 << 30})
}
