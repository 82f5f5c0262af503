package httpclient

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
)

// foreign answers as its path says.
func foreign(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/echo":
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Method", r.Method)
		w.Header().Set("X-Type", r.Header.Get("Content-Type"))
		w.Header().Set("X-Length", fmt.Sprint(r.ContentLength))
		w.Header().Set("X-Query", r.URL.RawQuery)
		w.Header().Set("X-Host", r.Host)
		w.Write(body)
	case "/204":
		w.WriteHeader(204)
	case "/304":
		w.Header().Set("Etag", `"1"`)
		w.WriteHeader(304)
	case "/404":
		http.Error(w, "nothing", 404)
	case "/stream":
		for i := range 5 {
			fmt.Fprintf(w, "piece %d\n", i)
			w.(http.Flusher).Flush()
		}
	case "/trailer":
		w.Header().Set("Trailer", "X-Sum")
		io.WriteString(w, "body")
		w.Header().Set("X-Sum", "42")
	case "/big":
		w.Write(bytes.Repeat([]byte("0123456789abcdef"), 1<<16))
	case "/close":
		w.Header().Set("Connection", "close")
		io.WriteString(w, "last")
	case "/gzip", "/deflate", "/rawdeflate", "/br":
		encoded(w, r)
	case "/early":
		w.WriteHeader(103)
		io.WriteString(w, "after hints")
	default:
		fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
	}
}

func encoded(w http.ResponseWriter, r *http.Request) {
	coding := strings.TrimPrefix(r.URL.Path, "/")
	var e io.WriteCloser
	switch coding {
	case "gzip":
		e = gzip.NewWriter(w)
	case "deflate":
		e = zlib.NewWriter(w)
	case "rawdeflate":
		e, _ = flate.NewWriter(w, 6)
		coding = "deflate"
	case "br": // unknown to the client
		w.Header().Set("Content-Encoding", "br")
		io.WriteString(w, "not br")
		return
	}
	w.Header().Set("Content-Encoding", coding)
	io.WriteString(e, strings.Repeat(r.Header.Get("Accept-Encoding")+";", 100))
	e.Close()
}

// kinds are the servers against which ordinary fetches are tried.
func kinds(t *testing.T) map[string]func(r *HTTPRequest) {
	plain := serveHTTP(t, foreign)
	secure, ca := serveHTTPS(t, foreign)
	return map[string]func(*HTTPRequest){
		"http":  func(r *HTTPRequest) { r.URL = plain.URL + r.URL },
		"https": func(r *HTTPRequest) { r.URL, r.CACerts = secure.URL+r.URL, ca },
	}
}

func TestFetch(t *testing.T) {
	all := strings.Repeat("gzip, deflate;", 100)
	for kind, to := range kinds(t) {
		t.Run(kind, func(t *testing.T) {
			c := newClient(t, Options{})
			for _, tt := range []struct {
				name   string
				r      HTTPRequest
				code   int
				body   string
				fields string // "Name: value" lines that must be there
			}{
				{"plain", HTTPRequest{URL: "/a"}, 200, "GET /a", ""},
				{"query", HTTPRequest{URL: "/echo?a=b c&d=é"}, 200, "", "X-Query: a=b%20c&d=%C3%A9"},
				{"fragment", HTTPRequest{URL: "/x#y"}, 200, "GET /x", ""},
				{"head", HTTPRequest{URL: "/big", Method: "HEAD"}, 200, "", ""},
				{"post", HTTPRequest{URL: "/echo", Method: "POST", Body: []byte("a=b")}, 200, "a=b",
					"X-Method: POST\nX-Type: application/x-www-form-urlencoded\nX-Length: 3"},
				{"post nothing", HTTPRequest{URL: "/echo", Method: "POST"}, 200, "", "X-Length: 0"},
				{"put", HTTPRequest{URL: "/echo", Method: "PUT", Body: []byte("p")}, 200, "p", "X-Method: PUT\nX-Length: 1"},
				{"patch", HTTPRequest{URL: "/echo", Method: "PATCH", Body: []byte("p")}, 200, "p", "X-Method: PATCH"},
				{"delete", HTTPRequest{URL: "/echo", Method: "DELETE"}, 200, "", "X-Method: DELETE"},
				{"options", HTTPRequest{URL: "/echo", Method: "OPTIONS"}, 200, "", "X-Method: OPTIONS"},
				{"own method", HTTPRequest{URL: "/echo", Method: "BREW", AllowNonstandardMethods: true, Body: []byte("t")}, 200, "t", "X-Method: BREW"},
				{"expect", HTTPRequest{URL: "/echo", Method: "POST", Body: []byte("waits"), ExpectContinue: true}, 200, "waits", ""},
				{"produced", HTTPRequest{URL: "/echo", Method: "POST", BodyProducer: producer("one", "two")}, 200, "onetwo", "X-Length: -1"},
				{"204", HTTPRequest{URL: "/204"}, 204, "", ""},
				{"304", HTTPRequest{URL: "/304", IfModifiedSince: time.Now()}, 304, "", `Etag: "1"`},
				{"404", HTTPRequest{URL: "/404"}, 404, "nothing\n", ""},
				{"chunked", HTTPRequest{URL: "/stream"}, 200, "piece 0\npiece 1\npiece 2\npiece 3\npiece 4\n", ""},
				{"trailer", HTTPRequest{URL: "/trailer"}, 200, "body", ""},
				{"big", HTTPRequest{URL: "/big"}, 200, strings.Repeat("0123456789abcdef", 1<<16), ""},
				{"close", HTTPRequest{URL: "/close"}, 200, "last", ""},
				{"hints", HTTPRequest{URL: "/early"}, 200, "after hints", ""},
				{"gzip", HTTPRequest{URL: "/gzip"}, 200, all, "X-Consumed-Content-Encoding: gzip"},
				{"deflate", HTTPRequest{URL: "/deflate"}, 200, all, "X-Consumed-Content-Encoding: deflate"},
				{"deflate without zlib", HTTPRequest{URL: "/rawdeflate"}, 200, all, "X-Consumed-Content-Encoding: deflate"},
				{"unknown coding", HTTPRequest{URL: "/br"}, 200, "not br", "Content-Encoding: br"},
				{"large body", HTTPRequest{URL: "/echo", Method: "PUT", Body: bytes.Repeat([]byte("x"), 3<<20)}, 200, strings.Repeat("x", 3<<20), ""},
			} {
				t.Run(tt.name, func(t *testing.T) {
					r := tt.r
					to(&r)
					got := get(t, c, &r)
					if got.Code != tt.code || string(got.Body) != tt.body {
						t.Errorf("got %d %.200q; want %d %.200q", got.Code, got.Body, tt.code, tt.body)
					}
					for line := range strings.SplitSeq(tt.fields, "\n") {
						if name, want, _ := strings.Cut(line, ": "); got.Headers.Get(name) != want {
							t.Errorf("%s: got %q; want %q", name, got.Headers.Get(name), want)
						}
					}
					if (got.Error == nil) != (tt.code < 300) || got.Rethrow() != got.Error {
						t.Errorf("got the error %v", got.Error)
					}
				})
			}
		})
	}
}

func producer(pieces ...string) func(context.Context, io.Writer) error {
	return func(_ context.Context, w io.Writer) error {
		for _, piece := range pieces {
			if _, err := io.WriteString(w, piece); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestRaisedError(t *testing.T) {
	s := serveHTTP(t, foreign)
	c := newClient(t, Options{})
	_, err := c.Fetch(patient(t), &HTTPRequest{URL: s.URL + "/404"})
	var failed *HTTPClientError
	if !errors.As(err, &failed) || failed.Code != 404 || failed.Response == nil || string(failed.Response.Body) != "nothing\n" {
		t.Fatalf("got %#v", err)
	}
	if got, want := err.Error(), "httpclient: HTTP 404: Not Found"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	_, err = c.Fetch(patient(t), &HTTPRequest{URL: "http://u:secret@127.0.0.1:1/p?token=secret"})
	if !errors.As(err, &failed) || failed.Code != 599 || failed.Response != nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestStreaming(t *testing.T) {
	for kind, to := range kinds(t) {
		t.Run(kind, func(t *testing.T) {
			c := newClient(t, Options{})
			var streamed bytes.Buffer
			var lines []string
			r := &HTTPRequest{URL: "/big", StreamingCallback: WriteTo(&streamed), HeaderCallback: func(l string) { lines = append(lines, l) }}
			to(r)
			got := get(t, c, r)
			if len(got.Body) != 0 || streamed.Len() != 1<<20 {
				t.Errorf("got %d bytes of body, %d streamed", len(got.Body), streamed.Len())
			}
			if len(lines) < 3 || lines[0] != "HTTP/1.1 200 OK" || lines[len(lines)-1] != "" || !strings.Contains(strings.Join(lines, "\n"), "Content-Type: text/plain") {
				t.Errorf("got the lines %q", lines)
			}
			var headers httputil.HTTPHeaders
			headers.Set("Content-Length", "6000000")
			r = &HTTPRequest{URL: "/echo", Method: "POST", Headers: headers, BodyProducer: func(_ context.Context, w io.Writer) error {
				for range 600 {
					if _, err := w.Write(bytes.Repeat([]byte("p"), 10000)); err != nil {
						return err
					}
				}
				return nil
			}}
			to(r)
			if got := get(t, c, r); len(got.Body) != 6000000 || got.Headers.Get("X-Length") != "6000000" {
				t.Errorf("got %d bytes, announced as %s", len(got.Body), got.Headers.Get("X-Length"))
			}
		})
	}
}

// TestStreamingFails has a callback that wants no more.
func TestStreamingFails(t *testing.T) {
	s := serveHTTP(t, foreign)
	c := newClient(t, Options{})
	full := errors.New("disk full")
	_, err := c.Fetch(patient(t), &HTTPRequest{URL: s.URL + "/big", StreamingCallback: func([]byte) *concurrent.Future[struct{}] {
		return concurrent.Failed[struct{}](full)
	}})
	if !errors.Is(err, full) {
		t.Errorf("got %v; want %v", err, full)
	}
}

func TestDefault(t *testing.T) {
	s := serveHTTP(t, foreign)
	got, err := Fetch(patient(t), &HTTPRequest{URL: s.URL + "/a"})
	if err != nil || string(got.Body) != "GET /a" {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err = FetchAsync(patient(t), &HTTPRequest{URL: s.URL + "/b"}).Wait(patient(t)); err != nil || string(got.Body) != "GET /b" {
		t.Errorf("got %v, %v", got, err)
	}
	if err := errors.Join(CloseDefault(), CloseDefault()); err != nil {
		t.Error(err)
	}
}

// TestDecoders takes off a coding that the program brings.
func TestDecoders(t *testing.T) {
	s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "Upside-Down")
		io.WriteString(w, strings.ToLower(r.Header.Get("Accept-Encoding")))
	})
	upside := func(r io.Reader) (io.Reader, error) {
		all, err := io.ReadAll(r)
		return bytes.NewReader(bytes.ToUpper(all)), err
	}
	c := newClient(t, Options{Decoders: map[string]http1connection.Decoder{"upside-down": upside}})
	if got := get(t, c, &HTTPRequest{URL: s.URL}); string(got.Body) != "GZIP, DEFLATE, UPSIDE-DOWN" || got.Headers.Has("Content-Encoding") {
		t.Errorf("got %q, %v", got.Body, got.Headers.String())
	}
	r := &HTTPRequest{URL: s.URL}
	r.Headers.Set("Range", "bytes=0-9")
	if got := get(t, c, r); len(got.Body) != 0 || got.Headers.Get("Content-Encoding") != "Upside-Down" {
		t.Errorf("a range: got %q, %v", got.Body, got.Headers.String())
	}
}
