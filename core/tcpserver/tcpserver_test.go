//go:build unix

package tcpserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/netutil"
)

func TestEcho(t *testing.T) {
	overKinds(t, echo, func(f *fixture) {
		first, second := f.dial(), f.dial()
		first.send("one\ntw")
		second.send("other\n")
		first.wantLine("one\n")
		second.wantLine("other\n")
		first.send("o\n")
		first.wantLine("two\n")
	})
}

func TestAddressOfPeer(t *testing.T) {
	tell := HandlerFunc(func(stream *iostream.IOStream, address string) error {
		stream.Write([]byte(address + "\n"))
		stream.CloseWhenWritten(false)
		return nil
	})
	overKinds(t, tell, func(f *fixture) {
		c := f.dial()
		want := "unix:"
		if addr, ok := c.LocalAddr().(*net.TCPAddr); ok {
			want = addr.String()
		}
		c.wantLine(want + "\n")
		c.wantEnd()
	})
}

func TestHandlerFails(t *testing.T) {
	ouch := errors.New("ouch")
	for _, tt := range []struct {
		name    string
		handler Handler
		logged  string // empty: nothing
	}{
		{"error", HandlerFunc(func(*iostream.IOStream, string) error { return ouch }), "error in connection callback for 127.0.0.1:"},
		{"future", FutureFunc(func(*iostream.IOStream, string) *concurrent.Future[struct{}] {
			return concurrent.Failed[struct{}](ouch)
		}), "ouch"},
		{"later", FutureFunc(func(stream *iostream.IOStream, _ string) *concurrent.Future[struct{}] {
			var f concurrent.Future[struct{}]
			stream.Loop().AddCallback(func() { f.SetError(ouch) })
			return &f
		}), "ouch"},
		{"panic", HandlerFunc(func(*iostream.IOStream, string) error { panic(ouch) }), "ouch"},
		{"peer has gone", HandlerFunc(func(*iostream.IOStream, string) error {
			return fmt.Errorf("read: %w", &iostream.StreamClosedError{})
		}), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			records := watchLog(t)
			failing := true // on the loop
			f := newFixture(t, 1, FutureFunc(func(stream *iostream.IOStream, address string) *concurrent.Future[struct{}] {
				if failing {
					failing = false
					return tt.handler.HandleStream(stream, address)
				}
				return echo.HandleStream(stream, address)
			}), Options{})
			f.listen("127.0.0.1:0")
			f.dial().wantEnd()
			if tt.logged != "" {
				records.wantError(t, tt.logged)
			} else if got := records.errors(); got != nil {
				t.Errorf("got the errors %q; want none", got)
			}
			next := f.dial() // the loop goes on
			next.send("x\n")
			next.wantLine("x\n")
		})
	}
}

func TestStop(t *testing.T) {
	overKinds(t, echo, func(f *fixture) {
		address := f.server.Addresses()[0]
		c := f.dial()
		c.send("x\n")
		c.wantLine("x\n")
		for range 2 {
			if _, err := f.server.Stop().Wait(t.Context()); err != nil {
				f.t.Fatal(err)
			}
		}
		if got := f.server.Addresses(); got != nil {
			f.t.Errorf("still listens on %v", got)
		}
		c.send("y\n") // lives on
		c.wantLine("y\n")
		if err := f.server.Listen("127.0.0.1:0"); !errors.Is(err, ErrServerClosed) {
			f.t.Errorf("got %v; want ErrServerClosed", err)
		}
		sockets, err := netutil.BindSockets(address)
		if err != nil {
			f.t.Fatalf("the address is not free: %v", err)
		}
		netutil.CloseSockets(sockets)
	})
}

func TestStopBeforeTheLoopsRun(t *testing.T) {
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := New(echo, Options{}, l)
	if err := s.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	stopped := s.Stop()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := stopped.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestListenFails(t *testing.T) {
	f := newFixture(t, 1, echo, Options{})
	if err := f.server.Listen("nonsense"); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("got %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a server without a loop was made")
		}
	}()
	New(echo, Options{})
}

// countStreams waits until the server counts n open streams.
func countStreams(t *testing.T, s *TCPServer, n int) {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond) // nothing tells of the count
	defer again.Stop()
	for deadline := time.After(patience); s.OpenStreams() != n; {
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("got %d open streams; want %d", s.OpenStreams(), n)
		}
	}
}

func TestOpenStreams(t *testing.T) {
	f := newFixture(t, 2, echo, Options{})
	f.listen("127.0.0.1:0")
	first, second := f.dial(), f.dial()
	for _, c := range []*client{first, second} {
		c.send("x\n")
		c.wantLine("x\n")
	}
	countStreams(t, f.server, 2)
	first.Close()
	countStreams(t, f.server, 1)
	second.Close()
	countStreams(t, f.server, 0)
}

// TestPanicAfterHandOver has the handler panic on every loop.
func TestPanicAfterHandOver(t *testing.T) {
	records := watchLog(t)
	const loops, n = 3, 12
	f := newFixture(t, loops, HandlerFunc(func(stream *iostream.IOStream, _ string) error {
		panic(fmt.Sprintf("on loop %d.", stream.Loop().Number()))
	}), Options{})
	f.listen("127.0.0.1:0")
	for range n {
		f.dial().wantEnd()
	}
	countStreams(t, f.server, 0)
	told := map[string]bool{}
	for _, text := range records.errors() {
		what, _, _ := strings.Cut(text, ".")
		told[what] = true
	}
	if len(records.errors()) != n || len(told) != loops {
		t.Errorf("got %d errors: %v; want one of each connection, of %d loops", len(records.errors()), told, loops)
	}
}

func TestCloseAll(t *testing.T) {
	overKinds(t, echo, func(f *fixture) {
		c := f.dial()
		c.send("x\n")
		c.wantLine("x\n")
		ended := make(chan error, 1)
		go func() { ended <- f.server.CloseAll(t.Context()) }() // waited for below
		c.wantEnd()
		c.Close()
		if err := <-ended; err != nil {
			f.t.Error(err)
		}
		if n := f.server.OpenStreams(); n != 0 {
			f.t.Errorf("%d streams are open", n)
		}
		if err := f.server.CloseAll(t.Context()); err != nil {
			f.t.Errorf("again: %v", err)
		}
	})
}

// TestCloseAllAtDeadline has a peer that does not read what is written to it.
func TestCloseAllAtDeadline(t *testing.T) {
	flood := HandlerFunc(func(stream *iostream.IOStream, _ string) error {
		stream.Write([]byte("begin\n"))
		stream.Write(make([]byte, 16<<20))
		return nil
	})
	overKinds(t, flood, func(f *fixture) {
		c := f.dial()
		c.wantLine("begin\n")
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := f.server.CloseAll(ctx); !errors.Is(err, context.DeadlineExceeded) {
			f.t.Errorf("got %v; want that the time is over", err)
		}
		if n := f.server.OpenStreams(); n != 0 {
			f.t.Errorf("%d streams are open", n)
		}
	})
}

func TestMaxBufferSizes(t *testing.T) {
	records := watchLog(t)
	f := newFixture(t, 1, FutureFunc(func(stream *iostream.IOStream, _ string) *concurrent.Future[struct{}] {
		var ended concurrent.Future[struct{}]
		ioloop.AddFuture(stream.Loop(), stream.ReadUntil([]byte("\n"), 0), func(f *concurrent.Future[[]byte]) {
			_, err := f.Result()
			ended.TrySet(struct{}{}, err)
		})
		return &ended
	}), Options{MaxBufferSize: 1000})
	f.listen("127.0.0.1:0")
	c := f.dial()
	c.send(strings.Repeat("x", 2000))
	c.wantEnd()
	records.wantError(t, iostream.ErrUnsatisfiableRead.Error())

	g := newFixture(t, 1, HandlerFunc(func(stream *iostream.IOStream, _ string) error {
		stream.Write(make([]byte, 16<<20))
		return nil
	}), Options{MaxWriteBufferSize: 1 << 20})
	g.listen("127.0.0.1:0")
	for d := g.dial(); ; {
		if _, err := d.in.Discard(1 << 16); err != nil {
			break // it ends early
		}
	}
}

// TestSpread wants each loop to get as many connections as the others, whether
// they come one by one or at once.
func TestSpread(t *testing.T) {
	const loops, n = 4, 200
	var counts [loops]atomic.Int64
	var total atomic.Int64
	handled := make(chan struct{}, n) // one for each connection
	count := HandlerFunc(func(stream *iostream.IOStream, _ string) error {
		counts[stream.Loop().Number()].Add(1)
		total.Add(1)
		handled <- struct{}{}
		return nil
	})
	for _, atOnce := range []bool{false, true} {
		t.Run(fmt.Sprintf("at once %v", atOnce), func(t *testing.T) {
			for i := range counts {
				counts[i].Store(0)
			}
			f := newFixture(t, loops, count, Options{})
			f.listen("127.0.0.1:0")
			for range n {
				f.dial()
				if !atOnce {
					<-handled
				}
			}
			if atOnce {
				for range n {
					<-handled
				}
			}
			var got []int64
			for i := range counts {
				got = append(got, counts[i].Load())
			}
			// Two loops may both see a third one as the emptiest.
			if spread := slices.Max(got) - slices.Min(got); spread > n/10 {
				t.Errorf("the loops got %v connections; want about as many each", got)
			}
			t.Logf("the loops got %v connections", got)
		})
	}
}

// BenchmarkConnections connects, is told so and closes, one connection after
// another: what giving connections to other loops costs.
func BenchmarkConnections(b *testing.B) {
	greet := HandlerFunc(func(stream *iostream.IOStream, _ string) error {
		stream.Write([]byte("x"))
		stream.CloseWhenWritten(false)
		return nil
	})
	for _, loops := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("loops=%d", loops), func(b *testing.B) {
			group, err := ioloop.NewGroup(loops)
			if err != nil {
				b.Fatal(err)
			}
			defer group.Close()
			s := New(greet, Options{}, group.Loops()...)
			if err := s.Listen("127.0.0.1:0"); err != nil {
				b.Fatal(err)
			}
			if err := group.Start(); err != nil {
				b.Fatal(err)
			}
			defer s.CloseAll(context.Background())
			address := s.Addresses()[0]
			var buf [1]byte
			for b.Loop() {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := conn.Read(buf[:]); err != nil {
					b.Fatal(err)
				}
				conn.(*net.TCPConn).SetLinger(0) // so that ports do not run out
				conn.Close()
			}
		})
	}
}
