package http1connection_test

import (
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/httputil"
)

// TestWholeAnswers has answers that are written in one call, each twice on one
// connection, so that a wrong length would be seen.
func TestWholeAnswers(t *testing.T) {
	for _, tt := range []struct {
		name, method, version string
		status                int
		fields                []string
		body                  string
		length, received      string
		fails                 bool
	}{
		{"text", "GET", "1.1", 200, nil, "hello", "5", "hello", false},
		{"nothing", "GET", "1.1", 200, nil, "", "0", "", false},
		{"HEAD", "HEAD", "1.1", 200, nil, "hello", "5", "", false},
		{"HTTP/1.0", "GET", "1.0", 200, nil, "hello", "5", "hello", false},
		{"204", "GET", "1.1", 204, nil, "", "", "", false},
		{"304", "GET", "1.1", 304, []string{"Etag", `"x"`}, "", "", "", false},
		{"304 with the length of the page", "GET", "1.1", 304, []string{"Content-Length", "9"}, "", "9", "", false},
		{"a length of its own", "GET", "1.1", 200, []string{"Content-Length", "5"}, "hello", "5", "hello", false},
		{"a length that is too long", "GET", "1.1", 200, []string{"Content-Length", "6"}, "hello", "", "", true},
		{"a length that is too short", "GET", "1.1", 200, []string{"Content-Length", "4"}, "hello", "", "", true},
		{"long", "GET", "1.1", 200, nil, strings.Repeat("x", 1<<20), "1048576", strings.Repeat("x", 1<<20), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			result := make(chan error, 2) // one for each request
			s := serve(t, &scripted{finish: func(x *exchange) {
				var headers httputil.HTTPHeaders
				for i := 0; i < len(tt.fields); i += 2 {
					headers.Set(tt.fields[i], tt.fields[i+1])
				}
				result <- httputil.WriteWhole(x.request.Connection, httputil.ResponseStartLine{Code: tt.status}, &headers, []byte(tt.body))
			}}, httpserver.Options{})
			c := s.dial()
			request := tt.method + " / HTTP/" + tt.version + "\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"
			c.send(request + request)
			for range 2 {
				if err := <-result; (err != nil) != tt.fails {
					t.Fatalf("got the error %v; want one: %v", err, tt.fails)
				}
				if tt.fails {
					return
				}
				a, err := c.read(tt.method)
				if err != nil {
					t.Fatal(err)
				}
				if a.StatusCode != tt.status || a.Header.Get("Content-Length") != tt.length || a.body != tt.received || a.err != nil {
					t.Errorf("got %v, length %q, %d bytes, %v; want %d, %q, %d bytes", a.Status, a.Header.Get("Content-Length"), len(a.body), a.err,
						tt.status, tt.length, len(tt.received))
				}
			}
		})
	}
}
