//go:build unix

package iostream

import (
	"crypto/tls"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// opensslClient connects OpenSSL's client, which can do what crypto/tls does not,
// to a stream. What is written to the pipe goes to the stream, but for lines of one
// letter, which are commands.
func opensslClient(t *testing.T, version uint16, option string) (*fixture, io.Writer) {
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("crypto/tls neither renews keys nor renegotiates by itself, and openssl is not installed")
	}
	listener, _ := listen(t, "tcp4", "127.0.0.1:0")
	client := exec.Command(program, "s_client", option, "-connect", listener.Addr().String())
	input, err := client.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the fixture has closed the connection
		input.Close()
		client.Process.Kill()
		client.Wait()
	})
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	f := newFixture(t, &kind{})
	var file *os.File
	if file, err = conn.(*net.TCPConn).File(); err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	near, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.SetNonblock(near, true); err != nil {
		t.Fatal(err)
	}
	if f.stream, err = New(f.loop, near, f, nil); err != nil {
		t.Fatal(err)
	}
	// Before the loop runs, since the client has sent something already.
	future := f.stream.StartTLS(func(c net.Conn) SecureConn {
		return tls.Server(&watched{c, f}, serverConfig(version))
	}, TLSOptions{ServerSide: true})
	f.start()
	if _, err := future.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f, input
}

// watched notes what is written after the handshake.
type watched struct {
	net.Conn
	fixture *fixture
}

func (w *watched) Write(p []byte) (int, error) {
	if w.fixture.stream.secure.handshake == nil {
		w.fixture.note("our side wrote")
	}
	return w.Conn.Write(p)
}

// TestKeyUpdate lets the peer renew its keys and ask for new ones of ours (RFC 8446
// section 4.6.3), which is answered although the program writes nothing.
func TestKeyUpdate(t *testing.T) {
	f, input := opensslClient(t, tls.VersionTLS13, "-tls1_3")
	io.WriteString(input, "one\n")
	f.untilReceived(len("one\n"))
	io.WriteString(input, "K\n")
	f.want("our side wrote")
	io.WriteString(input, "two\n")
	f.untilReceived(len("one\ntwo\n"))
	f.do(func() {
		if got := string(f.received); got != "one\ntwo\n" || f.stream.Closed() || f.stream.secure.out != nil {
			t.Errorf("got %q; closed: %v", got, f.stream.Closed())
		}
	})
}

// TestRenegotiationIsRefused has a client that begins a second handshake.
func TestRenegotiationIsRefused(t *testing.T) {
	f, input := opensslClient(t, tls.VersionTLS12, "-tls1_2")
	io.WriteString(input, "one\n")
	f.untilReceived(len("one\n"))
	io.WriteString(input, "R\n")
	f.until("closed", f.stream.Closed)
	if events := f.seen(); !strings.Contains(events[len(events)-1], "tls: ") {
		t.Errorf("got %q", events)
	}
}
