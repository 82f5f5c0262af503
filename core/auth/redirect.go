package auth

import (
	"context"
	"fmt"
	"maps"
	"net/url"

	"golang.org/x/oauth2"

	"github.com/tornado-dev/tornado/core/web"
)

// RedirectOptions say how one login differs from others at the same provider.
type RedirectOptions struct {
	// Next is where to go on after the login, a path on this site. Empty means
	// RequestHandler.SafeNext("/"): what the argument "next" says, if it leads to this
	// site. A path of more than 1024 bytes counts as "/".
	Next string

	// Parameters are added to those of Options, and go before them.
	Parameters url.Values
}

// AuthorizeRedirect begins a login: it sends the browser to the service, which sends
// it back to the address that Options.RedirectURL says, for GetAuthenticatedUser. It
// finishes the answer, and sets a cookie that lasts ten minutes.
//
// It fails with an *AuthError if the service has to tell about itself first and does
// not, and with another error for options that cannot be.
func (p *Provider) AuthorizeRedirect(ctx context.Context, h *web.RequestHandler, options ...RedirectOptions) error {
	var o RedirectOptions
	if len(options) > 0 {
		o = options[0]
	}
	next, err := o.next(h)
	if err != nil {
		return fmt.Errorf("auth: %s: %w", p.service.Name, err)
	}
	if err := checkParameters(o.Parameters); err != nil {
		return fmt.Errorf("auth: %s: %w", p.service.Name, err)
	}
	e, err := p.endpoints(ctx)
	if err != nil {
		return err
	}
	login := begin(now(h), next)
	p.setPending(h, append(p.pending(h), login))
	leave(h, p.authorizationURL(e, h, login, o.Parameters))
	return nil
}

func (o RedirectOptions) next(h *web.RequestHandler) (string, error) {
	next := o.Next
	if next == "" {
		next = h.SafeNext("/")
	} else if !web.IsLocalPath(next) {
		return "", fmt.Errorf("the Next %q is no path on this site", next)
	}
	if len(next) > maxNext {
		next = "/"
	}
	return next, nil
}

// authorizationURL is the address at the service where a login begins.
func (p *Provider) authorizationURL(e endpoints, h *web.RequestHandler, login pendingLogin, parameters url.Values) string {
	more := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(login.verifier())}
	if e.oidc != nil {
		more = append(more, oauth2.SetAuthURLParam("nonce", login.nonce()))
	}
	all := maps.Clone(p.options.Parameters)
	if all == nil {
		all = url.Values{}
	}
	maps.Copy(all, parameters)
	for name := range all {
		more = append(more, oauth2.SetAuthURLParam(name, all.Get(name)))
	}
	return p.config(e, p.redirectURL(h.Request)).AuthCodeURL(login.state(), more...)
}

// leave sends the browser to another site, and keeps the address that it comes
// from, with a code in it perhaps, out of caches and of what that site is told.
func leave(h *web.RequestHandler, to string) {
	private(h)
	if m := h.Request.Method; m == "GET" || m == "HEAD" {
		h.Redirect(to)
	} else {
		h.RedirectStatus(to, 303)
	}
}

func private(h *web.RequestHandler) {
	h.SetHeader("Cache-Control", "no-store")
	h.SetHeader("Referrer-Policy", "no-referrer")
}
