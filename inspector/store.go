package inspector

import (
	"slices"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// DefaultMaxBytes is the bound of a Store whose Options name none.
const DefaultMaxBytes = 64 << 20

// Options of a Store. The zero value works.
type Options struct {
	// MaxBytes bounds what all records together may hold. Zero means
	// DefaultMaxBytes.
	MaxBytes int64

	// ProjectDir is the directory whose files are the developer's own, absolute.
	// Empty leaves errors as they come: no frame is Own, none has an excerpt.
	ProjectDir string

	// FrameworkDirs are directories inside ProjectDir (or outside) whose files are
	// not the developer's own: the copy of the framework a project carries.
	FrameworkDirs []string
}

// A Store keeps records within a bound in bytes. All its methods may be called
// from any goroutine.
//
// When the bound is reached, what is worth least goes first: logs and closed
// connections beyond their share, then heads and bodies of the oldest finished
// requests, then those requests, then what is in flight; errors go last, those
// that are Gone before the others.
//
// Records are never changed, only replaced, and stand in chunks that a snapshot
// shares and a later change copies. So a Snapshot of 20,000 requests costs some
// hundred pointers, and a flood of records between two snapshots copies the few
// chunks it touches. What a snapshot holds alone, after it left the store, is not
// counted.
type Store struct {
	// Set by NewStore and never changed.
	o Options

	mu      sync.Mutex // guards what follows
	version uint64
	listen  []chan struct{} // each of capacity one
	ingests []*Ingest       // those that are not closed

	requests    table[Request]
	connections table[Connection]
	errors      table[Error]
	logs        table[Log]

	// The last IDs given.
	lastRequest, lastConnection, lastError, lastLog uint64

	whole    queue // IDs of finished requests that have heads or bodies, oldest first
	finished queue // of finished requests
	over     queue // of closed connections

	errorKeys map[uint64]uint64 // ID of the error, by what makes it the same error
	keysOf    map[uint64]uint64 // the reverse

	routes     []trace.Route
	routeStats map[routeKey]*routeStats
	replays    []string // addresses of connections that replay a request

	journal journal
	rate    rate
	counts  Counters

	// Bytes held, by kind; held is all of it.
	held, errorBytes, logBytes, overBytes, routeBytes int64
}

// NewStore returns an empty Store.
func NewStore(o Options) *Store {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	return &Store{
		o:          o,
		version:    1,
		errorKeys:  make(map[uint64]uint64),
		keysOf:     make(map[uint64]uint64),
		routeStats: make(map[routeKey]*routeStats),
		journal:    journal{limit: int(min(max(o.MaxBytes/1024, 64), 1<<16))},
		counts:     Counters{MaxBytes: o.MaxBytes},
	}
}

// Subscribe returns a channel that holds a value when something has changed since
// the last one was received; however much changed, it is one value. cancel ends
// the subscription; the channel is not closed.
func (s *Store) Subscribe() (changed <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listen = append(s.listen, ch)
	return ch, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.listen = slices.DeleteFunc(s.listen, func(other chan struct{}) bool { return other == ch })
	}
}

// AddLog adds a line of log that did not come from a probe, and returns its ID. A
// zero Time means now.
func (s *Store) AddLog(l Log) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.addLog(&l)
	s.evict()
	s.changed()
	return id
}

// Request returns the request with an ID, if it is still there. It must not be
// changed.
func (s *Store) Request(id uint64) (*Request, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.requests.get(id)
	return r, r != nil
}

// Error returns the error with an ID, if it is still there. It must not be
// changed.
func (s *Store) Error(id uint64) (*Error, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.errors.get(id)
	return e, e != nil
}

// maxReplays bounds how many announced replays may be on their way.
const maxReplays = 256

// MarkReplay says that the connection from localAddr ("127.0.0.1:40312") will
// bring a replayed request: its Source is FromReplay. Call it before the request
// is sent.
func (s *Store) MarkReplay(localAddr string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replays = append(s.replays[max(len(s.replays)-maxReplays+1, 0):], localAddr)
}

func (s *Store) isReplay(address string) bool { return slices.Contains(s.replays, address) }

// Clear forgets what is over: finished requests, closed connections, logs,
// errors, and the counts. What stands is kept: requests in flight, open
// connections, routes, and build errors that are not Gone.
func (s *Store) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.finished.len() > 0 {
		s.dropRequest(s.finished.pop())
	}
	for s.over.len() > 0 {
		s.dropConnection(s.over.pop())
	}
	for s.logs.length > 0 {
		s.dropLog(s.logs.first())
	}
	for _, e := range s.errors.list().All() {
		if e.Gone || e.Kind != "build" && e.Kind != "start" {
			s.dropError(e)
		}
	}
	s.whole.clear()
	s.counts = Counters{InFlight: s.counts.InFlight, OpenConnections: s.counts.OpenConnections,
		OpenErrors: s.counts.OpenErrors, MaxBytes: s.o.MaxBytes}
	s.rate = rate{}
	clear(s.routeStats)
	s.held -= s.journal.clear()
	s.changed()
}

// What follows is called with mu held.

// changed tells those who listen.
func (s *Store) changed() {
	s.version++
	for _, ch := range s.listen {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

func (s *Store) note(kind RecordKind, id uint64) { s.held += s.journal.add(kind, id) }

func (s *Store) addRequest(r *Request) {
	s.requests.insert(r.ID, r)
	s.held += r.size()
	s.counts.InFlight++
}

// setRequest replaces a request by a newer version of it.
func (s *Store) setRequest(r *Request) {
	s.held += r.size() - s.requests.get(r.ID).size()
	s.requests.replace(r.ID, r)
}

// finishRequest takes in the end of a request, which may be new.
func (s *Store) finishRequest(r *Request, counted bool) {
	r.Done = true
	if s.requests.get(r.ID) == nil {
		s.addRequest(r)
	} else {
		s.setRequest(r)
	}
	s.counts.InFlight--
	s.finished.push(r.ID)
	if r.hasContent() {
		s.whole.push(r.ID)
	}
	s.note(RecordRequest, r.ID)
	if !counted {
		return
	}
	failed := r.Status >= 500 || r.Err != ""
	s.countFinished(1, failed)
	if r.Sampled {
		s.counts.Sampled++
	}
	s.countRoute(r)
}

func (s *Store) countFinished(n int64, failed bool) {
	s.counts.Requests += n
	if failed {
		s.counts.Failed += n
	}
	s.rate.add(time.Now(), n)
}

func (s *Store) countDropped(d wire.Dropped) {
	s.counts.Dropped += d.Records
	s.counts.Requests += d.Requests
	s.counts.Failed += d.Failed
	s.rate.add(time.Now(), d.Requests)
}

func (s *Store) addConnection(c *Connection) {
	s.connections.insert(c.ID, c)
	s.held += c.size()
	s.counts.OpenConnections++
	s.note(RecordOpened, c.ID)
}

func (s *Store) setConnection(c *Connection) {
	s.held += c.size() - s.connections.get(c.ID).size()
	s.connections.replace(c.ID, c)
}

func (s *Store) closeConnection(c *Connection, at time.Time, reason string) {
	if c.State == ConnectionClosed {
		return
	}
	c.State, c.Closed, c.Err, c.Request, c.Pending = ConnectionClosed, at, reason, 0, 0
	s.setConnection(c)
	s.over.push(c.ID)
	s.overBytes += c.size()
	s.counts.OpenConnections--
	c.origin.ingest.countConnection(c.Loop, -1)
	s.replays = slices.DeleteFunc(s.replays, func(address string) bool { return address == c.RemoteAddr })
	s.note(RecordClosed, c.ID)
}

func (s *Store) addLog(l *Log) uint64 {
	s.lastLog++
	l.ID = s.lastLog
	if l.Time.IsZero() {
		l.Time = time.Now()
	}
	s.logs.insert(l.ID, l)
	s.held += l.size()
	s.logBytes += l.size()
	s.note(RecordLog, l.ID)
	return l.ID
}
