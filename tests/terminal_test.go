package tests

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A terminal is tornado-dev in a terminal of its own, which tmux provides.
type terminal struct {
	t      testing.TB
	socket string
	dir    string // of the project
	notes  string // where the shell round tornado-dev leaves files
}

// openTerminal starts tornado-dev in dir in a terminal of w columns and h rows.
// The shell round it notes the settings of the terminal before and after, and waits
// for it, as make does, even if the terminal goes away.
func openTerminal(t testing.TB, dir string, w, h int, args string) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed, and the terminal is driven through it: apt-get install tmux")
	}
	term := &terminal{t: t, socket: filepath.Join(t.TempDir(), "tmux"), dir: dir, notes: t.TempDir()}
	script := fmt.Sprintf(`trap : HUP
cd '%[1]s'
stty -a > '%[2]s/before'
'%[3]s' %[4]s 2> '%[2]s/stderr'
echo $? > '%[2]s/status'
i=0; while [ $i -lt 50 ] && ! stty -a | cmp -s - '%[2]s/before'; do i=$((i+1)); sleep 0.02; done
stty -a > '%[2]s/after'
echo back in the shell
exec sh`, dir, term.notes, binary, args)
	path := filepath.Join(term.notes, "script")
	if err := os.WriteFile(path, []byte(script), 0o666); err != nil {
		t.Fatal(err)
	}
	term.tmux("-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(w), "-y", strconv.Itoa(h), "sh "+path)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the screen:\n%s", term.screen())
			if text, err := os.ReadFile(filepath.Join(term.notes, "stderr")); err == nil && len(text) > 0 {
				t.Logf("stderr:\n%s", text)
			}
		}
		if pid := term.pid(); pid > 0 {
			syscall.Kill(pid, syscall.SIGTERM)
		}
		exec.Command("tmux", "-S", term.socket, "kill-server").Run()
	})
	return term
}

func (term *terminal) tmux(args ...string) string {
	term.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", term.socket}, args...)...).CombinedOutput()
	if err != nil {
		term.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (term *terminal) screen() string {
	out, _ := exec.Command("tmux", "-S", term.socket, "capture-pane", "-p").Output()
	return string(out)
}

func (term *terminal) keys(keys ...string) { term.tmux(append([]string{"send-keys"}, keys...)...) }

func (term *terminal) resize(w, h int) {
	term.tmux("resize-window", "-x", strconv.Itoa(w), "-y", strconv.Itoa(h))
}

// pid is the process of tornado-dev, 0 if it does not run.
func (term *terminal) pid() int {
	shell, err := exec.Command("tmux", "-S", term.socket, "display-message", "-p", "#{pane_pid}").Output()
	if err != nil {
		return 0
	}
	number, _ := strconv.Atoi(strings.TrimSpace(string(shell)))
	for _, child := range childrenOf(term.t, number) {
		if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", child)); exe == binary {
			return child
		}
	}
	return 0
}

// shows waits until the screen matches pattern and returns what its first group
// matched.
func (term *terminal) shows(pattern string) string {
	term.t.Helper()
	re := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if m := re.FindStringSubmatch(term.screen()); m != nil {
			return m[len(m)-1]
		}
	}
	term.t.Fatalf("the screen never shows %q", pattern)
	return ""
}

// hides waits until the screen does not match pattern.
func (term *terminal) hides(pattern string) {
	term.t.Helper()
	re := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if !re.MatchString(term.screen()) {
			return
		}
	}
	term.t.Fatalf("the screen goes on to show %q", pattern)
}

// ended waits until the shell is back and checks that the terminal is as it was.
func (term *terminal) ended() {
	term.t.Helper()
	term.shows(`back in the shell`)
	before, _ := os.ReadFile(filepath.Join(term.notes, "before"))
	after, _ := os.ReadFile(filepath.Join(term.notes, "after"))
	if len(before) == 0 || string(before) != string(after) {
		term.t.Errorf("the settings of the terminal were\n%s\nand are\n%s", before, after)
	}
	// The shell takes lines, and shows what is typed.
	term.keys("echo $((6*7))", "Enter")
	term.shows(`(?m)^42$`)
}

const liveScreen = `(?i)live\b.*?(127\.0\.0\.1:\d+)`

func TestTerminal(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	term := openTerminal(t, dir, 120, 40, "--addr 127.0.0.1:0")
	address := term.shows(liveScreen)

	fetch(t, "http://"+address+"/any/first")
	fetch(t, "http://"+address+"/any/second")
	term.shows(`/any/first`)
	term.shows(`/any/second`)

	// A request in flight says who answers it.
	stream, err := http.Get("http://" + address + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	term.shows(`/stream +handler .* streamHandler\.Get`)
	stream.Body.Close()

	// Each pane by its digit, and what only it shows.
	fetch(t, "http://"+address+"/panic")
	term.keys("3")
	term.shows(`index out of range`)
	term.keys("2")
	term.shows(`127\.0\.0\.1:\d+[^\n]*\n`)
	term.keys("5")
	term.shows(`versionHandler`)
	term.keys("1")
	term.shows(`/any/second`)

	term.keys("/")
	term.keys("-l", "first")
	term.keys("Enter")
	term.hides(`/any/second`)
	term.shows(`/any/first`)
	term.keys("Escape")
	term.shows(`/any/second`)

	term.keys("?")
	term.shows(`find a command`)
	term.keys("Escape")

	for _, size := range [][2]int{{60, 18}, {80, 24}, {120, 40}, {60, 18}, {120, 40}} {
		term.resize(size[0], size[1])
		term.shows(`/any/second`)
		for _, line := range strings.Split(term.screen(), "\n") {
			if n := len([]rune(line)); n > size[0] {
				t.Errorf("at %v a line has %d columns: %q", size, n, line)
			}
		}
	}

	save(t, dir, "version.go", versionSource(2))
	waitUntil(t, "the new version", func() bool { _, body := fetch(t, "http://"+address+"/version"); return body == "2" })
	term.shows(`(?i)live`)

	term.keys("q")
	term.keys("q")
	term.ended()
}

func TestTerminalAfterInterrupt(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, newApp(t), 80, 24, "--addr 127.0.0.1:0")
	term.shows(liveScreen)
	term.keys("C-c")
	term.ended()
}

// TestTerminalGone closes the window round it.
func TestTerminalGone(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, newApp(t), 80, 24, "--addr 127.0.0.1:0")
	address := term.shows(liveScreen)
	term.tmux("kill-server")
	refusedSoon(t, address)
}

// TestTerminalAfterPanic breaks tornado-dev itself, in the way that leaves it no
// time to put anything right: SIGQUIT ends a Go program as a panic does that
// nobody recovers.
func TestTerminalAfterPanic(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, newApp(t), 80, 24, "--addr 127.0.0.1:0")
	address := term.shows(liveScreen)
	syscall.Kill(term.pid(), syscall.SIGQUIT)
	term.ended()
	refusedSoon(t, address)
}

// TestTerminalProgramKilled kills the program, and then tornado-dev itself.
func TestTerminalProgramKilled(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	term := openTerminal(t, dir, 80, 24, "--addr 127.0.0.1:0")
	address := term.shows(liveScreen)
	var children []int
	waitUntil(t, "one program, and no go command", func() bool {
		children = programsOf(t, term.pid())
		return len(children) == 1
	})
	syscall.Kill(children[0], syscall.SIGKILL)
	waitUntil(t, "another program", func() bool {
		now := programsOf(t, term.pid())
		return len(now) == 1 && now[0] != children[0]
	})
	fetchPatiently(t, "http://"+address+"/version")
	term.shows(`(?i)live`)

	children = childrenOf(t, term.pid())
	syscall.Kill(term.pid(), syscall.SIGKILL)
	waitUntil(t, "no orphan", func() bool {
		for _, pid := range children {
			if syscall.Kill(pid, 0) == nil {
				return false
			}
		}
		return true
	})
	// The guard puts the terminal right.
	term.ended()
	refusedSoon(t, address)
}

// childrenOf lists the processes that pid has started.
func childrenOf(t testing.TB, pid int) (children []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state parent ...
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		if len(fields) > 1 && fields[0] != "Z" && fields[1] == strconv.Itoa(pid) {
			child, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			children = append(children, child)
		}
	}
	return children
}

// programsOf lists the children of tornado-dev that are not tornado-dev itself.
func programsOf(t testing.TB, pid int) (programs []int) {
	t.Helper()
	for _, child := range childrenOf(t, pid) {
		if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", child)); exe != binary {
			programs = append(programs, child)
		}
	}
	return programs
}

// refusedSoon waits until nobody listens on address.
func refusedSoon(t *testing.T, address string) {
	t.Helper()
	waitUntil(t, "nobody listens on "+address, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
}

// TestTerminalFlood sends what a load generator sends, and types meanwhile.
func TestTerminalFlood(t *testing.T) {
	term := openTerminal(t, newApp(t), 120, 40, "--addr 127.0.0.1:0")
	address := term.shows(liveScreen)
	flood := startFlood(t, address, 10_000, 10*time.Second)
	var slowest time.Duration
	for i := range 40 {
		pane, mark := "5", `(?i)pattern`
		if i%2 == 1 {
			pane, mark = "1", `/version`
		}
		pressed := time.Now()
		term.keys(pane)
		term.shows(mark)
		slowest = max(slowest, time.Since(pressed))
	}
	sent := flood.wait()
	t.Logf("%d requests in %v (%.0f a second); the slowest key took %v, tmux and polling included",
		sent, flood.took, float64(sent)/flood.took.Seconds(), slowest)
	// Every request was counted, or the screen says that some are missing.
	term.keys("5")
	term.shows(`/version .* ` + withCommas(sent) + ` |[0-9] dropped`)
	term.keys("q")
	term.keys("q")
	term.ended()
}

// withCommas is n as the screen has it: 79,340.
func withCommas(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// A flood is a load of requests over kept connections.
type flood struct {
	wg   sync.WaitGroup
	mu   sync.Mutex // guards what follows
	sent int
	err  error
	took time.Duration
	t    testing.TB
}

// startFlood sends rate requests a second for as long as it is told.
func startFlood(t testing.TB, address string, rate int, during time.Duration) *flood {
	t.Helper()
	const connections, batch = 8, 1
	f := &flood{t: t}
	start := time.Now()
	for range connections {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		f.wg.Go(func() {
			defer conn.Close()
			request := []byte(strings.Repeat("GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n", batch))
			buf := make([]byte, 64<<10)
			every := time.Duration(batch*connections) * time.Second / time.Duration(rate)
			tick := time.NewTicker(every)
			defer tick.Stop()
			for time.Since(start) < during {
				<-tick.C
				if _, err := conn.Write(request); err != nil {
					f.fail(err)
					return
				}
				for answers := 0; answers < batch; {
					n, err := conn.Read(buf)
					if err != nil {
						f.fail(err)
						return
					}
					answers += strings.Count(string(buf[:n]), "HTTP/1.1 200")
				}
				f.mu.Lock()
				f.sent += batch
				f.took = time.Since(start)
				f.mu.Unlock()
			}
		})
	}
	return f
}

func (f *flood) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *flood) wait() int {
	f.t.Helper()
	f.wg.Wait()
	if f.err != nil {
		f.t.Errorf("flood: %v", f.err)
	}
	return f.sent
}

// TestHostileBytes sends escape sequences in every place, and looks at what
// reaches the terminal.
func TestHostileBytes(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	term := openTerminal(t, dir, 120, 40, "--addr 127.0.0.1:0")
	address := term.shows(liveScreen)
	term.tmux("pipe-pane", "cat > '"+filepath.Join(term.notes, "raw")+"'")

	const escape = "\x1b]0;owned\x07\x1b[31;1mowned\x1b[2J\u009b31m"
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /print HTTP/1.1\r\nHost: localhost\r\nX-Hostile: \xc2\x9b31mowned\r\nContent-Length: %d\r\n\r\n%s", len(escape), escape)
	fmt.Fprintf(conn, "GET /any/%%1b]0;owned%%07\x1b HTTP/1.1\r\nHost: localhost\r\n\r\n")
	fetch(t, "http://"+address+"/any/%1b%5D0;owned%07%9b31m")
	term.shows(`/any/`)
	for _, key := range []string{"Enter", "]", "]", "]", "Escape", "4", "1"} {
		term.keys(key)
		term.shows(`.`)
	}
	term.keys("4")
	term.shows(`owned`)
	raw, err := os.ReadFile(filepath.Join(term.notes, "raw"))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"\x1b]0;owned", "\x1b[31;1mowned", "\u009b31m"} {
		if strings.Contains(string(raw), bad) {
			t.Errorf("the terminal got %q", bad)
		}
	}
}
