package auth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/auth"
	"github.com/tornado-dev/tornado/core/auth/authtest"
	"github.com/tornado-dev/tornado/core/tornadotest"
)

func TestDiscovery(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config func(document map[string]any)
		want   string // of the error; empty for none
	}{
		{"as it should be", nil, ""},
		{"without what one can do without", func(d map[string]any) {
			delete(d, "userinfo_endpoint")
			delete(d, "end_session_endpoint")
		}, ""},
		{"secrets in the body alone", func(d map[string]any) {
			d["token_endpoint_auth_methods_supported"] = []string{"client_secret_post", "private_key_jwt"}
		}, ""},
		{"another issuer", func(d map[string]any) { d["issuer"] = "https://evil.example" }, "did not match"},
		{"a token endpoint without TLS", func(d map[string]any) { d["token_endpoint"] = "http://example.com/token" }, `the token_endpoint "http://example.com/token" is not of https`},
		{"a login that is a script", func(d map[string]any) { d["authorization_endpoint"] = "javascript:alert(1)" }, "the authorization_endpoint"},
		{"keys without TLS", func(d map[string]any) { d["jwks_uri"] = "http://example.com/keys" }, "the jwks_uri"},
		{"userinfo without TLS", func(d map[string]any) { d["userinfo_endpoint"] = "http://example.com/me" }, "the userinfo_endpoint"},
		{"a logout elsewhere", func(d map[string]any) { d["end_session_endpoint"] = "ftp://example.com/" }, "the end_session_endpoint"},
		{"no token endpoint", func(d map[string]any) { delete(d, "token_endpoint") }, "there is no token_endpoint"},
		{"no way for a secret", func(d map[string]any) { d["token_endpoint_auth_methods_supported"] = []string{"private_key_jwt"} }, `by ["private_key_jwt"]`},
		{"something else", func(d map[string]any) { d["end_session_endpoint"] = 1 }, "cannot unmarshal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tornadotest.ExpectLog(t)
			s := authtest.NewIssuer(t)
			s.Document = tt.config
			p := s.Provider("company")
			err := p.Discover(t.Context())
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				welcomed(t, newSite(t, p).visitor().login())
				return
			}
			var failed *auth.AuthError
			if !errors.As(err, &failed) || failed.StatusCode != 502 || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v; want an AuthError with %q", err, tt.want)
			}
		})
	}
}

// A service that cannot be asked ends a login, and no later one.
func TestServiceDown(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		replace    func(w http.ResponseWriter, r *http.Request)
		status     int
		log        string
	}{
		{"discovery is not there", authtest.DiscoveryPath, http.NotFound, 502, "404"},
		{"discovery is elsewhere", authtest.DiscoveryPath, elsewhere, 502, "302"},
		{"discovery is a page", authtest.DiscoveryPath, page, 502, "failed to decode"},
		{"discovery is huge", authtest.DiscoveryPath, huge, 502, "longer than 1048575 bytes"},
		{"discovery breaks off", authtest.DiscoveryPath, broken, 502, "EOF"},
		{"the token is not there", authtest.TokenPath, http.NotFound, 502, "asking for a token: the service answered 404"},
		{"the token is elsewhere", authtest.TokenPath, elsewhere, 502, "the service answered 302"},
		{"the token is a page", authtest.TokenPath, page, 502, "asking for a token: oauth2"},
		{"the token is slow", authtest.TokenPath, slow, 504, "asking for a token.*(Timeout|deadline)"},
		{"the token is huge", authtest.TokenPath, huge, 502, "asking for a token.*longer than"},
		{"the token breaks off", authtest.TokenPath, broken, 502, "asking for a token.*EOF"},
		{"the token is an error", authtest.TokenPath, func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, 200, map[string]any{"error": "bad_verification_code", "error_description": "no\x1b[2J more"})
		}, 502, `bad_verification_code: no\[2J more`},
		{"the keys are slow", authtest.KeysPath, slow, 502, "fetching keys.*(Timeout|deadline)"},
		{"the keys are huge", authtest.KeysPath, huge, 502, "longer than"},
		{"the keys are gone", authtest.KeysPath, http.NotFound, 502, "get keys failed"},
		{"userinfo is elsewhere", authtest.UserInfoPath, elsewhere, 502, "userinfo: 302"},
		{"userinfo is huge", authtest.UserInfoPath, huge, 502, "userinfo.*longer than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tornadotest.ExpectLog(t, tt.log)
			s := authtest.NewIssuer(t)
			s.Replace(tt.path, tt.replace)
			patience, isSlow := 30*time.Second, strings.HasSuffix(tt.name, "slow")
			if isSlow {
				patience = 2 * time.Second
			}
			site := newSite(t, s.Provider("company", func(o *auth.Options) { o.Timeout = patience }))
			if tt.path == authtest.DiscoveryPath {
				refused(t, site.Get("/login"), tt.status, "")
			} else {
				refused(t, site.visitor().login(), tt.status, "")
			}
			if got := s.Asked("/elsewhere"); got != 0 {
				t.Errorf("a redirect was followed %d times", got)
			}
			if isSlow {
				return // that it is quick enough now is no matter of ours
			}
			s.Replace(tt.path, nil)
			welcomed(t, site.visitor().login())
		})
	}
}

// Nobody is there: not even somebody who says no.
func TestServiceGone(t *testing.T) {
	tornadotest.ExpectLog(t, "discovery of http://127.0.0.1:.*refused")
	listener, _ := tornadotest.BindUnusedPort(t)
	address := "http://" + listener.Addr().String()
	listener.Close()
	refused(t, newSite(t, provider(t, auth.OpenIDConnect("company", address))).Get("/login"), 502, "Bad Gateway")
}

func elsewhere(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/elsewhere", http.StatusFound)
}

func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	_, _ = w.Write([]byte("<h1>Maintenance</h1>"))
}

// slow answers when nobody waits any more.
func slow(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // the server notices who leaves only then
	<-r.Context().Done()
}

func huge(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"a":"` + strings.Repeat("x", 2<<20) + `"}`))
}

func broken(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(`{"issuer":`))
}

// Many who come at once wait for one answer, good or bad; and not longer than they
// want to.
func TestDiscoveryAtOnce(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(s *authtest.Issuer) http.HandlerFunc
		fails  bool
	}{
		{"good", func(s *authtest.Issuer) http.HandlerFunc { return s.Answerer(authtest.DiscoveryPath) }, false},
		{"bad", func(*authtest.Issuer) http.HandlerFunc { return http.NotFound }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := authtest.NewIssuer(t)
			asked, answer := make(chan struct{}), make(chan struct{})
			s.Replace(authtest.DiscoveryPath, func(w http.ResponseWriter, r *http.Request) {
				asked <- struct{}{}
				<-answer
				tt.answer(s)(w, r)
			})
			p := s.Provider("company")
			const many = 10
			done := make(chan error, many)
			ask := func() { done <- p.Discover(t.Context()) }
			go ask() // the test waits for it below, as for the others
			<-asked
			for range many - 1 {
				go ask()
			}
			impatient, cancel := context.WithCancel(t.Context())
			cancel()
			if err := p.Discover(impatient); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v; want %v", err, context.Canceled)
			}
			s.Replace(authtest.DiscoveryPath, nil)
			close(answer)
			for range many {
				if err := <-done; err != nil && !tt.fails {
					t.Error(err)
				}
			}
			if got := s.Asked(authtest.DiscoveryPath); got > 2 || got > 1 && !tt.fails {
				t.Errorf("discovery was asked for %d times; want once, and again by who came after it had failed", got)
			}
		})
	}
}

// Who asks and leaves takes nobody with him.
func TestDiscoveryDropped(t *testing.T) {
	s := authtest.NewIssuer(t)
	asked := make(chan struct{})
	s.Replace(authtest.DiscoveryPath, func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		slow(w, r)
	})
	p := s.Provider("company")
	leaving, leave := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() { done <- p.Discover(leaving) }()
	<-asked
	s.Replace(authtest.DiscoveryPath, nil)
	go func() { done <- p.Discover(t.Context()) }()
	leave()
	first, second := <-done, <-done
	if second != nil {
		first, second = second, first
	}
	if !errors.Is(first, context.Canceled) || second != nil {
		t.Errorf("got %v, and %v; want one that was canceled", first, second)
	}
}
