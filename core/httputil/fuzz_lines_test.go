package httputil

import (
	"strings"
	"testing"
	"time"
)

// A start line that is accepted consists of its parts and nothing else.
func FuzzStartLines(f *testing.F) {
	for _, seed := range []string{"GET / HTTP/1.1", "HTTP/1.1 200 OK", "HTTP/1.1 200 ", "GET  / HTTP/1.1", "GET /\xff HTTP/1.0", "HTTP/1.1 0x0 a", "# / HTTP/1.0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if r, err := ParseRequestStartLine(line); err == nil {
			if r.Method+" "+r.Path+" "+r.Version != line || strings.ContainsAny(line, "\r\n\t\x00") || strings.Contains(r.Path, "#") || strings.Count(line, " ") != 2 {
				t.Fatalf("%q became %q", line, r)
			}
		}
		r, err := ParseResponseStartLine(line)
		if err == nil && (strings.ContainsAny(line, "\r\n\x00") || r.Code < 0 || r.Code > 999 || !strings.HasSuffix(line, " "+r.Reason)) {
			t.Fatalf("%q became %+v", line, r)
		}
	})
}

// A host that is accepted splits into parts that make it again, and goes into a
// URL and comes back.
func FuzzHost(f *testing.F) {
	for _, seed := range []string{"a", "a:80", "[::1]:80", "[v1.a:b]", "a:", ":80", "a,b", "%41", "u@a", "[::1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if !ValidHost(host) || host == "" {
			return
		}
		if strings.ContainsAny(host, "/?#@\\ \t\r\n,\"<>") {
			t.Fatalf("%q is accepted", host)
		}
		name, port := SplitHostAndPort(host)
		if name == "" || port < -1 || !strings.HasPrefix(host, name) {
			t.Fatalf("%q became %q and %d", host, name, port)
		}
		var r HTTPServerRequest
		r.SetURI("http://" + host + "/a?b")
		r.Protocol = "http"
		if r.Host != host || r.Path != "/a" || r.Query != "b" || r.FullURL() != "http://"+host+"/a?b" {
			t.Fatalf("%q became %q %q %q", host, r.Host, r.Path, r.FullURL())
		}
	})
}

// A range that is accepted lies within whatever it is applied to.
func FuzzRange(f *testing.F) {
	for _, seed := range []string{"bytes=0-", "bytes=-5", "bytes=3-7", "bytes=9223372036854775807-", "bytes=-0", "bytes=1-2,3-4"} {
		f.Add(seed, int64(10))
	}
	f.Fuzz(func(t *testing.T, field string, size int64) {
		r, ok := ParseRequestRange(field)
		if !ok || size < 0 {
			return
		}
		start, end, ok := r.Resolve(size)
		if ok && (start < 0 || start >= end || end > size) {
			t.Fatalf("%q of %d octets is from %d to %d", field, size, start, end)
		}
	})
}

// A date that is accepted can be written, and is the same then.
func FuzzTimestamp(f *testing.F) {
	for _, seed := range []string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		when, err := ParseTimestamp(text)
		if err != nil {
			return
		}
		again, err := ParseTimestamp(FormatTimestamp(when))
		if err != nil || !again.Equal(when.Truncate(time.Second)) {
			t.Fatalf("%q is %v, and then %v, %v", text, when, again, err)
		}
	})
}

// What EncodeHeader writes of tokens ParseHeader reads.
func FuzzEncodeHeader(f *testing.F) {
	f.Add("form-data", "name", "value")
	f.Fuzz(func(t *testing.T, value, name, parameter string) {
		if !ValidToken(value) || !ValidToken(name) || !ValidToken(parameter) || strings.Contains(name, "*") {
			return
		}
		name = strings.ToLower(name)
		line := EncodeHeader(value, map[string]string{name: parameter})
		if got, params := ParseHeader(line); got != value || len(params) != 1 || params[name] != parameter {
			t.Fatalf("%q became %q and %q", line, got, params)
		}
	})
}

// URL-encoded bodies and multipart bodies of any type give a form or an error.
func FuzzParseBodyArguments(f *testing.F) {
	f.Add("application/x-www-form-urlencoded", []byte("a=b&c"))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n--b--"))
	f.Add("multipart/form-data; boundary=\"b;c\"; x=y", []byte("--b;c--"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		form, err := ParseBodyArguments(contentType, body, nil, ParseBodyConfig{MaxFormKeys: 5, MaxParts: 3, MaxPartHeaderSize: 100})
		if form.Arguments == nil || form.Files == nil {
			t.Fatal("a form without maps")
		}
		count := 0
		for _, values := range form.Arguments {
			count += len(values)
		}
		for _, files := range form.Files {
			count += len(files)
		}
		if count > 5 || err != nil && count > 0 {
			t.Fatalf("%d arguments and files, %v", count, err)
		}
	})
}
