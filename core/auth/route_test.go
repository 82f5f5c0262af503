package auth_test

import (
	"context"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/auth"
	"github.com/tornado-dev/tornado/core/auth/authtest"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
)

// account shows who is logged in.
type account struct{ web.RequestHandler }

func (h *account) GetCurrentUser() any {
	var user auth.User
	if !h.Session().GetValue("user", &user) {
		return nil
	}
	return user
}

func (h *account) Get() { h.Write(h.CurrentUser().(auth.User).Name) }

// A whole login, as a site has it: somebody wants a page, logs in, and gets it.
func TestRoute(t *testing.T) {
	tornadotest.ExpectLog(t, `302 GET /login \(127`) // without the code
	s := authtest.NewIssuer(t)
	p := s.Provider("company")
	site := &site{tornadotest.Serve(t, web.NewApplication(
		web.Settings{CookieSecret: strings.Repeat("secret", 6), LoginURL: "/login"},
		p.Route(`/login`, func(_ context.Context, h *web.RequestHandler, login *auth.Login) error {
			h.Session().Regenerate()
			h.Session().Set("user", login.User)
			return nil
		}),
		web.URL[account](`/account`, web.Authenticated()),
	)), t}
	ann := site.visitor()
	first := ann.begin("/account?tab=2")
	if first.Path != "/login" {
		t.Fatalf("got %s; want the login", first)
	}
	r := ann.Get(ann.through(ann.begin(first.RequestURI())))
	if got := r.Header.Get("Location"); got != "/account?tab=2" {
		t.Fatalf("got %d to %q; want the page that was asked for", r.StatusCode, got)
	}
	if r := ann.Get("/account?tab=2"); r.Body != "Jane Doe" {
		t.Errorf("got %d %q", r.StatusCode, r.Body)
	}
}

// What a program says of somebody who has logged in, and is not welcome, counts.
func TestRouteRefuses(t *testing.T) {
	tornadotest.ExpectLog(t, "not welcome", "403 GET /login .127")
	s := authtest.NewIssuer(t)
	p := s.Provider("company")
	site := &site{tornadotest.Serve(t, web.NewApplication(
		web.Settings{CookieSecret: strings.Repeat("secret", 6)},
		p.Route(`/login`, func(context.Context, *web.RequestHandler, *auth.Login) error {
			return web.HTTPError{StatusCode: 403, LogMessage: "not welcome"}
		}),
	)), t}
	refused(t, site.visitor().login(), 403, "Forbidden")
}
