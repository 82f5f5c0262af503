//go:build linux

package websocket

import (
	"net"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/web"
)

// BenchmarkEcho is one message there and back, 16 of them in flight on one
// connection. What it allocates is the server's doing.
func BenchmarkEcho(b *testing.B) {
	const inFlight = 16
	app := web.NewApplication(web.Settings{Loops: 1, LogFunction: func(*web.RequestHandler) {}}, web.URL[plainEcho](`/`))
	server, err := app.Listen("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	conn, err := net.Dial("tcp", server.Addresses()[0])
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	c := &rawClient{t: b, conn: conn, r: newReader(conn)}
	c.request("GET / HTTP/1.1\r\n"+upgradeHead+"\r\n", "")
	wire := []byte(strings.Repeat(f(0x82, strings.Repeat("x", 32)), inFlight))
	answer := make([]byte, inFlight*(2+32))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += inFlight {
		if _, err := conn.Write(wire); err != nil {
			b.Fatal(err)
		}
		for have := 0; have < len(answer); {
			n, err := c.r.Read(answer[have:])
			if err != nil {
				b.Fatal(err)
			}
			have += n
		}
	}
}
