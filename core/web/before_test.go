package web

import (
	"context"
	"strings"
	"testing"
)

// noting returns a Before that writes.
func noting(text string) RouteOption {
	return Before(func(h *RequestHandler) error { h.Write(text); return nil })
}

func notingElsewhere(text string) RouteOption {
	return Before(func(ctx context.Context, h *RequestHandler) error { h.Write(text); return ctx.Err() })
}

type preparedHandler struct{ RequestHandler }

func (h *preparedHandler) Prepare() { h.Write("prepare ") }
func (h *preparedHandler) Get()     { h.Write("get") }

type preparedElsewhere struct{ RequestHandler }

func (h *preparedElsewhere) Prepare(context.Context) error { h.Write("prepare "); return nil }
func (h *preparedElsewhere) Get(context.Context)           { h.Write("get") }

func TestBefore(t *testing.T) {
	captureLog(t)
	ending := Before(func(h *RequestHandler) error { h.Finish("end"); return nil })
	endingElsewhere := Before(func(_ context.Context, h *RequestHandler) error { h.Finish("end"); return nil })
	failing := Before(func(*RequestHandler) error { return HTTPError{StatusCode: 403} })
	panicking := Before(func(context.Context, *RequestHandler) error { panic(HTTPError{StatusCode: 410}) })
	for _, tt := range []struct {
		name    string
		options []RouteOption
		group   []RouteOption
		all     []RouteOption
		status  int
		body    string
	}{
		{"none", nil, nil, nil, 200, "prepare get"},
		{"one", []RouteOption{noting("a ")}, nil, nil, 200, "a prepare get"},
		{"in order", []RouteOption{noting("a "), notingElsewhere("b "), noting("c ")}, nil, nil, 200, "a b c prepare get"},
		{"several at once", []RouteOption{Before(
			func(h *RequestHandler) error { h.Write("1 "); return nil },
			func(h *RequestHandler) error { h.Write("2 "); return nil })}, nil, nil, 200, "1 2 prepare get"},
		{"outer first", []RouteOption{noting("route ")}, []RouteOption{notingElsewhere("group "), noting("second ")},
			[]RouteOption{noting("all ")}, 200, "all group second route prepare get"},
		{"end", []RouteOption{ending, noting("never ")}, nil, nil, 200, "end"},
		{"end in a goroutine", []RouteOption{notingElsewhere("a "), endingElsewhere, noting("never ")}, nil, nil, 200, "a end"},
		{"error", []RouteOption{noting("lost "), failing, ending}, nil, nil, 403, "403"},
		{"panic", []RouteOption{panicking, ending}, nil, nil, 410, "410"},
	} {
		for _, handler := range []struct {
			name string
			url  func(...RouteOption) Route
		}{
			{"on the loop", func(o ...RouteOption) Route { return URL[preparedHandler](`/`, o...) }},
			{"in a goroutine", func(o ...RouteOption) Route { return URL[preparedElsewhere](`/`, o...) }},
		} {
			for _, transport := range transports {
				t.Run(tt.name+", "+handler.name+", "+transport.name, func(t *testing.T) {
					group := Group(Group(handler.url(tt.options...))).With(tt.group...)
					app := NewApplication(Settings{Loops: 1, RouteOptions: tt.all}, group)
					got := transport.exchange(t, app, get("/"))
					if got.status != tt.status || !strings.Contains(got.body, tt.body) || tt.status == 200 && got.body != tt.body {
						t.Errorf("got %d %q; want %d %q", got.status, got.body, tt.status, tt.body)
					}
				})
			}
		}
	}
}

func TestOptionsOfRoutesAreTheirOwn(t *testing.T) {
	captureLog(t)
	shared := URL[preparedHandler](`/a`, noting("0 "))
	one, two := shared.With(noting("1 ")), shared.With(noting("2 "))
	for want, route := range map[string]Route{"0 prepare get": shared, "1 0 prepare get": one, "2 0 prepare get": two} {
		if got := exchangeWithFake(t, NewApplication(Settings{}, route), get("/a")); got.body != want {
			t.Errorf("got %q; want %q", got.body, want)
		}
	}
}

func TestRouteOptionsReachPagesThatAreMissing(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{RouteOptions: []RouteOption{Before(func(h *RequestHandler) error {
		return HTTPError{StatusCode: 503}
	})}})
	if got := exchangeWithFake(t, app, get("/nowhere")); got.status != 503 {
		t.Errorf("got %d; want 503", got.status)
	}
}

// TestOptionsReachMounts holds that nobody gets past a guard by way of an application
// that is mounted behind it, and that the application by itself has none.
func TestOptionsReachMounts(t *testing.T) {
	captureLog(t)
	refuse := Before(func(h *RequestHandler) error { return HTTPError{StatusCode: 401} })
	stamp := Before(func(h *RequestHandler) error { h.SetHeader("X-Stamp", "1"); return nil })
	folder := t.TempDir()
	write(t, folder, map[string]string{"a.txt": "a"})
	innermost := NewApplication(Settings{}, URL[helloHandler](`/.*/deep`))
	inner := NewApplication(Settings{}, URL[helloHandler](`/[a-z]*/hello`), StaticFiles(`/[a-z]*/files/(.*)`, folder), Mount(`/.*/deep`, innermost).With(stamp))
	app := NewApplication(Settings{Loops: 1},
		Mount(`/closed/.*`, inner).With(refuse), Mount(`/open/.*`, inner), Group(Mount(`/group/.*`, inner)).With(refuse))
	for _, path := range []string{"/hello", "/deep", "/nowhere", "/files/a.txt"} {
		for prefix, refused := range map[string]bool{"/closed": true, "/group": true, "/open": false} {
			got := exchangeOverSocket(t, app, get(prefix+path))
			if (got.status == 401) != refused {
				t.Errorf("%s%s: got %d; refused should be %v", prefix, path, got.status, refused)
			}
			if stamped := got.header.Has("X-Stamp"); stamped != (path == "/deep" && !refused) {
				t.Errorf("%s%s: stamped %v", prefix, path, stamped)
			}
		}
	}
	everywhere := NewApplication(Settings{Loops: 1, RouteOptions: []RouteOption{refuse}}, Mount(`/.*`, inner))
	if got := exchangeOverSocket(t, everywhere, get("/open/hello")); got.status != 401 {
		t.Errorf("by RouteOptions: got %d; want 401", got.status)
	}
	_, err := BuildApplication(Settings{}, Mount(`/.*`, inner).With(Authenticated()))
	if err == nil || !strings.Contains(err.Error(), "GetCurrentUser") {
		t.Errorf("a guard that cannot work: got %v", err)
	}
}
