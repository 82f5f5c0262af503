package probe

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// never is a flush interval that only Close cuts short.
const never = time.Hour

func newConnection(id uint64) *trace.Connection {
	return &trace.Connection{ID: id, Opened: time.Now(), RemoteAddr: "127.0.0.1:4711", LocalAddr: "127.0.0.1:8888"}
}

func newRequest(id uint64, c *trace.Connection) *trace.Request {
	q := &trace.Request{
		ID: id, Connection: c, Started: time.Now(), Method: "GET", URI: "/", Version: "HTTP/1.1", RemoteIP: "127.0.0.1",
		Head:   []byte("GET / HTTP/1.1\r\nHost: localhost:8888\r\nUser-Agent: wrk\r\n"),
		Status: 200, AnswerHead: []byte("HTTP/1.1 200 OK\r\nContent-Length: 12\r\nContent-Type: text/html; charset=UTF-8\r\n"),
		Answer: []byte("Hello, world"), AnswerLen: 12, Duration: 30 * time.Microsecond,
	}
	q.Choose(&trace.Target{Handler: "main.MainHandler.Get", Pattern: "/"})
	return q
}

// decoded is a frame in a form a test can compare.
type decoded struct {
	kind     wire.Kind
	id       uint64
	request  wire.Request
	phase    trace.Phase
	text     string
	dropped  wire.Dropped
	standing wire.Standing
	conn     wire.Connection
	message  wire.Message
}

func decode(t testing.TB, kind wire.Kind, payload []byte) decoded {
	t.Helper()
	var d wire.Decoder
	var err error
	out := decoded{kind: kind}
	switch kind {
	case wire.KindConnectionOpened, wire.KindConnectionUpdated, wire.KindConnectionClosed:
		out.conn, err = d.Connection(kind, payload)
		out.id = out.conn.ID
	case wire.KindRequestStarted, wire.KindRequestFinished:
		out.request, err = d.Request(kind, payload)
		out.id = out.request.ID
	case wire.KindRequestPhase:
		var p wire.RequestPhase
		p, err = d.RequestPhase(payload)
		out.id, out.phase = p.ID, p.Phase
	case wire.KindError:
		var e trace.Error
		e, err = d.Error(payload)
		out.id, out.text = e.Request, e.Message
	case wire.KindLog:
		var l wire.Log
		l, err = d.Log(payload)
		out.id, out.text = l.Request, l.Message
	case wire.KindDropped:
		out.dropped, err = d.Dropped(payload)
	case wire.KindStanding:
		out.standing, err = d.Standing(payload)
	case wire.KindMessage:
		out.message, err = d.Message(payload)
		out.id = out.message.Connection
	case wire.KindRoutes:
		var routes []trace.Route
		routes, err = d.Routes(payload)
		out.text = fmt.Sprint(len(routes))
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// all decodes a whole stream.
func all(t testing.TB, stream io.Reader) []decoded {
	t.Helper()
	var out []decoded
	r := wire.NewReader(stream)
	for {
		kind, payload, err := r.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, decode(t, kind, payload))
	}
}

func kinds(frames []decoded) string {
	var out []string
	for _, f := range frames {
		out = append(out, fmt.Sprintf("%d:%d", f.kind, f.id))
	}
	return fmt.Sprint(out)
}

func TestHooksFillsInItsOwn(t *testing.T) {
	r := NewRecorder(io.Discard, Options{})
	defer r.Close()
	h := &trace.Hooks{Development: true, PageScript: "x", ServerStarted: func(trace.Server) {}}
	r.Hooks(h)
	if !h.Development || h.PageScript != "x" || h.ServerStarted == nil {
		t.Error("it has changed what is not its own")
	}
	if h.ConnectionOpened == nil || h.ConnectionClosed == nil || h.RequestStarted == nil || h.RequestFinished == nil ||
		h.WebSocketMessage == nil || h.Failed == nil || h.LoopReport == nil || h.LoopBlocked == nil {
		t.Error("a hook is missing")
	}
}

// What happens within one flush comes out in order, and a request that starts
// and finishes in it only once.
func TestOneFlush(t *testing.T) {
	c := newConnection(1)
	for _, tt := range []struct {
		name string
		do   func(r *Recorder)
		want string
	}{
		{"nothing", func(*Recorder) {}, "[]"},
		{"finished", func(r *Recorder) {
			q := newRequest(7, c)
			r.requestStarted(q)
			r.requestFinished(q)
		}, "[6:7]"},
		{"in flight", func(r *Recorder) {
			r.requestStarted(newRequest(7, c))
		}, "[4:7]"},
		{"some in flight", func(r *Recorder) {
			var started []*trace.Request
			for id := range uint64(6) {
				started = append(started, newRequest(id+1, c))
				r.requestStarted(started[id])
			}
			r.requestFinished(started[1])
			r.Log("info", "x", "hello", 4, time.Now())
			r.requestFinished(started[0])
			r.requestFinished(started[3])
		}, "[6:2 4:4 8:4 6:1 6:4 4:3 4:5 4:6]"},
		{"connection", func(r *Recorder) {
			r.connectionOpened(c)
			r.connectionClosed(c)
		}, "[1:1 3:1]"},
		{"closed but never opened", func(r *Recorder) { r.connectionClosed(c) }, "[1:1 3:1]"},
		{"error in flight", func(r *Recorder) {
			q := newRequest(7, c)
			r.requestStarted(q)
			r.Error(&trace.Error{Request: 7, Message: "x"})
			r.Error(&trace.Error{Request: 8, Message: "of a request that is over"})
			r.requestFinished(q)
		}, "[4:7 7:7 7:8 6:7]"},
		{"log in flight", func(r *Recorder) {
			r.requestStarted(newRequest(7, c))
			r.Log("info", "x", "hello", 7, time.Now())
		}, "[4:7 8:7]"},
		{"routes", func(r *Recorder) {
			r.Routes([]trace.Route{{Pattern: "/"}})
			r.Log("info", "x", "hello", 0, time.Now())
		}, "[8:0 9:0]"},
		{"loops", func(r *Recorder) {
			r.loopReport(&trace.LoopStats{})
			r.loopBlocked(&trace.LoopBlocked{})
		}, "[10:0 11:0]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stream bytes.Buffer
			r := NewRecorder(&stream, Options{FlushEvery: never})
			tt.do(r)
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if got := kinds(all(t, &stream)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			tt.do(r) // after Close nothing happens
			if err := r.Close(); err != nil || stream.Len() != 0 {
				t.Errorf("after Close: %v, %d bytes", err, stream.Len())
			}
		})
	}
}

// A request in flight is announced by itself, then its phases, and its end; the
// numbers of the connection follow.
func TestInFlight(t *testing.T) {
	reader, writer := net.Pipe()
	defer reader.Close()
	r := NewRecorder(writer, Options{FlushEvery: time.Millisecond})
	frames := wire.NewReader(reader)
	next := func() decoded {
		t.Helper()
		kind, payload, err := frames.Next()
		if err != nil {
			t.Fatal(err)
		}
		return decode(t, kind, payload)
	}
	c := newConnection(1)
	r.connectionOpened(c)
	if f := next(); f.kind != wire.KindConnectionOpened {
		t.Fatalf("got %+v", f)
	}
	q := newRequest(7, c)
	r.requestStarted(q)
	if f := next(); f.kind != wire.KindRequestStarted || f.request.Phase != trace.PhaseQueue || f.request.Head != string(q.Head) {
		t.Fatalf("got %+v", f)
	}
	q.Enter(trace.PhaseHandler)
	if f := next(); f.kind != wire.KindRequestPhase || f.id != 7 || f.phase != trace.PhaseHandler {
		t.Fatalf("got %+v", f)
	}
	c.BytesOut.Store(100)
	if f := next(); f.kind != wire.KindConnectionUpdated || f.conn.BytesOut != 100 {
		t.Fatalf("got %+v", f)
	}
	r.requestFinished(q)
	if f := next(); f.kind != wire.KindRequestFinished || f.request.Bare || string(f.request.Answer) != "Hello, world" {
		t.Fatalf("got %+v", f)
	}
	r.connectionClosed(c)
	if f := next(); f.kind != wire.KindConnectionClosed || f.conn.BytesOut != 100 {
		t.Fatalf("got %+v", f)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// gate is a writer that waits until it is opened.
type gate struct {
	opened chan struct{}
	inside chan struct{} // of capacity one: a write waits
	mu     sync.Mutex
	stream bytes.Buffer
}

func newGate() *gate { return &gate{opened: make(chan struct{}), inside: make(chan struct{}, 1)} }

func (g *gate) Write(b []byte) (int, error) {
	select {
	case g.inside <- struct{}{}:
	default:
	}
	<-g.opened
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stream.Write(b)
}

// A reader that stands still costs records, not time, and none goes uncounted.
func TestSlowReader(t *testing.T) {
	const sent = 50_000
	g := newGate()
	r := NewRecorder(g, Options{MaxBuffer: 64 << 10, FlushEvery: time.Millisecond})
	c := newConnection(1)
	r.connectionOpened(c)
	long := newRequest(1, c) // announced before, ends in the flood
	stays := newRequest(2, c)
	r.requestStarted(long)
	r.requestStarted(stays)
	r.Log("info", "", "so that both are announced", 1, time.Now())
	r.Log("info", "", "so that both are announced", 2, time.Now())
	<-g.inside
	for id := uint64(3); id < 3+sent; id++ {
		q := newRequest(id, c)
		if id%10 == 0 {
			q.Status = 500
		}
		r.requestStarted(q)
		r.requestFinished(q)
		r.mu.Lock()
		waiting := len(r.buf)
		r.mu.Unlock()
		if waiting > 64<<10 {
			t.Fatalf("the buffer holds %d bytes", waiting)
		}
	}
	r.requestFinished(long)
	r.Routes([]trace.Route{{Pattern: "/"}})
	close(g.opened)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	var finished, dropped, failed int64
	ended, routes := false, false
	for _, f := range all(t, &g.stream) {
		switch f.kind {
		case wire.KindRequestFinished:
			finished++
			if f.request.Status >= 500 {
				failed++
			}
			ended = ended || f.id == 1
		case wire.KindDropped:
			dropped += f.dropped.Requests
			failed += f.dropped.Failed
		case wire.KindStanding:
			ended = true
			if fmt.Sprint(f.standing) != "{[2] [1]}" {
				t.Errorf("what stands: got %v, want request 2 and connection 1", f.standing)
			}
		case wire.KindRoutes:
			routes = true
		}
	}
	if finished+dropped != sent+1 || dropped == 0 || finished == 0 {
		t.Errorf("got %d finished and %d dropped, want %d together", finished, dropped, sent+1)
	}
	if failed != sent/10 {
		t.Errorf("got %d failed, want %d", failed, sent/10)
	}
	if !ended {
		t.Error("the end of an announced request is lost without a word")
	}
	if !routes {
		t.Error("the routing table was dropped")
	}
}

func TestSampling(t *testing.T) {
	var stream bytes.Buffer
	r := NewRecorder(&stream, Options{FlushEvery: never})
	r.mu.Lock()
	r.oneIn = 10
	r.mu.Unlock()
	c := newConnection(1)
	for id := range uint64(100) {
		q := newRequest(id, c)
		switch id {
		case 3:
			q.Status = 404
		case 4:
			q.Duration = time.Second
		case 5:
			q.Err = errors.New("cut off")
		}
		r.requestStarted(q)
		r.requestFinished(q)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	frames := all(t, &stream)
	whole := 0
	for _, f := range frames {
		if !f.request.Bare {
			whole++
		} else if f.id >= 3 && f.id <= 5 {
			t.Errorf("request %d came without its head", f.id)
		}
	}
	if len(frames) != 100 || whole != 3+9 {
		t.Errorf("got %d requests, %d whole; want 100 and 12", len(frames), whole)
	}
}

func TestSampleRate(t *testing.T) {
	for _, tt := range []struct {
		finished int
		elapsed  time.Duration
		want     int
	}{
		{0, time.Second, 1},
		{2000, time.Second, 1},
		{2001, time.Second, 11},
		{1000, 100 * time.Millisecond, 51},
		{100_000, time.Second, 501},
		{1, time.Hour, 1},
	} {
		if got := sampleRate(tt.finished, tt.elapsed, 2000); got != tt.want {
			t.Errorf("%d in %v: got one in %d, want %d", tt.finished, tt.elapsed, got, tt.want)
		}
	}
}

// After a flood the next single request is whole again, although no request came
// in between to measure by.
func TestSamplingEnds(t *testing.T) {
	r := NewRecorder(io.Discard, Options{FlushEvery: time.Millisecond})
	defer r.Close()
	r.mu.Lock()
	r.oneIn = 50
	r.mu.Unlock()
	r.Log("info", "", "wakes it", 0, time.Now())
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		r.mu.Lock()
		oneIn := r.oneIn
		r.mu.Unlock()
		if oneIn == 1 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("still one in %d", oneIn)
		}
	}
}

// Requests beyond those that are kept as fresh are known all the same.
func TestMoreThanFresh(t *testing.T) {
	var stream bytes.Buffer
	r := NewRecorder(&stream, Options{FlushEvery: never, MaxBuffer: 64 << 20})
	var started []*trace.Request
	for id := range uint64(maxFresh + 2) {
		started = append(started, newRequest(id+1, nil))
		r.requestStarted(started[id])
	}
	for _, q := range started[1 : maxFresh+1] {
		r.requestFinished(q)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	frames := all(t, &stream)
	if len(frames) != maxFresh+2 {
		t.Fatalf("got %d frames; want one for each of %d requests", len(frames), maxFresh+2)
	}
	if got, want := kinds(frames[maxFresh:]), fmt.Sprintf("[4:1 4:%d]", maxFresh+2); got != want {
		t.Errorf("got %s in flight; want %s", got, want)
	}
}

// In a flood the recorder comes by itself: what is recorded is written, and nobody
// spends time to wake it.
func TestFloodNeedsNoWaking(t *testing.T) {
	reader, writer := io.Pipe()
	r := NewRecorder(writer, Options{FlushEvery: time.Millisecond})
	defer r.Close()
	defer reader.Close()
	r.mu.Lock()
	r.oneIn, r.rateAt = 50, time.Now().Add(time.Hour) // no end of the flood is seen
	r.mu.Unlock()
	frames := wire.NewReader(reader)
	for i := range 3 {
		r.Log("info", "", "a line", 0, time.Now())
		if kind, _, err := frames.Next(); err != nil || kind != wire.KindLog {
			t.Fatalf("line %d: got %v, %v", i, kind, err)
		}
		r.mu.Lock()
		if !r.armed {
			t.Errorf("after line %d the next would wake the recorder", i)
		}
		r.mu.Unlock()
	}
}

// A stream that fails silences the recorder.
func TestBrokenStream(t *testing.T) {
	reader, writer := io.Pipe()
	broken := errors.New("nobody reads")
	reader.CloseWithError(broken)
	r := NewRecorder(writer, Options{FlushEvery: time.Millisecond})
	r.Log("info", "", "hello", 0, time.Now())
	<-r.ended
	q := newRequest(1, nil)
	r.requestStarted(q)
	r.requestFinished(q)
	if len(r.buf) != 0 || len(r.requests) != 0 {
		t.Errorf("it goes on recording: %d bytes, %d requests", len(r.buf), len(r.requests))
	}
	if err := r.Close(); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

// Close does not wait for ever for a reader that does not read.
func TestCloseIsBounded(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func() (w io.Writer, free func())
	}{
		{"with deadlines", func() (io.Writer, func()) {
			a, b := net.Pipe()
			return a, func() { b.Close() }
		}},
		{"without", func() (io.Writer, func()) {
			g := newGate()
			return g, func() { close(g.opened) }
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, free := tt.make()
			r := NewRecorder(w, Options{FlushEvery: never, CloseTimeout: 20 * time.Millisecond})
			r.Log("info", "", "hello", 0, time.Now())
			if err := r.Close(); err == nil {
				t.Error("got no error, although the record was not taken")
			}
			free()
			<-r.ended
		})
	}
}

// Many loops at once, for the race detector.
// A busyWriter has something recorded while it writes, as often as more says, and
// sees whether that comes into what it was given.
type busyWriter struct {
	record  func()
	more    atomic.Int32
	changed atomic.Bool
}

func (w *busyWriter) Write(p []byte) (int, error) {
	before := bytes.Clone(p)
	if w.more.Add(-1) >= 0 {
		w.record()
	}
	if !bytes.Equal(p, before) {
		w.changed.Store(true)
	}
	return len(p), nil
}

// What is being written is not written over by what comes meanwhile, whatever
// flushes there were before, and of empty ones above all.
func TestRecordsWhileWriting(t *testing.T) {
	w := new(busyWriter)
	r := NewRecorder(w, Options{FlushEvery: never})
	defer r.Close()
	var id atomic.Uint64
	request := func() {
		q := newRequest(id.Add(1), nil)
		r.requestStarted(q)
		r.requestFinished(q)
	}
	w.record = request
	for range 3 {
		for range 3 {
			r.full <- struct{}{} // of nothing at last
		}
		w.more.Store(2)
		request()
		for range 3 {
			r.full <- struct{}{}
		}
	}
	if w.changed.Load() {
		t.Error("something was written over")
	}
}

func TestManyLoops(t *testing.T) {
	var stream bytes.Buffer
	r := NewRecorder(&stream, Options{FlushEvery: time.Millisecond, MaxBuffer: 64 << 20, FloodRate: 1 << 30})
	var loops sync.WaitGroup
	const each = 2000
	for loop := range uint64(4) {
		loops.Go(func() {
			c := newConnection(loop + 1)
			r.connectionOpened(c)
			for i := range uint64(each) {
				q := newRequest(loop*each+i+1, c)
				r.requestStarted(q)
				q.Enter(trace.PhaseHandler)
				c.Requests.Add(1)
				if i%100 == 0 {
					r.Log("info", "", "x", q.ID, time.Now())
				}
				q.Enter(trace.PhaseFlush)
				r.requestFinished(q)
			}
			r.connectionClosed(c)
		})
	}
	loops.Wait()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	count := map[wire.Kind]int{}
	for _, f := range all(t, &stream) {
		count[f.kind]++
	}
	if count[wire.KindRequestFinished] != 4*each || count[wire.KindConnectionClosed] != 4 || count[wire.KindLog] != 4*each/100 || count[wire.KindDropped] != 0 {
		t.Errorf("got %v", count)
	}
}

// What the hooks cost a request of a hello-world program, in a flood that is
// sampled and in one that is not.
func BenchmarkRequest(b *testing.B) {
	for _, bb := range []struct {
		name string
		o    Options
	}{
		{"sampled", Options{}},
		{"whole", Options{FloodRate: 1 << 30}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			r := NewRecorder(io.Discard, bb.o)
			defer r.Close()
			c := newConnection(1)
			r.connectionOpened(c)
			q := newRequest(0, c)
			b.ReportAllocs()
			for b.Loop() {
				q.ID++
				r.requestStarted(q)
				r.requestFinished(q)
			}
		})
	}
}

func BenchmarkRequestParallel(b *testing.B) {
	r := NewRecorder(io.Discard, Options{})
	defer r.Close()
	var next sync.Mutex
	id := uint64(0)
	b.RunParallel(func(pb *testing.PB) {
		next.Lock()
		id += 1 << 32
		q := newRequest(id, nil)
		next.Unlock()
		for pb.Next() {
			q.ID++
			r.requestStarted(q)
			r.requestFinished(q)
		}
	})
}
