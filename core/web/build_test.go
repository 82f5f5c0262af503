package web

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

type kindsOfArguments struct{ RequestHandler }

func (h *kindsOfArguments) Get(a string, b int, c uint8, d float64, e bool) error {
	h.Write(strings.Join([]string{a, itoa(b), itoa(int(c)), itoa(int(d * 10)), map[bool]string{true: "yes", false: "no"}[e]}, " "))
	return nil
}

func (h *kindsOfArguments) Post(ctx context.Context, a string, b int, c uint8, d float64, e bool) {
	h.Write("posted " + a)
}

type oneInt64 struct{ RequestHandler }

func (h *oneInt64) Get(n int64)                             { h.Write(itoa(int(n))) }
func (h *oneInt64) Post(ctx context.Context, n int64)       { h.Write(itoa(int(n))) }
func (h *oneInt64) Put(ctx context.Context, n string) error { h.Write(n); return nil }
func (h *oneInt64) Patch(n string)                          { h.Write(n) }
func (h *oneInt64) Delete(n int) error                      { h.Write(itoa(n)); return nil }

func TestPathArguments(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{},
		URL[kindsOfArguments](`/k/([^/]*)/([^/]*)/([^/]*)/([^/]*)/([^/]*)`),
		URL[oneInt64](`/n/(.*)`),
		URL[oneInt64](`/optional(?:/([0-9]+))?`),
	)
	for _, tt := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/k/a%2Fb/-7/255/0.5/true", 200, "a/b -7 255 5 yes"},
		{"POST", "/k/a/1/2/3/false", 200, "posted a"},
		{"GET", "/k/a/x/255/0.5/true", 404, ""},
		{"GET", "/k/a/1/256/0.5/true", 404, ""},
		{"GET", "/k/a/1/-1/0.5/true", 404, ""},
		{"GET", "/k/a/1/1/x/true", 404, ""},
		{"GET", "/k/a/1/1/1/maybe", 404, ""},
		{"GET", "/n/9223372036854775807", 200, "9223372036854775807"},
		{"GET", "/n/9223372036854775808", 404, ""},
		{"POST", "/n/5", 200, "5"},
		{"PUT", "/n/x", 200, "x"},
		{"PATCH", "/n/x", 200, "x"},
		{"DELETE", "/n/6", 200, "6"},
		{"DELETE", "/n/x", 404, ""},
		{"GET", "/optional", 200, "0"},
		{"GET", "/optional/4", 200, "4"},
	} {
		got := exchangeWithFake(t, app, ask(tt.method, tt.path, ""))
		if got.status != tt.status || tt.status == 200 && got.body != tt.body {
			t.Errorf("%s %s: got %d %q; want %d %q", tt.method, tt.path, got.status, got.body, tt.status, tt.body)
		}
	}
}

type (
	noVerb      struct{ RequestHandler }
	byPointer   struct{ *RequestHandler }
	badResult   struct{ RequestHandler }
	badKind     struct{ RequestHandler }
	badPrepare  struct{ helloHandler }
	badOnFinish struct{ helloHandler }
	shouted     struct{ helloHandler }
)

func (h *byPointer) Get()                           {}
func (h *badResult) Get() string                    { return "" }
func (h *badKind) Get(ctx context.Context, m []int) {}
func (h *badPrepare) Prepare() string               { return "" }
func (h *badOnFinish) OnFinish(err error)           {}
func (h *shouted) DELETE()                          {}

func TestMistakesAreFoundWhenBuilding(t *testing.T) {
	for _, tt := range []struct {
		name     string
		settings Settings
		routes   []Route
		want     []string
	}{
		{"too few arguments", Settings{}, []Route{URL[helloHandler](`/story/([0-9]+)`)},
			[]string{"build_test.go:", "web.helloHandler.Get() does not fit the pattern `/story/([0-9]+)`, which has 1 group; write func (h *helloHandler) Get(arg1 string) error"}},
		{"too many arguments", Settings{}, []Route{URL[storyHandler](`/`)},
			[]string{"web.storyHandler.Get(int) error does not fit the pattern `/`, which has no groups; write func (h *storyHandler) Get() error"}},
		{"named group", Settings{}, []Route{URL[helloHandler](`/(?P<id>\d+)/(?P<name>\w+)`)},
			[]string{"write func (h *helloHandler) Get(id string, name string) error"}},
		{"result", Settings{}, []Route{URL[badResult](`/`)}, []string{"web.badResult.Get() string does not fit", "func (h *badResult) Get() error"}},
		{"kind", Settings{}, []Route{URL[badKind](`/(.*)`)},
			[]string{"web.badKind.Get(context.Context, []int) does not fit", "Get(ctx context.Context, arg1 string) error"}},
		{"no verb", Settings{}, []Route{URL[noVerb](`/`)}, []string{"web.noVerb has no method for any verb", "func (h *noVerb) Get() error"}},
		{"pointer", Settings{}, []Route{URL[byPointer](`/`)}, []string{"web.byPointer must embed web.RequestHandler itself"}},
		{"Prepare", Settings{}, []Route{URL[badPrepare](`/`)}, []string{"web.badPrepare.Prepare would never be called", "Prepare(ctx context.Context) error"}},
		{"OnFinish", Settings{}, []Route{URL[badOnFinish](`/`)}, []string{"its signature must be OnFinish()"}},
		{"verb in capitals", Settings{}, []Route{URL[shouted](`/`)}, []string{"web.shouted.DELETE would never be called: call it Delete"}},
		{"pattern", Settings{}, []Route{URL[helloHandler](`/(`)}, []string{"build_test.go:", "pattern `/(`", "missing closing )"}},
		{"pattern without a slash", Settings{}, []Route{URL[helloHandler](`hello`)}, []string{"begin it with /"}},
		{"name", Settings{}, []Route{URL[helloHandler](`/a`, Name("x")), URL[helloHandler](`/b`, Name("x"))},
			[]string{`two routes have the name "x": ` + "`/a` and `/b`"}},
		{"Init", Settings{}, []Route{URL[helloHandler](`/`, Init(func(*storyHandler) {}))},
			[]string{"the Init of `/` is a func(*web.storyHandler), but the handler is web.helloHandler"}},
		{"zero Route", Settings{}, []Route{{}}, []string{"web.URL[Handler](pattern)"}},
		{"templates", Settings{TemplatePath: "nowhere"}, nil, []string{`Settings.TemplatePath is "nowhere", but there is none`}},
		{"static", Settings{StaticPath: "nowhere"}, nil, []string{`Settings.StaticPath is "nowhere", but there is none`}},
		{"file for a folder", Settings{StaticPath: "build.go"}, nil, []string{"not a folder"}},
		{"static prefix", Settings{StaticPath: ".", StaticURLPrefix: "files"}, nil, []string{"must begin and end with a slash"}},
		{"folder of a route", Settings{}, []Route{StaticFiles(`/f/(.*)`, "nowhere")}, []string{"build_test.go:", "`/f/(.*)`", "nowhere"}},
		{"two secrets", Settings{CookieSecret: "a", CookieSecrets: map[int]string{0: "b"}}, nil, []string{"both CookieSecret and CookieSecrets"}},
		{"key version", Settings{CookieSecrets: map[int]string{1: "a"}, KeyVersion: 2}, nil, []string{"KeyVersion is 2, but CookieSecrets has no key of that version"}},
		{"XSRF cookie", Settings{XSRFCookieName: "a;b"}, nil, []string{"XSRFCookieName"}},
		{"XSRF version", Settings{XSRFCookieVersion: 3}, nil, []string{"XSRFCookieVersion is 3"}},
		{"users without GetCurrentUser", Settings{LoginURL: "/login"}, []Route{URL[helloHandler](`/`, Authenticated())},
			[]string{"build_test.go:", "web.helloHandler is for users who are logged in", "func (h *helloHandler) GetCurrentUser() any"}},
		{"users without a login", Settings{}, []Route{URL[memberHandler](`/`, Authenticated())}, []string{"needs the setting LoginURL"}},
		{"several", Settings{TemplatePath: "nowhere"}, []Route{URL[noVerb](`/`), URL[badResult](`/`)}, []string{"nowhere\", but there is none", "(and 2 more)\n  ", "noVerb", "badResult"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app, err := BuildApplication(tt.settings, tt.routes...)
			var config *ConfigError
			if app != nil || !errors.As(err, &config) {
				t.Fatalf("got %v, %v; want a *ConfigError", app, err)
			}
			for _, text := range tt.want {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("got %q; want %q in it", err, text)
				}
			}
		})
	}
}

func TestNewApplicationPanicsWithAConfigError(t *testing.T) {
	defer func() {
		if err, ok := recover().(*ConfigError); !ok || len(err.Problems) != 1 {
			t.Errorf("got %v; want a *ConfigError with one problem", err)
		}
	}()
	NewApplication(Settings{}, URL[noVerb](`/`))
}

// base is embedded by handlers, as the base of an application's own is.
type base struct{ RequestHandler }

func (h *base) Get() { h.Write("base") }

type derived struct{ base }

func TestRoutes(t *testing.T) {
	app := NewApplication(Settings{}, URL[derived](`/`, Name("home")), URL[storyHandler](`/story/([0-9]+)`))
	routes := app.Routes()
	if len(routes) != 2 {
		t.Fatalf("got %d routes; want 2", len(routes))
	}
	home := routes[0]
	if home.Name != "home" || home.Handler != "web.derived" || strings.Join(home.Methods, " ") != "GET" ||
		filepath.Base(home.File) != "build_test.go" || home.Line == 0 {
		t.Errorf("got %+v", home)
	}
	if got := routes[1]; filepath.Base(got.File) != "bench_test.go" || got.Pattern != `/story/([0-9]+)` {
		t.Errorf("got %+v", got)
	}
}

func TestReverseURL(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{}, URL[storyHandler](`/story/([0-9]+)`, Name("story")), URL[loopHandler](`/`, Init(func(h *loopHandler) {
		h.run = func(h *RequestHandler) error { h.Write(h.ReverseURL(h.GetArgument("name"), 7)); return nil }
	})))
	if got := exchangeWithFake(t, app, get("/?name=story")); got.body != "/story/7" {
		t.Errorf("got %q; want /story/7", got.body)
	}
	if got := exchangeWithFake(t, app, get("/?name=none")); got.status != 500 {
		t.Errorf("unknown name: got %d; want 500", got.status)
	}
	if _, err := app.ReverseURL("none"); err == nil || !strings.Contains(err.Error(), `web.Name("none")`) {
		t.Errorf("got %v; want an error that tells how to name a route", err)
	}
}

func TestDefaultHandler(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{DefaultHandler: URL[helloHandler](`.*`)})
	if got := exchangeWithFake(t, app, get("/none")); got.status != 200 || got.body != "Hello, world" {
		t.Errorf("got %d %q; want the default handler's answer", got.status, got.body)
	}
	if got := exchangeWithFake(t, NewApplication(Settings{}), get("/none")); got.status != 404 {
		t.Errorf("without one: got %d; want 404", got.status)
	}
}

func TestRedirectHandler(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{}, Redirect(`/old/(.*)`, "/new/{0}"), Redirect(`/(.*)/away`, "/{0}"), Redirect(`/site`, "https://example.com/?a=1"))
	for _, tt := range []struct {
		request, location string
		status            int
	}{
		{get("/old/a%20b/c?x=1"), "/new/a%20b/c?x=1", 301},
		{ask("HEAD", "/old/a", ""), "/new/a", 301},
		{ask("POST", "/old/a", ""), "", 405},
		{get("//evil.example/away"), "/evil.example", 301},
		{get("/%2Fevil.example/away"), "/evil.example", 301},
		{get("/%5Cevil.example/away"), "/%5Cevil.example", 301},
		{get("/old/a%0d%0aX-Evil:1"), "/new/a%0D%0AX-Evil:1", 301},
		{get("/site?b=2"), "https://example.com/?a=1&b=2", 301},
	} {
		got := exchangeWithFake(t, app, tt.request)
		if got.status != tt.status || got.header.Get("Location") != tt.location || got.header.Has("X-Evil") {
			t.Errorf("%.30q: got %d, %q; want %d, %q", tt.request, got.status, got.header.Get("Location"), tt.status, tt.location)
		}
	}
}
