package web

import (
	"net/url"
	"strings"
)

// CurrentUser is who sends the request: what SetCurrentUser was given, or else
// what the handler's GetCurrentUser returns, which is asked once; nil for nobody.
func (h *RequestHandler) CurrentUser() any {
	if !h.userKnown {
		h.remember()
		h.userKnown = true
		if h.route.overrides&hasGetCurrentUser != 0 {
			h.currentUser = h.self.(CurrentUserGetter).GetCurrentUser()
		}
	}
	return h.currentUser
}

// SetCurrentUser says who sends the request, for instance in a Prepare that has to
// wait for a database.
func (h *RequestHandler) SetCurrentUser(user any) {
	h.remember()
	h.currentUser, h.userKnown = user, true
}

// GetLoginURL is where people log in: Settings.LoginURL. It panics, which is
// answered with 500, if that is empty.
func (h *RequestHandler) GetLoginURL() string {
	must(h.app.settings.checkLoginURL("GetLoginURL"))
	return h.app.settings.LoginURL
}

// Authenticated lets no one pass who is not logged in: it returns nil if there is
// a CurrentUser. Otherwise GET and HEAD are redirected to the login URL, which is
// told in the argument "next" where to go on; other verbs are answered 403:
//
//	func (h *Profile) Get() error {
//		if err := h.Authenticated(); err != nil {
//			return err
//		}
//
// The route option of the same name does that before Prepare.
func (h *RequestHandler) Authenticated() error {
	if h.CurrentUser() != nil {
		return nil
	}
	if m := h.Request.Method; m != "GET" && m != "HEAD" {
		return HTTPError{StatusCode: 403}
	}
	h.Redirect(h.loginURLWithNext())
	return Finish
}

// loginURLWithNext adds to the login URL where the client wanted to go, unless it
// has a query of its own. A login on another site needs the whole address.
func (h *RequestHandler) loginURLWithNext() string {
	login := h.GetLoginURL()
	if strings.Contains(login, "?") {
		return login
	}
	next := h.Request.URI
	if u, err := url.Parse(login); err == nil && u.Scheme != "" {
		next = h.Request.FullURL()
	}
	return login + "?" + url.Values{"next": {next}}.Encode()
}

// SafeNext is the argument "next" if it leads to this site, and otherwise def: what
// a login page redirects to. Anybody can make a link to a login page whose "next"
// leads to a site that looks like ours.
func (h *RequestHandler) SafeNext(def string) string {
	if next := h.GetArgument("next", ""); IsLocalPath(next) {
		return next
	}
	return def
}

// IsLocalPath reports whether a URL is a path on the site itself. "//host" and,
// as browsers read it, "/\host" are not, nor is anything with a control character,
// which they skip.
func IsLocalPath(url string) bool {
	if !strings.HasPrefix(url, "/") || strings.HasPrefix(url, "//") || strings.HasPrefix(url, `/\`) {
		return false
	}
	return !strings.ContainsFunc(url, func(r rune) bool { return r < ' ' || r == 0x7f })
}
