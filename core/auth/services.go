package auth

import (
	"context"
	"slices"
	"strings"
)

// OpenIDConnect is any service of OpenID Connect, such as Keycloak, Auth0, Okta or
// authentik: a name of one's own, and its issuer.
func OpenIDConnect(name, issuer string) Service {
	return Service{Name: name, Issuer: issuer, UserInfo: true, Scopes: []string{"openid", "profile", "email"}}
}

// Google is for all accounts there. For those of one company alone give the
// parameter "hd" with its domain, and look at the claim of that name as well: the
// parameter is only a wish.
func Google() Service {
	return Service{Name: "google", Issuer: "https://accounts.google.com", Scopes: []string{"openid", "profile", "email"}, SecretInBody: true}
}

// GitLab is gitlab.com or, with another address, a GitLab of one's own. Empty means
// gitlab.com.
func GitLab(address string) Service {
	if address == "" {
		address = "https://gitlab.com"
	}
	return OpenIDConnect("gitlab", strings.TrimSuffix(address, "/"))
}

// GitHub tells who somebody is by OAuth 2.0. The e-mail address of a User is the
// one that is marked as primary there.
func GitHub() Service {
	return Service{
		Name:             "github",
		AuthorizationURL: "https://github.com/login/oauth/authorize",
		TokenURL:         "https://github.com/login/oauth/access_token",
		UserURL:          "https://api.github.com/user",
		Scopes:           []string{"read:user", "user:email"},
		SecretInBody:     true,
		FindUser:         findGitHubUser,
	}
}

// findGitHubUser asks for the addresses: the one of the profile need not be
// verified, and may be hidden.
func findGitHubUser(ctx context.Context, p *Provider, login *Login) error {
	login.User.Email, login.User.EmailVerified = "", false
	if !slices.ContainsFunc(p.options.Scopes, func(s string) bool { return s == "user" || s == "user:email" }) {
		return nil
	}
	var addresses []struct {
		Email             string
		Primary, Verified bool
	}
	if err := p.OAuth2Request(ctx, login.Token, p.service.UserURL+"/emails", &addresses); err != nil {
		return err
	}
	for _, a := range addresses {
		if a.Primary {
			login.User.Email, login.User.EmailVerified = a.Email, a.Verified
		}
	}
	return nil
}

// Microsoft is for accounts of Microsoft Entra. tenant is the number or the domain
// of one organisation; "organizations" means those of all, "consumers" private
// accounts, "common" both.
//
// The subject of a User is made of the tenant's number and the account's. An
// administrator of any tenant can write any e-mail address into an account, so one
// is verified only if the optional claim "xms_edov" says so: never take the address
// for the account.
func Microsoft(tenant string) Service {
	return Service{
		Name:         "microsoft",
		Issuer:       "https://login.microsoftonline.com/" + tenant + "/v2.0",
		Scopes:       []string{"openid", "profile", "email"},
		SecretInBody: true,
		FindUser:     findMicrosoftUser,
		tenants:      true,
	}
}

func findMicrosoftUser(_ context.Context, _ *Provider, login *Login) error {
	login.User.Subject = login.claims.text("tid") + "/" + login.User.Subject
	login.User.EmailVerified = login.User.Email != "" && login.claims.isTrue("xms_edov")
	return nil
}

// Facebook tells who somebody is by OAuth 2.0. Its e-mail addresses count as not
// verified: it does not say whether they are.
func Facebook() Service {
	const graph = "https://graph.facebook.com"
	return Service{
		Name:             "facebook",
		AuthorizationURL: "https://www.facebook.com/dialog/oauth",
		TokenURL:         graph + "/oauth/access_token",
		UserURL:          graph + "/me?fields=id,name,first_name,last_name,email,picture",
		Scopes:           []string{"public_profile", "email"},
		SecretInBody:     true,
		AppSecretProof:   true,
	}
}
