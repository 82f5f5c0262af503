package tui

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/command"
	"github.com/tornado-dev/tornado/tui/pane"
)

// arrive adds a request to what is known and lets the screen look.
func (d *driver) arrive(r *inspector.Request) {
	old := d.snapshot.Requests
	var items []*inspector.Request
	for i := range old.Len() {
		items = append(items, old.At(i))
	}
	d.snapshot.Requests = requestRows(append(items, r)...)
	d.send(recordsMsg{})
}

// quits reports whether a command ends the program.
func quits(cmd tea.Cmd) bool {
	if cmd == nil {
		return false
	}
	_, ok := cmd().(tea.QuitMsg)
	return ok
}

// settle runs the commands of a batch that answer at once, and gives the answers
// to the screen. Ticks are left alone: they are made of time.
func (d *driver) settle(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	batch, ok := cmd().(tea.BatchMsg)
	if !ok {
		d.t.Fatal("not a batch")
	}
	if msg := batch[0](); msg != nil {
		d.send(msg)
	}
}

func TestEveryCommandIsCarriedOut(t *testing.T) {
	// Those of panes and lists, which no action of the screen is for.
	local := strings.Fields("up down list detail open top bottom half-down half-up page-down page-up next-tab previous-tab zoom next-error previous-error follow sort unmask raw unfold")
	for _, c := range command.Table {
		_, ok := actions[c.Name]
		for _, name := range local {
			ok = ok || name == c.Name
		}
		if !ok {
			t.Errorf("%s: nobody carries it out", c.Name)
		}
	}
	for name := range actions {
		if _, ok := command.Named(name); !ok {
			t.Errorf("%s is carried out but is not in the table", name)
		}
	}
}

func TestPanesAreSwitched(t *testing.T) {
	d := newDriver(t, 120, 30)
	for _, tt := range []struct{ key, open string }{
		{"2", "[2 Connections"}, {"tab", "[3 Errors"}, {"tab", "[4 Logs"}, {"shift+tab", "[3 Errors"}, {"6", "[6 Loops"}, {"tab", "[1 Requests"}, {"shift+tab", "[6 Loops"},
	} {
		d.press(tt.key)
		d.shows(tt.open)
	}
}

func TestKeysThatCameTogether(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("gjj")})
	if got := d.selected(); !strings.Contains(got, "/story/16") {
		t.Errorf("gjj at once: %q is selected", got)
	}
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("2 3"), Paste: true})
	d.shows("[1 Requests")
	d.hides("PAUSED")
	d.press("/")
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("path:/story* status:4xx"), Paste: true})
	d.shows("1 of 9")
}

func TestFollow(t *testing.T) {
	d := newDriver(t, 60, 18)
	if got := d.selected(); !strings.Contains(got, "/report") {
		t.Fatalf("at first %q is selected, not the newest", got)
	}
	d.arrive(answered(10, "GET", "/ten", 200, time.Millisecond, 10))
	if got := d.selected(); !strings.Contains(got, "/ten") {
		t.Errorf("following, %q is selected, not the newest", got)
	}
	d.press("k")
	d.hides("follow  ")
	d.arrive(answered(11, "GET", "/eleven", 200, time.Millisecond, 10))
	if got := d.selected(); !strings.Contains(got, "/report") {
		t.Errorf("after moving up %q is selected", got)
	}
	d.press("G")
	if got := d.selected(); !strings.Contains(got, "/eleven") {
		t.Errorf("after G %q is selected", got)
	}
	d.arrive(answered(12, "GET", "/twelve", 200, time.Millisecond, 10))
	if got := d.selected(); !strings.Contains(got, "/twelve") {
		t.Errorf("following again, %q is selected", got)
	}
	d.press("F")
	d.arrive(answered(13, "GET", "/thirteen", 200, time.Millisecond, 10))
	if got := d.selected(); !strings.Contains(got, "/twelve") {
		t.Errorf("after F %q is selected", got)
	}
}

func TestTheCursorStaysOnItsRecord(t *testing.T) {
	d := newDriver(t, 60, 18)
	d.press("g", "j", "j")
	want := d.selected()
	for range 4 {
		d.press("s")
		if got := d.selected(); got != want {
			t.Errorf("sorted, %q is selected; want %q", got, want)
		}
	}
	d.press("s")
	// The oldest leave the store.
	d.snapshot.Requests = requestRows(d.snapshot.Requests.At(2), d.snapshot.Requests.At(3))
	d.send(recordsMsg{})
	if got := d.selected(); got != want {
		t.Errorf("after eviction %q is selected; want %q", got, want)
	}
	// And then it goes as well: its neighbour takes its place.
	d.snapshot.Requests = requestRows(d.snapshot.Requests.At(1))
	d.send(recordsMsg{})
	if got := d.selected(); !strings.Contains(got, "POST") {
		t.Errorf("when it has gone %q is selected", got)
	}
}

func TestSort(t *testing.T) {
	d := newDriver(t, 60, 18)
	d.press("s")
	d.shows("by time")
	d.shows("Time↓")
	d.press("g")
	if got := d.selected(); !strings.Contains(got, "/events") {
		t.Errorf("by time %q is first", got)
	}
	d.press("F")
	d.shows("follow: this list is sorted")
}

func TestPauseKeepsCounting(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.press("space")
	d.shows("PAUSED")
	for i := range uint64(3) {
		d.arrive(answered(20+i, "GET", "/later", 200, time.Millisecond, 10))
	}
	d.hides("/later")
	d.shows("PAUSED 3 new")
	d.press("k")
	d.press("space")
	d.shows("/later")
	d.hides("PAUSED")
}

func TestDetailStaysOnItsTab(t *testing.T) {
	d := newDriver(t, 120, 30)
	d.press("]", "]")
	d.shows("[Timing]")
	d.press("k")
	d.shows("[Timing]")
	d.press("[", "[", "[")
	d.shows("[Errors]")
}

func TestSmallScreensShowOneThing(t *testing.T) {
	d := newDriver(t, 60, 18)
	d.hides("[Request]")
	d.press("enter")
	d.shows("[Request]")
	d.hides("Method  Path")
	d.press("esc")
	d.shows("Method  Path")
	d.press("l")
	d.shows("[Request]")
	d.press("q")
	d.shows("Method  Path")
}

func TestZoom(t *testing.T) {
	d := newDriver(t, 120, 30)
	d.shows("Method  Path")
	d.press("z")
	d.hides("Method  Path")
	d.press("z")
	d.shows("Method  Path")
}

func TestErrorsAreFound(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.press("g", "n")
	if got := d.selected(); !strings.Contains(got, "/story/17") {
		t.Errorf("n: %q", got)
	}
	d.press("n")
	if got := d.selected(); !strings.Contains(got, "/events") {
		t.Errorf("n n: %q", got)
	}
	d.press("n")
	if got := d.selected(); !strings.Contains(got, "/story/17") {
		t.Errorf("n n n goes round the end: %q", got)
	}
	d.press("N")
	if got := d.selected(); !strings.Contains(got, "/events") {
		t.Errorf("N: %q", got)
	}
}

func TestSecretsAreMasked(t *testing.T) {
	d := newDriver(t, 60, 40)
	d.press("g", "enter")
	d.hides("verysecret")
	d.press("u")
	d.shows("verysecret")
	d.press("esc", "j", "j", "j", "u", "enter")
	d.shows("title")
	d.shows("Hello world")
	d.hides("hunter2")
	d.press("u")
	d.shows("hunter2")
}

func TestSecretsInAddressesAreMasked(t *testing.T) {
	d := newDriver(t, 120, 30)
	d.snapshot.Requests = inspector.MakeList([]uint64{1}, []*inspector.Request{
		{ID: 1, Method: "GET", URI: "/?q=1&token=verysecret", Version: "HTTP/1.1", Started: d.options.Clock(), Done: true, Status: 200},
	})
	d.refresh()
	d.shows("/?q=1&token=")
	d.hides("verysecret")
	d.press("u")
	d.shows("token=verysecret")
}

func TestBodyLimitIsStated(t *testing.T) {
	d := newDriver(t, 120, 30)
	d.press("g", "j", "j", "j", "j", "j", "enter")
	d.shows("64 KiB of 3.1 MiB kept")
	d.shows("00000000  00 00")
}

func TestFilter(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.press("/")
	d.shows("status:5xx  path:/api*")
	d.types("status:5xx")
	d.shows("/status:5xx")
	d.shows("1 of 9")
	d.hides("/static/site.css")
	if got := d.selected(); !strings.Contains(got, "/story/17") {
		t.Errorf("%q is selected", got)
	}
	d.press("enter")
	d.shows("/status:5xx 1 of 9")
	d.arrive(answered(30, "GET", "/thirty", 503, time.Millisecond, 10))
	d.arrive(answered(31, "GET", "/thirty-one", 200, time.Millisecond, 10))
	d.shows("/status:5xx 2 of 11")
	d.shows("/thirty ")
	d.hides("/thirty-one")

	d.press("2")
	d.hides("/status:5xx")
	d.press("1", "/", "backspace", "backspace", "backspace")
	d.types("maybe")
	d.shows("no filter, at character 8: status: \"maybe\" is no status")
	d.hides("/thirty-one")
	d.press("enter")
	d.shows("the filter is not used")
	d.press("esc")
	d.shows("/thirty-one")

	d.press("/")
	d.types("nothing-has-this")
	d.shows("Nothing matches the filter.")
	d.press("esc")
	d.shows("/thirty-one")
}

func TestFilterExamplesAreFilters(t *testing.T) {
	for scope, text := range filterExamples {
		for _, example := range strings.Split(text, "  ") {
			if _, err := inspector.ParseFilter(example); err != nil && scope != command.Loops {
				t.Errorf("%s: %q is no filter: %v", scope, example, err)
			}
		}
	}
}

// A request in flight may come to match by getting older.
func TestFilterOfRunningTime(t *testing.T) {
	d := newDriver(t, 80, 24)
	flying := &inspector.Request{ID: 40, Started: time.Now(), Method: "GET", URI: "/slow", Head: "GET /slow HTTP/1.1\r\n"}
	calls := 0
	d.panes[0].(interface {
		SetMatch(func(*inspector.Request) bool)
	}).SetMatch(func(r *inspector.Request) bool {
		if r == flying {
			calls++
		}
		return r.Done || calls > 1
	})
	d.arrive(flying)
	d.hides("/slow")
	d.send(recordsMsg{})
	d.shows("/slow")
}

func TestRoutesAndLoopsAreFiltered(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.press("5", "/")
	d.types("story post")
	d.shows("1 of 4")
	d.press("enter", "6", "/")
	d.types("1")
	d.shows("1 of 2")
}

func TestQuit(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys []string
		want bool
	}{
		{"q asks", []string{"q"}, false},
		{"y", []string{"q", "y"}, true},
		{"q again", []string{"q", "q"}, true},
		{"n", []string{"q", "n"}, false},
		{"anything else", []string{"q", "j", "y"}, false},
		{"ctrl-c", []string{"ctrl+c"}, true},
		{"ctrl-c in a question", []string{"q", "ctrl+c"}, true},
		{"ctrl-c in the filter", []string{"/", "a", "ctrl+c"}, true},
		{"q in the detail goes back", []string{"enter", "q"}, false},
		{"q in the filter is a letter", []string{"/", "q", "q"}, false},
		{"by name", []string{"ctrl+p", "q", "u", "i", "t", "-", "n", "enter"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := quits(newDriver(t, 80, 24).press(tt.keys...)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSuspend(t *testing.T) {
	d := newDriver(t, 80, 24)
	if _, ok := d.press("ctrl+z")().(tea.SuspendMsg); !ok {
		t.Error("ctrl-z does not suspend")
	}
	if d.send(tea.ResumeMsg{}) == nil {
		t.Error("the mouse is not asked for again after fg")
	}
	d.alone = true
	d.press("ctrl+z")
	d.shows("suspend: no shell is round the workbench that could resume it")
}

func TestPalette(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.press("ctrl+p")
	d.types("loops")
	d.shows("Show the event loops")
	d.press("enter")
	d.shows("[6 Loops")

	d.press("1", "ctrl+p")
	d.types("replay")
	d.shows("not now: this session cannot send requests")
	d.press("enter")
	d.shows("replay: this session cannot send requests")

	d.press("ctrl+p")
	d.types("zzz")
	d.shows("no command has these letters")
	d.press("esc")
	d.hides("no command has these letters")
}

func TestHelpScrolls(t *testing.T) {
	d := newDriver(t, 60, 18)
	d.press("?")
	d.shows("In the pane Requests")
	d.press("G")
	d.shows("Stop the server and quit at once")
	d.press("g")
	d.shows("In the pane Requests")
	d.press("esc")
	d.shows("Method")
}

func TestCopy(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.press("3")
	d.settle(d.press("y"))
	d.shows("copied error as Markdown through the terminal (OSC 52)")
	if got := copiedText(t, d.output.String()); !strings.HasPrefix(got, "## blocked: loop 1 was kept for 340ms") {
		t.Errorf("copied %q", got)
	}
	d.output.Reset()
	d.press("1")
	d.settle(d.press("y"))
	d.shows("copied curl command")
	if got := copiedText(t, d.output.String()); !strings.HasPrefix(got, "curl ") || !strings.Contains(got, "/report?year=2025") {
		t.Errorf("copied %q", got)
	}
	d.output.Reset()
	d.press("Y")
	d.shows("request and response as Markdown")
	d.press("j", "k")
	d.settle(d.press("2"))
	if got := copiedText(t, d.output.String()); got != d.panes[0].Copies()[1].Text {
		t.Errorf("copied %q", got)
	}
}

func TestCopySaysWhatWasNotKept(t *testing.T) {
	d := newDriver(t, 120, 24)
	d.press("g", "j", "j", "j", "j", "j", "y")
	d.shows("no curl command: inspector: the request was not kept whole")
	if d.output.Len() > 0 {
		t.Errorf("copied %q all the same", d.output)
	}
}

// copiedText is what a sequence puts on the clipboard.
func copiedText(t *testing.T, sequence string) string {
	t.Helper()
	body, found := strings.CutPrefix(sequence, "\x1b]52;c;")
	body, ended := strings.CutSuffix(body, "\x07")
	text, err := base64.StdEncoding.DecodeString(body)
	if !found || !ended || err != nil {
		t.Fatalf("%q does not put anything on the clipboard (%v)", sequence, err)
	}
	return string(text)
}

func TestCopyInTmux(t *testing.T) {
	d := newDriver(t, 120, 24)
	d.environ["TMUX"] = "/tmp/tmux-0/default,1,0"
	d.press("3")
	d.settle(d.press("y"))
	if !strings.Contains(d.output.String(), "\x1bPtmux;") || !strings.HasPrefix(d.output.String(), "\x1b]52;") {
		t.Errorf("%q reaches tmux in one way only", d.output.String())
	}
	d.shows("set -g set-clipboard on")
}

func TestReplay(t *testing.T) {
	d := newDriver(t, 120, 24)
	var sent []string
	fail := error(nil)
	d.options.Replay = func(_ context.Context, r inspector.Request) error {
		sent = append(sent, r.Method+" "+r.URI)
		return fail
	}
	d.press("g")
	d.settle(d.press("r"))
	d.shows("replayed GET /")
	d.press("j", "j", "j")
	d.press("r")
	d.shows("Send POST /story?draft=1&tag=caf%C3%A9 once more? It may change something. y/n")
	d.press("n")
	if len(sent) != 1 {
		t.Fatalf("n, and yet sent %q", sent)
	}
	d.press("r")
	fail = errors.New("connection refused")
	d.settle(d.press("y"))
	d.shows("replay of POST /story?draft=1&tag=caf%C3%A9 failed: connection refused")
	if len(sent) != 2 {
		t.Errorf("sent %q", sent)
	}
}

func TestRebuildAndClear(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.settle(d.press("R"))
	if d.project.rebuilt != 1 {
		t.Errorf("R rebuilt %d times", d.project.rebuilt)
	}
	d.press("c")
	if d.records.cleared != 1 {
		t.Errorf("c cleared %d times", d.records.cleared)
	}
}

func TestShowRequest(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.press("3", "g", "j", "j", "v")
	d.shows("[1 Requests")
	if got := d.selected(); !strings.Contains(got, "/story/17") {
		t.Errorf("v shows %q", got)
	}
	d.press("4", "g", "v")
	d.shows("what is selected did not happen in a request")
}

func TestEditor(t *testing.T) {
	d := newDriver(t, 120, 24)
	d.press("3", "o")
	d.shows("no editor is set: put its command into $VISUAL or $EDITOR")
	d.environ["EDITOR"] = "vi"
	if d.press("o") == nil {
		t.Error("o starts nothing")
	}
	d.environ["VISUAL"] = "/nonexistent/code --wait"
	d.press("o")
	d.shows("the editor cannot be started")
	d.send(editedMsg{errors.New("exit status 1")})
	d.shows("the editor failed: exit status 1")
	d.press("4", "o")
	d.shows("editor: no file and line is known for what is selected")
}

func TestTheSelectedFrameIsOpened(t *testing.T) {
	d := newDriver(t, 120, 40)
	d.press("3", "g", "j", "j", "enter")
	for _, want := range []pane.Place{
		{File: "/home/ann/blog/story.go", Line: 44},
		{File: "/home/ann/blog/story.go", Line: 31},
	} {
		if got, _ := d.pane().Place(); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
		d.press("j")
	}
	d.press("f", "j")
	if got, _ := d.pane().Place(); got.Line != 115 {
		t.Errorf("got %v, want the frame of the runtime", got)
	}
	d.press("1", "esc", "g", "j", "j")
	if got, _ := d.pane().Place(); got != (pane.Place{File: "/home/ann/blog/story.go", Line: 28}) {
		t.Errorf("of a request: got %v, want its handler", got)
	}
}

func TestBrowserWhenEmpty(t *testing.T) {
	d := newDriver(t, 80, 24)
	opened := ""
	d.options.OpenBrowser = func(url string) error { opened = url; return nil }
	d.snapshot = pane.Snapshot{}
	d.refresh()
	d.send(d.press("o")())
	if opened != "http://127.0.0.1:8888/" {
		t.Errorf("opened %q", opened)
	}
	d.shows("opened http://127.0.0.1:8888/")
}

func TestMouse(t *testing.T) {
	click := func(x, y int) tea.MouseMsg {
		return tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}
	}
	d := newDriver(t, 120, 30)
	d.send(click(5, 3))
	if got := d.selected(); !strings.Contains(got, "/static/site.css") {
		t.Errorf("clicked a row: %q", got)
	}
	d.send(tea.MouseMsg{X: 5, Y: 5, Button: tea.MouseButtonWheelDown, Action: tea.MouseActionPress})
	if got := d.selected(); !strings.Contains(got, "/api/stories.json") {
		t.Errorf("the wheel: %q", got)
	}
	line := strings.Split(d.View(), "\n")[1]
	at := len([]rune(line[:strings.Index(line, "Timing")]))
	d.send(click(at, 1))
	d.shows("[Timing]")
	d.send(click(strings.Index(strings.Split(d.View(), "\n")[0], "Logs"), 0))
	d.shows("[4 Logs]")

	d.press("m")
	d.shows("the mouse is the terminal's")
	d.shows("mouse off")
	d.press("m")
	d.hides("mouse off")
}

// Over a slow line esc and the key after it arrive as one, which looks like alt.
func TestEscAndAKeyAtOnce(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.press("enter")
	d.shows("q back")
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("4"), Alt: true})
	d.shows("[4 Logs]")
	d.shows("q quit")
	d.press("?")
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("1"), Alt: true})
	d.shows("[1 Requests 1]")
}

func TestKeysWithoutACommandSaySo(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.press("w")
	d.shows("w does nothing here; ? shows the keys")
	d.press("f") // a key of another pane
	d.shows("f does nothing here")
	d.press("3")
	d.press("f")
	d.hides("does nothing")
}

func TestWhatWasNotRecordedIsExplained(t *testing.T) {
	d := newDriver(t, 120, 30)
	for _, tt := range []struct {
		r    inspector.Request
		want string
	}{
		{inspector.Request{ID: 1, Method: "GET", URI: "/flood", Done: true, Sampled: true}, "were not recorded: too many"},
		{inspector.Request{ID: 1, Method: "GET", URI: "/old", Done: true, Trimmed: true}, "Head and body are gone: the"},
		{inspector.Request{ID: 1, Method: "GET", URI: "/", Done: true}, ""},
	} {
		d.snapshot.Requests = requestRows(&tt.r)
		d.send(recordsMsg{})
		if tt.want != "" {
			d.shows(tt.want)
		} else {
			d.hides("Head and body")
		}
	}
}

func TestToastsGo(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.say("first")
	d.say("second")
	d.send(toastOverMsg{1})
	d.shows("second")
	d.send(toastOverMsg{2})
	d.hides("second")
}

func TestTheClockStops(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.clock = false
	if d.tick() == nil {
		t.Error("a request is in flight and nothing ticks")
	}
	if d.tick() != nil {
		t.Error("two clocks tick")
	}
	d.clock, d.snapshot = false, pane.Snapshot{}
	if d.refresh() != nil {
		t.Error("nothing changes by itself and yet it ticks")
	}
}

func TestManyChangesMakeOneMessage(t *testing.T) {
	changed := make(chan struct{}, 1)
	changed <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	before := time.Now()
	if msg := waitFor(ctx, changed, before.Add(frame), recordsMsg{})(); msg != (recordsMsg{}) {
		t.Errorf("got %v", msg)
	}
	if took := time.Since(before); took < frame {
		t.Errorf("a frame came after %v, sooner than %v", took, frame)
	}
	cancel()
	if msg := waitFor(ctx, changed, before, recordsMsg{})(); msg != nil {
		t.Errorf("got %v after the end", msg)
	}
}
