package auth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tornado-dev/tornado/core/auth"
	"github.com/tornado-dev/tornado/core/auth/authtest"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
)

// plain is a service of OAuth 2.0 alone. It gives a token for the code "good", and
// answers what it is told for a path.
func plain(t *testing.T, answers map[string]string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/authorize":
			to := r.FormValue("redirect_uri") + "?" + url.Values{"code": {"good"}, "state": {r.FormValue("state")}}.Encode()
			http.Redirect(w, r, to, http.StatusFound)
		case r.URL.Path == "/token" && r.PostFormValue("client_secret") == authtest.ClientSecret && r.PostFormValue("code_verifier") != "":
			// As GitHub does it.
			w.Header().Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
			_, _ = w.Write([]byte("access_token=t&scope=read%3Auser&token_type=bearer"))
		case r.Header.Get("Authorization") == "Bearer t" && answers[r.URL.RequestURI()] != "":
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_, _ = w.Write([]byte(answers[r.URL.RequestURI()]))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// at puts a service to another address.
func at(server *httptest.Server, service auth.Service, user string) auth.Service {
	service.AuthorizationURL, service.TokenURL, service.UserURL = server.URL+"/authorize", server.URL+"/token", server.URL+user
	return service
}

func TestServices(t *testing.T) {
	const octocat = `{"login":"octocat","id":583231,"avatar_url":"https://example.com/o.png","name":"The Octocat","email":"public@example.com"}`
	github := map[string]string{"/user": octocat,
		"/user/emails": `[{"email":"old@example.com","primary":false,"verified":true},{"email":"octocat@example.com","primary":true,"verified":true}]`}
	for _, tt := range []struct {
		name    string
		service auth.Service
		user    string // the path of UserURL
		scopes  []string
		answers map[string]string
		want    auth.User
		log     string
	}{
		{"GitHub", auth.GitHub(), "/user", nil, github,
			auth.User{Provider: "github", Subject: "583231", Name: "The Octocat", Username: "octocat", Email: "octocat@example.com", EmailVerified: true, Picture: "https://example.com/o.png"}, ""},
		{"GitHub, whose address is not verified", auth.GitHub(), "/user", nil,
			map[string]string{"/user": octocat, "/user/emails": `[{"email":"o@example.com","primary":true,"verified":false}]`},
			auth.User{Provider: "github", Subject: "583231", Name: "The Octocat", Username: "octocat", Email: "o@example.com", Picture: "https://example.com/o.png"}, ""},
		{"GitHub, not asked for addresses", auth.GitHub(), "/user", []string{"read:user"}, map[string]string{"/user": octocat},
			auth.User{Provider: "github", Subject: "583231", Name: "The Octocat", Username: "octocat", Picture: "https://example.com/o.png"}, ""},
		{"GitHub, which does not tell the addresses", auth.GitHub(), "/user", nil, map[string]string{"/user": octocat}, auth.User{}, "answered 404"},
		{"Facebook", auth.Facebook(), "/me?fields=id", nil,
			map[string]string{"/me?fields=id&appsecret_proof=" + proofOfT: `{"id":"10158","name":"Jane","email":"jane@example.com","picture":{"data":{"url":"https://example.com/j.png"}}}`},
			auth.User{Provider: "facebook", Subject: "10158", Name: "Jane", Email: "jane@example.com", Picture: "https://example.com/j.png"}, ""},
		{"another", auth.Service{Name: "other", SecretInBody: true}, "/who", nil, map[string]string{"/who": `{"sub":"x","id":"y","email_verified":true}`},
			auth.User{Provider: "other", Subject: "x"}, ""},
		{"another, which does not say who it is", auth.Service{Name: "other", SecretInBody: true}, "/who", nil, map[string]string{"/who": `{"id":null,"name":"x"}`}, auth.User{}, "does not say"},
		{"another, which answers a list", auth.Service{Name: "other", SecretInBody: true}, "/who", nil, map[string]string{"/who": `[]`}, auth.User{}, "not the JSON"},
		{"another, which answers null", auth.Service{Name: "other", SecretInBody: true}, "/who", nil, map[string]string{"/who": `null`}, auth.User{}, "does not say"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tornadotest.ExpectLog(t, expected(tt.log)...)
			server := plain(t, tt.answers)
			p := provider(t, at(server, tt.service, tt.user), func(o *auth.Options) { o.Scopes = tt.scopes })
			r := newSite(t, p).visitor().login()
			if tt.log != "" {
				refused(t, r, 502, "Bad Gateway")
			} else if diff := cmp.Diff(tt.want, welcomed(t, r).User); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// proofOfT is the proof for the token "t".
const proofOfT = "e40c806e742eb17e3cc137047af699da27f39f6fab2b104252a75df4e5568b5c"

// A program finds out more about somebody, and may turn him away.
func TestFindUser(t *testing.T) {
	tornadotest.ExpectLog(t, "not of the company")
	server := plain(t, map[string]string{"/user": `{"id":1,"team":"red"}`, "/me": `{"data":{"id":"2244994945"}}`})
	service := at(server, auth.Service{Name: "other", SecretInBody: true}, "/user")
	service.FindUser = func(_ context.Context, p *auth.Provider, login *auth.Login) error {
		var more struct{ Team string }
		if err := login.Claims(&more); err != nil {
			return err
		}
		login.User.Name = "one of " + more.Team
		return nil
	}
	if got := welcomed(t, newSite(t, provider(t, service)).visitor().login()).User.Name; got != "one of red" {
		t.Errorf("got %q", got)
	}
	service.UserURL = server.URL + "/me"
	service.FindUser = func(_ context.Context, _ *auth.Provider, login *auth.Login) error {
		var answer struct{ Data struct{ ID string } }
		err := login.Claims(&answer)
		login.User.Subject = answer.Data.ID
		return err
	}
	if got := welcomed(t, newSite(t, provider(t, service)).visitor().login()).User.Subject; got != "2244994945" {
		t.Errorf("got %q", got)
	}
	service.FindUser = func(context.Context, *auth.Provider, *auth.Login) error {
		return web.HTTPError{StatusCode: 403, LogMessage: "not of the company"}
	}
	refused(t, newSite(t, provider(t, service)).visitor().login(), 403, "Forbidden")
}

func TestNew(t *testing.T) {
	good := auth.Options{ClientID: "x"}
	for _, tt := range []struct {
		name    string
		service auth.Service
		options auth.Options
		want    string // of the error; empty for none
	}{
		{"Google", auth.Google(), good, ""},
		{"GitHub", auth.GitHub(), good, ""},
		{"GitLab", auth.GitLab(""), good, ""},
		{"a GitLab of one's own", auth.GitLab("https://git.example.com/"), good, ""},
		{"Microsoft", auth.Microsoft("common"), good, ""},
		{"Facebook", auth.Facebook(), good, ""},
		{"on this machine", auth.OpenIDConnect("test", "http://localhost:8080/realms/x"), good, ""},
		{"on this machine, by IPv6", auth.OpenIDConnect("test", "http://[::1]:8080"), good, ""},
		{"which needs no address for users", auth.Service{Name: "x", AuthorizationURL: "https://a.example/", TokenURL: "https://a.example/",
			FindUser: func(context.Context, *auth.Provider, *auth.Login) error { return nil }}, good, ""},

		{"no name", auth.OpenIDConnect("", "https://a.example"), good, "the name must be"},
		{"a name that is none for a cookie", auth.OpenIDConnect("a;b", "https://a.example"), good, "the name must be"},
		{"without TLS", auth.OpenIDConnect("x", "http://a.example"), good, `the Issuer "http://a.example" is not of https`},
		{"no URL", auth.OpenIDConnect("x", "a.example"), good, "no URL"},
		{"no tenant", auth.Microsoft(""), good, "there is no tenant"},
		{"nothing", auth.Service{Name: "x"}, good, "there is no AuthorizationURL"},
		{"no user", auth.Service{Name: "x", AuthorizationURL: "https://a.example/", TokenURL: "https://a.example/"}, good, "there is no UserURL"},
		{"both", auth.Service{Name: "x", Issuer: "https://a.example/", TokenURL: "https://a.example/"}, good, "an issuer tells its own"},

		{"no client", auth.Google(), auth.Options{}, "there is no ClientID"},
		{"a negative time", auth.Google(), auth.Options{ClientID: "x", Timeout: -1}, "negative"},
		{"a state of one's own", auth.Google(), auth.Options{ClientID: "x", Parameters: url.Values{"state": {"x"}}}, `the parameter "state" belongs to the protocol`},
		{"a redirect by a path", auth.Google(), auth.Options{ClientID: "x", RedirectURL: "/callback"}, ""},
		{"a redirect by a URL", auth.Google(), auth.Options{ClientID: "x", RedirectURL: "https://a.example/callback"}, ""},
		{"a redirect to elsewhere", auth.Google(), auth.Options{ClientID: "x", RedirectURL: "//a.example/callback"}, "RedirectURL"},
		{"a redirect to a script", auth.Google(), auth.Options{ClientID: "x", RedirectURL: "javascript:alert(1)"}, "RedirectURL"},
		{"a redirect to a fragment", auth.Google(), auth.Options{ClientID: "x", RedirectURL: "https://a.example/#x"}, "RedirectURL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := auth.New(tt.service, tt.options)
			if tt.want == "" {
				if err != nil || p.Name() != tt.service.Name {
					t.Errorf("got %v, %v", p, err)
				}
			} else if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v; want %q", err, tt.want)
			}
		})
	}
}

// What can be said of one login, and of all.
func TestRedirectOptions(t *testing.T) {
	tornadotest.ExpectLog(t, "no path on this site", `"nonce" belongs to the protocol`)
	p := provider(t, auth.GitHub(), func(o *auth.Options) {
		o.RedirectURL = "https://www.example.com/callback"
		o.Scopes = []string{}
		o.Parameters = url.Values{"prompt": {"consent"}, "hd": {"example.com"}}
	})
	options := map[string]auth.RedirectOptions{
		"/good":   {Next: "/there", Parameters: url.Values{"prompt": {"none"}}},
		"/away":   {Next: "https://evil.example/"},
		"/forged": {Parameters: url.Values{"nonce": {"x"}}},
	}
	begin := func(ctx context.Context, h *web.RequestHandler) error {
		return p.AuthorizeRedirect(ctx, h, options[h.Request.Path])
	}
	site := tornadotest.Serve(t, web.NewApplication(
		web.Settings{CookieSecret: strings.Repeat("secret", 6), LogFunction: func(*web.RequestHandler) {}},
		web.URL[empty](`/.*`, web.Before(begin)),
	))
	for _, method := range []string{"GET", "POST"} {
		r := site.Fetch(method, "/good", nil, "")
		to, err := url.Parse(r.Header.Get("Location"))
		if want := map[string]int{"GET": 302, "POST": 303}[method]; r.StatusCode != want || err != nil {
			t.Fatalf("%s: got %d, %v; want %d", method, r.StatusCode, err, want)
		}
		asked := to.Query()
		got := []string{asked.Get("prompt"), asked.Get("hd"), asked.Get("redirect_uri"), asked.Get("scope"), asked.Get("nonce")}
		if diff := cmp.Diff([]string{"none", "example.com", "https://www.example.com/callback", "", ""}, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
	for _, path := range []string{"/away", "/forged"} {
		refused(t, site.Get(path), 500, "Internal Server Error")
	}
}

// empty has the methods of a page and no page.
type empty struct{ web.RequestHandler }

func (h *empty) Get()  {}
func (h *empty) Post() {}

// A program without a secret is known by its name alone; so is one whose secret
// goes into the body.
func TestPublicClient(t *testing.T) {
	tornadotest.ExpectLog(t, "invalid_client")
	s := authtest.NewIssuer(t)
	var sent url.Values
	s.Replace(authtest.TokenPath, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		sent = r.PostForm
		s.Answerer(authtest.TokenPath)(w, r)
	})
	p := s.Provider("company", func(o *auth.Options) { o.ClientSecret = "" })
	refused(t, newSite(t, p).visitor().login(), 502, "") // ours is not known so
	if sent.Get("client_id") != authtest.ClientID || sent.Has("client_secret") {
		t.Errorf("got %v", sent)
	}
	service := auth.OpenIDConnect("company", s.URL)
	service.SecretInBody = true
	welcomed(t, newSite(t, s.ProviderOf(service)).visitor().login())
	if sent.Get("client_secret") != authtest.ClientSecret {
		t.Errorf("got %v", sent)
	}
}
