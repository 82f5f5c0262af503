package authtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// tokens is the token endpoint (RFC 6749 section 3.2).
func (s *Issuer) tokens(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost || !isClient(r) {
		writeJSON(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		if asked, ok := s.redeem(r.PostForm); ok {
			writeJSON(w, http.StatusOK, map[string]any{
				"access_token": AccessToken, "token_type": "Bearer", "expires_in": 3600,
				"refresh_token": RefreshToken, "id_token": s.idToken(asked.Get("nonce")),
			})
			return
		}
	case "refresh_token":
		if r.PostForm.Get("refresh_token") == RefreshToken {
			writeJSON(w, http.StatusOK, map[string]any{"access_token": RenewedToken, "token_type": "Bearer", "expires_in": 3600})
			return
		}
	}
	writeJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "That is good for nothing."})
}

// isClient reports whether a request comes from the program that is known, in either
// way of RFC 6749 section 2.3.1.
func isClient(r *http.Request) bool {
	id, secret, basic := r.BasicAuth()
	if !basic {
		return r.PostForm.Get("client_id") == ClientID && r.PostForm.Get("client_secret") == ClientSecret
	}
	return id == url.QueryEscape(ClientID) && secret == url.QueryEscape(ClientSecret)
}

// idToken is the ID token for a login (OpenID Connect Core section 2).
func (s *Issuer) idToken(nonce string) string {
	claims := maps.Clone(s.Claims)
	hash := sha256.Sum256([]byte(AccessToken))
	maps.Copy(claims, map[string]any{
		"iss": s.URL, "aud": ClientID, "nonce": nonce, "at_hash": encode(hash[:16]),
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	})
	if s.Token != nil {
		s.Token(claims)
	}
	if s.Sign != nil {
		return s.Sign(claims)
	}
	return s.Signer()(claims)
}

// Signer signs ID tokens with the key of now, also when that is gone. It panics if
// claims cannot be JSON.
func (s *Issuer) Signer() func(claims map[string]any) string {
	s.mu.Lock()
	key, keyID := s.key, s.keyID
	s.mu.Unlock()
	return func(claims map[string]any) string {
		text := encodeJSON(map[string]any{"alg": "ES256", "typ": "JWT", "kid": strconv.Itoa(keyID)}) + "." + encodeJSON(claims)
		hash := sha256.Sum256([]byte(text))
		r, v, err := ecdsa.Sign(rand.Reader, key, hash[:])
		if err != nil {
			panic(err)
		}
		signature := make([]byte, 64) // RFC 7518 section 3.4
		r.FillBytes(signature[:32])
		v.FillBytes(signature[32:])
		return text + "." + encode(signature)
	}
}

func encodeJSON(v map[string]any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return encode(text)
}

// RotateKey makes a new key, by which ID tokens are signed from now on. The old one
// is no longer told.
func (s *Issuer) RotateKey() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatalf("authtest: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
	s.keyID++
}

// PublicKey is the key that ID tokens can be checked with.
func (s *Issuer) PublicKey() *ecdsa.PublicKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &s.key.PublicKey
}

// keys tells the public key (RFC 7517).
func (s *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	public, keyID := s.key.PublicKey, s.keyID
	s.mu.Unlock()
	point, err := public.Bytes() // 4, and two numbers of 32 bytes
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": strconv.Itoa(keyID),
		"x": encode(point[1:33]), "y": encode(point[33:]),
	}}})
}
