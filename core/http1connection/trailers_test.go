package http1connection_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/httputil"
)

// trailing answers each request with the trailers that it had, in the body and again
// behind it; with a path of "/length" the answer has a Content-Length.
type trailing struct{}

func (trailing) StartRequest(r *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	return &trailer{exchange: exchange{request: *r}}
}

type trailer struct {
	exchange
	trailers httputil.HTTPHeaders
}

func (x *trailer) TrailersReceived(trailers httputil.HTTPHeaders) { x.trailers = trailers }

func (x *trailer) Finish() {
	c := x.request.Connection
	text := string(x.body) + strings.ReplaceAll(string(x.trailers.Append(nil)), "\r\n", ";")
	var headers httputil.HTTPHeaders
	if x.request.Path == "/length" {
		headers.Set("Content-Length", fmt.Sprint(len(text)))
	}
	x.trailers.Add("Content-Length", "9") // is left out
	c.WriteHeaders(httputil.ResponseStartLine{Code: 200}, &headers, []byte(text))
	c.(httputil.TrailerWriter).SetTrailers(&x.trailers)
	c.Finish()
}

func showTrailers(a *answer) string {
	var names []string
	for name, values := range a.Trailer {
		names = append(names, fmt.Sprint(name, values))
	}
	slices.Sort(names)
	text := strings.TrimSpace(fmt.Sprint(a.StatusCode, " ", a.body, " ", strings.Join(names, " ")))
	if a.Close {
		text += " close"
	}
	return text
}

func TestTrailers(t *testing.T) {
	const chunked = "Transfer-Encoding: chunked\r\n\r\n"
	kinds := wireKinds(t, trailing{}, httpserver.Options{})
	for _, tt := range []wireCase{
		{"9110 6.5", "none", post("/", chunked+"1\r\na\r\n0\r\n\r\n"), "", "200 a", showTrailers},
		{"9110 6.5", "one", post("/", chunked+"1\r\na\r\n0\r\nSum: 1\r\n\r\n"), "", "200 aSum: 1; Sum[1]", showTrailers},
		{"9110 6.5", "behind no body", post("/", chunked+"0\r\nSum: 1\r\n\r\n"), "", "200 Sum: 1; Sum[1]", showTrailers},
		{"9110 6.5.1", "of those some may not be", post("/", chunked+"0\r\nA: b\r\nHost: evil\r\nTransfer-Encoding: x\r\nA: c\r\n\r\n"), "", "200 A: b;A: c; A[b c]", showTrailers},
		{"9110 6.5.1", "none that may be", post("/", chunked+"0\r\nAuthorization: b\r\n\r\n"), "", "200", showTrailers},
		{"9112 7.1.2", "not into an answer with a length", post("/length", chunked+"0\r\nA: b\r\n\r\n"), "", "200 A: b;", showTrailers},
		{"9112 9.3.2", "not into the next request", post("/", chunked+"0\r\nA: b\r\n\r\n") + post("/", chunked+"0\r\n\r\n"), "", "200 A: b; A[b] | 200", showTrailers},
	} {
		t.Run(tt.rule+" "+tt.name, func(t *testing.T) {
			for _, kind := range kinds {
				tt.run(t, kind, "200")
			}
		})
	}
}
