package tui

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/devserver"
	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/theme"
)

// now is the moment at which all tests happen.
var now = time.Date(2026, 3, 4, 15, 30, 0, 0, time.UTC)

// rows are records ascending by ID.
type rows[T any] struct {
	items []*T
	id    func(*T) uint64
}

func (r rows[T]) Len() int    { return len(r.items) }
func (r rows[T]) At(i int) *T { return r.items[i] }
func (r rows[T]) Find(id uint64) (int, bool) {
	i := sort.Search(len(r.items), func(i int) bool { return r.id(r.items[i]) >= id })
	return i, i < len(r.items) && r.id(r.items[i]) == id
}

func requestRows(items ...*inspector.Request) pane.Rows[inspector.Request] {
	return rows[inspector.Request]{items, func(r *inspector.Request) uint64 { return r.ID }}
}

func connectionRows(items ...*inspector.Connection) pane.Rows[inspector.Connection] {
	return rows[inspector.Connection]{items, func(c *inspector.Connection) uint64 { return c.ID }}
}

func errorRows(items ...*inspector.Error) pane.Rows[inspector.Error] {
	return rows[inspector.Error]{items, func(e *inspector.Error) uint64 { return e.ID }}
}

func logRows(items ...*inspector.Log) pane.Rows[inspector.Log] {
	return rows[inspector.Log]{items, func(l *inspector.Log) uint64 { return l.ID }}
}

// answered is a request that has been answered.
func answered(id uint64, method, uri string, status int, took time.Duration, size int64) *inspector.Request {
	return &inspector.Request{
		ID: id, Build: 12, Connection: 3, Started: now.Add(-time.Duration(60-id) * time.Second),
		Method: method, URI: uri, Version: "HTTP/1.1", RemoteIP: "127.0.0.1",
		Head:    method + " " + uri + " HTTP/1.1\r\nHost: 127.0.0.1:8888\r\nAccept: text/html\r\nCookie: session=verysecret\r\n",
		Handler: "blog.StoryHandler." + method[:1] + strings.ToLower(method[1:]), Pattern: "/story/([0-9]+)",
		Done: true, Status: status, Duration: took,
		AnswerHead: fmt.Sprintf("HTTP/1.1 %d Whatever\r\nContent-Type: text/html; charset=UTF-8\r\nSet-Cookie: session=verysecret\r\n", status),
		Answer:     []byte("<!doctype html>\n<title>Story</title>\n<p>Once upon a time\n"), AnswerLen: size,
		Spent: [trace.NumPhases]time.Duration{took / 20, 0, took / 10, took / 2, took / 5, took - took/20 - took/10 - took/2 - took/5},
	}
}

// sample is a project at work.
func sample() pane.Snapshot {
	form := answered(4, "POST", "/story?draft=1&tag=caf%C3%A9", 302, 8*time.Millisecond, 0)
	form.Head = "POST /story?draft=1 HTTP/1.1\r\nHost: 127.0.0.1:8888\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	form.Body, form.BodyLen = []byte("title=Hello+world&password=hunter2&body=One%0ATwo"), 49
	form.Answer = nil
	json := answered(5, "GET", "/api/stories.json", 200, 640*time.Microsecond, 41)
	json.AnswerHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	json.Answer = []byte(`{"stories":[{"id":1,"title":"Once"}],"n":1}`)
	json.Source = inspector.FromReplay
	upload := answered(6, "PUT", "/files/holiday-photographs/2026/a-very-long-name-of-a-file-that-cannot-fit.jpg", 413, 2*time.Second, 3250585)
	upload.Body, upload.BodyLen = make([]byte, 64<<10), 3250585
	failed := answered(7, "GET", "/story/17", 500, 31*time.Millisecond, 2048)
	cut := answered(8, "GET", "/events", 200, 45*time.Second, 9100)
	cut.Err = "write tcp 127.0.0.1:8888->127.0.0.1:51324: broken pipe"
	flying := &inspector.Request{
		ID: 9, Build: 12, Connection: 5, Started: now.Add(-2300 * time.Millisecond), Method: "GET", URI: "/report?year=2025", Version: "HTTP/1.1",
		RemoteIP: "127.0.0.1", Head: "GET /report?year=2025 HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n",
		Handler: "blog.ReportHandler.Get", Pattern: "/report", Phase: trace.PhaseHandler,
		Spent: [trace.NumPhases]time.Duration{time.Millisecond, 0, 2 * time.Millisecond},
	}
	excerpt := func(first int, lines ...string) []inspector.SourceLine {
		var out []inspector.SourceLine
		for i, l := range lines {
			out = append(out, inspector.SourceLine{Number: first + i, Text: l})
		}
		return out
	}
	return pane.Snapshot{
		Requests: requestRows(
			answered(1, "GET", "/", 200, 1240*time.Microsecond, 5321),
			answered(2, "GET", "/static/site.css?v=8f3a", 304, 310*time.Microsecond, 0),
			answered(3, "GET", "/story/16", 404, 3*time.Millisecond, 812),
			form, json, upload, failed, cut, flying,
		),
		Connections: connectionRows(
			&inspector.Connection{ID: 1, Build: 11, Opened: now.Add(-3 * time.Minute), Closed: now.Add(-time.Minute), RemoteAddr: "127.0.0.1:51320", LocalAddr: "127.0.0.1:8888", State: inspector.ConnectionClosed, Requests: 14, BytesIn: 5210, BytesOut: 90112},
			&inspector.Connection{ID: 3, Build: 12, Opened: now.Add(-65 * time.Second), RemoteAddr: "127.0.0.1:51324", LocalAddr: "127.0.0.1:8888", Adopted: true, State: inspector.ConnectionIdle, Requests: 1204, BytesIn: 410000, BytesOut: 7340032},
			&inspector.Connection{ID: 4, Build: 12, Opened: now.Add(-50 * time.Second), Closed: now.Add(-5 * time.Second), RemoteAddr: "[::1]:50500", LocalAddr: "[::1]:8888", State: inspector.ConnectionClosed, Requests: 1, BytesIn: 210, BytesOut: 9100, Err: "broken pipe"},
			&inspector.Connection{ID: 5, Build: 12, Opened: now.Add(-3 * time.Second), RemoteAddr: "127.0.0.1:51388", LocalAddr: "127.0.0.1:8888", Loop: 1, State: inspector.ConnectionActive, Requests: 2, BytesIn: 812, BytesOut: 2048, Pending: 65536, Handler: "blog.ReportHandler.Get"},
		),
		Errors: errorRows(
			&inspector.Error{ID: 1, Build: 10, Time: now.Add(-4 * time.Minute), Kind: "build", Message: "undefined: stroy", File: "/home/ann/blog/story.go", Line: 21, Column: 9, Gone: true},
			&inspector.Error{ID: 2, Build: 12, Time: now.Add(-90 * time.Second), Kind: "template", Message: "entry has no field or method titel", File: "/home/ann/blog/templates/entry.html", Line: 3, Column: 10,
				Templates: []inspector.Frame{
					{File: "/home/ann/blog/templates/entry.html", Line: 3, Column: 10, Own: true, Excerpt: excerpt(1, "<article>", "  {% if entry %}", "  <h2>{{ entry.titel }}</h2>", "  {% end %}", "</article>")},
					{Relation: "included by", File: "/home/ann/blog/templates/index.html", Line: 8, Own: true, Excerpt: excerpt(7, "{% for entry in entries %}", `  {% include "entry.html" %}`, "{% end %}")},
					{Relation: "extended by", File: "/home/ann/blog/templates/base.html", Line: 12, Own: true},
				}},
			&inspector.Error{ID: 3, Build: 12, Time: now.Add(-53 * time.Second), Kind: "panic", Request: 7, Message: "runtime error: index out of range [7] with length 3", File: "/home/ann/blog/story.go", Line: 44,
				Stack: []inspector.Frame{
					{Function: "runtime.goPanicIndex", File: "/usr/local/go/src/runtime/panic.go", Line: 115},
					{Function: "example.com/blog.(*StoryHandler).row", File: "/home/ann/blog/story.go", Line: 44, Own: true, Excerpt: excerpt(42, "func (h *StoryHandler) row(i int) string {", "\trows := h.rows()", "\treturn rows[i].Label", "}")},
					{Function: "example.com/blog.(*StoryHandler).Get", File: "/home/ann/blog/story.go", Line: 31, Own: true, Excerpt: excerpt(30, "\tfor i := range n {", "\t\th.Write(h.row(i))", "\t}")},
					{Function: "github.com/tornado-dev/tornado/core/web.(*application).call", File: "/home/ann/go/pkg/mod/github.com/tornado-dev/tornado@v0.1.0/core/web/call.go", Line: 88},
				}},
			&inspector.Error{ID: 4, Build: 12, Time: now.Add(-20 * time.Second), Kind: "blocked", Message: "loop 1 was kept for 340ms", File: "/home/ann/blog/report.go", Line: 9,
				Stack: []inspector.Frame{
					{Function: "time.Sleep", File: "/usr/local/go/src/runtime/time.go", Line: 363},
					{Function: "example.com/blog.slow", File: "/home/ann/blog/report.go", Line: 9, Own: true, Excerpt: excerpt(8, "func slow() {", "\ttime.Sleep(340 * time.Millisecond)", "}")},
				}},
		),
		Logs: logRows(
			&inspector.Log{ID: 1, Build: 12, Time: now.Add(-70 * time.Second), Level: "info", Logger: "tornado.general", Message: "listening on 127.0.0.1:8888"},
			&inspector.Log{ID: 2, Build: 12, Time: now.Add(-66 * time.Second), Level: "debug", Logger: "blog.cache", Message: "cold"},
			&inspector.Log{ID: 3, Build: 12, Time: now.Add(-57 * time.Second), Level: "warning", Logger: "tornado.access", Message: "404 GET /story/16 (127.0.0.1) 3.00ms", Request: 3},
			&inspector.Log{ID: 4, Build: 12, Time: now.Add(-53 * time.Second), Level: "error", Logger: "tornado.application", Message: "Uncaught exception GET /story/17 (127.0.0.1)\nruntime error: index out of range [7] with length 3", Request: 7},
			&inspector.Log{ID: 5, Build: 12, Time: now.Add(-2 * time.Second), Logger: "stdout", Message: "counting rows of 2025", Request: 9},
		),
		Routes: []inspector.Route{
			{Route: trace.Route{Pattern: "/", Handler: "blog.MainHandler", Methods: []string{"GET"}, File: "/home/ann/blog/main.go", Line: 12}, Hits: 1204, LastStatus: 200, Mean: 1300 * time.Microsecond},
			{Route: trace.Route{Pattern: "/story/([0-9]+)", Name: "story", Handler: "blog.StoryHandler", Methods: []string{"GET", "POST"}, File: "/home/ann/blog/story.go", Line: 28}, Hits: 311, Errors: 2, LastStatus: 500, Mean: 4200 * time.Microsecond},
			{Route: trace.Route{Pattern: "/report", Handler: "blog.ReportHandler", Methods: []string{"GET"}}},
			{Route: trace.Route{Pattern: "/static/(.*)", Handler: "web.StaticFileHandler", Methods: []string{"GET", "HEAD"}}, Hits: 15210, LastStatus: 304, Mean: 210 * time.Microsecond},
		},
		Loops: []inspector.Loop{
			{LoopStats: trace.LoopStats{Loop: 0, Iterations: 90211, Callbacks: 1204311, Handlers: 12, Timeouts: 31, Lag: 2 * time.Millisecond, Busy: 120 * time.Millisecond, Interval: time.Second}, Build: 12, Connections: 1, Lags: lags(60, 3)},
			{LoopStats: trace.LoopStats{Loop: 1, Iterations: 70011, Callbacks: 804312, Handlers: 9, Timeouts: 12, Lag: 340 * time.Millisecond, Busy: 950 * time.Millisecond, Interval: time.Second}, Build: 12, Connections: 1, Lags: append(lags(50, 5), 340*time.Millisecond, 90*time.Millisecond, 20*time.Millisecond)},
		},
		Counters: inspector.Counters{Requests: 8, PerSecond: 1240, InFlight: 1, OpenConnections: 2, OpenErrors: 3},
	}
}

func lags(n, step int) []time.Duration {
	var out []time.Duration
	for i := range n {
		out = append(out, time.Duration(i*step%23)*time.Millisecond)
	}
	return out
}

// liveState is a project that runs.
func liveState() devserver.State {
	return devserver.State{
		Phase: devserver.Live, Since: now.Add(-time.Minute), Project: "/home/ann/blog", Package: ".", Address: "127.0.0.1:8888",
		Build: 12, PID: 4711, Trigger: "story.go", BuildTime: 1240 * time.Millisecond, StartTime: 11 * time.Millisecond,
	}
}

// fakeProject is a Project that says what it is told.
type fakeProject struct {
	state   devserver.State
	rebuilt int
	changed chan struct{}
}

func (p *fakeProject) Snapshot() devserver.State { return p.state }
func (p *fakeProject) Changed() <-chan struct{}  { return p.changed }
func (p *fakeProject) Rebuild()                  { p.rebuilt++ }

// fakeRecords stands where a store would be asked to forget.
type fakeRecords struct{ cleared int }

func (r *fakeRecords) Snapshot() inspector.Snapshot         { return inspector.Snapshot{} }
func (r *fakeRecords) Subscribe() (<-chan struct{}, func()) { return nil, func() {} }
func (r *fakeRecords) Clear()                               { r.cleared++ }

// A driver presses keys and looks at the screen.
type driver struct {
	*model
	t        testing.TB
	snapshot pane.Snapshot
	project  *fakeProject
	records  *fakeRecords
	output   *strings.Builder
	environ  map[string]string
}

// newDriver returns a screen of a size, colours off, that shows sample.
func newDriver(t testing.TB, width, height int) *driver {
	d := &driver{
		t: t, snapshot: sample(), project: &fakeProject{state: liveState()}, records: &fakeRecords{},
		output: &strings.Builder{}, environ: map[string]string{"LANG": "C.UTF-8"},
	}
	d.model = newModel(t.Context(), Options{
		Records: d.records, Project: d.project, Output: d.output, Input: strings.NewReader(""), Errors: io.Discard,
		Clock:  func() time.Time { return now },
		Getenv: func(name string) string { return d.environ[name] },
	}, theme.Theme{}, newTerminal(d.output))
	d.model.take = func() pane.Snapshot { return d.snapshot }
	d.env.SourceLines = nil
	d.send(tea.WindowSizeMsg{Width: width, Height: height})
	d.refresh()
	return d
}

// send gives the screen a message; the command it answers with is returned.
func (d *driver) send(msg tea.Msg) tea.Cmd {
	_, cmd := d.model.Update(msg)
	return cmd
}

var keyTypes = map[string]tea.KeyMsg{
	"enter": {Type: tea.KeyEnter}, "esc": {Type: tea.KeyEsc}, "tab": {Type: tea.KeyTab}, "shift+tab": {Type: tea.KeyShiftTab},
	"up": {Type: tea.KeyUp}, "down": {Type: tea.KeyDown}, "left": {Type: tea.KeyLeft}, "right": {Type: tea.KeyRight},
	"space": {Type: tea.KeySpace, Runes: []rune{' '}}, "backspace": {Type: tea.KeyBackspace},
	"ctrl+p": {Type: tea.KeyCtrlP}, "ctrl+c": {Type: tea.KeyCtrlC}, "ctrl+d": {Type: tea.KeyCtrlD}, "ctrl+u": {Type: tea.KeyCtrlU}, "ctrl+z": {Type: tea.KeyCtrlZ},
	"pgdown": {Type: tea.KeyPgDown}, "pgup": {Type: tea.KeyPgUp}, "home": {Type: tea.KeyHome}, "end": {Type: tea.KeyEnd},
}

// press presses keys, by name or, if there is none of that name, by letter. The
// command of the last is returned.
func (d *driver) press(keys ...string) (cmd tea.Cmd) {
	d.t.Helper()
	for _, k := range keys {
		key, ok := keyTypes[k]
		if !ok {
			key = tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)}
		}
		cmd = d.send(key)
	}
	return cmd
}

// types types text, a key for each letter.
func (d *driver) types(text string) {
	for _, r := range text {
		if r == ' ' {
			d.press("space")
		} else {
			d.press(string(r))
		}
	}
}

func (d *driver) shows(text string) {
	d.t.Helper()
	if screen := d.View(); !strings.Contains(screen, text) {
		d.t.Errorf("the screen does not show %q:\n%s", text, screen)
	}
}

func (d *driver) hides(text string) {
	d.t.Helper()
	if screen := d.View(); strings.Contains(screen, text) {
		d.t.Errorf("the screen shows %q:\n%s", text, screen)
	}
}

// selected is the row under the cursor, without the mark.
func (d *driver) selected() string {
	for line := range strings.SplitSeq(d.View(), "\n") {
		if rest, ok := strings.CutPrefix(line, "▸ "); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}
