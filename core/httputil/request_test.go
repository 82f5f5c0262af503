package httputil

import (
	"maps"
	"reflect"
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
