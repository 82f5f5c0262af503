package httpserver

import (
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/log"
)

func TestClientBehindProxies(t *testing.T) {
	trusted, err := parseProxies([]string{"5.5.5.5", "10.0.0.0/8", "2001:db8::/32"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, peer, fields, want string }{
		{"nothing said", "127.0.0.1", "", "127.0.0.1 http"},
		{"real IP", "127.0.0.1", "X-Real-Ip: 9.8.7.6", "9.8.7.6 http"},
		{"forwarded", "::1", "X-Forwarded-For: 9.8.7.6", "9.8.7.6 http"},
		{"by a mapped loopback", "::ffff:127.0.0.1", "X-Forwarded-For: 9.8.7.6", "9.8.7.6 http"},
		{"over a Unix socket", "0.0.0.0", "X-Forwarded-For: 9.8.7.6", "9.8.7.6 http"},
		{"by a listed network", "10.1.2.3", "X-Forwarded-For: 9.8.7.6\r\nX-Scheme: https", "9.8.7.6 https"},
		{"by a stranger", "9.9.9.9", "X-Forwarded-For: 9.8.7.6\r\nX-Scheme: https", "9.9.9.9 http"},
		{"through listed ones", "127.0.0.1", "X-Forwarded-For: 1.1.1.1, 9.8.7.6, 10.0.0.1,5.5.5.5", "9.8.7.6 http"},
		{"several fields", "127.0.0.1", "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 9.8.7.6, 10.0.0.1", "9.8.7.6 http"},
		{"listed ones only", "127.0.0.1", "X-Forwarded-For: 10.0.0.1, 5.5.5.5", "10.0.0.1 http"},
		{"version 6", "127.0.0.1", "X-Forwarded-For: 2001:db9::1, 2001:db8::1", "2001:db9::1 http"},
		{"mapped", "127.0.0.1", "X-Forwarded-For: 9.8.7.6, ::ffff:5.5.5.5", "9.8.7.6 http"},
		{"no address", "127.0.0.1", "X-Forwarded-For: unknown", "127.0.0.1 http"},
		{"no address before listed ones", "127.0.0.1", "X-Forwarded-For: 9.8.7.6, x, 5.5.5.5", "127.0.0.1 http"},
		// Tornado 2.1 and before believed it.
		{"2.2: a real IP that is none", "127.0.0.1", "X-Real-Ip: 4.4.4.4<script>", "127.0.0.1 http"},
		{"2.2: a real IP with a port", "127.0.0.1", "X-Real-Ip: 4.4.4.4:80", "127.0.0.1 http"},
		{"2.2: two real IPs", "127.0.0.1", "X-Real-Ip: 4.4.4.4\r\nX-Real-Ip: 5.5.5.5", "127.0.0.1 http"},
		{"zone", "127.0.0.1", "X-Real-Ip: fe80::1%lo", "127.0.0.1 http"},
		{"empty entry", "127.0.0.1", "X-Forwarded-For: 9.8.7.6,", "127.0.0.1 http"},
		{"real IP wins", "127.0.0.1", "X-Real-Ip: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2", "1.1.1.1 http"},
		{"last protocol", "127.0.0.1", "X-Forwarded-Proto: http, https", "127.0.0.1 https"},
		{"another protocol", "127.0.0.1", "X-Forwarded-Proto: gopher", "127.0.0.1 http"},
		{"Forwarded", "127.0.0.1", "Forwarded: for=9.8.7.6;proto=https", "9.8.7.6 https"},
		{"Forwarded by a stranger", "9.9.9.9", "Forwarded: for=9.8.7.6;proto=https", "9.9.9.9 http"},
		{"Forwarded through listed ones", "127.0.0.1", `Forwarded: for=1.1.1.1, for=9.8.7.6;proto=https, for="[2001:db8::1]:80";proto=http`, "9.8.7.6 http"},
		{"Forwarded, several fields", "127.0.0.1", "Forwarded: for=1.1.1.1\r\nForwarded: for=9.8.7.6, for=10.0.0.1", "9.8.7.6 http"},
		{"Forwarded, listed ones only", "127.0.0.1", "Forwarded: for=10.0.0.1, for=5.5.5.5", "10.0.0.1 http"},
		{"Forwarded, version 6", "127.0.0.1", `Forwarded: for="[2001:db9::1]:4711"`, "2001:db9::1 http"},
		{"Forwarded, hidden", "127.0.0.1", "Forwarded: for=9.8.7.6, for=_hidden;proto=https", "127.0.0.1 https"},
		{"Forwarded, hidden before listed ones", "127.0.0.1", "Forwarded: for=9.8.7.6, for=unknown, for=5.5.5.5", "127.0.0.1 http"},
		{"Forwarded, no address", "127.0.0.1", "Forwarded: proto=https", "127.0.0.1 https"},
		{"Forwarded, another protocol", "127.0.0.1", "Forwarded: proto=gopher", "127.0.0.1 http"},
		{"Forwarded, malformed before the proxy's", "127.0.0.1", `Forwarded: for="1.1.1.1, for=9.8.7.6;proto=https`, "127.0.0.1 http"},
		{"the older fields win", "127.0.0.1", "Forwarded: for=1.1.1.1;proto=https\r\nX-Forwarded-For: 2.2.2.2", "2.2.2.2 http"},
		{"and also those that say nothing", "127.0.0.1", "Forwarded: for=1.1.1.1;proto=https\r\nX-Real-Ip: x", "127.0.0.1 http"},
		{"scheme wins", "127.0.0.1", "X-Scheme: https\r\nX-Forwarded-Proto: http", "127.0.0.1 https"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httputil.HTTPServerRequest{RemoteIP: tt.peer, Protocol: "http", Headers: httputil.ParsedHeaders(tt.fields)}
			trusted.adjust(&r)
			if got := r.RemoteIP + " " + r.Protocol; got != tt.want {
				t.Errorf("got %s; want %s", got, tt.want)
			}
		})
	}
}

// TestForwardedForIsLinear has a field with as many addresses as a head holds, all
// of them proxies.
func TestForwardedForIsLinear(t *testing.T) {
	trusted, _ := parseProxies([]string{"5.5.5.5"})
	list := strings.Repeat("5.5.5.5,", 8000) + "5.5.5.5"
	h := httputil.ParsedHeaders("X-Forwarded-For: " + list)
	start := time.Now()
	if got := trusted.client(&h); got != "5.5.5.5" {
		t.Errorf("got %q", got)
	}
	if d := time.Since(start); d > time.Second {
		t.Errorf("it took %v", d)
	}
}

func TestMisconfiguredProxies(t *testing.T) {
	s := New(echo{}, Options{Loops: 1, XHeaders: true, TrustedDownstream: []string{"proxy.example"}})
	defer s.Close()
	if err := s.Listen("127.0.0.1:0"); err == nil || !strings.Contains(err.Error(), `"proxy.example"`) {
		t.Errorf("got %v; want an error that names the entry", err)
	}
}

// whence answers with the address and protocol that a request came with.
type whence struct{}

func (whence) StartRequest(r *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	m := &echoMessage{request: *r}
	m.request.Method, m.request.URI = r.RemoteIP, r.Protocol
	return m
}

func TestProxyProtocol(t *testing.T) {
	log.SetLevel(log.LevelNone)
	defer log.SetLevel(log.LevelWarning)
	s, address := start(t, whence{}, Options{Loops: 1, XHeaders: true, Parameters: http1connection.Parameters{
		ProxyProtocol: true, HeaderTimeout: 300 * time.Millisecond}})
	const request = "GET / HTTP/1.1\r\nHost: a\r\nX-Scheme: https\r\n\r\n"
	for _, tt := range []struct{ name, send, want string }{
		{"v1", "PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n", "192.0.2.1 http"},
		{"v1, a proxy on this machine behind it", "PROXY TCP4 127.0.0.2 192.0.2.2 4711 80\r\n", "127.0.0.2 https"},
		{"v1, unknown", "PROXY UNKNOWN\r\n", "127.0.0.1 https"},
		{"v2", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x01\xc0\x00\x02\x02\x12\x67\x00\x50", "192.0.2.1 http"},
		{"v2, local", "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00", "127.0.0.1 https"},
		{"none", "", "end"},
		{"half of one", "PROXY TCP4 192.0.2.1 192.0", "end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, address)
			if tt.want == "end" {
				if tt.send == "" {
					c.send(request)
				}
				c.send(tt.send)
				if b, err := c.in.ReadByte(); err == nil {
					t.Errorf("got %q; want the end", b)
				}
				return
			}
			c.send(tt.send + request + request)
			c.want(tt.want + " ")
			c.send(request)
			c.want(tt.want + " ")
			c.want(tt.want + " ")
		})
	}
	if stats := s.Stats(); stats.Refused != 1 || stats.HeaderTimeouts != 1 {
		t.Errorf("got %+v; want one refused and one timeout", stats)
	}
}

func TestStats(t *testing.T) {
	log.SetLevel(log.LevelNone)
	defer log.SetLevel(log.LevelWarning)
	arrived := watch(t)
	delegate := &counted{started: make(chan *httputil.HTTPServerRequest, 1)}
	s, address := start(t, delegate, Options{Loops: 2, Parameters: http1connection.Parameters{IdleTimeout: 300 * time.Millisecond}})
	c := dial(t, address)
	c.get("/")
	waiting := <-delegate.started
	awaitStats(t, s, "a request that is answered", func(got Stats) bool {
		return got.Connections == 1 && got.Active == 1 && got.Idle == 0 && got.Requests == 1
	})
	waiting.Connection.AddCallback(func() { (&echoMessage{request: *waiting}).Finish() })
	c.want("GET / ")
	bad := dial(t, address)
	bad.send("nonsense\r\n\r\n")
	bad.in.ReadString(0)
	idle := dial(t, address)
	arrived(idle, 0)
	idle.wantEnd()
	c.wantEnd()
	got := awaitStats(t, s, "all connections to end", func(got Stats) bool { return got.Connections == 0 })
	received, sent := got.BytesReceived, got.BytesSent
	got.BytesReceived, got.BytesSent = 0, 0
	want := Stats{Accepted: 3, Requests: 1, Answered: [6]int64{2: 1, 4: 1}, Refused: 1, IdleTimeouts: 2}
	if got != want || received < 30 || sent < 60 {
		t.Errorf("got %+v, %d bytes received and %d sent; want %+v", got, received, sent, want)
	}
}

// awaitStats returns the counts when they are as wanted. A loop makes public what it
// has counted at the end of what it is doing.
func awaitStats(t *testing.T, s *HTTPServer, want string, is func(Stats) bool) Stats {
	t.Helper()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for late := time.After(10 * time.Second); ; {
		got := s.Stats()
		if is(got) {
			return got
		}
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("got %+v; want %s", got, want)
		}
	}
}

// counted hands its requests to the test.
type counted struct {
	started chan *httputil.HTTPServerRequest
}

func (d *counted) StartRequest(r *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	return &countedMessage{echoMessage{request: *r}, d}
}

type countedMessage struct {
	echoMessage
	d *counted
}

func (m *countedMessage) Finish()                                          { m.d.started <- &m.request }
func (m *countedMessage) HeadersReceived() *concurrent.Future[struct{}]    { return nil }
func (m *countedMessage) DataReceived([]byte) *concurrent.Future[struct{}] { return nil }
func (m *countedMessage) OnConnectionClose(error)                          {}
