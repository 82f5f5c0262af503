package lines

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/devserver"
	"github.com/tornado-dev/tornado/inspector"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)

// The records that the tests print.
func samples() (states []devserver.State, records []inspector.Record) {
	states = []devserver.State{
		{Phase: devserver.Building, Since: noon, Package: "./cmd/blog"},
		{Phase: devserver.Live, Since: noon, Address: "127.0.0.1:8888", Build: 3, PID: 42, Trigger: "main.go",
			BuildTime: 512345 * time.Microsecond, StartTime: 8 * time.Millisecond},
		{Phase: devserver.Building, Since: noon, Address: "127.0.0.1:8888", Build: 3, Trigger: "a\x1b[2J.go"},
		{Phase: devserver.Failed, Since: noon, Address: "127.0.0.1:8888", Build: 3, Serving: true, Message: "main.go:7: undefined: x"},
	}
	request := &inspector.Request{ID: 9, Build: 3, Connection: 4, Started: noon, Method: "GET", URI: "/a\x1b]0;x\x07?q=<b>", RemoteIP: "127.0.0.1",
		Handler: "blog.StoryHandler.Get", Done: true, Duration: 1500 * time.Microsecond, Status: 200, AnswerLen: 12}
	request.Spent[trace.PhaseHandler] = 1250 * time.Microsecond
	records = []inspector.Record{
		{Kind: inspector.RecordRequest, Request: request},
		{Kind: inspector.RecordOpened, Connection: &inspector.Connection{ID: 4, Opened: noon, RemoteAddr: "127.0.0.1:5000", Adopted: true}},
		{Kind: inspector.RecordClosed, Connection: &inspector.Connection{ID: 4, Opened: noon, Closed: noon.Add(time.Second), RemoteAddr: "127.0.0.1:5000", Requests: 2, BytesIn: 100, BytesOut: 200}},
		{Kind: inspector.RecordError, Error: &inspector.Error{ID: 1, Build: 3, Time: noon, Kind: "template", Message: "no \x9b end", File: "/p/a.html", Line: 3, Column: 5, Request: 9,
			Templates: []inspector.Frame{{File: "/p/a.html", Line: 3, Own: true, Excerpt: []inspector.SourceLine{{Number: 3, Text: "\t{% if x"}}}, {Relation: "included by", File: "/p/b.html", Line: 1}}}},
		{Kind: inspector.RecordLog, Log: &inspector.Log{ID: 1, Build: 3, Time: noon, Level: "warning", Logger: "tornado.access", Message: "404 GET /\x1b[31m"}},
		{Kind: inspector.RecordLog, Log: &inspector.Log{ID: 2, Build: 3, Time: noon, Logger: "stdout", Message: "plain\n\tmore \u009b\u202e"}},
	}
	return states, records
}

func printed(o Options) string {
	var out bytes.Buffer
	p := New(&out, o)
	states, records := samples()
	for _, s := range states {
		p.State(s)
	}
	for _, r := range records {
		p.Record(r)
	}
	return out.String()
}

func TestJSON(t *testing.T) {
	want := []map[string]any{
		{"type": "state", "state": "building", "address": ""},
		{"type": "state", "state": "live", "address": "127.0.0.1:8888", "build": 3.0, "build_ms": 512.345, "start_ms": 8.0, "pid": 42.0, "trigger": "main.go", "url": "http://127.0.0.1:8888/", "serving": true},
		{"type": "state", "state": "building", "trigger": "a\x1b[2J.go"},
		{"type": "state", "state": "failed", "message": "main.go:7: undefined: x", "serving": true},
		{"type": "request", "id": 9.0, "method": "GET", "uri": "/a\x1b]0;x\x07?q=<b>", "status": 200.0, "duration_ms": 1.5, "handler": "blog.StoryHandler.Get",
			"bytes": 12.0, "remote_ip": "127.0.0.1", "build": 3.0, "connection": 4.0, "source": "client"},
		{"type": "connection", "id": 4.0, "state": "open", "remote": "127.0.0.1:5000", "adopted": true},
		{"type": "connection", "id": 4.0, "state": "closed", "requests": 2.0, "bytes_in": 100.0, "bytes_out": 200.0, "time": "2026-03-01T12:00:01.123456789Z"},
		{"type": "error", "kind": "template", "file": "/p/a.html", "line": 3.0, "column": 5.0, "request": 9.0},
		{"type": "log", "level": "warning", "logger": "tornado.access", "message": "404 GET /\x1b[31m"},
		{"type": "log", "level": "", "logger": "stdout", "message": "plain\n\tmore \u009b\u202e"},
	}
	text := printed(Options{JSON: true})
	got := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(got) != len(want) {
		t.Fatalf("got %d lines; want %d:\n%s", len(got), len(want), text)
	}
	for i, line := range got {
		if strings.ContainsAny(line, "\x1b\x07\u009b\u202e") {
			t.Errorf("line %d is not escaped: %q", i, line)
		}
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatalf("line %d: %v: %s", i, err, line)
		}
		if object["time"] == nil {
			t.Errorf("line %d has no time", i)
		}
		for key, value := range want[i] {
			if object[key] != value {
				t.Errorf("line %d: %s is %v; want %v", i, key, object[key], value)
			}
		}
		if object["type"] == "request" {
			if phases := object["phases"].(map[string]any); len(phases) != 1 || phases["handler"] != 1.25 {
				t.Errorf("phases %v; want 1.25 ms in the handler", phases)
			}
		}
		if object["type"] == "error" {
			templates := object["templates"].([]any)
			if len(templates) != 2 || templates[1].(map[string]any)["relation"] != "included by" {
				t.Errorf("templates %v; want two, the second with its relation", templates)
			}
		}
	}
}

func TestPlainMasksSecrets(t *testing.T) {
	var out strings.Builder
	New(&out, Options{}).Record(inspector.Record{Kind: inspector.RecordRequest, Request: &inspector.Request{
		Method: "GET", URI: "/login?name=ann&password=verysecret", Started: noon, Done: true, Status: 200,
	}})
	if got := out.String(); strings.Contains(got, "verysecret") || !strings.Contains(got, "/login?name=ann&password=") {
		t.Errorf("got %q; want the password masked", got)
	}
}

// What is wrong stands there once: an error, and then a state that is its result.
func TestFailureIsToldOnce(t *testing.T) {
	const message = "listen tcp :80: bind: permission denied; choose another port"
	var out bytes.Buffer
	p := New(&out, Options{})
	p.Record(inspector.Record{Kind: inspector.RecordError, Error: &inspector.Error{Time: noon, Kind: "start", Message: message}})
	p.State(devserver.State{Phase: devserver.Failed, Since: noon, Message: message, Build: 3})
	p.State(devserver.State{Phase: devserver.Failed, Since: noon, Message: "another"})
	got := out.String()
	if strings.Count(got, message) != 1 || !strings.Contains(got, "failed   for the reason above (build 3 serves on)\n") || !strings.Contains(got, "failed   another\n") {
		t.Errorf("got\n%s\nwant the message once", got)
	}
}

func TestPlain(t *testing.T) {
	text := printed(Options{})
	for i, line := range strings.Split(text, "\n") {
		for _, r := range line {
			if r < ' ' || r >= 0x7f && r < 0xa0 {
				t.Errorf("line %d holds the control character %U: %q", i, r, line)
			}
		}
	}
	for _, part := range []string{
		"building ./cmd/blog\n",
		"live     http://127.0.0.1:8888/  build 3  built in 512ms, started in 8ms\n",
		"failed   main.go:7: undefined: x (build 3 serves on)\n",
		"request  200 GET     /a",
		"1.5ms  12 B  blog.StoryHandler.Get\n",
		"connection 4 from 127.0.0.1:5000, handed over\n",
		"after 2 requests, 100 B in, 200 B out\n",
		"error    template: /p/a.html:3:5: no ",
		">     3      {% if x\n",
		"/p/b.html:1  included by\n",
		"warning tornado.access: 404 GET /",
		"log      stdout: plain\n        more ",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
	if colored := printed(Options{Color: true}); !strings.Contains(colored, "\x1b[32mlive    \x1b[0m") {
		t.Errorf("no colour in\n%s", colored)
	}
}

// project is a Project whose states are all there.
type project struct {
	states  []devserver.State
	changed chan struct{}
}

func (p *project) Subscribe() (<-chan struct{}, func()) { return p.changed, func() {} }
func (p *project) StatesSince(n int) ([]devserver.State, int) {
	return p.states[n:], len(p.states)
}

// writes passes on what is written.
type writes chan string

func (w writes) Write(p []byte) (int, error) { w <- string(p); return len(p), nil }

func TestRunPrintsWhatComes(t *testing.T) {
	store := inspector.NewStore(inspector.Options{})
	states, _ := samples()
	source := &project{states: states[:1], changed: make(chan struct{}, 1)}
	out := make(writes, 8) // more than is written
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- New(out, Options{}).Run(ctx, source, store) }() // ends with ctx, which is waited for
	source.changed <- struct{}{}
	if got := <-out; !strings.Contains(got, "building") {
		t.Errorf("printed %q; want the state", got)
	}
	store.AddLog(inspector.Log{Time: noon, Logger: "stdout", Message: "first"})
	if got := <-out; !strings.Contains(got, "first") {
		t.Errorf("printed %q; want the log", got)
	}
	store.AddLog(inspector.Log{Time: noon, Logger: "stdout", Message: "last"})
	cancel()
	if got := <-out; !strings.Contains(got, "last") {
		t.Errorf("printed %q; want what came before the end", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

type broken struct{}

var errBroken = errors.New("broken pipe")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestRunEndsWhenNobodyReads(t *testing.T) {
	states, _ := samples()
	source := &project{states: states, changed: make(chan struct{}, 1)}
	source.changed <- struct{}{}
	err := New(broken{}, Options{}).Run(context.Background(), source, inspector.NewStore(inspector.Options{}))
	if !errors.Is(err, errBroken) {
		t.Errorf("got %v; want the error of writing", err)
	}
}
