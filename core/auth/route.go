package auth

import (
	"context"

	"github.com/tornado-dev/tornado/core/web"
)

// Route is a route at which people log in, for programs that need no handler of
// their own for it. done is called when somebody has logged in: it makes him known to
// this site, by a session or a signed cookie. The browser goes on to login.Next then,
// unless done has finished the answer. The log shows the address without its query.
// Pages of errors are the application's; for a handler with its own, see Authenticate.
//
//	google.Route(`/login/google`, func(ctx context.Context, h *web.RequestHandler, login *auth.Login) error {
//		h.Session().Regenerate()
//		h.Session().Set("user", login.User)
//		return nil
//	})
func (p *Provider) Route(pattern string, done func(ctx context.Context, h *web.RequestHandler, login *Login) error, options ...web.RouteOption) web.Route {
	return web.URL[loginHandler](pattern, web.Init(func(h *loginHandler) { h.provider, h.done = p, done })).With(options...)
}

// A loginHandler answers the requests of a Route.
type loginHandler struct {
	web.RequestHandler
	provider *Provider
	done     func(ctx context.Context, h *web.RequestHandler, login *Login) error
}

func (h *loginHandler) Get(ctx context.Context) error {
	login, err := h.provider.Authenticate(ctx, &h.RequestHandler)
	if err != nil {
		return err
	}
	if err := h.done(ctx, &h.RequestHandler, login); err != nil {
		return err
	}
	if !h.Finished() {
		h.Redirect(login.Next)
	}
	return nil
}

// RequestSummary leaves the query out of the log: there are codes in it.
func (h *loginHandler) RequestSummary() string {
	return h.Request.Method + " " + h.Request.Path + " (" + h.Request.RemoteIP + ")"
}
