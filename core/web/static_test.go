package web

import (
	"bytes"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
)

var modified = time.Date(2024, 2, 3, 4, 5, 6, 700, time.UTC)

// staticFolder makes a folder of files, beside which lies a secret.
func staticFolder(t *testing.T) string {
	t.Helper()
	parent := t.TempDir()
	folder := filepath.Join(parent, "static")
	files := map[string]string{
		"a.txt": "0123456789", "page.html": "<body></body>", "empty.css": "", "favicon.ico": "icon", "big.bin": strings.Repeat("0123456789abcdef", 20<<10),
		"sub/b c.js": "b", "sub/é.txt": "e", "unknown.zzz": "z", "../secret.txt": "secret", "../static-secret/x.txt": "secret",
	}
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644), os.Chtimes(path, modified, modified)); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"out": "../secret.txt", "outdir": "..", "in": "a.txt", "abs": filepath.Join(parent, "secret.txt")} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// hashOf is the ETag of a content.
func hashOf(content string) string {
	sum := sha512.Sum512([]byte(content))
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

const lastModified = "Sat, 03 Feb 2024 04:05:06 GMT"

func TestStaticFiles(t *testing.T) {
	captureLog(t)
	folder := staticFolder(t)
	etag := hashOf("0123456789")
	for _, tt := range []struct {
		name, request string
		status        int
		body          string
		fields        []string
	}{
		{"file", get("/static/a.txt"), 200, "0123456789", []string{"Content-Type: text/plain; charset=utf-8", "Content-Length: 10",
			"Accept-Ranges: bytes", "Last-Modified: " + lastModified, "Etag: " + etag, "Cache-Control:"}},
		{"head", ask("HEAD", "/static/a.txt", ""), 200, "", []string{"Content-Length: 10", "Etag: " + etag}},
		{"other verb", ask("POST", "/static/a.txt", ""), 405, "", []string{"Allow: GET, HEAD, OPTIONS"}},
		{"empty", get("/static/empty.css"), 200, "", []string{"Content-Type: text/css; charset=utf-8", "Content-Length: 0"}},
		{"below", get("/static/sub/b%20c.js"), 200, "b", []string{"Content-Type: text/javascript; charset=utf-8"}},
		{"encoded slash", get("/static/sub%2Fb%20c.js"), 200, "b", nil},
		{"UTF-8", get("/static/sub/%C3%A9.txt"), 200, "e", nil},
		{"unknown type", get("/static/unknown.zzz"), 200, "z", []string{"Content-Type: application/octet-stream"}},
		{"favicon", get("/favicon.ico"), 200, "icon", []string{"Content-Type: image/vnd.microsoft.icon"}},
		{"robots that are not there", get("/robots.txt"), 404, "", nil},
		{"version", get("/static/a.txt?v=1"), 200, "0123456789", []string{"Cache-Control: max-age=315360000"}},
		{"link within", get("/static/in"), 200, "0123456789", nil},

		{"missing", get("/static/none"), 404, "", nil},
		{"below a file", get("/static/a.txt/b"), 404, "", nil},
		{"long name", get("/static/" + strings.Repeat("x", 300)), 404, "", nil},
		{"folder", get("/static/sub"), 403, "", nil},
		{"folder with a slash", get("/static/sub/"), 403, "", nil},
		{"root", get("/static/"), 403, "", nil},
		{"dots", get("/static/../secret.txt"), 403, "", nil},
		{"encoded dots", get("/static/%2e%2e/secret.txt"), 403, "", nil},
		{"encoded dots and slash", get("/static/%2e%2e%2fsecret.txt"), 403, "", nil},
		{"twice encoded", get("/static/%252e%252e%252fsecret.txt"), 404, "", nil},
		{"dots below", get("/static/sub/../../secret.txt"), 403, "", nil},
		// 4.2.1: a root of /x/static once let through /x/static-secret.
		{"neighbour of like name", get("/static/../static-secret/x.txt"), 403, "", nil},
		{"backslashes", get(`/static/..%5csecret.txt`), 404, "", nil},
		{"absolute", get("/static//etc/passwd"), 403, "", nil},
		{"encoded absolute", get("/static/%2Fetc%2Fpasswd"), 403, "", nil},
		{"NUL", get("/static/a.txt%00.html"), 403, "", nil},
		{"not UTF-8", get("/static/%ff"), 400, "", nil},
		{"link out", get("/static/out"), 403, "", nil},
		{"absolute link out", get("/static/abs"), 403, "", nil},
		{"through a link out", get("/static/outdir/secret.txt"), 403, "", nil},

		{"same tag", get("/static/a.txt", "If-None-Match: W/\"x\", "+etag), 304, "", []string{"Etag: " + etag, "Content-Length:", "Content-Type:"}},
		{"any tag", get("/static/a.txt", "If-None-Match: *"), 304, "", nil},
		{"other tag, same time", get("/static/a.txt", `If-None-Match: "x"`, "If-Modified-Since: "+lastModified), 200, "0123456789", nil},
		{"same time", get("/static/a.txt", "If-Modified-Since: "+lastModified), 304, "", nil},
		{"earlier time", get("/static/a.txt", "If-Modified-Since: Sat, 03 Feb 2024 04:05:05 GMT"), 200, "0123456789", nil},
		{"no time", get("/static/a.txt", "If-Modified-Since: yesterday"), 200, "0123456789", nil},

		{"range", get("/static/a.txt", "Range: bytes=2-4"), 206, "234", []string{"Content-Range: bytes 2-4/10", "Content-Length: 3"}},
		{"open range", get("/static/a.txt", "Range: bytes=7-"), 206, "789", []string{"Content-Range: bytes 7-9/10"}},
		{"suffix", get("/static/a.txt", "Range: bytes=-2"), 206, "89", []string{"Content-Range: bytes 8-9/10"}},
		{"range past the end", get("/static/a.txt", "Range: bytes=8-99"), 206, "89", nil},
		{"whole range", get("/static/a.txt", "Range: bytes=0-9"), 200, "0123456789", []string{"Content-Range:"}},
		{"long suffix", get("/static/a.txt", "Range: bytes=-99"), 200, "0123456789", nil},
		{"range behind the end", get("/static/a.txt", "Range: bytes=10-"), 416, "", []string{"Content-Range: bytes */10"}},
		{"empty suffix", get("/static/a.txt", "Range: bytes=-0"), 416, "", nil},
		{"huge range", get("/static/a.txt", "Range: bytes=0-99999999999999999999"), 200, "0123456789", nil},
		{"two ranges that touch", get("/static/a.txt", "Range: bytes=2-3,0-1"), 206, "0123", []string{"Content-Range: bytes 0-3/10"}},
		{"two ranges that overlap", get("/static/a.txt", "Range: bytes=0-5, 3-"), 200, "0123456789", nil},
		{"two ranges, one behind the end", get("/static/a.txt", "Range: bytes=0-1,10-20"), 206, "01", []string{"Content-Range: bytes 0-1/10"}},
		{"too many ranges", get("/static/a.txt", "Range: bytes="+strings.Repeat("1-1,", maxRanges)+"3-3"), 200, "0123456789", nil},
		{"two ranges, one malformed", get("/static/a.txt", "Range: bytes=0-1,b-"), 200, "0123456789", nil},
		{"range in capitals", get("/static/a.txt", "Range: BYTES=0-1"), 206, "01", nil},
		{"range of the same", get("/static/a.txt", "Range: bytes=0-1", "If-Range: "+etag), 206, "01", nil},
		{"range of the same time", get("/static/a.txt", "Range: bytes=0-1", "If-Range: "+lastModified), 206, "01", nil},
		{"range of another time", get("/static/a.txt", "Range: bytes=0-1", "If-Range: Sat, 03 Feb 2024 04:05:07 GMT"), 200, "0123456789", nil},
		{"range of the same, weakly", get("/static/a.txt", "Range: bytes=0-1", "If-Range: W/"+etag), 200, "0123456789", nil},
		{"if it is the same", get("/static/a.txt", `If-Match: "x", `+etag), 200, "0123456789", nil},
		{"if there is any", get("/static/a.txt", "If-Match: *"), 200, "0123456789", nil},
		{"if it is another", get("/static/a.txt", `If-Match: "x"`), 412, "", nil},
		{"if it is the same, weakly", get("/static/a.txt", "If-Match: W/"+etag), 412, "", nil},
		{"if it was changed", get("/static/a.txt", "If-Unmodified-Since: Sat, 03 Feb 2024 04:05:05 GMT"), 412, "", nil},
		{"if it was not changed", get("/static/a.txt", "If-Unmodified-Since: "+lastModified), 200, "0123456789", nil},
		{"range of another", get("/static/a.txt", "Range: bytes=0-1", `If-Range: "x"`), 200, "0123456789", nil},
		{"range of an empty file", get("/static/empty.css", "Range: bytes=0-"), 416, "", nil},
		{"range of head", ask("HEAD", "/static/a.txt", "", "Range: bytes=0-1"), 206, "", []string{"Content-Length: 2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, transport := range transports {
				app := NewApplication(Settings{StaticPath: folder, Loops: 1})
				got := transport.exchange(t, app, tt.request)
				// Again, now that it may be in memory.
				if again := transport.exchange(t, app, tt.request); again.String() != got.String() {
					t.Errorf("%s: got %v, and then %v", transport.name, got, again)
				}
				if got.status != tt.status || got.aborted {
					t.Fatalf("%s: got %d, aborted %v; want %d", transport.name, got.status, got.aborted, tt.status)
				}
				if tt.status < 300 && got.body != tt.body || strings.Contains(got.body, "secret") {
					t.Errorf("%s: got %q; want %q", transport.name, got.body, tt.body)
				}
				for _, field := range tt.fields {
					name, value, _ := strings.Cut(field, ":")
					if got, want := got.header.Get(name), strings.TrimSpace(value); got != want {
						t.Errorf("%s: %s: got %q; want %q", transport.name, name, got, want)
					}
				}
			}
		})
	}
}

func TestStaticFileInPieces(t *testing.T) {
	captureLog(t)
	folder := staticFolder(t)
	want, err := os.ReadFile(filepath.Join(folder, "big.bin"))
	if err != nil {
		t.Fatal(err)
	}
	for _, transport := range transports {
		app := NewApplication(Settings{Loops: 1}, StaticFiles(`/files/(.*)`, folder))
		if got := transport.exchange(t, app, get("/files/big.bin")); !bytes.Equal([]byte(got.body), want) || got.aborted {
			t.Errorf("%s: got %d bytes, aborted %v; want %d", transport.name, len(got.body), got.aborted, len(want))
		}
		got := transport.exchange(t, app, get("/files/big.bin", "Range: bytes=70000-200000"))
		if !bytes.Equal([]byte(got.body), want[70000:200001]) {
			t.Errorf("%s: a range of %d bytes is wrong", transport.name, len(got.body))
		}
	}
	c := newFakeConnection()
	h := c.begin(t, NewApplication(Settings{}, StaticFiles(`/files/(.*)`, folder)), get("/files/big.bin"), nil).handler
	c.runUntil(t, func() bool { return ended(h) })
	if pieces := len(want) / pieceSize; c.writes != pieces {
		t.Errorf("got %d writes; want %d", c.writes, pieces)
	}
}

func TestStaticFilesAreNotKeptInDevelopment(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{StaticPath: staticFolder(t), Debug: true})
	for _, uri := range []string{"/static/a.txt", "/static/a.txt?v=1"} {
		if got := exchangeWithFake(t, app, get(uri)); got.header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: got Cache-Control %q; want no-cache", uri, got.header.Get("Cache-Control"))
		}
	}
}

func TestStaticURL(t *testing.T) {
	captureLog(t)
	folder := staticFolder(t)
	var cache trace.FileCache
	install(t, &trace.Hooks{CacheCreated: func(c trace.FileCache) { cache = c }})
	app := NewApplication(Settings{StaticPath: folder, StaticURLPrefix: "/s/"}, URL[loopHandler](`/`, Init(func(h *loopHandler) {
		h.run = func(h *RequestHandler) error { h.Write(h.StaticURL(h.GetArgument("f"))); return nil }
	})))
	urlOf := func(name string) string { return exchangeWithFake(t, app, get("/?f="+name)).body }

	now := time.Now()
	app.static.now = func() time.Time { return now }
	first := urlOf("a.txt")
	if path, version, _ := strings.Cut(first, "?v="); path != "/s/a.txt" || `"`+version+`"` != hashOf("0123456789") {
		t.Fatalf("got %q", first)
	}
	if got := urlOf("sub/b%20c.js"); !strings.HasPrefix(got, "/s/sub/b%20c.js?v=") {
		t.Errorf("got %q", got)
	}
	for _, name := range []string{"none.txt", "../secret.txt", "sub"} {
		if got := urlOf(name); strings.Contains(got, "?v=") {
			t.Errorf("%s: got %q; want no version", name, got)
		}
	}
	file := filepath.Join(folder, "a.txt")
	if err := os.WriteFile(file, []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	app.static.now = func() time.Time { return now }
	if got := urlOf("a.txt"); got != first {
		t.Errorf("got %q; want the version that is remembered, %q", got, first)
	}
	clock := time.Now().Add(versionTrusted + time.Millisecond)
	app.static.now = func() time.Time { return clock }
	if got := urlOf("a.txt"); got == first {
		t.Error("a moment later the version is still that of the old content")
	}
	app.static.now = time.Now
	cache.Forget([]string{file})
	if got := urlOf("a.txt"); got == first {
		t.Error("the version is still that of the old content")
	}
	if got := exchangeWithFake(t, NewApplication(Settings{}, URL[loopHandler](`/`, Init(func(h *loopHandler) {
		h.run = func(h *RequestHandler) error { h.StaticURL("x"); return nil }
	}))), get("/")); got.status != 500 {
		t.Errorf("without StaticPath: got %d; want 500", got.status)
	}
}
