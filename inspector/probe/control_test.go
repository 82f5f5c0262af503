//go:build unix

package probe

import (
	"io"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// A fakeServer notes what it is told to do.
type fakeServer struct {
	address string
	give    chan trace.HandedConnection // what HandOver hands over; closed at the end
	adopted chan trace.HandedConnection

	mu   sync.Mutex
	told []string
}

func newFakeServer(address string) *fakeServer {
	return &fakeServer{
		address: address,
		give:    make(chan trace.HandedConnection, 8), // tests put in fewer
		adopted: make(chan trace.HandedConnection, 8), // the same
	}
}

func (s *fakeServer) note(what string) {
	s.mu.Lock()
	s.told = append(s.told, what)
	s.mu.Unlock()
}

func (s *fakeServer) notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.told)
}

func (s *fakeServer) Address() string { return s.address }
func (s *fakeServer) Hold()           { s.note("hold") }
func (s *fakeServer) Resume()         { s.note("resume") }
func (s *fakeServer) HandOver(give func(trace.HandedConnection)) {
	s.note("hand over")
	for c := range s.give {
		give(c)
	}
}
func (s *fakeServer) Adopt(c trace.HandedConnection) { s.adopted <- c }

type fakeCache struct{ forgotten chan []string }

func (c fakeCache) Roots() []string       { return []string{"/templates"} }
func (c fakeCache) Forget(paths []string) { c.forgotten <- paths }

// supervised returns a program and the supervisor's end of its control socket.
func supervised(t *testing.T) (*program, *wire.ControlConn) {
	t.Helper()
	supervisor, file, err := wire.ControlPair()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := wire.NewControlConn(file)
	if err != nil {
		t.Fatal(err)
	}
	recorder := NewRecorder(io.Discard, Options{})
	p := newProgram(conn, recorder, "")
	p.exit = func(int) {}
	// SIGTERM reaches this process when the supervisor's end closes.
	signals := make(chan os.Signal, 1)
	var ends sync.WaitGroup
	notifyTerminate(t, signals)
	ends.Go(p.receive)
	ends.Go(p.steer)
	t.Cleanup(func() {
		supervisor.Close()
		<-signals
		close(p.tasks)
		ends.Wait()
		conn.Close()
		recorder.Close()
	})
	return p, supervisor
}

// expect receives the next message and checks its type.
func expect(t *testing.T, c *wire.ControlConn, want wire.ControlType) (*wire.Control, []int) {
	t.Helper()
	m, fds, err := c.Receive()
	if err != nil {
		t.Fatalf("got %v; want message %s", err, want)
	}
	if m.Type != want {
		t.Fatalf("got %+v; want message %s", m, want)
	}
	return m, fds
}

func send(t *testing.T, c *wire.ControlConn, m wire.Control, fds ...int) {
	t.Helper()
	if err := c.Send(&m, fds...); err != nil {
		t.Fatal(err)
	}
}

func TestHoldAndResume(t *testing.T) {
	p, supervisor := supervised(t)
	first, late := newFakeServer(":1"), newFakeServer(":2")
	p.serverStarted(first)
	if m, _ := expect(t, supervisor, wire.ControlReady); m.Address != ":1" {
		t.Errorf("got ready for %q; want :1", m.Address)
	}
	send(t, supervisor, wire.Control{Type: wire.ControlHold})
	expect(t, supervisor, wire.ControlHeld)
	p.serverStarted(late)
	expect(t, supervisor, wire.ControlReady)
	if got := late.notes(); !slices.Equal(got, []string{"hold"}) {
		t.Errorf("a server that starts during a hold was told %q; want hold", got)
	}
	send(t, supervisor, wire.Control{Type: wire.ControlResume})
	send(t, supervisor, wire.Control{Type: wire.ControlResume}) // of nothing
	send(t, supervisor, wire.Control{Type: wire.ControlHold})
	expect(t, supervisor, wire.ControlHeld)
	if got, want := first.notes(), []string{"hold", "resume", "hold"}; !slices.Equal(got, want) {
		t.Errorf("told %q; want %q", got, want)
	}
}

func TestListenAsksTheSupervisor(t *testing.T) {
	for _, tt := range []struct {
		name, refusal string
	}{
		{"given", ""},
		{"refused", "port 8888 is in use"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, supervisor := supervised(t)
			type result struct {
				fds []int
				ok  bool
				err error
			}
			got := make(chan result, 1)
			go func() { // ends with the answer below
				fds, ok, err := p.listen("tcp", ":8888")
				got <- result{fds, ok, err}
			}()
			m, _ := expect(t, supervisor, wire.ControlListen)
			if m.Network != "tcp" || m.Address != ":8888" {
				t.Errorf("asked for %s %s; want tcp :8888", m.Network, m.Address)
			}
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			defer w.Close()
			answer := wire.Control{Type: wire.ControlListening, ID: m.ID, Error: tt.refusal}
			if tt.refusal == "" {
				send(t, supervisor, answer, int(r.Fd()), int(w.Fd()))
			} else {
				send(t, supervisor, answer)
			}
			given := <-got
			if tt.refusal != "" {
				if given.err == nil || given.err.Error() != tt.refusal || given.ok {
					t.Errorf("got %+v; want error %q", given, tt.refusal)
				}
				return
			}
			if !given.ok || given.err != nil || len(given.fds) != 2 {
				t.Fatalf("got %+v; want two descriptors", given)
			}
			for _, fd := range given.fds {
				wire.CloseDescriptor(fd)
			}
		})
	}
}

func TestListenFailsWhenTheSupervisorEnds(t *testing.T) {
	p, supervisor := supervised(t)
	failed := make(chan error, 1)
	go func() { // ends when the supervisor closes
		_, _, err := p.listen("tcp", ":1")
		failed <- err
	}()
	expect(t, supervisor, wire.ControlListen)
	supervisor.Close()
	if err := <-failed; err == nil {
		t.Error("listening succeeded without a supervisor")
	}
	if _, _, err := p.listen("tcp", ":1"); err == nil {
		t.Error("listening succeeded after the supervisor has ended")
	}
}

func TestForget(t *testing.T) {
	p, supervisor := supervised(t)
	cache := fakeCache{make(chan []string, 1)}
	p.cacheCreated(cache)
	if m, _ := expect(t, supervisor, wire.ControlRoots); !slices.Equal(m.Paths, cache.Roots()) {
		t.Errorf("told roots %q; want %q", m.Paths, cache.Roots())
	}
	send(t, supervisor, wire.Control{Type: wire.ControlForget, Paths: []string{"/templates/a.html"}})
	if got := <-cache.forgotten; !slices.Equal(got, []string{"/templates/a.html"}) {
		t.Errorf("forgot %q", got)
	}
}

func TestHandOverToSuccessor(t *testing.T) {
	for _, tt := range []struct {
		name        string
		startedLate bool // the successor's server starts after the connection arrived
	}{
		{"running", false},
		{"not started yet", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			old, oldSupervisor := supervised(t)
			successor, newSupervisor := supervised(t)
			from, to := newFakeServer(":8888"), newFakeServer(":8888")
			old.serverStarted(from)
			expect(t, oldSupervisor, wire.ControlReady)
			if !tt.startedLate {
				successor.serverStarted(to)
				expect(t, newSupervisor, wire.ControlReady)
			}

			giving, taking, err := wire.SocketPair()
			if err != nil {
				t.Fatal(err)
			}
			send(t, newSupervisor, wire.Control{Type: wire.ControlAdopt}, int(taking.Fd()))
			send(t, oldSupervisor, wire.Control{Type: wire.ControlHandOver}, int(giving.Fd()))
			giving.Close()
			taking.Close()

			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			handed, err := syscall.Dup(int(w.Fd()))
			if err != nil {
				t.Fatal(err)
			}
			w.Close()
			from.give <- trace.HandedConnection{FD: handed, Unread: []byte("GET"), Requests: 3}
			close(from.give)
			expect(t, oldSupervisor, wire.ControlHandedOver)
			if tt.startedLate {
				successor.serverStarted(to)
				expect(t, newSupervisor, wire.ControlReady)
			}

			got := <-to.adopted
			if string(got.Unread) != "GET" || got.Requests != 3 {
				t.Errorf("adopted %+v; want what was handed over", got)
			}
			// The descriptor is the only one left of the pipe's writing end: after it
			// closes the reader sees the end.
			if _, err := syscall.Write(got.FD, []byte("x")); err != nil {
				t.Fatal(err)
			}
			wire.CloseDescriptor(got.FD)
			if data, err := io.ReadAll(r); err != nil || string(data) != "x" {
				t.Errorf("read %q, %v from the adopted connection; want x", data, err)
			}
		})
	}
}

func TestAllowHost(t *testing.T) {
	allowed := allowHost([]string{"dev.example.com", "", "192.168.1.5"})
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "localhost.": true, "blog.localhost": true,
		"127.0.0.1": true, "127.9.8.7": true, "::1": true, "[::1]": true,
		"localhost:8888": true, "127.0.0.1:80": true, "[::1]:80": true, "DEV.example.com:1": true,
		"evil.com:80": false, "localhost:80:80": false, "localhost:x": false, "[::]:80": false,
		"dev.example.com": true, "Dev.Example.com": true, "192.168.1.5": true,
		"": false, "0.0.0.0": false, "::": false, "example.com": false, "evil-localhost": false,
		"localhost.evil.com": false, "127.0.0.1.evil.com": false, "sub.dev.example.com": false,
		"192.168.1.6": false, "::ffff:127.0.0.1": false, "127.1": false, "2130706433": false, "::1%lo": false,
	} {
		if got := allowed(host); got != want {
			t.Errorf("host %q allowed: %t; want %t", host, got, want)
		}
	}
}

// notifyTerminate keeps SIGTERM from ending the tests.
func notifyTerminate(t *testing.T, signals chan os.Signal) {
	signal.Notify(signals, syscall.SIGTERM)
	t.Cleanup(func() { signal.Stop(signals) })
}
