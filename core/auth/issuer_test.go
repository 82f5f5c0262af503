package auth_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

const (
	clientID     = "our id"
	clientSecret = "our secret & more"
)

// An issuer is a service of OpenID Connect, on this machine. It does by the letter
// what the standard says, but for what a test wants it to do wrong.
type issuer struct {
	*httptest.Server

	mu       sync.Mutex
	key      *rsa.PrivateKey
	keyID    string
	codes    map[string]url.Values                               // what the login asked for that a code was given for
	requests map[string]int                                      // by path
	replace  map[string]func(http.ResponseWriter, *http.Request) // what answers at a path; see setReplace

	// What tests set before the login.
	user     map[string]any                                // the claims of whoever logs in
	userInfo map[string]any                                // what the userinfo endpoint says; nil means the same
	token    func(claims map[string]any)                   // changes the claims of ID tokens
	sign     func(s *issuer, claims map[string]any) string // in place of signing them
	answer   func(query url.Values)                        // changes what the browser is sent back with
	config   func(document map[string]any)                 // changes the discovery document
}

// newKey makes keys once, since that takes long.
var newKey = sync.OnceValues(func() ([2]*rsa.PrivateKey, error) {
	first, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return [2]*rsa.PrivateKey{}, err
	}
	second, err := rsa.GenerateKey(rand.Reader, 2048)
	return [2]*rsa.PrivateKey{first, second}, err
})

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	keys, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	s := &issuer{
		key: keys[0], keyID: "first",
		codes:    map[string]url.Values{},
		requests: map[string]int{},
		user: map[string]any{
			"sub": "248289761001", "name": "Jane Doe", "preferred_username": "j.doe",
			"email": "jane@example.com", "email_verified": true, "picture": "https://example.com/jane.png",
		},
		replace: map[string]func(http.ResponseWriter, *http.Request){},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+wellKnown, s.discovery)
	mux.HandleFunc("GET /keys", s.keys)
	mux.HandleFunc("GET /authorize", s.authorize)
	mux.HandleFunc("POST /token", s.tokens)
	mux.HandleFunc("GET /userinfo", s.userinfo)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests[r.URL.Path]++
		other := s.replace[r.URL.Path]
		s.mu.Unlock()
		if other != nil {
			other(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// rotate signs with another key from now on, and knows nothing of the old one.
func (s *issuer) rotate(t *testing.T) {
	keys, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key, s.keyID = keys[1], "second"
}

// setReplace lets something else answer at a path; nil ends that.
func (s *issuer) setReplace(path string, by func(http.ResponseWriter, *http.Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replace[path] = by
}

func (s *issuer) asked(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[path]
}

func (s *issuer) discovery(w http.ResponseWriter, r *http.Request) {
	document := map[string]any{
		"issuer":                                s.URL,
		"authorization_endpoint":                s.URL + "/authorize?theme=dark",
		"token_endpoint":                        s.URL + "/token",
		"userinfo_endpoint":                     s.URL + "/userinfo",
		"jwks_uri":                              s.URL + "/keys",
		"end_session_endpoint":                  s.URL + "/logout?theme=dark",
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
	}
	if s.config != nil {
		s.config(document)
	}
	writeJSON(w, 200, document)
}

func (s *issuer) keys(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	public, keyID := s.key.PublicKey, s.keyID
	s.mu.Unlock()
	writeJSON(w, 200, map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID,
		"n": encode(public.N.Bytes()), "e": encode(big.NewInt(int64(public.E)).Bytes()),
	}}})
}

// authorize logs in whoever comes, without a question.
func (s *issuer) authorize(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	to, err := url.Parse(asked.Get("redirect_uri"))
	if err != nil || asked.Get("client_id") != clientID || asked.Get("response_type") != "code" ||
		asked.Get("code_challenge_method") != "S256" || len(asked.Get("code_challenge")) != 43 {
		http.Error(w, "this is no request for a code", 400)
		return
	}
	s.mu.Lock()
	code := encode([]byte(rand.Text()))
	s.codes[code] = asked
	s.mu.Unlock()
	answer := url.Values{"code": {code}, "state": asked["state"]}
	if s.answer != nil {
		s.answer(answer)
	}
	to.RawQuery = answer.Encode()
	http.Redirect(w, r, to.String(), http.StatusFound)
}

func (s *issuer) tokens(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	if id == "" {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	} else { // RFC 6749 section 2.3.1
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	}
	if id != clientID || secret != clientSecret {
		writeJSON(w, 401, map[string]any{"error": "invalid_client", "error_description": "who is " + id + "?"})
		return
	}
	if r.PostFormValue("grant_type") == "refresh_token" {
		if r.PostFormValue("refresh_token") != "refresh me" {
			writeJSON(w, 400, map[string]any{"error": "invalid_grant"})
			return
		}
		writeJSON(w, 200, map[string]any{"access_token": "renewed", "token_type": "Bearer", "expires_in": 3600})
		return
	}
	s.mu.Lock()
	code := r.PostFormValue("code")
	asked := s.codes[code]
	delete(s.codes, code) // each is good for one time
	s.mu.Unlock()
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if asked == nil || r.PostFormValue("grant_type") != "authorization_code" ||
		r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") || encode(challenge[:]) != asked.Get("code_challenge") {
		writeJSON(w, 400, map[string]any{"error": "invalid_grant", "error_description": "That code is no good."})
		return
	}
	claims := maps.Clone(s.user)
	maps.Copy(claims, map[string]any{
		"iss": s.URL, "aud": clientID, "nonce": asked.Get("nonce"),
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	})
	hash := sha256.Sum256([]byte("the access token"))
	claims["at_hash"] = encode(hash[:16])
	if s.token != nil {
		s.token(claims)
	}
	sign := (*issuer).signed
	if s.sign != nil {
		sign = s.sign
	}
	writeJSON(w, 200, map[string]any{
		"access_token": "the access token", "token_type": "Bearer", "expires_in": 3600,
		"refresh_token": "refresh me", "id_token": sign(s, claims),
	})
}

func (s *issuer) userinfo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer the access token" {
		writeJSON(w, 401, map[string]any{"error": "invalid_token"})
		return
	}
	if s.userInfo != nil {
		writeJSON(w, 200, s.userInfo)
		return
	}
	writeJSON(w, 200, s.user)
}

// signed is the ID token that ought to be.
func (s *issuer) signed(claims map[string]any) string {
	s.mu.Lock()
	key, keyID := s.key, s.keyID
	s.mu.Unlock()
	return signedWith(key, keyID, claims)
}

// signedWith is an ID token with a signature by RS256 (RFC 7515).
func signedWith(key *rsa.PrivateKey, keyID string, claims map[string]any) string {
	text := unsigned("RS256", keyID, claims)
	hash := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, hash[:])
	if err != nil {
		panic(err)
	}
	return text + "." + encode(signature)
}

// old is an ID token signed with the key from before rotate.
func (s *issuer) old(claims map[string]any) string {
	keys, err := newKey()
	if err != nil {
		panic(err)
	}
	return signedWith(keys[0], "first", claims)
}

// none is an ID token without a signature, which says so.
func (s *issuer) none(claims map[string]any) string { return unsigned("none", "first", claims) + "." }

// confused is an ID token signed with the public key, as if it were a secret one.
func (s *issuer) confused(claims map[string]any) string {
	public, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
	if err != nil {
		panic(err)
	}
	return signedBySecret(public, s.keyID, claims)
}

// shared is an ID token signed with the client's secret.
func (s *issuer) shared(claims map[string]any) string {
	return signedBySecret([]byte(clientSecret), s.keyID, claims)
}

func signedBySecret(secret []byte, keyID string, claims map[string]any) string {
	text := unsigned("HS256", keyID, claims)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return text + "." + encode(mac.Sum(nil))
}

// stranger is an ID token signed by a key that is not the service's, though it
// claims to be.
func (s *issuer) stranger(claims map[string]any) string {
	keys, err := newKey()
	if err != nil {
		panic(err)
	}
	return signedWith(keys[1], s.keyID, claims)
}

func unsigned(algorithm, keyID string, claims map[string]any) string {
	head, err := json.Marshal(map[string]any{"alg": algorithm, "typ": "JWT", "kid": keyID})
	if err != nil {
		panic(err)
	}
	body, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return encode(head) + "." + encode(body)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who has left does not miss it
}
