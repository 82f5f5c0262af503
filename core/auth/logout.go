package auth

import (
	"context"
	"fmt"
	"net/url"

	"github.com/tornado-dev/tornado/core/web"
)

// LogoutRedirect logs out at the service as well (OpenID Connect RP-Initiated
// Logout): it sends the browser there, and the service sends it back to next, a path
// on this site, if it knows that address from the program's registration. A service
// that has no such thing is passed over: the browser goes to next at once. It
// finishes the answer.
//
// idToken is Login.IDToken; without it services ask whether to log out. What this
// site itself knows of the login is for the caller to forget, before:
//
//	func (h *LogoutHandler) Post(ctx context.Context) error {
//		idToken := h.Session().Get("id_token")
//		h.Session().Destroy()
//		return company.LogoutRedirect(ctx, &h.RequestHandler, idToken, "/")
//	}
//
// It fails with an *AuthError if the service does not tell about itself.
func (p *Provider) LogoutRedirect(ctx context.Context, h *web.RequestHandler, idToken, next string) error {
	if !web.IsLocalPath(next) {
		return fmt.Errorf("auth: %s: logging out leads to %q, which is no path on this site", p.service.Name, next)
	}
	e, err := p.endpoints(ctx)
	if err != nil {
		return err
	}
	if e.logoutURL == "" {
		leave(h, next)
		return nil
	}
	query := url.Values{"client_id": {p.options.ClientID}, "post_logout_redirect_uri": {p.origin(h) + next}}
	if idToken != "" {
		query.Set("id_token_hint", idToken)
	}
	to, err := url.Parse(e.logoutURL)
	if err != nil {
		return p.failed("logging out", err)
	}
	if to.RawQuery != "" {
		to.RawQuery += "&"
	}
	to.RawQuery += query.Encode()
	leave(h, to.String())
	return nil
}

// origin is this site, as the service knows it.
func (p *Provider) origin(h *web.RequestHandler) string {
	if u, err := url.Parse(p.options.RedirectURL); err == nil && u.Host != "" {
		return u.Scheme + "://" + u.Host
	}
	return origin(h.Request)
}
