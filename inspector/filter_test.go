package inspector

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tornado-dev/tornado/core/trace"
)

func sampleRequest() *Request {
	r := &Request{
		ID: 17, Build: 4, Started: began, Method: "POST", URI: "/story/5?page=Two", RemoteIP: "10.1.2.3",
		Head: "POST /story/5 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n", Body: []byte(`{"Name": "x"}`),
		Handler: "blog.StoryHandler.Post", Pattern: "/story/([0-9]+)", Done: true, Duration: 150 * time.Millisecond,
		Status: 503, AnswerHead: "HTTP/1.1 503 Service Unavailable\r\nX-Odd:  Value \r\n", Answer: []byte("Später"), AnswerLen: 20 << 10,
		Source: FromReplay,
	}
	r.Spent[trace.PhaseQueue] = 20 * time.Millisecond
	return r
}

func TestFilterOnRequest(t *testing.T) {
	done := sampleRequest()
	inFlight := &Request{ID: 18, Method: "GET", URI: "/", Started: time.Now().Add(-time.Hour)}
	for _, tt := range []struct {
		filter      string
		want, want2 bool // for done, for inFlight
	}{
		{"", true, true},
		{"  ", true, true},
		{"story", true, false},
		{"STORYHANDLER", true, false},
		{"post two", true, false},
		{"post three", false, false},
		{"503", true, false},
		{"50", true, false},
		{"7", false, false},
		{`"/story/5?page=two"`, true, false},
		{`"page two"`, false, false},
		{"-story", false, true},
		{"!story", false, true},
		{"--story", true, false},
		{"story or GET", true, true},
		{"(story or get) -is:inflight", true, false},
		{"story and 503", true, false},
		{"story OR(nothing)", true, false},
		{"ordinary or story", true, false},
		{`"or"`, true, false}, // in "story"
		{"method:post", true, false},
		{"method:get,POST", true, true},
		{"-method:get", true, false},
		{"status:503", true, false},
		{"status:5xx", true, false},
		{"status:5XX", true, false},
		{"status:4xx", false, false},
		{"status:4xx,503", true, false},
		{"status>=500", true, false},
		{"Status<500", false, false},
		{"-status>=500", false, true},
		{"nothing>500", false, false}, // a word
		{"status:>=400", true, false},
		{"status:<400", false, false},
		{"status:500-503", true, false},
		{"-status:2xx", true, true},
		{"path:/story*", true, false},
		{"path:/story", false, false},
		{"path:/story/5", true, false},
		{"path:*ory*5", true, false},
		{"path:/", false, true},
		{"handler:story", true, false},
		{"handler:blog.*.Post", true, false},
		{"handler:blog.*.Get", false, false},
		{"time:>100ms", true, true},
		{"time:100ms", true, true},
		{"time:<100ms", false, false},
		{"time:>0.2s", false, true},
		{"time:>100", true, true}, // milliseconds
		{"time:=150ms", true, false},
		{"size:>10k", true, false},
		{"size:20k", true, false},
		{"size:>20kb", false, false},
		{"size:<1M", true, true},
		{"ip:10.1.2.3", true, false},
		{"ip:10.0.0.0/8", true, false},
		{"ip:10.*", true, false},
		{"ip:127.0.0.1", false, false},
		{"ip:::ffff:10.1.2.3", true, false},
		{"header:content-type", true, false},
		{"header:Content-Type=JSON", true, false},
		{"header:content-type=xml", false, false},
		{"header:x-odd=value", true, false},
		{"header:post", false, false},
		{`body:"name"`, true, false},
		{`body:"\"name\": "`, true, false},
		{"body:SPÄTER", true, false},
		{"body:früher", false, false},
		{"is:error", true, false},
		{"is:slow", true, true},
		{"is:inflight", false, true},
		{"is:inflight,error", true, true},
		{"is:replay", true, false},
		{"is:held", true, false},
		{"level:error", false, false},
		{"request:17", true, false},
		{"request:>17", false, true},
		{"build:4", true, false},
		{"http://nowhere", false, false},
		{"story)", false, false}, // no group is open: a word like any other
		{"(story)", true, false},
		{"(path:/story/5)", true, false},
		{"5?page=two", true, false},
	} {
		t.Run(tt.filter, func(t *testing.T) {
			f, err := ParseFilter(tt.filter)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Match(done); got != tt.want {
				t.Errorf("finished: got %v, want %v", got, tt.want)
			}
			if got := f.Match(inFlight); got != tt.want2 {
				t.Errorf("in flight: got %v, want %v", got, tt.want2)
			}
			if f.String() != strings.TrimSpace(tt.filter) || f.Empty() != (f.String() == "") {
				t.Errorf("got %q, empty %v", f, f.Empty())
			}
		})
	}
}

func TestFilterOnOtherRecords(t *testing.T) {
	c := &Connection{Opened: began, Closed: began.Add(time.Minute), State: ConnectionClosed, RemoteAddr: "[::1]:4711", LocalAddr: "127.0.0.1:8888",
		BytesOut: 5000, Handler: "blog.MainHandler.Get", Err: "reset by peer", Build: 1}
	e := &Error{Build: 2, Kind: "panic", Message: "index out of range", File: "/p/blog.go", Request: 17, Gone: true,
		Stack: []Frame{{Function: "blog.(*StoryHandler).Get", File: "/p/story.go", Own: true}}}
	l := &Log{Build: 3, Level: "warning", Logger: "tornado.access", Message: "404 GET /x", Request: 18}
	for _, tt := range []struct {
		filter     string
		connection bool
		err        bool
		log        bool
	}{
		{"", true, true, true},
		{"range", false, true, false},
		{"story.go", false, true, false},
		{"access", false, false, true},
		{"RESET", true, false, false},
		{"closed", true, false, false},
		{"4711", true, false, false},
		{"ip:::1", true, false, false},
		{"size:>4k", true, false, false},
		{"time:60s", true, false, false},
		{"handler:main", true, false, false},
		{"handler:storyhandler", false, true, false},
		{"status:404", false, false, false},
		{"-status:404", true, true, true},
		{"level:warning", false, false, true},
		{"level:warn", false, false, true},
		{"level:>=warning", false, true, true},
		{"level:error,debug", false, true, false},
		{"logger:access", false, false, true},
		{"logger:tornado.*", false, false, true},
		{"kind:panic,build", false, true, false},
		{"file:blog.go", false, true, false},
		{"request:17", false, true, false},
		{"request:18", false, false, true},
		{"build:<=2", true, true, false},
		{"is:gone", true, true, false},
		{"is:error", true, true, false},
		{"is:inflight", false, false, false},
	} {
		t.Run(tt.filter, func(t *testing.T) {
			f, err := ParseFilter(tt.filter)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(f.MatchConnection(c), f.MatchError(e), f.MatchLog(l))
			if want := fmt.Sprint(tt.connection, tt.err, tt.log); got != want {
				t.Errorf("connection, error, log: got %s, want %s", got, want)
			}
		})
	}
}

func TestFilterErrors(t *testing.T) {
	for _, tt := range []struct {
		filter string
		column int
		part   string
	}{
		{"ä stat:404", 3, `no term "stat:"`},
		{"status:", 8, "wants a value"},
		{"status:abc", 8, "4xx"},
		{"status:404,", 8, "no status"},
		{"status:99999999999", 8, "no status"},
		{"time:soon", 6, "duration"},
		{"size:big", 6, "size"},
		{"size:-1", 6, "size"},
		{"size:nan", 6, "size"},
		{"ip:10.0.0.0/99", 4, "network"},
		{"header:=x", 8, "name"},
		{"is:blue", 4, "inflight"},
		{"level:loud", 7, "level"},
		{"request:x", 9, "number"},
		{"(a", 1, "not closed"},
		{"a )", 3, "closes nothing"},
		{"(a) b ) c", 7, "closes nothing"},
		{"()", 2, "missing"},
		{"a or", 5, "missing"},
		{"or a", 1, "missing"},
		{"a and", 6, "missing"},
		{"a or or b", 6, "missing"},
		{"- a", 1, "negate"},
		{`a "b`, 3, "quote"},
		{strings.Repeat("(", 100) + "a", 65, "deep"},
	} {
		t.Run(tt.filter, func(t *testing.T) {
			_, err := ParseFilter(tt.filter)
			var wrong *FilterError
			if !errors.As(err, &wrong) {
				t.Fatalf("got %v, want a FilterError", err)
			}
			if wrong.Column != tt.column || !strings.Contains(wrong.Message, tt.part) {
				t.Errorf("got %v; want column %d and %q", err, tt.column, tt.part)
			}
		})
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, seed := range []string{"a b", `-"x y" or (method:get status:>=400)`, "path:/a*b*c", "time:>1ms size:<1k", "ip:10.0.0.0/8", "header:a=b", "is:error,slow", "((", "a)", "\\", `"\"`} {
		f.Add(seed)
	}
	r, c, e, l := sampleRequest(), &Connection{}, &Error{}, &Log{}
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := ParseFilter(text)
		if err != nil {
			var wrong *FilterError
			if !errors.As(err, &wrong) || wrong.Column < 1 || wrong.Column > utf8.RuneCountInString(text)+1 {
				t.Fatalf("got error %#v", err)
			}
			return
		}
		got := filter.Match(r)
		filter.MatchConnection(c)
		filter.MatchError(e)
		filter.MatchLog(l)
		if filter.Empty() {
			return
		}
		// What is negated as a whole says the opposite, whatever it is.
		if negated, err := ParseFilter("-(" + text + ")"); err == nil && !strings.ContainsAny(text, "()") && negated.Match(r) == got {
			t.Fatalf("%q and its negation both say %v", text, got)
		}
	})
}

// A scan over 20,000 requests takes a few milliseconds, so that a filter follows
// the typing.
func BenchmarkFilterScan(b *testing.B) {
	s, _ := filled(b, 20_000)
	requests := s.Snapshot().Requests
	for _, text := range []string{"story", "nothing", "method:get status:2xx -handler:main time:<1s", "header:host=example", "body:missing"} {
		f, err := ParseFilter(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				for _, r := range requests.All() {
					f.Match(r)
				}
			}
		})
	}
}
