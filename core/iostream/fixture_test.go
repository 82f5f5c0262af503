//go:build unix

package iostream

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/trace"
)

func TestMain(m *testing.M) { leak.Main(m) }

// A kind is a transport that the whole suite runs over.
type kind struct {
	name    string
	connect func(t *testing.T) (near int, far peer) // our end, non-blocking, and the peer's

	// Of an encrypted one: near makes our side, far the peer's.
	near Security
	far  func(net.Conn) *tls.Conn

	oneWay bool // we can only read
}

// A peer is the other end.
type peer interface {
	net.Conn
	CloseWrite() error
}

var kinds = []kind{
	{name: "TCP", connect: connectTCP},
	{name: "Unix", connect: func(t *testing.T) (int, peer) { return connect(t, "unix", t.TempDir()+"/s") }},
	{name: "pipe", connect: connectPipe, oneWay: true},
	{name: "TLS 1.2 server", connect: connectTCP, near: serverSide(tls.VersionTLS12), far: clientPeer(tls.VersionTLS12)},
	{name: "TLS 1.2 client", connect: connectTCP, near: clientSide(tls.VersionTLS12), far: serverPeer(tls.VersionTLS12)},
	{name: "TLS 1.3 server", connect: connectTCP, near: serverSide(tls.VersionTLS13), far: clientPeer(tls.VersionTLS13)},
	{name: "TLS 1.3 client", connect: connectTCP, near: clientSide(tls.VersionTLS13), far: serverPeer(tls.VersionTLS13)},
}

func connectTCP(t *testing.T) (int, peer) { return connect(t, "tcp", "127.0.0.1:0") }

// A pipePeer is the end of a pipe that is written to.
type pipePeer struct {
	net.Conn // nil: what a file cannot do is not asked for
	file     *os.File
}

func (p pipePeer) Write(data []byte) (int, error)   { return p.file.Write(data) }
func (p pipePeer) SetDeadline(when time.Time) error { return p.file.SetDeadline(when) }
func (p pipePeer) CloseWrite() error                { return p.file.Close() }
func (p pipePeer) Close() error                     { return p.file.Close() }

func connectPipe(t *testing.T) (near int, far peer) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	near, err = unix.FcntlInt(r.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		t.Fatal(err)
	}
	w.SetDeadline(time.Now().Add(20 * time.Second))
	return near, pipePeer{file: w}
}

func connect(t *testing.T, network, address string) (int, peer) {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	far, err := net.Dial(network, listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	file, err := accepted.(interface{ File() (*os.File, error) }).File()
	if err != nil {
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
	// Small buffers in the kernel, so that a few hundred kilobytes fill them.
	for _, option := range []int{unix.SO_SNDBUF, unix.SO_RCVBUF} {
		if err := unix.SetsockoptInt(near, unix.SOL_SOCKET, option, 128<<10); err != nil {
			t.Fatal(err)
		}
	}
	far.(interface{ SetReadBuffer(int) error }).SetReadBuffer(128 << 10)
	far.SetDeadline(time.Now().Add(20 * time.Second))
	return near, far.(peer)
}

// A fixture is a stream on a running loop, its peer, and what its consumer was
// told.
type fixture struct {
	t      *testing.T
	kind   *kind
	loop   *ioloop.IOLoop
	stream *IOStream
	peer   peer
	info   trace.Connection

	running   bool
	over      bool
	loopEnded chan error

	// Owned by the loop, and by the test until it has started it. take decides about bytes; nil takes all.
	take     func(data []byte) int
	ended    func()
	deadline func()
	received []byte

	mu     sync.Mutex // guards what follows
	events []string   // "ended", "deadline", "closed: ..."
	news   chan struct{}
}

func (f *fixture) BytesReceived(data []byte) int {
	n := len(data)
	if f.take != nil {
		n = f.take(data)
	}
	f.received = append(f.received, data[:n]...)
	f.wake()
	return n
}

func (f *fixture) PeerEnded() {
	f.note("ended")
	if f.ended != nil {
		f.ended()
	}
}

func (f *fixture) DeadlinePassed() {
	f.note("deadline")
	if f.deadline != nil {
		f.deadline()
	}
}

func (f *fixture) StreamClosed(err error) { f.note(fmt.Sprint("closed: ", err)) }

func (f *fixture) note(event string) {
	f.mu.Lock()
	f.events = append(f.events, event)
	f.mu.Unlock()
	f.wake()
}

func (f *fixture) wake() {
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// overKinds runs a test over each transport that goes both ways.
func overKinds(t *testing.T, test func(f *fixture)) {
	for i := range kinds {
		if kind := &kinds[i]; !kind.oneWay {
			t.Run(kind.name, func(t *testing.T) {
				f := newFixture(t, kind)
				f.connect(f)
				test(f)
			})
		}
	}
}

// overReaders runs a test over each transport, with a stream that has no Consumer.
func overReaders(t *testing.T, test func(f *fixture)) {
	for i := range kinds {
		t.Run(kinds[i].name, func(t *testing.T) {
			f := newFixture(t, &kinds[i])
			f.connect(nil)
			test(f)
		})
	}
}

func newFixture(t *testing.T, kind *kind) *fixture {
	t.Helper()
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, kind: kind, loop: l, news: make(chan struct{}, 1), loopEnded: make(chan error, 1)}
	t.Cleanup(f.close)
	return f
}

// close ends everything, once.
func (f *fixture) close() {
	if f.over {
		return
	}
	f.over = true
	f.do(func() {
		if f.stream != nil {
			f.stream.Close(nil)
		}
	})
	if f.peer != nil {
		f.peer.Close()
	}
	f.stop()
	f.loop.Close()
}

// connect makes the stream. The loop is not running afterwards.
func (f *fixture) connect(consumer Consumer) {
	f.t.Helper()
	near, far := f.kind.connect(f.t)
	f.peer = far
	var err error
	if f.kind.oneWay {
		f.stream, err = NewPipe(f.loop, near)
	} else {
		f.stream, err = New(f.loop, near, consumer, &f.info)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	if f.kind.near != nil {
		f.encrypt()
	}
}

// encrypt makes the handshake of both sides.
func (f *fixture) encrypt() {
	f.t.Helper()
	var future *concurrent.Future[SecureConn]
	f.do(func() { future = f.stream.StartTLS(f.kind.near, TLSOptions{}) })
	secure := f.kind.far(f.peer)
	if err := secure.Handshake(); err != nil {
		f.t.Fatal(err)
	}
	if _, err := future.Wait(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	f.peer = secure
	f.turns() // the loop goes on from there
	f.stop()
}

// start runs the loop; what else the fixture does begins with it.
func (f *fixture) start() {
	if !f.running {
		f.running = true
		go func() { f.loopEnded <- f.loop.Start() }() // stop waits for it
	}
}

func (f *fixture) stop() {
	f.t.Helper()
	if !f.running {
		return
	}
	f.loop.Stop()
	if err := <-f.loopEnded; err != nil {
		f.t.Error(err)
	}
	f.running = false
}

// do runs call on the loop and waits for it.
func (f *fixture) do(call func()) {
	f.start()
	done := make(chan struct{})
	f.loop.AddCallback(func() {
		defer close(done)
		call()
	})
	<-done
}

// turn lets the loop look at its descriptors once.
func (f *fixture) turn() { f.do(func() {}) }

// turns lets the loop do what there is to do. The stream is asked in turn with
// everything else, so a few turns are enough.
func (f *fixture) turns() {
	for range 3 {
		f.do(func() {})
	}
}

// until waits for something to become true on the loop.
func (f *fixture) until(what string, condition func() bool) {
	f.t.Helper()
	for deadline := time.After(10 * time.Second); ; {
		var met bool
		f.do(func() { met = condition() })
		if met {
			return
		}
		select {
		case <-f.news:
		case <-deadline:
			f.t.Fatalf("not in time: %s; events: %q", what, f.seen())
		}
	}
}

func (f *fixture) untilReceived(n int) {
	f.t.Helper()
	f.until(fmt.Sprintf("%d bytes received", n), func() bool { return len(f.received) >= n })
}

func (f *fixture) seen() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.events...)
}

// want waits for the events, and for no others.
func (f *fixture) want(events ...string) {
	f.t.Helper()
	f.until(fmt.Sprintf("%q", events), func() bool { return len(f.seen()) >= len(events) })
	if got := f.seen(); fmt.Sprint(got) != fmt.Sprint(events) {
		f.t.Errorf("got the events %q; want %q", got, events)
	}
}

func (f *fixture) send(data string) {
	f.t.Helper()
	f.start()
	if _, err := io.WriteString(f.peer, data); err != nil {
		f.t.Fatal(err)
	}
}

// arrived waits until the bytes that the peer has sent are in our socket.
func (f *fixture) arrived() {
	f.t.Helper()
	fds := []unix.PollFd{{Fd: int32(f.stream.FD()), Events: unix.POLLIN}}
	for {
		if n, err := unix.Poll(fds, 10_000); err == nil && n == 1 {
			return
		} else if err != unix.EINTR {
			f.t.Fatalf("no bytes arrived: %v", err)
		}
	}
}

func (f *fixture) halfClose() {
	f.t.Helper()
	if err := f.peer.CloseWrite(); err != nil {
		f.t.Fatal(err)
	}
}

// silence keeps expected records off the terminal and counts them.
func silence(t *testing.T) (count func() int) {
	var mu sync.Mutex
	n := 0
	cancel := log.Observe(func(log.Record) { mu.Lock(); n++; mu.Unlock() })
	log.SetLevel(log.LevelNone)
	t.Cleanup(func() { log.SetLevel(log.LevelWarning); cancel() })
	return func() int { mu.Lock(); defer mu.Unlock(); return n }
}
