package web

import (
	"errors"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/trace"
)

// install puts hooks in place until the test ends.
func install(t *testing.T, hooks *trace.Hooks) {
	t.Helper()
	previous := trace.Install(hooks)
	t.Cleanup(func() { trace.Install(previous) })
}

func TestDevelopmentPage(t *testing.T) {
	captureLog(t)
	hostile := errors.New(`<script>alert("x")</script>`)
	for _, tt := range []struct {
		name   string
		run    script
		fields []string
		kind   string
		want   []string // in the page
	}{
		{"error, browser", func(h *RequestHandler) error { return hostile }, []string{"Accept: text/html,*/*"}, "text/html; charset=UTF-8",
			[]string{"<h1>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;</h1>", "kinds_test.go", "GET /?q=&lt;b&gt;"}},
		{"panic, browser", func(h *RequestHandler) error { panic(hostile) }, []string{"Accept: text/html"}, "text/html; charset=UTF-8",
			[]string{"&lt;script&gt;", "development_test.go", `class="hit"`, "panic(hostile)"}},
		{"panic, terminal", func(h *RequestHandler) error { panic(hostile) }, []string{"Accept: */*"}, "text/plain; charset=UTF-8",
			[]string{"<script>", "development_test.go:"}},
		{"panic, program", func(h *RequestHandler) error { panic("odd") }, []string{"Accept: application/json"}, "application/json; charset=UTF-8",
			[]string{`"code":500`, `"detail":"odd"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			everywhere(t, Settings{Debug: true}, tt.run, func(t *testing.T, fetch func(string) response) {
				got := fetch(get("/?q=<b>", tt.fields...))
				if got.status != 500 || got.header.Get("Content-Type") != tt.kind {
					t.Fatalf("got %d, %s; want 500, %s", got.status, got.header.Get("Content-Type"), tt.kind)
				}
				for _, text := range tt.want {
					if !strings.Contains(got.body, text) {
						t.Errorf("%q is not in the page\n%s", text, got.body)
					}
				}
				if strings.HasPrefix(tt.kind, "text/html") && (strings.Contains(got.body, "<script") || strings.Contains(got.body, "href=") || strings.Contains(got.body, "<b>") && strings.Contains(got.body, "q=<b>")) {
					t.Errorf("the page has scripts, links, or what a client sent in it\n%s", got.body)
				}
				if strings.Contains(got.body, "core/web.(*RequestHandler).callVerb") {
					t.Errorf("the stack shows how the framework calls handlers\n%s", got.body)
				}
			})
		})
	}
}

func TestFailedIsTraced(t *testing.T) {
	captureLog(t)
	for _, tt := range []struct {
		name     string
		run      script
		kind     string
		message  string
		function string // at the top of the stack
	}{
		{"error", func(h *RequestHandler) error { return errors.New("odd") }, "handler", "odd", "Handler.Get"},
		{"panic", func(h *RequestHandler) error { panic("odd") }, "panic", "odd", "TestFailedIsTraced.func"},
		{"nil pointer", func(h *RequestHandler) error { var p *Settings; p.Debug = true; return nil }, "panic",
			"runtime error: invalid memory address or nil pointer dereference", "TestFailedIsTraced.func"},
		{"header", func(h *RequestHandler) error { h.SetHeader("X", "\n"); return nil }, "panic", "web: invalid value", "web."},
		{"after the answer", func(h *RequestHandler) error { h.Finish(); return errors.New("odd") }, "handler", "odd", "Handler.Get"},
		{"HTTPError", func(h *RequestHandler) error { return HTTPError{StatusCode: 500, LogMessage: "known"} }, "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var failures []*trace.Error
			install(t, &trace.Hooks{Failed: func(e *trace.Error) { failures = append(failures, e) }})
			for _, kind := range kinds {
				failures = nil
				app := NewApplication(Settings{}, kind.route(`/`, tt.run))
				c := newFakeConnection()
				h := c.begin(t, app, get("/"), &trace.Request{ID: 9}).handler
				c.runUntil(t, func() bool { return ended(h) })
				if tt.kind == "" {
					if len(failures) != 0 {
						t.Errorf("%s: told of %+v; want nothing", kind.name, failures[0])
					}
					continue
				}
				if len(failures) != 1 {
					t.Fatalf("%s: told of %d failures; want 1", kind.name, len(failures))
				}
				got := failures[0]
				if got.Kind != tt.kind || !strings.HasPrefix(got.Message, tt.message) || got.Request != 9 || len(got.Stack) == 0 ||
					!strings.Contains(got.Stack[0].Function, tt.function) || got.Stack[0].Line == 0 {
					t.Errorf("%s: got %+v; want %s, %s in %s", kind.name, got, tt.kind, tt.message, tt.function)
				}
			}
		})
	}
}

func TestPageScript(t *testing.T) {
	captureLog(t)
	install(t, &trace.Hooks{PageScript: "<script>S</script>"})
	page := func(h *RequestHandler) error { h.Write("<body>a</body></BODY>b"); return nil }
	for _, tt := range []struct {
		name string
		run  script
		dest string
		want string
	}{
		{"page", page, "document", "<body>a</body><script>S</script></BODY>b"},
		{"page without a body", func(h *RequestHandler) error { h.Write("Hello"); return nil }, "document", "Hello<script>S</script>"},
		{"frame", page, "iframe", "<body>a</body></BODY>b"},
		{"fetched", page, "empty", "<body>a</body></BODY>b"},
		{"not HTML", func(h *RequestHandler) error {
			h.SetHeader("Content-Type", "text/plain")
			h.Write("</body>")
			return nil
		}, "document", "</body>"},
		{"compressed", func(h *RequestHandler) error { h.SetHeader("Content-Encoding", "br"); h.Write("</body>"); return nil }, "document", "</body>"},
		{"streamed", func(h *RequestHandler) error { h.Write("</bo"); h.Flush(); h.Write("dy>"); return nil }, "document", "</body>"},
		{"with a length of its own", func(h *RequestHandler) error { h.SetHeader("Content-Length", 7); h.Write("</body>"); return nil }, "document", "<script>S</script></body>"},
		{"redirect", func(h *RequestHandler) error { h.Write("</body>"); h.Redirect("/"); return nil }, "document", "</body>"},
		{"error", func(h *RequestHandler) error { return HTTPError{StatusCode: 404} }, "document",
			"<!DOCTYPE html><html><title>404: Not Found</title><body>404: Not Found<script>S</script></body></html>\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			everywhere(t, Settings{}, tt.run, func(t *testing.T, fetch func(string) response) {
				got := fetch(get("/", "Sec-Fetch-Dest: "+tt.dest))
				if got.body != tt.want || got.aborted {
					t.Errorf("got %q; want %q", got.body, tt.want)
				}
				if length := got.header.Get("Content-Length"); length != "" && length != itoa(len(tt.want)) {
					t.Errorf("got Content-Length %s; want %d", length, len(tt.want))
				}
			})
		})
	}
}

func TestAllowHost(t *testing.T) {
	captureLog(t)
	install(t, &trace.Hooks{AllowHost: func(host string) bool {
		name, _ := httputil.SplitHostAndPort(strings.ToLower(host))
		return name == "localhost" || name == "[::1]"
	}})
	app := NewApplication(Settings{Loops: 1}, URL[helloHandler](`/`))
	for _, tt := range []struct {
		host   string
		status int
	}{
		{"localhost", 200}, {"localhost:8888", 200}, {"LOCALHOST", 200}, {"[::1]:80", 200},
		{"evil.example", 403}, {"localhost.evil.example:8888", 403},
	} {
		for _, transport := range transports {
			raw := strings.Replace(get("/"), "Host: localhost", "Host: "+tt.host, 1)
			got := transport.exchange(t, app, raw)
			if got.status != tt.status {
				t.Errorf("%s, %s: got %d; want %d", tt.host, transport.name, got.status, tt.status)
			}
			if got.status == 403 && !strings.Contains(got.body, "--allow-host "+strings.Split(tt.host, ":")[0]) {
				t.Errorf("%s: the answer %q does not say how to allow it", tt.host, got.body)
			}
		}
	}
}

func TestHooksSeeApplications(t *testing.T) {
	var applications []any
	var roots []string
	install(t, &trace.Hooks{
		ApplicationCreated: func(a any) { applications = append(applications, a) },
		CacheCreated:       func(c trace.FileCache) { roots = append(roots, c.Roots()...) },
	})
	folder := t.TempDir()
	app := NewApplication(Settings{StaticPath: folder}, URL[helloHandler](`/`, Name("hello")))
	if len(applications) != 1 || applications[0] != any(app) {
		t.Errorf("told of the applications %v; want %p", applications, app)
	}
	if len(roots) != 1 || roots[0] != folder {
		t.Errorf("told of caches below %q; want %q", roots, folder)
	}
}

func TestDevelopmentRoutes(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{}, URL[loopHandler](`/.*`, Init(func(h *loopHandler) {
		h.run = func(h *RequestHandler) error { h.Write("own"); return nil }
	})))
	if err := app.AddDevelopmentRoutes(URL[helloHandler](`/\.tornado-dev/hello`)); err != nil {
		t.Fatal(err)
	}
	if err := app.AddDevelopmentRoutes(URL[storyHandler](`/\.tornado-dev/bad`)); err == nil {
		t.Error("a route that does not fit was taken")
	}
	for path, want := range map[string]string{"/.tornado-dev/hello": "Hello, world", "/.tornado-dev/bad": "own", "/": "own"} {
		if got := exchangeWithFake(t, app, get(path)); got.body != want {
			t.Errorf("%s: got %q; want %q", path, got.body, want)
		}
	}
	if routes := app.Routes(); len(routes) != 1 || routes[0].Pattern != `/.*` {
		t.Errorf("got routes %+v; want the application's own alone", routes)
	}
}
