package web

import (
	"testing"
)

// say is a route that answers with a text.
func say(pattern, text string, options ...RouteOption) Route {
	return URL[sayHandler](pattern, append(options, Init(func(h *sayHandler) { h.text = text }))...)
}

type sayHandler struct {
	RequestHandler
	text string
}

func (h *sayHandler) Prepare() {
	text := h.text
	for _, value := range h.PathArgs() {
		text += "|" + value
	}
	h.Finish(text)
}

func TestHostsAndGroups(t *testing.T) {
	api := NewApplication(Settings{}, say(`/api/x`, "api x", Name("api")), say(`/api/(\w+)/z`, "api z"))
	app := NewApplication(Settings{DefaultHost: "www.default.com"},
		Host(`a\.com`, say(`/x`, "a x"), say(`/y/(\d+)`, "a y")),
		Mount(`/api/.*`, api),
		say(`/x`, "outer x"),
		Group(say(`/y/(\d+)`, "any y"), Host(`.*\.b\.com`, say(`/z`, "b z"))),
		Host(`www\.default\.com`, say(`/z`, "default z"), say(`/x`, "default x")),
	)
	for _, tt := range []struct{ host, path, fields, want string }{
		{"a.com", "/x", "", "a x"},
		{"A.com:8080", "/x", "", "a x"},
		{"xa.com", "/x", "", "outer x"},
		{"a.com.evil", "/x", "", "outer x"},
		{"a.com", "/y/5", "", "a y|5"},
		{"b.com", "/y/5", "", "any y|5"},
		{"a.com", "/api/x", "", "api x"},
		{"b.com", "/api/q/z", "", "api z|q"},
		{"b.com", "/api/nothing", "", ""},
		{"w.b.com", "/z", "", "b z"},
		{"other.com", "/z", "", "default z"},
		{"other.com", "/x", "", "outer x"},
		{"other.com", "/z", "X-Real-Ip: 1.2.3.4\r\n", ""},
		{"www.default.com", "/z", "X-Real-Ip: 1.2.3.4\r\n", "default z"},
	} {
		got := exchangeWithFake(t, app, "GET "+tt.path+" HTTP/1.1\r\nHost: "+tt.host+"\r\n"+tt.fields+"\r\n")
		if status := 200; got.body != tt.want && (tt.want != "" || got.status != 404) || tt.want != "" && got.status != status {
			t.Errorf("%s%s: got %d %q; want %q", tt.host, tt.path, got.status, got.body, tt.want)
		}
	}
	if path, err := app.ReverseURL("api"); path != "/api/x" || err != nil {
		t.Errorf("got %q, %v for a name of a mounted application", path, err)
	}
	app.beginDraining()
	select {
	case <-api.Draining():
	default:
		t.Error("a mounted application does not drain")
	}
}

func TestSlashes(t *testing.T) {
	app := NewApplication(Settings{}, say(`/add/?`, "slash", AddSlash()), say(`/remove/*`, "none", RemoveSlash()),
		say(`/all(/.*)?`, "all", RemoveSlash()), say(`/.*`, "any", AddSlash()))
	for _, tt := range []struct {
		method, target string
		status         int
		location       string
	}{
		{"GET", "/add/", 200, ""},
		{"GET", "/add?a=b", 301, "/add/?a=b"},
		{"HEAD", "/add", 301, "/add/"},
		{"POST", "/add", 404, ""},
		{"POST", "/add/", 200, ""},
		{"GET", "/remove", 200, ""},
		{"GET", "/remove///?a=b", 301, "/remove?a=b"},
		{"POST", "/remove/", 404, ""},
		{"GET", "//evil.example/x", 301, "/evil.example/x/"},
		{"GET", `/\evil.example/x`, 301, "/evil.example/x/"},
	} {
		got := exchangeWithFake(t, app, tt.method+" "+tt.target+" HTTP/1.1\r\nHost: x\r\n\r\n")
		if got.status != tt.status || got.header.Get("Location") != tt.location {
			t.Errorf("%s %s: got %d, %q; want %d, %q", tt.method, tt.target, got.status, got.header.Get("Location"), tt.status, tt.location)
		}
	}
}

func TestEtag(t *testing.T) {
	for _, tt := range []struct {
		name, method, field string
		settings            Settings
		run                 script
		status              int
		etag                string
	}{
		{"of the body", "GET", "", Settings{}, func(h *RequestHandler) error { h.Write("etag body"); return nil }, 200, `"7c3d5163b89d71e9813b68219d97064c4ae9c2f3"`},
		{"known", "GET", `"x", W/"7c3d5163b89d71e9813b68219d97064c4ae9c2f3"`, Settings{}, func(h *RequestHandler) error { h.Write("etag body"); return nil }, 304, `"7c3d5163b89d71e9813b68219d97064c4ae9c2f3"`},
		{"the handler's", "GET", `"mine"`, Settings{}, func(h *RequestHandler) error { h.SetHeader("Etag", `"mine"`); h.Write("x"); return nil }, 304, `"mine"`},
		{"POST", "POST", "*", Settings{}, func(h *RequestHandler) error { h.Write("x"); return nil }, 200, ""},
		{"another status", "GET", "*", Settings{}, func(h *RequestHandler) error { h.SetStatus(404); return nil }, 404, ""},
		{"flushed", "GET", "*", Settings{}, func(h *RequestHandler) error { h.Write("x"); h.Flush(); return nil }, 200, ""},
		{"turned off", "GET", "*", Settings{NoEtag: true}, func(h *RequestHandler) error { h.Write("x"); return nil }, 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			captureLog(t)
			everywhere(t, tt.settings, tt.run, func(t *testing.T, fetch func(string) response) {
				fields := []string{}
				if tt.field != "" {
					fields = append(fields, "If-None-Match: "+tt.field)
				}
				got := fetch(ask(tt.method, "/", "", fields...))
				if got.status != tt.status || got.header.Get("Etag") != tt.etag || got.status == 304 && (got.body != "" || got.header.Has("Content-Type")) {
					t.Errorf("got %d, %q, body %q; want %d, %q", got.status, got.header.Get("Etag"), got.body, tt.status, tt.etag)
				}
			})
		})
	}
}
