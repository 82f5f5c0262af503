package nethttp_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/nethttp"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
)

func TestMain(m *testing.M) {
	log.SetLevel(log.LevelNone) // handlers fail here
	leak.Main(m)
}

// A place is where a handler of net/http is served; it gives the address.
type place struct {
	name  string
	serve func(t *testing.T, h http.Handler) string
}

var (
	theirs = place{"net/http", func(t *testing.T, h http.Handler) string {
		server := httptest.NewUnstartedServer(h)
		server.Config.ErrorLog = quiet
		server.Start()
		t.Cleanup(server.Close)
		return server.URL
	}}
	ours = place{"tornado", func(t *testing.T, h http.Handler) string {
		app := web.NewApplication(web.Settings{Loops: 1}, nethttp.Route(`.*`, h))
		return strings.TrimSuffix(tornadotest.Serve(t, app).URL("/"), "/")
	}}
)

// An ask is a request; the body is read from a reader of unknown length if it
// begins with "chunked:".
type ask struct {
	method, path, body string
	fields             []string
}

func get(path string, fields ...string) ask { return ask{"GET", path, "", fields} }

func (a ask) request(t *testing.T, address string) *http.Request {
	t.Helper()
	var body io.Reader = strings.NewReader(a.body)
	if rest, ok := strings.CutPrefix(a.body, "chunked:"); ok {
		body = io.MultiReader(strings.NewReader(rest))
	}
	if a.body == "" {
		body = nil
	}
	r, err := http.NewRequest(a.method, address+a.path, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range a.fields {
		name, value, _ := strings.Cut(field, ": ")
		r.Header.Add(name, value)
	}
	return r
}

// answer is everything of an answer that a handler decides on.
func answer(t *testing.T, address string, a ask) string {
	t.Helper()
	transport := &http.Transport{DisableCompression: true, ExpectContinueTimeout: 20 * time.Second}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r := a.request(t, address)
	var interim strings.Builder
	r = r.WithContext(httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			fmt.Fprintln(&interim, code, header)
			return nil
		},
	}))
	response, err := client.Do(r)
	if err != nil {
		return "no answer"
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s\n", interim.String(), response.Status)
	for _, part := range []http.Header{response.Header, response.Trailer} {
		lines := []string{}
		for name, values := range part {
			if name != "Date" {
				lines = append(lines, fmt.Sprintf("%s: %q", name, values))
			}
		}
		slices.Sort(lines)
		fmt.Fprintln(&b, strings.Join(lines, "\n"))
	}
	fmt.Fprintf(&b, "length %d\n%s", response.ContentLength, body)
	if err != nil {
		b.WriteString("\nand then it was cut")
	}
	text := b.String()
	if _, after, ok := strings.Cut(response.Header.Get("Content-Type"), "boundary="); ok {
		text = strings.ReplaceAll(text, after, "BOUNDARY")
	}
	return text
}

func site(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{"a.txt": "0123456789", "index.html": "<p>index", "sub/b.css": "b{}", "big.bin": strings.Repeat("big", 200<<10)} {
		path := filepath.Join(folder, name)
		modified := time.Date(2024, 2, 3, 4, 5, 6, 0, time.UTC)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644), os.Chtimes(path, modified, modified)); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %q %q %d %v %d %v %q", r.Method, r.RequestURI, r.URL.Path, r.URL.RawQuery, r.ContentLength, r.TransferEncoding, len(body), err, body)
}

func mux() *http.ServeMux {
	m := http.NewServeMux()
	m.HandleFunc("GET /item/{id}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "item ", r.PathValue("id")) })
	m.HandleFunc("POST /item/{id}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "posted ", r.PathValue("id")) })
	m.HandleFunc("/tree/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "tree ", r.URL.Path) })
	m.HandleFunc("/files/{path...}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "files ", r.PathValue("path")) })
	m.HandleFunc("example.org/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "host") })
	return m
}

func handlers(t *testing.T) []struct {
	name    string
	handler http.Handler
	asks    []ask
} {
	backend := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cut":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "short")
		case "/flushed":
			io.WriteString(w, "one")
			w.(http.Flusher).Flush()
			io.WriteString(w, "two")
		default:
			w.Header().Set("X-For", r.Header.Get("X-Forwarded-For"))
			echo(w, r)
		}
	}))
	backend.Config.ErrorLog = quiet
	backend.Start()
	t.Cleanup(backend.Close)
	target, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog, proxy.Transport = quiet, transport
	function := func(f func(w http.ResponseWriter, r *http.Request)) http.Handler { return http.HandlerFunc(f) }
	long := strings.Repeat("0123456789abcdef", 64<<10)
	return []struct {
		name    string
		handler http.Handler
		asks    []ask
	}{
		{"FileServer", http.FileServer(http.Dir(site(t))), []ask{get("/a.txt"), get("/"), get("/index.html"), get("/sub"), get("/sub/"),
			get("/none"), get("/../a.txt"), get("/big.bin"), {"HEAD", "/a.txt", "", nil}, {"POST", "/a.txt", "x", nil},
			get("/a.txt", "Range: bytes=2-4"), get("/a.txt", "Range: bytes=2-4,6-7"), get("/a.txt", "Range: bytes=99-"),
			get("/big.bin", "Range: bytes=100000-400000"), get("/a.txt", "If-Modified-Since: Sat, 03 Feb 2024 04:05:06 GMT"),
			get("/a.txt", "If-Unmodified-Since: Sat, 03 Feb 2024 04:05:05 GMT")}},
		{"ServeContent", function(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Etag", `"e"`)
			http.ServeContent(w, r, "x.json", time.Time{}, strings.NewReader(`{"a": 1}`))
		}), []ask{get("/"), get("/", `If-None-Match: "e"`), get("/", `If-Match: "f"`), get("/", "Range: bytes=-3", `If-Range: "e"`)}},
		{"StripPrefix", http.StripPrefix("/in", function(echo)), []ask{get("/in/x?q=1"), get("/out")}},
		{"ServeMux", mux(), []ask{get("/item/7"), {"POST", "/item/7", "", nil}, {"PUT", "/item/7", "", nil}, {"HEAD", "/item/7", "", nil},
			get("/tree"), get("/tree/a/../b"), get("/files/a/b%2Fc"), get("/none")}},
		{"TimeoutHandler in time", http.TimeoutHandler(function(echo), time.Minute, "late"), []ask{{"POST", "/", "body", nil}}},
		{"TimeoutHandler late", http.TimeoutHandler(function(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), time.Millisecond, "late"), []ask{get("/")}},
		{"MaxBytesHandler", http.MaxBytesHandler(function(echo), 10), []ask{{"POST", "/", "0123456789", nil}, {"POST", "/", "0123456789a", nil}}},
		{"MaxBytesHandler, chunked", http.MaxBytesHandler(function(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			}
		}), 10), []ask{{"POST", "/", "chunked:0123456789", nil}, {"POST", "/", "chunked:0123456789a", nil}}},
		{"ReverseProxy", proxy, []ask{get("/x?y=z"), {"POST", "/x", "body", nil}, {"POST", "/x", "chunked:body", nil}, {"POST", "/long", long, nil},
			get("/flushed"), get("/cut"), get("/x", "X-Forwarded-For: 10.0.0.1")}},
		{"echo", function(echo), []ask{get("/a%20b?c=%20"), {"POST", "/", "body", nil}, {"POST", "/", "chunked:body", nil}, {"PROPFIND", "/", "", nil},
			{"POST", "/", long, nil}, {"POST", "/", "chunked:" + long, nil}, {"POST", "/", "body", []string{"Expect: 100-continue"}}}},
		{"nothing", function(func(http.ResponseWriter, *http.Request) {}), []ask{get("/"), {"HEAD", "/", "", nil}, {"POST", "/", "unread", nil}}},
		{"body not read, not sent", function(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(403) }), []ask{{"POST", "/", "unread", []string{"Expect: 100-continue"}}}},
		{"guessed type", function(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<!DOCTYPE html><p>") }), []ask{get("/"), {"HEAD", "/", "", nil}}},
		{"no type", function(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = nil
			io.WriteString(w, "<!DOCTYPE html><p>")
		}), []ask{get("/")}},
		{"long", function(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, long) }), []ask{get("/"), {"HEAD", "/", "", nil}}},
		{"with a length", function(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5")
			io.WriteString(w, "12345")
		}), []ask{get("/"), {"HEAD", "/", "", nil}}},
		{"too short", function(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "9")
			io.WriteString(w, "12345")
		}), []ask{get("/")}},
		{"too long", function(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "3")
			_, err := io.WriteString(w, "12345")
			w.Header().Set("X-Late", err.Error())
			io.WriteString(w, "123")
		}), []ask{get("/")}},
		{"204", function(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(204)
			if _, err := io.WriteString(w, "x"); err != http.ErrBodyNotAllowed {
				panic(http.ErrAbortHandler)
			}
		}), []ask{get("/")}},
		{"304", function(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(304) }), []ask{get("/")}},
		{"late header", function(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("X-A", "1")
			w.Header().Add("X-A", "2")
			w.WriteHeader(418)
			w.WriteHeader(500)
			w.Header().Set("X-Late", "1")
		}), []ask{get("/")}},
		{"odd header", function(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Line", "a\r\nX-Injected: b")
			w.Header().Set("x y", "no name")
		}), []ask{get("/")}},
		{"cookies and forms", function(func(w http.ResponseWriter, r *http.Request) {
			cookie, _ := r.Cookie("c")
			http.SetCookie(w, &http.Cookie{Name: "d", Value: "e", Path: "/"})
			fmt.Fprint(w, cookie, r.FormValue("f"), r.PostFormValue("f"))
		}), []ask{{"POST", "/?f=1", "f=2", []string{"Cookie: c=x", "Content-Type: application/x-www-form-urlencoded"}}}},
		{"trailers", function(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-Sum, Content-Length")
			io.WriteString(w, "body")
			w.Header().Set("X-Sum", "4")
			w.Header().Set(http.TrailerPrefix+"X-More", "5")
		}), []ask{get("/")}},
		{"early hints", function(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "</a.css>; rel=preload")
			w.WriteHeader(103)
			w.Header().Set("X-A", "1")
			io.WriteString(w, "body")
		}), []ask{get("/")}},
		{"aborted", function(func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }), []ask{get("/")}},
		{"aborted later", function(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "begun")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}), []ask{get("/")}},
		{"panic later", function(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "begun")
			w.(http.Flusher).Flush()
			panic("oh")
		}), []ask{get("/")}},
		{"AllowQuerySemicolons", http.AllowQuerySemicolons(function(echo)), []ask{get("/?a=1;b=2")}},
		{"RedirectHandler", http.RedirectHandler("/there?x", http.StatusTemporaryRedirect), []ask{get("/"), {"POST", "/", "x", nil}}},
	}
}

// TestSameAsNetHTTP holds that handlers of net/http cannot tell where they are, nor
// their clients.
func TestSameAsNetHTTP(t *testing.T) {
	for _, tt := range handlers(t) {
		t.Run(tt.name, func(t *testing.T) {
			want, got := theirs.serve(t, tt.handler), ours.serve(t, tt.handler)
			for _, a := range tt.asks {
				w, g := answer(t, want, a), answer(t, got, a)
				w, g = strings.ReplaceAll(w, want, "ADDRESS"), strings.ReplaceAll(g, got, "ADDRESS")
				if w != g {
					t.Errorf("%s %s: got\n%.600s\nwant\n%.600s", a.method, a.path, g, w)
				}
			}
		})
	}
}

// TestStreaming holds that what is flushed arrives while the handler goes on, both
// ways at once.
func TestStreaming(t *testing.T) {
	for _, place := range []place{theirs, ours} {
		t.Run(place.name, func(t *testing.T) {
			address := place.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
					t.Error(err)
				}
				w.Header().Set("Content-Type", "text/event-stream")
				for lines := bufio.NewScanner(r.Body); lines.Scan(); {
					fmt.Fprintf(w, "data: %s\n\n", lines.Text())
					w.(http.Flusher).Flush()
				}
			}))
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			body, to := io.Pipe()
			r, err := http.NewRequest("POST", address, body)
			if err != nil {
				t.Fatal(err)
			}
			go io.WriteString(to, "0\n") // ends with the request
			response, err := transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			in := bufio.NewReader(response.Body)
			for i := range 20 {
				line, err := in.ReadString('\n')
				if _, empty := in.ReadString('\n'); err != nil || empty != nil || line != fmt.Sprintf("data: %d\n", i) {
					t.Fatalf("got %q, %v; want event %d", line, err, i)
				}
				if _, err := fmt.Fprintf(to, "%d\n", i+1); err != nil {
					t.Fatal(err)
				}
			}
			to.Close()
			if _, err := io.Copy(io.Discard, in); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestClientLeaves holds that a handler learns that nobody waits for it.
func TestClientLeaves(t *testing.T) {
	for _, place := range []place{theirs, ours} {
		t.Run(place.name, func(t *testing.T) {
			ended := make(chan error, 1) // one handler
			address := place.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.(http.Flusher).Flush()
				<-r.Context().Done()
				ended <- r.Context().Err()
			}))
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			response.Body.Close()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestSlowReader holds that Write waits for a client that reads nothing.
func TestSlowReader(t *testing.T) {
	written := make(chan int, 1) // one handler
	piece := bytes.Repeat([]byte("x"), 64<<10)
	address := ours.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for n := 0; ; n++ {
			if _, err := w.Write(piece); err != nil {
				written <- n
				return
			}
			if n == 64<<20/len(piece) {
				written <- -1
				return
			}
		}
	}))
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequest("GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	// The handler stops by itself somewhere: what it has not written when the client
	// leaves was never in memory.
	io.CopyN(io.Discard, response.Body, 1<<20)
	response.Body.Close()
	if n := <-written; n < 0 {
		t.Error("64 MiB were written for a client that took 1")
	}
}

func TestPanicIsAnswered(t *testing.T) {
	address := ours.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Secret", "1")
		io.WriteString(w, "secret")
		panic("oh")
	}))
	got := answer(t, address, get("/"))
	if !strings.HasPrefix(got, "500 ") || strings.Contains(strings.ToLower(got), "secret") {
		t.Errorf("got %s; want 500 and nothing of what was written", got)
	}
}
