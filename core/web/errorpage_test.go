package web

import (
	"errors"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/trace"
)

// A sharingHandler lets every site read what it says, as an open API does.
type sharingHandler struct{ RequestHandler }

func (h *sharingHandler) SetDefaultHeaders() { h.SetHeader("Access-Control-Allow-Origin", "*") }

func (h *sharingHandler) Get() error { return errors.New("a secret detail") }

func TestWhoSeesDetails(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{Debug: true, Loops: 1}, URL[sharingHandler](`/`))
	for _, tt := range []struct {
		name   string
		fields []string
		want   bool
	}{
		{"a program", nil, true},
		{"a person", []string{"Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}, true},
		{"the same origin", []string{"Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors"}, true},
		{"a link elsewhere", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}, true},
		{"a script elsewhere", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors", "Origin: http://evil.example"}, false},
		{"a script on another port", []string{"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors", "Origin: http://localhost:1"}, false},
		{"a frame elsewhere", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}, false},
		{"an old browser, the same origin", []string{"Origin: http://localhost"}, true},
		{"an old browser, a script elsewhere", []string{"Origin: http://evil.example"}, false},
		{"an old browser, a page in a sandbox", []string{"Origin: null"}, false},
	} {
		for _, accept := range []string{"text/html", "text/plain", "application/json"} {
			t.Run(tt.name+", "+accept, func(t *testing.T) {
				got := exchangeWithFake(t, app, get("/", append([]string{"Accept: " + accept}, tt.fields...)...))
				if got.status != 500 || strings.Contains(got.body, "secret") != tt.want {
					t.Errorf("got %d, %q; want the details: %t", got.status, got.body, tt.want)
				}
				shared := got.header.Get("Access-Control-Allow-Origin")
				if (shared == "") != tt.want {
					t.Errorf("Access-Control-Allow-Origin is %q", shared)
				}
				if !tt.want {
					return
				}
				for name, want := range map[string]string{
					"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
				} {
					if value := got.header.Get(name); value != want {
						t.Errorf("%s is %q; want %q", name, value, want)
					}
				}
				if policy := got.header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") {
					t.Errorf("Content-Security-Policy is %q", policy)
				}
			})
		}
	}
}

// TestPageScriptTakesValidators: with them a browser would show its copy again
// and again, with a script that is out of date.
func TestPageScriptTakesValidators(t *testing.T) {
	captureLog(t)
	install(t, &trace.Hooks{PageScript: "<script>S</script>"})
	validated := func(h *RequestHandler) error {
		h.SetHeader("Etag", `"1"`)
		h.SetHeader("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")
		h.Write("page")
		return nil
	}
	for dest, kept := range map[string]bool{"document": false, "empty": true} {
		everywhere(t, Settings{}, validated, func(t *testing.T, fetch func(string) response) {
			got := fetch(get("/", "Sec-Fetch-Dest: "+dest))
			etag, modified := got.header.Get("Etag"), got.header.Get("Last-Modified")
			if (etag == `"1"`) != kept || (modified != "") != kept {
				t.Errorf("%s: Etag %q, Last-Modified %q; want the handler's: %v", dest, etag, modified, kept)
			}
		})
	}
}

func TestTemplateExcerpt(t *testing.T) {
	for _, tt := range []struct{ name, excerpt, want string }{
		{"a line between others", " 9 | <p>\n10 | {{ x }}\n   |    ^\n11 | </p>\nincluded by a | b.html:1:2\n",
			`<pre><i><b> 9  </b>&lt;p&gt;</i><i class="hit"><b>10  </b>{{ x }}</i><i class="hit"><b>    </b><em>   ^</em></i><i><b>11  </b>&lt;/p&gt;</i></pre>`},
		{"an empty line", "1 | {{ x }}\n  |    ^\n2 |\n", `<pre><i class="hit"><b>1  </b>{{ x }}</i><i class="hit"><b>   </b><em>   ^</em></i><i><b>2  </b></i></pre>`},
		{"no source", "included by b.html:1:2", `<pre></pre>`},
		{"nothing", "", `<pre></pre>`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(appendTemplateExcerpt(nil, tt.excerpt)); got != tt.want {
				t.Errorf("got\n%s; want\n%s", got, tt.want)
			}
		})
	}
}
