package http1connection_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/trace"
)

// TestMain listens to all connections: what a server has read of one is how a test
// knows that pieces arrived one by one.
func TestMain(m *testing.M) {
	trace.Install(&trace.Hooks{
		ConnectionOpened: func(c *trace.Connection) { opened.Store(ends{c.LocalAddr, c.RemoteAddr}, c) },
		ConnectionClosed: func(c *trace.Connection) { closed.Store(ends{c.LocalAddr, c.RemoteAddr}, c) },
	})
	log.SetLevel(log.LevelNone) // clients misbehave here
	leak.Main(m)
}

var opened, closed sync.Map // *trace.Connection by its ends

// ends are the two addresses of a connection. One alone is soon used again.
type ends struct{ server, client string }

// A server is one HTTPServer with one loop.
type server struct {
	t testing.TB
	*httpserver.HTTPServer
}

func serve(t testing.TB, delegate httputil.HTTPServerConnectionDelegate, o httpserver.Options) *server {
	t.Helper()
	o.Loops = 1
	s := &server{t, httpserver.New(delegate, o)}
	if err := s.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// A client is one connection to a server.
type client struct {
	t      testing.TB
	server *server
	before httpserver.Stats // when the client came
	conn   *net.TCPConn
	secure net.Conn // what goes over conn is encrypted; nil for plain
	in     *bufio.Reader
	sent   int64
	show   func(*answer) string // nil for String
}

func (s *server) dial() *client {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Addresses()[0])
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &client{t: s.t, server: s, before: s.Stats(), conn: conn.(*net.TCPConn), in: bufio.NewReader(conn)}
}

// dialTLS is dial with encryption.
func (s *server) dialTLS(config *tls.Config) *client {
	c := s.dial()
	secure := tls.Client(c.conn, config)
	c.secure, c.in = secure, bufio.NewReader(secure)
	return c
}

// info is what the server knows of the connection.
func (c *client) info() *trace.Connection {
	for {
		if info, ok := opened.Load(c.ends()); ok {
			return info.(*trace.Connection)
		}
		runtime.Gosched()
	}
}

func (c *client) ends() ends {
	return ends{c.conn.RemoteAddr().String(), c.conn.LocalAddr().String()}
}

func (c *client) ended() bool {
	_, ended := closed.Load(c.ends())
	return ended
}

// waitEnded returns when the server has closed the connection.
func (c *client) waitEnded() {
	c.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !c.ended(); runtime.Gosched() {
		if time.Now().After(deadline) {
			c.t.Fatal("the server does not close the connection")
		}
	}
}

// send writes text, and reports whether that was possible.
func (c *client) send(text string) bool {
	to := io.Writer(c.conn)
	if c.secure != nil {
		to = c.secure
	}
	n, err := io.WriteString(to, text)
	c.sent += int64(n)
	return err == nil
}

// arrived returns when the server has read all that was sent, or has closed the
// connection, or reads no more of it.
func (c *client) arrived() { c.arrivedWithin(time.Second) }

func (c *client) arrivedWithin(patience time.Duration) {
	info, deadline := c.info(), time.Now().Add(patience)
	for round := 1; info.BytesIn.Load() < c.sent && !c.ended(); round++ {
		// The costly questions now and then.
		if round%16 == 0 && (time.Now().After(deadline) || c.server.Stats().Refused != c.before.Refused) {
			return
		}
		runtime.Gosched()
	}
}

// sendSlowly sends text octet by octet, each in a read of its own.
func (c *client) sendSlowly(text string) {
	for i := range len(text) {
		if !c.send(text[i : i+1]) {
			return
		}
		if c.server.Stats().Answered == c.before.Answered {
			c.arrived()
		} else {
			// Perhaps it is discarded, and not counted.
			c.arrivedWithin(20 * time.Millisecond)
		}
	}
}

func (c *client) halfClose() {
	if c.secure != nil {
		c.secure.(*tls.Conn).CloseWrite()
		return
	}
	c.conn.CloseWrite()
}

// An answer is what a client has read.
type answer struct {
	*http.Response
	body string
	err  error // what ended the body
}

// read reads one answer to a request of that method. It fails at the end of the
// connection.
func (c *client) read(method string) (*answer, error) {
	if _, err := c.in.Peek(1); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		return nil, fmt.Errorf("not an answer: %w", err)
	}
	body, err := io.ReadAll(response.Body)
	return &answer{response, string(body), err}, nil
}

// String shows what matters: "200 text", with "chunked", "close", "cut" and the
// length of a body that is long, or not there, behind it.
func (a *answer) String() string {
	text := fmt.Sprint(a.StatusCode)
	switch {
	case a.StatusCode >= 400 && a.body != "":
		// The words are for people.
	case len(a.body) > 100:
		text += fmt.Sprintf(" (%d)", len(a.body))
	case a.body != "":
		text += " " + strings.TrimSpace(a.body)
	}
	if a.TransferEncoding != nil {
		text += " chunked"
	}
	if strings.EqualFold(a.Header.Get("Connection"), "keep-alive") {
		text += " keep-alive"
	}
	// ReadResponse takes the field away when it has understood it.
	if a.Close && a.Header.Get("Connection") == "" && a.ProtoAtLeast(1, 1) {
		text += " close"
	}
	if a.err != nil {
		text += " cut"
	}
	return text
}

// check looks at what every answer must have.
func (c *client) check(a *answer) {
	c.t.Helper()
	if a.StatusCode < 200 {
		return
	}
	if _, err := http.ParseTime(a.Header.Get("Date")); err != nil {
		c.t.Errorf("%v: Date %q", a, a.Header.Get("Date"))
	}
	if a.StatusCode == 204 && a.Header.Get("Content-Length") != "" {
		c.t.Errorf("%v has a Content-Length", a)
	}
	if a.StatusCode == 205 && a.Header.Get("Content-Length") != "0" {
		c.t.Errorf("%v has Content-Length %q; want 0", a, a.Header.Get("Content-Length"))
	}
}

// transcript reads answers until n have come, or the connection ends, and shows
// them and the end, if it has come.
func (c *client) transcript(methods []string, n int) (lines []string) {
	c.t.Helper()
	for i := 0; i < n; i++ {
		method := "GET"
		if i < len(methods) {
			method = methods[i]
		}
		a, err := c.read(method)
		switch {
		case errors.Is(err, io.EOF):
			return append(lines, "end")
		case err != nil:
			return append(lines, kindOf(err))
		}
		c.check(a)
		switch {
		case a.StatusCode < 200:
			n++
			lines = append(lines, fmt.Sprint(a.StatusCode))
			methods = append([]string{"GET"}, methods...)
		case c.show != nil:
			lines = append(lines, c.show(a))
		default:
			lines = append(lines, a.String())
		}
	}
	return lines
}

func kindOf(err error) string {
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return "nothing"
	case strings.Contains(err.Error(), "connection reset"):
		return "reset"
	}
	return err.Error()
}

// want reads n answers and compares.
func (c *client) want(want ...string) {
	c.t.Helper()
	got := c.transcript(nil, len(want))
	if strings.Join(got, " | ") != strings.Join(want, " | ") {
		c.t.Errorf("got %q; want %q", got, want)
	}
}
