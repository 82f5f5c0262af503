package web

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const testSecret = "0123456789abcdef0123456789abcdef"

// A visitor is a client with cookies.
type visitor struct {
	t       *testing.T
	app     *Application
	cookies map[string]string
}

func (v *visitor) fetch(path string, fields ...string) response {
	v.t.Helper()
	for name, value := range v.cookies {
		fields = append(fields, "Cookie: "+name+"="+value)
	}
	got := exchangeWithFake(v.t, v.app, get(path, fields...))
	for _, field := range got.header.GetList("Set-Cookie") {
		pair, rest, _ := strings.Cut(field, ";")
		name, value, _ := strings.Cut(pair, "=")
		if v.cookies[name] = value; strings.Contains(rest, "Max-Age=0") {
			delete(v.cookies, name)
		}
	}
	return got
}

// sessionScript does what the path says.
func sessionScript(h *RequestHandler) error {
	s := h.Session()
	switch h.Request.Path {
	case "/set":
		s.Set(h.GetArgument("name"), h.GetArgument("value"))
	case "/get":
		h.Write(s.Get(h.GetArgument("name"), "nothing"))
	case "/delete":
		s.Delete(h.GetArgument("name"))
	case "/names":
		h.Write(strings.Join(s.Names(), " "))
	case "/login":
		s.Regenerate()
		s.Set("user", h.GetArgument("user"))
	case "/logout":
		s.Destroy()
	case "/renew":
		s.Destroy()
		s.Set("new", "yes")
	case "/large":
		s.Set("large", strings.Repeat("x", 5000))
	case "/late":
		h.Write("x")
		h.Flush()
		s.Set("a", "b")
	case "/fail":
		s.Set("before", "failing")
		return errors.New("oh")
	}
	return nil
}

// A testClock is a clock that stands still.
type testClock struct{ now time.Time }

func (c *testClock) Now() time.Time { return c.now }

// eachSession runs a test with each kind of handler and of store.
func eachSession(t *testing.T, options SessionOptions, test func(t *testing.T, v *visitor, clock *testClock)) {
	t.Helper()
	for _, kind := range kinds {
		for _, stored := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, stored %v", kind.name, stored), func(t *testing.T) {
				captureLog(t)
				clock := &testClock{time.Now()}
				settings := Settings{CookieSecret: testSecret, Sessions: options, Now: clock.Now}
				if stored {
					settings.Sessions.Store = NewMemoryStore(MemoryStoreOptions{Now: clock.Now})
				}
				app := NewApplication(settings, kind.route(`/.*`, sessionScript))
				test(t, &visitor{t, app, map[string]string{}}, clock)
			})
		}
	}
}

func TestSession(t *testing.T) {
	eachSession(t, SessionOptions{}, func(t *testing.T, v *visitor, _ *testClock) {
		for _, tt := range []struct {
			path, body string
			sets       bool
		}{
			{"/get?name=a", "nothing", false},
			{"/delete?name=a", "", false},
			{"/set?name=a&value=1", "", true},
			{"/get?name=a", "1", false},
			{"/set?name=b&value=" + "%C3%A4;%22", "", true},
			{"/get?name=b", "ä;\"", false},
			{"/names", "a b", false},
			{"/delete?name=a", "", true},
			{"/get?name=a", "nothing", false},
			{"/names", "b", false},
			{"/login?user=ann", "", true},
			{"/names", "b user", false},
			{"/renew", "", true},
			{"/names", "new", false},
			{"/logout", "", true},
			{"/names", "", false},
			{"/logout", "", false},
			{"/fail", "", true},
			{"/names", "before", false},
		} {
			got := v.fetch(tt.path)
			if tt.path != "/fail" && got.body != tt.body {
				t.Errorf("%s: got %q; want %q", tt.path, got.body, tt.body)
			}
			if got.header.Has("Set-Cookie") != tt.sets {
				t.Errorf("%s: got Set-Cookie %q; want one: %v", tt.path, got.header.Get("Set-Cookie"), tt.sets)
			}
			if tt.path != "/fail" && got.header.Get("Vary") != "Cookie" || tt.sets && got.header.Get("Cache-Control") != "private" {
				t.Errorf("%s: got Vary %q, Cache-Control %q", tt.path, got.header.Get("Vary"), got.header.Get("Cache-Control"))
			}
		}
	})
}

func TestSessionCookie(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options SessionOptions
		want    []string
		not     []string
	}{
		{"default", SessionOptions{}, []string{"session=", "; HttpOnly", "; Path=/", "; SameSite=Lax", "; expires="}, []string{"Secure"}},
		{"options", SessionOptions{CookieName: "s", BrowserSession: true, Cookie: CookieOptions{SameSite: "Strict", Path: "/a", Secure: true}},
			[]string{"s=", "; HttpOnly", "; Path=/a", "; SameSite=Strict", "; Secure"}, []string{"expires"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachSession(t, tt.options, func(t *testing.T, v *visitor, _ *testClock) {
				got := v.fetch("/set?name=a&value=1")
				field := got.header.Get("Set-Cookie")
				for _, text := range tt.want {
					if !strings.Contains(field, text) {
						t.Errorf("got %q; want %q in it", field, text)
					}
				}
				for _, text := range tt.not {
					if strings.Contains(field, text) {
						t.Errorf("got %q; want no %q in it", field, text)
					}
				}
			})
		})
	}
}

func TestSessionsAreSecureOverHTTPS(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{CookieSecret: testSecret, Loops: 1}, kinds[0].route(`/.*`, sessionScript))
	c := newFakeConnection()
	request := requestFor(t, c)
	request.Method, request.Protocol = "GET", "https"
	request.SetURI("/set?name=a&value=1")
	d := app.StartRequest(request).(*delegate)
	c.message = d
	d.Finish()
	if field := c.headers.Get("Set-Cookie"); !strings.Contains(field, "; Secure") {
		t.Errorf("got %q; want it Secure", field)
	}
}

func TestSessionsEnd(t *testing.T) {
	eachSession(t, SessionOptions{MaxAge: 10 * time.Hour}, func(t *testing.T, v *visitor, clock *testClock) {
		v.fetch("/set?name=a&value=1")
		clock.now = clock.now.Add(4 * time.Hour)
		if got := v.fetch("/get?name=a"); got.body != "1" || got.header.Has("Set-Cookie") {
			t.Errorf("after four hours: got %q, Set-Cookie %q", got.body, got.header.Get("Set-Cookie"))
		}
		clock.now = clock.now.Add(2 * time.Hour)
		if got := v.fetch("/get?name=a"); got.body != "1" || !got.header.Has("Set-Cookie") {
			t.Errorf("after six hours: got %q, Set-Cookie %q; want it renewed", got.body, got.header.Get("Set-Cookie"))
		}
		clock.now = clock.now.Add(9 * time.Hour)
		if got := v.fetch("/get?name=a"); got.body != "1" {
			t.Errorf("after fifteen hours: got %q; want the renewed session", got.body)
		}
		clock.now = clock.now.Add(11 * time.Hour)
		if got := v.fetch("/get?name=a"); got.body != "nothing" {
			t.Errorf("eleven hours later: got %q; want a new session", got.body)
		}
	})
}

func TestSessionsCannotBePlanted(t *testing.T) {
	captureLog(t)
	store := NewMemoryStore(MemoryStoreOptions{})
	app := NewApplication(Settings{CookieSecret: testSecret, Sessions: SessionOptions{Store: store}}, kinds[0].route(`/.*`, sessionScript))
	attacker := &visitor{t, app, map[string]string{}}
	attacker.fetch("/set?name=a&value=1")
	victim := &visitor{t, app, map[string]string{"session": attacker.cookies["session"]}}
	victim.fetch("/login?user=ann")
	if got := victim.fetch("/get?name=user"); got.body != "ann" {
		t.Errorf("who has logged in is %q; want ann", got.body)
	}
	if got := attacker.fetch("/get?name=user"); got.body != "nothing" {
		t.Errorf("who planted the session is %q; want nobody", got.body)
	}
	if store.Len() != 1 {
		t.Errorf("%d sessions are kept; want 1", store.Len())
	}
	copied := &visitor{t, app, map[string]string{"session": victim.cookies["session"]}}
	victim.fetch("/logout")
	if got := copied.fetch("/get?name=user"); got.body != "nothing" || store.Len() != 0 {
		t.Errorf("after the logout a copy of the cookie is %q, and %d sessions are kept", got.body, store.Len())
	}
	copied.fetch("/set?name=a&value=1")
	if copied.cookies["session"] == attacker.cookies["session"] {
		t.Error("a name that was forgotten is used again")
	}
}

func TestSessionsAreSigned(t *testing.T) {
	eachSession(t, SessionOptions{}, func(t *testing.T, v *visitor, _ *testClock) {
		v.fetch("/set?name=a&value=1")
		cookie := v.cookies["session"]
		other := Signing{Secret: "another key of the length that it should have"}
		forged, err := other.CreateSignedValue("session", `{"t":9999999999,"v":{"a":"2"}}`, 2)
		if err != nil {
			t.Fatal(err)
		}
		renamed, err := v.app.signing.CreateSignedValue("other", `{"t":9999999999,"v":{"a":"2"}}`, 2)
		if err != nil {
			t.Fatal(err)
		}
		old, err := v.app.signing.CreateSignedValue("session", `{"t":9999999999,"v":{"a":"2"}}`, 1)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"cut": cookie[:len(cookie)-1], "forged": forged, "of another name": renamed, "old format": old, "empty": ""} {
			v.cookies["session"] = value
			if got := v.fetch("/get?name=a"); got.status != 200 || got.body != "nothing" {
				t.Errorf("%s: got %d %q; want a new session", name, got.status, got.body)
			}
		}
	})
}

func TestSessionKeysCanBeReplaced(t *testing.T) {
	captureLog(t)
	settings := Settings{CookieSecrets: map[int]string{1: testSecret, 2: testSecret + "2"}, KeyVersion: 1}
	before := NewApplication(settings, kinds[0].route(`/.*`, sessionScript))
	settings.KeyVersion = 2
	after := NewApplication(settings, kinds[0].route(`/.*`, sessionScript))
	v := &visitor{t, before, map[string]string{}}
	v.fetch("/set?name=a&value=1")
	v.app = after
	if got := v.fetch("/get?name=a"); got.body != "1" || !got.header.Has("Set-Cookie") {
		t.Errorf("got %q, Set-Cookie %q; want it signed anew", got.body, got.header.Get("Set-Cookie"))
	}
	if got := v.fetch("/get?name=a"); got.body != "1" || got.header.Has("Set-Cookie") {
		t.Errorf("got %q, Set-Cookie %q", got.body, got.header.Get("Set-Cookie"))
	}
	delete(settings.CookieSecrets, 1)
	v.app = NewApplication(settings, kinds[0].route(`/.*`, sessionScript))
	if got := v.fetch("/get?name=a"); got.body != "1" {
		t.Errorf("without the old key: got %q", got.body)
	}
}

func TestSessionsThatCannotBeSaved(t *testing.T) {
	eachSession(t, SessionOptions{}, func(t *testing.T, v *visitor, _ *testClock) {
		stored := v.app.settings.Sessions.Store != nil
		got := v.fetch("/large")
		if want := map[bool]int{false: 500, true: 200}[stored]; got.status != want || got.header.Has("Set-Cookie") != stored {
			t.Errorf("large: got %d, Set-Cookie %q; want %d", got.status, got.header.Get("Set-Cookie"), want)
		}
		if got := v.fetch("/late"); !got.aborted {
			t.Errorf("late: got %d %q; want it broken off", got.status, got.body)
		}
	})
}

var errStore = errors.New("the database is down")

type brokenStore struct{ MemoryStore }

func (*brokenStore) Load(context.Context, string) ([]byte, bool, error) { return nil, false, errStore }
func (*brokenStore) Create(context.Context, string, []byte, time.Time) error {
	return errStore
}

func TestSessionStoresThatFail(t *testing.T) {
	logged := captureLog(t)
	app := NewApplication(Settings{CookieSecret: testSecret, Sessions: SessionOptions{Store: new(brokenStore)}}, kinds[0].route(`/.*`, sessionScript))
	v := &visitor{t, app, map[string]string{}}
	if got := v.fetch("/set?name=a&value=1"); got.status != 500 || len(v.cookies) > 0 {
		t.Errorf("got %d and cookies %v; want 500 and none", got.status, v.cookies)
	}
	signed, err := app.signing.CreateSignedValue("session", "id", 2)
	if err != nil {
		t.Fatal(err)
	}
	v.cookies["session"] = signed
	if got := v.fetch("/get?name=a"); got.status != 500 {
		t.Errorf("got %d; want 500", got.status)
	}
	logged.expect(t, "web: saving the session: the database is down", "web: loading the session: the database is down")
}

func TestSessionsNeedASecret(t *testing.T) {
	logged := captureLog(t)
	app := NewApplication(Settings{}, kinds[0].route(`/.*`, sessionScript))
	if got := exchangeWithFake(t, app, get("/get?name=a")); got.status != 500 {
		t.Errorf("got %d; want 500", got.status)
	}
	logged.expect(t, "signed cookies need the setting CookieSecret")
}

func TestSessionValues(t *testing.T) {
	type cart struct{ Items []int }
	s := &Session{h: &RequestHandler{exchange: new(exchange)}}
	s.Set("cart", cart{[]int{1, 2}})
	s.Set("count", 7)
	var got cart
	if !s.GetValue("cart", &got) || len(got.Items) != 2 {
		t.Errorf("got %+v", got)
	}
	count := 0
	if !s.GetValue("count", &count) || count != 7 {
		t.Errorf("got %d; want 7", count)
	}
	if s.GetValue("none", &count) || s.GetValue("cart", &count) || s.Get("count") != "" {
		t.Error("a value was read that is not there, or of another type")
	}
	defer func() {
		if recover() == nil {
			t.Error("a function was kept")
		}
	}()
	s.Set("f", func() {})
}

func TestMemoryStore(t *testing.T) {
	clock := &testClock{time.Unix(1000, 0)}
	ctx := context.Background()
	m := NewMemoryStore(MemoryStoreOptions{MaxSessions: 3, MaxBytes: 3 * (memoryPerSession + 10), Now: clock.Now})
	create := func(id string, size int, seconds int64) {
		t.Helper()
		if err := m.Create(ctx, id, make([]byte, size), time.Unix(seconds, 0)); err != nil {
			t.Fatal(err)
		}
	}
	has := func(want string) {
		t.Helper()
		got := ""
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			if _, ok, err := m.Load(ctx, id); ok && err == nil {
				got += id
			}
		}
		if got != want {
			t.Errorf("got the sessions %q; want %q", got, want)
		}
	}
	create("a", 10, 2000)
	create("b", 10, 1100)
	create("c", 10, 2000)
	has("abc")
	create("d", 10, 2000) // one too many
	has("bcd")
	clock.now = time.Unix(1100, 0)
	has("cd")
	create("e", 20, 2000) // too large beside the two
	has("de")
	if err := m.Update(ctx, "a", nil, time.Unix(2000, 0)); err != nil {
		t.Fatal(err)
	}
	has("de") // what has gone stays so
	if err := m.Update(ctx, "d", []byte("x"), time.Unix(1200, 0)); err != nil {
		t.Fatal(err)
	}
	if data, ok, err := m.Load(ctx, "d"); string(data) != "x" || !ok || err != nil {
		t.Errorf("got %q, %v, %v", data, ok, err)
	}
	clock.now = time.Unix(2000, 0)
	has("")
	create("a", 1, 3000)
	if err := m.Delete(ctx, "a"); err != nil || m.Len() != 0 || m.bytes != 0 {
		t.Errorf("got %v, %d sessions of %d bytes", err, m.Len(), m.bytes)
	}
}
