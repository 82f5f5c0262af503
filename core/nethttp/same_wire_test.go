package nethttp_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// ruleHandlers are handlers that try what net/http promises of ResponseWriter and
// Request.
func ruleHandlers() []struct {
	name    string
	handler http.HandlerFunc
	asks    []ask
} {
	head := ask{"HEAD", "/", "", nil}
	long := strings.Repeat("0123456789abcdef", 10<<10)
	form := new(bytes.Buffer)
	parts := multipart.NewWriter(form)
	file, _ := parts.CreateFormFile("file", `a "b".txt`) // to memory
	io.WriteString(file, "content")
	parts.WriteField("field", "value")
	parts.Close()
	formType := []string{"Content-Type: " + parts.FormDataContentType()}
	return []struct {
		name    string
		handler http.HandlerFunc
		asks    []ask
	}{
		{"guessed types", func(w http.ResponseWriter, r *http.Request) {
			text, _ := map[string]string{"/gif": "GIF89a...", "/png": "\x89PNG\x0d\x0a\x1a\x0a", "/json": `{"a": 1}`, "/bytes": "\x01\x02\x03", "/utf16": "\xfe\xffab", "/space": "  \n", "/pdf": "%PDF-1.4",
				"/long": long, "/html": "\n <html>", "/late": strings.Repeat(" ", 600) + "<html>"}[r.URL.Path]
			io.WriteString(w, text)
		}, []ask{get("/gif"), get("/png"), get("/json"), get("/bytes"), get("/utf16"), get("/space"), get("/pdf"), get("/long"), get("/html"), get("/late"), get("/empty")}},
		{"type of what is encoded", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, "<html>")
		}, []ask{get("/")}},
		{"type after a Flush", func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			io.WriteString(w, "<html>")
		}, []ask{get("/"), head}},
		{"type of the first of two writes", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "<ht")
			io.WriteString(w, "ml>")
		}, []ask{get("/")}},
		{"empty type", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "")
			io.WriteString(w, "<html>")
		}, []ask{get("/")}},
		{"empty write", func(w http.ResponseWriter, r *http.Request) {
			n, err := w.Write(nil)
			w.Header().Set("X-Late", fmt.Sprint(n, err))
		}, []ask{get("/"), head}},
		{"copied", func(w http.ResponseWriter, r *http.Request) {
			n, err := io.Copy(w, io.MultiReader(strings.NewReader(long), strings.NewReader(long)))
			if n != int64(2*len(long)) || err != nil {
				panic(http.ErrAbortHandler)
			}
		}, []ask{get("/"), head}},
		{"statuses", func(w http.ResponseWriter, r *http.Request) {
			status := 0
			fmt.Sscan(r.URL.Path[1:], &status)
			w.WriteHeader(status)
			_, err := io.WriteString(w, "body")
			if none := status == 204 || status == 304; none != errors.Is(err, http.ErrBodyNotAllowed) {
				panic(http.ErrAbortHandler)
			}
		}, []ask{get("/200"), get("/201"), get("/204"), get("/226"), get("/299"), get("/304"), get("/404"), get("/418"), get("/500"), get("/599"), get("/600"), get("/999"), {"HEAD", "/404", "", nil}}},
		{"length of what has no body", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "7")
			w.WriteHeader(304)
		}, []ask{get("/"), head}},
		{"HEAD with a length", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "12345")
			w.Header().Set("Content-Type", "image/png")
		}, []ask{head}},
		{"HEAD, flushed", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "body")
			w.(http.Flusher).Flush()
			io.WriteString(w, "more")
		}, []ask{head, get("/")}},
		{"several interim answers", func(w http.ResponseWriter, r *http.Request) {
			for _, status := range []int{102, 103, 103} {
				w.Header().Add("Link", fmt.Sprintf("<%d.css>", status))
				w.WriteHeader(status)
			}
			w.Header().Del("Link")
			w.WriteHeader(404)
			w.WriteHeader(103)
			io.WriteString(w, "body")
		}, []ask{get("/")}},
		{"trailers by prefix alone", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "body")
			w.(http.Flusher).Flush()
			w.Header().Set(http.TrailerPrefix+"X-A", "1")
			w.Header().Add(http.TrailerPrefix+"X-A", "2")
			w.Header().Set("X-Not", "announced")
		}, []ask{get("/")}},
		{"trailers that never come", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Trailer", "X-A")
			w.Header().Add("Trailer", "X-B")
			io.WriteString(w, "body")
			w.Header().Set("X-B", "2")
		}, []ask{get("/")}},
		{"trailers that may not be", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "Transfer-Encoding, Content-Length, Trailer, X-Ok")
			io.WriteString(w, "body")
			w.Header().Set("X-Ok", "1")
			w.Header().Set("Transfer-Encoding", "identity")
		}, []ask{get("/")}},
		{"helpers", func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/none":
				http.NotFound(w, r)
			case "/error":
				w.Header().Set("Content-Length", "1000")
				w.Header().Set("Content-Encoding", "gzip")
				w.Header().Set("Etag", `"x"`)
				w.Header().Set("X-Stays", "1")
				http.Error(w, "<oh>", http.StatusServiceUnavailable)
			case "/redirect/a":
				http.Redirect(w, r, "../b?c=<d>", http.StatusFound)
			case "/away":
				http.Redirect(w, r, "https://example.org/é x", http.StatusMovedPermanently)
			case "/see":
				http.Redirect(w, r, "?q", http.StatusSeeOther)
			case "/cookies":
				http.SetCookie(w, &http.Cookie{Name: "a", Value: "b c", Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
				http.SetCookie(w, &http.Cookie{Name: "é", Value: "not sent"})
				fmt.Fprint(w, r.Cookies())
			case "/login":
				user, password, ok := r.BasicAuth()
				fmt.Fprint(w, user, password, ok, r.UserAgent(), r.Referer())
			}
		}, []ask{get("/none"), get("/error"), get("/redirect/a"), {"HEAD", "/redirect/a", "", nil}, {"POST", "/redirect/a", "x", nil}, get("/away"), get("/see"), get("/cookies", `Cookie: a=1; b="2"; a=3`, "Cookie: c=4"),
			get("/login", "Authorization: Basic dXNlcjpwYXNz", "User-Agent: me", "Referer: /x"), get("/login", "Authorization: Basic !")}},
		{"forms", func(w http.ResponseWriter, r *http.Request) {
			err := r.ParseMultipartForm(1 << 20)
			fmt.Fprintln(w, err, r.Form, r.PostForm)
			if file, header, err := r.FormFile("file"); err == nil {
				content, err := io.ReadAll(file)
				fmt.Fprintln(w, header.Filename, header.Size, header.Header, string(content), err)
			} else {
				fmt.Fprintln(w, err)
			}
		}, []ask{{"POST", "/?a=1&a=2", form.String(), formType}, {"POST", "/?a=1", "chunked:" + form.String(), formType}, {"POST", "/?a=1", "a=3&b=%zz", []string{"Content-Type: application/x-www-form-urlencoded"}},
			{"PUT", "/", form.String()[:100], formType}, {"POST", "/", "x", []string{"Content-Type: multipart/form-data"}}, get("/?a=b&c")}},
		{"MaxBytesReader", func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, 10)
			body, err := io.ReadAll(r.Body)
			var long *http.MaxBytesError
			fmt.Fprint(w, len(body), err, errors.As(err, &long))
		}, []ask{{"POST", "/", "0123456789", nil}, {"POST", "/", "0123456789a", nil}, {"POST", "/", "chunked:0123456789a", nil}}},
		{"body after its end", func(w http.ResponseWriter, r *http.Request) {
			first, err := io.ReadAll(r.Body)
			n, again := r.Body.Read(make([]byte, 1))
			closed := r.Body.Close()
			_, afterwards := r.Body.Read(make([]byte, 1))
			fmt.Fprint(w, len(first), err, n, again, closed, r.Body == http.NoBody || afterwards == http.ErrBodyReadAfterClose)
		}, []ask{{"POST", "/", "body", nil}, {"POST", "/", "chunked:body", nil}, get("/")}},
		{"request", func(w http.ResponseWriter, r *http.Request) {
			names := []string{}
			for name := range r.Header {
				names = append(names, name)
			}
			slices.Sort(names)
			host, port, err := net.SplitHostPort(r.RemoteAddr)
			fmt.Fprintln(w, r.Method, r.URL, r.Proto, r.ProtoMajor, r.ProtoMinor, r.Close, r.ContentLength, r.TransferEncoding, r.RequestURI, names, r.Header["X-A"], host, port != "0", err)
			fmt.Fprintln(w, r.TLS == nil, r.Host, r.URL.Host, r.Form, r.MultipartForm, r.Trailer, r.Response, r.Pattern, r.Context().Err())
		}, []ask{get("/a/../b//c%2f?x=y;z", "X-A: 1", "x-a: 2", "Connection: close", "Accept: */*"), {"OPTIONS", "/", "", nil}, {"DELETE", "/x", "body", nil}, {"QUERY", "/", "", nil}}},
		{"controller", func(w http.ResponseWriter, r *http.Request) {
			control := http.NewResponseController(wrapped{w})
			err := errors.Join(control.EnableFullDuplex(), control.SetReadDeadline(time.Now().Add(time.Hour)), control.SetWriteDeadline(time.Now().Add(time.Hour)), control.Flush())
			fmt.Fprint(w, err)
		}, []ask{get("/"), {"POST", "/", "body", nil}}},
		{"write from another goroutine", func(w http.ResponseWriter, r *http.Request) {
			done := make(chan struct{})
			go func() { // waited for below
				defer close(done)
				io.WriteString(w, "body")
			}()
			<-done
		}, []ask{get("/")}},
		{"map changed after the head", func(w http.ResponseWriter, r *http.Request) {
			w.Header()["X-A"] = []string{"1"}
			w.WriteHeader(200)
			w.Header()["X-A"][0] = "2"
			w.Header()["x-lower"] = []string{"3"}
			w.(http.Flusher).Flush()
			io.WriteString(w, "body")
		}, []ask{get("/")}},
		{"names as they are written", func(w http.ResponseWriter, r *http.Request) {
			w.Header()["x-lower"] = []string{"1", "2"}
			w.Header()["X-Nil"] = nil
			w.Header()["X-Empty"] = []string{""}
		}, []ask{get("/")}},
	}
}

// wrapped is what middleware makes of a ResponseWriter.
type wrapped struct{ http.ResponseWriter }

func (w wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// TestSameRulesAsNetHTTP is TestSameAsNetHTTP for what single methods promise.
func TestSameRulesAsNetHTTP(t *testing.T) {
	for _, tt := range ruleHandlers() {
		t.Run(tt.name, func(t *testing.T) {
			want, got := theirs.serve(t, tt.handler), ours.serve(t, tt.handler)
			for _, a := range tt.asks {
				w, g := answer(t, want, a), answer(t, got, a)
				w, g = strings.ReplaceAll(w, want[7:], "ADDRESS"), strings.ReplaceAll(g, got[7:], "ADDRESS")
				if w != g {
					t.Errorf("%s %s: got\n%.600s\nwant\n%.600s", a.method, a.path, g, w)
				}
			}
		})
	}
}

// TestSameOnTheWire holds what clients of net/http do not show: how connections go on,
// and end.
func TestSameOnTheWire(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/close":
			w.Header().Set("Connection", "close")
		case "/abort":
			panic(http.ErrAbortHandler)
		case "/read":
			body, err := io.ReadAll(r.Body)
			fmt.Fprint(w, len(body), err)
			return
		case "/unread":
			w.WriteHeader(403)
		case "/flush":
			io.WriteString(w, "a")
			w.(http.Flusher).Flush()
		case "/length":
			w.Header().Set("Content-Length", "1")
		}
		io.WriteString(w, "b")
	})
	theirAddress, ourAddress := theirs.serve(t, handler), ours.serve(t, handler)
	const host, closing = "Host: x\r\n", "Connection: close\r\n"
	last := "GET /last HTTP/1.1\r\n" + host + closing + "\r\n"
	for name, send := range map[string]string{
		"one":                       last,
		"two":                       "GET / HTTP/1.1\r\n" + host + "\r\n" + last,
		"closed by the handler":     "GET /close HTTP/1.1\r\n" + host + "\r\n" + last,
		"aborted":                   "GET /abort HTTP/1.1\r\n" + host + "\r\n" + last,
		"1.0":                       "GET / HTTP/1.0\r\n\r\n" + last,
		"1.0 kept":                  "GET /length HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /length HTTP/1.0\r\n\r\n",
		"1.0 flushed":               "GET /flush HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + last,
		"flushed":                   "GET /flush HTTP/1.1\r\n" + host + "\r\n" + last,
		"HEAD":                      "HEAD / HTTP/1.1\r\n" + host + "\r\n" + last,
		"body that is read":         "POST /read HTTP/1.1\r\n" + host + "Content-Length: 4\r\n\r\nbody" + last,
		"body that is not read":     "POST /unread HTTP/1.1\r\n" + host + "Content-Length: 4\r\n\r\nbody" + last,
		"chunks":                    "POST /read HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n" + last,
		"chunks that are not read":  "POST /unread HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + last,
		"100-continue, read":        "POST /read HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 4\r\n\r\nbody" + last,
		"100-continue, empty":       "POST /read HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n" + last,
		"absolute target":           "GET http://x/y HTTP/1.1\r\n" + host + closing + "\r\n",
		"several requests, no body": strings.Repeat("GET / HTTP/1.1\r\n"+host+"\r\n", 5) + last,
	} {
		t.Run(name, func(t *testing.T) {
			want, got := onTheWire(t, theirAddress, send), onTheWire(t, ourAddress, send)
			if strings.HasPrefix(name, "1.0") {
				// We tell our own version (RFC 9110 section 2.5), and the end.
				want = strings.ReplaceAll(want, "HTTP/1.0", "HTTP/1.1")
				got = strings.ReplaceAll(got, "Connection: close\r\n", "")
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// onTheWire is everything that is answered, with the fields of each head in order.
func onTheWire(t *testing.T, address, send string) string {
	t.Helper()
	got, err := io.ReadAll(dialPlace(t, address, send))
	if err != nil && len(got) == 0 {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`Date: [^\r]*\r\n`).ReplaceAllString(string(got), "")
	return regexp.MustCompile(`(?s)HTTP/1\.[01] \d+ [^\r]*\r\n.*?\r\n\r\n`).ReplaceAllStringFunc(text, func(head string) string {
		lines := strings.Split(strings.TrimSuffix(head, "\r\n\r\n"), "\r\n")
		slices.Sort(lines[1:])
		return strings.Join(lines, "\r\n") + "\r\n\r\n"
	})
}
