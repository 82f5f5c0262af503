package inspector_test

import (
	"fmt"
	"time"

	"github.com/tornado-dev/tornado/inspector"
)

func ExampleParseFilter() {
	f, err := inspector.ParseFilter(`method:get (status:5xx or time:>1s) -path:/static*`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Match(&inspector.Request{Method: "GET", URI: "/story/5", Status: 503, Done: true}))
	fmt.Println(f.Match(&inspector.Request{Method: "GET", URI: "/static/a.js", Status: 503, Done: true}))
	fmt.Println(f.Match(&inspector.Request{Method: "GET", URI: "/", Status: 200, Done: true, Duration: 2 * time.Second}))

	_, err = inspector.ParseFilter("status:often")
	fmt.Println(err)
	// Output:
	// true
	// false
	// true
	// column 8: status: "often" is no status; write 404, 4xx, >=400 or 400-403
}

func ExampleCurlCommand() {
	command, err := inspector.CurlCommand(&inspector.Request{
		Method: "POST", URI: "/story?draft=1", Done: true,
		Head:    "POST /story?draft=1 HTTP/1.1\r\nHost: localhost:8888\r\nUser-Agent: me\r\nAccept: */*\r\nContent-Type: application/json\r\nContent-Length: 16\r\n",
		Body:    []byte(`{"title":"it's"}`),
		BodyLen: 16,
	}, "localhost:8888")
	fmt.Println(command, err)
	// Output:
	// curl -i -H 'User-Agent: me' -H 'Accept: */*' -H 'Content-Type: application/json' -H Expect: --data-binary '{"title":"it'\''s"}' 'http://localhost:8888/story?draft=1' <nil>
}

func ExamplePrintable() {
	fmt.Println(inspector.Printable("GET /\x1b]0;owned\x07 \u202e"))
	// Output:
	// GET /\x1b]0;owned\x07 \u202e
}

func ExampleMaskHead() {
	fmt.Print(inspector.MaskHead("GET /?token=abc HTTP/1.1\nAuthorization: Bearer abc\nCookie: user=me; theme=dark\n"))
	// Output:
	// GET /?token=•••••• HTTP/1.1
	// Authorization: Bearer ••••••
	// Cookie: user=••••••; theme=••••••
}
