package auth_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tornado-dev/tornado/core/auth"
	"github.com/tornado-dev/tornado/core/tornadotest"
)

func TestIDToken(t *testing.T) {
	for _, tt := range []struct {
		name  string
		token func(claims map[string]any)
		sign  func(s *issuer, claims map[string]any) string
		log   string // why nobody is logged in; empty if somebody is
	}{
		{"as it should be", nil, nil, ""},
		{"for us and another, by our wish", func(c map[string]any) { c["aud"], c["azp"] = []string{"other", clientID}, clientID }, nil, ""},
		{"without at_hash", func(c map[string]any) { delete(c, "at_hash") }, nil, ""},

		{"with the nonce of another login", func(c map[string]any) { c["nonce"] = "other" }, nil, "nonce"},
		{"without a nonce", func(c map[string]any) { delete(c, "nonce") }, nil, "nonce"},
		{"of another issuer", func(c map[string]any) { c["iss"] = "https://evil.example" }, nil, "issued by a different provider"},
		{"of no issuer", func(c map[string]any) { delete(c, "iss") }, nil, "issued by a different provider"},
		{"of nearly the issuer", func(c map[string]any) { c["iss"] = c["iss"].(string) + "/" }, nil, "issued by a different provider"},
		{"for another program", func(c map[string]any) { c["aud"] = "other" }, nil, "expected audience"},
		{"for nobody", func(c map[string]any) { delete(c, "aud") }, nil, "expected audience"},
		{"for several, by nobody's wish", func(c map[string]any) { c["aud"] = []string{clientID, "other"} }, nil, "not for us"},
		{"for us, by another's wish", func(c map[string]any) { c["azp"] = "other" }, nil, "not for us"},
		{"too old", func(c map[string]any) { c["exp"] = time.Now().Add(-time.Second).Unix() }, nil, "token is expired"},
		{"that never gets old", func(c map[string]any) { delete(c, "exp") }, nil, "token is expired"},
		{"that is not good yet", func(c map[string]any) { c["nbf"] = time.Now().Add(time.Hour).Unix() }, nil, "before the nbf"},
		{"of another access token", func(c map[string]any) { c["at_hash"] = encode(make([]byte, 16)) }, nil, "access token"},
		{"about nobody", func(c map[string]any) { delete(c, "sub") }, nil, "does not say whom"},

		{"that is not signed", nil, (*issuer).none, "none"},
		{"signed with the public key", nil, (*issuer).confused, "HS256"},
		{"signed with the client's secret", nil, (*issuer).shared, "HS256"},
		{"signed by a stranger", nil, (*issuer).stranger, "failed to verify"},
		{"whose signature was cut off", nil, func(s *issuer, c map[string]any) string { return unsigned("RS256", "first", c) + "." }, "failed to verify"},
		{"that is not there", nil, func(*issuer, map[string]any) string { return "" }, "no ID token"},
		{"that is no token", nil, func(*issuer, map[string]any) string { return "a.b" }, "malformed jwt"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tornadotest.ExpectLog(t, expected(tt.log)...)
			s := newIssuer(t)
			s.token, s.sign = tt.token, tt.sign
			r := newSite(t, provider(t, auth.OpenIDConnect("company", s.URL))).visitor().login()
			if tt.log != "" {
				refused(t, r, 502, "Bad Gateway")
			} else if diff := cmp.Diff(jane, welcomed(t, r).User); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// A token is old by the clock of the application.
func TestIDTokenClock(t *testing.T) {
	tornadotest.ExpectLog(t, "token is expired")
	s := newIssuer(t)
	clock := tornadotest.NewClock(time.Now().Add(2 * time.Hour))
	site := newSite(t, provider(t, auth.OpenIDConnect("company", s.URL)), clockOf(clock))
	refused(t, site.visitor().login(), 502, "Bad Gateway")
}

// The service changes its key, without a word.
func TestKeyRotation(t *testing.T) {
	tornadotest.ExpectLog(t, "failed to verify")
	s := newIssuer(t)
	site := newSite(t, provider(t, auth.OpenIDConnect("company", s.URL)))
	welcomed(t, site.visitor().login())
	welcomed(t, site.visitor().login())
	if got := s.asked("/keys"); got != 1 {
		t.Errorf("the keys were asked for %d times; want once", got)
	}
	s.rotate(t)
	welcomed(t, site.visitor().login())
	if got := s.asked("/keys"); got != 2 {
		t.Errorf("the keys were asked for %d times; want twice", got)
	}
	// Who has got hold of the old one is late.
	s.sign = (*issuer).old
	refused(t, site.visitor().login(), 502, "Bad Gateway")
}

func TestUserInfo(t *testing.T) {
	const sub = "248289761001"
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
			s := newIssuer(t)
			s.token, s.userInfo = tt.token, tt.userInfo
			r := newSite(t, provider(t, auth.OpenIDConnect("company", s.URL))).visitor().login()
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
			s := newIssuer(t)
			s.user = map[string]any{"sub": "248289761001", "email": jane.Email, "email_verified": true}
			s.config = func(document map[string]any) { document["issuer"] = s.URL + tt.issuer }
			s.token = func(c map[string]any) { tt.token(s.URL, c) }
			if tt.answer != "" {
				s.answer = says("iss", s.URL+tt.answer)
			}
			service := auth.Microsoft("contoso.example")
			service.Issuer = s.URL
			r := newSite(t, provider(t, service)).visitor().login()
			if tt.log != "" {
				refused(t, r, 502, "Bad Gateway")
			} else if diff := cmp.Diff(tt.want, welcomed(t, r).User); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
