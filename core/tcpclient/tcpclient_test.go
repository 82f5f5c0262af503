//go:build unix

package tcpclient

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/netutil"
)

// patience is how long a busy machine may take.
const patience = 20 * time.Second

// serve tells every client its address, and echoes one line.
func serve(t *testing.T, address string, config *tls.Config) netip.AddrPort {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Skip(err) // a machine without that family
	}
	ended := make(chan struct{})
	go func() { // Cleanup waits for it
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if config != nil {
				conn = tls.Server(conn, config)
			}
			conn.SetDeadline(time.Now().Add(patience))
			fmt.Fprintln(conn, conn.RemoteAddr())
			line, _ := bufio.NewReader(conn).ReadString('\n')
			fmt.Fprint(conn, line)
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-ended })
	return netip.MustParseAddrPort(listener.Addr().String())
}

// A fixture connects, on a running loop.
type fixture struct {
	t    *testing.T
	loop *ioloop.IOLoop
	do   func(func())
}

func newFixture(t *testing.T) *fixture {
	l, do := startLoop(t, ioloop.Options{})
	before := leak.Descriptors()
	t.Cleanup(func() { awaitClosed(t, before) })
	return &fixture{t, l, do}
}

// awaitClosed gives streams that are being closed the time that takes: a last
// alert is on its way, and the peer's end. Nothing tells of it.
func awaitClosed(t *testing.T, before []string) {
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for deadline := time.After(patience); ; {
		open := slices.DeleteFunc(leak.Descriptors(), func(one string) bool { return slices.Contains(before, one) })
		if before == nil || len(open) == 0 {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("open still: %v", open)
		}
	}
}

func (f *fixture) connect(c *TCPClient, host string, port int, o ConnectOptions) (*iostream.IOStream, error) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	stream, err := c.Connect(f.loop, host, port, o).Wait(ctx)
	if (stream == nil) == (err == nil) {
		f.t.Errorf("got %v, %v; want one of them", stream, err)
	}
	if stream != nil {
		f.t.Cleanup(func() { f.do(func() { stream.Close(nil) }) })
	}
	return stream, err
}

func (f *fixture) mustConnect(c *TCPClient, host string, port int, o ConnectOptions) *iostream.IOStream {
	f.t.Helper()
	stream, err := f.connect(c, host, port, o)
	if err != nil {
		f.t.Fatal(err)
	}
	return stream
}

func (f *fixture) readLine(stream *iostream.IOStream) string {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	line, err := ioloop.Call(f.loop, func() *concurrent.Future[[]byte] {
		return stream.ReadUntil([]byte("\n"), 0)
	}).Wait(ctx)
	if err != nil {
		f.t.Fatal(err)
	}
	return strings.TrimSuffix(string(line), "\n")
}

// echo checks that both directions work, and returns the address the server sees.
func (f *fixture) echo(stream *iostream.IOStream) netip.AddrPort {
	f.t.Helper()
	seen := f.readLine(stream)
	f.do(func() { stream.Write([]byte("hello\n")) })
	if got := f.readLine(stream); got != "hello" {
		f.t.Errorf("got %q", got)
	}
	return netip.MustParseAddrPort(seen)
}

// resolver answers with the same addresses always.
func resolver(addresses ...netip.AddrPort) netutil.Resolver {
	return netutil.ResolverFunc(func(context.Context, string, int) ([]netip.AddrPort, error) { return addresses, nil })
}

func TestConnect(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1", "localhost"} {
		t.Run(host, func(t *testing.T) {
			f := newFixture(t)
			at := serve(t, net.JoinHostPort(host, "0"), nil)
			f.echo(f.mustConnect(new(TCPClient), host, int(at.Port()), ConnectOptions{}))
		})
	}
}

func TestConnectFails(t *testing.T) {
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := netip.MustParseAddrPort(probe.Addr().String())
	other := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), closed.Port())
	probe.Close()
	noSecurity := errors.New("no security")
	for _, tt := range []struct {
		name     string
		resolver netutil.Resolver
		options  ConnectOptions
		want     error // nil if the text must do
		text     string
	}{
		{"refused", resolver(closed), ConnectOptions{}, unix.ECONNREFUSED, closed.String()},
		{"refused twice", resolver(other, closed), ConnectOptions{}, unix.ECONNREFUSED, "before that " + other.String() + " failed"},
		{"no addresses", resolver(), ConnectOptions{}, nil, "no address"},
		{"other family", resolver(closed), ConnectOptions{Family: netutil.IPv6}, nil, "no address"},
		{"source of another family", resolver(closed), ConnectOptions{SourceIP: "::1"}, nil, "no address"},
		{"source is no address", resolver(closed), ConnectOptions{SourceIP: "localhost"}, nil, `SourceIP "localhost"`},
		{"source is not ours", resolver(closed), ConnectOptions{SourceIP: "192.0.2.1"}, unix.EADDRNOTAVAIL, "192.0.2.1"},
		{"resolver", &netutil.OverrideResolver{Mapping: map[string]string{"host.example": "a..b"}}, ConnectOptions{}, nil, `resolve "a..b"`},
		{"security", resolver(serve(t, "127.0.0.1:0", nil)), ConnectOptions{SSL: func(string) (iostream.Security, error) { return nil, noSecurity }}, noSecurity, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newFixture(t).connect(&TCPClient{Resolver: tt.resolver}, "host.example", 80, tt.options)
			if err == nil || !strings.HasPrefix(err.Error(), "tcpclient: connect host.example:80: ") ||
				!strings.Contains(err.Error(), tt.text) || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v; want %v, %q", err, tt.want, tt.text)
			}
		})
	}
}

func TestSource(t *testing.T) {
	f := newFixture(t)
	at := serve(t, "127.0.0.1:0", nil)
	client := &TCPClient{Resolver: resolver(at)}
	// A port that was free a moment ago is free still, most likely.
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := probe.Addr().(*net.TCPAddr).Port
	probe.Close()
	seen := f.echo(f.mustConnect(client, "x", 0, ConnectOptions{SourcePort: free}))
	if int(seen.Port()) != free {
		t.Errorf("the server sees port %d; want %d", seen.Port(), free)
	}
	seen = f.echo(f.mustConnect(client, "x", 0, ConnectOptions{SourceIP: "127.0.0.1"}))
	if seen.Addr().String() != "127.0.0.1" {
		t.Errorf("the server sees %v", seen)
	}
}

// silent is an address that does not answer: its queue of connections is full.
func silent(t *testing.T) netip.AddrPort {
	t.Helper()
	sockets, err := netutil.BindOptions{Backlog: 1}.BindSockets("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { netutil.CloseSockets(sockets) })
	at := netip.MustParseAddrPort(sockets[0].Address)
	for {
		conn, err := net.DialTimeout("tcp", at.String(), 200*time.Millisecond)
		if err != nil {
			return at
		}
		t.Cleanup(func() { conn.Close() })
	}
}

func TestTimeout(t *testing.T) {
	resolving := make(chan struct{})
	ended := make(chan struct{})
	never := netutil.ResolverFunc(func(ctx context.Context, host string, port int) ([]netip.AddrPort, error) {
		close(resolving)
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	})
	for _, tt := range []struct {
		name     string
		resolver netutil.Resolver
		text     string
	}{
		{"resolving", never, "resolving the name"},
		{"connecting", resolver(silent(t)), "connecting"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newFixture(t).connect(&TCPClient{Resolver: tt.resolver}, "x", 1, ConnectOptions{Timeout: 500 * time.Millisecond})
			if !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "x:1") || !strings.Contains(err.Error(), "500ms "+tt.text) {
				t.Errorf("got %v; want ErrTimeout, %q", err, tt.text)
			}
		})
	}
	<-ended // the resolver was told
}

// TestSilentFamily has a first address that never answers.
func TestSilentFamily(t *testing.T) {
	at6 := serve(t, "[::1]:0", nil)
	f := newFixture(t)
	begun := time.Now()
	stream := f.mustConnect(&TCPClient{Resolver: resolver(silent(t), at6)}, "x", 0, ConnectOptions{})
	if seen := f.echo(stream); seen.Addr().String() != "::1" {
		t.Errorf("the server sees %v", seen)
	}
	if took := time.Since(begun); took < headStart {
		t.Errorf("the second family was tried after %v", took)
	}
}

func TestContextEnds(t *testing.T) {
	reason := context.Canceled
	f := newFixture(t)
	at := silent(t)
	for name, connect := range map[string]func(context.Context) error{
		"future": func(ctx context.Context) error {
			_, err := f.connect(&TCPClient{Resolver: resolver(at)}, "x", 1, ConnectOptions{Context: ctx})
			return err
		},
		"blocking": func(ctx context.Context) error {
			_, err := (&TCPClient{Resolver: resolver(at)}).ConnectContext(ctx, f.loop, "x", 1, ConnectOptions{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			// It ends at once in one round, and while it connects in the other.
			for _, early := range []bool{false, true} {
				if early {
					cancel()
				} else {
					defer time.AfterFunc(20*time.Millisecond, cancel).Stop()
				}
				if err := connect(ctx); !errors.Is(err, reason) || !strings.HasPrefix(err.Error(), "tcpclient: connect x:1: ") {
					t.Errorf("got %v; want %v", err, reason)
				}
			}
		})
	}
}

func TestConnectContext(t *testing.T) {
	f := newFixture(t)
	at := serve(t, "127.0.0.1:0", nil)
	stream, err := new(TCPClient).ConnectContext(t.Context(), f.loop, at.Addr().String(), int(at.Port()), ConnectOptions{Timeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	f.echo(stream)
	f.do(func() { stream.Close(nil) })
}

func TestOverriddenName(t *testing.T) {
	f := newFixture(t)
	at := serve(t, "127.0.0.1:0", nil)
	client := &TCPClient{Resolver: &netutil.OverrideResolver{Mapping: map[string]string{"www.example.com:80": at.String()}}}
	f.echo(f.mustConnect(client, "www.example.com", 80, ConnectOptions{}))
}

func TestMaxBufferSize(t *testing.T) {
	f := newFixture(t)
	at := serve(t, "127.0.0.1:0", nil)
	stream := f.mustConnect(new(TCPClient), at.Addr().String(), int(at.Port()), ConnectOptions{MaxBufferSize: 4, MaxWriteBufferSize: 8})
	_, err := ioloop.Call(f.loop, func() *concurrent.Future[[]byte] { return stream.ReadBytes(5, false) }).Wait(t.Context())
	if !errors.Is(err, iostream.ErrBufferFull) {
		t.Errorf("got %v; want ErrBufferFull", err)
	}
}

func TestLoopIsClosed(t *testing.T) {
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := new(TCPClient).Connect(l, "127.0.0.1", 1, ConnectOptions{}).Wait(t.Context()); !errors.Is(err, ioloop.ErrClosed) {
		t.Errorf("got %v; want ErrClosed", err)
	}
}
