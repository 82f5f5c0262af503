//go:build unix

package probe

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/inspector/wire"
)

func TestSameOrigin(t *testing.T) {
	for _, tt := range []struct {
		site, origin, host string
		want               bool
	}{
		{"same-origin", "", "localhost:8888", true},
		{"none", "", "localhost:8888", true},
		{"", "", "localhost:8888", true},
		{"", "http://localhost:8888", "localhost:8888", true},
		{"", "https://localhost:8888", "localhost:8888", true},
		{"cross-site", "", "localhost:8888", false},
		{"same-site", "", "localhost:8888", false},
		{"", "null", "localhost:8888", false},
		{"", "http://localhost:9999", "localhost:8888", false},
		{"", "http://localhost:8888.evil.com", "localhost:8888", false},
		{"same-origin", "http://evil.com", "localhost:8888", false},
	} {
		if got := sameOrigin(tt.site, tt.origin, tt.host); got != tt.want {
			t.Errorf("site %q, origin %q, host %q: %t; want %t", tt.site, tt.origin, tt.host, got, tt.want)
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
	q, err := http.NewRequest("GET", url, nil)
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

func TestPagesAreTold(t *testing.T) {
	p := newPages()
	url := serve(t, p)
	stream := request(t, url+pagePrefix+"events?build="+p.build)
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream", "Cache-Control": "no-store",
		"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": "",
	} {
		if got := stream.Header.Get(name); got != want {
			t.Errorf("%s is %q; want %q", name, got, want)
		}
	}
	events := bufio.NewReader(stream.Body)
	if line, err := events.ReadString('\n'); err != nil || !strings.HasPrefix(line, "retry:") {
		t.Fatalf("the stream begins with %q, %v", line, err)
	}
	for _, want := range []string{wire.PageCSS, wire.PageReload, wire.PageFailed} {
		p.tell(want)
		if got := word(t, events); got != want {
			t.Errorf("told %q; want %q", got, want)
		}
	}
	p.tell("something else")

	late := bufio.NewReader(request(t, url+pagePrefix+"events?build="+p.build).Body)
	if got := word(t, late); got != wire.PageFailed {
		t.Errorf("a page of a program that is out of date is told %q; want %q", got, wire.PageFailed)
	}
	p.tell(wire.PageMended)
	for _, stream := range []*bufio.Reader{events, late} {
		if got := word(t, stream); got != wire.PageMended {
			t.Errorf("told %q; want %q", got, wire.PageMended)
		}
	}
	before := bufio.NewReader(request(t, url+pagePrefix+"events?build=earlier").Body)
	if got := word(t, before); got != wire.PageReload {
		t.Errorf("a page of an earlier program is told %q; want %q", got, wire.PageReload)
	}
}

func TestPagesOfOthersAreRefused(t *testing.T) {
	p := newPages()
	url := serve(t, p)
	for _, path := range []string{"events", "reload.js"} {
		for _, fields := range [][]string{{"Origin", "http://evil.com"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}} {
			if got := request(t, url+pagePrefix+path, fields...).StatusCode; got != 403 {
				t.Errorf("%s with %q: status %d; want 403", path, fields, got)
			}
		}
	}
	script := request(t, url+pagePrefix+"reload.js?build="+p.build, "Sec-Fetch-Site", "same-origin")
	body, err := io.ReadAll(script.Body)
	if err != nil || script.StatusCode != 200 || string(body) != reloadScript {
		t.Errorf("got %d with %d bytes, %v; want the script", script.StatusCode, len(body), err)
	}
	if !strings.HasPrefix(script.Header.Get("Content-Type"), "text/javascript") || !strings.Contains(p.script(), `src="`+pagePrefix+`reload.js?build=`+p.build+`"`) {
		t.Errorf("type %q, tag %s", script.Header.Get("Content-Type"), p.script())
	}
}
