package web

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// fetchWithTrailers sends a request as it is on the wire, and returns the answer with
// its body read.
func fetchWithTrailers(t *testing.T, app *Application, raw string) (answer *http.Response, body string, err error) {
	t.Helper()
	conn, err := net.Dial("tcp", listen(t, app))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	answer, err = http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	return answer, string(text), err
}

func TestSetTrailer(t *testing.T) {
	for _, tt := range []struct {
		name     string
		run      script
		status   int
		trailers http.Header
	}{
		{"at the end", func(h *RequestHandler) error { h.Write("x"); h.SetTrailer("sum", 1); return nil }, 200, http.Header{"Sum": {"1"}}},
		{"before the body", func(h *RequestHandler) error { h.SetTrailer("Sum", "1"); h.Write("x"); return nil }, 200, http.Header{"Sum": {"1"}}},
		{"two, and one again", func(h *RequestHandler) error {
			h.SetTrailer("A", 1)
			h.SetTrailer("B", 2)
			h.Write("x")
			h.Flush()
			h.SetTrailer("A", 3)
			return nil
		}, 200, http.Header{"A": {"3"}, "B": {"2"}}},
		{"announced by a header", func(h *RequestHandler) error {
			h.SetHeader("Trailer", "A, Sum")
			h.Write("x")
			h.Flush()
			h.SetTrailer("Sum", 1)
			return nil
		}, 200, http.Header{"Sum": {"1"}}},
		{"with a length nothing follows", func(h *RequestHandler) error {
			h.SetHeader("Content-Length", 1)
			h.SetTrailer("Sum", 1)
			h.Write("x")
			return nil
		}, 200, http.Header{}},
		{"without a body nothing follows", func(h *RequestHandler) error { h.SetTrailer("Sum", 1); h.SetStatus(204); return nil }, 204, http.Header{}},
		{"not on the page of an error", func(h *RequestHandler) error { h.SetTrailer("Sum", 1); return HTTPError{StatusCode: 404} }, 404, http.Header{}},
		{"what cannot be one", func(h *RequestHandler) error { h.SetTrailer("Content-Type", "x"); return nil }, 500, http.Header{}},
		{"what is no name", func(h *RequestHandler) error { h.SetTrailer("a b", "x"); return nil }, 500, http.Header{}},
		{"a value that would end its line", func(h *RequestHandler) error { h.SetTrailer("A", "x\r\nB: y"); return nil }, 500, http.Header{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, kind := range kinds {
				captureLog(t)
				app := NewApplication(Settings{Loops: 1}, kind.route(`/.*`, tt.run))
				answer, body, err := fetchWithTrailers(t, app, get("/"))
				if err != nil || answer.StatusCode != tt.status || tt.status == 200 && body != "x" {
					t.Fatalf("%s: got %s %q, %v; want %d", kind.name, answer.Status, body, err, tt.status)
				}
				got := http.Header{}
				for name, values := range answer.Trailer {
					if values != nil { // else announced and not sent
						got[name] = values
					}
				}
				if !sameHeader(got, tt.trailers) {
					t.Errorf("%s: got the trailers %v; want %v", kind.name, got, tt.trailers)
				}
			}
		})
	}
}

func sameHeader(a, b http.Header) bool {
	if len(a) != len(b) {
		return false
	}
	for name := range a {
		if strings.Join(a[name], ",") != strings.Join(b[name], ",") {
			return false
		}
	}
	return true
}

// TestTrailerNotAnnounced breaks an answer off that has begun.
func TestTrailerNotAnnounced(t *testing.T) {
	for _, kind := range kinds {
		captureLog(t)
		app := NewApplication(Settings{Loops: 1}, kind.route(`/.*`, func(h *RequestHandler) error {
			h.Write("x")
			h.Flush()
			h.SetTrailer("Sum", 1)
			return nil
		}))
		if _, body, err := fetchWithTrailers(t, app, get("/")); err == nil {
			t.Errorf("%s: got %q; want an answer that is cut", kind.name, body)
		}
	}
}

// TestRequestTrailers has the trailers of a request in handlers of whole bodies and
// of pieces.
func TestRequestTrailers(t *testing.T) {
	const request = "POST /1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nSum: 1\r\nHost: evil\r\n\r\n"
	show := func(h *RequestHandler) error {
		h.Write(string(h.Request.Trailers().Append(nil)) + h.Request.Headers.Get("Sum") + h.Request.Host)
		return nil
	}
	check := func(name string, route Route) {
		if _, body, err := fetchWithTrailers(t, NewApplication(Settings{Loops: 1}, route), request); body != "Sum: 1\r\nlocalhost" || err != nil {
			t.Errorf("%s: got %q, %v; want the trailer by itself", name, body, err)
		}
	}
	for _, kind := range kinds {
		check(kind.name, kind.route(`/.*`, show))
	}
	check("in pieces", URL[pieceHandler](`/.*`, StreamRequestBody(), Init(func(h *pieceHandler) { h.run = show })))
}

type pieceHandler struct{ loopHandler }

func (h *pieceHandler) DataReceived([]byte) {}
