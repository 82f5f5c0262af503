//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestMain lets the test binary be the command, for tests that kill it.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_AS_COMMAND") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestCommand(t *testing.T) {
	empty := t.TempDir()
	for _, tt := range []struct {
		name           string
		args           []string
		status         int
		stdout, stderr string // parts of it
	}{
		{"version", []string{"version"}, 0, "tornado-dev ", ""},
		{"help", []string{"--help"}, 0, "--allow-host name", ""},
		{"help has examples", []string{"serve", "--help"}, 0, "tornado-dev serve --addr", ""},
		{"completion", []string{"completion", "bash"}, 0, "tornado-dev", ""},
		{"unknown flag", []string{"--nope"}, 2, "", "unknown flag: --nope"},
		{"too many arguments", []string{"a", "b"}, 2, "", "one folder, and was given 2"},
		{"new without a name", []string{"new"}, 2, "", "tornado-dev new blog"},
		{"new with two", []string{"new", "my", "blog"}, 2, "", "wants quotes"},
		{"neither", []string{"server"}, 2, "", "server is neither a command nor a folder"},
		{"a file", []string{"main.go"}, 2, "", "--package"},
		{"serve nowhere", []string{"serve", "nowhere"}, 2, "", "there is no folder nowhere"},
		{"no module", []string{"--no-tui", empty}, 1, "", "not part of a Go module"},
		{"no directory", []string{"--json", filepath.Join(empty, "nowhere")}, 2, "", "nowhere"},
		{"serve without a module", []string{"serve", empty}, 1, "", "not part of a Go module"},
		{"address", []string{"--json", "--addr", "8888", "."}, 1, "", "such as 127.0.0.1:8888"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if got := run(context.Background(), tt.args, &stdout, &stderr); got != tt.status {
				t.Errorf("status %d; want %d", got, tt.status)
			}
			if !strings.Contains(stdout.String(), tt.stdout) || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("printed %q and %q; want %q and %q", stdout.String(), stderr.String(), tt.stdout, tt.stderr)
			}
			if tt.status == 1 && strings.Count(stderr.String(), "\n") != 1 {
				t.Errorf("the error takes more than a line: %q", stderr.String())
			}
		})
	}
}

// project writes a project that serves on a port of its own choice.
func project(t *testing.T) string {
	t.Helper()
	top, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(top, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(top, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	_, requires, _ := strings.Cut(string(mod), "\nrequire (")
	requires, _, _ = strings.Cut(requires, "\n)")
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod": "module example.com/app\n\ngo 1.26.0\n\nrequire github.com/tornado-dev/tornado v0.0.0\n\nrequire (" + requires +
			"\n)\n\nreplace github.com/tornado-dev/tornado => " + top + "\n",
		"go.sum": string(sum),
		"main.go": `package main

import (
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/web"
)

type Main struct{ web.RequestHandler }

func (h *Main) Get() { h.Write("hello") }

func main() {
	log.Fatal(web.NewApplication(web.Settings{}, web.URL[Main]("/")).ListenAndServe(":0"))
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A jsonLine is what the tests look at of a line.
type jsonLine struct {
	Type    string
	State   string
	Address string
	PID     int
	URI     string
	Status  int
}

// started runs the command in a process of its own, until the program is live.
func started(t *testing.T, args ...string) (*exec.Cmd, *bufio.Scanner, jsonLine) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "TEST_AS_COMMAND=1")
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	lines := bufio.NewScanner(stdout)
	return cmd, lines, untilLine(t, lines, func(l jsonLine) bool { return l.State == "live" })
}

func untilLine(t *testing.T, lines *bufio.Scanner, is func(jsonLine) bool) jsonLine {
	t.Helper()
	for lines.Scan() {
		var l jsonLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		if is(l) {
			return l
		}
	}
	t.Fatal("the output ended before the line that was waited for")
	return jsonLine{}
}

func TestDevelopPrintsJSONUntilSIGTERM(t *testing.T) {
	cmd, lines, live := started(t, "--json", project(t))
	conn, err := net.Dial("tcp", live.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	request := untilLine(t, lines, func(l jsonLine) bool { return l.Type == "request" })
	if request.URI != "/x" || request.Status != 404 {
		t.Errorf("got %+v; want a 404 of /x", request)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v; want status 0", err)
	}
	if syscall.Kill(live.PID, 0) == nil {
		t.Errorf("program %d is left over", live.PID)
	}
}

func TestKilledCommandLeavesNoOrphan(t *testing.T) {
	cmd, _, live := started(t, "--json", project(t))
	conn, err := net.Dial("tcp", live.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	// The connection ends with the program, and nothing listens any longer.
	if _, err := io.ReadAll(conn); err != nil {
		t.Logf("the connection ended with %v", err)
	}
	if again, err := net.Dial("tcp", live.Address); err == nil {
		defer again.Close()
		if data, _ := io.ReadAll(again); len(data) > 0 {
			t.Errorf("somebody answers %q", data)
		}
	}
}
