package httputil

import (
	"strings"
	"testing"
)

// What is accepted must come out of the wire form as it went in.
func FuzzHeadersParse(f *testing.F) {
	for _, seed := range []string{"A: b\r\nc-D:  e \r\n", "A: 1\r\nA: 2", "a\n: b", "A: b\rc", ": x", "A : b", "A:b\r\n c", "\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var h HTTPHeaders
		if h.Parse(text) != nil {
			return
		}
		wire := h.String()
		var again HTTPHeaders
		if err := again.Parse(wire); err != nil || again.String() != wire {
			t.Fatalf("%q became %q, then %q, %v", text, wire, again.String(), err)
		}
		lazy := ParsedHeaders(wire)
		for name := range h.All() {
			if lazy.Get(name) != h.Get(name) {
				t.Fatalf("%s: %q as lines, %q as a list", name, lazy.Get(name), h.Get(name))
			}
		}
		if strings.Count(wire, "\r\n") != h.Len() || strings.Count(wire, "\n") != h.Len() || strings.Count(wire, "\r") != h.Len() {
			t.Fatalf("%d fields became the lines %q", h.Len(), wire)
		}
	})
}

func FuzzParseHeader(f *testing.F) {
	for _, seed := range []string{`form-data; name="a\"b"; filename*=UTF-8''%C3%A9`, `a; b*0*=x''%41; b*1=c`, `a; b="c;d`, `;=;*=;*0=`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		_, params := ParseHeader(line)
		for name := range params {
			if name != strings.ToLower(name) {
				t.Fatalf("%q: the name %q is not in small letters", line, name)
			}
		}
	})
}

// Arguments must survive being written and read.
func FuzzQueryRoundTrip(f *testing.F) {
	f.Add("a=1&b=%20+&&c", "x y", "ä&=%#")
	f.Fuzz(func(t *testing.T, qs, name, value string) {
		before := ParseQSBytes(qs)
		count := 0
		for _, values := range before {
			count += len(values)
		}
		url := URLConcat("/?"+strings.ReplaceAll(qs, "#", ""), [][2]string{{name, value}})
		if strings.ContainsAny(url[2:], " \r\n#\"<>") {
			t.Fatalf("%q is no URL", url)
		}
		_, query, _ := strings.Cut(url, "?")
		after := ParseQSBytes(query)
		if list := after[name]; len(list) == 0 || list[len(list)-1] != value {
			t.Fatalf("%q: the value of %q is %q, not %q", url, name, list, value)
		}
		if strings.Contains(qs, "#") {
			return
		}
		for _, values := range after {
			count -= len(values)
		}
		if count != -1 {
			t.Fatalf("%q became %q", qs, url)
		}
	})
}

func FuzzParseMultipartFormData(f *testing.F) {
	f.Add("b", []byte("--b\r\nContent-Disposition: form-data; name=a; filename=\"x\"\r\n\r\nv\r\n--b--"))
	f.Add("\"b\"", []byte("--b\r\n\r\n\r\n--b--"))
	f.Fuzz(func(t *testing.T, boundary string, data []byte) {
		form, err := ParseMultipartFormData(boundary, data, ParseBodyConfig{})
		size, parts := 0, 0
		for _, values := range form.Arguments {
			for _, value := range values {
				size += len(value)
				parts++
			}
		}
		for _, files := range form.Files {
			for _, file := range files {
				size += len(file.Body)
				parts++
			}
		}
		if size > len(data) || parts > 100 || err != nil && parts > 0 {
			t.Fatalf("%d octets became %d in %d parts, %v", len(data), size, parts, err)
		}
	})
}

func FuzzParseCookie(f *testing.F) {
	f.Add(`a="b\"\073c"; d; =e;;`)
	f.Fuzz(func(t *testing.T, cookie string) {
		size := 0
		for name, value := range ParseCookie(cookie) {
			size += len(name) + len(value)
		}
		if size > len(cookie) {
			t.Fatalf("%q became %d octets", cookie, size)
		}
	})
}
