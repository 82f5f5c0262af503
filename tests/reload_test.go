package tests

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	saves       = 10
	brokenSave  = 5 // this one does not build
	minRequests = 2000

	// staleAfter is how long after a save a request may still reach the program
	// that is replaced: the file system must tell of the save, and tornado-dev the
	// program.
	staleAfter = 20 * time.Millisecond
)

// A ledger says which versions may answer, and counts.
type ledger struct {
	mu       sync.Mutex
	lowest   int       // the version of the last save
	savedAt  time.Time // when that save was complete
	broken   bool      // the last save does not build: lowest is that before
	fresh    int       // the highest version that has answered
	requests atomic.Int64
	failed   atomic.Int64
	stale    atomic.Int64
}

func (l *ledger) saved(version int, broken bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.savedAt, l.broken = time.Now(), broken
	if !broken {
		l.lowest = version
	}
}

// lowestNow is the lowest version that may answer a request that is sent now.
func (l *ledger) lowestNow() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.savedAt) > staleAfter {
		return l.lowest
	}
	return l.fresh // what has answered before is not undone
}

func (l *ledger) answered(t *testing.T, who string, lowest, version int) {
	l.requests.Add(1)
	l.mu.Lock()
	l.fresh = max(l.fresh, version)
	l.mu.Unlock()
	if version < lowest {
		l.stale.Add(1)
		t.Errorf("%s: version %d answered a request for at least %d", who, version, lowest)
	}
}

func (l *ledger) freshest() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fresh
}

// TestNoRequestIsLostOrStale saves a Go file again and again under load.
func TestNoRequestIsLostOrStale(t *testing.T) {
	dir := newApp(t)
	w := start(t, dir, "--addr", "127.0.0.1:0")
	address := w.live()

	l := &ledger{lowest: 1}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	busy := func(who string, keepAlive bool, method string) {
		wg.Go(func() {
			transport := &http.Transport{DisableKeepAlives: !keepAlive, MaxIdleConnsPerHost: 1}
			defer transport.CloseIdleConnections()
			client := &http.Client{Transport: transport, Timeout: patience}
			for {
				select {
				case <-stop:
					return
				case <-time.After(2 * time.Millisecond):
				}
				lowest := l.lowestNow()
				version, err := ask(client, method, "http://"+address+"/version")
				if err != nil {
					l.failed.Add(1)
					t.Errorf("%s: %v", who, err)
					continue
				}
				l.answered(t, who, lowest, version)
			}
		})
	}
	busy("new connections", false, "GET")
	busy("new connections, POST", false, "POST")
	busy("kept connection", true, "GET")
	busy("kept connection, POST", true, "POST")
	wg.Go(func() { keepStream(t, l, "http://"+address+"/stream", stop) })

	for i := 1; i <= saves; i++ {
		version, broken := 1+i, i == brokenSave
		source := versionSource(version)
		if broken {
			source = "package main\n\nconst version = undefined\n"
		}
		before := l.requests.Load()
		l.saved(version, broken)
		save(t, dir, "version.go", source)
		l.saved(version, broken)
		if broken {
			if r := w.failed(); r["address"] != address {
				t.Errorf("a failed state without the address of the program that still answers: %v", r)
			}
			waitUntil(t, "the old program answers while the build is broken", func() bool { return l.requests.Load() > before+50 })
			continue
		}
		w.live()
		waitUntil(t, fmt.Sprintf("version %d answers", version), func() bool { return l.freshest() == version })
		waitUntil(t, "enough requests", func() bool { return l.requests.Load() >= int64(i*minRequests/saves) })
	}
	waitUntil(t, "enough requests", func() bool { return l.requests.Load() >= minRequests })
	close(stop)
	wg.Wait()
	t.Logf("%d requests over %d saves: %d failed, %d stale", l.requests.Load(), saves, l.failed.Load(), l.stale.Load())
}

func ask(client *http.Client, method, url string) (version int, err error) {
	var body io.Reader
	if method == "POST" {
		body = strings.NewReader("a body")
	}
	request, err := http.NewRequest(method, url, body)
	if err != nil {
		return 0, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	if response.StatusCode != 200 {
		return 0, fmt.Errorf("status %d: %s", response.StatusCode, text)
	}
	first, rest, _ := strings.Cut(string(text), " ")
	if method == "POST" && rest != "a body" {
		return 0, fmt.Errorf("the answer is %q", text)
	}
	return strconv.Atoi(first)
}

// keepStream reads a stream and opens the next one when it ends, which it must
// do in good order.
func keepStream(t *testing.T, l *ledger, url string, stop <-chan struct{}) {
	for {
		lowest := l.lowestNow()
		response, err := http.Get(url)
		if err != nil {
			l.failed.Add(1)
			t.Errorf("stream: %v", err)
			return
		}
		lines, last := bufio.NewScanner(response.Body), ""
		for first := true; lines.Scan(); first = false {
			last = lines.Text()
			if version, err := strconv.Atoi(last); first && err == nil {
				l.answered(t, "stream", lowest, version)
			}
			select {
			case <-stop:
				response.Body.Close()
				return
			default:
			}
		}
		response.Body.Close()
		if lines.Err() != nil || last != "end" {
			l.failed.Add(1)
			t.Errorf("the stream ended with %q and error %v", last, lines.Err())
		}
	}
}

func waitUntil(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("not in %v: %s", patience, what)
		case <-time.After(time.Millisecond):
		}
	}
}

// TestTemplateSaveNeedsNoBuild saves templates and static files.
func TestTemplateSaveNeedsNoBuild(t *testing.T) {
	dir := newApp(t)
	w := start(t, dir, "--addr", "127.0.0.1:0")
	address := w.live()
	url := "http://" + address + "/page"
	if _, body := fetch(t, url); !strings.Contains(body, "<p>A &amp; B</p><p>first</p>") {
		t.Fatalf("the page is %q", body)
	}
	for i := range 5 {
		want := fmt.Sprintf("change %d", i)
		save(t, dir, "templates/page.html", `{% extends "base.html" %}{% block body %}`+want+`{% end %}`)
		waitUntil(t, "a fresh page", func() bool { _, body := fetch(t, url); return strings.Contains(body, want) })
	}
	save(t, dir, "templates/base.html", `<main>{% block body %}{% end %}</main>`)
	waitUntil(t, "a page with a fresh base", func() bool { _, body := fetch(t, url); return strings.Contains(body, "<main>") })
	save(t, dir, "static/style.css", "/* fresh */")
	waitUntil(t, "a fresh style", func() bool {
		_, body := fetch(t, "http://"+address+"/static/style.css")
		return body == "/* fresh */"
	})
	for _, r := range w.all("state") {
		if r["state"] == "building" && r["build"] != nil && r["build"] != 0.0 && r["build"] != 1.0 {
			t.Errorf("a template save was built: %v", r)
		}
	}
}

// TestErrorsAreRecords looks at what --json says of errors.
func TestErrorsAreRecords(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	w := start(t, dir, "--addr", "127.0.0.1:0")
	address := w.live()

	if status, body := fetch(t, "http://"+address+"/panic"); status != 500 || !strings.Contains(body, "index out of range") {
		t.Errorf("the error page has status %d and is %q", status, body)
	}
	r := w.waitFor("a panic", func(r record) bool { return r.is("error") && r["kind"] == "panic" })
	if file, _ := r["file"].(string); !strings.HasSuffix(file, "main.go") || r["line"] == nil {
		t.Errorf("the place of the panic is %v:%v", r["file"], r["line"])
	}
	request := w.waitFor("the request of the panic", func(r record) bool { return r.is("request") && r["uri"] == "/panic" })
	for _, field := range []string{"id", "method", "uri", "status", "duration_ms", "handler", "time"} {
		if request[field] == nil {
			t.Errorf("a request record has no %s: %v", field, request)
		}
	}
	if request["status"] != 500.0 || !strings.Contains(fmt.Sprint(request["handler"]), "panicHandler") {
		t.Errorf("the request is %v", request)
	}

	save(t, dir, "templates/base.html", "<main>\n{{ titel }}\n{% block body %}{% end %}</main>")
	waitUntil(t, "a template error", func() bool { status, _ := fetch(t, "http://"+address+"/page"); return status == 500 })
	r = w.waitFor("a template error", func(r record) bool { return r.is("error") && r["kind"] == "template" })
	if file, _ := r["file"].(string); !strings.HasSuffix(file, "base.html") || r["line"] != 2.0 {
		t.Errorf("the place of the template error is %v:%v in %v", r["file"], r["line"], r)
	}
	if !strings.Contains(fmt.Sprint(r["message"]), "did you mean") {
		t.Errorf("the message proposes nothing: %v", r["message"])
	}

	save(t, dir, "version.go", "package main\n\nconst version = nothing\n")
	r = w.waitFor("a build error", func(r record) bool { return r.is("error") && r["kind"] == "build" })
	if file, _ := r["file"].(string); !strings.HasSuffix(file, "version.go") || r["line"] != 3.0 {
		t.Errorf("the place of the build error is %v:%v", r["file"], r["line"])
	}
}

// TestFirstBuildFails starts with a project that does not build, and mends it.
func TestFirstBuildFails(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	save(t, dir, "version.go", "package main\n\nconst version = nothing\n")
	w := start(t, dir, "--addr", "127.0.0.1:0")
	w.failed()
	save(t, dir, "version.go", versionSource(7))
	if _, body := fetch(t, "http://"+w.live()+"/version"); body != "7" {
		t.Errorf("got %q, want 7", body)
	}
}

// TestProgramDies kills the program: it is started again, and nobody is refused.
func TestProgramDies(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	w := start(t, dir, "--addr", "127.0.0.1:0")
	r := w.waitFor("state live", func(r record) bool { return r.is("state") && r["state"] == "live" })
	address := r["address"].(string)
	pid, _ := r["pid"].(float64)
	if pid == 0 {
		t.Fatalf("no pid in %v", r)
	}
	process, err := os.FindProcess(int(pid))
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	if status, _ := fetchPatiently(t, "http://"+address+"/version"); status != 200 {
		t.Errorf("after kill -9 of the program a request got %d", status)
	}
}

// fetchPatiently gets a page that may take until a program has started again. A
// connection that the dead program had accepted may be reset; a refused one is a
// failure.
func fetchPatiently(t *testing.T, url string) (int, string) {
	t.Helper()
	for range 3 {
		response, err := http.Get(url)
		if err != nil {
			if opErr := new(net.OpError); strings.Contains(err.Error(), "refused") {
				t.Fatalf("%v (%v)", err, opErr)
			}
			continue
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		return response.StatusCode, string(body)
	}
	t.Fatal("three connections were reset")
	return 0, ""
}
