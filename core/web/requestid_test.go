package web

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

func TestRequestID(t *testing.T) {
	for _, tt := range []struct {
		name, header string
		trust        bool
		sent, want   string // a regular expression; empty for none
	}{
		{"none", "", false, "proxy-1", ""},
		{"made up", "X-Request-Id", false, "", `^[A-Z2-7]{26}$`},
		{"not believed", "X-Request-Id", false, "proxy-1", `^[A-Z2-7]{26}$`},
		{"believed", "X-Request-Id", true, "proxy-1", `^proxy-1$`},
		{"of another name", "Traceparent", true, "proxy-1", `^[A-Z2-7]{26}$`},
		{"a strange one", "X-Request-Id", true, `a"b`, `^[A-Z2-7]{26}$`},
		{"a space", "X-Request-Id", true, `a b`, `^[A-Z2-7]{26}$`},
		{"a long one", "X-Request-Id", true, strings.Repeat("x", maxRequestID+1), `^[A-Z2-7]{26}$`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, kind := range kinds {
				logged := captureLog(t)
				app := NewApplication(Settings{RequestIDHeader: tt.header, TrustRequestID: tt.trust}, kind.route(`/`, func(h *RequestHandler) error {
					h.Log().Error("of the handler")
					if first, again := h.RequestID(), h.RequestID(); first != again {
						t.Errorf("got %q, then %q; want one id for one request", first, again)
					}
					return errors.New("the failure")
				}))
				got := exchangeWithFake(t, app, get("/", "X-Request-Id: "+tt.sent))
				id := got.header.Get("X-Request-Id")
				if tt.header != "" {
					id = got.header.Get(tt.header)
				}
				if matched := regexp.MustCompile(tt.want).MatchString(id); tt.want == "" && id != "" || !matched {
					t.Errorf("%s: got the id %q; want %s, on the error page too", kind.name, id, tt.want)
				}
				if count := strings.Count(logged.String(), " request_id="+id); tt.want != "" && count != 3 {
					t.Errorf("%s: the id stands in %d lines of the log; want the handler's, the error's and the access log's\n%s", kind.name, count, logged)
				} else if tt.want == "" && strings.Contains(logged.String(), "request_id") {
					t.Errorf("%s: got %s; want no ids", kind.name, logged)
				}
			}
		})
	}
}

func TestMistakesInRequestIDSettings(t *testing.T) {
	for want, settings := range map[string]Settings{
		"could not be the name of a header":         {RequestIDHeader: "X Request"},
		"TrustRequestID needs the setting":          {TrustRequestID: true},
		"RequestIDHeader \"a:b\" could not be the ": {RequestIDHeader: "a:b"},
	} {
		if _, err := BuildApplication(settings, URL[helloHandler](`/`)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want %q in it", err, want)
		}
	}
}
