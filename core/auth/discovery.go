package auth

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// What a service says about itself is asked for again after a day; if that fails,
// a minute passes before the next attempt, and what is known stays in force.
const (
	discoveredFor = 24 * time.Hour
	retryAfter    = time.Minute
)

// endpoints are where a service is asked what, and how its answers are checked.
type endpoints struct {
	oauth2.Endpoint
	userURL   string
	logoutURL string

	issuer           string // of answers and ID tokens; see issuerOf. Empty if it is not known
	alwaysSaysIssuer bool   // each answer has the argument "iss"

	oidc *oidc.Provider // nil for a service of OAuth 2.0 alone
}

// A discovery is what is known of a service that tells about itself.
type discovery struct {
	turn  chan struct{} // of capacity one: who asks has put something in
	known atomic.Pointer[endpoints]
	again atomic.Int64 // when to ask again, in nanoseconds since 1970
}

// metadata are the parts of a discovery document that package oidc has no use for.
type metadata struct {
	Issuer            string   `json:"issuer"`
	JWKSURL           string   `json:"jwks_uri"`
	LogoutURL         string   `json:"end_session_endpoint"`
	SecretMethods     []string `json:"token_endpoint_auth_methods_supported"`
	IssuerInResponses bool     `json:"authorization_response_iss_parameter_supported"`
}

// Discover asks a service of OpenID Connect about itself, unless it was asked within
// the last day. The first login does so by itself; a program that would rather not
// start than have logins fail calls it before. It fails with an *AuthError.
func (p *Provider) Discover(ctx context.Context) error {
	_, err := p.endpoints(ctx)
	return err
}

// endpoints are those of the service. One caller asks for them and the others wait.
func (p *Provider) endpoints(ctx context.Context) (endpoints, error) {
	if p.service.Issuer == "" {
		return p.fixedEndpoints(), nil
	}
	d := &p.discovery
	if known := d.known.Load(); known != nil && time.Now().UnixNano() < d.again.Load() {
		return *known, nil
	}
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return endpoints{}, p.failed("waiting for discovery", ctx.Err())
	}
	known := d.known.Load()
	if known != nil && time.Now().UnixNano() < d.again.Load() {
		return *known, nil
	}
	found, err := p.discover(ctx)
	switch {
	case err == nil:
		d.known.Store(&found)
		d.again.Store(time.Now().Add(discoveredFor).UnixNano())
		return found, nil
	case known != nil:
		d.again.Store(time.Now().Add(retryAfter).UnixNano())
		return *known, nil
	}
	return endpoints{}, p.failed("discovery of "+p.service.Issuer, err)
}

func (p *Provider) fixedEndpoints() endpoints {
	e := endpoints{
		Endpoint: oauth2.Endpoint{AuthURL: p.service.AuthorizationURL, TokenURL: p.service.TokenURL, AuthStyle: oauth2.AuthStyleInHeader},
		userURL:  p.service.UserURL,
		issuer:   p.service.ResponseIssuer,
	}
	e.alwaysSaysIssuer = e.issuer != ""
	if p.service.SecretInBody || p.options.ClientSecret == "" {
		e.AuthStyle = oauth2.AuthStyleInParams
	}
	return e
}

func (p *Provider) discover(ctx context.Context) (endpoints, error) {
	ctx = oidc.ClientContext(ctx, p.client)
	if p.service.tenants {
		// The address of a tenant by its domain, or of all, is not that of the issuer.
		ctx = oidc.InsecureIssuerURLContext(ctx, p.service.Issuer)
	}
	provider, err := oidc.NewProvider(ctx, p.service.Issuer)
	if err != nil {
		return endpoints{}, err
	}
	var m metadata
	if err := provider.Claims(&m); err != nil {
		return endpoints{}, err
	}
	if p.service.tenants && !sameHost(m.Issuer, p.service.Issuer) {
		return endpoints{}, fmt.Errorf("%q says that it is the issuer %q", p.service.Issuer, m.Issuer)
	}
	e := endpoints{
		Endpoint:         provider.Endpoint(),
		userURL:          provider.UserInfoEndpoint(),
		logoutURL:        m.LogoutURL,
		issuer:           m.Issuer,
		alwaysSaysIssuer: m.IssuerInResponses,
		oidc:             provider,
	}
	if e.AuthStyle, err = p.authStyle(m.SecretMethods); err != nil {
		return endpoints{}, err
	}
	return e, e.check(m.JWKSURL)
}

// authStyle chooses how the client's secret is sent, among what the service takes
// (OpenID Connect Core section 9). Trying out both, as package oauth2 would, sends a
// code twice, and services revoke all that was given for a code that comes again.
func (p *Provider) authStyle(methods []string) (oauth2.AuthStyle, error) {
	switch {
	case p.service.SecretInBody, p.options.ClientSecret == "":
		return oauth2.AuthStyleInParams, nil
	case len(methods) == 0, slices.Contains(methods, "client_secret_basic"):
		return oauth2.AuthStyleInHeader, nil
	case slices.Contains(methods, "client_secret_post"):
		return oauth2.AuthStyleInParams, nil
	}
	return 0, fmt.Errorf("the service takes a ClientSecret in neither of the two ways there are here, client_secret_basic and client_secret_post, but by %q", methods)
}

// check reports URLs that are missing, or that secrets cannot be sent to.
func (e *endpoints) check(keysURL string) error {
	for _, one := range []struct {
		name, url string
		optional  bool
	}{
		{"authorization_endpoint", e.AuthURL, false},
		{"token_endpoint", e.TokenURL, false},
		{"jwks_uri", keysURL, false},
		{"userinfo_endpoint", e.userURL, true},
		{"end_session_endpoint", e.logoutURL, true},
	} {
		if one.optional && one.url == "" {
			continue
		}
		if err := checkURL(one.url); err != nil {
			return fmt.Errorf("the %s %w", one.name, err)
		}
	}
	return nil
}

func sameHost(a, b string) bool {
	first, err := url.Parse(a)
	second, err2 := url.Parse(b)
	return errors.Join(err, err2) == nil && first.Scheme == second.Scheme && first.Host == second.Host
}
