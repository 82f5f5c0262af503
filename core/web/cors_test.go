package web

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var corsFields = []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods",
	"Access-Control-Allow-Headers", "Access-Control-Expose-Headers", "Access-Control-Max-Age", "Vary"}

// corsOf shows the fields of an answer that matter here.
func corsOf(r response) string {
	var list []string
	for _, name := range corsFields {
		if r.header.Has(name) {
			short := strings.TrimPrefix(strings.TrimPrefix(name, "Access-Control-"), "Allow-")
			list = append(list, short+": "+strings.Join(r.header.GetList(name), ", "))
		}
	}
	return strings.Join(list, "; ")
}

func TestCORS(t *testing.T) {
	const (
		home      = "Origin: https://a.example"
		stranger  = "Origin: https://b.example"
		wantsPost = "Access-Control-Request-Method: POST"
		withField = "Access-Control-Request-Headers: x-a, content-type"
		preVary   = "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
	)
	exact := CORSOptions{Origins: []string{"https://a.example"}}
	rich := CORSOptions{Origins: []string{"https://a.example", "http://localhost:3000"}, Credentials: true, Methods: []string{"PUT"},
		Headers: []string{"Content-Type", "X-A"}, ExposeHeaders: []string{"X-Total"}, MaxAge: time.Hour}
	open := CORSOptions{Origins: []string{"*"}, Headers: []string{"*"}}
	asking := CORSOptions{AllowOrigin: func(origin string) bool { return strings.HasSuffix(origin, "b.example") }}
	for _, tt := range []struct {
		name    string
		options CORSOptions
		request string
		status  int
		want    string
	}{
		{"exact", exact, get("/", home), 200, "Origin: https://a.example; Vary: Origin"},
		{"exact, stranger", exact, get("/", stranger), 200, "Vary: Origin"},
		{"exact, same site", exact, get("/"), 200, "Vary: Origin"},
		{"exact, longer", exact, get("/", "Origin: https://a.example.b.example"), 200, "Vary: Origin"},
		{"exact, another port", exact, get("/", "Origin: https://a.example:444"), 200, "Vary: Origin"},
		{"exact, null", exact, get("/", "Origin: null"), 200, "Vary: Origin"},
		{"exact, error page", exact, get("/fail", home), 500, "Origin: https://a.example; Vary: Origin"},
		{"exact, preflight", exact, ask("OPTIONS", "/", "", home, wantsPost), 204,
			"Origin: https://a.example; Methods: GET, HEAD, POST, DELETE, OPTIONS; " + preVary},
		{"exact, preflight of a stranger", exact, ask("OPTIONS", "/", "", stranger, wantsPost), 204, preVary},
		{"exact, OPTIONS", exact, ask("OPTIONS", "/", "", home), 204, "Origin: https://a.example; Vary: Origin"},
		{"rich", rich, get("/", "Origin: http://localhost:3000"), 200,
			"Origin: http://localhost:3000; Credentials: true; Expose-Headers: X-Total; Vary: Origin"},
		{"rich, preflight", rich, ask("OPTIONS", "/", "", home, wantsPost, withField), 204,
			"Origin: https://a.example; Credentials: true; Methods: PUT; Headers: Content-Type, X-A; Max-Age: 3600; " + preVary},
		{"open", open, get("/", stranger), 200, "Origin: *"},
		{"open, same site", open, get("/"), 200, ""},
		{"open, preflight", open, ask("OPTIONS", "/", "", stranger, wantsPost, withField), 204,
			"Origin: *; Methods: GET, HEAD, POST, DELETE, OPTIONS; Headers: x-a, content-type; Vary: Access-Control-Request-Method, Access-Control-Request-Headers"},
		{"asking", asking, get("/", stranger), 200, "Origin: https://b.example; Vary: Origin"},
		{"asking, no", asking, get("/", home), 200, "Vary: Origin"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			captureLog(t)
			everywhereWith(t, Settings{}, []RouteOption{CORS(tt.options)}, func(h *RequestHandler) error {
				if h.Request.Path == "/fail" {
					return errors.New("oh")
				}
				return nil
			}, func(t *testing.T, fetch func(string) response) {
				got := fetch(tt.request)
				if text := corsOf(got); got.status != tt.status || text != tt.want {
					t.Errorf("got %d %q; want %d %q", got.status, text, tt.status, tt.want)
				}
			})
		})
	}
}

func TestPreflightComesBeforeLogins(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{LoginURL: "/login", XSRFCookies: true, RouteOptions: []RouteOption{
		CORS(CORSOptions{Origins: []string{"https://a.example"}}),
		Before(func(*RequestHandler) error { return HTTPError{StatusCode: 403} })}},
		URL[memberHandler](`/`, Authenticated()))
	for _, path := range []string{"/", "/nowhere"} {
		got := exchangeWithFake(t, app, ask("OPTIONS", path, "", "Origin: https://a.example", "Access-Control-Request-Method: GET"))
		if got.status != 204 || got.header.Get("Access-Control-Allow-Origin") != "https://a.example" {
			t.Errorf("%s: got %d %q", path, got.status, corsOf(got))
		}
	}
}

func TestCORSOfTheRouteCounts(t *testing.T) {
	captureLog(t)
	own := URL[helloHandler](`/own`, CORS(CORSOptions{Origins: []string{"https://own.example"}}))
	app := NewApplication(Settings{}, Group(own, URL[helloHandler](`/`)).With(CORS(CORSOptions{Origins: []string{"*"}})))
	for path, want := range map[string]string{"/": "Origin: *", "/own": "Vary: Origin"} {
		if got := corsOf(exchangeWithFake(t, app, get(path, "Origin: https://a.example"))); got != want {
			t.Errorf("%s: got %q; want %q", path, got, want)
		}
	}
}

func TestCORSIsChecked(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options CORSOptions
		want    string
	}{
		{"nobody", CORSOptions{}, "web.CORS allows nobody"},
		{"credentials for all", CORSOptions{Origins: []string{"*"}, Credentials: true}, "would let any site act"},
		{"no scheme", CORSOptions{Origins: []string{"a.example"}}, `"a.example" is no origin`},
		{"slash", CORSOptions{Origins: []string{"https://a.example/"}}, "is no origin"},
		{"capitals", CORSOptions{Origins: []string{"https://A.example"}}, "is no origin"},
		{"null", CORSOptions{Origins: []string{"null"}}, `"null" is no origin`},
		{"field", CORSOptions{Origins: []string{"*"}, Headers: []string{"X-A\r\nX-B"}}, "is no name of a verb or a field"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := BuildApplication(Settings{}, URL[helloHandler](`/`, CORS(tt.options))); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v; want %q in it", err, tt.want)
			}
		})
	}
}
