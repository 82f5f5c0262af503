package web

import (
	"regexp"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/trace"
)

func TestAccessLog(t *testing.T) {
	for _, tt := range []struct {
		name  string
		run   script
		level log.Level
		line  string
	}{
		{"fine", func(h *RequestHandler) error { return nil }, log.LevelInfo, `^200 GET /x\?y=1 \(127\.0\.0\.1\) \d+\.\d\dms$`},
		{"their fault", func(h *RequestHandler) error { return HTTPError{StatusCode: 404} }, log.LevelWarning, `^404 GET /x\?y=1 \(127\.0\.0\.1\) \d+\.\d\dms$`},
		{"our fault", func(h *RequestHandler) error { return HTTPError{StatusCode: 502} }, log.LevelError, `^502 GET /x\?y=1 `},
		{"broken off", func(h *RequestHandler) error { h.Flush(); panic("odd") }, log.LevelError, `^500 GET /x\?y=1 \(127\.0\.0\.1\) \d+\.\d\dms$`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			captureLog(t)
			var records []log.Record
			defer log.Observe(func(r log.Record) {
				if r.Logger == "tornado.access" {
					records = append(records, r)
				}
			})()
			for _, kind := range kinds {
				records = nil
				c := newFakeConnection()
				h := c.begin(t, NewApplication(Settings{}, kind.route(`/x`, tt.run)), get("/x?y=1"), &trace.Request{ID: 3}).handler
				c.runUntil(t, func() bool { return ended(h) })
				if len(records) != 1 || records[0].Level != tt.level || records[0].Request != 3 || !regexp.MustCompile(tt.line).MatchString(records[0].Message) {
					t.Errorf("%s: got %+v; want one record of level %v like %s", kind.name, records, tt.level, tt.line)
				}
			}
		})
	}
}

func TestLogFunctionReplacesTheAccessLog(t *testing.T) {
	logged := captureLog(t)
	var seen []string
	app := NewApplication(Settings{LogFunction: func(h *RequestHandler) {
		seen = append(seen, h.Request.Path+" "+itoa(h.GetStatus()))
		if h.Request.Took == 0 {
			t.Error("the handler does not know how long it took")
		}
	}}, URL[helloHandler](`/`))
	exchangeWithFake(t, app, get("/"))
	exchangeWithFake(t, app, get("/none"))
	if got := strings.Join(seen, ", "); got != "/ 200, /none 404" {
		t.Errorf("got %q", got)
	}
	logged.expect(t)
}

func TestErrorsAreLogged(t *testing.T) {
	for _, tt := range []struct {
		name string
		run  script
		want []string // in the log
		not  string
	}{
		{"HTTPError with a message", func(h *RequestHandler) error { return HTTPError{StatusCode: 403, LogMessage: "no key"} },
			[]string{"403 GET /?token=x (127.0.0.1): no key"}, "Uncaught"},
		{"HTTPError without", func(h *RequestHandler) error { return HTTPError{StatusCode: 403} }, []string{"403 GET"}, ": "},
		{"missing argument", func(h *RequestHandler) error { h.GetArgument("q"); return nil }, []string{"400 GET /?token=x (127.0.0.1): missing argument q"}, "Uncaught"},
		{"error", func(h *RequestHandler) error { panic("odd") }, []string{"Uncaught exception GET /?token=x (127.0.0.1)", "odd", "accesslog_test.go:"}, "callVerb"},
		{"Finish", func(h *RequestHandler) error { return Finish }, nil, "Uncaught"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			logged := captureLog(t)
			exchangeWithFake(t, NewApplication(Settings{}, kinds[0].route(`/`, tt.run)), get("/?token=x"))
			for _, text := range tt.want {
				if !strings.Contains(logged.String(), text) {
					t.Errorf("logged %q; want %q in it", logged, text)
				}
			}
			if strings.Contains(logged.String(), tt.not) {
				t.Errorf("logged %q; want no %q in it", logged, tt.not)
			}
		})
	}
}
