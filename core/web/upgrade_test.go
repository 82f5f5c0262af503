package web

import "testing"

type keptHandler struct{ RequestHandler }

func (h *keptHandler) Get() {}

// TestFinishedHandlersShareNothing asks handlers, which somebody kept, for what is
// found out when it is asked for first.
func TestFinishedHandlersShareNothing(t *testing.T) {
	app := NewApplication(Settings{}, URL[keptHandler](`/`))
	kept := func() *RequestHandler {
		h := new(keptHandler)
		h.app, h.route, h.self, h.exchange = app, app.notFound, h, &over
		h.Request = &h.request
		return &h.RequestHandler
	}
	one, other := kept(), kept()
	one.SetCurrentUser("somebody")
	if user := other.CurrentUser(); user != nil || one.CurrentUser() != "somebody" {
		t.Errorf("got the user %v of another request", user)
	}
	if one, other := one.XSRFToken(), other.XSRFToken(); one == other || over.xsrfText != "" || over.userKnown {
		t.Errorf("got the token %s for two clients", one)
	}
}

// TestDrainReachesMounts holds that connections of an application that is mounted are
// told that the end is for good.
func TestDrainReachesMounts(t *testing.T) {
	inner := NewApplication(Settings{}, URL[helloHandler](`/in/x`))
	outer := NewApplication(Settings{}, Mount(`/in/.*`, inner))
	outer.Drain()
	outer.Drain() // as when two servers of an application end
	for name, app := range map[string]*Application{"outer": outer, "inner": inner} {
		select {
		case <-app.Draining():
		default:
			t.Errorf("%s: Draining is open", name)
		}
		h := new(RequestHandler)
		h.app = app
		if up := (Upgrade{h}); !up.Leaving() {
			t.Errorf("%s: the end is not for good", name)
		}
	}
}
