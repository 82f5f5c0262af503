package http1connection_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httpserver"
)

// refusals are the answers of vectors that the original answers with a bare 400,
// or not at all. All others of these get a 400 with Content-Length, Date and
// Connection: close.
var refusals = map[string]int{
	"http1/request_line/7":      505,
	"http1/request_line/17":     505,
	"http1/chunked/18":          413,
	"http1/transfer_encoding/3": 501,
	"http1/limits/2":            431,
	"http1/limits/3":            431,
	"http1/limits/4":            431,
	"http1/limits/6":            431,
	"http1/decompress/7":        413,
	"http1/limits/11":           413,
	"http1/limits/12":           413,
	"http1/limits/14":           413,
	"http1/limits/16":           413,
	"http1/timeouts/3":          408,
	"http1/timeouts/4":          408,
	"http1/split/9":             noAnswer, // nothing was asked
	"http1/timeouts/1":          noAnswer,
}

const noAnswer = -1

// deviations are the vectors with another outcome here, each with the reason.
var deviations = map[string]string{
	"http1/uri/9":            "the path of an absolute target is a path",
	"http1/uri/10":           "the path of an absolute target is a path, and its authority is the host (RFC 9112 section 3.2.2)",
	"http1/request_line/8":   "with an unknown minor version the connection goes on, as with 1.1",
	"http1/request_line/13":  "CR alone is never part of a line's end",
	"http1/request_line/24":  "CR alone is never part of an empty line",
	"http1/header_syntax/1":  "folded lines are refused (RFC 9112 section 5.2)",
	"http1/header_syntax/2":  "folded lines are refused (RFC 9112 section 5.2)",
	"http1/host/9":           "a port consists of digits",
	"http1/keepalive/13":     "the body of an answer to HTTP/1.0 without Content-Length ends with the connection",
	"http1/keepalive/19":     "close ends the connection wherever it stands in the list (RFC 9112 section 9.6)",
	"http1/content_length/6": "the field stays as it was sent",
	"http1/content_length/7": "identical values in one field count as one, with space around the comma (RFC 9110 section 8.6)",
	"http1/chunked/14":       "trailers are read and dropped",
	"http1/chunked/15":       "trailers are read and dropped",
	"http1/chunked/16":       "extensions are ignored",
	"http1/chunked/24":       "extensions are ignored",
	"http1/expect/3":         "an unknown expectation gets 417",
	"http1/expect/5":         "nobody waits with a body of no bytes",
	"http1/expect/6":         "nobody waits without a body",
	"http1/decompress/4":     "a gzip stream without its end is corrupt: 400",
	"http1/decompress/8":     formEncoding,
	"http1/form/6":           formEncoding,
	"http1/form/7":           formEncoding,
	"http1/responses/17":     "an answer of status 205 has no body (RFC 9110 section 15.3.6)",
	"http1/responses/24":     "what was written before the mistake is sent, and cut",
	"http1/responses/27":     "an answer that failed half-way must not look complete: without length the connection is reset",
	"http1/responses/37":     "the body of an answer to HTTP/1.0 without Content-Length ends with the connection",
}

const formEncoding = "a form in a coding that is not taken off gets 415 (RFC 9110 section 8.4)"

// A vector is a conversation with the original.
type vector struct {
	ID     string
	Server struct {
		MaxHeaderSize int     `json:"max_header_size"`
		MaxBodySize   int64   `json:"max_body_size"`
		NoKeepAlive   bool    `json:"no_keep_alive"`
		IdleTimeout   float64 `json:"idle_connection_timeout"`
		BodyTimeout   float64 `json:"body_timeout"`
		Protocol      string
		XHeaders      bool
		Trusted       []string `json:"trusted_downstream"`
		Decompress    bool     `json:"decompress_request"`
	}
	Send []struct {
		Text      string
		B64       []byte
		Repeat    *int
		PauseMS   int  `json:"pause_ms"`
		HalfClose bool `json:"half_close"`
	}
	Expect struct {
		Responses []vectorResponse
		Closed    bool
	}
}

type vectorResponse struct {
	Status     int
	Headers    [][2]string
	Framing    string
	Body       string
	BodyB64    []byte `json:"body_b64"`
	JSON       map[string]any
	Incomplete bool
}

func (v *vector) options() httpserver.Options {
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	return httpserver.Options{XHeaders: v.Server.XHeaders, TrustedDownstream: v.Server.Trusted, Parameters: http1connection.Parameters{
		Protocol: v.Server.Protocol, DecompressRequest: v.Server.Decompress, NoKeepAlive: v.Server.NoKeepAlive, MaxBodySize: v.Server.MaxBodySize,
		Limits:      http1connection.Limits{MaxHeaderSize: v.Server.MaxHeaderSize},
		IdleTimeout: seconds(v.Server.IdleTimeout), BodyTimeout: seconds(v.Server.BodyTimeout),
	}}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/http1.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []vector }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	servers := map[string]*server{}
	ran, seen := 0, map[string]bool{}
	for _, v := range file.Cases {
		seen[v.ID] = true
		key := fmt.Sprint(v.Server)
		if servers[key] == nil {
			servers[key] = serve(t, app{}, v.options())
		}
		ran++
		t.Run(v.ID, func(t *testing.T) {
			c := servers[key].dial()
			c.t = t
			got := v.run(c)
			problem := v.compare(got)
			switch reason := deviations[v.ID]; {
			case problem != "" && reason == "":
				t.Error(problem)
			case problem == "" && reason != "":
				t.Errorf("agrees with the original, although the deviations say: %s", reason)
			}
		})
	}
	for id := range deviations {
		if !seen[id] {
			t.Errorf("deviation %s: there is no such case", id)
		}
	}
	t.Logf("%d conversations, %d of them with another outcome", ran, len(deviations))
}

// A conversation is what came back.
type conversation struct {
	answers []*answer
	closed  bool
	end     string // how it ended: "", "end", "reset" or what was read instead of an answer
}

func (v *vector) run(c *client) *conversation {
	for _, piece := range v.Send {
		n := 1
		if piece.Repeat != nil {
			n = *piece.Repeat
		}
		c.send(strings.Repeat(piece.Text+string(piece.B64), n))
		if piece.PauseMS > 0 {
			c.arrived()
		}
		if piece.HalfClose {
			c.halfClose()
		}
	}
	got := new(conversation)
	for i := 0; ; i++ {
		method := "GET"
		expected := i < len(v.Expect.Responses)
		if expected && v.Expect.Responses[i].Framing == "none" && v.Expect.Responses[i].Status >= 200 {
			method = "HEAD"
		}
		if !expected && (!v.Expect.Closed || deviations[v.ID] != "") {
			// Nothing more should come, or it is known that it does not end. What was sent has been read by now, or will
			// be before the time is over.
			c.arrived()
			c.conn.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
		} else {
			c.conn.SetReadDeadline(time.Now().Add(4 * time.Second))
		}
		a, err := c.read(method)
		if err != nil {
			got.end = kindOf(err)
			if strings.Contains(got.end, "EOF") {
				got.end = "end"
			}
			got.closed = got.end != "nothing"
			return got
		}
		got.answers = append(got.answers, a)
	}
}

// compare says how the outcome differs from what was wanted.
func (v *vector) compare(got *conversation) string {
	want := v.Expect
	refused := false
	if n := len(want.Responses); want.Closed && (n == 0 || want.Responses[n-1].Status == 400 && len(want.Responses[n-1].Headers) == 0) {
		refused = true
		want.Responses = want.Responses[:max(n-1, 0)]
	}
	number := len(want.Responses)
	if refused && refusals[v.ID] != noAnswer {
		number++
	}
	if len(got.answers) != number || got.closed != want.Closed {
		return fmt.Sprintf("got the answers %v, closed: %v (%s); want %d, closed: %v", got.answers, got.closed, got.end, number, want.Closed)
	}
	for i, r := range want.Responses {
		if problem := r.compare(got.answers[i]); problem != "" {
			return fmt.Sprintf("answer %d: %s", i, problem)
		}
	}
	if number > len(want.Responses) {
		a, status := got.answers[number-1], 400
		if s := refusals[v.ID]; s != 0 {
			status = s
		}
		if a.StatusCode != status || !a.Close || a.ContentLength < 0 || a.Header.Get("Date") == "" || a.err != nil {
			return fmt.Sprintf("got the refusal %v %v; want a whole %d with Content-Length, Date and Connection: close", a, a.Header, status)
		}
	}
	return ""
}

func (r *vectorResponse) compare(got *answer) string {
	if got.StatusCode != r.Status {
		return fmt.Sprintf("got %v; want %d", got, r.Status)
	}
	if r.Status == 100 {
		return ""
	}
	framing := "close"
	switch {
	case got.Header.Get("Content-Length") != "" && r.Framing == "none":
		framing = "none"
	case got.TransferEncoding != nil:
		framing = "chunked"
	case got.StatusCode == 204 || got.StatusCode == 304:
		framing = "none"
	case got.Header.Get("Content-Length") != "":
		framing = "length"
	}
	body := r.Body + string(r.BodyB64)
	switch {
	case framing != r.Framing:
		return fmt.Sprintf("got the framing %s; want %s", framing, r.Framing)
	case (got.err != nil) != r.Incomplete:
		return fmt.Sprintf("the body ended with %v; want it incomplete: %v", got.err, r.Incomplete)
	case r.JSON != nil:
		return compareJSON(got.body, r.JSON)
	case got.body != body:
		return fmt.Sprintf("got the body %q; want %q", got.body, body)
	}
	for _, field := range r.Headers {
		if field[0] == "Connection" && strings.EqualFold(field[1], "keep-alive") != strings.EqualFold(got.Header.Get("Connection"), "keep-alive") {
			return fmt.Sprintf("got Connection: %q; want %q", got.Header.Get("Connection"), field[1])
		}
		if field[0] == "Connection" && field[1] == "close" && !got.Close {
			return "it does not announce the end of the connection"
		}
	}
	return ""
}

// compareJSON compares the members that our application writes.
func compareJSON(text string, want map[string]any) string {
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		return err.Error()
	}
	for name, value := range got {
		if !reflect.DeepEqual(value, want[name]) {
			return fmt.Sprintf("%s: got %q; want %q", name, value, want[name])
		}
	}
	return ""
}
