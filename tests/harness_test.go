// Package tests drives tornado-dev as a person does: the real program, a real
// project, real sockets and a real terminal.
package tests

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long something may take that takes a second on a quiet machine.
const patience = time.Minute

var (
	binary  string // tornado-dev
	scratch string // a directory for all tests
	model   string // a new project, as it is
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if runtime.GOOS != "linux" {
		fmt.Println("the workbench runs programs on Linux only, so far")
		return 0
	}
	var err error
	if scratch, err = os.MkdirTemp("", "tornado-tests-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(scratch)
	binary = filepath.Join(scratch, "tornado-dev")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/tornado-dev").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	model = filepath.Join(scratch, "app")
	if err := newProject(model); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// The tests wait for programs and browsers more than they compute.
	if err := flag.Set("test.parallel", strconv.Itoa(runtime.GOMAXPROCS(0)+1)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// newProject has tornado-dev write its sample project, and has that stand on the
// framework of the model, which so is compiled once for all tests.
func newProject(dir string) error {
	if out, err := exec.Command(binary, "new", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("tornado-dev new: %v\n%s", err, out)
	}
	edit := exec.Command("go", "mod", "edit", "-replace=github.com/tornado-dev/tornado="+filepath.Join(model, "third_party", "tornado"))
	edit.Dir = dir
	if out, err := edit.CombinedOutput(); err != nil {
		return fmt.Errorf("go mod edit: %v\n%s", err, out)
	}
	return nil
}

// newApp writes a project with the test application in it, on the framework of the
// model as well.
func newApp(t testing.TB) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "app")
	if err := os.CopyFS(filepath.Join(dir, "static"), os.DirFS(filepath.Join(model, "static"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "templates"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		copyFile(t, filepath.Join(model, name), filepath.Join(dir, name))
	}
	copyFile(t, "testdata/app/main.go.txt", filepath.Join(dir, "main.go"))
	copyFile(t, "testdata/app/page.html", filepath.Join(dir, "templates", "page.html"))
	copyFile(t, "testdata/app/base.html", filepath.Join(dir, "templates", "base.html"))
	save(t, dir, "version.go", versionSource(1))
	return dir
}

func versionSource(n int) string { return fmt.Sprintf("package main\n\nconst version = %d\n", n) }

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

// save writes a file as most editors do: a temporary one, renamed into place.
func save(t testing.TB, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+"~", []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
}

// A record is one line of --json.
type record map[string]any

func (r record) is(kind string) bool { return r["type"] == kind }

// A workbench is tornado-dev running with --json.
type workbench struct {
	t       testing.TB
	command *exec.Cmd
	stderr  bytes.Buffer
	exited  chan struct{}
	status  error // of the process, after exited

	mu      sync.Mutex // guards what follows
	records []record
	changed chan struct{} // closed and renewed with each record
	seen    int           // records that waitFor has passed
}

// start runs tornado-dev in dir; it is stopped when the test ends.
func start(t testing.TB, dir string, args ...string) *workbench {
	t.Helper()
	w := &workbench{t: t, exited: make(chan struct{}), changed: make(chan struct{})}
	w.command = exec.Command(binary, append([]string{"--json"}, args...)...)
	w.command.Dir = dir
	w.command.Stderr = &w.stderr
	stdout, err := w.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the process, which stop waits for
		defer close(w.exited)
		lines := bufio.NewScanner(stdout)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			var r record
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				r = record{"type": "bad line", "line": lines.Text()}
			}
			w.mu.Lock()
			w.records = append(w.records, r)
			close(w.changed)
			w.changed = make(chan struct{})
			w.mu.Unlock()
		}
		w.status = w.command.Wait()
	}()
	t.Cleanup(w.stop)
	return w
}

// stop ends it as ctrl-c does.
func (w *workbench) stop() {
	w.command.Process.Signal(syscall.SIGINT)
	select {
	case <-w.exited:
	case <-time.After(patience):
		w.command.Process.Kill()
		<-w.exited
		w.t.Errorf("tornado-dev did not end on SIGINT")
	}
	if w.t.Failed() && w.stderr.Len() > 0 {
		w.t.Logf("its stderr:\n%s", w.stderr.String())
	}
}

// waitFor returns the first record for which ok is true, among those that came
// after the one it returned last.
func (w *workbench) waitFor(what string, ok func(record) bool) record {
	w.t.Helper()
	deadline := time.After(patience)
	for {
		w.mu.Lock()
		for w.seen < len(w.records) {
			r := w.records[w.seen]
			w.seen++
			if ok(r) {
				w.mu.Unlock()
				return r
			}
		}
		changed := w.changed
		w.mu.Unlock()
		select {
		case <-changed:
		case <-w.exited:
			w.t.Fatalf("tornado-dev ended (%v) before %s\n%s", w.status, what, w.stderr.String())
		case <-deadline:
			w.t.Fatalf("no %s in %v; the last records: %v", what, patience, w.last(5))
		}
	}
}

func (w *workbench) last(n int) []record {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.records[max(len(w.records)-n, 0):]
}

// live waits until a build answers and returns its address.
func (w *workbench) live() (address string) {
	w.t.Helper()
	r := w.waitFor("state live", func(r record) bool { return r.is("state") && r["state"] == "live" })
	address, _ = r["address"].(string)
	if address == "" {
		w.t.Fatalf("a live state without an address: %v", r)
	}
	return address
}

func (w *workbench) failed() record {
	w.t.Helper()
	return w.waitFor("state failed", func(r record) bool { return r.is("state") && r["state"] == "failed" })
}

// all returns the records of one type that have come so far.
func (w *workbench) all(kind string) (found []record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.records {
		if r.is(kind) {
			found = append(found, r)
		}
	}
	return found
}

// fetch gets a page over a connection of its own.
func fetch(t testing.TB, url string) (status int, body string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var b strings.Builder
	if _, err := bufio.NewReader(response.Body).WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, b.String()
}
