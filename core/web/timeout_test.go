package web

import (
	"context"
	"testing"
	"time"
)

// A deadlineHandler says whether its context has a deadline.
type deadlineHandler struct{ RequestHandler }

func (h *deadlineHandler) Get(ctx context.Context) {
	_, limited := ctx.Deadline()
	h.Write(map[bool]string{true: "limited", false: "free"}[limited])
}

func TestTimeoutOfARoute(t *testing.T) {
	captureLog(t)
	for _, tt := range []struct {
		name    string
		setting time.Duration
		options []RouteOption
		want    string
	}{
		{"neither", 0, nil, "free"},
		{"the setting", time.Hour, nil, "limited"},
		{"the route", 0, []RouteOption{Timeout(time.Hour)}, "limited"},
		{"the route, without a limit", time.Hour, []RouteOption{Timeout(-1)}, "free"},
	} {
		app := NewApplication(Settings{RequestTimeout: tt.setting}, URL[deadlineHandler](`/`, tt.options...))
		if got := exchangeWithFake(t, app, get("/")); got.body != tt.want {
			t.Errorf("%s: got %q; want %q", tt.name, got.body, tt.want)
		}
	}
	app := NewApplication(Settings{RequestTimeout: time.Hour}, URL[slowHandler](`/`, Timeout(1)))
	if got := exchangeWithFake(t, app, get("/")); got.status != 503 {
		t.Errorf("got %d; want 503 after the route's nanosecond", got.status)
	}
}
