package auth

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
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

	issuer           string // of answers and ID tokens; see checkIssuer. Empty if it is not known
	alwaysSaysIssuer bool   // each answer has the argument "iss"

	oidc *oidc.Provider // nil for a service of OAuth 2.0 alone
}

// A discovery is what is known of a service that tells about itself.
type discovery struct {
	mu     sync.Mutex // guards what follows
	known  *endpoints // nil until the service has told once
	again  time.Time  // when to ask again
	asking *inquiry   // nil while nobody asks
}

// An inquiry is one attempt to ask, on which others wait besides who asks.
type inquiry struct {
	done chan struct{} // closed when the fields below are set

	found   endpoints
	err     error
	dropped bool // who asked has gone, and err says nothing about the service
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

// endpoints are those of the service. One caller asks for them; others use what is
// known meanwhile, or wait for what he finds out.
func (p *Provider) endpoints(ctx context.Context) (endpoints, error) {
	if p.service.Issuer == "" {
		return p.fixedEndpoints(), nil
	}
	for {
		known, asking, mine := p.discovery.look(time.Now())
		switch {
		case known != nil:
			return *known, nil
		case mine:
			p.inquire(ctx, asking)
		default:
			select {
			case <-asking.done:
			case <-ctx.Done():
				return endpoints{}, p.failed("waiting for discovery", ctx.Err())
			}
			if asking.dropped {
				continue
			}
		}
		if asking.err != nil {
			return endpoints{}, p.failed("discovery of "+p.service.Issuer, asking.err)
		}
		return asking.found, nil
	}
}

// inquire asks the service.
func (p *Provider) inquire(ctx context.Context, i *inquiry) {
	i.err = errors.New("asking was broken off") // holds if discover panics
	defer func() {
		i.dropped = i.err != nil && ctx.Err() != nil
		p.discovery.end(i, time.Now())
	}()
	i.found, i.err = p.discover(ctx)
}

// look returns what is known, or else who is asking; mine says that it is the caller,
// who then must call end.
func (d *discovery) look(now time.Time) (known *endpoints, asking *inquiry, mine bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known != nil && (d.asking != nil || now.Before(d.again)) {
		return d.known, nil, false
	}
	if d.asking != nil {
		return nil, d.asking, false
	}
	d.asking = &inquiry{done: make(chan struct{})}
	return nil, d.asking, true
}

// end keeps what was found out. If that is nothing, what was known before holds.
func (d *discovery) end(asked *inquiry, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if asked.err == nil {
		d.known, d.again = &asked.found, now.Add(discoveredFor)
	} else if d.known != nil {
		asked.found, asked.err = *d.known, nil
		d.again = now.Add(retryAfter)
	}
	d.asking = nil
	close(asked.done)
}

// fixedEndpoints are those of a service of OAuth 2.0 alone.
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

// discover reads what the service says about itself, and believes nothing that is not
// safe to use.
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
	return e, checkURLs([]namedURL{
		{"authorization_endpoint", e.AuthURL, false},
		{"token_endpoint", e.TokenURL, false},
		{"jwks_uri", m.JWKSURL, false},
		{"userinfo_endpoint", e.userURL, true},
		{"end_session_endpoint", e.logoutURL, true},
	})
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

func sameHost(a, b string) bool {
	first, err := url.Parse(a)
	second, err2 := url.Parse(b)
	return errors.Join(err, err2) == nil && first.Scheme == second.Scheme && first.Host == second.Host
}
