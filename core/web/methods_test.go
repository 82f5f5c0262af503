package web

import (
	"context"
	"strings"
	"testing"
)

type folderHandler struct{ RequestHandler }

func (h *folderHandler) Get(name string)      { h.Write("get " + name) }
func (h *folderHandler) Propfind(name string) { h.Write("propfind " + name) }
func (h *folderHandler) Report(ctx context.Context, name string) error {
	h.Write("report " + name)
	return ctx.Err()
}

// propertyHandler has no other verb.
type propertyHandler struct{ RequestHandler }

func (h *propertyHandler) Purge(id int) error { return HTTPError{StatusCode: 202} }

func TestMethod(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{Loops: 1},
		URL[folderHandler](`/dav/(.*)`, Method("PROPFIND", (*folderHandler).Propfind), Method("REPORT", (*folderHandler).Report)),
		URL[propertyHandler](`/cache/(\d+)`, Method("PURGE", (*propertyHandler).Purge)))
	for _, tt := range []struct {
		method, path string
		status       int
		body, allow  string
	}{
		{"PROPFIND", "/dav/a", 200, "propfind a", ""},
		{"REPORT", "/dav/b", 200, "report b", ""},
		{"GET", "/dav/c", 200, "get c", ""},
		{"HEAD", "/dav/c", 200, "", ""},
		{"PURGE", "/cache/7", 202, "", ""},
		{"MKCOL", "/dav/a", 405, "", "GET, HEAD, OPTIONS, PROPFIND, REPORT"},
		{"propfind", "/dav/a", 405, "", "GET, HEAD, OPTIONS, PROPFIND, REPORT"},
		{"POST", "/dav/a", 405, "", "GET, HEAD, OPTIONS, PROPFIND, REPORT"},
		{"OPTIONS", "/dav/a", 204, "", "GET, HEAD, OPTIONS, PROPFIND, REPORT"},
		{"GET", "/cache/7", 405, "", "OPTIONS, PURGE"},
		{"OPTIONS", "*", 204, "", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"},
	} {
		for _, transport := range transports {
			t.Run(tt.method+" "+tt.path+", "+transport.name, func(t *testing.T) {
				got := transport.exchange(t, app, ask(tt.method, tt.path, ""))
				if got.status != tt.status || got.header.Get("Allow") != tt.allow || tt.body != "" && got.body != tt.body {
					t.Errorf("got %d %q, Allow %q; want %d %q, %q", got.status, got.body, got.header.Get("Allow"), tt.status, tt.body, tt.allow)
				}
			})
		}
	}
	if got := app.Routes()[0].Methods; strings.Join(got, " ") != "GET PROPFIND REPORT" {
		t.Errorf("the route lists %v", got)
	}
}

func TestExtraMethodsAreChecked(t *testing.T) {
	for _, tt := range []struct {
		name   string
		option RouteOption
		want   string
	}{
		{"known", Method("GET", (*folderHandler).Get), `web.Method("GET"): GET has a name of its own; call the method Get`},
		{"no token", Method("PROP FIND", (*folderHandler).Propfind), "that cannot be a verb"},
		{"empty", Method("", (*folderHandler).Propfind), "that cannot be a verb"},
		{"another type", Method("PURGE", (*propertyHandler).Purge), "is no method of web.folderHandler; write (*folderHandler).Purge"},
		{"no function", Method("PURGE", 7), "a int is no method of web.folderHandler"},
		{"signature", Method("PURGE", func(*folderHandler) {}), "web.folderHandler.Purge() does not fit the pattern"},
		{"twice", func(r *Route) {
			Method("PROPFIND", (*folderHandler).Propfind)(r)
			Method("PROPFIND", (*folderHandler).Propfind)(r)
		}, "there are two"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := BuildApplication(Settings{}, URL[folderHandler](`/(.*)`, tt.option)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v; want %q in it", err, tt.want)
			}
		})
	}
}
