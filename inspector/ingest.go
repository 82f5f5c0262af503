package inspector

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// An Ingest takes in what the probe of one process sends. Read, Apply and Close
// are for one goroutine at a time.
type Ingest struct {
	// Set by NewIngest and never changed.
	store *Store
	build int

	decoder wire.Decoder // of the goroutine that calls Apply

	// Guarded by store.mu: what is in the store, by the numbers of the process,
	// which begin at 1 in each.
	requests    map[uint64]uint64
	connections map[uint64]uint64
	loops       map[int]*Loop
	closed      bool
}

// origin is where a record came from: the key in the maps of its Ingest.
type origin struct {
	ingest *Ingest
	id     uint64
}

// NewIngest begins the records of a process of a build. Several may run at once,
// for one build or for more.
func (s *Store) NewIngest(build int) *Ingest {
	in := &Ingest{
		store:       s,
		build:       build,
		requests:    make(map[uint64]uint64),
		connections: make(map[uint64]uint64),
		loops:       make(map[int]*Loop),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ingests = append(s.ingests, in)
	return in
}

// Read decodes r until it ends, applies what it reads, and calls Close. A stream
// that breaks off is a process that was killed, and no error; an error means that
// r failed or that what it gave is damaged.
func (in *Ingest) Read(r io.Reader) error {
	defer in.Close()
	frames := wire.NewReader(r)
	for {
		kind, payload, err := frames.Next()
		if err == nil {
			err = in.Apply(kind, payload)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("inspector: records of build %d: %w", in.build, err)
		}
	}
}

// Apply takes in one frame. It passes over kinds it does not know; an error is a
// wire.ErrDamaged.
func (in *Ingest) Apply(kind wire.Kind, payload []byte) error {
	switch kind {
	case wire.KindConnectionOpened, wire.KindConnectionUpdated, wire.KindConnectionClosed:
		c, err := in.decoder.Connection(kind, payload)
		return in.apply(err, func() { in.connection(kind, &c) })
	case wire.KindRequestStarted:
		r, err := in.decoder.Request(kind, payload)
		return in.apply(err, func() { in.requestStarted(&r) })
	case wire.KindRequestFinished:
		r, err := in.decoder.Request(kind, payload)
		return in.apply(err, func() { in.requestFinished(&r) })
	case wire.KindRequestPhase:
		r, err := in.decoder.RequestPhase(payload)
		return in.apply(err, func() { in.requestPhase(r) })
	case wire.KindError:
		e, err := in.decoder.Error(payload)
		if err == nil {
			in.error(&e)
		}
		return err
	case wire.KindLoopBlocked:
		b, err := in.decoder.LoopBlocked(payload)
		if err == nil {
			in.loopBlocked(&b)
		}
		return err
	case wire.KindLog:
		l, err := in.decoder.Log(payload)
		return in.apply(err, func() { in.log(&l) })
	case wire.KindRoutes:
		routes, err := in.decoder.Routes(payload)
		return in.apply(err, func() { in.store.setRoutes(routes) })
	case wire.KindLoopReport:
		stats, err := in.decoder.LoopReport(payload)
		return in.apply(err, func() { in.loopReport(&stats) })
	case wire.KindDropped:
		d, err := in.decoder.Dropped(payload)
		return in.apply(err, func() { in.store.countDropped(d) })
	case wire.KindMessage:
		m, err := in.decoder.Message(payload)
		return in.apply(err, func() { in.message(&m) })
	case wire.KindStanding:
		standing, err := in.decoder.Standing(payload)
		return in.apply(err, func() { in.endAllBut(&standing) })
	}
	return nil
}

// Close says that the process has ended: its requests and connections are over.
// Calling it again does nothing.
func (in *Ingest) Close() {
	s := in.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.closed {
		return
	}
	in.endAll(nil, nil, "the program ended", true)
	in.closed = true
	in.requests, in.connections, in.loops = nil, nil, nil
	s.ingests = slices.DeleteFunc(s.ingests, func(other *Ingest) bool { return other == in })
	s.changed()
}

// apply runs change with the store locked, unless decoding failed.
func (in *Ingest) apply(err error, change func()) error {
	if err != nil {
		return err
	}
	s := in.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if !in.closed {
		change()
		s.evict()
		s.changed()
	}
	return nil
}

// What follows is called with store.mu held, but for error and loopBlocked.

func (in *Ingest) connection(kind wire.Kind, c *wire.Connection) {
	s := in.store
	id, known := in.connections[c.ID]
	if !known {
		if kind != wire.KindConnectionOpened {
			return // its opening was dropped, or the store has let it go
		}
		s.lastConnection++
		row := &Connection{
			ID: s.lastConnection, Build: in.build, Opened: c.Opened, RemoteAddr: c.RemoteAddr, LocalAddr: c.LocalAddr,
			Loop: c.Loop, Adopted: c.Adopted, Requests: c.Requests, BytesIn: c.BytesIn, BytesOut: c.BytesOut, Pending: c.Pending,
			origin: origin{in, c.ID},
		}
		in.connections[c.ID] = row.ID
		in.countConnection(c.Loop, 1)
		s.addConnection(row)
		return
	}
	row := *s.connections.get(id)
	row.Requests, row.BytesIn, row.BytesOut, row.Pending = c.Requests, c.BytesIn, c.BytesOut, c.Pending
	if kind == wire.KindConnectionClosed {
		s.closeConnection(&row, c.Closed, c.Err)
		return
	}
	s.setConnection(&row)
}

// message adds a message to those of its connection.
func (in *Ingest) message(m *wire.Message) {
	s := in.store
	id, known := in.connections[m.Connection]
	if !known {
		return
	}
	row := *s.connections.get(id)
	next := new(WebSocket)
	if row.WebSocket != nil {
		*next = *row.WebSocket
	}
	next.Others += m.Received + m.Sent - next.Received - next.Sent
	next.Received, next.Sent = m.Received, m.Sent
	if m.Opcode != 0 {
		kept := next.Messages
		if len(kept) >= MaxMessages {
			kept = kept[len(kept)-MaxMessages+1:]
		}
		// Snapshots have the old ones.
		next.Messages = append(append(make([]Message, 0, len(kept)+1), kept...),
			Message{Time: m.Time, Out: m.Out, Opcode: m.Opcode, Size: m.Size, Wire: m.Wire, Others: max(next.Others-1, 0)})
		next.Others = 0
	}
	row.WebSocket = next
	s.setConnection(&row)
}

func (in *Ingest) countConnection(loop, change int) {
	if l := in.loop(loop); l != nil {
		l.Connections += change
	}
}

// maxLoops bounds how many loops of one process are kept.
const maxLoops = 1024

// loop returns the state of a loop, or nil if there are too many or the process
// has ended.
func (in *Ingest) loop(number int) *Loop {
	l := in.loops[number]
	if l == nil && len(in.loops) < maxLoops && !in.closed {
		l = &Loop{Build: in.build}
		l.Loop = number
		in.loops[number] = l
	}
	return l
}

// maxLags is a minute of reports.
const maxLags = 60

func (in *Ingest) loopReport(stats *trace.LoopStats) {
	l := in.loop(stats.Loop)
	if l == nil {
		return
	}
	l.LoopStats = *stats
	kept := l.Lags[max(len(l.Lags)-maxLags+1, 0):]
	l.Lags = append(slices.Clone(kept), stats.Lag) // snapshots have the old one
}

func (in *Ingest) requestStarted(q *wire.Request) {
	if _, known := in.requests[q.ID]; known {
		return
	}
	row := in.newRequest(q)
	row.Phase = q.Phase
	in.store.addRequest(row)
	in.setActive(row)
}

// newRequest makes the row of a request that was not in the store.
func (in *Ingest) newRequest(q *wire.Request) *Request {
	s := in.store
	s.lastRequest++
	row := &Request{
		ID: s.lastRequest, Build: in.build, Connection: in.connections[q.Connection], Started: q.Started,
		Method: q.Method, URI: q.URI, Version: q.Version, RemoteIP: q.RemoteIP, Head: q.Head,
		Handler: q.Handler, Pattern: q.Pattern,
		origin: origin{in, q.ID},
	}
	if len(s.replays) > 0 {
		if c := s.connections.get(row.Connection); c != nil && s.isReplay(c.RemoteAddr) {
			row.Source = FromReplay
		}
	}
	in.requests[q.ID] = row.ID
	return row
}

func (in *Ingest) requestPhase(p wire.RequestPhase) {
	s := in.store
	old := s.requests.get(in.requests[p.ID])
	if old == nil || old.Done {
		return
	}
	row := *old
	row.Phase = p.Phase
	s.setRequest(&row)
}

func (in *Ingest) requestFinished(q *wire.Request) {
	s := in.store
	var row *Request
	if old := s.requests.get(in.requests[q.ID]); old == nil {
		row = in.newRequest(q)
	} else if old.Done {
		return
	} else {
		again := *old
		row = &again
	}
	if !q.Bare {
		row.Head, row.Body, row.AnswerHead, row.Answer = q.Head, q.Body, q.AnswerHead, q.Answer
	}
	row.Sampled = q.Bare
	row.BodyLen, row.AnswerLen = q.BodyLen, q.AnswerLen
	row.Handler, row.Pattern = q.Handler, q.Pattern
	row.Spent, row.Duration = q.Spent, q.Duration
	row.Status, row.Err = q.Status, q.Err
	s.finishRequest(row, true)
	in.setIdle(row)
}

// setActive shows in the connection's row that row is in flight.
func (in *Ingest) setActive(row *Request) {
	s := in.store
	if old := s.connections.get(row.Connection); old != nil && old.State != ConnectionClosed {
		c := *old
		c.State, c.Request, c.Handler = ConnectionActive, row.ID, row.Handler
		s.setConnection(&c)
	}
}

// setIdle shows in the connection's row that row is over. Most requests change
// nothing there: they were never announced, and have the handler of the last.
func (in *Ingest) setIdle(row *Request) {
	s := in.store
	old := s.connections.get(row.Connection)
	if old == nil || old.Request != row.ID && old.Handler == row.Handler {
		return
	}
	c := *old
	c.Handler = row.Handler
	if c.Request == row.ID {
		c.Request = 0
		if c.State == ConnectionActive {
			c.State = ConnectionIdle
		}
	}
	s.setConnection(&c)
}

func (in *Ingest) log(l *wire.Log) {
	in.store.addLog(&Log{
		Build: in.build, Time: l.Time, Level: l.Level, Logger: l.Logger, Message: l.Message,
		Request: in.requests[l.Request],
	})
}

// endAllBut ends what is not named: the record of its end was dropped.
func (in *Ingest) endAllBut(standing *wire.Standing) {
	requests, connections := make(map[uint64]bool), make(map[uint64]bool)
	for _, id := range standing.Requests {
		requests[id] = true
	}
	for _, id := range standing.Connections {
		connections[id] = true
	}
	// The requests were counted as dropped already.
	in.endAll(requests, connections, "how it ended was dropped: too many records", false)
}

// endAll ends every request and connection that the process has open, but for
// those standing. counted says that the requests count as finished.
func (in *Ingest) endAll(requests, connections map[uint64]bool, reason string, counted bool) {
	s, now := in.store, time.Now()
	for _, key := range slices.Sorted(maps.Keys(in.requests)) {
		old := s.requests.get(in.requests[key])
		if old == nil || old.Done || requests[key] {
			continue
		}
		row := *old
		row.Err, row.Duration = reason, max(now.Sub(row.Started), 0)
		s.finishRequest(&row, counted)
		in.setIdle(&row)
	}
	for _, key := range slices.Sorted(maps.Keys(in.connections)) {
		if old := s.connections.get(in.connections[key]); old != nil && old.State != ConnectionClosed && !connections[key] {
			row := *old
			s.closeConnection(&row, now, reason)
		}
	}
}
