package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/tornado-dev/tornado/core/auth"
	"github.com/tornado-dev/tornado/core/auth/authtest"
	"github.com/tornado-dev/tornado/core/web"
)

func TestOAuth2Request(t *testing.T) {
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		got = r
		switch r.URL.Path {
		case "/no":
			http.Error(w, "not\nfor you", http.StatusForbidden)
		case "/page":
			page(w, r)
		case "/elsewhere":
			http.Redirect(w, r, "/", http.StatusFound)
		default:
			writeJSON(w, http.StatusOK, []string{"an", "answer"})
		}
	}))
	t.Cleanup(server.Close)
	github, facebook := provider(t, auth.GitHub()), provider(t, auth.Facebook())
	token := &oauth2.Token{AccessToken: "t&ken"}
	for _, tt := range []struct {
		name     string
		provider *auth.Provider
		token    *oauth2.Token
		path     string
		form     []url.Values
		want     string // method, address, header Authorization, form
		err      string
		status   int // of the service
	}{
		{"a question", github, token, "/repos?page=2&per_page=5", nil, "GET /repos?page=2&per_page=5 Bearer t&ken ", "", 0},
		{"without a token", github, nil, "/repos?page=2", nil, "GET /repos?page=2  ", "", 0},
		{"a form", github, token, "/issues?a=b", []url.Values{{"title": {"x & y"}}}, "POST /issues?a=b Bearer t&ken title=x+%26+y", "", 0},
		{"an empty form", github, token, "/star", []url.Values{nil}, "POST /star Bearer t&ken ", "", 0},
		{"with proof", facebook, token, "/me?fields=id", nil,
			"GET /me?fields=id&appsecret_proof=" + proof + " Bearer t&ken ", "", 0},
		{"with proof, without a query", facebook, token, "/me", nil, "GET /me?appsecret_proof=" + proof + " Bearer t&ken ", "", 0},
		{"without a token and so without proof", facebook, nil, "/me", nil, "GET /me  ", "", 0},
		{"a refusal", github, token, "/no?secret=1", nil, "", "auth: github: asking " + server.URL + "/no: the service answered 403: not for you", 403},
		{"a page", github, token, "/page?secret=1", nil, "", "the answer is not the JSON", 0},
		{"a redirect", github, token, "/elsewhere", nil, "", "answered 302", 302},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var answer []string
			err := tt.provider.OAuth2Request(t.Context(), tt.token, server.URL+tt.path, &answer, tt.form...)
			if tt.err != "" {
				var failed *auth.AuthError
				if !errors.As(err, &failed) || failed.ServiceStatus != tt.status || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "secret=1") {
					t.Errorf("got %v; want %q", err, tt.err)
				}
				return
			}
			if err != nil || strings.Join(answer, " ") != "an answer" {
				t.Fatalf("got %q, %v", answer, err)
			}
			text := got.Method + " " + got.RequestURI + " " + got.Header.Get("Authorization") + " " + got.PostForm.Encode()
			if text != tt.want {
				t.Errorf("got  %s\nwant %s", text, tt.want)
			}
			if accept := got.Header.Get("Accept"); accept != "application/json" {
				t.Errorf("got Accept: %s", accept)
			}
		})
	}
	for _, address := range []string{"http://example.com/", "example.com", "ftp://example.com/", "https://a@example.com/", ":"} {
		if err := github.OAuth2Request(t.Context(), token, address, nil); err == nil || !strings.Contains(err.Error(), "URL") && !strings.Contains(err.Error(), "https") {
			t.Errorf("%s: got %v; want it to be refused", address, err)
		}
	}
	if err := github.OAuth2Request(t.Context(), token, server.URL+"/page", nil); err != nil {
		t.Errorf("an answer that nobody reads: %v", err)
	}
}

// proof is the HMAC-SHA256 of the token with the client's secret.
const proof = "a08b0b7afd716088e3144766732058838b785c25ee489c546e048b8e5d79d3f4"

// Providers without a transport of their own share one.
func TestSharedTransport(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, 1) }))
	server.Config.SetKeepAlivesEnabled(false) // so that no connection is left over
	server.Start()
	t.Cleanup(server.Close)
	for _, service := range []auth.Service{auth.GitHub(), auth.Facebook()} {
		p, err := auth.New(service, auth.Options{ClientID: authtest.ClientID})
		if err != nil {
			t.Fatal(err)
		}
		var got int
		if err := p.OAuth2Request(t.Context(), nil, server.URL, &got); err != nil || got != 1 {
			t.Errorf("got %d, %v", got, err)
		}
	}
}

func TestRefresh(t *testing.T) {
	s := authtest.NewIssuer(t)
	p := s.Provider("company")
	token, err := p.Refresh(t.Context(), authtest.RefreshToken)
	if err != nil || token.AccessToken != authtest.RenewedToken || token.RefreshToken != authtest.RefreshToken {
		t.Errorf("got %+v, %v", token, err)
	}
	_, err = p.Refresh(t.Context(), "old")
	var failed *auth.AuthError
	if !errors.As(err, &failed) || failed.Code != "invalid_grant" || failed.StatusCode != 400 || failed.ServiceStatus != 400 {
		t.Errorf("got %v; want invalid_grant", err)
	}
	if _, err = p.Refresh(t.Context(), ""); err == nil {
		t.Error("an empty token was refreshed")
	}
	s.Replace(authtest.TokenPath, http.NotFound)
	var answered web.HTTPError
	if _, err = p.Refresh(t.Context(), authtest.RefreshToken); !errors.As(err, &answered) || answered.StatusCode != 502 {
		t.Errorf("got %v; want a 502", err)
	}
}
