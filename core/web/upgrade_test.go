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
