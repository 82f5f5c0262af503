package wstest

import (
	"bufio"
	_ "embed"
	"errors"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

//go:embed foreign.py
var foreign string

// A Foreign is a peer that others have written: a library of Python's, and what it
// compresses, in the words of foreign.py.
type Foreign struct{ Library, Compression string }

// Foreigners are all there are.
var Foreigners = []Foreign{
	{"tornado", "none"}, {"tornado", "contexts"},
	{"websockets", "none"}, {"websockets", "contexts"}, {"websockets", "anew"}, {"websockets", "window"},
}

func (f Foreign) String() string { return f.Library + ", " + f.Compression }

// lacking is how foreign.py ends if the library is not installed.
const lacking = 3

// Visit runs a client to its end, which connects to one URL after the other. The test
// is skipped if Python or the library is not installed.
func (f Foreign) Visit(t *testing.T, urls ...string) {
	t.Helper()
	output, err := f.command(t, "client", urls...).CombinedOutput()
	f.judge(t, string(output), err)
}

// Serve runs a server of so many connections, and gives its URL and what waits for its
// end. The test is skipped as by Visit.
func (f Foreign) Serve(t *testing.T, connections int) (url string, wait func()) {
	t.Helper()
	program := f.command(t, "server", strconv.Itoa(connections))
	output, err := program.StdoutPipe()
	if err == nil {
		program.Stderr = program.Stdout
		err = program.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(output)
	url, _ = lines.ReadString('\n') // if there is none, the end says why
	wait = func() {
		t.Helper()
		rest, _ := io.ReadAll(lines)
		f.judge(t, url+string(rest), program.Wait())
	}
	if !strings.HasPrefix(url, "ws://") {
		wait()
		t.Fatalf("%v: the server tells no address", f)
	}
	return strings.TrimSpace(url), wait
}

func (f Foreign) command(t *testing.T, side string, rest ...string) *exec.Cmd {
	t.Helper()
	// Debian's modules are those of this one, whatever else the path has.
	python, err := exec.LookPath("/usr/bin/python3")
	if err != nil {
		t.Skipf("Python is not installed: %v", err)
	}
	args := append([]string{"-c", foreign, side, f.Library, f.Compression}, rest...)
	return exec.CommandContext(Patient(t), python, args...)
}

func (f Foreign) judge(t *testing.T, output string, err error) {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == lacking:
		t.Skipf("%s is not installed: %s", f.Library, output)
	case err != nil:
		t.Errorf("%v: %v\n%s", f, err, output)
	}
}
