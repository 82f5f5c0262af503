package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tornado-dev/tornado/core/auth"
	"github.com/tornado-dev/tornado/core/auth/authtest"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
)

var jane = auth.User{
	Provider: "company", Subject: "248289761001", Name: "Jane Doe", Username: "j.doe",
	Email: "jane@example.com", EmailVerified: true, Picture: "https://example.com/jane.png",
}

func TestLogin(t *testing.T) {
	tornadotest.ExpectLog(t)
	s := authtest.NewIssuer(t)
	s.Document = func(document map[string]any) { document["authorization_endpoint"] = s.URL + "/authorize?theme=dark" }
	site := newSite(t, s.Provider("company"))
	ann := site.visitor()

	to := ann.begin("/login?next=/account?tab%3d2")
	asked := to.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": authtest.ClientID, "scope": "openid profile email", "code_challenge_method": "S256",
		"redirect_uri": site.URL("/login"), "theme": "dark",
	} {
		if got := asked.Get(name); got != want {
			t.Errorf("the service is asked with %s=%q; want %q", name, got, want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if got := asked.Get(name); len(got) != 43 {
			t.Errorf("the service is asked with %s=%q; want 43 characters", name, got)
		}
	}
	want := welcome{User: jane, Next: "/account?tab=2", Token: authtest.AccessToken}
	r := ann.Get(ann.through(to))
	if diff := cmp.Diff(want, welcomed(t, r)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := r.Header.Get("Cache-Control") + "; " + r.Header.Get("Referrer-Policy"); got != "no-store; no-referrer" {
		t.Errorf("got %s", got)
	}
	if got := ann.Cookie("/login", "login_company"); got != "" {
		t.Errorf("the cookie is still there: %q", got)
	}
	if again := ann.begin("/login").Query(); again.Get("state") == asked.Get("state") || again.Get("nonce") == asked.Get("nonce") {
		t.Error("two logins have the same state, or the same nonce")
	}
	if got := s.Asked(authtest.DiscoveryPath); got != 1 {
		t.Errorf("discovery was asked for %d times; want once", got)
	}
}

// The cookie that a login is bound to is for this host alone, for no script, and
// over HTTPS for nothing else.
func TestLoginCookie(t *testing.T) {
	tornadotest.ExpectLog(t)
	s := authtest.NewIssuer(t)
	app := newApplication(s.Provider("company"))
	for _, tt := range []struct {
		name   string
		server *tornadotest.Server
		prefix string
		want   []string
	}{
		{"http", tornadotest.Serve(t, app), "login_company=", []string{"HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax"}},
		{"https", tornadotest.ServeTLS(t, app), "__Host-login_company=", []string{"HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax", "Secure"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := tt.server.Get("/login")
			value, attributes, _ := strings.Cut(r.Header.Get("Set-Cookie"), "; ")
			got := strings.Split(attributes, "; ")
			if !strings.HasPrefix(value, tt.prefix) {
				t.Errorf("got %s; want %s", value, tt.prefix)
			}
			have := map[string]bool{}
			for _, attribute := range got {
				have[attribute] = true
			}
			for _, want := range tt.want {
				if !have[want] {
					t.Errorf("got %q; want %s", got, want)
				}
			}
			if len(got) != len(tt.want) {
				t.Errorf("got %q; want %q", got, tt.want)
			}
			if to := r.Header.Get("Location"); !strings.Contains(to, url.QueryEscape(tt.server.URL("/login"))) {
				t.Errorf("the browser is to come back by %s", to)
			}
		})
	}
}

// Over HTTPS a whole login works with that cookie, and takes it away.
func TestLoginHTTPS(t *testing.T) {
	tornadotest.ExpectLog(t)
	s := authtest.NewIssuer(t)
	site := &site{tornadotest.ServeTLS(t, newApplication(s.Provider("company"))), t}
	ann := site.visitor()
	to := ann.begin("/login")
	if ann.Cookie("/", "__Host-login_company") == "" {
		t.Error("there is no cookie")
	}
	welcomed(t, ann.Get(ann.through(to)))
	if ann.Cookie("/", "__Host-login_company") != "" {
		t.Error("the cookie is still there")
	}
}

// Two tabs of a browser log in at the same time; so do two people.
func TestLoginsAtOnce(t *testing.T) {
	tornadotest.ExpectLog(t, "not begun in this browser")
	s := authtest.NewIssuer(t)
	site := newSite(t, s.Provider("company"))
	ann, bob := site.visitor(), site.visitor()
	first, second, other := ann.begin("/login?next=/1"), ann.begin("/login?next=/2"), bob.begin("/login?next=/3")
	refused(t, bob.Get(bob.through(ann.begin("/login"))), 400, "not begun in this browser")
	for _, one := range []struct {
		browser *visitor
		to      *url.URL
		next    string
	}{{ann, second, "/2"}, {bob, other, "/3"}, {ann, first, "/1"}} {
		if got := welcomed(t, one.browser.Get(one.browser.through(one.to))).Next; got != one.next {
			t.Errorf("got %s; want %s", got, one.next)
		}
	}
}

// Many people log in at the same time.
func TestManyPeople(t *testing.T) {
	tornadotest.ExpectLog(t)
	s := authtest.NewIssuer(t)
	site := newSite(t, s.Provider("company"))
	client := http.Client{Transport: transport(t)}
	const many = 20
	answers := make(chan error, many)
	for i := range many {
		ann, next := site.visitor(), fmt.Sprintf("/%d", i)
		path := ann.through(ann.begin("/login?next=" + next))
		request, err := http.NewRequestWithContext(t.Context(), "GET", site.URL(path), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Cookie", "login_company="+ann.Cookie("/login", "login_company"))
		go func() { answers <- lands(&client, request, next) }() // the test waits below
	}
	for range many {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
}

// lands sends the last request of a login, and checks where it leads to.
func lands(client *http.Client, request *http.Request, next string) error {
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var got welcome
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || got.Next != next {
		return fmt.Errorf("got %d %+v, %v; want %s", answer.StatusCode, got, err, next)
	}
	return nil
}

// Whoever goes on begins logins and does not end them.
func TestManyLogins(t *testing.T) {
	tornadotest.ExpectLog(t, "not begun in this browser")
	s := authtest.NewIssuer(t)
	site := newSite(t, s.Provider("company"))
	ann := site.visitor()
	oldest := ann.begin("/login")
	var newest *url.URL
	for range 20 {
		newest = ann.begin("/login?next=/" + strings.Repeat("x", 900))
		if size := len(ann.Cookie("/login", "login_company")); size > 3800 {
			t.Fatalf("the cookie has %d bytes", size)
		}
	}
	refused(t, ann.Get(ann.through(oldest)), 400, "not begun in this browser")
	welcomed(t, ann.Get(ann.through(newest)))
}

func TestNext(t *testing.T) {
	tornadotest.ExpectLog(t)
	s := authtest.NewIssuer(t)
	site := newSite(t, s.Provider("company"))
	for _, tt := range []struct{ name, path, want string }{
		{"none", "/login", "/"},
		{"a path", "/login?next=/a%20b?c=d%26e%23f", "/a b?c=d&e#f"},
		{"another site", "/login?next=https://evil.example/", "/"},
		{"another site, without a scheme", "/login?next=//evil.example/", "/"},
		{"another site, for browsers", `/login?next=/%5Cevil.example/`, "/"},
		{"a line end", "/login?next=/%0A/evil.example", "/"},
		{"too long", "/login?next=/" + strings.Repeat("x", 1024), "/"},
		{"letters of all kinds", "/login?next=/caf%C3%A9", "/café"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ann := site.visitor()
			if got := welcomed(t, ann.Get(ann.through(ann.begin(tt.path)))).Next; got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

// What comes back must be what was begun here, and once.
func TestForgedAnswers(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(query url.Values)
		status int
		log    string
	}{
		{"another state", func(q url.Values) { q.Set("state", strings.Repeat("A", 43)) }, 400, "not begun in this browser"},
		{"no state", func(q url.Values) { q.Del("state") }, 400, "not begun in this browser"},
		{"an empty state", func(q url.Values) { q.Set("state", "") }, 400, "not begun in this browser"},
		{"two states", func(q url.Values) { q.Add("state", "other") }, 400, `the argument "state" 2 times`},
		{"two codes", func(q url.Values) { q.Add("code", "other") }, 400, `the argument "code" 2 times`},
		{"an empty code", func(q url.Values) { q.Set("code", "") }, 400, "neither a code nor an error"},
		{"another code", func(q url.Values) { q.Set("code", "guessed") }, 400, "company: asking for a token: the service answered 400: invalid_grant: That is good for nothing."},
		{"of another issuer", func(q url.Values) { q.Set("iss", "https://evil.example") }, 400, "the answer is of .https://evil.example."},
		{"an error without a state", func(q url.Values) { q.Set("error", "x\n\x1b[2Jy"); q.Del("state") }, 400, `the answer says "x`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tornadotest.ExpectLog(t, tt.log)
			s := authtest.NewIssuer(t)
			s.Answer = tt.change
			refused(t, newSite(t, s.Provider("company")).visitor().login(), tt.status, "Bad Request")
			if strings.Contains(tt.log, "browser") && s.Asked(authtest.TokenPath) != 0 {
				t.Error("the code was given away")
			}
		})
	}
}

// A service that is in an attacker's hand sends on, to its own end of the login, what
// another one has answered: it would be given the code of that.
func TestMixUp(t *testing.T) {
	tornadotest.ExpectLog(t, "not begun in this browser", "the answer is of")
	honest, hostile := authtest.NewIssuer(t), authtest.NewIssuer(t)
	stop := func(context.Context, *web.RequestHandler, *auth.Login) error {
		return errors.New("somebody is logged in")
	}
	server := tornadotest.Serve(t, web.NewApplication(
		web.Settings{CookieSecret: strings.Repeat("secret", 6), LogFunction: func(*web.RequestHandler) {}},
		honest.Provider("honest").Route(`/login/honest`, stop),
		hostile.Provider("hostile").Route(`/login/hostile`, stop),
	))
	site := &site{server, t}
	ann := site.visitor()
	query := strings.TrimPrefix(ann.through(ann.begin("/login/honest")), "/login/honest")
	refused(t, ann.Get("/login/hostile"+query), 400, "begin again")

	// It has begun a login of its own, and uses the honest code with its own state.
	answer, err := url.ParseQuery(query[1:])
	if err != nil {
		t.Fatal(err)
	}
	state := ann.begin("/login/hostile").Query().Get("state")
	refused(t, ann.Get("/login/hostile?"+url.Values{"code": answer["code"], "state": {state}, "iss": {honest.URL}}.Encode()), 400, "did not succeed")
	if got := hostile.Asked(authtest.TokenPath); got != 0 {
		t.Errorf("the code was given away %d times", got)
	}
}

// An answer that was taken is not taken again: neither by us, nor by the service.
func TestReplay(t *testing.T) {
	tornadotest.ExpectLog(t, "not begun in this browser", "invalid_grant")
	s := authtest.NewIssuer(t)
	site := newSite(t, s.Provider("company"))
	ann := site.visitor()
	back := ann.through(ann.begin("/login"))
	welcomed(t, ann.Get(back))
	refused(t, ann.Get(back), 400, "Please begin again.")

	// A browser that has kept the cookie.
	to := ann.begin("/login")
	cookie := ann.Cookie("/login", "login_company")
	back = ann.through(to)
	welcomed(t, ann.Get(back))
	refused(t, site.Do(tornadotest.Request{Path: back, Header: map[string][]string{"Cookie": {"login_company=" + cookie}}}), 400, "That is good for nothing.")
}

// A login that takes too long is none.
func TestSlowPeople(t *testing.T) {
	tornadotest.ExpectLog(t, "took too long")
	s := authtest.NewIssuer(t)
	clock := tornadotest.NewClock(time.Time{})
	site := newSite(t, s.Provider("company"), clockOf(clock))
	ann := site.visitor()
	back := ann.through(ann.begin("/login"))
	clock.Advance(9 * time.Minute)
	late := ann.through(ann.begin("/login"))
	welcomed(t, ann.Get(back))
	clock.Advance(11 * time.Minute)
	refused(t, ann.Get(late), 400, "took too long")
}

// The service says no.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name, code, description string
		status                  int
		want                    string
		log                     []string
	}{
		{"by the user", "access_denied", "The user has said no.", 403, "company says: The user has said no.", nil},
		{"by the user, without a word", "access_denied", "", 403, "company says: access_denied", nil},
		{"of a login without questions", "login_required", "", 403, "company says: login_required", []string{"login_required"}},
		{"by accident", "server_error", "database down", 502, "Bad Gateway", []string{"server_error: database down"}},
		{"of our way to ask", "invalid_scope", "", 502, "Bad Gateway", []string{"invalid_scope"}},
		{"with markup", "access_denied", "<script>alert(1)</script>", 403, "&lt;script&gt;alert(1)&lt;/script&gt;", nil},
		{"with letters that turn the text around", "access_denied", "a\u202eb\u200fc\x00d", 403, "company says: abcd", nil},
		{"in Latin-1", "access_denied", "refus\xe9", 403, "company says: refus\ufffd", nil},
		{"with many words", "access_denied", strings.Repeat("wörd ", 1000), 403, strings.Repeat("wörd ", 40) + "…", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tornadotest.ExpectLog(t, tt.log...)
			s := authtest.NewIssuer(t)
			s.Answer = func(q url.Values) {
				q.Del("code")
				q.Set("error", tt.code)
				q.Set("error_description", tt.description)
			}
			site := newSite(t, s.Provider("company"))
			ann := site.visitor()
			r := ann.login()
			refused(t, r, tt.status, tt.want)
			if ann.Cookie("/login", "login_company") != "" {
				t.Error("the login can be ended again")
			}
		})
	}
}

// Words that somebody puts into a link are not shown.
func TestStrangersWords(t *testing.T) {
	tornadotest.ExpectLog(t, "not begun in this browser")
	s := authtest.NewIssuer(t)
	site := newSite(t, s.Provider("company"))
	r := site.Get("/login?error=access_denied&error_description=Call+555-0100&state=x")
	if r.StatusCode != 400 || strings.Contains(r.Body, "555") {
		t.Errorf("got %d %s", r.StatusCode, r.Body)
	}
}

// Who says in each answer that it is his must do so (RFC 9207).
func TestResponseIssuer(t *testing.T) {
	for _, tt := range []struct{ name, iss, log string }{
		{"the right one", "own", ""},
		{"another", "https://evil.example", "the answer is of"},
		{"none", "", "does not say whose it is"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tornadotest.ExpectLog(t, expected(tt.log)...)
			s := authtest.NewIssuer(t)
			s.Document = func(document map[string]any) { document["authorization_response_iss_parameter_supported"] = true }
			s.Answer = func(q url.Values) {
				switch tt.iss {
				case "own":
					q.Set("iss", s.URL)
				case "":
				default:
					q.Set("iss", tt.iss)
				}
			}
			r := newSite(t, s.Provider("company")).visitor().login()
			if tt.log == "" {
				welcomed(t, r)
				return
			}
			refused(t, r, 400, "did not succeed")
			if s.Asked(authtest.TokenPath) != 0 {
				t.Error("the code was given away")
			}
		})
	}
}
