package inspector

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/inspector/wire"
)

var began = time.Unix(1700000000, 0)

// A process writes the frames of one program.
type process struct {
	frames []byte
	conn   *trace.Connection
}

func newProcess() *process {
	return &process{conn: &trace.Connection{ID: 1, Opened: began, RemoteAddr: "127.0.0.1:4711", LocalAddr: "127.0.0.1:8888", Loop: 1}}
}

func (p *process) open() *process {
	p.frames = wire.AppendConnectionOpened(p.frames, p.conn)
	return p
}

func (p *process) request(id uint64) *trace.Request {
	q := &trace.Request{
		ID: id, Connection: p.conn, Started: began, Method: "GET", URI: fmt.Sprint("/story/", id), Version: "HTTP/1.1",
		RemoteIP: "127.0.0.1", Head: []byte("GET /story HTTP/1.1\r\nHost: localhost\r\n"),
		Status: 200, AnswerHead: []byte("HTTP/1.1 200 OK\r\n"), Answer: []byte("hello"),
		AnswerLen: 5, Duration: time.Millisecond,
	}
	q.Choose(&trace.Target{Handler: "blog.StoryHandler.Get", Pattern: "/story/([0-9]+)"})
	return q
}

func (p *process) started(id uint64) *process {
	p.frames = wire.AppendRequestStarted(p.frames, p.request(id), trace.PhaseHandler)
	return p
}

func (p *process) finished(id uint64) *process {
	p.frames = wire.AppendRequestFinished(p.frames, p.request(id), false)
	return p
}

func (p *process) closed() *process {
	p.frames = wire.AppendConnectionClosed(p.frames, p.conn, began.Add(time.Second))
	return p
}

// applyAll applies frames without closing the ingest.
func applyAll(t testing.TB, in *Ingest, frames []byte) {
	t.Helper()
	r := wire.NewReader(bytes.NewReader(frames))
	for {
		kind, payload, err := r.Next()
		if err == io.EOF {
			return
		}
		if err == nil {
			err = in.Apply(kind, payload)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestRequestLife(t *testing.T) {
	s := NewStore(Options{})
	in := s.NewIngest(3)
	p := newProcess().open().started(1)
	applyAll(t, in, p.frames)

	before := s.Snapshot()
	r := before.Requests.At(0)
	if r == nil || r.Done || r.ID != 1 || r.Build != 3 || r.Connection != 1 || r.Phase != trace.PhaseHandler || r.URI != "/story/1" {
		t.Fatalf("started: got %+v", r)
	}
	c := before.Connections.At(0)
	if c.State != ConnectionActive || c.Request != 1 || c.Loop != 1 {
		t.Errorf("connection while it is active: got %+v", c)
	}
	applyAll(t, in, wire.AppendRequestPhase(nil, 1, trace.PhaseRender))
	if r, _ := s.Request(1); r.Phase != trace.PhaseRender {
		t.Errorf("got phase %v, want render", r.Phase)
	}
	p.frames = nil
	applyAll(t, in, p.finished(1).finished(2).frames)

	after := s.Snapshot()
	if r := after.Requests.At(0); !r.Done || r.Status != 200 || string(r.Answer) != "hello" || r.Handler != "blog.StoryHandler.Get" || r.Duration != time.Millisecond {
		t.Errorf("finished: got %+v", r)
	}
	if c := after.Connections.At(0); c.State != ConnectionIdle || c.Request != 0 || c.Handler != "blog.StoryHandler.Get" {
		t.Errorf("connection afterwards: got %+v", c)
	}
	if got, want := after.Counters.Requests, int64(2); got != want || after.Counters.InFlight != 0 || after.Counters.PerSecond != 2 {
		t.Errorf("got counters %+v, want %d requests", after.Counters, want)
	}
	if r := before.Requests.At(0); r.Done || before.Requests.Len() != 1 || before.Counters.InFlight != 1 {
		t.Errorf("the earlier snapshot has changed: %+v", r)
	}
	if before.Version == after.Version {
		t.Error("both snapshots have the same version")
	}
}

func TestNumbersOfTwoBuilds(t *testing.T) {
	s := NewStore(Options{})
	first, second := s.NewIngest(1), s.NewIngest(2)
	applyAll(t, first, newProcess().open().started(1).frames)
	applyAll(t, second, newProcess().open().started(1).finished(1).frames)
	snapshot := s.Snapshot()
	if n := snapshot.Requests.Len(); n != 2 {
		t.Fatalf("got %d requests, want 2", n)
	}
	a, b := snapshot.Requests.At(0), snapshot.Requests.At(1)
	if a.ID == b.ID || a.Build != 1 || b.Build != 2 || a.Done || !b.Done || a.Connection == b.Connection {
		t.Errorf("got %+v and %+v", a, b)
	}

	first.Close()
	if r, _ := s.Request(a.ID); !r.Done || r.Err != "the program ended" {
		t.Errorf("after the first program ended: got %+v", r)
	}
	snapshot = s.Snapshot()
	if snapshot.Counters.InFlight != 0 || snapshot.Counters.OpenConnections != 1 {
		t.Errorf("got %+v, want nothing in flight and one connection", snapshot.Counters)
	}
	applyAll(t, first, newProcess().started(7).frames) // late frames are passed over
	if n := s.Snapshot().Requests.Len(); n != 2 {
		t.Errorf("after a late frame: got %d requests, want 2", n)
	}
}

func TestIngestRead(t *testing.T) {
	whole := newProcess().open().started(1).frames
	for _, tt := range []struct {
		name   string
		stream []byte
		want   error
	}{
		{"whole", whole, nil},
		{"broken off", whole[:len(whole)-3], nil},
		{"damaged frame", append(bytes.Clone(whole), "HTTP/1.1 200 OK"...), wire.ErrDamaged},
		{"damaged payload", wire.AppendFrame(bytes.Clone(whole), wire.KindRequestFinished, []byte("?")), wire.ErrDamaged},
		{"unknown kind", wire.AppendFrame(bytes.Clone(whole), 99, []byte("?")), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := NewStore(Options{})
			if err := s.NewIngest(1).Read(bytes.NewReader(tt.stream)); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if c := s.Snapshot().Counters; c.InFlight != 0 || c.OpenConnections != 0 {
				t.Errorf("something is still open: %+v", c)
			}
		})
	}
}

func TestSince(t *testing.T) {
	s := NewStore(Options{})
	in := s.NewIngest(1)
	p := newProcess().open().started(1)
	applyAll(t, in, p.frames)
	s.AddLog(Log{Message: "hello"})
	var seen []RecordKind
	collect := func(r Record) { seen = append(seen, r.Kind) }
	next, missed := s.Since(0, collect)
	if got, want := fmt.Sprint(seen), fmt.Sprint([]RecordKind{RecordOpened, RecordLog}); got != want || missed != 0 {
		t.Errorf("got %s, %d missed; want %s", got, missed, want)
	}
	seen = nil
	p.frames = nil
	applyAll(t, in, p.finished(1).closed().frames)
	s.AddError(Error{Kind: "build", Message: "x"})
	s.AddError(Error{Kind: "build", Message: "x"})
	next, missed = s.Since(next, collect)
	if got, want := fmt.Sprint(seen), fmt.Sprint([]RecordKind{RecordRequest, RecordClosed, RecordError}); got != want || missed != 0 {
		t.Errorf("got %s, %d missed; want %s", got, missed, want)
	}
	s.AddLog(Log{Message: "cleared before it was seen"})
	s.Clear()
	seen = nil
	if next, missed = s.Since(next, collect); len(seen) != 0 || missed != 0 {
		t.Errorf("after Clear: got %v, %d missed; want nothing", seen, missed)
	}
	s.AddLog(Log{Message: "again"})
	if _, missed = s.Since(next, collect); len(seen) != 1 || missed != 0 {
		t.Errorf("after Clear and a log: got %v, %d missed", seen, missed)
	}
}

func TestSinceCountsWhatIsMissed(t *testing.T) {
	s := NewStore(Options{MaxBytes: 100 << 10})
	const logs = 10_000
	for i := range logs {
		s.AddLog(Log{Message: fmt.Sprint("line ", i)})
	}
	seen := 0
	_, missed := s.Since(0, func(r Record) {
		seen++
		if r.Log == nil || r.Seq == 0 {
			t.Fatalf("got %+v", r)
		}
	})
	if seen == 0 || seen+missed != logs {
		t.Errorf("got %d seen and %d missed, want %d together", seen, missed, logs)
	}
}

// The bound holds whatever comes, and what is worth most is still there.
func TestBound(t *testing.T) {
	const limit = 2 << 20
	s := NewStore(Options{MaxBytes: limit})
	in := s.NewIngest(1)
	p := newProcess().open()
	s.AddError(Error{Kind: "panic", Message: "the one"})
	const sent = 100_000
	for id := uint64(1); id <= sent; id++ {
		if id%1000 == 0 {
			p.started(id)
		} else {
			p.finished(id)
		}
		if id%10 == 0 {
			p.frames = wire.AppendLog(p.frames, &wire.Log{Message: strings.Repeat("x", 200), Request: id})
		}
		if id%50 != 0 && id != sent {
			continue // a batch of frames costs one reader
		}
		applyAll(t, in, p.frames)
		p.frames = p.frames[:0]
		if s.held > limit {
			t.Fatalf("after %d requests %d bytes are held, more than %d", id, s.held, limit)
		}
	}
	snapshot := s.Snapshot()
	var held int64
	trimmed, inFlight := 0, 0
	for i, r := range snapshot.Requests.All() {
		held += r.size()
		if r.Trimmed {
			trimmed++
		}
		if !r.Done {
			inFlight++
		}
		if got := snapshot.Requests.At(i); got != r {
			t.Fatalf("At(%d) is not the record that All gave", i)
		}
		if at, ok := snapshot.Requests.Find(r.ID); at != i || !ok {
			t.Fatalf("Find(%d) = %d, %v; want %d", r.ID, at, ok, i)
		}
	}
	for _, l := range snapshot.Logs.All() {
		held += l.size()
	}
	held += snapshot.Connections.At(0).size() + snapshot.Errors.At(0).size() + int64(len(s.journal.events))*journalBytes
	if held != snapshot.Counters.HeldBytes {
		t.Errorf("the records hold %d bytes, the store says %d", held, snapshot.Counters.HeldBytes)
	}
	if inFlight != 100 || snapshot.Counters.InFlight != 100 {
		t.Errorf("got %d in flight, and %d counted; want all 100", inFlight, snapshot.Counters.InFlight)
	}
	if trimmed == 0 || snapshot.Logs.Len() < 500 || snapshot.Errors.Len() != 1 {
		t.Errorf("got %d trimmed, %d logs, %d errors", trimmed, snapshot.Logs.Len(), snapshot.Errors.Len())
	}
	if len(in.requests) != snapshot.Requests.Len() {
		t.Errorf("got %d numbers for %d requests", len(in.requests), snapshot.Requests.Len())
	}
	if snapshot.Counters.Requests != sent-100 {
		t.Errorf("got %d requests counted, want %d", snapshot.Counters.Requests, sent-100)
	}
}

// With nothing to spare the bound holds, too: each kind alone in a flood.
func TestBoundOfEachKind(t *testing.T) {
	const limit = 100 << 10
	body := strings.Repeat("x", 1000)
	for _, tt := range []struct {
		name string
		add  func(s *Store, in *Ingest, i int)
	}{
		{"in flight", func(s *Store, in *Ingest, i int) { applyAll(t, in, newProcess().started(uint64(i)).frames) }},
		{"open connections", func(s *Store, in *Ingest, i int) {
			p := newProcess()
			p.conn.ID = uint64(i)
			applyAll(t, in, p.open().frames)
		}},
		{"closed connections", func(s *Store, in *Ingest, i int) {
			p := newProcess()
			p.conn.ID = uint64(i)
			applyAll(t, in, p.open().closed().frames)
		}},
		{"errors", func(s *Store, in *Ingest, i int) { s.AddError(Error{Message: fmt.Sprint(i, body)}) }},
		{"mended errors", func(s *Store, in *Ingest, i int) {
			s.AddError(Error{Kind: "build", Message: fmt.Sprint(i, body)})
			s.MarkMended("build")
		}},
		{"logs", func(s *Store, in *Ingest, i int) { s.AddLog(Log{Message: body}) }},
		{"one giant", func(s *Store, in *Ingest, i int) { s.AddLog(Log{Message: strings.Repeat(body, 200)}) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := NewStore(Options{MaxBytes: limit})
			in := s.NewIngest(1)
			for i := 1; i <= 2000; i++ {
				tt.add(s, in, i)
				if s.held > limit || s.held < 0 {
					t.Fatalf("after %d records %d bytes are held", i, s.held)
				}
			}
			in.Close()
			s.Clear()
			s.MarkMended("")
			s.Clear()
			if c := s.Snapshot().Counters; c.HeldBytes != 0 || c.InFlight != 0 || c.OpenConnections != 0 || c.OpenErrors != 0 {
				t.Errorf("after everything was cleared: %+v", c)
			}
			if s.logBytes != 0 || s.overBytes != 0 || s.errorBytes != 0 || len(s.errorKeys)+len(s.keysOf) != 0 {
				t.Errorf("shares are left over: %d, %d, %d; keys %d, %d", s.logBytes, s.overBytes, s.errorBytes, len(s.errorKeys), len(s.keysOf))
			}
		})
	}
}

func TestErrors(t *testing.T) {
	s := NewStore(Options{})
	in := s.NewIngest(2)
	p := newProcess().started(5)
	failure := trace.Error{Time: began, Kind: "panic", Request: 5, Message: "index out of range\nmore", Stack: []trace.Frame{{Function: "main.f", File: "/p/a.go", Line: 3}}}
	applyAll(t, in, wire.AppendError(p.frames, &failure))
	failure.Time = began.Add(time.Second)
	applyAll(t, in, wire.AppendError(nil, &failure))
	failure.Stack[0].Line++
	applyAll(t, in, wire.AppendError(nil, &failure))
	applyAll(t, in, wire.AppendLoopBlocked(nil, &trace.LoopBlocked{Time: began, Loop: 1, Duration: time.Second, Stack: failure.Stack}))
	applyAll(t, in, wire.AppendLoopBlocked(nil, &trace.LoopBlocked{Time: began, Loop: 1, Duration: time.Minute, Lasts: true, Stack: failure.Stack}))
	s.AddError(Error{Build: 3, Kind: "build", File: "/p/a.go", Line: 1, Message: "undefined: x"})
	s.AddError(Error{Build: 4, Kind: "start", Message: "it exited with status 1"})

	snapshot := s.Snapshot()
	if n := snapshot.Errors.Len(); n != 5 {
		t.Fatalf("got %d errors, want 5", n)
	}
	first := snapshot.Errors.At(0)
	if first.Count != 2 || first.Message != "index out of range" || first.Detail != "more" || !first.Time.Equal(began.Add(time.Second)) || first.Build != 2 {
		t.Errorf("got %+v", first)
	}
	if r, _ := s.Request(first.Request); r == nil || r.URI != "/story/5" || r.Error != 2 {
		t.Errorf("the request of the error: got %+v, want the latest error in it", r)
	}
	if blocked := snapshot.Errors.At(2); blocked.Count != 2 || blocked.Kind != "blocked" || blocked.Message != "loop 1 has been blocked for 1m0s and still is" {
		t.Errorf("got %+v, want one error for both, with what the latter said", blocked)
	}

	open := func() string {
		var ids []uint64
		for _, e := range s.Snapshot().Errors.All() {
			if !e.Gone {
				ids = append(ids, e.ID)
			}
		}
		if n := s.Snapshot().Counters.OpenErrors; n != len(ids) {
			t.Errorf("got %d open errors counted, want %d", n, len(ids))
		}
		return fmt.Sprint(ids)
	}
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{"nothing", func() {}, "[1 2 3 4 5]"},
		{"another file", func() { s.MarkMended("build", "/p/b.go") }, "[1 2 3 4 5]"},
		{"the file of the build error", func() { s.MarkMended("build", "/p/x/../a.go") }, "[1 2 3 5]"},
		{"a build that ran", func() { s.ResolveBuildErrors(4) }, "[1 2 3]"},
		{"it happens again", func() { s.AddError(Error{Build: 4, Kind: "start", Message: "it exited with status 1"}) }, "[1 2 3 6]"},
		{"all panics", func() { s.MarkMended("panic") }, "[3 6]"},
	} {
		step.do()
		if got := open(); got != step.want {
			t.Errorf("%s: open errors %s, want %s", step.name, got, step.want)
		}
	}
}

// A WebSocket's row has the exact counts and the last messages.
func TestWebSocket(t *testing.T) {
	s := NewStore(Options{})
	in := s.NewIngest(1)
	p := newProcess().open()
	applyAll(t, in, p.frames)
	held := s.held
	text := &trace.WebSocketMessage{Opcode: 1, Size: 10, Wire: 10}
	for n := range int64(100) {
		applyAll(t, in, wire.AppendMessage(nil, 1, text, began, n+1, 0))
	}
	before := s.Snapshot().Connections.At(0).WebSocket
	applyAll(t, in, wire.AppendMessage(nil, 1, &trace.WebSocketMessage{}, began, 120, 0))
	applyAll(t, in, wire.AppendMessage(nil, 1, text, began, 150, 0)) // the 50th since
	applyAll(t, in, wire.AppendMessage(nil, 1, &trace.WebSocketMessage{}, began, 150, 9))
	applyAll(t, in, wire.AppendMessage(nil, 77, text, began, 1, 1)) // of no connection
	got := s.Snapshot().Connections.At(0).WebSocket
	if got.Received != 150 || got.Sent != 9 || len(got.Messages) != MaxMessages || got.Messages[MaxMessages-1].Others != 49 || got.Others != 9 {
		t.Errorf("got %d received, %d sent, %d kept: %+v", got.Received, got.Sent, len(got.Messages), got.Messages[len(got.Messages)-1])
	}
	if before.Received != 100 || len(before.Messages) != MaxMessages || before.Messages[MaxMessages-1].Others != 0 {
		t.Errorf("an earlier snapshot has changed: %d received, %+v", before.Received, before.Messages[len(before.Messages)-1])
	}
	if grown := s.held - held; grown < MaxMessages*messageBytes || grown > 2*MaxMessages*messageBytes {
		t.Errorf("%d messages count as %d bytes", MaxMessages, grown)
	}
}

// A program made of other files than the one that went wrong has yet to go wrong.
func TestMarkRewritten(t *testing.T) {
	for _, tt := range []struct {
		name  string
		e     Error
		build int
		files []string
		gone  bool
	}{
		{"the file of a panic", Error{Build: 2, Kind: "panic", File: "/p/a.go", Line: 3}, 3, []string{"/p/a.go"}, true},
		{"another file", Error{Build: 2, Kind: "panic", File: "/p/a.go", Line: 3}, 3, []string{"/p/b.go"}, false},
		{"in the new program", Error{Build: 3, Kind: "panic", File: "/p/a.go", Line: 3}, 3, []string{"/p/a.go"}, false},
		{"a loop that was blocked", Error{Build: 2, Kind: "blocked", File: "/p/a.go", Line: 3}, 3, []string{"/p/a.go"}, true},
		{"a template", Error{Build: 2, Kind: "template", File: "/p/a.html", Line: 3}, 3, []string{"/p/a.html"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := NewStore(Options{})
			s.AddError(tt.e)
			s.MarkRewritten(tt.build, tt.files...)
			if got := s.Snapshot().Errors.At(0).Gone; got != tt.gone {
				t.Errorf("gone: %t; want %t", got, tt.gone)
			}
		})
	}
}

func TestRoutes(t *testing.T) {
	s := NewStore(Options{})
	in := s.NewIngest(1)
	p := newProcess()
	p.frames = wire.AppendRoutes(nil, []trace.Route{{Pattern: "/story/([0-9]+)", Handler: "blog.StoryHandler"}, {Pattern: "/", Handler: "blog.MainHandler"}})
	p.finished(1).finished(2)
	failed := p.request(3)
	failed.Status, failed.Duration = 500, 4*time.Millisecond
	p.frames = wire.AppendRequestFinished(p.frames, failed, false)
	applyAll(t, in, p.frames)
	routes := s.Snapshot().Routes
	if r := routes[0]; r.Hits != 3 || r.Errors != 1 || r.LastStatus != 500 || r.Mean != 2*time.Millisecond {
		t.Errorf("got %+v", r)
	}
	if r := routes[1]; r.Hits != 0 || r.Pattern != "/" {
		t.Errorf("got %+v", r)
	}
}

func TestLoops(t *testing.T) {
	s := NewStore(Options{})
	in := s.NewIngest(1)
	applyAll(t, in, newProcess().open().frames)
	for i := range 70 {
		applyAll(t, in, wire.AppendLoopReport(nil, &trace.LoopStats{Loop: 1, Lag: time.Duration(i)}))
	}
	loops := s.Snapshot().Loops
	if len(loops) != 1 || loops[0].Connections != 1 || len(loops[0].Lags) != maxLags || loops[0].Lags[maxLags-1] != 69 || loops[0].Lags[0] != 10 {
		t.Errorf("got %+v", loops)
	}
	in.Close()
	if loops := s.Snapshot().Loops; len(loops) != 0 {
		t.Errorf("after the program ended: got %+v", loops)
	}
}

func TestReplaySource(t *testing.T) {
	s := NewStore(Options{})
	in := s.NewIngest(1)
	s.MarkReplay("127.0.0.1:4711")
	p := newProcess().open().finished(1).closed()
	applyAll(t, in, p.frames)
	if r, _ := s.Request(1); r.Source != FromReplay {
		t.Errorf("got source %d, want FromReplay", r.Source)
	}
	p = newProcess()
	p.conn.ID = 2
	applyAll(t, in, p.open().finished(2).frames)
	if r, _ := s.Request(2); r.Source != FromClient {
		t.Errorf("the port was taken by somebody else: got source %d, want FromClient", r.Source)
	}
}

func TestDroppedAndStanding(t *testing.T) {
	s := NewStore(Options{})
	in := s.NewIngest(1)
	p := newProcess().open().started(1).started(2)
	p.frames = wire.AppendDropped(p.frames, wire.Dropped{Records: 9, Requests: 4, Failed: 1})
	p.frames = wire.AppendStanding(p.frames, wire.Standing{Requests: []uint64{2}})
	applyAll(t, in, p.frames)
	c := s.Snapshot().Counters
	if c.Dropped != 9 || c.Requests != 4 || c.Failed != 1 || c.InFlight != 1 || c.OpenConnections != 0 {
		t.Errorf("got %+v", c)
	}
	if r, _ := s.Request(1); !r.Done || r.Err == "" {
		t.Errorf("got %+v, want it ended", r)
	}
	if r, _ := s.Request(2); r.Done {
		t.Errorf("got %+v, want it in flight", r)
	}
}

func TestSubscribe(t *testing.T) {
	s := NewStore(Options{})
	first, cancelFirst := s.Subscribe()
	second, cancelSecond := s.Subscribe()
	defer cancelSecond()
	s.AddLog(Log{})
	s.AddLog(Log{})
	for _, ch := range []<-chan struct{}{first, second} {
		select {
		case <-ch:
		default:
			t.Error("no signal after a change")
		}
		select {
		case <-ch:
			t.Error("two signals for changes that were not looked at in between")
		default:
		}
	}
	cancelFirst()
	s.AddLog(Log{})
	if len(first) != 0 || len(second) != 1 {
		t.Errorf("after one cancelled: got %d and %d signals, want 0 and 1", len(first), len(second))
	}
}

// Everything at once, for the race detector.
func TestStoreConcurrently(t *testing.T) {
	s := NewStore(Options{MaxBytes: 256 << 10})
	changed, cancel := s.Subscribe()
	defer cancel()
	var writers, readers sync.WaitGroup
	for build := range 3 {
		writers.Go(func() {
			p := newProcess().open()
			for id := range uint64(500) {
				p.started(id + 1)
			}
			for id := range uint64(500) {
				p.finished(id + 1)
			}
			if err := s.NewIngest(build).Read(bytes.NewReader(p.closed().frames)); err != nil {
				t.Error(err)
			}
		})
		writers.Go(func() {
			for i := range 200 {
				s.AddError(Error{Build: build, Kind: "panic", Message: fmt.Sprint(i)})
				s.MarkMended("panic")
			}
		})
	}
	done := make(chan struct{})
	readers.Go(func() {
		seq := uint64(0)
		for {
			select {
			case <-done:
				return
			case <-changed:
			}
			snapshot := s.Snapshot()
			n := 0
			last := uint64(0)
			for _, r := range snapshot.Requests.All() {
				if r.ID <= last {
					t.Errorf("request %d after %d", r.ID, last)
				}
				last = r.ID
				n++
			}
			if n != snapshot.Requests.Len() {
				t.Errorf("got %d requests, want %d", n, snapshot.Requests.Len())
			}
			seq, _ = s.Since(seq, func(Record) {})
		}
	})
	writers.Wait()
	close(done)
	readers.Wait()
	if c := s.Snapshot().Counters; c.Requests != 1500 || c.InFlight != 0 {
		t.Errorf("got %+v, want 1500 requests and none in flight", c)
	}
}

func filled(b testing.TB, requests int) (*Store, *Ingest) {
	s := NewStore(Options{})
	in := s.NewIngest(1)
	p := newProcess().open()
	for id := range uint64(requests) {
		p.finished(id + 1)
	}
	applyAll(b, in, p.frames)
	return s, in
}

func BenchmarkSnapshot(b *testing.B) {
	s, _ := filled(b, 20_000)
	if n := s.Snapshot().Requests.Len(); n != 20_000 {
		b.Fatalf("got %d requests", n)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Snapshot()
	}
}

func BenchmarkApply(b *testing.B) {
	s := NewStore(Options{MaxBytes: 8 << 20})
	in := s.NewIngest(1)
	p := newProcess().open()
	applyAll(b, in, p.frames)
	q := p.request(1)
	var frame []byte
	b.ReportAllocs()
	for b.Loop() {
		q.ID++
		frame = wire.AppendRequestFinished(frame[:0], q, false)
		if err := in.Apply(wire.KindRequestFinished, frame[6:]); err != nil {
			b.Fatal(err)
		}
	}
}
