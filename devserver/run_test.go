//go:build unix

package devserver

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/inspector"
)

// repository is the directory of the framework's module.
func repository(t *testing.T) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("where is this test?")
	}
	return filepath.Dir(filepath.Dir(file))
}

// appSource is a program that says its version, and how often its cache was told
// to forget. VERSION and START are replaced.
const appSource = `package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/core/web"
)

type cache struct{ forgotten atomic.Int64 }

func (c *cache) Roots() []string {
	dir, _ := filepath.Abs("templates")
	return []string{dir}
}
func (c *cache) Forget(paths []string) { c.forgotten.Add(int64(len(paths))) }

var files cache

type Main struct{ web.RequestHandler }

func (h *Main) Get() { h.Write(fmt.Sprintf("VERSION %d", files.forgotten.Load())) }

type Wait struct{ web.RequestHandler }

func (h *Wait) Get(ctx context.Context) {
	fmt.Println("waiting")
	select {
	case <-h.Application().Draining():
	case <-ctx.Done():
	}
	h.Write("VERSION")
}

type Die struct{ web.RequestHandler }

func (h *Die) Get() { fmt.Fprintln(os.Stderr, "I die"); os.Exit(3) }

func main() {
	START
	if hooks := trace.Active(); hooks != nil {
		hooks.CacheCreated(&files)
	}
	app := web.NewApplication(web.Settings{}, web.URL[Main]("/"), web.URL[Wait]("/wait"), web.URL[Die]("/die"))
	log.Fatal(app.ListenAndServe(":0"))
}
`

func appVersion(version string) string { return appStarting(version, "") }

func appStarting(version, start string) string {
	return strings.NewReplacer("VERSION", version, "START", start).Replace(appSource)
}

// newApp writes a project of ours and returns its directory.
func newApp(t *testing.T) string {
	t.Helper()
	top := repository(t)
	sum, err := os.ReadFile(filepath.Join(top, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(top, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	// The same versions as the framework's own, whatever it comes to need.
	_, requires, _ := strings.Cut(string(mod), "\nrequire (")
	requires, _, _ = strings.Cut(requires, "\n)")
	dir := tempDir(t)
	writeFiles(t, dir, map[string]string{
		"go.mod": goMod + "\nrequire github.com/tornado-dev/tornado v0.0.0\n\nrequire (" + requires + "\n)\n\n" +
			"replace github.com/tornado-dev/tornado => " + top + "\n",
		"go.sum":            string(sum),
		"main.go":           appVersion("v1"),
		"templates/a.html":  "a",
		"templates/ignored": "",
	})
	return dir
}

// running runs a server of the project in dir until the test ends.
func running(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := New(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }() // ends with ctx; the cleanup waits
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return s
}

// until waits for a state.
func until(t *testing.T, s *Server, what string, is func(State) bool) State {
	t.Helper()
	timeout := time.After(60 * time.Second)
	for {
		changed := s.Changed()
		state := s.Snapshot()
		if is(state) {
			return state
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("not %s: %+v", what, state)
		}
	}
}

func isLive(build int) func(State) bool {
	return func(s State) bool { return s.Phase == Live && s.Build >= build }
}

func get(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func errorsOf(s *Server, kind string) (all []inspector.Error) {
	for _, e := range s.Store().Snapshot().Errors.All() {
		if e.Kind == kind {
			all = append(all, *e)
		}
	}
	return all
}

func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program several times")
	}
	dir := newApp(t)
	s := running(t, dir)
	live := until(t, s, "live", isLive(1))
	url := live.URL()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	if got := get(t, client, url); got != "v1 0" {
		t.Fatalf("got %q; want v1 0", got)
	}

	t.Run("a save is answered by the new program on the old connection", func(t *testing.T) {
		// This one is being answered when the save comes, and is answered by the old.
		waiting := make(chan string, 1)
		old := &http.Client{Transport: &http.Transport{}}
		defer old.CloseIdleConnections()
		go func() { waiting <- get(t, old, url+"wait") }() // ends with the answer
		untilLogged(t, s, "waiting")
		writeFiles(t, dir, map[string]string{"main.go": appVersion("v2")})
		until(t, s, "held", func(s State) bool { return s.HoldTime > 0 || s.Build > 1 })

		reused := false
		ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
			GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused },
		})
		request, err := http.NewRequestWithContext(ctx, "GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if string(body) != "v2 0" || !reused {
			t.Errorf("got %q, on a connection of the old program: %t; want v2 0 and true", body, reused)
		}
		if got := <-waiting; got != "v1" {
			t.Errorf("what was being answered got %q; want v1", got)
		}
		now := until(t, s, "live without the old program", func(s State) bool { return s.Phase == Live && s.Draining == 0 })
		if now.Build != 2 || now.PID == live.PID || now.Trigger != "main.go" || now.Address != live.Address {
			t.Errorf("state %+v; want build 2 by main.go with another process on %s", now, live.Address)
		}
		if now.BuildTime <= 0 || now.StartTime <= 0 || now.HoldTime <= 0 {
			t.Errorf("times %v, %v, %v; want all of them", now.HoldTime, now.BuildTime, now.StartTime)
		}
		t.Logf("hold %v, build %v, start %v", now.HoldTime, now.BuildTime, now.StartTime)
		if syscall.Kill(live.PID, 0) == nil {
			t.Errorf("the old program %d is left over", live.PID)
		}
	})

	t.Run("pages are told of what they do not show yet", func(t *testing.T) {
		before := s.Snapshot()
		page := events(t, url, "earlier")
		if got := page(); got != "reload" {
			t.Errorf("a page of an earlier program is told %q; want reload", got)
		}
		writeFiles(t, dir, map[string]string{"templates/a.css": "b"})
		if got := page(); got != "css" {
			t.Errorf("after a save of a style sheet told %q; want css", got)
		}
		writeFiles(t, dir, map[string]string{"templates/b.html": "b"})
		if got := page(); got != "reload" {
			t.Errorf("after a save of a template told %q; want reload", got)
		}
		until(t, s, "reloaded", func(s State) bool { return s.Reloads == before.Reloads+2 })
		for _, r := range s.Store().Snapshot().Requests.All() {
			if strings.Contains(r.URI, ".tornado-dev") {
				t.Errorf("the workbench's own request %s is among the records", r.URI)
			}
		}
	})

	t.Run("a template is forgotten without a build", func(t *testing.T) {
		before := s.Snapshot()
		writeFiles(t, dir, map[string]string{"templates/a.html": "b"})
		after := until(t, s, "reloaded", func(s State) bool { return s.Reloads == before.Reloads+1 })
		if after.PID != before.PID || after.Build != before.Build || after.Phase != Live {
			t.Errorf("from %+v to %+v; want the same program", before, after)
		}
		// The message goes before this request, over another socket: ask until it is there.
		for deadline := time.Now().Add(10 * time.Second); get(t, client, url) != "v2 3"; {
			if time.Now().After(deadline) {
				t.Fatalf("got %q; want v2 3", get(t, client, url))
			}
		}
	})

	t.Run("an unchanged save needs no build", func(t *testing.T) {
		before := s.Snapshot()
		writeFiles(t, dir, map[string]string{"main.go": appVersion("v2")})
		writeFiles(t, dir, map[string]string{"main_test.go": "package main\n"})
		writeFiles(t, dir, map[string]string{"templates/a.html": "c"}) // the end of what is watched
		after := until(t, s, "reloaded", func(s State) bool { return s.Reloads > before.Reloads && !s.Held })
		if after.Build != before.Build || after.PID != before.PID {
			t.Errorf("from %+v to %+v; want the same program", before, after)
		}
	})

	t.Run("while the newest source does not build the last program serves", func(t *testing.T) {
		before := s.Snapshot()
		writeFiles(t, dir, map[string]string{"main.go": appVersion("v3") + "\nvar x int = \"text\"\n"})
		failed := until(t, s, "failed", func(s State) bool { return s.Phase == Failed && !s.Held })
		if !failed.Serving || failed.PID != before.PID || !strings.Contains(failed.Message, "main.go") {
			t.Errorf("state %+v; want program %d to serve, and a message about main.go", failed, before.PID)
		}
		if got := get(t, client, url); !strings.HasPrefix(got, "v2 ") {
			t.Errorf("got %q; want v2", got)
		}
		if errs := errorsOf(s, "build"); len(errs) == 0 {
			t.Error("no build error was recorded")
		}
		writeFiles(t, dir, map[string]string{"main.go": appVersion("v2")})
		again := until(t, s, "live again", func(s State) bool { return s.Phase == Live && !s.Held })
		if again.PID != before.PID || again.Message != "" {
			t.Errorf("state %+v; want program %d without a message", again, before.PID)
		}
		for _, e := range errorsOf(s, "build") {
			if !e.Gone {
				t.Errorf("build error %q is not gone", e.Message)
			}
		}
	})

	t.Run("a program that does not start leaves the last one", func(t *testing.T) {
		before := s.Snapshot()
		writeFiles(t, dir, map[string]string{"main.go": appStarting("v4", `fmt.Fprintln(os.Stderr, "no database"); os.Exit(7)`)})
		failed := until(t, s, "failed", func(s State) bool { return s.Phase == Failed && !s.Held })
		if failed.PID != before.PID || !strings.Contains(failed.Message, "exit status 7") || !strings.Contains(failed.Message, "no database") {
			t.Errorf("state %+v; want program %d, and why the new one ended", failed, before.PID)
		}
		if got := get(t, client, url); !strings.HasPrefix(got, "v2 ") {
			t.Errorf("got %q; want v2", got)
		}
		if errs := errorsOf(s, "start"); len(errs) != 1 {
			t.Errorf("recorded %+v; want one error", errs)
		}
		writeFiles(t, dir, map[string]string{"main.go": appVersion("v2")})
		until(t, s, "live again", func(s State) bool { return s.Phase == Live && !s.Held })
	})

	t.Run("a program that dies is started again", func(t *testing.T) {
		before := s.Snapshot()
		fresh := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		if response, err := fresh.Get(url + "die"); err == nil {
			response.Body.Close()
			t.Errorf("got status %d from a program that dies", response.StatusCode)
		}
		if got := get(t, fresh, url); !strings.HasPrefix(got, "v2 ") {
			t.Errorf("got %q; want v2, after a while and not refused", got)
		}
		after := until(t, s, "live", isLive(before.Build+1))
		if after.PID == before.PID {
			t.Errorf("program %d lives", after.PID)
		}
		if err := syscall.Kill(after.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if got := get(t, fresh, url); !strings.HasPrefix(got, "v2 ") {
			t.Errorf("got %q; want v2 after a kill", got)
		}
		until(t, s, "live", isLive(after.Build+1))
		found := false
		for _, e := range errorsOf(s, "panic") {
			found = found || strings.Contains(e.Message, "killed")
		}
		if !found {
			t.Errorf("recorded %+v; want one about the kill", errorsOf(s, "panic"))
		}
	})
}

// events listens as a page of the given build does, with the token of a page that
// a browser loads, and returns a function that waits for the next word.
func events(t *testing.T, url, build string) (word func() string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ask := func(url string, fields ...string) *http.Response {
		request, err := http.NewRequest("GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(fields); i += 2 {
			request.Header.Set(fields[i], fields[i+1])
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { response.Body.Close() })
		return response
	}
	page, err := io.ReadAll(ask(url, "Sec-Fetch-Dest", "document").Body)
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(string(page), `data-token="`)
	token, _, _ = strings.Cut(token, `"`)
	if token == "" {
		t.Fatalf("the page has no token: %q", page)
	}
	response := ask(url+".tornado-dev/events", "Tornado-Dev-Token", token, "Tornado-Dev-Build", build)
	lines := bufio.NewScanner(response.Body)
	return func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		return "the end of the stream"
	}
}

// untilLogged waits for a line the program prints.
func untilLogged(t *testing.T, s *Server, message string) {
	t.Helper()
	changed, cancel := s.Store().Subscribe()
	defer cancel()
	timeout := time.After(20 * time.Second)
	for {
		for _, l := range s.Store().Snapshot().Logs.All() {
			if l.Message == message && l.Logger == "stdout" {
				return
			}
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("%q was not printed", message)
		}
	}
}

func TestRunEndsEverything(t *testing.T) {
	dir := newApp(t)
	s, err := New(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }() // ends with ctx, which is waited for
	live := until(t, s, "live", isLive(1))
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	if syscall.Kill(live.PID, 0) == nil {
		t.Errorf("program %d is left over", live.PID)
	}
	if states, _ := s.StatesSince(0); len(states) != 2 || states[1].Phase != Live {
		t.Errorf("states %+v; want building and live, and nothing of the end", states)
	}
	if err := s.Run(context.Background()); err == nil {
		t.Error("Run ran twice")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "go.mod go.sum main.go templates" {
		t.Errorf("the project holds %s; nothing may be added to it", got)
	}
}

func TestPlainBuildHasNoProbe(t *testing.T) {
	dir := newApp(t)
	p, err := findProject(context.Background(), dir, "")
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBuilder(p, nil, (*exec.Cmd).Start)
	if err != nil {
		t.Fatal(err)
	}
	defer b.remove()
	if info, err := os.Stat(b.dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v; want 0700", info.Mode(), err)
	}
	if _, err := b.build(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(b.dir, "plain")
	if err := runGo(context.Background(), (*exec.Cmd).Start, dir, []string{"build", "-o", plain, "."}); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]bool{b.binary(1): true, plain: false} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, trace := range []string{"inspector/probe", "inspector/wire", "TORNADO_PROBE"} {
			if got := bytes.Contains(data, []byte(trace)); got != want {
				t.Errorf("%s contains %s: %t; want %t", filepath.Base(file), trace, got, want)
			}
		}
	}
	var overlay struct{ Replace map[string]string }
	data, err := os.ReadFile(b.overlay)
	if err != nil || json.Unmarshal(data, &overlay) != nil || len(overlay.Replace) != 1 {
		t.Errorf("overlay %s, %v; want one file", data, err)
	}

	b.discard(map[int]bool{2: true})
	if _, err := os.Stat(b.binary(1)); err == nil {
		t.Error("an old binary was kept")
	}
}

func TestBuildIsCancelled(t *testing.T) {
	dir := newApp(t)
	p, err := findProject(context.Background(), dir, "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b, err := newBuilder(p, []string{"-a"}, func(cmd *exec.Cmd) error { // from scratch, which takes long
		err := cmd.Start()
		cancel()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer b.remove()
	if _, err := b.build(ctx, 1); err != context.Canceled {
		t.Errorf("got %v; want a build that was cancelled", err)
	}
}

func TestRemoveLeftovers(t *testing.T) {
	temp := tempDir(t)
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	writeFiles(t, temp, map[string]string{
		"tornado-dev-build-1/pid": fmt.Sprint(dead.Process.Pid),
		"tornado-dev-build-2/pid": fmt.Sprint(os.Getpid()),
		"tornado-dev-build-3/x":   "",
		"other/pid":               fmt.Sprint(dead.Process.Pid),
	})
	removeLeftovers(temp)
	for name, want := range map[string]bool{"tornado-dev-build-1": false, "tornado-dev-build-2": true, "tornado-dev-build-3": true, "other": true} {
		if _, err := os.Stat(filepath.Join(temp, name)); (err == nil) != want {
			t.Errorf("%s exists: %t; want %t", name, err == nil, want)
		}
	}
}
