package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/tornado-dev/tornado/core/web"
)

// A Login is what came of one: who it is, and what the service gave.
type Login struct {
	User User

	// Next is where to go on: a path on this site.
	Next string

	// Token is for OAuth2Request and, if the service gave a refresh token, Refresh.
	// Whoever has it can do what the scopes allow: keep it where clients cannot read
	// it, so not in a session that is a cookie, or nowhere.
	Token *oauth2.Token

	// IDToken is the verified ID token of OpenID Connect, as it came; LogoutRedirect
	// has a use for it. Empty for other services.
	IDToken string

	claims claims
}

// Claims reads all that the service has said about the user into what a pointer
// leads to, a struct or a map, as encoding/json does. With OpenID Connect these are
// the claims of the ID token, and behind them those of the userinfo endpoint if that
// was asked.
func (l *Login) Claims(into any) error {
	encoded, err := json.Marshal(l.claims)
	if err == nil {
		err = json.Unmarshal(encoded, into)
	}
	if err != nil {
		return fmt.Errorf("auth: claims of %s: %w", l.User.Provider, err)
	}
	return nil
}

// Authenticate is a login in one handler, whose path is also where the service sends
// the browser back to. The first time it begins the login, with AuthorizeRedirect,
// and returns web.Finish; when the browser comes back, it returns what
// GetAuthenticatedUser does:
//
//	func (h *GoogleLogin) Get(ctx context.Context) error {
//		login, err := google.Authenticate(ctx, &h.RequestHandler)
//		if err != nil {
//			return err
//		}
//		s := h.Session()
//		s.Regenerate() // a session that somebody else has planted is worth nothing then
//		s.Set("user", login.User)
//		h.Redirect(login.Next)
//		return nil
//	}
func (p *Provider) Authenticate(ctx context.Context, h *web.RequestHandler, options ...RedirectOptions) (*Login, error) {
	if !isAnswer(h) {
		if err := p.AuthorizeRedirect(ctx, h, options...); err != nil {
			return nil, err
		}
		return nil, web.Finish
	}
	return p.GetAuthenticatedUser(ctx, h)
}

// isAnswer reports whether the service has sent the browser here (RFC 6749 sections
// 4.1.2 and 4.1.2.1).
func isAnswer(h *web.RequestHandler) bool {
	query := h.Request.QueryArguments()
	return len(query["code"]) > 0 || len(query["error"]) > 0
}

// GetAuthenticatedUser ends a login: it checks the answer of the service, with which
// the browser has come back, and asks the service who it is. A login can be ended
// once. It sets headers that keep the answer out of caches, and fails with an
// *AuthError, to be returned from the handler's method.
func (p *Provider) GetAuthenticatedUser(ctx context.Context, h *web.RequestHandler) (*Login, error) {
	private(h)
	answer, err := p.readAnswer(h)
	if err != nil {
		return nil, err
	}
	begun, others, ok := take(p.pending(h), answer["state"])
	if !ok {
		return nil, p.unbelievable(notBegun(answer["error"]))
	}
	p.setPending(h, others)
	e, err := p.endpoints(ctx)
	if err != nil {
		return nil, err
	}
	if err := e.checkResponseIssuer(answer["iss"]); err != nil {
		return nil, p.unbelievable(err)
	}
	if answer["error"] != "" {
		return nil, p.answered(answer["error"], answer["error_description"])
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.config(e, p.redirectURL(h.Request)).Exchange(ctx, answer["code"], oauth2.VerifierOption(begun.verifier()))
	if err != nil {
		return nil, p.failed("asking for a token", err)
	}
	login := &Login{Next: begun.next, Token: token}
	if err := p.identify(ctx, e, login, begun.nonce(), now(h)); err != nil {
		return nil, err
	}
	return login, nil
}

// identify finds out who has logged in.
func (p *Provider) identify(ctx context.Context, e endpoints, login *Login, nonce string, now time.Time) (err error) {
	if e.oidc != nil {
		err = p.identifyByToken(ctx, e, login, nonce, now)
	} else {
		err = p.identifyByRequest(ctx, e, login)
	}
	if err != nil {
		return p.failed("finding out who it is", err)
	}
	if p.service.FindUser != nil {
		if err := p.service.FindUser(ctx, p, login); err != nil {
			return err
		}
	}
	if login.User.Subject == "" {
		return p.failed("finding out who it is", errors.New("the service does not say"))
	}
	return nil
}

// readAnswer reads the arguments that the service has sent the browser back with, as
// they came: of words that are no UTF-8 there still is something to tell. None may be
// there twice (RFC 6749 section 3.1): another program might look at the other one.
func (p *Provider) readAnswer(h *web.RequestHandler) (map[string]string, error) {
	answer := map[string]string{}
	for _, name := range [...]string{"state", "code", "iss", "error", "error_description"} {
		values := h.Request.QueryArguments()[name]
		if len(values) > 1 {
			return nil, p.unbelievable(fmt.Errorf("the answer has the argument %q %d times", name, len(values)))
		}
		if len(values) == 1 {
			answer[name] = values[0]
		}
	}
	if answer["code"] == "" && answer["error"] == "" {
		return nil, p.unbelievable(errors.New("the answer has neither a code nor an error"))
	}
	return answer, nil
}

// identifyByRequest asks a service of OAuth 2.0 whom the token is of.
func (p *Provider) identifyByRequest(ctx context.Context, e endpoints, login *Login) error {
	if e.userURL != "" {
		if err := p.OAuth2Request(ctx, login.Token, e.userURL, &login.claims); err != nil {
			return err
		}
	}
	login.User = userOf(p.service.Name, login.claims)
	return nil
}
