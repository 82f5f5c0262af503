package web

import (
	"context"

	"github.com/tornado-dev/tornado/core/httputil"
)

// Fallback is a route whose requests are answered by something else than a handler:
// by the delegate that to makes when the application is built. It is for packages
// that bring such a delegate, as nethttp does.
//
// The delegate does all that a handler's application does otherwise: limits, the
// access log, error pages. Goroutines that it needs it starts with Application.Go.
func Fallback(pattern string, to func(a *Application) httputil.HTTPServerConnectionDelegate) Route {
	route := URL[fallbackHandler](pattern)
	route.where, route.fallback = caller(), to
	return route
}

// A fallbackHandler stands for the delegate in lists of routes, and never gets a
// request.
type fallbackHandler struct{ RequestHandler }

func (h *fallbackHandler) Prepare() {}

// Go runs f in a goroutine that Shutdown waits for. ctx ends when Shutdown can wait
// no longer.
func (a *Application) Go(f func(ctx context.Context)) {
	a.running.Add(1)
	go func() { // Application.wait waits for it
		defer a.running.Done()
		f(a.base)
	}()
}
