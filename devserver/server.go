package devserver

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// Options of a Server. The zero value runs the project in the current directory.
type Options struct {
	// Dir is a directory of the project: that of its go.mod or one below, in which
	// the program then runs. Empty means the current directory.
	Dir string

	// Package is the main package to run, "./cmd/blog". Empty means the one in Dir,
	// or the only one of the module.
	Package string

	// Addr, as HOST:PORT, takes the place of the first address the program listens
	// on. Empty leaves the program its port, on this machine's loopback addresses.
	Addr string

	// AllowHosts are names beside localhost under which the program may be asked.
	AllowHosts []string

	// BuildFlags are further flags for go build, such as "-tags=sqlite" or "-race".
	BuildFlags []string

	// Store takes the records. Nil means that New makes one.
	Store *inspector.Store

	// StartTimeout is how long a new program may take until it listens. Zero means
	// 30 s.
	StartTimeout time.Duration

	// DrainTimeout is how long a replaced program may take to finish what it has.
	// Zero means 30 s.
	DrainTimeout time.Duration

	// Poll looks at the files from time to time instead of asking the system to tell.
	Poll bool
}

// How long a program may take to end when it is told to.
const endGrace = 3 * time.Second

// A Server runs a project and renews it after every save.
type Server struct {
	options  Options
	project  *project
	store    *inspector.Store
	rebuilds chan struct{} // holds one request; more mean the same

	mu          sync.Mutex // guards what follows
	state       State
	history     []State // with each change of phase, build or message; the newest maxHistory
	forgotten   int     // states that left history
	subscribers map[chan struct{}]bool
	changed     chan struct{} // closed at the next change
	running     bool
}

// New finds the project. It fails if there is no Go module, no main package or
// several of them, and says then what to do. Nothing is built before Run.
func New(o Options) (*Server, error) {
	if o.Dir == "" {
		o.Dir = "."
	}
	if o.StartTimeout == 0 {
		o.StartTimeout = 30 * time.Second
	}
	if o.DrainTimeout == 0 {
		o.DrainTimeout = 30 * time.Second
	}
	if o.Addr != "" {
		if _, _, err := overrideAddresses(o.Addr); err != nil {
			return nil, err
		}
	}
	p, err := findProject(context.Background(), o.Dir, o.Package)
	if err != nil {
		return nil, err
	}
	s := &Server{
		options:     o,
		project:     p,
		store:       o.Store,
		rebuilds:    make(chan struct{}, 1),
		subscribers: make(map[chan struct{}]bool),
		changed:     make(chan struct{}),
		state:       State{Phase: Building, Since: time.Now(), Project: p.root, Package: p.pkg},
	}
	if s.store == nil {
		s.store = inspector.NewStore(inspector.Options{ProjectDir: p.root, FrameworkDirs: p.frameworkDirs()})
	}
	return s, nil
}

// frameworkDirs are the directories whose files are not the developer's own. When
// the project is the framework itself, they are.
func (p *project) frameworkDirs() []string {
	if p.framework == "" || p.framework == p.root {
		return nil
	}
	return []string{p.framework}
}

// Warning says what the developer should know before anything listens: that
// others can reach the program. It is empty if they cannot.
func (s *Server) Warning() string {
	if s.options.Addr == "" {
		return ""
	}
	_, warning, _ := overrideAddresses(s.options.Addr) // New has asked whether it can be understood
	return warning
}

// Store holds what the program does.
func (s *Server) Store() *inspector.Store { return s.store }

// Snapshot returns what the project is doing.
func (s *Server) Snapshot() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Changed returns a channel that is closed at the next change. Who waits for
// changes asks for it before each Snapshot.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Subscribe returns a channel that holds one value when the state changed since
// it was last received from. cancel ends that.
func (s *Server) Subscribe() (changed <-chan struct{}, cancel func()) {
	c := make(chan struct{}, 1) // a value that waits says it all
	s.mu.Lock()
	s.subscribers[c] = true
	s.mu.Unlock()
	return c, func() {
		s.mu.Lock()
		delete(s.subscribers, c)
		s.mu.Unlock()
	}
}

// Rebuild builds and starts anew although nothing was saved.
func (s *Server) Rebuild() {
	select {
	case s.rebuilds <- struct{}{}:
	default:
	}
}

// maxHistory is how many states are kept for those who ask for every one.
const maxHistory = 64

// turned reports whether a state is worth a line of its own.
func turned(before, after State) bool {
	return before.Phase != after.Phase || before.Build != after.Build || before.Message != after.Message && after.Message != ""
}

// StatesSince returns the states after the first n that differ from the one
// before in phase, build or message, and what to pass for n the next time. It is
// for those who print every one; very old ones are left out.
func (s *Server) StatesSince(n int) (states []State, next int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := min(max(n-s.forgotten, 0), len(s.history))
	return append([]State(nil), s.history[from:]...), s.forgotten + len(s.history)
}

// publish makes state what Snapshot returns.
func (s *Server) publish(state State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state.Phase != s.state.Phase {
		state.Since = time.Now()
	} else {
		state.Since = s.state.Since
	}
	if state == s.state && len(s.history) > 0 {
		return
	}
	if len(s.history) == 0 || turned(s.state, state) {
		s.history = append(s.history, state)
		if len(s.history) > maxHistory {
			s.history = append(s.history[:0], s.history[1:]...)
			s.forgotten++
		}
	}
	s.state = state
	close(s.changed)
	s.changed = make(chan struct{})
	for c := range s.subscribers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Run works until ctx ends, and then ends the program and all it started. It
// returns nil then, or why it could not begin. It can be called once.
func (s *Server) Run(ctx context.Context) error {
	if !supported {
		return wire.ErrUnsupported
	}
	s.mu.Lock()
	if s.running {
		s.mu.Unlock()
		return errors.New("devserver: Run was called before")
	}
	s.running = true
	s.mu.Unlock()

	r, err := newRun(s)
	if err != nil {
		return err
	}
	return r.run(ctx)
}

// allowedHosts are the names that the program may be asked under beside those of
// this machine.
func (o *Options) allowedHosts() []string {
	hosts := append([]string(nil), o.AllowHosts...)
	if host, _, err := net.SplitHostPort(o.Addr); err == nil && host != "" && !net.ParseIP(host).IsUnspecified() {
		hosts = append(hosts, host)
	}
	return hosts
}

// relative is path as one names it in the project.
func (p *project) relative(path string) string {
	if rel, err := filepath.Rel(p.root, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

// url is where a browser finds what listens on address.
func url(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}

// URL is where a browser finds the program; empty while it has no address, or
// one that is no TCP address.
func (s State) URL() string {
	if s.Address == "" || os.IsPathSeparator(s.Address[0]) {
		return ""
	}
	return url(s.Address)
}
