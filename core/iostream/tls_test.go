//go:build unix

package iostream

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
)

// overEncrypted runs a test over each encrypted transport. The stream is plain
// still, and its loop not running.
func overEncrypted(t *testing.T, consumer bool, test func(f *fixture)) {
	for i := range kinds {
		kind := kinds[i]
		if kind.near == nil {
			continue
		}
		t.Run(kind.name, func(t *testing.T) {
			plain := kind
			plain.near = nil
			f := newFixture(t, &plain)
			if consumer {
				f.connect(f)
			} else {
				f.connect(nil)
			}
			f.kind = &kind
			test(f)
		})
	}
}

// options are those of our role.
func (f *fixture) options() TLSOptions {
	return TLSOptions{ServerSide: strings.HasSuffix(f.kind.name, "server")}
}

// startTLS begins our side of the handshake.
func (f *fixture) startTLS(o TLSOptions) (future *concurrent.Future[SecureConn]) {
	f.do(func() { future = f.stream.StartTLS(f.kind.near, o) })
	return future
}

// A cutter is a connection whose writes arrive in pieces of some size; zero keeps
// all of them together until something is read.
type cutter struct {
	net.Conn
	size    int
	between func() // lets the other side take the piece
	held    []byte
}

func (c *cutter) Write(data []byte) (int, error) {
	c.held = append(c.held, data...)
	if c.size == 0 {
		return len(data), nil
	}
	return len(data), c.flush(c.size)
}

func (c *cutter) flush(size int) error {
	for len(c.held) > 0 {
		n := min(size, len(c.held))
		if _, err := c.Conn.Write(c.held[:n]); err != nil {
			return err
		}
		c.held = c.held[n:]
		c.between()
	}
	return nil
}

// SetWriteDeadline is how a tls.Conn that has sent its last byte bars others, which
// may be held still.
func (c *cutter) SetWriteDeadline(time.Time) error { return nil }

func (c *cutter) Read(p []byte) (int, error) {
	if err := c.flush(1 << 20); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// TestTLSInPieces lets every byte of the handshake and of what follows come alone,
// in odd pieces, and as many together as there can be, with messages already
// behind.
func TestTLSInPieces(t *testing.T) {
	for _, size := range []int{1, 2, 3, 7, 1000, 0} {
		for _, messages := range []int{1, 20} {
			t.Run(fmt.Sprintf("pieces of %d, %d messages", size, messages), func(t *testing.T) {
				overEncrypted(t, true, func(f *fixture) {
					f.take = func(data []byte) (taken int) {
						for {
							line, _, ok := bytes.Cut(data[taken:], []byte("\n"))
							if !ok {
								return taken
							}
							taken += len(line) + 1
							f.stream.Write(append(bytes.ToUpper(line), '\n'))
						}
					}
					future := f.startTLS(TLSOptions{})
					ioloop.AddFuture(f.loop, future, func(*concurrent.Future[SecureConn]) { f.note("shaken hands") })
					secure := f.kind.far(&cutter{Conn: f.peer, size: size, between: f.turn})
					f.peer = secure
					var want, got bytes.Buffer
					for i := range messages {
						fmt.Fprintf(&want, "MESSAGE %d\n", i)
					}
					f.send(strings.ToLower(want.String()))
					if _, err := io.CopyN(&got, f.peer, int64(want.Len())); err != nil || got.String() != want.String() {
						f.t.Errorf("got %q, %v; want %q", got.String(), err, want.String())
					}
					f.halfClose()
					secure.NetConn().(*cutter).flush(1 << 20)
					f.want("shaken hands", "ended")
				})
			})
		}
	}
}

// TestFirstBytesAfterTheHandshake wants who waits for the handshake to be told
// before the bytes that came with its end are shown, and a stream that is paused
// then to show them when it is resumed.
func TestFirstBytesAfterTheHandshake(t *testing.T) {
	overEncrypted(t, true, func(f *fixture) {
		f.do(f.stream.Pause)
		future := f.startTLS(TLSOptions{})
		told := false
		ioloop.AddFuture(f.loop, future, func(*concurrent.Future[SecureConn]) { told = true })
		f.peer = f.kind.far(&cutter{Conn: f.peer, between: f.turns})
		f.send("early")
		secure := f.peer.(*tls.Conn)
		secure.NetConn().(*cutter).flush(1 << 20)
		if _, err := future.Wait(f.t.Context()); err != nil {
			f.t.Fatal(err)
		}
		f.turns()
		f.do(func() {
			if !told || len(f.received) != 0 {
				f.t.Errorf("told: %v, and %q was shown to a paused consumer", told, f.received)
			}
			f.stream.Resume()
		})
		f.untilReceived(len("early"))
	})
}

// TestStartTLSAfterPlainBytes is STARTTLS, with the beginning of the handshake
// right behind the command, or behind the answer to it.
func TestStartTLSAfterPlainBytes(t *testing.T) {
	for _, size := range []int{1, 0} {
		overEncrypted(t, true, func(f *fixture) {
			var future *concurrent.Future[SecureConn]
			command, answer := "STARTTLS\r\n", "220 go ahead\r\n"
			f.take = func(data []byte) int {
				if future != nil {
					f.stream.Write(bytes.ToUpper(data))
					return len(data)
				}
				if !bytes.HasPrefix(data, []byte(command)) {
					return 0
				}
				f.stream.Write([]byte(answer))
				future = f.stream.StartTLS(f.kind.near, f.options())
				return len(command)
			}
			f.start()
			conn := &cutter{Conn: f.peer, size: size, between: f.turn}
			if _, err := io.WriteString(conn, command); err != nil {
				f.t.Fatal(err)
			}
			if size > 0 || !f.options().ServerSide {
				// Our side sends first, or all is sent byte by byte: the answer is plain.
				got := make([]byte, len(answer))
				if _, err := io.ReadFull(conn, got); err != nil || string(got) != answer {
					f.t.Fatalf("got %q, %v", got, err)
				}
				f.peer = f.kind.far(conn)
			} else {
				f.peer = f.kind.far(&afterAnswer{Conn: conn, skip: len(answer)})
			}
			f.send("encrypted")
			got := make([]byte, len("encrypted"))
			if _, err := io.ReadFull(f.peer, got); err != nil || string(got) != "ENCRYPTED" {
				f.t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// afterAnswer drops the plain answer before the ciphertext.
type afterAnswer struct {
	net.Conn
	skip int
}

func (a *afterAnswer) Read(p []byte) (int, error) {
	for a.skip > 0 {
		n, err := a.Conn.Read(p[:min(a.skip, len(p))])
		if a.skip -= n; err != nil {
			return 0, err
		}
	}
	return a.Conn.Read(p)
}

// TestPlainBytesBehindStartTLS sends a command where the handshake should be: it
// must not be taken for one that came encrypted.
func TestPlainBytesBehindStartTLS(t *testing.T) {
	overEncrypted(t, true, func(f *fixture) {
		var future *concurrent.Future[SecureConn]
		f.take = func(data []byte) int {
			future = f.stream.StartTLS(f.kind.near, TLSOptions{})
			return len("STARTTLS\r\n")
		}
		f.send("STARTTLS\r\nRCPT TO: somebody\r\n")
		go io.Copy(io.Discard, f.peer) // ends when the test has closed its end
		f.until("StartTLS", func() bool { return future != nil })
		if _, err := future.Wait(f.t.Context()); err == nil {
			f.t.Error("the handshake did not fail")
		}
		f.peer.CloseWrite()
		f.until("closed", f.stream.Closed)
		f.do(func() {
			if len(f.received) != len("STARTTLS\r\n") {
				f.t.Errorf("got %q", f.received)
			}
		})
	})
}

// TestPlainBytesOnATLSStream has a peer that knows nothing of TLS.
func TestPlainBytesOnATLSStream(t *testing.T) {
	overEncrypted(t, false, func(f *fixture) {
		var closed error
		f.do(func() { f.stream.SetCloseCallback(func(err error) { closed = err; f.wake() }) })
		future := f.startTLS(f.options())
		f.send("GET / HTTP/1.1\r\nHost: example\r\n\r\n")
		_, err := future.Wait(f.t.Context())
		var header tls.RecordHeaderError
		if !errors.As(err, &header) {
			f.t.Errorf("got %v; want a tls.RecordHeaderError", err)
		}
		f.halfClose()
		f.until("closed", f.stream.Closed)
		f.do(func() {
			if closed != err {
				f.t.Errorf("got %v as the reason; want %v", closed, err)
			}
		})
	})
}

// TestPlainBytesAfterTheHandshake breaks into an encrypted stream. The peer must
// be told by an alert, and the reason be known.
func TestPlainBytesAfterTheHandshake(t *testing.T) {
	overEncrypted(t, true, func(f *fixture) {
		f.encrypt()
		raw := f.peer.(*tls.Conn).NetConn()
		f.start()
		if _, err := raw.Write([]byte("\x17\x03\x03\x00\x20plain bytes, thirty-two of them.")); err != nil {
			f.t.Fatal(err)
		}
		if _, err := f.peer.Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), "bad record MAC") {
			f.t.Errorf("the peer got %v; want the alert", err)
		}
		raw.Close()
		f.until("closed", f.stream.Closed)
		if events := f.seen(); len(events) != 1 || !strings.Contains(events[0], "bad record MAC") {
			f.t.Errorf("got %q", events)
		}
	})
}

// TestTruncated ends the connection below the encryption.
func TestTruncated(t *testing.T) {
	overEncrypted(t, true, func(f *fixture) {
		f.encrypt()
		f.send("cut o")
		f.peer.(*tls.Conn).NetConn().(*net.TCPConn).CloseWrite()
		f.want("closed: " + ErrTruncated.Error())
		if string(f.received) != "cut o" {
			f.t.Errorf("got %q", f.received)
		}
	})
}

// TestTruncatedHandshake ends the connection while hands are shaken.
func TestTruncatedHandshake(t *testing.T) {
	overEncrypted(t, false, func(f *fixture) {
		future := f.startTLS(TLSOptions{})
		if f.options().ServerSide {
			f.send("\x16\x03\x01")
		}
		f.halfClose()
		if _, err := future.Wait(f.t.Context()); !errors.Is(err, ErrTruncated) {
			f.t.Errorf("got %v; want %v", err, ErrTruncated)
		}
		f.peer.Close()
		f.until("closed", f.stream.Closed)
	})
}

// TestSlowReaderOverTLS wants no more than a piece to be encrypted ahead of a peer
// that reads nothing.
func TestSlowReaderOverTLS(t *testing.T) {
	overEncrypted(t, true, func(f *fixture) {
		f.encrypt()
		want := text(24 << 20)
		drained := false
		f.do(func() {
			f.stream.Write(want)
			f.stream.NotifyDrained(func(err error) { drained = err == nil })
		})
		f.turns()
		most := 0
		check := func() {
			f.do(func() { most = max(most, cap(f.stream.secure.out)) })
		}
		check()
		got := make([]byte, len(want))
		for rest := got; len(rest) > 0; check() {
			n, err := f.peer.Read(rest)
			if err != nil {
				f.t.Fatal(err)
			}
			rest = rest[n:]
		}
		if !bytes.Equal(got, want) {
			f.t.Error("the bytes differ")
		}
		if most > 4*pieceSize {
			f.t.Errorf("%d bytes of ciphertext were kept", most)
		}
		f.until("drained", func() bool { return drained && f.stream.Unwritten() == 0 && f.stream.out == nil })
		if f.stream.Sent() != int64(len(want)) {
			f.t.Errorf("got %d bytes sent", f.stream.Sent())
		}
	})
}

// TestSentMoves wants Sent to grow while a slow peer takes one piece: that is how
// one that takes nothing is told.
func TestSentMoves(t *testing.T) {
	var out transport
	out.stream = &IOStream{loop: newFixture(t, &kinds[0]).loop}
	out.piece, out.out = 1000, make([]byte, 1100)
	var got []int
	for _, n := range []int{11, 539, 1, 549} {
		got = append(got, out.took(n))
	}
	if want := []int{10, 490, 0, 500}; !slices.Equal(got, want) {
		t.Errorf("got %d; want %d", got, want)
	}
}

func TestWriteAndReadWhileShakingHands(t *testing.T) {
	overEncrypted(t, false, func(f *fixture) {
		var read *concurrent.Future[[]byte]
		f.do(func() {
			f.stream.StartTLS(f.kind.near, TLSOptions{})
			f.stream.Write([]byte("queued"))
			read = f.stream.ReadBytes(5, false)
		})
		f.turns()
		f.peer = f.kind.far(f.peer)
		f.send("hello")
		if got, err := read.Wait(f.t.Context()); string(got) != "hello" {
			f.t.Errorf("got %q, %v", got, err)
		}
		got := make([]byte, 6)
		if _, err := io.ReadFull(f.peer, got); string(got) != "queued" {
			f.t.Errorf("got %q, %v", got, err)
		}
		f.do(func() { f.stream.Close(nil) })
		if n, err := f.peer.Read(got); err != io.EOF {
			f.t.Errorf("got %d, %v; want the close_notify", n, err)
		}
	})
}

func TestCloseWhileShakingHands(t *testing.T) {
	for _, tt := range []struct {
		name   string
		o      TLSOptions
		before func(f *fixture)
		after  func(f *fixture)
	}{
		{name: "begun"},
		{name: "nothing came", o: TLSOptions{ServerSide: true}},
		{name: "something came", o: TLSOptions{ServerSide: true}, after: func(f *fixture) { f.send("\x16\x03"); f.turns() }},
		{name: "waiting for a place", before: func(f *fixture) { leavePlaces(f.t, 0) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			overEncrypted(t, true, func(f *fixture) {
				if tt.before != nil {
					tt.before(f)
				}
				future := f.startTLS(tt.o)
				if tt.after != nil {
					tt.after(f)
				}
				reason := errors.New("no more")
				f.do(func() { f.stream.Close(reason) })
				var closed *StreamClosedError
				if _, err := future.Wait(f.t.Context()); !errors.As(err, &closed) || closed.Err != reason {
					f.t.Errorf("got %v", err)
				}
				f.want("closed: no more")
			})
		})
	}
}

// leavePlaces leaves only so many for handshakes until the test ends.
func leavePlaces(t *testing.T, places int) {
	change := func(from, to int) (done bool) {
		handshakes.mu.Lock()
		defer handshakes.mu.Unlock()
		if done = handshakes.free == from; done {
			handshakes.free = to
		}
		return done
	}
	// Those of other tests leave when they have told that they end.
	for !change(maxHandshakes, places) {
		runtime.Gosched()
	}
	t.Cleanup(func() {
		for !change(places, maxHandshakes-1) {
			runtime.Gosched()
		}
		handshakes.leave() // forgets those that waited in vain
	})
}

// TestPlaces lets one handshake at a time run.
func TestPlaces(t *testing.T) {
	overEncrypted(t, true, func(slow *fixture) {
		leavePlaces(slow.t, 1)
		first := slow.startTLS(TLSOptions{})
		plain := *slow.kind
		plain.near = nil
		quick := newFixture(slow.t, &plain)
		quick.connect(quick)
		quick.kind = slow.kind
		second := quick.startTLS(TLSOptions{})
		quick.turns()
		handshakes.mu.Lock()
		waiting := len(handshakes.waiting)
		handshakes.mu.Unlock()
		if waiting != 1 {
			slow.t.Errorf("%d handshakes wait; want the second", waiting)
		}
		slow.do(func() { slow.stream.Close(nil) })
		if _, err := first.Wait(slow.t.Context()); err == nil {
			slow.t.Error("the first did not fail")
		}
		secure := quick.kind.far(quick.peer)
		if err := secure.Handshake(); err != nil {
			slow.t.Fatal(err)
		}
		if _, err := second.Wait(slow.t.Context()); err != nil {
			slow.t.Error(err)
		}
	})
}

func TestHandshakeTimeout(t *testing.T) {
	for _, sent := range []string{"", "\x16\x03\x01\x02"} {
		for _, waits := range []bool{false, true} {
			overEncrypted(t, true, func(f *fixture) {
				future := f.startTLS(TLSOptions{ServerSide: waits, HandshakeTimeout: 20 * time.Millisecond})
				f.send(sent)
				if _, err := future.Wait(f.t.Context()); err != ErrHandshakeTimeout {
					f.t.Errorf("got %v; want %v", err, ErrHandshakeTimeout)
				}
				f.peer.Close()
				f.until("closed", f.stream.Closed)
			})
		}
	}
}

func TestHandshakeThatPanics(t *testing.T) {
	logged := silence(t)
	overEncrypted(t, true, func(f *fixture) {
		f.kind.near = func(transport net.Conn) SecureConn { return panicking{tls.Client(transport, nil)} }
		before := logged()
		_, err := f.startTLS(TLSOptions{}).Wait(f.t.Context())
		if err == nil || !strings.Contains(err.Error(), "panic") || logged() == before {
			f.t.Errorf("got %v", err)
		}
		f.peer.Close()
		f.until("closed", f.stream.Closed)
	})
}

type panicking struct{ SecureConn }

func (panicking) HandshakeContext(context.Context) error { panic("no certificate") }

func TestStartTLSNeedsAnIdleStream(t *testing.T) {
	overEncrypted(t, false, func(f *fixture) {
		for what, begin := range map[string]func(){
			"a pending read":  func() { retrieve(f.stream.ReadBytes(1, false)) },
			"unwritten bytes": func() { f.stream.Write(text(8 << 20)) },
		} {
			f.do(begin)
			if _, err := f.startTLS(TLSOptions{}).Wait(f.t.Context()); err != ErrNotIdle {
				f.t.Errorf("%s: got %v; want %v", what, err, ErrNotIdle)
			}
		}
		f.do(func() {
			if f.stream.SecureConn() != nil {
				f.t.Error("a plain stream has a SecureConn")
			}
			f.stream.Close(nil)
		})
		var closed *StreamClosedError
		if _, err := f.startTLS(TLSOptions{}).Wait(f.t.Context()); !errors.As(err, &closed) {
			f.t.Errorf("got %v; want a StreamClosedError", err)
		}
	})
	overEncrypted(t, false, func(f *fixture) {
		f.encrypt()
		if _, err := f.startTLS(TLSOptions{}).Wait(f.t.Context()); err != ErrNotIdle {
			f.t.Errorf("encrypted: got %v; want %v", err, ErrNotIdle)
		}
	})
}

func state(f *fixture) (state tls.ConnectionState) {
	f.do(func() {
		state = f.stream.SecureConn().(interface{ ConnectionState() tls.ConnectionState }).ConnectionState()
	})
	return state
}

// TestConnectionState shows the protocol, the name and the client's certificate to
// who asks.
func TestConnectionState(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server, client := serverConfig(version), clientConfig(version)
		server.ClientAuth, server.ClientCAs = tls.RequireAndVerifyClientCert, client.RootCAs
		client.Certificates = server.Certificates
		for role, kind := range map[string]kind{
			"server": {connect: connectTCP,
				near: func(c net.Conn) SecureConn { return tls.Server(c, server) },
				far:  func(c net.Conn) *tls.Conn { return tls.Client(c, client) }},
			"client": {connect: connectTCP,
				near: func(c net.Conn) SecureConn { return tls.Client(c, client) },
				far:  func(c net.Conn) *tls.Conn { return tls.Server(c, server) }},
		} {
			t.Run(fmt.Sprintf("%s %s", tls.VersionName(version), role), func(t *testing.T) {
				f := newFixture(t, &kind)
				f.connect(f)
				if got := state(f); got.Version != version || got.NegotiatedProtocol != "a" || got.ServerName != "example" || len(got.PeerCertificates) != 1 {
					t.Errorf("got %+v", got)
				}
				secure := f.stream.SecureConn()
				if near, far := secure.LocalAddr().String(), f.peer.RemoteAddr().String(); near != far {
					t.Errorf("got the local address %s; want %s", near, far)
				}
			})
		}
	}
}

// TestSessionResumption shakes hands twice, and wants the second to be short: the
// tickets of TLS 1.3 come when the handshake has ended.
func TestSessionResumption(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server, client := serverConfig(version), clientConfig(version)
		for role, kind := range map[string]kind{
			"server": {connect: connectTCP,
				near: func(c net.Conn) SecureConn { return tls.Server(c, server) },
				far:  func(c net.Conn) *tls.Conn { return tls.Client(c, client) }},
			"client": {connect: connectTCP,
				near: func(c net.Conn) SecureConn { return tls.Client(c, client) },
				far:  func(c net.Conn) *tls.Conn { return tls.Server(c, server) }},
		} {
			t.Run(fmt.Sprintf("%s %s", tls.VersionName(version), role), func(t *testing.T) {
				client.ClientSessionCache = tls.NewLRUClientSessionCache(1)
				for i, want := range []bool{false, true} {
					f := newFixture(t, &kind)
					f.connect(f)
					// The ticket is read with what follows it.
					f.send("ping")
					f.untilReceived(4)
					f.do(func() { f.stream.Write([]byte("pong")) })
					if _, err := io.ReadFull(f.peer, make([]byte, 4)); err != nil {
						t.Fatal(err)
					}
					if got := state(f).DidResume; got != want {
						t.Errorf("connection %d: resumed: %v", i, got)
					}
				}
			})
		}
	}
}
