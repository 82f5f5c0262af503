//go:build unix

package tcpserver

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/internal/testcert"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/ssl"
)

// otherProgram is what this binary does when a test starts it as a program.
var otherProgram func()

func TestMain(m *testing.M) {
	if otherProgram != nil {
		otherProgram()
		return
	}
	leak.Main(m)
}

// patience is how long a busy machine may take.
const patience = 20 * time.Second

// kinds are the transports that the whole suite runs over.
var kinds = []struct {
	name    string
	address func(t *testing.T) string
	secure  bool
}{
	{"TCP", func(*testing.T) string { return "127.0.0.1:0" }, false},
	{"TCP6", func(t *testing.T) string {
		probe, err := net.Listen("tcp6", "[::1]:0")
		if err != nil {
			t.Skip("this machine has no IPv6:", err)
		}
		probe.Close()
		return "[::1]:0"
	}, false},
	{"Unix", func(t *testing.T) string { return "unix:" + filepath.Join(t.TempDir(), "s") }, false},
	{"abstract", func(t *testing.T) string {
		if runtime.GOOS != "linux" {
			t.Skip("only Linux has abstract names")
		}
		return "unix:@tornado-" + strings.ReplaceAll(t.Name(), "/", "-")
	}, false},
	{"TLS", func(*testing.T) string { return "127.0.0.1:0" }, true},
}

// A fixture is a server on running loops.
type fixture struct {
	t       *testing.T
	group   *ioloop.Group
	server  *TCPServer
	trusted *tls.Config // of clients; nil if connections are plain
}

func newFixture(t *testing.T, loops int, handler Handler, o Options) *fixture {
	t.Helper()
	group, err := ioloop.NewGroup(loops)
	if err != nil {
		t.Fatal(err)
	}
	if err := group.Start(); err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, group: group, server: New(handler, o, group.Loops()...)}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := f.server.CloseAll(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := group.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *fixture) listen(address string) {
	f.t.Helper()
	if err := f.server.Listen(address); err != nil {
		f.t.Fatal(err)
	}
}

// overKinds runs a test over each transport, with a server that listens.
func overKinds(t *testing.T, handler Handler, test func(f *fixture)) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			var o Options
			var trusted *tls.Config
			if kind.secure {
				o.SSL, trusted = security(t)
			}
			f := newFixture(t, 2, handler, o)
			f.trusted = trusted
			f.listen(kind.address(t))
			test(f)
		})
	}
}

// security is that of a server, and what its clients need to trust it.
func security(t *testing.T) (iostream.Security, *tls.Config) {
	t.Helper()
	authority := testcert.New(t)
	cert, key := authority.Issue("localhost")
	server, err := ssl.Server(ssl.Options{CertFile: cert, KeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(authority.File)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(data)
	return server, &tls.Config{RootCAs: pool, ServerName: "localhost"}
}

// A client is one connection to the server.
type client struct {
	net.Conn
	t  *testing.T
	in *bufio.Reader
}

func (f *fixture) dial() *client {
	f.t.Helper()
	return dial(f.t, f.server.Addresses()[0], f.trusted)
}

// dial connects, encrypted if trusted is not nil.
func dial(t *testing.T, address string, trusted *tls.Config) *client {
	t.Helper()
	network := "tcp"
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", path
	}
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	if trusted != nil {
		conn = tls.Client(conn, trusted)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return &client{conn, t, bufio.NewReader(conn)}
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) wantLine(want string) {
	c.t.Helper()
	if got, err := c.in.ReadString('\n'); got != want {
		c.t.Fatalf("got %q, %v; want %q", got, err, want)
	}
}

// wantEnd wants the server to have closed the connection.
func (c *client) wantEnd() {
	c.t.Helper()
	if b, err := c.in.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Fatalf("got %q, %v; want the end", b, err)
	}
}

// echo answers each line with itself, until the peer ends.
var echo = HandlerFunc(func(stream *iostream.IOStream, address string) error {
	var next func()
	next = func() {
		ioloop.AddFuture(stream.Loop(), stream.ReadUntil([]byte("\n"), 0), func(f *concurrent.Future[[]byte]) {
			line, err := f.Result()
			if err != nil {
				stream.Close(nil)
				return
			}
			stream.Write(line)
			next()
		})
	}
	next()
	return nil
})

// records keeps what is logged off the terminal.
type records struct {
	mu   sync.Mutex // guards what follows
	all  []log.Record
	news chan struct{} // capacity one: something was logged
}

func watchLog(t *testing.T) *records {
	r := &records{news: make(chan struct{}, 1)}
	cancel := log.Observe(func(record log.Record) {
		r.mu.Lock()
		r.all = append(r.all, record)
		r.mu.Unlock()
		select {
		case r.news <- struct{}{}:
		default:
		}
	})
	log.SetLevel(log.LevelNone)
	t.Cleanup(func() { log.SetLevel(log.LevelWarning); cancel() })
	return r
}

// errors are the texts that were logged as errors.
func (r *records) errors() (texts []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, record := range r.all {
		if record.Level >= log.LevelError {
			texts = append(texts, record.Message)
		}
	}
	return texts
}

// wantError waits for one error, with the given text.
func (r *records) wantError(t *testing.T, text string) {
	t.Helper()
	for deadline := time.After(patience); len(r.errors()) == 0; {
		select {
		case <-r.news:
		case <-deadline:
			t.Fatalf("nothing was logged; want %q", text)
		}
	}
	if got := r.errors(); len(got) != 1 || !strings.Contains(got[0], text) {
		t.Errorf("got the errors %q; want one with %q", got, text)
	}
}
