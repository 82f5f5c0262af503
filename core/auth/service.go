package auth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// A Service is a place where people have accounts: one of OpenID Connect, which has
// an Issuer, or one of OAuth 2.0 alone, which has the three URLs. Those that are
// ready are plain values: what differs, at a server of one's own say, is changed
// before New is given one. All URLs are of https, or of http on this machine.
type Service struct {
	// Name is what the service is called in User.Provider, in the log and in the name
	// of a cookie: small letters, digits, "-" and "_". Two services of one
	// application have two names.
	Name string

	// Issuer is where a service of OpenID Connect tells about itself (OpenID Connect
	// Discovery section 4), and what its ID tokens say who issued them: both to the
	// letter, with or without a slash at the end.
	Issuer string

	// UserInfo asks the userinfo endpoint of such a service as well, since not all of
	// them tell the name and the e-mail address in the ID token.
	UserInfo bool

	// AuthorizationURL, TokenURL and UserURL are those of a service that has no Issuer.
	// UserURL answers with JSON about whom the access token is of; it may be empty
	// if there is a FindUser.
	AuthorizationURL string
	TokenURL         string
	UserURL          string

	// ResponseIssuer is what a service without an Issuer has in the argument "iss" of
	// its answers (RFC 9207). Empty means that it is not looked at.
	ResponseIssuer string

	// Scopes are what is asked for if the options do not say.
	Scopes []string

	// SecretInBody sends the client's secret in the body of requests for tokens. It is
	// in the header Authorization otherwise, unless discovery says that this is how it
	// must be.
	SecretInBody bool

	// AppSecretProof adds the argument "appsecret_proof" to all that OAuth2Request
	// sends, as Facebook wants it: a stolen token is worth less then.
	AppSecretProof bool

	// FindUser completes login.User, from login.Claims or by further requests. It is
	// called when the login has been verified and User has what the claims of usual
	// names say. What it returns ends the login.
	FindUser func(ctx context.Context, p *Provider, login *Login) error

	// tenants is for Microsoft: what issues a token is named in its claim "tid".
	tenants bool
}

func (s Service) check() error {
	switch {
	case !validName(s.Name):
		return errors.New("the name must be small letters, digits, - and _")
	case s.Issuer == "":
		return checkURLs([]namedURL{
			{"AuthorizationURL", s.AuthorizationURL, false},
			{"TokenURL", s.TokenURL, false},
			{"UserURL", s.UserURL, s.FindUser != nil},
		})
	case s.AuthorizationURL != "" || s.TokenURL != "" || s.UserURL != "":
		return errors.New("there are an Issuer and URLs; an issuer tells its own")
	case s.tenants && strings.Contains(s.Issuer, "//v2.0"):
		return errors.New("there is no tenant; give the number or the domain of one, or organizations, consumers or common")
	}
	return checkURLs([]namedURL{{"Issuer", s.Issuer, false}})
}

func validName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// A namedURL is one of several that are checked together.
type namedURL struct {
	name, url string
	optional  bool // it may be empty
}

func checkURLs(urls []namedURL) error {
	for _, one := range urls {
		if one.url == "" && one.optional {
			continue
		}
		if one.url == "" {
			return fmt.Errorf("there is no %s", one.name)
		}
		if err := checkURL(one.url); err != nil {
			return fmt.Errorf("the %s %w", one.name, err)
		}
	}
	return nil
}

// checkURL reports a URL that secrets cannot be sent to: others could read them on
// the way. This machine is excepted, for tests and development.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return fmt.Errorf("%q is no URL that can be asked", text)
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%q is not of https", text)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
