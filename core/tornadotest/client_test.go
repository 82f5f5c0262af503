package tornadotest

import (
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/web"
)

func TestMain(m *testing.M) { leak.Main(m) }

// visitHandler counts visits in the session.
type visitHandler struct{ web.RequestHandler }

func (h *visitHandler) Get() {
	s := h.Session()
	visits := 0
	s.GetValue("visits", &visits)
	s.Set("visits", visits+1)
	h.Write(map[string]any{"visits": visits + 1, "protocol": h.Request.Protocol})
}

func (h *visitHandler) Delete() { h.Redirect("/") }

// showHandler shows what it was sent.
type showHandler struct{ web.RequestHandler }

func (h *showHandler) Get()  { h.show() }
func (h *showHandler) Put()  { h.show() }
func (h *showHandler) Post() { h.show() }

func (h *showHandler) show() {
	h.Write(map[string]any{"method": h.Request.Method, "uri": h.Request.URI, "host": h.Request.Host, "body": string(h.Request.Body),
		"type": h.Request.Headers.Get("Content-Type"), "authorization": h.Request.Headers.Get("Authorization"), "x": h.Request.Headers.Get("X-A")})
}

func visits(now func() time.Time) *web.Application {
	return web.NewApplication(web.Settings{Loops: 1, CookieSecret: "0123456789abcdef0123456789abcdef", Now: now},
		web.URL[visitHandler](`/`), web.URL[showHandler](`/show`))
}

type visit struct {
	Visits   int
	Protocol string
}

func visitOf(r Response) (v visit) {
	r.JSON(&v)
	return v
}

func TestClientsWithCookies(t *testing.T) {
	for name, serve := range map[string]func(testing.TB, *web.Application) *Server{"http": Serve, "https": ServeTLS} {
		t.Run(name, func(t *testing.T) {
			ExpectLog(t)
			s := serve(t, visits(nil))
			ann, bob := s.NewClient(ClientOptions{Cookies: true, FollowRedirects: true}), s.NewClient(ClientOptions{Cookies: true})
			for i, tt := range []struct {
				client *Client
				want   int
			}{{s.Client, 1}, {s.Client, 1}, {ann, 1}, {ann, 2}, {bob, 1}, {ann, 3}} {
				if got := visitOf(tt.client.Get("/")); got != (visit{tt.want, name}) {
					t.Errorf("%d: got %+v; want visit %d by %s", i, got, tt.want, name)
				}
			}
			if ann.Cookie("/", "session") == "" || s.Cookie("/", "session") != "" || ann.Cookie("/", "other") != "" {
				t.Error("the cookies are not those that were set")
			}
			got := ann.Fetch("DELETE", "/", nil, "")
			if got.StatusCode != 200 || got.URL != s.URL("/") || visitOf(got).Visits != 4 {
				t.Errorf("got %d %q from %s; want it redirected", got.StatusCode, got.Body, got.URL)
			}
			if got := bob.Fetch("DELETE", "/", nil, ""); got.StatusCode != 302 {
				t.Errorf("got %d; want the redirect", got.StatusCode)
			}
		})
	}
}

func TestDo(t *testing.T) {
	ExpectLog(t)
	s := Serve(t, visits(nil))
	for _, tt := range []struct {
		name    string
		request Request
		want    map[string]string
	}{
		{"get", Request{Path: "/show?a=1", Query: url.Values{"b": {"2 3"}}}, map[string]string{"method": "GET", "uri": "/show?a=1&b=2+3"}},
		{"form", Request{Path: "/show", Form: url.Values{"a": {"ä"}}},
			map[string]string{"method": "POST", "body": "a=%C3%A4", "type": "application/x-www-form-urlencoded"}},
		{"json", Request{Path: "/show", Method: "PUT", JSON: []int{1}}, map[string]string{"method": "PUT", "body": "[1]", "type": "application/json"}},
		{"body", Request{Path: "/show", Body: "x", Header: http.Header{"Content-Type": {"text/plain"}, "x-a": {"b"}, "host": {"example.com"}}},
			map[string]string{"method": "POST", "body": "x", "type": "text/plain", "x": "b", "host": "example.com"}},
		{"user", Request{Path: "/show", Username: "ann", Password: "pass", Timeout: time.Minute}, map[string]string{"authorization": "Basic YW5uOnBhc3M="}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := map[string]string{}
			s.Do(tt.request).JSON(&got)
			for name, want := range tt.want {
				if got[name] != want {
					t.Errorf("%s: got %q; want %q", name, got[name], want)
				}
			}
		})
	}
}

func TestClock(t *testing.T) {
	ExpectLog(t)
	clock := NewClock(time.Time{})
	client := Serve(t, visits(clock.Now)).NewClient(ClientOptions{Cookies: true})
	client.Get("/")
	clock.Advance(24 * time.Hour)
	if got := visitOf(client.Get("/")).Visits; got != 2 {
		t.Errorf("after a day: visit %d; want 2", got)
	}
	clock.Advance(15 * 24 * time.Hour)
	if got := visitOf(client.Get("/")).Visits; got != 1 {
		t.Errorf("after fifteen more: visit %d; want a new session", got)
	}
	if start := NewClock(time.Unix(7, 0)); start.Now().Unix() != 7 {
		t.Errorf("got %v", start.Now())
	}
}

func TestBindUnusedPort(t *testing.T) {
	listener, port := BindUnusedPort(t)
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil || port == 0 {
		t.Fatalf("port %d: %v", port, err)
	}
	conn.Close()
}
