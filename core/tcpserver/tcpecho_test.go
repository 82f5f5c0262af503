//go:build unix

package tcpserver_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/gen"
	"github.com/tornado-dev/tornado/core/internal/testcert"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/ssl"
	"github.com/tornado-dev/tornado/core/tcpclient"
	"github.com/tornado-dev/tornado/core/tcpserver"
)

// An EchoServer answers each line with itself.
type EchoServer struct{}

func (EchoServer) HandleStream(stream *iostream.IOStream, address string) *concurrent.Future[struct{}] {
	ended := new(concurrent.Future[struct{}])
	var next func()
	next = func() {
		line := stream.ReadUntil([]byte("\n"), 0)
		ioloop.AddFuture(stream.Loop(), line, func(line *concurrent.Future[[]byte]) {
			text, err := line.Result()
			if err != nil { // the client has left; the server closes the stream
				ended.SetError(err)
				return
			}
			stream.Write(text)
			next()
		})
	}
	next()
	return ended
}

// echoInGoroutine does the same with a goroutine for each connection.
func echoInGoroutine(stream *iostream.IOStream, address string) *concurrent.Future[struct{}] {
	return gen.Go(func() (struct{}, error) {
		for {
			line, err := ioloop.Call(stream.Loop(), func() *concurrent.Future[[]byte] {
				return stream.ReadUntil([]byte("\n"), 0)
			}).Wait(context.Background())
			if err != nil {
				return struct{}{}, err
			}
			stream.Loop().AddCallback(func() { stream.Write(line) })
		}
	})
}

// ask sends a line and returns the answer. It waits, so it is not for a loop.
func ask(ctx context.Context, loop *ioloop.IOLoop, stream *iostream.IOStream, line string) (string, error) {
	answer, err := ioloop.Call(loop, func() *concurrent.Future[[]byte] {
		stream.Write([]byte(line + "\n"))
		return stream.ReadUntil([]byte("\n"), 0)
	}).Wait(ctx)
	return string(answer), err
}

func Example() {
	loops, err := ioloop.NewGroup(0) // one a CPU
	if err != nil {
		log.Fatal(err)
	}
	defer loops.Close()
	server := tcpserver.New(EchoServer{}, tcpserver.Options{}, loops.Loops()...)
	if err := server.Listen("localhost:0"); err != nil {
		log.Fatal(err)
	}
	if err := loops.Start(); err != nil {
		log.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	loop := loops.Next()
	stream, err := new(tcpclient.TCPClient).ConnectContext(ctx, loop, "localhost", portOf(server), tcpclient.ConnectOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, line := range []string{"hello", "world"} {
		answer, err := ask(ctx, loop, stream, line)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(answer)
	}
	loop.AddCallback(func() { stream.Close(nil) })
	if err := server.CloseAll(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// hello
	// world
}

func portOf(server *tcpserver.TCPServer) int {
	_, port, _ := net.SplitHostPort(server.Addresses()[0])
	n, _ := strconv.Atoi(port)
	return n
}

// TestTCPEcho is the example with many clients, plain and encrypted, on one loop
// and on several.
func TestTCPEcho(t *testing.T) {
	authority := testcert.New(t)
	cert, key := authority.Issue("localhost")
	secureServer, err := ssl.Server(ssl.Options{CertFile: cert, KeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	secureClient, err := ssl.ClientFor(ssl.Options{CACerts: authority.File})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		loops   int
		handler tcpserver.Handler
		server  tcpserver.Options
		client  tcpclient.ConnectOptions
	}{
		{"TCP, one loop", 1, EchoServer{}, tcpserver.Options{}, tcpclient.ConnectOptions{}},
		{"TCP, three loops", 3, EchoServer{}, tcpserver.Options{}, tcpclient.ConnectOptions{}},
		{"TCP, goroutines", 2, tcpserver.FutureFunc(echoInGoroutine), tcpserver.Options{}, tcpclient.ConnectOptions{}},
		{"TLS, one loop", 1, EchoServer{}, tcpserver.Options{SSL: secureServer}, tcpclient.ConnectOptions{SSL: secureClient}},
		{"TLS, three loops", 3, EchoServer{}, tcpserver.Options{SSL: secureServer}, tcpclient.ConnectOptions{SSL: secureClient}},
		{"TLS, goroutines", 2, tcpserver.FutureFunc(echoInGoroutine), tcpserver.Options{SSL: secureServer}, tcpclient.ConnectOptions{SSL: secureClient}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			loops, err := ioloop.NewGroup(tt.loops)
			if err != nil {
				t.Fatal(err)
			}
			defer loops.Close()
			server := tcpserver.New(tt.handler, tt.server, loops.Loops()...)
			if err := server.Listen("localhost:0"); err != nil {
				t.Fatal(err)
			}
			if err := loops.Start(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			const clients = 20
			errs := make(chan error, clients) // one of each client
			for i := range clients {
				go func() { errs <- converse(ctx, loops.Next(), portOf(server), i, tt.client) }() // waited for below
			}
			for range clients {
				if err := <-errs; err != nil {
					t.Error(err)
				}
			}
			if err := server.CloseAll(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// converse has one client say a few lines.
func converse(ctx context.Context, loop *ioloop.IOLoop, port, number int, o tcpclient.ConnectOptions) error {
	stream, err := new(tcpclient.TCPClient).ConnectContext(ctx, loop, "localhost", port, o)
	if err != nil {
		return err
	}
	defer loop.AddCallback(func() { stream.Close(nil) })
	for i := range 10 {
		line := fmt.Sprintf("client %d, line %d", number, i)
		if got, err := ask(ctx, loop, stream, line); err != nil || got != line+"\n" {
			return fmt.Errorf("got %q, %v; want %q", got, err, line)
		}
	}
	return nil
}
