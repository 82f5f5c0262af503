//go:build linux

package httpserver

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/log"
)

// TestFloods has many clients misbehave at once. What is kept for them must be
// bounded, whatever they announce, and a client that behaves must be answered
// meanwhile.
func TestFloods(t *testing.T) {
	log.SetLevel(log.LevelNone)
	defer log.SetLevel(log.LevelWarning)
	const post = "POST / HTTP/1.1\r\nHost: a\r\n"
	large := post + "Content-Length: 100000\r\n\r\n" + strings.Repeat("x", 100_000)
	for _, tt := range []struct {
		name    string
		clients int
		send    string
		each    int // bytes of heap that a client may cost
	}{
		{"connections without a request", 300, "", 2 << 10},
		{"beginnings of heads", 300, "GET / HT", 6 << 10},
		{"heads that do not end", 100, "GET / HTTP/1.1\r\nA: " + strings.Repeat("a", 60_000), 200 << 10},
		{"bodies that do not come", 300, post + "Content-Length: 100000000\r\n\r\n", 6 << 10},
		{"chunks that do not come", 300, post + "Transfer-Encoding: chunked\r\n\r\n5f5e100\r\n", 6 << 10},
		{"chunks of one byte", 100, post + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\na\r\n", 20_000), 100 << 10},
		{"answers that nobody reads", 40, strings.Repeat(large, 40), 2 << 20},
		{"many small requests, and nobody reads", 40, strings.Repeat("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 50_000), 1 << 20},
		{"refusals that nobody reads", 300, "x\r\n\r\n" + strings.Repeat("x", 100_000), 6 << 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, address := start(t, echo{}, Options{Loops: 1, Parameters: http1connection.Parameters{
				IdleTimeout: time.Hour, HeaderTimeout: time.Hour, BodyTimeout: time.Hour, WriteTimeout: time.Hour}})
			before := heap()
			clients := make([]*client, tt.clients)
			for i := range clients {
				clients[i] = dial(t, address)
			}
			var wg sync.WaitGroup
			for _, c := range clients {
				wg.Go(func() {
					// What the server does not take it need not get.
					c.conn.SetWriteDeadline(time.Now().Add(time.Second))
					fmt.Fprint(c.conn, tt.send)
				})
			}
			behave(t, address, 20)
			wg.Wait()
			behave(t, address, 20)
			if kept := heap() - before; kept > tt.clients*tt.each {
				t.Errorf("%d bytes are kept for %d clients; want at most %d each", kept, tt.clients, tt.each)
			}
		})
	}
}

// behave is a client that behaves. It is patient: the machine is busy with those
// that do not, and perhaps with more.
func behave(t *testing.T, address string, requests int) {
	t.Helper()
	c := dial(t, address)
	c.conn.SetDeadline(time.Now().Add(time.Minute))
	for range requests {
		c.get("/")
		c.want("GET / ")
	}
	c.conn.Close()
}
