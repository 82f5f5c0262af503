package web

import (
	"context"
	"testing"
)

type onlyGet struct{ RequestHandler }

func (h *onlyGet) Get() {}

type preparedGet struct{ RequestHandler }

func (h *preparedGet) Prepare() { h.Finish("of " + string(h.Request.Body)) }

// TestRefusedBeforeTheBody has clients that ask before they send a body, and send it
// all the same.
func TestRefusedBeforeTheBody(t *testing.T) {
	const expecting = " HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\nabc"
	before := Before(func(ctx context.Context, h *RequestHandler) error { return nil })
	for _, tt := range []struct {
		name, request string
		settings      Settings
		status        int // of what is read first
	}{
		{"no such path", "POST /none", Settings{}, 404},
		{"no such path, with XSRF cookies", "POST /none", Settings{XSRFCookies: true}, 404},
		{"no such method", "POST /get", Settings{}, 405},
		{"unknown method", "BREW /get", Settings{}, 405},
		{"there is a method", "GET /get", Settings{}, 100},
		{"HEAD by GET", "HEAD /get", Settings{}, 100},
		{"Prepare may want it", "POST /prepared", Settings{}, 100},
		{"the token may be in it", "POST /get", Settings{XSRFCookies: true}, 100},
		{"who comes before may want it", "POST /none", Settings{RouteOptions: []RouteOption{before}}, 100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := NewApplication(tt.settings, URL[onlyGet](`/get`), URL[preparedGet](`/prepared`))
			got := exchangeOverSocket(t, app, tt.request+expecting)
			if got.status != tt.status {
				t.Errorf("got %d first; want %d", got.status, tt.status)
			}
			if tt.status >= 400 && (got.aborted || got.header.Get("Connection") != "close") {
				t.Errorf("got the fields %v, aborted: %v; want a whole answer that ends the connection", got.header, got.aborted)
			}
		})
	}
}
