package auth_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/auth"
	"github.com/tornado-dev/tornado/core/auth/authtest"
	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
)

func TestMain(m *testing.M) { leak.Main(m) }

// transport is one whose connections end with the test.
func transport(t *testing.T) *http.Transport {
	own := &http.Transport{}
	t.Cleanup(own.CloseIdleConnections)
	return own
}

// provider is a provider for our client at a service.
func provider(t *testing.T, service auth.Service, change ...func(o *auth.Options)) *auth.Provider {
	t.Helper()
	o := auth.Options{ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, Transport: transport(t)}
	for _, f := range change {
		f(&o)
	}
	p, err := auth.New(service, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A site is an application with a login at /login, which answers with whoever has
// logged in.
type site struct {
	*tornadotest.Server
	t *testing.T
}

// A welcome is what a site answers after a login.
type welcome struct {
	User  auth.User
	Next  string
	Token string
}

func newSite(t *testing.T, p *auth.Provider, settings ...func(s *web.Settings)) *site {
	t.Helper()
	return &site{tornadotest.Serve(t, newApplication(p, settings...)), t}
}

func newApplication(p *auth.Provider, settings ...func(s *web.Settings)) *web.Application {
	s := web.Settings{
		CookieSecret: "a secret of at least thirty-two characters",
		LogFunction:  func(*web.RequestHandler) {}, // tests look at what else is logged
	}
	for _, f := range settings {
		f(&s)
	}
	return web.NewApplication(s, p.Route(`/login`, func(_ context.Context, h *web.RequestHandler, login *auth.Login) error {
		h.WriteJSON(welcome{login.User, login.Next, login.Token.AccessToken})
		h.Finish()
		return nil
	}))
}

// A visitor is a browser.
type visitor struct {
	*tornadotest.Client
	t *testing.T
}

func (s *site) visitor() *visitor {
	return &visitor{s.NewClient(tornadotest.ClientOptions{Cookies: true}), s.t}
}

// begin goes to the login, and returns where that sends the browser.
func (v *visitor) begin(path string) *url.URL {
	v.t.Helper()
	r := v.Get(path)
	to, err := url.Parse(r.Header.Get("Location"))
	if r.StatusCode != 302 || err != nil {
		v.t.Fatalf("GET %s: got %d %q, %v; want a redirect", path, r.StatusCode, r.Body, err)
	}
	return to
}

// through goes to the service, and returns the path with which that sends the
// browser back.
func (v *visitor) through(to *url.URL) string {
	v.t.Helper()
	client := http.Client{Transport: transport(v.t), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Get(to.String())
	if err != nil {
		v.t.Fatal(err)
	}
	defer r.Body.Close()
	back, err := r.Location()
	if err != nil {
		v.t.Fatalf("%s: got %d, %v; want a redirect", to, r.StatusCode, err)
	}
	return back.RequestURI()
}

// login does all that a browser does.
func (v *visitor) login() tornadotest.Response {
	v.t.Helper()
	return v.Get(v.through(v.begin("/login?next=/account?tab%3d2")))
}

func welcomed(t *testing.T, r tornadotest.Response) (w welcome) {
	t.Helper()
	if r.StatusCode != 200 {
		t.Fatalf("got %d %s; want somebody to be logged in", r.StatusCode, r.Body)
	}
	if err := json.Unmarshal([]byte(r.Body), &w); err != nil {
		t.Fatal(err)
	}
	return w
}

// refused checks that nobody was logged in.
func refused(t *testing.T, r tornadotest.Response, status int, text string) {
	t.Helper()
	if r.StatusCode != status || !strings.Contains(r.Body, text) {
		t.Errorf("got %d %q; want %d with %q in it", r.StatusCode, r.Body, status, text)
	}
}

// clockOf lets an application go by a clock.
func clockOf(clock *tornadotest.Clock) func(s *web.Settings) {
	return func(s *web.Settings) { s.Now = clock.Now }
}

// says changes one argument of the answer that the browser brings.
func says(name, value string) func(query url.Values) {
	return func(query url.Values) { query.Set(name, value) }
}

// expected is the patterns of what a test wants to be logged: none for empty text.
func expected(pattern string) []string {
	if pattern == "" {
		return nil
	}
	return []string{pattern}
}

// writeJSON is how a service answers.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who has left does not miss it
}
