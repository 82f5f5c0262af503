package nethttp_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/nethttp"
	"github.com/tornado-dev/tornado/core/web"
)

// fetch sends a request and reads the answer, with its trailers.
func fetch(t *testing.T, r *http.Request) (body string, trailer http.Header, err error) {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(r)
	if err != nil {
		return "", nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return string(content), response.Trailer, err
}

func post(t *testing.T, address string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequest("POST", address, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRequestTrailers holds that a handler finds the trailers when it has read the
// body, and before that their names.
func TestRequestTrailers(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Trailer, r.Header["Trailer"], " ")
		io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, r.Trailer)
	})
	for _, place := range []place{theirs, ours} {
		r := post(t, place.serve(t, handler), io.MultiReader(strings.NewReader("body")))
		r.Trailer = http.Header{"X-Sum": {"4"}, "X-Two": {"5"}}
		got, _, err := fetch(t, r)
		if want := "map[X-Sum:[] X-Two:[]] [] map[X-Sum:[4] X-Two:[5]]"; err != nil || got != want {
			t.Errorf("%s: got %s, %v; want %s", place.name, got, err, want)
		}
	}
}

type trailing struct{ web.RequestHandler }

func (h *trailing) Post() {
	trailers := h.Request.Trailers()
	h.SetTrailer("X-Back", trailers.Get("X-Sum"))
	h.Write("body")
	h.Flush()
}

// TestTrailersBehindNetHTTP lets trailers through both ways.
func TestTrailersBehindNetHTTP(t *testing.T) {
	server := httptest.NewServer(nethttp.Handler(web.NewApplication(web.Settings{}, web.URL[trailing](`/`))))
	defer server.Close()
	r := post(t, server.URL, io.MultiReader(strings.NewReader("body")))
	r.Trailer = http.Header{"X-Sum": {"4"}}
	body, trailer, err := fetch(t, r)
	if err != nil || body != "body" || trailer.Get("X-Back") != "4" {
		t.Errorf("got %q, %v, %v; want the trailer back", body, trailer, err)
	}
}

func TestReadDeadline(t *testing.T) {
	for _, place := range []place{theirs, ours} {
		address := place.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			control := http.NewResponseController(w)
			err := errors.Join(control.SetReadDeadline(time.Now().Add(time.Hour)), control.SetReadDeadline(time.Time{}),
				control.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
			_, late := io.ReadAll(r.Body)
			fmt.Fprint(w, err, errors.Is(late, os.ErrDeadlineExceeded))
		}))
		body, to := io.Pipe()
		got, _, err := fetch(t, post(t, address, body))
		to.Close()
		if err != nil || got != "<nil> true" {
			t.Errorf("%s: got %q, %v; want a Read that fails", place.name, got, err)
		}
	}
}

func TestWriteDeadline(t *testing.T) {
	for _, place := range []place{theirs, ours} {
		ended := make(chan error, 1) // one handler
		address := place.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
			for piece := make([]byte, 64<<10); err == nil; {
				_, err = w.Write(piece)
			}
			ended <- err
		}))
		transport := &http.Transport{}
		response, err := transport.RoundTrip(post(t, address, nil))
		if err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: got %v; want os.ErrDeadlineExceeded", place.name, err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err == nil {
			t.Errorf("%s: the client takes the answer for complete", place.name)
		}
		response.Body.Close()
		transport.CloseIdleConnections()
	}
}

// TestTLS holds that a handler finds what the handshake has agreed on.
func TestTLS(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := r.TLS
		fmt.Fprintf(w, "%x %v %q %d %v %d", s.Version, s.HandshakeComplete, s.ServerName, len(s.PeerCertificates), s.CipherSuite != 0, len(s.TLSUnique))
	})
	answers := map[string]string{}
	for _, place := range []place{theirsTLS, oursTLS} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: "example.org", MaxVersion: tls.VersionTLS12}}
		response, err := (&http.Client{Transport: transport}).Get(place.serve(t, handler))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		transport.CloseIdleConnections()
		if answers[place.name] = string(body); err != nil || !strings.HasPrefix(string(body), "303 true") {
			t.Errorf("%s: got %q, %v", place.name, body, err)
		}
	}
	if got, want := answers[oursTLS.name], answers[theirsTLS.name]; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}
