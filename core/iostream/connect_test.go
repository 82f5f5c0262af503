//go:build unix

package iostream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/netutil"
)

// listen returns a listener of the test and its address.
func listen(t *testing.T, network, address string) (net.Listener, netutil.Address) {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	if network == "unix" {
		return listener, netutil.Address{Path: address}
	}
	tcp := listener.Addr().(*net.TCPAddr)
	return listener, netutil.Address{Host: tcp.IP.String(), Port: tcp.Port}
}

// connectTo begins to connect, and does something before that can have ended.
func (f *fixture) connectTo(remote netutil.Address, o ConnectOptions, then func()) (future *concurrent.Future[*IOStream]) {
	f.do(func() {
		f.stream, future = Connect(f.loop, remote, o)
		if then != nil {
			then()
		}
	})
	return future
}

func TestConnect(t *testing.T) {
	addresses := map[string][2]string{"TCP": {"tcp4", "127.0.0.1:0"}, "Unix": {"unix", t.TempDir() + "/s"}}
	if listener, err := net.Listen("tcp6", "[::1]:0"); err == nil { // where there is IPv6
		listener.Close()
		addresses["TCP 6"] = [2]string{"tcp6", "[::1]:0"}
	}
	if runtime.GOOS == "linux" {
		addresses["abstract"] = [2]string{"unix", fmt.Sprint("@tornado-iostream-", os.Getpid())}
	}
	for name, address := range addresses {
		for _, consumer := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				listener, remote := listen(t, address[0], address[1])
				f := newFixture(t, &kind{})
				o := ConnectOptions{Info: &f.info}
				if consumer {
					o.Consumer = f
				}
				want := text(3 << 20)
				var read *concurrent.Future[[]byte]
				future := f.connectTo(remote, o, func() {
					f.stream.Write(want[:10])
					f.stream.Write(want[10:])
					if !consumer {
						read = f.stream.ReadBytes(6, false)
					}
				})
				conn, err := listener.Accept()
				if err != nil {
					t.Fatal(err)
				}
				f.peer = conn.(peer)
				if s, err := future.Wait(t.Context()); s != f.stream || err != nil {
					t.Fatalf("got %v", err)
				}
				got := make([]byte, len(want))
				if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, want) {
					t.Errorf("what was written did not arrive: %v", err)
				}
				f.send("answer")
				if consumer {
					f.untilReceived(6)
				} else if got, err := read.Wait(t.Context()); string(got) != "answer" {
					t.Errorf("got %q, %v", got, err)
				}
			})
		}
	}
}

func TestConnectFrom(t *testing.T) {
	listener, remote := listen(t, "tcp4", "127.0.0.1:0")
	f := newFixture(t, &kind{})
	// A port that was free a moment ago.
	other, local := listen(t, "tcp4", "127.0.0.1:0")
	other.Close()
	future := f.connectTo(remote, ConnectOptions{Local: local}, nil)
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	f.peer = conn.(peer)
	if _, err := future.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := conn.RemoteAddr().(*net.TCPAddr).Port; got != local.Port {
		t.Errorf("got port %d; want %d", got, local.Port)
	}
}

// TestConnectFails wants the reason to be told to who waits for the connection, to
// who reads, and to the close callback.
func TestConnectFails(t *testing.T) {
	gone, refused := listen(t, "tcp4", "127.0.0.1:0")
	gone.Close()
	for _, tt := range []struct {
		name   string
		remote netutil.Address
		o      ConnectOptions
		errno  error
		text   string
	}{
		{"refused", refused, ConnectOptions{}, syscall.ECONNREFUSED, "127.0.0.1:"},
		{"no such socket", netutil.Address{Path: t.TempDir() + "/none"}, ConnectOptions{}, syscall.ENOENT, "unix:"},
		{"a name", netutil.Address{Host: "localhost", Port: 1}, ConnectOptions{}, nil, "resolve"},
		{"families", netutil.Address{Host: "127.0.0.1", Port: 1}, ConnectOptions{Local: netutil.Address{Host: "::1"}}, nil, "family"},
		{"not our address", netutil.Address{Host: "127.0.0.1", Port: 1}, ConnectOptions{Local: netutil.Address{Host: "192.0.2.1"}}, syscall.EADDRNOTAVAIL, "192.0.2.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, &kind{})
			var read *concurrent.Future[[]byte]
			var closed error
			future := f.connectTo(tt.remote, tt.o, func() {
				f.stream.SetCloseCallback(func(err error) { closed = err; f.note("closed") })
				f.stream.Write([]byte("never"))
				read = f.stream.ReadBytes(1, false)
			})
			_, err := future.Wait(t.Context())
			if err == nil || tt.errno != nil && !errors.Is(err, tt.errno) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v; want %v, and %q", err, tt.errno, tt.text)
			}
			var wanted *StreamClosedError
			if _, got := read.Wait(t.Context()); !errors.As(got, &wanted) || wanted.Err != err {
				t.Errorf("the read got %v; want %v", got, err)
			}
			f.want("closed")
			if closed != err || !f.stream.Closed() {
				t.Errorf("the callback got %v; want %v", closed, err)
			}
		})
	}
}

func TestCloseWhileConnecting(t *testing.T) {
	listener, remote := listen(t, "tcp4", "127.0.0.1:0")
	for _, linger := range []bool{false, true} {
		f := newFixture(t, &kind{})
		reason := errors.New("no more")
		future := f.connectTo(remote, ConnectOptions{}, func() {
			f.stream.Write([]byte("x"))
			f.stream.Close(reason)
			f.stream.CloseWhenWritten(linger)
		})
		var closed *StreamClosedError
		if _, err := future.Wait(t.Context()); !errors.As(err, &closed) || closed.Err != reason {
			t.Errorf("got %v", err)
		}
		if conn, err := listener.Accept(); err == nil {
			conn.Close()
		}
	}
}

// TestCloseWhenWrittenWhileConnecting sends what was queued first.
func TestCloseWhenWrittenWhileConnecting(t *testing.T) {
	listener, remote := listen(t, "tcp4", "127.0.0.1:0")
	f := newFixture(t, &kind{})
	future := f.connectTo(remote, ConnectOptions{}, func() {
		f.stream.Write([]byte("goodbye"))
		f.stream.CloseWhenWritten(false)
	})
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got, err := io.ReadAll(conn); string(got) != "goodbye" {
		t.Errorf("got %q, %v", got, err)
	}
	future.Wait(t.Context())
}
