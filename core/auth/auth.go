// Package auth lets people log in with an account they have elsewhere: at Google,
// at GitHub, at the identity provider of their company.
//
// A Provider is made once, when the program starts, and any goroutine may use it.
// Its methods that take a RequestHandler belong to a handler's method with a
// context, since they wait for the service, for a limited time.
//
//   - New, Service, Options: whom to ask, and how we are known there
//   - Google, GitHub, GitLab, Microsoft, Facebook, OpenIDConnect: services that are ready
//   - Provider.Authenticate: a whole login in one handler; Provider.Route: without one
//   - Login, User: who has logged in
//   - Provider.OAuth2Request, Provider.Refresh: what else the token is good for
//   - Provider.LogoutRedirect: logging out there as well
//   - AuthError: a login that failed
//
// Package authtest, beside it, is a service for tests.
//
// What happens is the authorization code flow of OAuth 2.0 (RFC 6749 section 4.1)
// as RFC 9700 wants it: each login has a state that only the browser knows in which
// it was begun, PKCE with S256 (RFC 7636), and where the service tells who answers
// (RFC 9207), that is checked. With OpenID Connect the ID token is verified: its
// signature, by a key of the service's and never by one that both share, issuer,
// audience, nonce and expiry. The state is in a signed cookie, so Settings of the
// application need a CookieSecret.
//
// Tornado's OAuthMixin and TwitterMixin (OAuth 1.0) and its OpenIdMixin (OpenID 2.0)
// are left out: these protocols have been turned off nearly everywhere, and X speaks
// OAuth 2.0 now. Answers that come as a POST (response_mode=form_post) are left out
// too: the cookie that makes them safe would have to be sent along with the forms of
// any site.
//
// The package links net/http and crypto/tls, and needs golang.org/x/oauth2 and
// github.com/coreos/go-oidc; a program that does not import it has nothing of them.
package auth

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/web"
)

// defaultTimeout is how long a service may take for one answer.
const defaultTimeout = 10 * time.Second

// Options are how a program is known to a service. ClientID must be given.
type Options struct {
	// ClientID and ClientSecret are what the service gave when the program was
	// registered there. A service for programs that cannot keep a secret gives none.
	ClientID     string
	ClientSecret string

	// RedirectURL is where the browser comes back to, and what the service was told
	// when the program was registered: an absolute URL, or a path on the host of the
	// request. Empty means the path at which the login was begun. Each provider of an
	// application has an address of its own: that keeps one service from taking the
	// answers of another for its own (RFC 9700 section 4.4.2).
	RedirectURL string

	// Scopes are asked for in place of those of the service; "openid" goes without
	// saying where the service is OpenID Connect.
	Scopes []string

	// Parameters are added to the address where the login begins: "prompt", "hd",
	// "max_age". Those that belong to the protocol cannot be set. They are wishes: who
	// relies on one looks in the claims what came of it ("hd", "auth_time").
	Parameters url.Values

	// Timeout is how long the service may take for one answer. Zero means ten seconds.
	Timeout time.Duration

	// Transport carries the requests to the service. nil means one of the package's,
	// which goes by the proxy that the environment names.
	Transport http.RoundTripper
}

// A Provider is a service at which people log in, and how we are known there.
type Provider struct {
	// Set by New and never changed.
	service Service
	options Options
	client  *http.Client

	discovery discovery // of a service that has an Issuer
}

// New makes a provider. It asks nothing of the service yet: a program starts also
// when the service is down; see Provider.Discover. It fails if the service or the
// options cannot work.
func New(service Service, options Options) (*Provider, error) {
	if err := service.check(); err != nil {
		return nil, fmt.Errorf("auth: the service %q: %w", service.Name, err)
	}
	if err := options.check(); err != nil {
		return nil, fmt.Errorf("auth: the options for %q: %w", service.Name, err)
	}
	options.Timeout = cmp.Or(options.Timeout, defaultTimeout)
	if options.Scopes == nil {
		options.Scopes = service.Scopes
	}
	options.Scopes, options.Parameters = slices.Clone(options.Scopes), maps.Clone(options.Parameters)
	if service.Issuer != "" && !slices.Contains(options.Scopes, "openid") {
		options.Scopes = append([]string{"openid"}, options.Scopes...)
	}
	return &Provider{service: service, options: options, client: newClient(options)}, nil
}

// Name is that of the service: "google".
func (p *Provider) Name() string { return p.service.Name }

// ofProtocol are the parameters of a login's address that a program must leave to
// us, since what they say is checked later.
var ofProtocol = []string{
	"client_id", "code_challenge", "code_challenge_method", "nonce", "redirect_uri", "request", "request_uri",
	"response_mode", "response_type", "scope", "state",
}

func (o Options) check() error {
	if o.ClientID == "" {
		return errors.New("there is no ClientID; the service gives one when the program is registered there")
	}
	if o.Timeout < 0 {
		return fmt.Errorf("the Timeout %v is negative", o.Timeout)
	}
	if err := checkParameters(o.Parameters); err != nil {
		return err
	}
	if o.RedirectURL == "" || web.IsLocalPath(o.RedirectURL) {
		return nil
	}
	if u, err := url.Parse(o.RedirectURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Contains(o.RedirectURL, "#") {
		return fmt.Errorf("the RedirectURL %q is neither an absolute URL of http or https, without a fragment, nor a path that begins with one slash", o.RedirectURL)
	}
	return nil
}

func checkParameters(parameters url.Values) error {
	for name := range parameters {
		if slices.Contains(ofProtocol, name) {
			return fmt.Errorf("the parameter %q belongs to the protocol and cannot be set", name)
		}
	}
	return nil
}

// redirectURL is the address that the browser comes back to, given a request at it
// or at where the login begins.
func (p *Provider) redirectURL(r *httputil.HTTPServerRequest) string {
	to := p.options.RedirectURL
	if to != "" && to[0] != '/' {
		return to
	}
	return origin(r) + cmp.Or(to, r.Path)
}

// origin is the site that a request was sent to: "https://example.com".
func origin(r *httputil.HTTPServerRequest) string { return r.Protocol + "://" + r.Host }

// config is how package oauth2 is told all this.
func (p *Provider) config(e endpoints, redirectURL string) *oauth2.Config {
	return &oauth2.Config{
		ClientID:     p.options.ClientID,
		ClientSecret: p.options.ClientSecret,
		RedirectURL:  redirectURL,
		Scopes:       p.options.Scopes,
		Endpoint:     e.Endpoint,
	}
}
