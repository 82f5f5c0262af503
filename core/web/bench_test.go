package web

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/log"
)

type helloHandler struct{ RequestHandler }

func (h *helloHandler) Get() { h.Write("Hello, world") }

type storyHandler struct{ RequestHandler }

func (h *storyHandler) Get(id int) error { h.Write("Hello, world"); return nil }

// A nullConnection throws away what is written to it.
type nullConnection struct{}

func (nullConnection) WriteHeaders(httputil.ResponseStartLine, *httputil.HTTPHeaders, []byte) error {
	return nil
}
func (nullConnection) WriteWhole(httputil.ResponseStartLine, *httputil.HTTPHeaders, []byte) error {
	return nil
}
func (nullConnection) Write([]byte) error        { return nil }
func (nullConnection) Finish() error             { return nil }
func (nullConnection) Abort(error)               {}
func (nullConnection) NotifyDrained(func(error)) {}
func (nullConnection) SetMaxBodySize(int64)      {}
func (nullConnection) AddCallback(func())        {}

func benchmarkApplication() (app *Application, hello, story *httputil.HTTPServerRequest) {
	app = NewApplication(Settings{NoEtag: true}, URL[helloHandler](`/`), URL[storyHandler](`/story/([0-9]+)`))
	hello = &httputil.HTTPServerRequest{Method: "GET", URI: "/", Path: "/", Version: "HTTP/1.1", Host: "localhost",
		Headers: httputil.ParsedHeaders("Host: localhost\r\nUser-Agent: test\r\n"), RemoteIP: "127.0.0.1",
		Started: time.Now(), Connection: nullConnection{}}
	other := *hello
	other.URI, other.Path = "/story/12", "/story/12"
	return app, hello, &other
}

func answerOnce(app *Application, request *httputil.HTTPServerRequest) {
	d := app.StartRequest(request)
	d.HeadersReceived()
	d.Finish()
}

func TestHotPathAllocatesTheHandlerAlone(t *testing.T) {
	log.SetLevel(log.LevelNone)
	defer log.SetLevel(log.LevelInfo)
	app, hello, story := benchmarkApplication()
	for _, request := range []*httputil.HTTPServerRequest{hello, story} {
		if n := testing.AllocsPerRun(200, func() { answerOnce(app, request) }); n > 1 {
			t.Errorf("%s: %v allocations; want 1", request.URI, n)
		}
	}
}

func TestSmallFilesAllocateLittle(t *testing.T) {
	log.SetLevel(log.LevelNone)
	defer log.SetLevel(log.LevelInfo)
	app, request := staticRequest(t)
	if n := testing.AllocsPerRun(200, func() { answerOnce(app, request) }); n > 3 {
		t.Errorf("%v allocations; want 3: the handler, the file, its length", n)
	}
}

func BenchmarkRequest(b *testing.B) {
	log.SetLevel(log.LevelNone)
	defer log.SetLevel(log.LevelInfo)
	app, hello, story := benchmarkApplication()
	for name, request := range map[string]*httputil.HTTPServerRequest{"hello": hello, "argument": story} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				answerOnce(app, request)
			}
		})
	}
}

// staticRequest is one for a small file that is in memory.
func staticRequest(tb testing.TB) (app *Application, request *httputil.HTTPServerRequest) {
	tb.Helper()
	folder := tb.TempDir()
	name := filepath.Join(folder, "small.txt")
	old := time.Now().Add(-time.Hour)
	if err := errors.Join(os.WriteFile(name, bytes.Repeat([]byte("x"), 1<<10), 0o644), os.Chtimes(name, old, old)); err != nil {
		tb.Fatal(err)
	}
	app = NewApplication(Settings{StaticPath: folder})
	file := &servedFile{name: "small.txt"}
	app.static.siblings(file.name)
	if err := file.read(app.static, file.name); err != nil {
		tb.Fatal(err)
	}
	app.static.now = func() time.Time { return old.Add(time.Hour) } // siblings are not looked for
	_, request, _ = benchmarkApplication()
	request.URI, request.Path = "/static/small.txt", "/static/small.txt"
	return app, request
}

func BenchmarkStaticFile(b *testing.B) {
	log.SetLevel(log.LevelNone)
	defer log.SetLevel(log.LevelInfo)
	app, request := staticRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		answerOnce(app, request)
	}
}
