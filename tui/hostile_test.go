package tui

import (
	"regexp"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/pane"
)

// hostile is what nobody should send and somebody will: sequences that steer
// the terminal, wide, combining and joined characters, marks that turn the
// direction of writing, and bytes that are no text.
const hostile = "a\x1b[31mb\x1b]0;owned\x07c\x9b2Jd\u202ee\u0301\u0301\u0301f 日本語の長い名前 👩‍👩‍👧‍👦 \u200b\r\n\tg\x00\x7f\xff\xfe end of a text that is far longer than any column of any list could ever be"

// hostileSample is sample with hostile text in every field that has text.
func hostileSample() pane.Snapshot {
	s := sample()
	var requests []*inspector.Request
	for i := range s.Requests.Len() {
		r := *s.Requests.At(i)
		r.Method, r.URI, r.Version, r.RemoteIP, r.Handler, r.Pattern = hostile, "/"+hostile+"?a="+hostile+"&b=%1b%5b31m%00", hostile, hostile, hostile, hostile
		r.Head = "GET / HTTP/1.1\r\nX-" + hostile + ": " + hostile + "\r\nContent-Encoding: " + hostile + "\r\n"
		r.AnswerHead = "HTTP/1.1 200 " + hostile + "\r\nContent-Type: " + hostile + "\r\n" + hostile
		r.Body, r.BodyLen = []byte(hostile), 1<<40
		r.Answer, r.AnswerLen = []byte(hostile), 1<<40
		if r.Err != "" {
			r.Err = hostile
		}
		requests = append(requests, &r)
	}
	s.Requests = requestRows(requests...)
	var connections []*inspector.Connection
	for i := range s.Connections.Len() {
		c := *s.Connections.At(i)
		c.RemoteAddr, c.LocalAddr, c.Handler, c.Err = hostile, hostile, hostile, hostile
		c.BytesIn, c.Pending, c.Requests = 1<<60, 1<<60, 1<<60
		connections = append(connections, &c)
	}
	s.Connections = connectionRows(connections...)
	var errors []*inspector.Error
	for i := range s.Errors.Len() {
		e := *s.Errors.At(i)
		e.Message, e.Detail, e.File, e.Column = hostile, hostile, "/home/ann/blog/"+hostile, 300
		e.Stack, e.Templates = hostileFrames(e.Stack), hostileFrames(e.Templates)
		errors = append(errors, &e)
	}
	s.Errors = errorRows(errors...)
	var logs []*inspector.Log
	for i := range s.Logs.Len() {
		l := *s.Logs.At(i)
		l.Logger, l.Message = hostile, hostile
		if l.Level == "error" {
			l.Level = hostile
		}
		logs = append(logs, &l)
	}
	s.Logs = logRows(logs...)
	for i := range s.Routes {
		r := &s.Routes[i]
		r.Pattern, r.Name, r.Handler, r.Methods = hostile, hostile, hostile, []string{hostile, hostile}
		r.Hits, r.Errors = 1<<60, 1<<60
	}
	for i := range s.Loops {
		s.Loops[i].Callbacks, s.Loops[i].Connections = 1<<60, 1<<60
	}
	return s
}

func hostileFrames(frames []inspector.Frame) []inspector.Frame {
	var out []inspector.Frame
	for _, f := range frames {
		f.Function, f.Relation, f.File, f.Column = hostile, hostile, hostile, 60
		lines := []inspector.SourceLine{{Number: f.Line, Text: "\t" + hostile + hostile}}
		f.Excerpt = append(lines, f.Excerpt...)
		out = append(out, f)
	}
	return out
}

// steering is all that a terminal acts upon but line feeds; with colours off the
// screen has no use for any of it.
var steering = regexp.MustCompile("[\x00-\x09\x0b-\x1f\x7f-\u009f\u202a-\u202e\u2066-\u2069]")

func TestHostileTextIsShownNotObeyed(t *testing.T) {
	d := newDriver(t, 120, 40)
	d.snapshot = hostileSample()
	d.project.state.Message, d.project.state.Trigger, d.project.state.Address = hostile, hostile, hostile
	d.refresh()
	for _, step := range [][]string{
		{"1"}, {"enter"}, {"u"}, {"]"}, {"x"}, {"x"}, {"]"}, {"]"}, {"]"}, {"esc", "2"}, {"]"}, {"3"}, {"f"}, {"g", "j"},
		{"4"}, {"5"}, {"6"}, {"]"}, {"?"}, {"esc", "1", "Y"}, {"esc", "r"}, {"esc"},
	} {
		d.press(step...)
		for _, width := range []int{60, 80, 120} {
			d.send(tea.WindowSizeMsg{Width: width, Height: 40})
			screen := d.View()
			if at := steering.FindStringIndex(screen); at != nil {
				t.Fatalf("after %q at width %d the screen has %q:\n%s", step, width, screen[at[0]:at[1]], strings.ToValidUTF8(screen, "?"))
			}
			if !strings.Contains(screen, "\n") || strings.Contains(screen, "\xff") {
				t.Fatalf("after %q at width %d bytes that are no text reach the screen", step, width)
			}
			fits(t, d)
		}
	}
}
