package http1connection_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httpserver"
)

const (
	short = 600 * time.Millisecond
	long  = time.Minute
)

func timeouts(idle, header, body, write time.Duration) httpserver.Options {
	return httpserver.Options{Parameters: http1connection.Parameters{
		IdleTimeout: idle, HeaderTimeout: header, BodyTimeout: body, WriteTimeout: write,
		MaxBodySize: 1 << 30,
	}}
}

func TestReadingTimeouts(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options httpserver.Options
		send    string
		want    string
	}{
		{"idle from the beginning", timeouts(short, long, long, long), "", "end"},
		{"idle after a request", timeouts(short, long, long, long), get, "200 GET /text | end"},
		{"idle after several", timeouts(short, long, long, short), get + get, "200 GET /text | 200 GET /text | end"},
		{"idle, with a shorter time for writing", timeouts(short, long, long, short/3), get, "200 GET /text | end"},
		{"slow head", timeouts(long, short, long, long), "GET / HT", "408 close | end"},
		{"slow head after a request", timeouts(long, short, long, long), get + "GET / HT", "200 GET /text | 408 close | end"},
		{"slow body", timeouts(long, long, short, long), post("/text", "Content-Length: 3\r\n\r\nab"), "408 close | end"},
		{"slow chunk", timeouts(long, long, short, long), post("/text", "Transfer-Encoding: chunked\r\n\r\n3\r\nab"), "408 close | end"},
		{"slow body after a request", timeouts(long, long, short, long), get + post("/text", "Content-Length: 3\r\n\r\nab"), "200 GET /text | 408 close | end"},
		{"body that was to be asked for", timeouts(long, long, short, long), post("/text", "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"), "100 | 408 close | end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, app{}, tt.options).dial()
			start := time.Now()
			c.send(tt.send)
			want := strings.Split(tt.want, " | ")
			if got := c.transcript(nil, len(want)); !strings.HasPrefix(strings.Join(got, " | "), tt.want) {
				t.Errorf("got %q; want %q", got, want)
			}
			if d := time.Since(start); d < short-50*time.Millisecond || d > 10*time.Second {
				t.Errorf("it took %v; want about %v", d, short)
			}
		})
	}
}

// TestTrickle sends a head octet by octet, quickly enough for each one, and too
// slowly for all.
func TestTrickle(t *testing.T) {
	t.Parallel()
	c := serve(t, app{}, timeouts(long, short, long, long)).dial()
	answered := make(chan struct{})
	stopped := make(chan struct{})
	go func() { // the test waits for stopped
		defer close(stopped)
		pace := time.NewTicker(20 * time.Millisecond)
		defer pace.Stop()
		c.send("GET / HTTP/1.1\r\nX: ")
		for {
			select {
			case <-pace.C:
				c.conn.Write([]byte("x"))
			case <-answered:
				return
			}
		}
	}()
	c.want("408 close")
	close(answered)
	<-stopped
}

// TestLongWork has a handler that takes longer than every timeout.
func TestLongWork(t *testing.T) {
	t.Parallel()
	s := serve(t, &scripted{finish: func(x *exchange) {
		go func() { // ends by itself; the answer is read
			<-time.After(2 * short)
			x.request.Connection.AddCallback(func() { x.answer(200, "at last") })
		}()
	}}, timeouts(short/2, short/2, short/2, short/2))
	c := s.dial()
	c.send(post("/", "Content-Length: 1\r\n\r\na"))
	c.want("200 at last", "end")
}

// TestSlowReader has clients that ask for much and take nothing. What is kept for
// them must be bounded, and their connections closed.
func TestSlowReader(t *testing.T) {
	const size = 1 << 20
	request := fmt.Sprintf("GET /large/%d HTTP/1.1\r\nHost: x\r\n", size)
	for _, tt := range []struct {
		name    string
		send    string
		options httpserver.Options
	}{
		{"many requests", strings.Repeat(request+"\r\n", 100), timeouts(long, long, long, short)},
		{"many requests, less patience with idle ones", strings.Repeat(request+"\r\n", 100), timeouts(short, long, long, short)},
		{"without keep-alive", "GET /large/20000000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", timeouts(long, long, long, short)},
		{"that leaves half-way", "POST /stream_body_finish_large HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n", timeouts(long, long, long, short)},
		{"with half of a head behind", strings.Repeat(request+"\r\n", 100) + "GET /", timeouts(long, long, long, short)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, &scripted{finish: func(x *exchange) { x.Finish() }, headers: finishLargeEarly}, tt.options)
			c := s.dial()
			c.conn.SetReadBuffer(64 << 10)
			start := time.Now()
			c.send(tt.send)
			most := int64(0)
			for !c.ended() && time.Since(start) < 15*time.Second {
				most = max(most, c.info().Pending.Load())
				runtime.Gosched()
			}
			if !c.ended() {
				t.Fatal("the connection is still open")
			}
			if err := c.info().Err; err == nil || !strings.Contains(err.Error(), "the client took nothing for") {
				t.Errorf("got %v as the reason", err)
			}
			if strings.HasPrefix(tt.name, "many") && most > size+512<<10 {
				t.Errorf("%d bytes were kept for a client that reads nothing", most)
			}
			if n := s.Connections(); n != 0 {
				t.Errorf("%d connections are counted", n)
			}
			io.Copy(io.Discard, c.conn)
		})
	}
}

// TestSteadyReader takes its answer slowly, but never stops: it may take longer
// than the timeout.
func TestSteadyReader(t *testing.T) {
	t.Parallel()
	const size = 8 << 20
	s := serve(t, app{}, timeouts(long, long, long, short))
	c := s.dial()
	c.conn.SetReadBuffer(64 << 10)
	c.send(fmt.Sprintf("GET /large/%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", size))
	pace := time.NewTicker(short / 30)
	defer pace.Stop()
	read, buf := 0, make([]byte, size/100)
	for range pace.C {
		n, err := io.ReadFull(c.conn, buf)
		read += n
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			t.Fatalf("after %d bytes: %v", read, err)
		}
	}
	if read < size {
		t.Errorf("got %d bytes; want %d", read, size)
	}
}
