package web

import "context"

// A hook is a function of the route option Before; one of the two is set.
type hook struct {
	plain func(h *RequestHandler) error
	waits func(ctx context.Context, h *RequestHandler) error
}

// Before is a route option: functions that are called before Prepare, in order,
// when the XSRF token has been checked and, with Authenticated, the user. They are
// for what several handlers have in common and embedding does not fit. As methods
// do, those with a context run in a goroutine and may wait, and the others run on
// the loop.
//
// A function that returns an error, or finishes the answer, ends the request, and
// what would come after it is not called. Several Before of a route add up; those of
// a group (see Route.With) and of Settings.RouteOptions come first.
func Before[F func(h *RequestHandler) error | func(ctx context.Context, h *RequestHandler) error](functions ...F) RouteOption {
	var hooks []hook
	for _, f := range functions {
		switch f := any(f).(type) {
		case func(h *RequestHandler) error:
			hooks = append(hooks, hook{plain: f})
		case func(ctx context.Context, h *RequestHandler) error:
			hooks = append(hooks, hook{waits: f})
		}
	}
	return func(r *Route) { r.before = append(r.before[:len(r.before):len(r.before)], hooks...) }
}

// With returns the route with further options; a group gives them to each route in
// it, also to those of an application that is mounted there, as long as they are
// asked for by this way. What a route in the group says for itself counts: its own
// CORS, and its own Before after that of the group.
func (r Route) With(options ...RouteOption) Route {
	if r.mount != nil {
		r.inMount = append(append([]RouteOption(nil), options...), r.inMount...)
		return r
	}
	if r.group {
		r.inner = withOptions(r.inner, options)
		return r
	}
	before, cors := r.before, r.cors
	r.before = nil
	for _, option := range options {
		option(&r)
	}
	r.before = append(r.before, before...)
	if cors != nil {
		r.cors = cors
	}
	return r
}

func withOptions(routes []Route, options []RouteOption) []Route {
	if len(options) == 0 {
		return routes
	}
	changed := make([]Route, len(routes))
	for i, r := range routes {
		changed[i] = r.With(options...)
	}
	return changed
}

// runBefore calls the functions of the route's Before from the i-th on, and then
// Prepare.
func (h *RequestHandler) runBefore(i int) {
	for ; i < len(h.route.before); i++ {
		one := h.route.before[i]
		if one.waits != nil {
			h.elsewhere(func(ctx context.Context) error { return h.callHook(ctx, one) }, func(err error) {
				if err != nil || h.finished || h.gone {
					h.afterPrepare(err)
				} else {
					h.runBefore(i + 1)
				}
			})
			return
		}
		if err := h.callHook(context.Background(), one); err != nil || h.finished {
			h.afterPrepare(err)
			return
		}
	}
	h.runPrepare()
}

func (h *RequestHandler) callHook(ctx context.Context, one hook) (err error) {
	defer h.catch(&err)
	if one.waits != nil {
		return one.waits(ctx, h)
	}
	return one.plain(h)
}
