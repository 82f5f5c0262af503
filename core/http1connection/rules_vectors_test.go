package http1connection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/httputil"
)

// ruleGroups are the groups of the vectors that the rules alone decide.
var ruleGroups = map[string]bool{"methods": true, "uri": true, "request_line": true, "header_syntax": true, "host": true,
	"content_length": true, "transfer_encoding": true, "chunked": true, "pipeline": true, "split": true, "form": true,
	"keepalive": true, "expect": true, "limits": true}

// ruleDeviations are the vectors with another outcome here, each with the reason.
var ruleDeviations = map[string]string{
	"http1/request_line/13":  "CR alone is never part of a line's end",
	"http1/request_line/24":  "CR alone is never part of an empty line",
	"http1/header_syntax/1":  "folded lines are refused (RFC 9112 section 5.2)",
	"http1/header_syntax/2":  "folded lines are refused (RFC 9112 section 5.2)",
	"http1/host/9":           "a port consists of digits",
	"http1/content_length/7": "identical values in one field count as one, with space around the comma (RFC 9110 section 8.6)",
	"http1/content_length/6": "the field stays as it was sent",
	"http1/uri/10":           "the authority of an absolute target is the host (RFC 9112 section 3.2.2)",
	"http1/keepalive/19":     "close ends the connection wherever it stands in the list (RFC 9112 section 9.6)",
	"http1/chunked/14":       "trailers are read and dropped",
	"http1/chunked/15":       "trailers are read and dropped",
	"http1/chunked/16":       "extensions are ignored",
	"http1/chunked/24":       "extensions are ignored",
	"http1/expect/3":         "an unknown expectation gets 417",
}

// notRules are the vectors of those groups that the connection decides.
var notRules = map[string]string{
	"http1/chunked/18": "the size is within the number range and beyond the limit of a body",
	"http1/limits/11":  "limit of a body",
	"http1/limits/12":  "limit of a body",
	"http1/limits/14":  "limit of a body",
	"http1/limits/16":  "limit of a body",
	"http1/split/9":    "the client leaves within the head",
	"http1/split/10":   "the client leaves within the body",
	"http1/expect/7":   "ends within a body",
	"http1/expect/9":   "the handler does not want the body",
}

type wireVector struct {
	ID     string
	Server struct {
		MaxHeaderSize int  `json:"max_header_size"`
		NoKeepAlive   bool `json:"no_keep_alive"`
	}
	Send []struct {
		Text   string
		B64    []byte
		Repeat *int
	}
	Expect struct {
		Responses []struct {
			Status  int
			Headers [][2]string
			JSON    *struct {
				Method, URI, Host, Body string
				HostName                string `json:"host_name"`
				Headers                 [][2]string
			}
		}
		Closed bool
	}
}

func (v *wireVector) input() string {
	var b strings.Builder
	for _, piece := range v.Send {
		n := 1
		if piece.Repeat != nil {
			n = *piece.Repeat
		}
		b.WriteString(strings.Repeat(piece.Text+string(piece.B64), n))
	}
	return b.String()
}

// want is what the original made of the input, as far as it shows in the answers:
// a bare 400, or a connection dropped without answer, is a refusal.
func (v *wireVector) want() []string {
	var events []string
	for _, r := range v.Expect.Responses {
		switch {
		case r.Status < 200:
		case r.Status == 400 && len(r.Headers) == 0:
			return append(events, "refused")
		case r.JSON != nil && r.JSON.Method != "":
			events = append(events, describe(r.JSON.Method, r.JSON.URI, r.JSON.Host, r.JSON.HostName, r.JSON.Body, r.JSON.Headers))
		default:
			events = append(events, "answered")
		}
	}
	if len(v.Expect.Responses) == 0 && v.Expect.Closed {
		events = append(events, "refused")
	}
	return events
}

func describe(method, uri, host, hostName, body string, headers [][2]string) string {
	return fmt.Sprintf("%s %s host=%q name=%q body=%q %q", method, uri, host, hostName, body, headers)
}

// latin1 shows octets as code points, as the vectors do.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

func (p *interpreter) describeAll() []string {
	var events []string
	for _, m := range p.message {
		var r httputil.HTTPServerRequest
		m.head.Fill(&r)
		var headers [][2]string
		for name, value := range r.Headers.All() {
			headers = append(headers, [2]string{name, latin1(value)})
		}
		events = append(events, describe(r.Method, latin1(r.URI), r.Host, r.HostName(), latin1(m.body), headers))
	}
	if len(p.events) > len(p.message) {
		events = append(events, "refused")
	}
	return events
}

func TestVectorsOfRules(t *testing.T) {
	data, err := os.ReadFile("testdata/http1.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []wireVector }
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&file); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, v := range file.Cases {
		seen[v.ID] = true
		if !ruleGroups[strings.Split(v.ID, "/")[1]] || notRules[v.ID] != "" || v.Server.NoKeepAlive {
			continue
		}
		t.Run(v.ID, func(t *testing.T) {
			for name, pieces := range map[string][]string{"whole": {v.input()}, "octet by octet": octetwise(v.input())} {
				p := interpreter{limits: Limits{MaxHeaderSize: v.Server.MaxHeaderSize}}
				for _, piece := range pieces {
					p.feed([]byte(piece))
				}
				got, want := p.describeAll(), v.want()
				problem := ""
				if len(got) != len(want) {
					problem = fmt.Sprintf("got %d events %q; want %d %q", len(got), got, len(want), want)
				}
				for i := 0; problem == "" && i < len(want); i++ {
					if want[i] != got[i] && (want[i] != "answered" || got[i] == "refused") {
						problem = fmt.Sprintf("event %d: got %s; want %s", i, got[i], want[i])
					}
				}
				if reason := ruleDeviations[v.ID]; problem != "" && reason == "" {
					t.Errorf("%s: %s", name, problem)
				} else if problem == "" && reason != "" {
					t.Errorf("%s: agrees with the original, although the deviations say: %s", name, reason)
				}
			}
		})
	}
	for id := range ruleDeviations {
		if !seen[id] {
			t.Errorf("deviation %s: there is no such case", id)
		}
	}
}
