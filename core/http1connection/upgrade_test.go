package http1connection_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/iostream"
)

// A shouter is a protocol of lines, each of which is answered in capitals.
type shouter struct {
	stream *iostream.IOStream
	closed chan error
}

func (s *shouter) BytesReceived(data []byte) (consumed int) {
	for {
		line, _, ok := strings.Cut(string(data[consumed:]), "\n")
		if !ok {
			return consumed
		}
		consumed += len(line) + 1
		s.stream.Write([]byte(strings.ToUpper(line) + "\n"))
	}
}
func (s *shouter) PeerEnded()             { s.stream.CloseWhenWritten(false) }
func (s *shouter) DeadlinePassed()        { s.stream.Write([]byte("late\n")) }
func (s *shouter) StreamClosed(err error) { s.closed <- err }
func (s *shouter) Drain() {
	s.stream.Write([]byte("farewell\n"))
	s.stream.CloseWhenWritten(true)
}

const upgrade = "GET /text HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n"

// shouting upgrades each request.
func shouting(closed chan error) *scripted {
	return &scripted{finish: func(x *exchange) {
		status := 101
		if x.request.Method == "CONNECT" {
			status = 200
		}
		if x.begin(status, "Connection", "Upgrade", "Upgrade", "shout") != nil {
			x.page(500)
			return
		}
		err := x.request.Connection.(*http1connection.ServerConnection).Upgrade(func(stream *iostream.IOStream) iostream.Consumer {
			return &shouter{stream, closed}
		})
		if err != nil {
			x.request.Connection.Abort(err)
		}
	}}
}

func TestUpgrade(t *testing.T) {
	for _, tt := range []struct{ name, request, status string }{
		{"101", upgrade, "HTTP/1.1 101 Switching Protocols"},
		{"CONNECT", "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", "HTTP/1.1 200 OK"},
	} {
		for _, way := range []struct {
			name string
			send func(*client, string)
		}{{"whole", func(c *client, text string) { c.send(text) }}, {"octet by octet", (*client).sendSlowly}} {
			t.Run(tt.name+", "+way.name, func(t *testing.T) {
				closed := make(chan error, 1)
				s := serve(t, shouting(closed), httpserver.Options{Parameters: http1connection.Parameters{IdleTimeout: short / 3}})
				c := s.dial()
				way.send(c, tt.request+"one\ntwo\n")
				head := c.readHead(t)
				if !strings.HasPrefix(head, tt.status+"\r\n") || strings.Contains(head, "close") || strings.Contains(head, "Encoding") {
					t.Errorf("got the head %q", head)
				}
				c.wantLines(t, "ONE", "TWO")
				c.send("three\n")
				c.wantLines(t, "THREE")
				if stats := s.Stats(); stats.Connections != 1 || stats.Active != 0 {
					t.Errorf("got %+v; want one connection and no request", stats)
				}
				c.halfClose()
				if rest, err := io.ReadAll(c.in); len(rest) > 0 || err != nil {
					t.Errorf("got %q, %v; want the end", rest, err)
				}
				if err := <-closed; err != nil {
					t.Errorf("the consumer was told %v", err)
				}
			})
		}
	}
}

func (c *client) readHead(t *testing.T) string {
	t.Helper()
	head := ""
	for !strings.HasSuffix(head, "\r\n\r\n") {
		line, err := c.in.ReadString('\n')
		if head += line; err != nil {
			t.Fatalf("got %q, %v", head, err)
		}
	}
	return head
}

func (c *client) wantLines(t *testing.T, want ...string) {
	t.Helper()
	for _, one := range want {
		if got, err := c.in.ReadString('\n'); got != one+"\n" || err != nil {
			t.Fatalf("got %q, %v; want %q", got, err, one)
		}
	}
}

// TestUpgradedConnectionsAreToldToEnd by a server that stops, and by one that
// leaves to a successor.
func TestUpgradedConnectionsAreToldToEnd(t *testing.T) {
	for name, end := range map[string]func(s *server){
		"drain":     func(s *server) { s.Shutdown(context.Background()) },
		"hand over": func(s *server) { s.HandOver(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			closed := make(chan error, 1)
			s := serve(t, shouting(closed), httpserver.Options{})
			c := s.dial()
			c.send(upgrade)
			c.readHead(t)
			ended := make(chan struct{})
			go func() { // the test waits for ended
				defer close(ended)
				end(s)
			}()
			c.wantLines(t, "farewell")
			c.conn.Close()
			<-closed
			<-ended
		})
	}
}

func TestUpgradeOutOfPlace(t *testing.T) {
	connection := func(x *exchange) *http1connection.ServerConnection {
		return x.request.Connection.(*http1connection.ServerConnection)
	}
	never := func(*iostream.IOStream) iostream.Consumer { panic("the stream was given away") }
	for name, try := range map[string]func(x *exchange) error{
		"with another answer": func(x *exchange) error {
			x.begin(200)
			return connection(x).Upgrade(never)
		},
	} {
		t.Run(name, func(t *testing.T) {
			failed := make(chan error, 1)
			s := serve(t, &scripted{finish: func(x *exchange) {
				failed <- try(x)
				x.request.Connection.Abort(fmt.Errorf("enough"))
			}}, httpserver.Options{})
			c := s.dial()
			c.send(upgrade)
			if err := <-failed; err == nil {
				t.Error("the stream was given away")
			}
			bufio.NewReader(c.conn).ReadString(0)
		})
	}
}

// TestUpgradeBeforeAnyAnswer leaves the answer to the consumer.
func TestUpgradeBeforeAnyAnswer(t *testing.T) {
	closed := make(chan error, 1)
	s := serve(t, &scripted{finish: func(x *exchange) {
		err := x.request.Connection.(*http1connection.ServerConnection).Upgrade(func(stream *iostream.IOStream) iostream.Consumer {
			stream.Write([]byte("an answer of its own\n"))
			return &shouter{stream, closed}
		})
		if err != nil {
			t.Error(err)
		}
	}}, httpserver.Options{})
	c := s.dial()
	c.send(get + "one\n")
	c.wantLines(t, "an answer of its own", "ONE")
	c.halfClose()
	if err := <-closed; err != nil {
		t.Errorf("the consumer was told %v", err)
	}
}

// TestTunnelWithoutUpgrade ends when nobody takes the stream.
func TestTunnelWithoutUpgrade(t *testing.T) {
	s := serve(t, &scripted{finish: func(x *exchange) {
		x.begin(101, "Connection", "Upgrade", "Upgrade", "shout")
		x.request.Connection.Finish()
	}}, httpserver.Options{})
	c := s.dial()
	c.send(upgrade + get)
	rest, _ := io.ReadAll(c.in)
	if got := string(rest); !strings.HasPrefix(got, "HTTP/1.1 101") || strings.Count(got, "HTTP/1.1") != 1 {
		t.Errorf("got %q", got)
	}
}
