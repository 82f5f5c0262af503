package tests

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// newHostileApp writes the test application with handlers that say what they are
// told.
func newHostileApp(t testing.TB) (dir string) {
	t.Helper()
	dir = newApp(t)
	copyFile(t, "testdata/app/hostile.go.txt", filepath.Join(dir, "hostile.go"))
	edit(t, dir, "main.go", "\t\tweb.URL[versionHandler](`/any/.*`),\n",
		"\t\tweb.URL[hostileHandler](`/hostile`),\n\t\tweb.URL[openHandler](`/open`),\n\t\tweb.URL[childHandler](`/child`),\n")
	return dir
}

// edit replaces text in a file of the project.
func edit(t testing.TB, dir, name, old, new string) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(source), old) {
		t.Fatalf("%s has no %q", name, old)
	}
	save(t, dir, name, strings.Replace(string(source), old, new, 1))
}

// exchange sends a request as it is and reads the answer, but for the body of a
// stream.
func exchange(t testing.TB, address, request string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		return response, ""
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	return response, string(body)
}

// message is a request with the given fields, each with its line end.
func message(method, target, host string, fields ...string) string {
	head := method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n"
	for _, field := range fields {
		head += field + "\r\n"
	}
	return head + "\r\n"
}

// listeners lists the addresses on which somebody listens on a port.
func listeners(t testing.TB, port string) (addresses []net.IP) {
	t.Helper()
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // without IPv6
		}
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if len(fields) < 4 || fields[3] != "0A" { // TCP_LISTEN
				continue
			}
			at, number, _ := strings.Cut(fields[1], ":")
			var decimal int
			fmt.Sscanf(number, "%X", &decimal)
			raw, err := hex.DecodeString(at)
			if fmt.Sprint(decimal) != port || err != nil {
				continue
			}
			for i := 0; i+4 <= len(raw); i += 4 { // words in the machine's order
				slices.Reverse(raw[i : i+4])
			}
			addresses = append(addresses, raw)
		}
	}
	return addresses
}

// TestBindsLoopback runs a program that asks for all addresses.
func TestBindsLoopback(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	edit(t, dir, "main.go", `":8888"`, `"0.0.0.0:0"`)
	w := start(t, dir)
	_, port, err := net.SplitHostPort(w.live())
	if err != nil {
		t.Fatal(err)
	}
	found := listeners(t, port)
	if len(found) == 0 {
		t.Fatalf("nobody listens on port %s", port)
	}
	for _, ip := range found {
		if !ip.IsLoopback() {
			t.Errorf("the program can be reached at %v:%s", ip, port)
		}
	}
	w.stop()
	if w.stderr.Len() != 0 {
		t.Errorf("stderr says %q", w.stderr.String())
	}
}

// TestOpenAddressIsWarnedOf listens where others can come.
func TestOpenAddressIsWarnedOf(t *testing.T) {
	t.Parallel()
	w := start(t, newApp(t), "--addr", "0.0.0.0:0", "--allow-host", "desk.example")
	_, port, err := net.SplitHostPort(w.live())
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{"localhost": 200, "desk.example": 200, "0.0.0.0": 403, "192.0.2.1": 403} {
		if response, _ := exchange(t, "127.0.0.1:"+port, message("GET", "/version", host+":"+port)); response.StatusCode != want {
			t.Errorf("asked as %s: status %d; want %d", host, response.StatusCode, want)
		}
	}
	w.stop()
	if text := w.stderr.String(); !strings.Contains(text, "warning") || !strings.Contains(text, "0.0.0.0:0") {
		t.Errorf("stderr says %q; want a warning", text)
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	w := start(t, newApp(t), "--addr", "127.0.0.1:0", "--allow-host", "Desk.Example")
	address := w.live()
	_, port, _ := net.SplitHostPort(address)
	for _, tt := range []struct {
		host   string
		status int
	}{
		{"localhost", 200}, {"localhost:" + port, 200}, {"localhost:1", 200}, {"LocalHost:" + port, 200}, {"localhost.", 200},
		{"blog.localhost:" + port, 200}, {"a.b.localhost", 200}, {address, 200}, {"127.0.0.2", 200}, {"127.255.255.254:80", 200},
		{"[::1]", 200}, {"[::1]:" + port, 200}, {"desk.example:" + port, 200}, {"DESK.example.", 200},
		{"evil.example", 403}, {"evil.example:" + port, 403}, {"localhost.evil.example", 403}, {"evil-localhost", 403},
		{"a.desk.example", 403}, {"127.0.0.1.evil.example", 403}, {"0.0.0.0", 403}, {"0.0.0.0:" + port, 403}, {"0", 403},
		{"127.1", 403}, {"2130706433", 403}, {"0x7f.0.0.1", 403}, {"[::]", 403}, {"[::ffff:127.0.0.1]", 403}, {"192.0.2.1", 403},
		{"10.0.0.1:" + port, 403}, {"localhost@evil.example", 400}, {"evil.example/localhost", 400}, {"localhost, evil.example", 400}, {"", 403},
	} {
		for _, target := range []string{"/version", "/.tornado-dev/reload.js", "/nothing", "/panic", "/static/robots.txt"} {
			response, body := exchange(t, address, message("GET", target, tt.host))
			switch status := response.StatusCode; {
			case tt.status == 200 && (status == 403 || status == 400), tt.status != 200 && status != tt.status:
				t.Errorf("%s of %q: status %d; want %d", target, tt.host, status, tt.status)
			case tt.status != 200 && (strings.Contains(body, "panic") || strings.Contains(body, ".go")):
				t.Errorf("%s of %q says %q", target, tt.host, body)
			}
		}
	}
	for name, tt := range map[string]struct {
		request string
		status  int
	}{
		"a proxy's word":             {message("GET", "/version", "evil.example", "X-Forwarded-Host: localhost", "X-Host: localhost", "Forwarded: host=localhost"), 403},
		"a proxy's word against":     {message("GET", "/version", "localhost", "X-Forwarded-Host: evil.example"), 200},
		"absolute form, stranger":    {message("GET", "http://evil.example/version", "localhost"), 403},
		"absolute form, ours":        {message("GET", "http://localhost/version", "localhost"), 200},
		"two hosts":                  {message("GET", "/version", "localhost", "Host: evil.example"), 400},
		"no host":                    {"GET /version HTTP/1.1\r\n\r\n", 400},
		"no host, HTTP/1.0":          {"GET /version HTTP/1.0\r\n\r\n", 200}, // no browser, so no rebinding
		"POST":                       {message("POST", "/version", "evil.example", "Content-Length: 0"), 403},
		"OPTIONS":                    {message("OPTIONS", "/version", "evil.example", "Origin: http://evil.example"), 403},
		"WebSocket":                  {message("GET", "/version", "evil.example", "Upgrade: websocket"), 403},
		"events, absolute, stranger": {message("GET", "http://evil.example/.tornado-dev/events", "localhost"), 403},
	} {
		if response, _ := exchange(t, address, tt.request); response.StatusCode != tt.status {
			t.Errorf("%s: status %d; want %d", name, response.StatusCode, tt.status)
		}
	}
}

var scriptTag = regexp.MustCompile(`<script src="/\.tornado-dev/reload\.js" data-build="([A-Z0-9]+)" data-token="([A-Z0-9]{20,})" async></script>`)

// tokenOf loads a page as a browser does and returns what its script says.
func tokenOf(t testing.TB, address string) (build, token string) {
	t.Helper()
	_, body := exchange(t, address, message("GET", "/page", address, "Sec-Fetch-Dest: document"))
	found := scriptTag.FindStringSubmatch(body)
	if found == nil {
		t.Fatalf("the page has no script: %q", body)
	}
	return found[1], found[2]
}

func TestDevelopmentEndpoints(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	w := start(t, dir, "--addr", "127.0.0.1:0")
	address := w.live()
	_, port, _ := net.SplitHostPort(address)
	build, token := tokenOf(t, address)
	own, credentials := "http://"+address, []string{"Tornado-Dev-Token: " + token, "Tornado-Dev-Build: " + build}
	for _, tt := range []struct {
		name, method, target string
		fields               []string
		bare                 bool // without credentials
		status               int
	}{
		{"script", "GET", "reload.js", []string{"Sec-Fetch-Site: same-origin"}, true, 200},
		{"script elsewhere", "GET", "reload.js", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"}, true, 403},
		{"script on another port", "GET", "reload.js", []string{"Sec-Fetch-Site: same-site"}, true, 403},
		{"events", "GET", "events", nil, false, 200},
		{"events, same origin", "GET", "events", []string{"Origin: " + own, "Sec-Fetch-Site: same-origin"}, false, 200},
		{"another port", "GET", "events", []string{"Origin: http://127.0.0.1:1"}, false, 403},
		{"no port", "GET", "events", []string{"Origin: http://127.0.0.1"}, false, 403},
		{"another scheme", "GET", "events", []string{"Origin: https://" + address}, false, 403},
		{"another name", "GET", "events", []string{"Origin: http://localhost:" + port}, false, 403},
		{"null", "GET", "events", []string{"Origin: null"}, false, 403},
		{"an origin that begins so", "GET", "events", []string{"Origin: " + own + ".evil.example"}, false, 403},
		{"cross-site", "GET", "events", []string{"Sec-Fetch-Site: cross-site"}, false, 403},
		{"same-site", "GET", "events", []string{"Sec-Fetch-Site: same-site"}, false, 403},
		{"no token", "GET", "events", nil, true, 403},
		{"another token", "GET", "events", []string{"Tornado-Dev-Token: " + strings.Repeat("A", len(token))}, true, 403},
		{"part of the token", "GET", "events", []string{"Tornado-Dev-Token: " + token[1:]}, true, 403},
		{"token in the query", "GET", "events?Tornado-Dev-Token=" + token + "&token=" + token, nil, true, 403},
		{"token in a cookie", "GET", "events", []string{"Cookie: Tornado-Dev-Token=" + token}, true, 403},
		{"POST", "POST", "events", []string{"Content-Length: 0"}, false, 405},
		{"PUT", "PUT", "reload.js", []string{"Content-Length: 0"}, false, 405},
		{"DELETE", "DELETE", "reload.js", nil, false, 405},
		{"HEAD", "HEAD", "events", nil, false, 405},
		{"preflight", "OPTIONS", "events", []string{"Origin: http://evil.example", "Access-Control-Request-Method: GET", "Access-Control-Request-Headers: tornado-dev-token"}, true, 403},
		{"OPTIONS", "OPTIONS", "events", nil, false, 405},
		{"nothing", "GET", "", nil, false, 404},
		{"a file", "GET", "../main.go", nil, false, 404},
		{"a file, encoded", "GET", "%2e%2e/main.go", nil, false, 404},
		{"a command", "GET", "open?file=main.go&line=1", nil, false, 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fields := tt.fields
			if !tt.bare {
				fields = append(slices.Clone(credentials), fields...)
			}
			response, body := exchange(t, address, message(tt.method, "/.tornado-dev/"+tt.target, address, fields...))
			if response.StatusCode != tt.status {
				t.Errorf("status %d; want %d", response.StatusCode, tt.status)
			}
			for name, want := range map[string]string{
				"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin",
				"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
			} {
				if got := response.Header.Get(name); got != want {
					t.Errorf("%s is %q; want %q", name, got, want)
				}
			}
			for name := range response.Header {
				if strings.HasPrefix(name, "Access-Control-") || name == "Set-Cookie" {
					t.Errorf("the answer has %s", name)
				}
			}
			if strings.Contains(body, token) || strings.Contains(body, dir) {
				t.Errorf("the answer gives something away: %q", body)
			}
		})
	}

	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.records {
		if text, _ := json.Marshal(r); strings.Contains(string(text), `/.tornado-dev/events"`) && r.is("request") {
			t.Errorf("the workbench's own request is a record: %s", text)
		}
	}
}

// TestTokenIsOfOneStart looks at the token over saves and starts, and for it in
// all that is printed.
func TestTokenIsOfOneStart(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	w := start(t, dir, "--addr", "127.0.0.1:0")
	address := w.live()
	build, token := tokenOf(t, address)
	save(t, dir, "version.go", versionSource(2))
	w.live()
	if nextBuild, same := tokenOf(t, address); same != token || nextBuild == build {
		t.Errorf("after a save the token is %s and the build %s; want %s and not %s", same, nextBuild, token, build)
	}
	for _, child := range programsOf(t, w.command.Process.Pid) {
		arguments, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", child))
		if err == nil && strings.Contains(string(arguments), token) {
			t.Errorf("everybody can see the token in %q", arguments)
		}
	}
	exchange(t, address, message("GET", "/.tornado-dev/events", address, "Tornado-Dev-Token: "+token, "Tornado-Dev-Build: old"))
	exchange(t, address, message("GET", "/.tornado-dev/events", "evil.example", "Tornado-Dev-Token: "+token))
	w.stop()
	for _, r := range w.records {
		if text, _ := json.Marshal(r); strings.Contains(string(text), token) {
			t.Errorf("a line has the token: %s", text)
		}
	}
	again := start(t, dir, "--addr", "127.0.0.1:0")
	if _, other := tokenOf(t, again.live()); other == token {
		t.Error("two starts have the same token")
	}
}

// TestEventsAreWords reads all that a page is told while everything happens.
func TestEventsAreWords(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	w := start(t, dir, "--addr", "127.0.0.1:0")
	address := w.live()
	build, token := tokenOf(t, address)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, message("GET", "/.tornado-dev/events", address, "Tornado-Dev-Token: "+token, "Tornado-Dev-Build: "+build))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	events := bufio.NewReader(response.Body)
	expect := func(want string) {
		t.Helper()
		line, err := events.ReadString('\n')
		if err != nil || line != "data: "+want+"\n" {
			t.Fatalf("the page is told %q, %v; want %q", line, err, want)
		}
		if line, err := events.ReadString('\n'); err != nil || line != "\n" {
			t.Fatalf("after %s comes %q, %v; want nothing", want, line, err)
		}
	}
	expect("mended")
	save(t, dir, "static/look.css", "p { color: red }")
	expect("css")
	save(t, dir, "templates/page.html", "{% secret %}")
	expect("reload")
	exchange(t, address, message("GET", "/page", address))
	exchange(t, address, message("GET", "/panic", address))
	save(t, dir, "version.go", "package main\n\nconst version = secret\n")
	expect("failed")
	save(t, dir, "version.go", versionSource(1))
	expect("mended")
	save(t, dir, "version.go", versionSource(2))
	expect("reload")
	if rest, err := io.ReadAll(events); err != nil || len(rest) != 0 {
		t.Errorf("after the last word come %q, %v", rest, err)
	}
}

// TestPageScriptIsForBrowsers: nobody else sees that the page is looked after.
func TestPageScriptIsForBrowsers(t *testing.T) {
	t.Parallel()
	w := start(t, newApp(t), "--addr", "127.0.0.1:0")
	address := w.live()
	const page = "<!DOCTYPE html>\n<html><body><p>A &amp; B</p><p>first</p></body></html>\n"
	for _, tt := range []struct {
		name   string
		fields []string
		script bool
	}{
		{"curl", []string{"User-Agent: curl/8.0", "Accept: */*"}, false},
		{"a browser", []string{"Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate"}, true},
		{"a frame", []string{"Sec-Fetch-Dest: iframe", "Sec-Fetch-Mode: navigate"}, false},
		{"fetch", []string{"Sec-Fetch-Dest: empty", "Sec-Fetch-Mode: cors"}, false},
		{"a script", []string{"Sec-Fetch-Dest: script"}, false},
		{"a picture", []string{"Sec-Fetch-Dest: image"}, false},
		{"a browser without metadata", []string{"Accept: text/html"}, false},
	} {
		response, body := exchange(t, address, message("GET", "/page", address, tt.fields...))
		want := page
		if tt.script {
			want = strings.Replace(page, "</body>", scriptTag.FindString(body)+"</body>", 1)
		}
		if body != want || tt.script != scriptTag.MatchString(body) {
			t.Errorf("%s: got %q; want %q", tt.name, body, want)
		}
		if response.ContentLength != int64(len(want)) {
			t.Errorf("%s: Content-Length %d; want %d", tt.name, response.ContentLength, len(want))
		}
	}
	if _, body := exchange(t, address, message("GET", "/static/robots.txt", address, "Sec-Fetch-Dest: document")); strings.Contains(body, "<script") {
		t.Errorf("a text has a script in it: %q", body)
	}
}

func TestErrorPagesAreHarmless(t *testing.T) {
	t.Parallel()
	dir := newHostileApp(t)
	w := start(t, dir, "--addr", "127.0.0.1:0")
	address := w.live()
	const evil = "<script>alert"
	for _, tt := range []struct {
		name, target string
		fields       []string
		status       int
		want         string
	}{
		{"error", "/hostile", nil, 500, "&lt;script&gt;alert(1)"},
		{"error, source", "/hostile", nil, 500, "class=\"hit\""},
		{"panic", "/hostile?panic=1", nil, 500, "&lt;script&gt;alert(1)"},
		{"header", "/hostile", []string{"X-Text: <script>alert(3)</script>"}, 500, "&lt;script&gt;alert(3)"},
		{"query", "/hostile?text=%3Cscript%3Ealert(4)", nil, 500, "&lt;script&gt;alert(4)"},
		{"raw query", "/hostile?<script>alert(5)</script>", nil, 500, "?&lt;script&gt;alert(5)"},
		{"path", "/<script>alert(6)</script>", nil, 404, "404"},
		{"encoded path", "/%3Cscript%3Ealert(6)%3C/script%3E", nil, 404, "404"},
		{"referer", "/nothing", []string{"Referer: http://x/<script>alert(7)"}, 404, "404"},
		{"method", "/version", nil, 200, "1"},
	} {
		response, body := exchange(t, address, message("GET", tt.target, address, append([]string{"Accept: text/html"}, tt.fields...)...))
		if response.StatusCode != tt.status || strings.Contains(body, evil) || !strings.Contains(body, tt.want) {
			t.Errorf("%s: status %d; want %d and %q, escaped, in\n%s", tt.name, response.StatusCode, tt.status, tt.want, body)
		}
	}
	save(t, dir, "templates/page.html", "<script>alert(8)</script>{{ titel }}")
	waitUntil(t, "the page about a template", func() bool {
		response, body := exchange(t, address, message("GET", "/page", address, "Accept: text/html"))
		if strings.Contains(body, "</html>") && response.StatusCode == 500 {
			if strings.Contains(body, evil) || !strings.Contains(body, "&lt;script&gt;alert(8)") {
				t.Errorf("the source of a template is not escaped:\n%s", body)
			}
			return true
		}
		return false
	})
	for _, fields := range [][]string{
		{"Origin: http://evil.example", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors"},
		{"Origin: http://evil.example"},
		{"Origin: null"},
	} {
		for _, accept := range []string{"text/html", "text/plain", "application/json"} {
			if response, body := exchange(t, address, message("GET", "/open", address, append(fields, "Accept: "+accept)...)); response.StatusCode != 500 || strings.Contains(body, "secret") {
				t.Errorf("another site (%q) reads %q", fields, body)
			}
		}
	}
}

// TestProductionSaysNothing asks the same program, run in other ways.
func TestProductionSaysNothing(t *testing.T) {
	t.Parallel()
	dir := newHostileApp(t)
	plain := filepath.Join(t.TempDir(), "plain")
	build := exec.Command("go", "build", "-o", plain, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	edit(t, dir, "templates/page.html", "{{ title }}", "{{ titel }}")
	if program, err := os.ReadFile(plain); err != nil || strings.Contains(string(program), "tornado/inspector") {
		t.Errorf("the inspector is in a plain build (%v)", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	edit(t, dir, "main.go", `":8888"`, `"`+address+`"`)
	rebuild := exec.Command("go", "build", "-o", plain, ".")
	rebuild.Dir = dir
	if out, err := rebuild.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for name, command := range map[string]*exec.Cmd{
		"a plain build": exec.Command(plain),
		"serve":         exec.Command(binary, "serve", "--addr", address),
	} {
		command.Dir = dir
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		waitForServer(t, address)
		for _, target := range []string{"/hostile", "/hostile?panic=1", "/page", "/panic", "/.tornado-dev/events", "/.tornado-dev/reload.js"} {
			for _, accept := range []string{"text/html", "*/*", "application/json"} {
				response, body := exchange(t, address, message("GET", target, "any.example", "Accept: "+accept, "Sec-Fetch-Dest: document"))
				if response.StatusCode != 500 && response.StatusCode != 404 {
					t.Errorf("%s: %s has status %d", name, target, response.StatusCode)
				}
				for _, detail := range []string{"alert", ".go", "runtime error", "titel", dir, "tornado-dev", "main."} {
					if strings.Contains(body, detail) {
						t.Errorf("%s: %s says %q", name, target, body)
					}
				}
			}
		}
		command.Process.Signal(syscall.SIGTERM)
		command.Wait()
	}
}

// TestSecretsAreMasked looks for what a client keeps secret, on the terminal and
// in the lines.
func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	secrets := []string{
		"Authorization: Bearer hunter2", "Proxy-Authorization: Basic aHVudGVyMg", "Cookie: session=hunter2; theme=hunter2",
	}
	shown := regexp.MustCompile(`hunter2|aHVudGVyMg`)

	w := start(t, dir, "--addr", "127.0.0.1:0")
	address := w.live()
	exchange(t, address, message("GET", "/version", address, secrets...))
	exchange(t, address, message("GET", "/panic", address, secrets...))
	w.waitFor("the request", func(r record) bool { return r.is("request") && r["uri"] == "/panic" })
	w.stop()
	for _, r := range w.records {
		if text, _ := json.Marshal(r); shown.Match(text) {
			t.Errorf("a line has a secret: %s", text)
		}
	}

	term := openTerminal(t, dir, 140, 50, "--addr 127.0.0.1:0")
	address = term.shows(liveScreen)
	term.tmux("pipe-pane", "cat > '"+filepath.Join(term.notes, "raw")+"'")
	exchange(t, address, message("GET", "/panic", address, secrets...))
	term.shows(`/panic`)
	term.keys("Enter")
	seen := term.shows(`(?i)((?s:.*)bearer(?s:.*))`)
	for _, key := range []string{"]", "]", "]", "Escape", "3", "Enter", "Escape", "1"} {
		term.keys(key)
		seen += term.shows(`(?s)(.*\S.*)`)
	}
	raw, err := os.ReadFile(filepath.Join(term.notes, "raw"))
	if err != nil {
		t.Fatal(err)
	}
	if shown.Match(raw) || shown.MatchString(seen) {
		t.Errorf("the terminal shows a secret:\n%s", seen)
	}
}

// TestProgramIsPrivate looks at what the program and its children can see, and
// who can see the program.
func TestProgramIsPrivate(t *testing.T) {
	t.Parallel()
	w := start(t, newHostileApp(t), "--addr", "127.0.0.1:0", "--allow-host", "desk.example")
	address := w.live()
	_, token := tokenOf(t, address)
	_, seen := exchange(t, address, message("GET", "/child", address))
	if !strings.Contains(seen, "PATH=") || !strings.Contains(seen, "/proc/") {
		t.Fatalf("the child says %q", seen)
	}
	for _, bad := range []string{"TORNADO_PROBE", "TORNADO_TOKEN", "TORNADO_ALLOW_HOSTS", token, "socket:"} {
		if strings.Contains(seen, bad) {
			t.Errorf("a child of the program sees %s:\n%s", bad, seen)
		}
	}
	pid := 0.0
	for _, r := range w.all("state") {
		if number, _ := r["pid"].(float64); number != 0 {
			pid = number
		}
	}
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", int(pid)))
	if err != nil {
		t.Fatal(err)
	}
	private := false
	for dir := filepath.Dir(exe); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		private = private || info.Mode().Perm() == 0o700
	}
	if !private {
		t.Errorf("everybody can read %s", exe)
	}
	w.stop()
	if _, err := os.Stat(exe); err == nil {
		t.Errorf("%s is left over", exe)
	}
}

// TestWatcherStaysInside has links in the project that lead in circles and out.
func TestWatcherStaysInside(t *testing.T) {
	t.Parallel()
	dir, outside := newApp(t), t.TempDir()
	save(t, outside, "x.go", "package x\n")
	for name, target := range map[string]string{
		"loop": ".", "static/loop": "..", "templates/self": "self", "out": outside, "static/out": outside, "zero.css": "/dev/zero", "gone": "/nowhere",
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{nil, {"--poll"}} {
		w := start(t, dir, append(args, "--addr", "127.0.0.1:0")...)
		address := w.live()
		number := w.last(1)[0]["build"].(float64)
		save(t, outside, "x.go", "package x // again "+fmt.Sprint(args)+"\n")
		save(t, outside, "y.css", "p {}"+fmt.Sprint(args))
		if err := os.Symlink(outside, filepath.Join(dir, "later"+fmt.Sprint(len(args)))); err != nil {
			t.Fatal(err)
		}
		version := 2 + len(args)
		save(t, dir, "version.go", versionSource(version))
		w.live()
		if _, body := fetch(t, "http://"+address+"/version"); body != fmt.Sprint(version) {
			t.Errorf("%v: version %s answers; want %d", args, body, version)
		}
		for _, r := range w.all("state") {
			if trigger, _ := r["trigger"].(string); trigger != "" && trigger != "version.go" {
				t.Errorf("%v: built because of %s", args, trigger)
			}
			if got, _ := r["build"].(float64); got > number+1 {
				t.Errorf("%v: build %v; want at most %v: %v", args, got, number+1, r)
			}
		}
		w.stop()
	}
}

// TestProjectRunsNothing has files in the project by which other tools are told
// what to run.
func TestProjectRunsNothing(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	marker := filepath.Join(t.TempDir(), "ran")
	for name, content := range map[string]string{
		"Makefile":                 ".PHONY: all build run\nall build run:\n\ttouch " + marker + "\n",
		"generate.go":              "package main\n\n//go:generate touch " + marker + "\n",
		"package.json":             `{"scripts": {"dev": "touch ` + marker + `", "postinstall": "touch ` + marker + `"}}`,
		".envrc":                   "touch " + marker + "\n",
		".env":                     "GOFLAGS=-toolexec=touch\\ " + marker + "\n",
		".air.toml":                "[build]\ncmd = \"touch " + marker + "\"\n",
		".tornado-dev":             "touch " + marker + "\n",
		"Procfile":                 "web: touch " + marker + "\n",
		".git/hooks/post-checkout": "#!/bin/sh\ntouch " + marker + "\n",
		"go":                       "#!/bin/sh\ntouch " + marker + "\nexec go \"$@\"\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	w := start(t, dir, "--addr", "127.0.0.1:0")
	w.live()
	save(t, dir, "version.go", versionSource(2))
	save(t, dir, "Makefile", "all:\n\ttouch "+marker+" # again\n")
	w.live()
	w.stop()
	if _, err := os.Stat(marker); err == nil {
		t.Error("something in the project was run")
	}
}
