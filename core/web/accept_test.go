package web

import (
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/httputil"
)

func TestPrefersJSON(t *testing.T) {
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
	for _, tt := range []struct {
		accept, contentType string
		want                bool
	}{
		{"", "", false},
		{"*/*", "", false},
		{browser, "", false},
		{browser, "application/json", false},
		{"application/json", "", true},
		{"Application/JSON; charset=utf-8", "", true},
		{"application/problem+json", "", true},
		{"application/json, text/plain, */*", "", true},
		{"*/*, application/json", "", true},
		{"text/html, application/json", "", false},
		{"application/json, text/html", "", true},
		{"text/html;q=0.5, application/json", "", true},
		{"application/json;q=0.5, text/html", "", false},
		{"application/json;q=0", "", false},
		{"application/json;level=1;q=0", "", false},
		{"application/json;q=x", "", false},
		{"application/json;q=7", "", false},
		{"text/plain", "application/json", false},
		{"*/*", "application/json; charset=utf-8", true},
		{"", "application/json", true},
		{"", "application/x-www-form-urlencoded", false},
	} {
		fields := httputil.ParsedHeaders("Accept: " + tt.accept + "\r\nContent-Type: " + tt.contentType + "\r\n")
		if got := prefersJSON(&fields); got != tt.want {
			t.Errorf("%q, sending %q: got %t; want %t", tt.accept, tt.contentType, got, tt.want)
		}
	}
}

// A clientError tells the client something, if its status lets it.
type clientError struct{ HTTPError }

func (clientError) ClientMessage() string { return "<only> three" }

func (e clientError) Unwrap() error { return e.HTTPError }

func TestErrorForClient(t *testing.T) {
	captureLog(t)
	for _, tt := range []struct {
		status       int
		accept, want string
	}{
		{409, "text/html", "<p>&lt;only&gt; three</p>"},
		{409, "application/json", `"detail":"<only> three"`},
		{409, "text/plain", "409: Conflict\n<only> three\n"},
		{500, "text/html", "500: Internal Server Error</body>"},
		{500, "application/json", `{"error":{"code":500,"message":"Internal Server Error"}}`},
	} {
		app := NewApplication(Settings{}, kinds[0].route(`/`, func(*RequestHandler) error {
			return clientError{HTTPError{StatusCode: tt.status}}
		}))
		got := exchangeWithFake(t, app, get("/", "Accept: "+tt.accept))
		if got.status != tt.status || !strings.Contains(got.body, tt.want) {
			t.Errorf("%d for %s: got %d %q; want %q in it", tt.status, tt.accept, got.status, got.body, tt.want)
		}
	}
}

// TestBadArgumentsAreTold holds that a client learns what is wrong with its arguments.
func TestBadArgumentsAreTold(t *testing.T) {
	captureLog(t)
	everywhere(t, Settings{}, func(h *RequestHandler) error { h.Write(h.GetArgument("<q>")); return nil }, func(t *testing.T, fetch func(string) response) {
		for uri, want := range map[string]string{
			"/":             `<p>the argument &quot;&lt;q&gt;&quot; is missing</p>`,
			"/?%3Cq%3E=%ff": `<p>&quot;&lt;q&gt;&quot; is not UTF-8</p>`,
		} {
			if got := fetch(get(uri)); got.status != 400 || !strings.Contains(got.body, want) {
				t.Errorf("%s: got %d, %s; want 400 and %s", uri, got.status, got.body, want)
			}
		}
	})
}
