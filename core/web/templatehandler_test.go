package web

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tornado-dev/tornado/core/template"
)

func TestHandlerInTemplates(t *testing.T) {
	const secret = "a secret of sufficient length for signing"
	signed, err := Signing{Secret: secret}.CreateSignedValue("user", "ann", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, template, want string }{
		{"argument", `{{ handler.get_argument("q") }}`, "x y"},
		{"the last of several", `{{ handler.get_argument("tag") }}`, "b"},
		{"default by position", `{{ handler.get_argument("none", "d") }}`, "d"},
		{"default by name", `{{ handler.get_argument("none", default=3) + 1 }}`, "4"},
		{"None as default", `{{ handler.get_argument("none", None) is None }}`, "True"},
		{"name by name", `{{ handler.get_argument(name="q", default="d") }}`, "x y"},
		{"space kept", `[{{ handler.get_argument("q", strip=False) }}]`, "[ x y ]"},
		{"of the query", `{{ handler.get_query_argument("q", None) }}`, "x y"},
		{"of the body", `{{ handler.get_body_argument("q", None) }}`, "None"},
		{"all of a name", `{{ handler.get_arguments("tag") }}{{ handler.get_query_arguments("q", strip=False) }}`, "['a', 'b'][' x y ']"},
		{"too many", `{{ handler.get_argument("q", 1, 2, 3) }}`, "get_argument takes at most 3 arguments (4 given)"},
		{"another name", `{{ handler.get_argument("q", defualt=1) }}`, `get_argument has no argument "defualt"`},
		{"no name", `{{ handler.get_argument() }}`, `get_argument needs the argument "name"`},
		{"cookie", `{{ handler.get_cookie("seen") }} {{ handler.get_cookie("x") }} {{ handler.get_cookie("x", default="d") }}`, "1 None d"},
		{"signed cookie", `{{ handler.get_signed_cookie("user") }} {{ handler.get_secure_cookie("user").decode() }}`, "ann ann"},
		{"no signed cookie", `{{ handler.get_secure_cookie("x") }} {{ handler.get_secure_cookie("user", "bad") }}`, "None None"},
		{"signed cookie, format", `{{ handler.get_secure_cookie("user", max_age_days=1, min_version=2) }}`, "ann"},
		{"days that are none", `{{ handler.get_secure_cookie("user", max_age_days="1") }}`, "max_age_days must be an int, not 1"},
		{"settings", `{{ handler.settings["blog_title"] }} {{ handler.settings["debug"] }} {{ handler.settings.debug }}`, "Field Notes True True"},
		{"settings with a default", `{{ handler.settings.get("none", "d") }} {{ handler.settings.get("blog_title") }} {{ "none" in handler.settings }}`, "d Field Notes False"},
		{"no such setting", `{{ handler.settings["none"] }}`, "'none' at t.txt:1:"},
		{"settings of the application", `{{ handler.application.settings["blog_title"] }}`, "Field Notes"},
		{"locale", `{{ handler.locale.code }} {{ handler.locale.translate("a", "as", 2) }} {{ handler.locale.format_date(datetime.datetime(2020, 1, 2), relative=False, shorter=True) }}`, "en_US as January 2, 2020"},
		{"locale of the browser", `{{ handler.get_browser_locale().code }} {{ handler.get_browser_locale(default="en_US").code }}`, "en_US en_US"},
		{"headers", `{{ request.headers["x-a"] }} {{ request.headers.get("X-A", "d") }} {{ request.headers.get("X-B", "d") }} {{ "X-A" in request.headers }}`, "1 1 d True"},
		{"time of the request", `{{ 1000 * request.request_time() > 0 }} {{ "%.2f ms" % (1000.0 * request.request_time()) > "" }}`, "True True"},
		{"cookies of the request", `{{ request.cookies["seen"].value }} {{ request.cookies["seen"].key }} {{ "x" in request.cookies }} {{ request.cookies.get("x") }}`, "1 seen False None"},
		{"request", `{{ request.method }} {{ request.uri }} {{ request.path }} {{ request.query }} {{ request.full_url() }} {{ request.arguments["tag"][1] }} {{ request.query_arguments["q"][0].strip() }} {{ len(request.files) }}`,
			"GET /?q=+x+y+&tag=a&tag=b / q=+x+y+&tag=a&tag=b http://h/?q=+x+y+&tag=a&tag=b b x y 0"},
		{"static files", `{{ static_url("a.css", include_version=False) }} {{ handler.static_url("a.css", include_host=True, include_version=False) }} {{ static_url("a.css")[:17] }} {{ static_url(path="b.css") }}`,
			"/static/a.css http://h/static/a.css /static/a.css?v=1 /static/b.css"},
		{"no such argument", `{{ static_url("a.css", version=False) }}`, `static_url has no argument "version"`},
		{"no such header", `{{ request.headers["X-B"] }}`, "'X-B' at t.txt:1:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			captureLog(t)
			loader := template.NewDictLoader(map[string]string{"t.txt": tt.template}, template.Options{Autoescape: "None"})
			settings := Settings{
				TemplateLoader: loader, CookieSecret: secret, Debug: true, StaticFS: fstest.MapFS{"a.css": {Data: []byte("a\n")}}, Values: map[string]any{"blog_title": "Field Notes"},
			}
			app := NewApplication(settings, URL[renders](`/`))
			got := exchangeWithFake(t, app, "GET /?q=+x+y+&tag=a&tag=b HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nAccept: text/plain\r\n"+
				"Cookie: seen=1; user="+signed+"\r\n\r\n")
			if body := strings.TrimSpace(got.body); body != tt.want && (got.status == 200 || !strings.Contains(body, tt.want)) {
				t.Errorf("got %d %q; want %q", got.status, body, tt.want)
			}
		})
	}
}

type renders struct{ RequestHandler }

func (h *renders) Get() error { return h.Render("t.txt", nil) }

// ownFields has fields that hide methods of RequestHandler.
type ownFields struct {
	RequestHandler
	Settings map[string]string
	Locale   string
}

func (h *ownFields) Get() error {
	h.Settings, h.Locale = map[string]string{"theme": "dark"}, "my own"
	return h.Render("t.txt", nil)
}

func TestOwnFieldsOfAHandlerInTemplates(t *testing.T) {
	loader := template.NewDictLoader(map[string]string{"t.txt": `{{ handler.settings.theme }} {{ handler.locale }}`}, template.Options{})
	app := NewApplication(Settings{TemplateLoader: loader}, URL[ownFields](`/`))
	got := exchangeWithFake(t, app, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	if got.body != "dark my own" {
		t.Errorf("got %q", got.body)
	}
}
