package web

import (
	"embed"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"
)

//go:embed testdata/web.json
var embedded embed.FS

// A step is a request to static files, and what is wanted of the answer.
type step struct {
	request string
	status  int
	body    string
	fields  []string
}

// try takes steps on one application, twice each: the second answer may come from
// memory.
func try(t *testing.T, app *Application, steps []step) {
	t.Helper()
	captureLog(t)
	for _, s := range steps {
		for range 2 {
			got := exchangeOverSocket(t, app, s.request)
			if got.status != s.status || got.aborted || s.body != "" && got.plain(t) != s.body {
				t.Errorf("%q: got %d, %q, aborted %v; want %d, %q", s.request, got.status, got.plain(t), got.aborted, s.status, s.body)
			}
			for _, field := range s.fields {
				name, value, _ := strings.Cut(field, ":")
				if got, want := got.header.Get(name), strings.TrimSpace(value); got != want {
					t.Errorf("%q: %s: got %q; want %q", s.request, name, got, want)
				}
			}
		}
	}
}

func write(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, modified, modified); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSiblings(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, map[string]string{"a.js": "plain", "a.js.br": "BR", "a.js.gz": "GZ", "b.js": "alone"})
	app := NewApplication(Settings{StaticPath: folder, Loops: 1})
	try(t, app, []step{
		{get("/static/a.js"), 200, "plain", []string{"Content-Encoding:", "Vary: Accept-Encoding", "Etag: " + hashOf("plain")}},
		{get("/static/a.js", "Accept-Encoding: gzip, br"), 200, "BR", []string{"Content-Encoding: br", "Vary: Accept-Encoding",
			"Content-Type: text/javascript; charset=utf-8", "Etag: " + hashOf("BR")}},
		{get("/static/a.js", "Accept-Encoding: zstd, br;q=0"), 200, "plain", []string{"Content-Encoding:", "Vary: Accept-Encoding"}},
		{get("/static/a.js", "Accept-Encoding: br", "Range: bytes=1-"), 206, "R", []string{"Content-Encoding: br", "Content-Range: bytes 1-1/2"}},
		{get("/static/a.js", "Accept-Encoding: br", "If-None-Match: "+hashOf("BR")), 304, "", []string{"Vary: Accept-Encoding", "Etag: " + hashOf("BR")}},
		{get("/static/a.js", "Accept-Encoding: br", "If-None-Match: "+hashOf("plain")), 200, "BR", nil},
		{get("/static/b.js", "Accept-Encoding: br"), 200, "alone", []string{"Content-Encoding:", "Vary:"}},
		{get("/static/a.js.br"), 200, "BR", []string{"Content-Encoding:", "Content-Type: application/octet-stream"}},
	})
	write(t, folder, map[string]string{"b.js.zst": "ZST"})
	clock := time.Now().Add(2 * siblingsTrusted)
	app.static.now = func() time.Time { return clock }
	try(t, app, []step{{get("/static/b.js", "Accept-Encoding: zstd"), 200, "ZST", []string{"Content-Encoding: zstd"}}})
	debug := NewApplication(Settings{StaticPath: folder, Debug: true, Loops: 1})
	try(t, debug, []step{{get("/static/a.js", "Accept-Encoding: br"), 200, "plain", nil}})
}

func TestDefaultFilename(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, map[string]string{"index.html": "<p>root", "sub/index.html": "<p>sub", "none/a.txt": "a", "odd/index.html/x": "x"})
	app := NewApplication(Settings{Loops: 1}, StaticFiles(`/?s/(.*)`, folder, DefaultFilename("index.html")), StaticFiles(`/(.*)`, folder, DefaultFilename("index.html")))
	try(t, app, []step{
		{get("/s/"), 200, "<p>root", []string{"Content-Type: text/html; charset=utf-8"}},
		{get("/s/sub/"), 200, "<p>sub", nil},
		{get("/s/sub"), 301, "", []string{"Location: /s/sub/"}},
		{get("/s/none/"), 404, "", nil},
		{get("/s/odd/"), 403, "", nil},
		// CVE-2023-28370: the slash that is added would lead to another host.
		{get("//s/sub"), 403, "", []string{"Location:"}},
		{get("//evil.example/%2e%2e/sub"), 403, "", []string{"Location:"}},
	})
}

func TestStaticFS(t *testing.T) {
	text, err := embedded.ReadFile("testdata/web.json")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"a.txt": {Data: []byte("0123456789")}, "sub/b.txt": {Data: []byte("b"), ModTime: modified}, "index.html": {Data: []byte("<p>")}}
	app := NewApplication(Settings{StaticFS: files, StaticOptions: []RouteOption{DefaultFilename("index.html")}, Loops: 1},
		StaticFS(`/embedded/(.*)`, embedded),
		URL[loopHandler](`/url`, Init(func(h *loopHandler) {
			h.run = func(h *RequestHandler) error { h.Write(h.StaticURL("a.txt")); return nil }
		})))
	try(t, app, []step{
		{get("/static/a.txt"), 200, "0123456789", []string{"Last-Modified:", "Etag: " + hashOf("0123456789")}},
		{get("/static/a.txt", "If-Modified-Since: "+lastModified), 200, "0123456789", nil},
		{get("/static/a.txt", "Range: bytes=2-3"), 206, "23", nil},
		{get("/static/sub/b.txt"), 200, "b", []string{"Last-Modified: " + lastModified}},
		{get("/static/"), 200, "<p>", nil},
		{get("/static/../a.txt"), 403, "", nil},
		{get("/static/none"), 404, "", nil},
		{get("/url"), 200, "/static/a.txt?v=" + strings.Trim(hashOf("0123456789"), `"`), nil},
		{get("/embedded/testdata/web.json"), 200, string(text), []string{"Etag: " + hashOf(string(text)), "Last-Modified:"}},
		{get("/embedded/testdata/web.json", "Range: bytes=5-9"), 206, string(text[5:10]), nil},
	})
}

func TestSeveralRanges(t *testing.T) {
	folder := t.TempDir()
	big := strings.Repeat("0123456789abcdef", 10<<10)
	write(t, folder, map[string]string{"a.txt": "0123456789", "big.txt": big})
	app := NewApplication(Settings{StaticPath: folder, CompressResponse: true, Loops: 1})
	part := func(contentRange, content string) string {
		return "\r\n--BOUNDARY\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes " + contentRange + "\r\n\r\n" + content
	}
	captureLog(t)
	for _, tt := range []struct{ uri, ranges, body string }{
		{"/static/a.txt", "0-1,4-5", part("0-1/10", "01") + part("4-5/10", "45") + "\r\n--BOUNDARY--\r\n"},
		{"/static/a.txt", "-2, 0-0", part("0-0/10", "0") + part("8-9/10", "89") + "\r\n--BOUNDARY--\r\n"},
		{"/static/big.txt", "16-31, 100000-100015, -1", part("16-31/163840", big[16:32]) + part("100000-100015/163840", big[100000:100016]) + part("163839-163839/163840", "f") + "\r\n--BOUNDARY--\r\n"},
	} {
		for range 2 {
			got := exchangeOverSocket(t, app, get(tt.uri, "Range: bytes="+tt.ranges, "Accept-Encoding: gzip"))
			kind, boundary, _ := strings.Cut(got.header.Get("Content-Type"), "boundary=")
			if got.status != 206 || got.aborted || kind != "multipart/byteranges; " || got.header.Has("Content-Range") ||
				strings.ReplaceAll(got.body, boundary, "BOUNDARY") != tt.body {
				t.Errorf("%s %s: got %v", tt.uri, tt.ranges, got)
			}
			head := exchangeOverSocket(t, app, ask("HEAD", tt.uri, "", "Range: bytes="+tt.ranges))
			if head.header.Get("Content-Length") != itoa(len(got.body)) {
				t.Errorf("%s %s: HEAD says %s; want %d", tt.uri, tt.ranges, head.header.Get("Content-Length"), len(got.body))
			}
		}
	}
}

// A file that changes is not served from memory, and one that has just changed is not
// kept.
func TestFilesThatChange(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, map[string]string{"a.txt": "one", "link.txt": "two"})
	app := NewApplication(Settings{StaticPath: folder, Loops: 1})
	var waited atomic.Int64
	app.static.now = func() time.Time { return time.Now().Add(time.Duration(waited.Load())) }
	try(t, app, []step{{get("/static/a.txt"), 200, "one", nil}, {get("/static/link.txt"), 200, "two", nil}})
	if app.static.keptFile("a.txt", "") == nil {
		t.Fatal("a small file is not in memory")
	}
	path := filepath.Join(folder, "a.txt")
	for _, content := range []string{"two", "six", "ten"} { // of one length, and maybe in one tick of the clock
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		waited.Add(int64(keptTrusted))
		try(t, app, []step{{get("/static/a.txt"), 200, content, []string{"Etag: " + hashOf(content)}}})
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	try(t, app, []step{{get("/static/a.txt"), 404, "", nil}})
	secret := filepath.Join(t.TempDir(), "secret.txt")
	write(t, filepath.Dir(secret), map[string]string{"secret.txt": "two"})
	link := filepath.Join(folder, "link.txt")
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, link); err != nil {
		t.Fatal(err)
	}
	waited.Add(int64(keptTrusted))
	try(t, app, []step{{get("/static/link.txt"), 403, "", nil}})
}

// A file that was looked at a moment ago is not looked at again, unless a request
// wants another version: what it gets is kept for years.
func TestFilesAreTrustedForAMoment(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, map[string]string{"a.txt": "one"})
	app := NewApplication(Settings{StaticPath: folder, Loops: 1})
	now := time.Now()
	app.static.now = func() time.Time { return now }
	try(t, app, []step{{get("/static/a.txt"), 200, "one", nil}, {get("/static/a.txt"), 200, "one", nil}})
	write(t, folder, map[string]string{"a.txt": "three"})
	version := func(content string) string { return "?v=" + strings.Trim(hashOf(content), `"`) }
	for _, tt := range []struct{ uri, want string }{
		{"/static/a.txt", "one"}, {"/static/a.txt" + version("one"), "one"},
		{"/static/a.txt" + version("three"), "three"}, {"/static/a.txt", "three"},
	} {
		if got := exchangeOverSocket(t, app, get(tt.uri)); got.body != tt.want {
			t.Errorf("%s: got %q; want %q", tt.uri, got.body, tt.want)
		}
	}
}

func TestCompressedFiles(t *testing.T) {
	folder := t.TempDir()
	text, big := strings.Repeat("text ", 1000), strings.Repeat("big text ", 20<<10)
	write(t, folder, map[string]string{"a.txt": text, "big.txt": big, "a.png": text, "s.txt": "short"})
	weak := func(content string) string { return "W/" + hashOf(content) }
	accept := "Accept-Encoding: gzip"
	try(t, NewApplication(Settings{StaticPath: folder, CompressResponse: true, Loops: 1}), []step{
		{get("/static/a.txt", accept), 200, text, []string{"Content-Encoding: gzip", "Vary: Accept-Encoding", "Etag: " + weak(text), "Accept-Ranges:"}},
		{get("/static/a.txt"), 200, text, []string{"Content-Encoding:", "Vary: Accept-Encoding", "Etag: " + hashOf(text), "Accept-Ranges: bytes"}},
		{get("/static/a.txt", accept, "Range: bytes=0-3"), 206, "text", []string{"Content-Encoding:"}},
		{get("/static/a.txt", accept, "If-None-Match: "+weak(text)), 304, "", []string{"Vary: Accept-Encoding"}},
		{get("/static/big.txt", accept), 200, big, []string{"Content-Encoding: gzip", "Content-Length:", "Etag: " + weak(big)}},
		{ask("HEAD", "/static/big.txt", "", accept), 200, "", []string{"Content-Encoding: gzip", "Content-Length:"}},
		{get("/static/big.txt"), 200, big, []string{"Content-Encoding:", "Content-Length: " + itoa(len(big))}},
		{get("/static/a.png", accept), 200, text, []string{"Content-Encoding:"}},
		{get("/static/s.txt", accept), 200, "short", []string{"Content-Encoding:"}},
	})
}

type badStaticHandler struct{ StaticFileHandler }

func (h *badStaticHandler) GetCacheTime(string) int { return 0 }

func TestStaticMistakes(t *testing.T) {
	folder := t.TempDir()
	for name, build := range map[string]func() (*Application, error){
		"no files": func() (*Application, error) { return BuildApplication(Settings{}, URL[StaticFileHandler](`/(.*)`)) },
		"no folder": func() (*Application, error) {
			return BuildApplication(Settings{}, StaticFiles(`/(.*)`, folder+"/none"))
		},
		"wrong signature": func() (*Application, error) {
			return BuildApplication(Settings{}, StaticFiles(`/(.*)`, folder, ServedBy[badStaticHandler]()))
		},
		"both kinds": func() (*Application, error) {
			return BuildApplication(Settings{StaticPath: folder, StaticFS: fstest.MapFS{}})
		},
		"no group for path": func() (*Application, error) { return BuildApplication(Settings{}, StaticFiles(`/x`, folder)) },
	} {
		if _, err := build(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// hashedNames serves "app.VERSION.css" as "app.css".
type hashedNames struct{ StaticFileHandler }

var hashedName = regexp.MustCompile(`^(.*)\.([0-9a-f]{128})(\.\w+)$`)

func (h *hashedNames) ParseURLPath(path string) string {
	if strings.HasPrefix(path, "private/") {
		panic(HTTPError{StatusCode: 403})
	}
	return hashedName.ReplaceAllString(path, "$1$3")
}

func (h *hashedNames) GetCacheTime(path string, modified time.Time, contentType string) time.Duration {
	if hashedName.MatchString(h.Request.Path) {
		return CacheMaxAge
	}
	return 0
}

type addresses struct{ RequestHandler }

func (h *addresses) Get() {
	h.Write(h.StaticURL("a b/app.css") + " " + h.StaticURL("none.css") + " " +
		h.StaticURL("a b/app.css", StaticURLOptions{NoVersion: true, IncludeHost: true}))
}

// TestMakeStaticURL moves the version into the name.
func TestMakeStaticURL(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, map[string]string{"a b/app.css": "b{}", "private/key.css": "secret"})
	settings := Settings{StaticPath: folder, Loops: 1, StaticOptions: []RouteOption{ServedBy[hashedNames]()}}
	settings.MakeStaticURL = func(path, version string) string {
		name, ending := strings.TrimSuffix(path, ".css"), ".css"
		if version != "" {
			ending = "." + version + ending
		}
		return "/static/" + name + ending
	}
	version := strings.Trim(hashOf("b{}"), `"`)
	address := "/static/a%20b/app." + version + ".css"
	app := NewApplication(settings, URL[addresses](`/`))
	try(t, app, []step{
		{get("/"), 200, address + " /static/none.css http://localhost/static/a%20b/app.css", nil},
		{get(address), 200, "b{}", []string{"Cache-Control: max-age=315360000"}},
		{get("/static/a%20b/app.css"), 200, "b{}", []string{"Cache-Control:"}},
		{get("/static/private/key.css"), 403, "", nil},
	})
	write(t, folder, map[string]string{"a b/app.css": "i{ }"})
	try(t, app, []step{{get("/static/a%20b/app." + strings.Trim(hashOf("i{ }"), `"`) + ".css"), 200, "i{ }", nil}})

	settings = Settings{StaticPath: folder, MakeStaticURL: func(path, version string) string { return "https://cdn.example/" + path + "?" + version[:8] }}
	h := &RequestHandler{app: NewApplication(settings)}
	h.Request = &h.request
	if got, want := h.makeStaticURL("app.css", version), "https://cdn.example/app.css?"+version[:8]; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}
