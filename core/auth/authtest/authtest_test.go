package authtest_test

import (
	"context"
	"errors"
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

// newApplication says hello to who is logged in.
func newApplication(company *auth.Provider) *web.Application {
	return web.NewApplication(
		web.Settings{CookieSecret: "a secret of at least thirty-two characters", LoginURL: "/login", LogFunction: func(*web.RequestHandler) {}},
		company.Route(`/login`, func(_ context.Context, h *web.RequestHandler, login *auth.Login) error {
			h.Session().Regenerate()
			h.Session().Set("user", login.User)
			return nil
		}),
		web.URL[AccountHandler](`/account`, web.Authenticated()),
		web.URL[LogoutHandler](`/logout`, web.Init(func(h *LogoutHandler) { h.company = company })),
	)
}

type AccountHandler struct{ web.RequestHandler }

func (h *AccountHandler) GetCurrentUser() any {
	var user auth.User
	if !h.Session().GetValue("user", &user) {
		return nil
	}
	return user
}

func (h *AccountHandler) Get() { h.Write("Hello, " + h.CurrentUser().(auth.User).Name) }

type LogoutHandler struct {
	web.RequestHandler
	company *auth.Provider
}

func (h *LogoutHandler) Post(ctx context.Context) error {
	h.Session().Destroy()
	return h.company.LogoutRedirect(ctx, &h.RequestHandler, "", "/bye")
}

func TestAccount(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	issuer.Claims["name"] = "Ann"
	site := tornadotest.Serve(t, newApplication(issuer.Provider("company")))
	ann := site.NewClient(tornadotest.ClientOptions{Cookies: true, FollowRedirects: true})
	if got := ann.Get("/account"); got.Body != "Hello, Ann" {
		t.Errorf("got %d %q", got.StatusCode, got.Body)
	}
}

func TestLogout(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	site := tornadotest.Serve(t, newApplication(issuer.Provider("company")))
	ann := site.NewClient(tornadotest.ClientOptions{Cookies: true, FollowRedirects: true})
	ann.Get("/account")
	if got := ann.Post("/logout", nil); got.URL != site.URL("/bye") || issuer.Asked(authtest.LogoutPath) != 1 {
		t.Errorf("got %d from %s", got.StatusCode, got.URL)
	}
	if ann.Cookie("/", "session") != "" {
		t.Error("there still is a session")
	}
}

func TestRefusal(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	issuer.Answer = func(query url.Values) {
		query.Del("code")
		query.Set("error", "access_denied")
	}
	site := tornadotest.Serve(t, newApplication(issuer.Provider("company")))
	ann := site.NewClient(tornadotest.ClientOptions{Cookies: true, FollowRedirects: true})
	if got := ann.Get("/account"); got.StatusCode != 403 || !strings.Contains(got.Body, "access_denied") {
		t.Errorf("got %d %q", got.StatusCode, got.Body)
	}
}

// The issuer is no door that stands open: programs that it lets in would be let in
// elsewhere.
func TestIssuerRefuses(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	good := url.Values{"client_id": {authtest.ClientID}, "response_type": {"code"}, "redirect_uri": {"http://localhost/"},
		"code_challenge_method": {"S256"}, "code_challenge": {strings.Repeat("x", 43)}}
	for name, value := range map[string]string{"": "", "client_id": "x", "response_type": "token", "redirect_uri": "/x", "code_challenge_method": "plain", "code_challenge": ""} {
		asked := url.Values{}
		for name := range good {
			asked.Set(name, good.Get(name))
		}
		want := http.StatusFound
		if name != "" {
			asked.Set(name, value)
			want = http.StatusBadRequest
		}
		answer, err := client.Get(issuer.URL + authtest.AuthorizationPath + "?" + asked.Encode())
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s=%q: got %d; want %d", name, value, answer.StatusCode, want)
		}
	}
	for _, tt := range []struct{ name, id, secret, want string }{
		{"another program", "x", authtest.ClientSecret, "invalid_client"},
		{"another secret", authtest.ClientID, "x", "invalid_client"},
		{"another token", authtest.ClientID, authtest.ClientSecret, "invalid_grant"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := issuer.Provider("company", func(o *auth.Options) { o.ClientID, o.ClientSecret = tt.id, tt.secret })
			var failed *auth.AuthError
			if _, err := p.Refresh(t.Context(), "x"); !errors.As(err, &failed) || failed.Code != tt.want {
				t.Errorf("got %v; want %s", err, tt.want)
			}
		})
	}
}
