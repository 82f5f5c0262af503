package httputil_test

import (
	"fmt"

	"github.com/tornado-dev/tornado/core/httputil"
)

func ExampleHTTPHeaders() {
	var h httputil.HTTPHeaders
	if err := h.Parse("content-type: text/html\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n"); err != nil {
		fmt.Println(err)
	}
	fmt.Println(h.Get("Content-Type"), h.GetList("set-cookie"))
	fmt.Println(h.Set("Location", "/\r\nSet-Cookie: evil=1"))
	for name, value := range h.All() {
		fmt.Println(name, value)
	}
	// Output:
	// text/html [a=b c=d]
	// invalid value "/\r\nSet-Cookie: evil=1" of field Location
	// Content-Type text/html
	// Set-Cookie a=b
	// Set-Cookie c=d
}

func ExampleHTTPServerRequest() {
	var r httputil.HTTPServerRequest
	line, err := httputil.ParseRequestStartLine("GET /search?q=caf%C3%A9&q=tea HTTP/1.1")
	if err == nil {
		err = r.Init(line, httputil.ParsedHeaders("Host: Example.com:8888\r\nCookie: theme=dark"))
	}
	fmt.Println(r.Path, r.Arguments()["q"], r.Cookies()["theme"], r.HostName(), r.FullURL(), err)
	// Output: /search [café tea] dark example.com http://Example.com:8888/search?q=caf%C3%A9&q=tea <nil>
}

func ExampleURLConcat() {
	fmt.Println(httputil.URLConcat("/list?page=2#top", [][2]string{{"sort", "by name"}}))
	// Output: /list?page=2&sort=by+name#top
}

func ExampleParseHeader() {
	value, params := httputil.ParseHeader(`form-data; name="upload"; filename*=UTF-8''caf%C3%A9.txt`)
	fmt.Println(value, params["name"], params["filename"])
	// Output: form-data upload café.txt
}

func ExampleParseRequestRange() {
	r, ok := httputil.ParseRequestRange("bytes=-500")
	start, end, satisfiable := r.Resolve(2000)
	fmt.Println(ok, satisfiable, httputil.ContentRange(start, end, 2000))
	// Output: true true bytes 1500-1999/2000
}
