package tornadotest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// ClientOptions say how a client differs from one that asks, and no more.
type ClientOptions struct {
	Cookies         bool // keeps them from one answer to the next request
	FollowRedirects bool // up to ten
}

// A Client sends requests to a Server. Its methods may be called from any goroutine;
// those that fail end the test, so call them from the test's own.
type Client struct {
	t      testing.TB
	server *Server
	client *http.Client
}

// A Request is what Do sends. Everything but Path may be zero.
type Request struct {
	Method string // empty means GET, or POST if there is something to send
	Path   string
	Query  url.Values  // added to that of Path
	Header http.Header // a Host in it is the host that is asked for
	Body   string
	Form   url.Values // in place of Body, urlencoded
	JSON   any        // in place of Body

	Username, Password string // basic authentication, if there is a Username

	Timeout time.Duration // zero means ten seconds
}

// A Response is an answer that has been read whole.
type Response struct {
	StatusCode int
	Header     http.Header
	Body       string
	URL        string // where it comes from, after redirects

	t testing.TB
}

// JSON reads the body into what a pointer leads to. It ends the test if that is not
// possible.
func (r Response) JSON(into any) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.Body), into); err != nil {
		r.t.Fatalf("tornadotest: %v in the answer %d %q", err, r.StatusCode, r.Body)
	}
}

// NewClient makes one more client of the server: a Client with Cookies is one
// visitor, and a second one another.
func (s *Server) NewClient(o ClientOptions) *Client { return newClient(s.Client.t, s, o) }

func newClient(t testing.TB, server *Server, o ClientOptions) *Client {
	t.Helper()
	transport := &http.Transport{}
	if server.roots != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: server.roots}
	}
	t.Cleanup(transport.CloseIdleConnections)
	c := &Client{t: t, server: server, client: &http.Client{Transport: transport}}
	if o.Cookies {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatalf("tornadotest: %v", err)
		}
		c.client.Jar = jar
	}
	if !o.FollowRedirects {
		// A redirect is an answer like others; a test wants to see it.
		c.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return c
}

// Cookie is the value of a cookie that the client would send for a path; empty if
// there is none, and for a Client without Cookies.
func (c *Client) Cookie(path, name string) string {
	if c.client.Jar == nil {
		return ""
	}
	where, err := url.Parse(c.server.URL(path))
	if err != nil {
		c.t.Fatalf("tornadotest: %v", err)
	}
	for _, cookie := range c.client.Jar.Cookies(where) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// Get asks for a path.
func (c *Client) Get(path string) Response {
	c.t.Helper()
	return c.Do(Request{Path: path})
}

// Post sends a form.
func (c *Client) Post(path string, form url.Values) Response {
	c.t.Helper()
	return c.Do(Request{Method: http.MethodPost, Path: path, Form: form})
}

// Fetch sends a request and reads its answer. A Host in header is the host that is
// asked for. An answer that breaks off ends the test; so does anything that takes
// longer than ten seconds.
func (c *Client) Fetch(method, path string, header http.Header, body string) Response {
	c.t.Helper()
	return c.Do(Request{Method: method, Path: path, Header: header, Body: body})
}

// Do is Fetch with all that a request can have.
func (c *Client) Do(r Request) Response {
	c.t.Helper()
	if r.Timeout == 0 {
		r.Timeout = requestTimeout
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.Timeout)
	defer cancel()
	request, err := c.request(ctx, r)
	if err != nil {
		c.t.Fatalf("tornadotest: %v", err)
	}
	answer, err := c.client.Do(request)
	if err != nil {
		c.t.Fatalf("tornadotest: %v", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatalf("tornadotest: %s %s: the answer broke off: %v", request.Method, r.Path, err)
	}
	return Response{answer.StatusCode, answer.Header, string(text), answer.Request.URL.String(), c.t}
}

// request makes what net/http sends.
func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	body, contentType, err := r.body()
	if err != nil {
		return nil, err
	}
	if r.Method == "" {
		r.Method = http.MethodGet
		if body != "" || r.Form != nil {
			r.Method = http.MethodPost
		}
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, c.server.URL(r.Path), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if len(r.Query) > 0 {
		request.URL.RawQuery = strings.TrimPrefix(request.URL.RawQuery+"&"+r.Query.Encode(), "&")
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	for name, values := range r.Header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	if host := request.Header.Get("Host"); host != "" {
		request.Host = host
	}
	if r.Username != "" {
		request.SetBasicAuth(r.Username, r.Password)
	}
	return request, nil
}

// body is what is sent, and its type if that follows.
func (r *Request) body() (text, contentType string, err error) {
	switch {
	case r.Form != nil:
		return r.Form.Encode(), "application/x-www-form-urlencoded", nil
	case r.JSON != nil:
		encoded, err := json.Marshal(r.JSON)
		return string(encoded), "application/json", err
	}
	return r.Body, "", nil
}
