//go:build unix

package probe

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/inspector/wire"
)

func TestSameOrigin(t *testing.T) {
	const own = "http://localhost:8888"
	for _, tt := range []struct {
		site, origin string
		want         bool
	}{
		{"same-origin", "", true},
		{"none", "", true},
		{"", "", true},
		{"", own, true},
		{"same-origin", own, true},
		{"", "https://localhost:8888", false},
		{"cross-site", "", false},
		{"same-site", "", false},
		{"unheard-of", "", false},
		{"", "null", false},
		{"", "http://localhost:9999", false},
		{"", "http://localhost", false},
		{"", "http://localhost:8888.evil.com", false},
		{"", "http://localhost:8888/", false},
		{"same-origin", "http://evil.com", false},
	} {
		if got := sameOrigin(tt.site, tt.origin, own); got != tt.want {
			t.Errorf("site %q, origin %q: %t; want %t", tt.site, tt.origin, got, tt.want)
		}
	}
}

// serve serves an application that has the routes of p, and returns its URL.
func serve(t *testing.T, p *pages) string {
	t.Helper()
	app := web.NewApplication(web.Settings{})
	if err := app.AddDevelopmentRoutes(p.routes()...); err != nil {
		t.Fatal(err)
	}
	server, err := app.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.Shutdown(context.Background(), server); err != nil {
			t.Error(err)
		}
	})
	return "http://" + server.Addresses()[0]
}

func request(t *testing.T, url string, fields ...string) *http.Response {
	t.Helper()
	return requestBy(t, "GET", url, fields...)
}

func requestBy(t *testing.T, method, url string, fields ...string) *http.Response {
	t.Helper()
	q, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		q.Header.Set(fields[i], fields[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

// word reads the next event of a stream.
func word(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("the stream ended: %v", err)
		}
		if data, ok := strings.CutPrefix(strings.TrimSpace(line), "data: "); ok {
			return data
		}
	}
}

// listenTo opens a stream for a page that came from the program named build.
func listenTo(t *testing.T, url, token, build, away string) *bufio.Reader {
	t.Helper()
	response := request(t, url+pagePrefix+"events", tokenField, token, buildField, build, awayField, away)
	if response.StatusCode != 200 {
		t.Fatalf("status %d; want 200", response.StatusCode)
	}
	return bufio.NewReader(response.Body)
}

func TestPagesAreTold(t *testing.T) {
	p := newPages("secret")
	url := serve(t, p)
	events := listenTo(t, url, "secret", p.build, "")
	if got := word(t, events); got != wire.PageMended {
		t.Errorf("told %q first; want %q", got, wire.PageMended)
	}
	for _, want := range []string{wire.PageCSS, wire.PageReload, wire.PageFailed} {
		p.tell(want)
		if got := word(t, events); got != want {
			t.Errorf("told %q; want %q", got, want)
		}
	}
	p.tell("something else")

	late := listenTo(t, url, "secret", p.build, "")
	if got := word(t, late); got != wire.PageFailed {
		t.Errorf("a page of a program that is out of date is told %q; want %q", got, wire.PageFailed)
	}
	p.tell(wire.PageMended)
	for _, stream := range []*bufio.Reader{events, late} {
		if got := word(t, stream); got != wire.PageMended {
			t.Errorf("told %q; want %q", got, wire.PageMended)
		}
	}
	before := listenTo(t, url, "secret", "earlier", "")
	if got := word(t, before); got != wire.PageReload {
		t.Errorf("a page of an earlier program is told %q; want %q", got, wire.PageReload)
	}
}

// TestPagesCatchUp asks for what happened while a page did not listen.
func TestPagesCatchUp(t *testing.T) {
	const long, bad = "3600000", "-1"
	for _, tt := range []struct {
		name, told, away string
		want             []string
	}{
		{"nothing happened", "", long, []string{wire.PageMended}},
		{"reload missed", wire.PageReload, long, []string{wire.PageReload}},
		{"reload heard", wire.PageReload, "0", []string{wire.PageMended}},
		{"style missed", wire.PageCSS, long, []string{wire.PageCSS, wire.PageMended}},
		{"style heard", wire.PageCSS, "", []string{wire.PageMended}},
		{"no number", wire.PageReload, bad, []string{wire.PageMended}},
		{"an age", wire.PageReload, "99999999999999999999", []string{wire.PageMended}},
		{"failed", wire.PageFailed, long, []string{wire.PageFailed}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPages("")
			p.tell(tt.told)
			words, cancel := p.listen(p.build, away(tt.away))
			cancel()
			close(words)
			var got []string
			for word := range words {
				got = append(got, word)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("told %q; want %q", got, tt.want)
			}
		})
	}
}

func TestPagesOfOthersAreRefused(t *testing.T) {
	p := newPages("secret")
	url := serve(t, p)
	for _, tt := range []struct {
		method, path string
		fields       []string
		status       int
	}{
		{"GET", "events", []string{"Origin", "http://evil.com"}, 403},
		{"GET", "events", []string{"Origin", "null"}, 403},
		{"GET", "events", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"GET", "events", []string{tokenField, ""}, 403},
		{"GET", "events", []string{tokenField, "other"}, 403},
		{"GET", "events?Tornado-Dev-Token=secret", []string{tokenField, ""}, 403},
		{"GET", "reload.js", []string{"Origin", "null"}, 403},
		{"GET", "reload.js", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"GET", "reload.js", nil, 200},
		{"GET", "reload.js", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"HEAD", "events", nil, 405},
		{"POST", "events", nil, 405},
		{"OPTIONS", "events", nil, 405},
		{"DELETE", "reload.js", nil, 405},
		{"OPTIONS", "reload.js", []string{"Origin", "http://evil.com", "Access-Control-Request-Headers", tokenField}, 403},
		{"GET", "", nil, 404},
		{"GET", "other", nil, 404},
		{"POST", "other", nil, 405},
	} {
		t.Run(tt.method+" "+tt.path+" "+strings.Join(tt.fields, " "), func(t *testing.T) {
			fields := append([]string{tokenField, "secret", buildField, p.build}, tt.fields...)
			response := requestBy(t, tt.method, url+pagePrefix+tt.path, fields...)
			if response.StatusCode != tt.status {
				t.Errorf("status %d; want %d", response.StatusCode, tt.status)
			}
			for name, want := range map[string]string{
				"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin",
				"Content-Security-Policy":     "default-src 'none'; frame-ancestors 'none'",
				"Access-Control-Allow-Origin": "", "Access-Control-Allow-Headers": "", "Access-Control-Allow-Credentials": "",
			} {
				if got := response.Header.Get(name); got != want {
					t.Errorf("%s is %q; want %q", name, got, want)
				}
			}
		})
	}
}

func TestPageScript(t *testing.T) {
	p := newPages("secret")
	script := request(t, serve(t, p)+pagePrefix+"reload.js", "Sec-Fetch-Site", "same-origin")
	body, err := io.ReadAll(script.Body)
	if err != nil || script.StatusCode != 200 || string(body) != reloadScript {
		t.Errorf("got %d with %d bytes, %v; want the script", script.StatusCode, len(body), err)
	}
	if got := script.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/javascript") {
		t.Errorf("its type is %q", got)
	}
	want := `<script src="/.tornado-dev/reload.js" data-build="` + p.build + `" data-token="secret" async></script>`
	if got := p.script(); got != want {
		t.Errorf("the tag is %s; want %s", got, want)
	}
	if one, other := newPages(""), newPages(""); one.token == other.token {
		t.Error("two programs have the same token by themselves")
	}
}
