package web

import (
	"net/url"
	"strings"
	"testing"
)

type memberHandler struct{ RequestHandler }

func (h *memberHandler) GetCurrentUser() any {
	if name := h.GetCookie("name"); name != "" {
		return name
	}
	return nil
}

func (h *memberHandler) Get() { h.Write("hello " + h.CurrentUser().(string)) }

func (h *memberHandler) Post() { h.Write("done by " + h.CurrentUser().(string)) }

// mixedHandler asks in one of its methods alone.
type mixedHandler struct{ memberHandler }

func (h *mixedHandler) Get() { h.Write("hello everybody") }

func (h *mixedHandler) Post() error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	h.memberHandler.Post()
	return nil
}

func TestAuthenticated(t *testing.T) {
	for _, tt := range []struct {
		name, login, method, target, cookie string
		status                              int
		location, body                      string
	}{
		{"known", "/login", "GET", "/", "name=ann", 200, "", "hello ann"},
		{"known, POST", "/login", "POST", "/", "name=ann", 200, "", "done by ann"},
		{"nobody", "/login", "GET", "/", "", 302, "/login?next=%2F", ""},
		{"nobody, HEAD", "/login", "HEAD", "/", "", 302, "/login?next=%2F", ""},
		{"nobody, POST", "/login", "POST", "/", "", 403, "", ""},
		{"with a query", "/login", "GET", "/?a=1&b=2", "", 302, "/login?next=%2F%3Fa%3D1%26b%3D2", ""},
		{"login with a query", "/login?lang=de", "GET", "/", "", 302, "/login?lang=de", ""},
		{"login elsewhere", "https://login.example/in", "GET", "/x", "", 302, "https://login.example/in?next=http%3A%2F%2Fexample.com%2Fx", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := NewApplication(Settings{LoginURL: tt.login}, URL[memberHandler](`/x?`, Authenticated()))
			got := exchangeWithFake(t, app, tt.method+" "+tt.target+" HTTP/1.1\r\nHost: example.com\r\nCookie: "+tt.cookie+"\r\n\r\n")
			if got.status != tt.status || got.header.Get("Location") != tt.location || tt.body != "" && got.body != tt.body {
				t.Errorf("got %d, %q, %q; want %d, %q, %q", got.status, got.header.Get("Location"), got.body, tt.status, tt.location, tt.body)
			}
		})
	}
}

func TestAuthenticatedInOneMethod(t *testing.T) {
	app := NewApplication(Settings{LoginURL: "/login"}, URL[mixedHandler](`/`))
	for raw, want := range map[string]int{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n":                     200,
		"POST / HTTP/1.1\r\nHost: x\r\n\r\n":                    403,
		"POST / HTTP/1.1\r\nHost: x\r\nCookie: name=bo\r\n\r\n": 200,
	} {
		if got := exchangeWithFake(t, app, raw); got.status != want {
			t.Errorf("%q: got %d; want %d", raw, got.status, want)
		}
	}
}

func TestIsLocalPath(t *testing.T) {
	for url, want := range map[string]bool{
		"/": true, "/a/b?c=d#e": true, "": false, "a": false, "//evil.example": false, `/\evil.example`: false,
		"https://evil.example": false, "/\t/evil.example": false, "/\n": false, "javascript:alert(1)": false,
	} {
		if got := IsLocalPath(url); got != want {
			t.Errorf("%q: got %v; want %v", url, got, want)
		}
	}
}

// twoTokens writes the token of a client twice, and its form field.
type twoTokens struct{ memberHandler }

func (h *twoTokens) Get() { h.Write(h.XSRFToken() + "\n" + h.XSRFToken() + "\n" + h.XSRFFormHTML()) }

func (h *twoTokens) Post() { h.Write("done") }

// trusted takes posts from anywhere.
type trusted struct{ twoTokens }

func (h *trusted) CheckXSRFCookie() error { return nil }

func TestXSRFRoundTrip(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{XSRFCookies: true, XSRFCookieOptions: CookieOptions{HTTPOnly: true}},
		URL[twoTokens](`/`), URL[trusted](`/trusted`))
	first := exchangeWithFake(t, app, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	cookie, attributes, _ := strings.Cut(first.header.Get("Set-Cookie"), ";")
	if strings.Contains(attributes, "expires") || !strings.Contains(attributes, "HttpOnly") {
		t.Errorf("got the attributes %q; want a session cookie that is HttpOnly", attributes)
	}
	lines := strings.Split(first.body, "\n")
	if lines[0] != lines[1] || !strings.Contains(lines[2], lines[0]) || cookie != "_xsrf="+lines[0] {
		t.Errorf("the token is not the same within one answer: %q, %q", cookie, lines)
	}
	second := exchangeWithFake(t, app, "GET / HTTP/1.1\r\nHost: x\r\nCookie: "+cookie+"\r\n\r\n")
	masked, _, _ := strings.Cut(second.body, "\n")
	if second.header.Has("Set-Cookie") || masked == lines[0] {
		t.Errorf("got %q, %q; want no new cookie, and another mask", second.header.Get("Set-Cookie"), masked)
	}
	post := func(path, header string) int {
		return exchangeWithFake(t, app, "POST "+path+" HTTP/1.1\r\nHost: x\r\n"+header+"\r\n").status
	}
	for _, tt := range []struct {
		name, path, header string
		want               int
	}{
		{"the masked token", "/", "Cookie: " + cookie + "\r\nX-Xsrftoken: " + masked + "\r\n", 200},
		{"nothing", "/", "", 403},
		{"the cookie alone", "/", "Cookie: " + cookie + "\r\n", 403},
		{"the token alone", "/", "X-Xsrftoken: " + masked + "\r\n", 403},
		{"a request of a script", "/", "Cookie: " + cookie + "\r\nX-Requested-With: XMLHttpRequest\r\n", 403},
		{"a handler that does not care", "/trusted", "", 200},
		{"a path that is not there", "/nothing", "", 404},
	} {
		if got := post(tt.path, tt.header); got != tt.want {
			t.Errorf("%s: got %d; want %d", tt.name, got, tt.want)
		}
	}
	user := exchangeWithFake(t, app, "GET / HTTP/1.1\r\nHost: x\r\nCookie: name=ann\r\n\r\n")
	if set := user.header.Get("Set-Cookie"); !strings.Contains(set, "expires=") {
		t.Errorf("got %q for a user; want a cookie that is kept", set)
	}
	if app.settings.XSRFCookieOptions != (CookieOptions{HTTPOnly: true}) {
		t.Error("the settings were changed by a request")
	}
}

func TestSafeNext(t *testing.T) {
	app := NewApplication(Settings{}, kinds[0].route(`/`, func(h *RequestHandler) error { h.Write(h.SafeNext("/home")); return nil }))
	for next, want := range map[string]string{"/a?b=c": "/a?b=c", "//evil.example/": "/home", "": "/home"} {
		got := exchangeWithFake(t, app, "GET /?"+url.Values{"next": {next}}.Encode()+" HTTP/1.1\r\nHost: x\r\n\r\n")
		if got.body != want {
			t.Errorf("%q: got %q; want %q", next, got.body, want)
		}
	}
}
