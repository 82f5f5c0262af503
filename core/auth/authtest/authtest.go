// Package authtest is a service at which tests log in.
//
// An Issuer speaks OpenID Connect on a free port of this machine, and lets in whoever
// comes. With a client that keeps cookies and follows redirects, a test logs in by
// asking for a page that only people who are logged in get:
//
//	func TestAccount(t *testing.T) {
//		issuer := authtest.NewIssuer(t)
//		issuer.Claims["name"] = "Ann"
//		site := tornadotest.Serve(t, newApplication(issuer.Provider("company")))
//		ann := site.NewClient(tornadotest.ClientOptions{Cookies: true, FollowRedirects: true})
//		if got := ann.Get("/account"); got.Body != "Hello, Ann" {
//			t.Errorf("got %d %q", got.StatusCode, got.Body)
//		}
//	}
//
// It keeps to the standard, and refuses who does not, but for what a test wants it to
// do wrong.
package authtest

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/tornado-dev/tornado/core/auth"
)

// The one program that an Issuer knows.
const (
	ClientID     = "client"
	ClientSecret = "secret: +&=%"
)

// The paths at which an Issuer answers.
const (
	DiscoveryPath     = "/.well-known/openid-configuration"
	KeysPath          = "/keys"
	AuthorizationPath = "/authorize"
	TokenPath         = "/token"
	UserInfoPath      = "/userinfo"
	LogoutPath        = "/logout"
)

// What an Issuer gives.
const (
	AccessToken    = "the access token"
	RefreshToken   = "the refresh token" // is good for ever
	RenewedToken   = "the renewed access token"
	DefaultSubject = "248289761001"
)

// An Issuer is a service of OpenID Connect for tests. The fields are for the test to
// set, while nobody logs in; the methods may be called from any goroutine.
type Issuer struct {
	URL string // set by NewIssuer

	// Claims are what it says about whoever logs in. NewIssuer says "sub", DefaultSubject,
	// and some more.
	Claims map[string]any

	// UserInfo is what the userinfo endpoint says; nil means Claims.
	UserInfo map[string]any

	// Answer changes the arguments with which it sends the browser back: it refuses
	// by a Del("code") and a Set("error", "access_denied"). nil leaves them.
	Answer func(query url.Values)

	// Token changes the claims of an ID token before it is signed, by Sign if that is
	// not nil. Document changes what discovery tells.
	Token    func(claims map[string]any)
	Sign     func(claims map[string]any) string
	Document func(document map[string]any)

	t testing.TB

	mu       sync.Mutex // guards what follows
	key      *ecdsa.PrivateKey
	keyID    int
	codes    map[string]url.Values // by code, what the login asked for
	asked    map[string]int        // by path
	replaced map[string]http.HandlerFunc
}

// NewIssuer starts an issuer. The test's cleanup ends it.
func NewIssuer(t testing.TB) *Issuer {
	t.Helper()
	s := &Issuer{
		Claims: map[string]any{
			"sub": DefaultSubject, "name": "Jane Doe", "preferred_username": "j.doe",
			"email": "jane@example.com", "email_verified": true, "picture": "https://example.com/jane.png",
		},
		t:        t,
		codes:    map[string]url.Values{},
		asked:    map[string]int{},
		replaced: map[string]http.HandlerFunc{},
	}
	s.RotateKey()
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Provider is one for the program that the issuer knows. It ends the test if a
// change to its options makes it impossible.
func (s *Issuer) Provider(name string, change ...func(o *auth.Options)) *auth.Provider {
	s.t.Helper()
	return s.ProviderOf(auth.OpenIDConnect(name, s.URL), change...)
}

// ProviderOf is Provider for a service that is something else than OpenIDConnect
// makes.
func (s *Issuer) ProviderOf(service auth.Service, change ...func(o *auth.Options)) *auth.Provider {
	s.t.Helper()
	transport := &http.Transport{}
	s.t.Cleanup(transport.CloseIdleConnections)
	o := auth.Options{ClientID: ClientID, ClientSecret: ClientSecret, Transport: transport}
	for _, f := range change {
		f(&o)
	}
	p, err := auth.New(service, o)
	if err != nil {
		s.t.Fatalf("authtest: %v", err)
	}
	return p
}

// Asked is how often something was asked for at a path.
func (s *Issuer) Asked(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[path]
}

// Replace lets something else answer at a path; nil ends that.
func (s *Issuer) Replace(path string, by http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replaced[path] = by
}

func (s *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked[r.URL.Path]++
	answer := s.replaced[r.URL.Path]
	s.mu.Unlock()
	if answer == nil {
		answer = s.Answerer(r.URL.Path)
	}
	answer(w, r)
}

// Answerer is what answers at a path if nothing else does.
func (s *Issuer) Answerer(path string) http.HandlerFunc {
	switch path {
	case DiscoveryPath:
		return s.discovery
	case KeysPath:
		return s.keys
	case AuthorizationPath:
		return s.authorize
	case TokenPath:
		return s.tokens
	case UserInfoPath:
		return s.userInfo
	case LogoutPath:
		return s.logout
	}
	return http.NotFound
}

// discovery is OpenID Connect Discovery section 4.2.
func (s *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	document := map[string]any{
		"issuer":                                s.URL,
		"authorization_endpoint":                s.URL + AuthorizationPath,
		"token_endpoint":                        s.URL + TokenPath,
		"userinfo_endpoint":                     s.URL + UserInfoPath,
		"jwks_uri":                              s.URL + KeysPath,
		"end_session_endpoint":                  s.URL + LogoutPath,
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"},
	}
	if s.Document != nil {
		s.Document(document)
	}
	writeJSON(w, http.StatusOK, document)
}

// authorize lets in whoever comes, without a question (RFC 6749 section 4.1.1).
func (s *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	to, err := url.Parse(asked.Get("redirect_uri"))
	if err != nil || to.Host == "" || asked.Get("client_id") != ClientID || asked.Get("response_type") != "code" ||
		asked.Get("code_challenge_method") != "S256" || len(asked.Get("code_challenge")) != 43 {
		http.Error(w, "authtest: this is no request for a code, with PKCE, from "+ClientID, http.StatusBadRequest)
		return
	}
	code := rand.Text()
	s.mu.Lock()
	s.codes[code] = asked
	s.mu.Unlock()
	answer := url.Values{"code": {code}, "state": asked["state"]}
	if s.Answer != nil {
		s.Answer(answer)
	}
	to.RawQuery = answer.Encode()
	http.Redirect(w, r, to.String(), http.StatusFound)
}

// userInfo is OpenID Connect Core section 5.3.
func (s *Issuer) userInfo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+AccessToken {
		writeJSON(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	if s.UserInfo != nil {
		writeJSON(w, http.StatusOK, s.UserInfo)
		return
	}
	writeJSON(w, http.StatusOK, s.Claims)
}

// logout sends the browser back, as RP-Initiated Logout has it.
func (s *Issuer) logout(w http.ResponseWriter, r *http.Request) {
	if back := r.FormValue("post_logout_redirect_uri"); back != "" {
		http.Redirect(w, r, back, http.StatusFound)
	}
}

// redeem returns what was asked for when a code was given out. Each is good for one
// time, and only for who knows what PKCE made the challenge of (RFC 7636 section 4.6).
func (s *Issuer) redeem(form url.Values) (asked url.Values, ok bool) {
	s.mu.Lock()
	asked, ok = s.codes[form.Get("code")]
	delete(s.codes, form.Get("code"))
	s.mu.Unlock()
	challenge := sha256.Sum256([]byte(form.Get("code_verifier")))
	return asked, ok && form.Get("redirect_uri") == asked.Get("redirect_uri") && encode(challenge[:]) == asked.Get("code_challenge")
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who has left does not miss it
}
