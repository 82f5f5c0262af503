package auth_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/auth"
	"github.com/tornado-dev/tornado/core/auth/authtest"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
)

func TestLogoutRedirect(t *testing.T) {
	s := authtest.NewIssuer(t)
	s.Document = func(document map[string]any) { document["end_session_endpoint"] = s.URL + "/logout?theme=dark" }
	silent := authtest.NewIssuer(t)
	silent.Document = func(document map[string]any) { delete(document, "end_session_endpoint") }
	for _, tt := range []struct {
		name          string
		issuer        *authtest.Issuer
		redirectURL   string
		idToken, next string
		want          string // the address, with "HERE" for this site
		status        int
		log           string
	}{
		{"there and back", s, "", "a.b.c", "/bye", s.URL + "/logout?theme=dark&client_id=client&id_token_hint=a.b.c&post_logout_redirect_uri=HERE%2Fbye", 303, ""},
		{"without a token", s, "", "", "/", s.URL + "/logout?theme=dark&client_id=client&post_logout_redirect_uri=HERE%2F", 303, ""},
		{"known by another address", s, "https://www.example.com/login", "", "/bye",
			s.URL + "/logout?theme=dark&client_id=client&post_logout_redirect_uri=https%3A%2F%2Fwww.example.com%2Fbye", 303, ""},
		{"known by a path", s, "/login", "", "/bye", s.URL + "/logout?theme=dark&client_id=client&post_logout_redirect_uri=HERE%2Fbye", 303, ""},
		{"from a service without it", silent, "", "a.b.c", "/bye", "/bye", 303, ""},
		{"and off to elsewhere", s, "", "", "//evil.example", "", 500, "no path on this site"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tornadotest.ExpectLog(t, expected(tt.log)...)
			p := tt.issuer.Provider("company", func(o *auth.Options) { o.RedirectURL = tt.redirectURL })
			logout := func(ctx context.Context, h *web.RequestHandler) error {
				return p.LogoutRedirect(ctx, h, tt.idToken, tt.next)
			}
			site := tornadotest.Serve(t, web.NewApplication(web.Settings{LogFunction: func(*web.RequestHandler) {}},
				web.URL[empty](`/logout`, web.Before(logout))))
			r := site.Post("/logout", nil)
			want := strings.ReplaceAll(tt.want, "HERE", url.QueryEscape(strings.TrimSuffix(site.URL("/"), "/")))
			if got := r.Header.Get("Location"); got != want || r.StatusCode != tt.status {
				t.Errorf("got %d, %s\nwant %d, %s", r.StatusCode, got, tt.status, want)
			}
		})
	}
}
