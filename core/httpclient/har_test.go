package httpclient_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/httpclient"
	"github.com/tornado-dev/tornado/core/httputil"
)

// A HAR collects what a client does, as the "HTTP Archive" that browsers read and
// write. It is the log of version 1.2.
type HAR struct {
	mu      sync.Mutex // guards what follows
	entries []harEntry
}

type harEntry struct {
	Started    time.Time      `json:"startedDateTime"`
	Time       float64        `json:"time"`
	Request    harRequest     `json:"request"`
	Response   harResponse    `json:"response"`
	Cache      struct{}       `json:"cache"`
	Timings    map[string]any `json:"timings"`
	Server     string         `json:"serverIPAddress,omitempty"`
	Connection string         `json:"connection,omitempty"`
}

type harRequest struct {
	Method      string     `json:"method"`
	URL         string     `json:"url"`
	HTTPVersion string     `json:"httpVersion"`
	Cookies     []harField `json:"cookies"`
	Headers     []harField `json:"headers"`
	QueryString []harField `json:"queryString"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int        `json:"bodySize"`
}

type harResponse struct {
	Status      int            `json:"status"`
	StatusText  string         `json:"statusText"`
	HTTPVersion string         `json:"httpVersion"`
	Cookies     []harField     `json:"cookies"`
	Headers     []harField     `json:"headers"`
	Content     map[string]any `json:"content"`
	RedirectURL string         `json:"redirectURL"`
	HeadersSize int            `json:"headersSize"`
	BodySize    int64          `json:"bodySize"`
}

type harField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Trace is what to give a client, or a request.
func (h *HAR) Trace() *httpclient.Trace { return &httpclient.Trace{HopFinished: h.add} }

func (h *HAR) add(hop *httpclient.Hop) {
	query := []harField{}
	if u, err := url.Parse(hop.URL); err == nil {
		for name, values := range u.Query() {
			for _, value := range values {
				query = append(query, harField{name, value})
			}
		}
	}
	headers := hop.ResponseHeaders
	entry := harEntry{
		Started: hop.StartTime, Time: milliseconds(hop.TimeInfo.Total), Server: hop.Remote,
		Connection: fmt.Sprint(hop.Connection), Timings: timings(hop.TimeInfo),
		Request: harRequest{
			Method: hop.Method, URL: hop.URL, HTTPVersion: "HTTP/1.1", Cookies: []harField{},
			Headers: fields(&hop.Headers), QueryString: query, HeadersSize: -1, BodySize: len(hop.Body),
		},
		Response: harResponse{
			Status: hop.Code, StatusText: hop.Reason, HTTPVersion: hop.Version, Cookies: []harField{},
			Headers: fields(&headers), RedirectURL: headers.Get("Location"), HeadersSize: -1, BodySize: -1,
			Content: map[string]any{"size": hop.ResponseBytes, "mimeType": headers.Get("Content-Type"), "text": string(hop.ResponseBody)},
		},
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.entries = append(h.entries, entry)
}

func fields(h *httputil.HTTPHeaders) []harField {
	list := []harField{}
	for name, value := range h.All() {
		list = append(list, harField{name, value})
	}
	return list
}

// timings are the times between what TimeInfo tells the moments of; -1 is what did not
// happen.
func timings(i httpclient.TimeInfo) map[string]any {
	between := func(from, to time.Duration) float64 {
		if to == 0 {
			return -1
		}
		return milliseconds(max(to-from, 0))
	}
	return map[string]any{
		"blocked": -1, "dns": between(0, i.NameLookup), "connect": between(i.NameLookup, max(i.Connect, i.TLS)),
		"ssl": between(i.Connect, i.TLS), "send": milliseconds(max(i.Sent-i.PreTransfer, 0)),
		"wait": milliseconds(max(i.StartTransfer-i.Sent, 0)), "receive": milliseconds(max(i.Total-i.StartTransfer, 0)),
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// MarshalJSON makes the file.
func (h *HAR) MarshalJSON() ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return json.Marshal(map[string]any{"log": map[string]any{
		"version": "1.2", "creator": map[string]string{"name": "tornado-dev", "version": "1"}, "entries": h.entries,
	}})
}

func ExampleTrace() {
	server := example()
	defer server.Close()
	var har HAR
	client := httpclient.New(httpclient.Options{Trace: har.Trace()})
	_, err := client.Fetch(context.Background(), &httpclient.HTTPRequest{URL: server.URL + "/old?a=b"})
	client.Close() // so that nobody adds to it any more
	file, err2 := json.Marshal(&har)
	var read struct{ Log struct{ Entries []harEntry } }
	fmt.Println(err, err2, json.Unmarshal(file, &read))
	for _, e := range read.Log.Entries {
		fmt.Println(e.Request.Method, e.Response.Status, http.StatusText(e.Response.Status), "connection", e.Connection,
			e.Request.QueryString, e.Response.Content["size"], e.Response.RedirectURL+"|")
	}
	// Output:
	// <nil> <nil> <nil>
	// GET 301 Moved Permanently connection 1 [{a b}] 39 /new|
	// GET 200 OK connection 1 [] 12 |
}
