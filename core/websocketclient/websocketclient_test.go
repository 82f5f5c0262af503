package websocketclient

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httpclient"
	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/internal/testcert"
	"github.com/tornado-dev/tornado/core/internal/wstest"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/ssl"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

func wsURL(s *tornadotest.Server, path string) string { return "ws://" + s.Address() + path }

// openClient connects, and closes when the test ends.
func openClient(t testing.TB, url string, o Options) *Connection {
	t.Helper()
	c, err := Connect(wstest.Patient(t), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(0, "") })
	return c
}

// ending reads the error that ends a connection.
func ending(t testing.TB, c *Connection) *CloseError {
	t.Helper()
	m, err := c.ReadMessage(wstest.Patient(t))
	var closed *CloseError
	if !errors.As(err, &closed) || !errors.Is(err, ErrClosed) {
		t.Fatalf("got %q, %v; want a *CloseError", wstest.Shorten(m.Text()), err)
	}
	return closed
}

func TestClientEchoes(t *testing.T) {
	s := serve(t)
	long := strings.Repeat("long ", 40000)
	for _, tt := range []struct {
		name, path string
		options    Options
		wantWire   string // Sec-WebSocket-Extensions of the answer
	}{
		{"plain", "/echo", Options{}, ""},
		{"compressed, no contexts", "/deflate", Options{Compression: &Compression{Threshold: -1}},
			"permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
		{"compressed, contexts", "/deflate", Options{Compression: withContexts()}, "permessage-deflate"},
		{"compression refused", "/echo", Options{Compression: &Compression{}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := openClient(t, wsURL(s, tt.path), tt.options)
			headers := c.ResponseHeaders()
			if got := headers.Get("Sec-WebSocket-Extensions"); got != tt.wantWire {
				t.Errorf("got the extension %q; want %q", got, tt.wantWire)
			}
			for range 3 {
				for _, text := range []string{"hello", "", "a longer one, " + strings.Repeat("again ", 50), long} {
					if err := c.WriteMessage(wstest.Patient(t), text); err != nil {
						t.Fatal(err)
					}
					wstest.Wants(t, c, "text "+wstest.Brief(text))
				}
				if err := c.WriteBinary(wstest.Patient(t), []byte{0, 1, 2, 255}); err != nil {
					t.Fatal(err)
				}
				wstest.Wants(t, c, "binary \x00\x01\x02\xff")
			}
			if err := c.WriteJSON(wstest.Patient(t), map[string]int{"a": 1}); err != nil {
				t.Fatal(err)
			}
			wstest.Wants(t, c, `text {"a":1}`)
			if took, err := c.Ping(wstest.Patient(t)); err != nil || took <= 0 || c.RoundTrip() != took {
				t.Errorf("Ping: got %v, %v, and the round trip %v", took, err, c.RoundTrip())
			}
			if err := c.Close(frame.Normal, "done"); err != nil {
				t.Error(err)
			}
			if err := c.WriteMessage(wstest.Patient(t), "late"); !errors.Is(err, ErrClosed) {
				t.Errorf("got %v after Close; want ErrClosed", err)
			}
			if got := ending(t, c); got.Code != frame.Normal {
				t.Errorf("got %v; want code 1000", got)
			}
		})
	}
}

// TestClientRequest looks at what the server is asked.
func TestClientRequest(t *testing.T) {
	var mu sync.Mutex
	var got []string
	note := func(r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		user, password, _ := r.BasicAuth()
		got = append(got, fmt.Sprintf("%s %s cookie=%q auth=%q x=%q sub=%q", r.Host, r.URL, r.Header.Get("Cookie"), user+":"+password, r.Header.Get("X-Own"), r.Header.Get("Sec-WebSocket-Protocol")))
	}
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note(r)
		http.Error(w, "no sockets here", http.StatusTeapot)
	}))
	defer other.Close()
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note(r)
		switch r.URL.Path {
		case "/here":
			http.Redirect(w, r, "/there?b", http.StatusTemporaryRedirect)
		case "/there":
			http.Redirect(w, r, other.URL+"/end", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusMovedPermanently)
		case "/bad":
			w.Header().Set("Location", "ftp://example.com/")
			w.WriteHeader(http.StatusFound)
		}
	}))
	defer first.Close()
	base := strings.TrimPrefix(first.URL, "http://")
	o := Options{Cookies: map[string]string{"b": "2", "a": "1"}, Subprotocols: []string{"chat", "super"}}
	o.Headers.Set("X-Own", "yes")
	all := ` cookie="a=1; b=2" auth="me:secret" x="yes" sub="chat, super"`
	for _, tt := range []struct {
		name, path   string
		maxRedirects int
		requests     []string
		status       int
		body, err    string
	}{
		{"redirects and credentials", "/here", 0, []string{base + " /here" + all, base + " /there?b" + all,
			strings.TrimPrefix(other.URL, "http://") + ` /end cookie="" auth=":" x="yes" sub="chat, super"`},
			418, "no sockets here\n", "the server answered 418, not 101"},
		{"not followed", "/there", -1, []string{base + " /there" + all}, 302, "", "302, not 101"},
		{"no end", "/loop", 2, []string{base + " /loop" + all, base + " /loop" + all, base + " /loop" + all}, 301, "", "more than 2 redirects"},
		{"elsewhere", "/bad", 0, []string{base + " /bad" + all}, 302, "", `the scheme "ftp"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mu.Lock()
			got = nil
			mu.Unlock()
			o := o
			o.MaxRedirects = tt.maxRedirects
			_, err := Connect(wstest.Patient(t), "ws://me:secret@"+base+tt.path, o)
			var refused *ResponseError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v; want a *ResponseError", err)
			}
			if refused.StatusCode != tt.status || !strings.Contains(err.Error(), tt.err) || tt.body != "" && string(refused.Body) != tt.body {
				t.Errorf("got %d %q %v; want %d %q %s", refused.StatusCode, refused.Body, err, tt.status, tt.body, tt.err)
			}
			mu.Lock()
			defer mu.Unlock()
			if strings.Join(got, "\n") != strings.Join(tt.requests, "\n") {
				t.Errorf("the servers were asked\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.requests, "\n"))
			}
		})
	}
}

func TestClientURLs(t *testing.T) {
	for _, tt := range []struct{ url, err string }{
		{"ftp://example.com/", `scheme "ftp"`},
		{"ws:///path", "no host"},
		{"ws://example.com:99999/", "port"},
		{"ws://bücher.example/", "xn--"},
		{"ws://user:secret@[::1", "makes no sense"},
	} {
		_, err := Connect(wstest.Patient(t), tt.url, Options{})
		if err == nil || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v; want %q, and no password", tt.url, err, tt.err)
		}
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for _, tt := range []struct {
		options Options
		err     string
	}{
		{Options{Compression: &Compression{Level: 10}}, "compression of level 10"},
		{Options{MaxMessageSize: -1}, "negative MaxMessageSize"},
		{Options{MaxWriteQueue: -1}, "or MaxWriteQueue"},
	} {
		if _, err := Connect(wstest.Patient(t), "ws://127.0.0.1:1/", tt.options); err == nil || !strings.Contains(err.Error(), tt.err) {
			t.Errorf("got %v; want %q", err, tt.err)
		}
	}
}

// TestRequestTarget is about what of a URL is sent.
func TestRequestTarget(t *testing.T) {
	for _, tt := range []struct{ url, target, host string }{
		{"ws://example.com", "/", "example.com"},
		{"ws://Example.COM:8888/a?b", "/a?b", "example.com:8888"},
		{"ws://example.com:80/", "/", "example.com"},
		{"wss://example.com:443/", "/", "example.com"},
		{"wss://example.com:80/", "/", "example.com:80"},
		{"WSS://example.com", "/", "example.com"},
		{"http://example.com:80?b", "/?b", "example.com"},
		{"ws://[::1]/", "/", "[::1]"},
		{"ws://[::1]:80/", "/", "[::1]"},
		{"ws://[fe80::1%25eth0]:8888/", "/", "[fe80::1]:8888"},
		{"ws://example.com/b%2Fc", "/b%2Fc", "example.com"},
		{"ws://me:secret@example.com/ü b?ü=%41 b#fragment", "/%C3%BC%20b?%C3%BC=%41%20b", "example.com"},
	} {
		to, err := parseTarget(tt.url, &Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.url, err)
			continue
		}
		if target, host := to.url.RequestURI(), to.hostField(); target != tt.target || host != tt.host {
			t.Errorf("%s: got %s of %s; want %s of %s", tt.url, target, host, tt.target, tt.host)
		}
	}
}

func TestClientSubprotocol(t *testing.T) {
	s := serve(t)
	c := openClient(t, wsURL(s, "/echo"), Options{Subprotocols: []string{"other", "superchat"}})
	if got := c.Subprotocol(); got != "superchat" {
		t.Errorf("got %q; want superchat", got)
	}
}

// TestClientRefusesAnswers is about servers that do not answer by the rules.
func TestClientRefusesAnswers(t *testing.T) {
	const upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	for _, tt := range []struct{ name, answer, err string }{
		{"another key", upgrade + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", "does not answer the key"},
		{"no key", upgrade + "\r\n", "does not answer the key"},
		{"two keys", upgrade + "Sec-WebSocket-Accept: KEY\r\nSec-WebSocket-Accept: KEY\r\n\r\n", "does not answer the key"},
		{"another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: KEY\r\n\r\n", "upgrades to"},
		{"no Connection", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: KEY\r\n\r\n", "no Connection: Upgrade"},
		{"no subprotocol", upgrade + "Sec-WebSocket-Accept: KEY\r\nSec-WebSocket-Protocol:\r\n\r\n", "not offered"},
		{"an unknown extension", upgrade + "Sec-WebSocket-Accept: KEY\r\nSec-WebSocket-Extensions: foo\r\n\r\n", "not offered"},
		{"another status", strings.Replace(upgrade, "101", "200", 1) + "Sec-WebSocket-Accept: KEY\r\n\r\n", "answered 200, not 101"},
		{"no upgrade", "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: KEY\r\n\r\n", "upgrades to"},
		{"a subprotocol that was not offered", upgrade + "Sec-WebSocket-Accept: KEY\r\nSec-WebSocket-Protocol: chat\r\n\r\n", "not offered"},
		{"an extension that was not offered", upgrade + "Sec-WebSocket-Accept: KEY\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", "not offered"},
		{"a page", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "answered 200, not 101"},
		{"no HTTP", "220 smtp.example.com\r\n\r\n", "malformed"},
		{"nothing", "", "closed the connection before it answered"},
		{"half an answer", "HTTP/1.1 101 Switching", "closed the connection within its answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url := rawServer(t, func(conn net.Conn, _ int) {
				request, err := http.ReadRequest(bufio.NewReader(conn))
				if err == nil {
					io.WriteString(conn, strings.ReplaceAll(tt.answer, "KEY", frame.Accept(request.Header.Get("Sec-WebSocket-Key"))))
				}
			})
			if _, err := Connect(wstest.Patient(t), url, Options{}); err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %v; want %q", err, tt.err)
			}
		})
	}
}

// answerHandshake reads a request and upgrades.
func answerHandshake(conn net.Conn, fields ...string) (*bufio.Reader, error) {
	r := bufio.NewReader(conn)
	request, err := http.ReadRequest(r)
	if err != nil {
		return nil, err
	}
	_, err = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+
		frame.Accept(request.Header.Get("Sec-WebSocket-Key"))+"\r\n"+strings.Join(append(fields, "\r\n"), "\r\n"))
	return r, err
}

// rawServer hands each connection to a function, and closes it when that returns.
func rawServer(t testing.TB, script func(conn net.Conn, number int)) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { // the cleanup waits for it
		for number := 1; ; number++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.SetDeadline(time.Now().Add(wstest.Patience))
			running.Go(func() {
				defer conn.Close()
				script(conn, number)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		running.Wait()
	})
	return "ws://" + listener.Addr().String() + "/"
}

// TestClientEnds is about servers that end a connection, well or badly.
func TestClientEnds(t *testing.T) {
	for _, tt := range []struct {
		name, send string
		messages   []string
		code       Code
		reason     string
		answer     string // what the client's close frame says
	}{
		{"messages right behind the handshake", "\x81\x01a\x82\x01b\x88\x02\x03\xe8", []string{"text a", "binary b"}, frame.Normal, "", "close 1000"},
		{"fragments", "\x01\x01a\x89\x01p\x80\x01b\x88\x05\x0f\xa0bye", []string{"text ab"}, 4000, "bye", "close 4000"},
		{"no code", "\x88\x00", nil, frame.NoStatus, "", "close 1005"},
		{"no close frame", "\x81\x01a", []string{"text a"}, frame.Abnormal, "", "end"},
		{"masked", "\x81\x81\x00\x00\x00\x00a", nil, frame.ProtocolError, "a masked frame from a server", "close 1002 a masked frame from a server"},
		{"no text", "\x81\x01\xff", nil, frame.InvalidPayload, "text that is not UTF-8", "close 1007 text that is not UTF-8"},
		{"too long", "\x81\x7e\x04\x00", nil, frame.MessageTooBig, "message too big", "close 1009 message too big"},
		{"a reserved bit", "\x91\x01a", nil, frame.ProtocolError, "a reserved bit is set", "close 1002 a reserved bit is set"},
		{"an opcode that is none", "\x83\x00", nil, frame.ProtocolError, "unknown opcode", "close 1002 unknown opcode"},
		{"a ping in fragments", "\x09\x00", nil, frame.ProtocolError, "a control frame in fragments", "close 1002 a control frame in fragments"},
		{"a continuation of nothing", "\x80\x00", nil, frame.ProtocolError, "a continuation of no message", "close 1002 a continuation of no message"},
		{"a length that is not minimal", "\x82\x7e\x00\x7d", nil, frame.ProtocolError, "a length that is not minimal", "close 1002 a length that is not minimal"},
		{"no close code", "\x88\x01\x03", nil, frame.ProtocolError, "a close frame with half a code", "close 1002 a close frame with half a code"},
		{"a close code that is none", "\x88\x02\x03\xed", nil, frame.ProtocolError, "a close code that must not be sent", "close 1002 a close code that must not be sent"},
		{"behind the close frame", "\x88\x02\x03\xe8\x81\x01a\xff\xff", nil, frame.Normal, "", "close 1000"},
		{"compressed without agreement", "\xc1\x01a", nil, frame.ProtocolError, "a compressed frame, but compression was not agreed upon", "close 1002 a compressed frame, but compression was not agreed upon"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answers := make(chan string, 1)
			url := rawServer(t, func(conn net.Conn, _ int) {
				r, err := answerHandshake(conn)
				if err != nil {
					return
				}
				io.WriteString(conn, tt.send)
				if tt.answer == "end" {
					answers <- "end"
					return
				}
				answers <- closeOf(r)
			})
			c := openClient(t, url, Options{MaxMessageSize: 1000})
			for _, want := range tt.messages {
				wstest.Wants(t, c, want)
			}
			if got := ending(t, c); got.Code != tt.code || got.Reason != tt.reason {
				t.Errorf("got %v; want %d %q", got, tt.code, tt.reason)
			}
			if got := <-answers; got != tt.answer {
				t.Errorf("the server got %q; want %q", got, tt.answer)
			}
		})
	}
}

// TestClientFailsCompression is about what a server compresses badly.
func TestClientFailsCompression(t *testing.T) {
	const (
		corrupt = "a compressed message that does not inflate"
		noText  = "text that is not UTF-8"
	)
	d, err := frame.NewDeflater(0, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	bomb := d.Append(nil, make([]byte, 1<<20))
	for _, tt := range []struct {
		name, extension, send string
		code                  Code
		reason                string
	}{
		{"no kind of block", "", "\x42\x01\x06", frame.InvalidPayload, corrupt},
		{"cut", "", "\xc2\x03\x00\x05\x00", frame.InvalidPayload, corrupt},
		{"no text, in a message that goes on", "", "\x41\x06\x00\x01\x00\xfe\xff\xff", frame.InvalidPayload, noText},
		{"a bomb", "", string(frame.Append(nil, frame.Binary, true, bomb)), frame.MessageTooBig, "message too big after decompression"},
		{"a compressed ping", "", "\xc9\x00", frame.ProtocolError, "a compressed control frame"},
		{"a compressed continuation", "", "\x41\x00\xc0\x00", frame.ProtocolError, "a continuation that says compressed"},
		{"a context that was given up", "; server_no_context_takeover", "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00" + "\xc1\x05\xf2\x00\x11\x00\x00", frame.InvalidPayload, corrupt},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answers := make(chan string, 1)
			url := rawServer(t, func(conn net.Conn, _ int) {
				r, err := answerHandshake(conn, "Sec-WebSocket-Extensions: permessage-deflate"+tt.extension)
				if err == nil {
					io.WriteString(conn, tt.send)
					answers <- closeOf(r)
				}
			})
			c := openClient(t, url, Options{MaxMessageSize: 1000, Compression: withContexts()})
			if tt.extension != "" {
				wstest.Wants(t, c, "text Hello")
			}
			if got := ending(t, c); got.Code != tt.code || got.Reason != tt.reason {
				t.Errorf("got %v; want %d %q", got, tt.code, tt.reason)
			}
			if got, want := <-answers, fmt.Sprintf("close %d %s", tt.code, tt.reason); got != want {
				t.Errorf("the server got %q; want %q", got, want)
			}
		})
	}
}

// TestServerKeepsItsContext has a server that takes over a context although the client
// would rather it did not, and does not say that it will not: Tornado's does so.
func TestServerKeepsItsContext(t *testing.T) {
	url := rawServer(t, func(conn net.Conn, _ int) {
		if _, err := answerHandshake(conn, "Sec-WebSocket-Extensions: permessage-deflate"); err == nil {
			io.WriteString(conn, "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"+"\xc1\x05\xf2\x00\x11\x00\x00"+"\x88\x02\x03\xe8")
		}
	})
	c := openClient(t, url, Options{Compression: &Compression{}})
	wstest.Wants(t, c, "text Hello")
	wstest.Wants(t, c, "text Hello")
	if got := ending(t, c); got.Code != frame.Normal {
		t.Errorf("got %v; want %v", got, frame.Normal)
	}
}

// closeOf reads a client's frames up to the close frame, and tells what that says.
func closeOf(r io.Reader) string {
	rules := frame.Rules{MaxMessage: 1 << 20}
	reader := frame.NewReader(&rules, nil)
	var have []byte
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		have = append(have, buf[:n]...)
		for {
			e, used, broken := reader.Next(have)
			have = have[used:]
			if broken != nil {
				return broken.Error()
			}
			if e.Opcode == frame.Close {
				return strings.TrimSpace(fmt.Sprintf("close %d %s", e.Code, e.Reason))
			}
			if e.Opcode == frame.Continuation {
				break
			}
		}
		if err != nil {
			return err.Error()
		}
	}
}

// TestClientDoesNotWaitForever is about servers that do nothing.
func TestClientDoesNotWaitForever(t *testing.T) {
	silent := func(t *testing.T, handshake bool) (url string) {
		gone := make(chan struct{})
		url = rawServer(t, func(conn net.Conn, _ int) {
			if handshake {
				if _, err := answerHandshake(conn); err != nil {
					return
				}
			}
			<-gone
		})
		t.Cleanup(func() { close(gone) })
		return url
	}
	short := 200 * time.Millisecond
	t.Run("handshake", func(t *testing.T) {
		_, err := Connect(wstest.Patient(t), silent(t, false), Options{ConnectTimeout: short})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v; want a passed deadline", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		future := ConnectAsync(ctx, silent(t, false), Options{})
		cancel()
		if _, err := future.Wait(wstest.Patient(t)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v; want context.Canceled", err)
		}
	})
	t.Run("close", func(t *testing.T) {
		c := openClient(t, silent(t, true), Options{CloseTimeout: short})
		if err := c.Close(frame.GoingAway, ""); err != nil {
			t.Error(err)
		}
		if got := ending(t, c); !errors.Is(got, errServerClosing) {
			t.Errorf("got %v; want errServerClosing", got)
		}
	})
	t.Run("ping", func(t *testing.T) {
		c := openClient(t, silent(t, true), Options{PingInterval: short})
		if got := ending(t, c); got.Code != frame.Abnormal || !errors.Is(got, errServerSilent) {
			t.Errorf("got %v; want errServerSilent", got)
		}
	})
	t.Run("write", func(t *testing.T) {
		c := openClient(t, silent(t, true), Options{WriteTimeout: short, MaxWriteQueue: 1000})
		var err error
		for err == nil {
			err = c.WriteBinary(wstest.Patient(t), make([]byte, 1<<20))
		}
		if got := ending(t, c); !errors.Is(err, ErrClosed) || !errors.Is(got, errServerStalled) {
			t.Errorf("got %v, and %v; want ErrClosed and errServerStalled", err, got)
		}
	})
	t.Run("read", func(t *testing.T) {
		c := openClient(t, silent(t, true), Options{CloseTimeout: short})
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := c.ReadMessage(ctx); err != context.Canceled {
			t.Errorf("got %v; want context.Canceled", err)
		}
	})
}

// TestClientReadsAtItsPace has a server that sends more than a client keeps.
func TestClientReadsAtItsPace(t *testing.T) {
	const messages, size = 2000, 32 << 10
	sent := make(chan error, 1)
	url := rawServer(t, func(conn net.Conn, _ int) {
		r, err := answerHandshake(conn)
		var wire []byte
		for i := 0; i < messages && err == nil; i++ {
			wire = frame.Append(wire[:0], frame.Text, false, fmt.Appendf(nil, "%*d", size, i))
			_, err = conn.Write(wire)
		}
		sent <- err
		closeOf(r)
	})
	c := openClient(t, url, Options{})
	wstest.Wants(t, c, "text "+wstest.Brief(fmt.Sprintf("%*d", size, 0)))
	select {
	case err := <-sent:
		t.Fatalf("all of %d bytes was taken from the server (%v), and nobody has read it", messages*size, err)
	default:
	}
	for i := 1; i < messages; i++ {
		m, err := c.ReadMessage(wstest.Patient(t))
		if want := fmt.Sprintf("%*d", size, i); err != nil || m.Text() != want {
			t.Fatalf("message %d: got %s, %v", i, strings.TrimSpace(m.Text()), err)
		}
		if i%100 == 0 {
			c.mu.Lock()
			if held := c.inbox.bytes; held > maxInboxBytes+size {
				t.Errorf("the inbox holds %d bytes", held)
			}
			c.mu.Unlock()
		}
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// TestClientCallbacks has everything on the user's own loop.
func TestClientCallbacks(t *testing.T) {
	s := serve(t)
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var got []string
	_, err = ioloop.RunSync(l, wstest.Patience, func() *concurrent.Future[struct{}] {
		done := new(concurrent.Future[struct{}])
		future := ConnectAsync(wstest.Patient(t), wsURL(s, "/echo"), Options{
			Loop: l,
			OnMessage: func(c *Connection, m Message) {
				got = append(got, m.Text())
				if len(got) == 3 {
					c.CloseAsync(4001, "enough")
				}
			},
			OnClose: func(_ *Connection, err error) {
				got = append(got, err.Error())
				done.SetResult(struct{}{})
			},
		})
		ioloop.AddFuture(l, future, func(f *concurrent.Future[*Connection]) {
			c, err := f.Result()
			if err != nil {
				done.SetError(err)
				return
			}
			for i := range 3 {
				c.WriteAsync(Message{Data: fmt.Append(nil, i)})
			}
		})
		return done
	})
	want := "0 1 2 websocketclient: the connection has ended: code 4001 (4001)"
	if all := strings.Join(got, " "); err != nil || all != want {
		t.Errorf("got %q, %v; want %q", all, err, want)
	}
}

func TestClientEncryptedByProxy(t *testing.T) {
	authority := testcert.New(t)
	certFile, keyFile := authority.Issue("127.0.0.1")
	security, err := ssl.Server(ssl.Options{CertFile: certFile, KeyFile: keyFile})
	if err != nil {
		t.Fatal(err)
	}
	app := web.NewApplication(web.Settings{Loops: 1, LogFunction: func(*web.RequestHandler) {}, Server: httpserver.Options{SSL: security}},
		routes...)
	server, err := app.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	proxied := make(chan string, 10)
	proxy := rawServer(t, func(conn net.Conn, _ int) {
		r := bufio.NewReader(conn)
		request, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		proxied <- request.Method + " " + request.RequestURI
		to, err := net.Dial("tcp", request.RequestURI)
		if err != nil {
			return
		}
		defer to.Close()
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { // ends with the connections
			io.Copy(to, r)
			to.(*net.TCPConn).CloseWrite()
		}()
		io.Copy(conn, to)
	})
	by, err := httpclient.ParseProxy(strings.TrimSuffix(strings.TrimPrefix(proxy, "ws://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	address := server.Addresses()[0]
	if _, err := Connect(wstest.Patient(t), "wss://"+address+"/echo", Options{}); err == nil {
		t.Error("a certificate of nobody's was believed")
	}
	for name, o := range map[string]Options{"direct": {}, "proxy": {Proxy: by}} {
		t.Run(name, func(t *testing.T) {
			o.SSL = ssl.Options{CACerts: authority.File}
			c := openClient(t, "wss://"+address+"/echo", o)
			long := strings.Repeat("long ", 100000)
			for range 3 {
				if err := c.WriteMessage(wstest.Patient(t), long); err != nil {
					t.Fatal(err)
				}
				wstest.Wants(t, c, "text "+wstest.Brief(long))
			}
			if err := c.Close(frame.Normal, ""); err != nil {
				t.Error(err)
			}
			if got := ending(t, c); got.Code != frame.Normal {
				t.Errorf("got %v; want 1000", got)
			}
		})
	}
	if got := <-proxied; got != "CONNECT "+address {
		t.Errorf("the proxy was asked %q", got)
	}
}

// TestClientReconnects has a server that loses its first connections.
func TestClientReconnects(t *testing.T) {
	url := rawServer(t, func(conn net.Conn, number int) {
		if number == 2 {
			return // no handshake
		}
		r, err := answerHandshake(conn)
		if err != nil {
			return
		}
		io.WriteString(conn, fmt.Sprintf("\x81\x01%d", number))
		if number >= 3 {
			closeOf(r)
		}
	})
	e := wstest.NewEvents()
	c := openClient(t, url, Options{CloseTimeout: time.Second, Reconnect: &Reconnect{
		MinDelay: 10 * time.Millisecond,
		OnDisconnect: func(_ *Connection, err error, delay time.Duration) {
			e.Add("lost %v %v", errors.Is(err, ErrClosed), delay <= 40*time.Millisecond)
		},
		OnReconnect: func(c *Connection) {
			e.Add("again %v", c.WriteAsync(Message{Data: []byte("here")}).Settled())
		},
	}})
	wstest.Wants(t, c, "text 1")
	wstest.Wants(t, c, "text 3")
	e.Wait(t, "lost true true", "lost false true", "again true")
	if err := c.Close(0, ""); err != nil {
		t.Error(err)
	}
	ending(t, c)
}

func TestClientGivesUp(t *testing.T) {
	for _, tt := range []struct {
		name  string
		last  string // what the first connection is sent
		tries int
		code  Code
	}{
		{"in vain", "", 3, frame.Abnormal},
		{"the server has had enough", "\x88\x02\x03\xe8", 1, frame.Normal},
		{"a rule was broken", "\xff", 1, frame.ProtocolError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var mu sync.Mutex
			tries := 0
			url := rawServer(t, func(conn net.Conn, number int) {
				mu.Lock()
				tries = number
				mu.Unlock()
				if number == 1 {
					r, err := answerHandshake(conn)
					if err == nil && tt.last != "" {
						io.WriteString(conn, tt.last)
						closeOf(r)
					}
				}
			})
			c := openClient(t, url, Options{Reconnect: &Reconnect{MinDelay: time.Millisecond, MaxAttempts: 2}})
			if got := ending(t, c); got.Code != tt.code {
				t.Errorf("got %v; want %d", got, tt.code)
			}
			mu.Lock()
			defer mu.Unlock()
			if tries != tt.tries {
				t.Errorf("the server saw %d connections; want %d", tries, tt.tries)
			}
		})
	}
}

func TestClientStopsRetrying(t *testing.T) {
	lost := make(chan struct{})
	url := rawServer(t, func(conn net.Conn, _ int) { answerHandshake(conn) })
	c := openClient(t, url, Options{Reconnect: &Reconnect{
		MinDelay: time.Hour, MaxDelay: time.Hour,
		OnDisconnect: func(*Connection, error, time.Duration) { close(lost) },
	}})
	<-lost
	if err := c.WriteMessage(wstest.Patient(t), "nobody"); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v; want ErrClosed", err)
	}
	if err := c.Close(0, ""); err != nil {
		t.Error(err)
	}
	ending(t, c)
}

func TestReconnectDelay(t *testing.T) {
	r := Reconnect{MinDelay: time.Second, MaxDelay: 10 * time.Second}
	for _, tt := range []struct {
		attempt int
		random  float64
		want    time.Duration
	}{
		{0, 0, time.Second}, {0, 1, time.Second / 2}, {1, 0, 2 * time.Second}, {3, 0.5, 6 * time.Second},
		{4, 0, 10 * time.Second}, {1000, 1, 5 * time.Second},
	} {
		if got := r.delay(tt.attempt, tt.random); got != tt.want {
			t.Errorf("attempt %d, %v: got %v; want %v", tt.attempt, tt.random, got, tt.want)
		}
	}
}
