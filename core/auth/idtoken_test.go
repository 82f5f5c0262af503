package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tornado-dev/tornado/core/auth"
	"github.com/tornado-dev/tornado/core/auth/authtest"
	"github.com/tornado-dev/tornado/core/tornadotest"
)

func TestIDToken(t *testing.T) {
	for _, tt := range []struct {
		name  string
		token func(claims map[string]any)
		sign  func(s *authtest.Issuer, claims map[string]any) string
		log   string // why nobody is logged in; empty if somebody is
	}{
		{"as it should be", nil, nil, ""},
		{"for us and another, by our wish", func(c map[string]any) { c["aud"], c["azp"] = []string{"other", authtest.ClientID}, authtest.ClientID }, nil, ""},
		{"without at_hash", func(c map[string]any) { delete(c, "at_hash") }, nil, ""},

		{"with the nonce of another login", func(c map[string]any) { c["nonce"] = "other" }, nil, "nonce"},
		{"without a nonce", func(c map[string]any) { delete(c, "nonce") }, nil, "nonce"},
		{"of another issuer", func(c map[string]any) { c["iss"] = "https://evil.example" }, nil, "issued by a different provider"},
		{"of no issuer", func(c map[string]any) { delete(c, "iss") }, nil, "issued by a different provider"},
		{"of nearly the issuer", func(c map[string]any) { c["iss"] = c["iss"].(string) + "/" }, nil, "issued by a different provider"},
		{"for another program", func(c map[string]any) { c["aud"] = "other" }, nil, "expected audience"},
		{"for nobody", func(c map[string]any) { delete(c, "aud") }, nil, "expected audience"},
		{"for several, by nobody's wish", func(c map[string]any) { c["aud"] = []string{authtest.ClientID, "other"} }, nil, "not for us"},
		{"for us, by another's wish", func(c map[string]any) { c["azp"] = "other" }, nil, "not for us"},
		{"too old", func(c map[string]any) { c["exp"] = time.Now().Add(-time.Second).Unix() }, nil, "token is expired"},
		{"that never gets old", func(c map[string]any) { delete(c, "exp") }, nil, "token is expired"},
		{"that is not good yet", func(c map[string]any) { c["nbf"] = time.Now().Add(time.Hour).Unix() }, nil, "before the nbf"},
		{"of another access token", func(c map[string]any) { c["at_hash"] = strings.Repeat("A", 22) }, nil, "access token"},
		{"about nobody", func(c map[string]any) { delete(c, "sub") }, nil, "does not say whom"},

		{"that is not signed", nil, unsigned, "none"},
		{"signed with the public key", nil, confused, "HS256"},
		{"signed with the client's secret", nil, shared, "HS256"},
		{"signed by a stranger", nil, stranger, "failed to verify"},
		{"whose signature was cut off", nil, cut, "failed to verify"},
		{"that is not there", nil, func(*authtest.Issuer, map[string]any) string { return "" }, "no ID token"},
		{"that is no token", nil, func(*authtest.Issuer, map[string]any) string { return "a.b" }, "malformed jwt"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tornadotest.ExpectLog(t, expected(tt.log)...)
			s := authtest.NewIssuer(t)
			s.Token = tt.token
			if tt.sign != nil {
				s.Sign = func(claims map[string]any) string { return tt.sign(s, claims) }
			}
			r := newSite(t, s.Provider("company")).visitor().login()
			if tt.log != "" {
				refused(t, r, 502, "Bad Gateway")
			} else if diff := cmp.Diff(jane, welcomed(t, r).User); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// signedAnew is a token as it should be, but for the algorithm that it names and the
// signature.
func signedAnew(s *authtest.Issuer, claims map[string]any, algorithm string, sign func(text string) []byte) string {
	parts := strings.Split(s.Signer()(claims), ".")
	text := encode([]byte(`{"alg":"`+algorithm+`","kid":"1"}`)) + "." + parts[1]
	return text + "." + encode(sign(text))
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func unsigned(s *authtest.Issuer, claims map[string]any) string {
	return signedAnew(s, claims, "none", func(string) []byte { return nil })
}

// confused is signed with the public key, as if it were a secret one.
func confused(s *authtest.Issuer, claims map[string]any) string {
	public, err := x509.MarshalPKIXPublicKey(s.PublicKey())
	if err != nil {
		panic(err)
	}
	return signedAnew(s, claims, "HS256", bySecret(public))
}

// shared is signed with the client's secret.
func shared(s *authtest.Issuer, claims map[string]any) string {
	return signedAnew(s, claims, "HS256", bySecret([]byte(authtest.ClientSecret)))
}

func bySecret(secret []byte) func(text string) []byte {
	return func(text string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
}

// stranger is signed by a key that is not the issuer's, though it claims to be.
func stranger(s *authtest.Issuer, claims map[string]any) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return signedAnew(s, claims, "ES256", func(text string) []byte {
		hash, signature := sha256.Sum256([]byte(text)), make([]byte, 64)
		r, v, err := ecdsa.Sign(rand.Reader, key, hash[:])
		if err != nil {
			panic(err)
		}
		r.FillBytes(signature[:32])
		v.FillBytes(signature[32:])
		return signature
	})
}

// cut has lost its signature.
func cut(s *authtest.Issuer, claims map[string]any) string {
	token := s.Signer()(claims)
	return token[:strings.LastIndex(token, ".")+1]
}

// A token is old by the clock of the application.
func TestIDTokenClock(t *testing.T) {
	tornadotest.ExpectLog(t, "token is expired")
	s := authtest.NewIssuer(t)
	clock := tornadotest.NewClock(time.Now().Add(2 * time.Hour))
	site := newSite(t, s.Provider("company"), clockOf(clock))
	refused(t, site.visitor().login(), 502, "Bad Gateway")
}

// The service changes its key, without a word.
func TestKeyRotation(t *testing.T) {
	tornadotest.ExpectLog(t, "failed to verify")
	s := authtest.NewIssuer(t)
	site := newSite(t, s.Provider("company"))
	welcomed(t, site.visitor().login())
	welcomed(t, site.visitor().login())
	if got := s.Asked(authtest.KeysPath); got != 1 {
		t.Errorf("the keys were asked for %d times; want once", got)
	}
	late := s.Signer()
	s.RotateKey()
	welcomed(t, site.visitor().login())
	if got := s.Asked(authtest.KeysPath); got != 2 {
		t.Errorf("the keys were asked for %d times; want twice", got)
	}
	// Who has got hold of the old one is late.
	s.Sign = late
	refused(t, site.visitor().login(), 502, "Bad Gateway")
}

func TestUserInfo(t *testing.T) {
	const sub = authtest.DefaultSubject
	bare := func(c map[string]any) {
		for _, name := range []string{"name", "preferred_username", "email", "email_verified", "picture"} {
			delete(c, name)
		}
	}
	for _, tt := range []struct {
		name     string
		token    func(claims map[string]any)
		userInfo map[string]any
		want     auth.User
		log      string
	}{
		{"tells all", bare, nil, jane, ""},
		{"tells what the token does not", func(c map[string]any) { delete(c, "name") }, map[string]any{"sub": sub, "name": "J. D.", "email": "other@example.com"},
			auth.User{Provider: "company", Subject: sub, Name: "J. D.", Username: "j.doe", Email: jane.Email, EmailVerified: true, Picture: jane.Picture}, ""},
		{"has verified the address of the token", func(c map[string]any) { delete(c, "email_verified") }, map[string]any{"sub": sub, "email": jane.Email, "email_verified": "true"}, jane, ""},
		{"has verified another address", func(c map[string]any) { bare(c); c["email"] = "victim@example.com" }, map[string]any{"sub": sub, "email": "jane@example.com", "email_verified": true},
			auth.User{Provider: "company", Subject: sub, Email: "victim@example.com"}, ""},
		{"speaks of another", nil, map[string]any{"sub": "victim"}, auth.User{}, "about another account"},
		{"speaks of nobody", nil, map[string]any{"name": "x"}, auth.User{}, "about another account"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tornadotest.ExpectLog(t, expected(tt.log)...)
			s := authtest.NewIssuer(t)
			s.Token, s.UserInfo = tt.token, tt.userInfo
			r := newSite(t, s.Provider("company")).visitor().login()
			if tt.log != "" {
				refused(t, r, 502, "Bad Gateway")
			} else if diff := cmp.Diff(tt.want, welcomed(t, r).User); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// Microsoft's tokens name the tenant whose they are.
func TestTenants(t *testing.T) {
	const tenant, other = "72f988bf-86f1-41af-91ab-2d7cd011db47", "9188040d-6c67-4c5b-b112-36a304b66dad"
	for _, tt := range []struct {
		name   string
		issuer string // that discovery tells, after the address
		token  func(address string, c map[string]any)
		answer string // who says that the answer is his
		want   auth.User
		log    string
	}{
		{"any", "/{tenantid}/v2.0", func(a string, c map[string]any) { c["iss"], c["tid"] = a+"/"+tenant+"/v2.0", tenant }, "",
			auth.User{Provider: "microsoft", Subject: tenant + "/248289761001", Email: jane.Email}, ""},
		{"any, with a verified address", "/{tenantid}/v2.0", func(a string, c map[string]any) { c["iss"], c["tid"], c["xms_edov"] = a+"/"+tenant+"/v2.0", tenant, 1 }, "/" + tenant + "/v2.0",
			auth.User{Provider: "microsoft", Subject: tenant + "/248289761001", Email: jane.Email, EmailVerified: true}, ""},
		{"another than it says", "/{tenantid}/v2.0", func(a string, c map[string]any) { c["iss"], c["tid"] = a+"/"+other+"/v2.0", tenant }, "", auth.User{}, "was issued by"},
		{"none", "/{tenantid}/v2.0", func(a string, c map[string]any) { c["iss"] = a + "/{tenantid}/v2.0" }, "", auth.User{}, "no number of one"},
		{"a path", "/{tenantid}/v2.0", func(a string, c map[string]any) { c["iss"], c["tid"] = a+"/../evil/v2.0", "../evil" }, "", auth.User{}, "no number of one"},
		{"one, by its domain", "/" + tenant + "/v2.0", func(a string, c map[string]any) { c["iss"], c["tid"] = a+"/"+tenant+"/v2.0", tenant }, "",
			auth.User{Provider: "microsoft", Subject: tenant + "/248289761001", Email: jane.Email}, ""},
		{"another than that one", "/" + tenant + "/v2.0", func(a string, c map[string]any) { c["iss"], c["tid"] = a+"/"+other+"/v2.0", other }, "", auth.User{}, "was issued by"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tornadotest.ExpectLog(t, expected(tt.log)...)
			s := authtest.NewIssuer(t)
			s.Claims = map[string]any{"sub": "248289761001", "email": jane.Email, "email_verified": true}
			s.Document = func(document map[string]any) { document["issuer"] = s.URL + tt.issuer }
			s.Token = func(c map[string]any) { tt.token(s.URL, c) }
			if tt.answer != "" {
				s.Answer = says("iss", s.URL+tt.answer)
			}
			service := auth.Microsoft("contoso.example")
			service.Issuer = s.URL
			r := newSite(t, s.ProviderOf(service)).visitor().login()
			if tt.log != "" {
				refused(t, r, 502, "Bad Gateway")
			} else if diff := cmp.Diff(tt.want, welcomed(t, r).User); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
