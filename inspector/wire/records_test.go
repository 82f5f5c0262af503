package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tornado-dev/tornado/core/trace"
)

var start = time.Unix(1700000000, 123456789)

func sampleConnection() *trace.Connection {
	c := &trace.Connection{ID: 7, Opened: start, RemoteAddr: "127.0.0.1:4711", LocalAddr: "127.0.0.1:8888", Loop: 3, Adopted: true}
	c.Requests.Store(2)
	c.BytesIn.Store(300)
	c.BytesOut.Store(4000)
	c.Pending.Store(50)
	return c
}

func sampleRequest() *trace.Request {
	r := &trace.Request{
		ID: 9, Connection: sampleConnection(), Started: start,
		Method: "GET", URI: "/", Version: "HTTP/1.1", RemoteIP: "127.0.0.1",
		Head:   []byte("GET / HTTP/1.1\r\nHost: localhost:8888\r\nUser-Agent: wrk\r\n"),
		Status: 200, AnswerHead: []byte("HTTP/1.1 200 OK\r\nContent-Length: 12\r\nContent-Type: text/html; charset=UTF-8\r\n"),
		Answer: []byte("Hello, world"), AnswerLen: 12, Duration: 30 * time.Microsecond,
	}
	r.Choose(&trace.Target{Handler: "main.MainHandler.Get", Pattern: "/"})
	r.Spent[trace.PhaseHandler] = 20 * time.Microsecond
	r.Spent[trace.PhaseFlush] = 10 * time.Microsecond
	return r
}

// frames are one of each kind: the bytes, how they are decoded, what comes out.
func frames() []struct {
	kind   Kind
	bytes  []byte
	decode func(*Decoder, []byte) (any, error)
	want   any
} {
	posted := sampleRequest()
	posted.Connection = nil
	posted.Body, posted.BodyLen = []byte{0, 255, '\n'}, 99
	posted.Err = errors.New("cut off")
	spent := [trace.NumPhases]time.Duration{trace.PhaseHandler: 20 * time.Microsecond, trace.PhaseFlush: 10 * time.Microsecond}
	first := Request{ID: 9, Connection: 7, Started: start, Method: "GET", URI: "/", Version: "HTTP/1.1", RemoteIP: "127.0.0.1",
		Handler: "main.MainHandler.Get", Pattern: "/"}
	started, bare, whole := first, first, first
	started.Head, started.Phase = string(posted.Head), trace.PhaseBody
	bare.Spent, bare.Status = spent, 200
	bare.AnswerLen, bare.Duration, bare.Bare = 12, 30*time.Microsecond, true
	whole = bare
	whole.Connection, whole.Bare, whole.Head, whole.Body, whole.BodyLen = 0, false, string(posted.Head), posted.Body, 99
	whole.AnswerHead, whole.Answer, whole.Err = string(posted.AnswerHead), posted.Answer, "cut off"

	stack := []trace.Frame{{Function: "main.f", File: "/a/b.go", Line: 12}, {Function: "runtime.goexit", File: "asm.s", Line: 1}}
	failure := trace.Error{Time: start, Kind: "template", Request: 9, Message: "no such name\nhere", Stack: stack, Excerpt: "{{ x }}",
		Templates: []trace.TemplateFrame{{Name: "a.html", File: "/t/a.html", Line: 3, Column: 4}, {Relation: "included by", Name: "b.html", Line: 1}}}
	log := Log{Time: start, Level: "info", Logger: "tornado.access", Message: "200 GET / (127.0.0.1) 0.50ms", Request: 9}
	routes := []trace.Route{{Pattern: "/", Name: "home", Handler: "main.MainHandler", Methods: []string{"GET", "HEAD"}, File: "/a/b.go", Line: 3}, {Pattern: "/x"}}
	stats := trace.LoopStats{Loop: 1, Iterations: 2, Callbacks: 3, Handlers: 4, Timeouts: 5, Lag: 6, Busy: 7, Interval: 8}
	blocked := trace.LoopBlocked{Time: start, Loop: 2, Duration: time.Second, Lasts: true, Stack: stack}
	dropped := Dropped{Records: 5, Requests: 3, Failed: 1}
	standing := Standing{Requests: []uint64{1, 300}, Connections: []uint64{}}

	connection := func(kind Kind) func(*Decoder, []byte) (any, error) {
		return func(d *Decoder, p []byte) (any, error) { return d.Connection(kind, p) }
	}
	request := func(kind Kind) func(*Decoder, []byte) (any, error) {
		return func(d *Decoder, p []byte) (any, error) { return d.Request(kind, p) }
	}
	numbers := Connection{ID: 7, Requests: 2, BytesIn: 300, BytesOut: 4000, Pending: 50}
	opened, closed := numbers, numbers
	opened.Opened, opened.RemoteAddr, opened.LocalAddr, opened.Loop, opened.Adopted = start, "127.0.0.1:4711", "127.0.0.1:8888", 3, true
	closed.Closed, closed.Err = start, "reset"
	ended := sampleConnection()
	ended.Err = errors.New("reset")

	return []struct {
		kind   Kind
		bytes  []byte
		decode func(*Decoder, []byte) (any, error)
		want   any
	}{
		{KindConnectionOpened, AppendConnectionOpened(nil, sampleConnection()), connection(KindConnectionOpened), opened},
		{KindConnectionUpdated, AppendConnectionUpdated(nil, sampleConnection()), connection(KindConnectionUpdated), numbers},
		{KindConnectionClosed, AppendConnectionClosed(nil, ended, start), connection(KindConnectionClosed), closed},
		{KindRequestStarted, AppendRequestStarted(nil, sampleRequest(), trace.PhaseBody), request(KindRequestStarted), started},
		{KindRequestPhase, AppendRequestPhase(nil, 9, trace.PhaseRender),
			func(d *Decoder, p []byte) (any, error) { return d.RequestPhase(p) }, RequestPhase{9, trace.PhaseRender}},
		{KindRequestFinished, AppendRequestFinished(nil, sampleRequest(), true), request(KindRequestFinished), bare},
		{KindRequestFinished, AppendRequestFinished(nil, posted, false), request(KindRequestFinished), whole},
		{KindError, AppendError(nil, &failure), func(d *Decoder, p []byte) (any, error) { return d.Error(p) }, failure},
		{KindLog, AppendLog(nil, &log), func(d *Decoder, p []byte) (any, error) { return d.Log(p) }, log},
		{KindRoutes, AppendRoutes(nil, routes), func(d *Decoder, p []byte) (any, error) { return d.Routes(p) }, routes},
		{KindLoopReport, AppendLoopReport(nil, &stats), func(d *Decoder, p []byte) (any, error) { return d.LoopReport(p) }, stats},
		{KindLoopBlocked, AppendLoopBlocked(nil, &blocked), func(d *Decoder, p []byte) (any, error) { return d.LoopBlocked(p) }, blocked},
		{KindDropped, AppendDropped(nil, dropped), func(d *Decoder, p []byte) (any, error) { return d.Dropped(p) }, dropped},
		{KindMessage, AppendMessage(nil, 3, &trace.WebSocketMessage{Sent: true, Opcode: 1, Size: 500, Wire: 90}, start, 7, 8),
			func(d *Decoder, p []byte) (any, error) { return d.Message(p) },
			Message{Connection: 3, Time: start, Out: true, Opcode: 1, Size: 500, Wire: 90, Received: 7, Sent: 8}},
		{KindStanding, AppendStanding(nil, standing), func(d *Decoder, p []byte) (any, error) { return d.Standing(p) }, standing},
	}
}

func TestRoundTrip(t *testing.T) {
	for _, tt := range frames() {
		t.Run(fmt.Sprint(tt.kind), func(t *testing.T) {
			r := NewReader(iotest.OneByteReader(bytes.NewReader(tt.bytes)))
			kind, payload, err := r.Next()
			if err != nil || kind != tt.kind {
				t.Fatalf("got kind %d, %v; want %d", kind, err, tt.kind)
			}
			var d Decoder
			got, err := tt.decode(&d, payload)
			if err != nil {
				t.Fatal(err)
			}
			for i := range payload { // what was decoded must not share it
				payload[i] = 0xEE
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
			if _, _, err := r.Next(); err != io.EOF {
				t.Errorf("after the frame: got %v, want io.EOF", err)
			}
		})
	}
}

// A payload that lacks its end, or has more than its end, is no record.
func TestDamagedPayload(t *testing.T) {
	for _, tt := range frames() {
		payload := tt.bytes[headerSize:]
		for cut := range payload {
			var d Decoder
			if _, err := tt.decode(&d, payload[:cut]); !errors.Is(err, ErrDamaged) {
				t.Errorf("kind %d cut at %d of %d: got %v, want ErrDamaged", tt.kind, cut, len(payload), err)
			}
		}
		var d Decoder
		if _, err := tt.decode(&d, append(payload[:len(payload):len(payload)], 0)); !errors.Is(err, ErrDamaged) {
			t.Errorf("kind %d with a byte behind it: got %v, want ErrDamaged", tt.kind, err)
		}
	}
}

func TestReaderErrors(t *testing.T) {
	log := AppendLog(nil, &Log{Message: "x"})
	for _, tt := range []struct {
		name, stream string
		want         error
	}{
		{"empty", "", io.EOF},
		{"half a header", string(log[:3]), io.ErrUnexpectedEOF},
		{"header alone", string(log[:headerSize]), io.ErrUnexpectedEOF},
		{"half a payload", string(log[:len(log)-1]), io.ErrUnexpectedEOF},
		{"no magic", "GET / HTTP/1.1\r\n\r\n", ErrDamaged},
		{"too long", "\xD1\x08\xff\xff\xff\xff", ErrDamaged},
		{"length that does not come", "\xD1\x08\x00\x00\x40\x00abc", io.ErrUnexpectedEOF},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := NewReader(strings.NewReader(tt.stream))
			if _, _, err := r.Next(); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if _, _, err := r.Next(); !errors.Is(err, tt.want) {
				t.Errorf("again: got %v, want the same %v", err, tt.want)
			}
		})
	}
}

// The largest records stay below MaxPayload, and odd numbers do not spoil them.
func TestLargestRecords(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	stack := make([]trace.Frame, 1000)
	templates := make([]trace.TemplateFrame, 1000)
	routes := make([]trace.Route, 10000)
	for i := range stack {
		stack[i] = trace.Frame{Function: long, File: long, Line: -1}
		templates[i] = trace.TemplateFrame{Relation: long, Name: long, File: long, Line: -1, Column: 1 << 40}
	}
	for i := range routes {
		routes[i] = trace.Route{Pattern: long, Name: long, Handler: long, Methods: make([]string, 100), File: long, Line: -1}
	}
	body := make([]byte, trace.BodyLimit)
	request := &trace.Request{Method: long, URI: long, Version: long, RemoteIP: long, Head: []byte(long),
		Body: body, Answer: body, AnswerHead: []byte(long), Status: -1, Err: errors.New(""), BodyLen: -1}
	request.Choose(&trace.Target{Handler: long, Pattern: long})
	connection := &trace.Connection{RemoteAddr: long, LocalAddr: long, Loop: -1, Err: errors.New(long)}
	connection.Pending.Store(-5)
	standing := Standing{Requests: make([]uint64, MaxStanding)}
	for i := range standing.Requests {
		standing.Requests[i] = 1<<64 - 1
	}

	var stream []byte
	stream = AppendRequestFinished(stream, request, false)
	stream = AppendRequestStarted(stream, request, trace.PhaseQueue)
	stream = AppendConnectionOpened(stream, connection)
	stream = AppendConnectionClosed(stream, connection, start)
	stream = AppendError(stream, &trace.Error{Kind: long, Message: long, Stack: stack, Templates: templates, Excerpt: long})
	stream = AppendLog(stream, &Log{Level: long, Logger: long, Message: long})
	stream = AppendRoutes(stream, routes)
	stream = AppendLoopBlocked(stream, &trace.LoopBlocked{Stack: stack, Loop: -1})
	stream = AppendStanding(stream, standing)

	r := NewReader(bytes.NewReader(stream))
	var d Decoder
	count := 0
	for {
		kind, payload, err := r.Next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = decodeAny(&d, kind, payload)
		}
		if err != nil {
			t.Fatalf("frame %d: %v", count, err)
		}
		count++
	}
	if count != 9 {
		t.Errorf("got %d frames, want 9", count)
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	request, buf := sampleRequest(), make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() {
		buf = AppendRequestFinished(buf[:0], request, false)
		buf = AppendRequestStarted(buf, request, trace.PhaseHandler)
		buf = AppendConnectionUpdated(buf, request.Connection)
	}); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}

// decodeAny decodes a payload of any kind.
func decodeAny(d *Decoder, kind Kind, payload []byte) error {
	var err error
	switch kind {
	case KindConnectionOpened, KindConnectionUpdated, KindConnectionClosed:
		_, err = d.Connection(kind, payload)
	case KindRequestStarted, KindRequestFinished:
		_, err = d.Request(kind, payload)
	case KindRequestPhase:
		_, err = d.RequestPhase(payload)
	case KindError:
		_, err = d.Error(payload)
	case KindLog:
		_, err = d.Log(payload)
	case KindRoutes:
		_, err = d.Routes(payload)
	case KindLoopReport:
		_, err = d.LoopReport(payload)
	case KindLoopBlocked:
		_, err = d.LoopBlocked(payload)
	case KindDropped:
		_, err = d.Dropped(payload)
	case KindStanding:
		_, err = d.Standing(payload)
	case KindMessage:
		_, err = d.Message(payload)
	}
	return err
}

func FuzzReader(f *testing.F) {
	var all []byte
	for _, frame := range frames() {
		f.Add(frame.bytes)
		all = append(all, frame.bytes...)
	}
	f.Add(all)
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := NewReader(bytes.NewReader(stream))
		var d Decoder
		for {
			kind, payload, err := r.Next()
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, ErrDamaged) {
					t.Fatalf("unexpected error %v", err)
				}
				return
			}
			if err := decodeAny(&d, kind, payload); err != nil && !errors.Is(err, ErrDamaged) {
				t.Fatalf("kind %d: %v", kind, err)
			}
		}
	})
}

func FuzzRequestRoundTrip(f *testing.F) {
	f.Add(uint64(1), "GET", "/x?y", "GET / HTTP/1.1\r\n", []byte("body"), []byte("answer"), int64(5), 200)
	f.Fuzz(func(t *testing.T, id uint64, method, uri, head string, body, answer []byte, nanos int64, status int) {
		in := &trace.Request{ID: id, Started: time.Unix(0, nanos), Method: method, URI: uri, Head: []byte(head),
			Body: body, BodyLen: int64(len(body)), Answer: answer, AnswerHead: answer, Status: status, Duration: time.Duration(nanos)}
		kind, payload, err := NewReader(bytes.NewReader(AppendRequestFinished(nil, in, false))).Next()
		if err != nil {
			t.Fatal(err)
		}
		out, err := new(Decoder).Request(kind, payload)
		if err != nil {
			t.Fatal(err)
		}
		if len(method) <= maxName && out.Method != method || len(uri) <= maxText && out.URI != uri || out.ID != id ||
			out.Duration != in.Duration || nanos != noTime && !out.Started.Equal(in.Started) ||
			len(body) <= trace.BodyLimit && !bytes.Equal(out.Body, body) || len(head) <= maxText && out.Head != head ||
			status >= 0 && int64(status) < 1<<31 && out.Status != status {
			t.Errorf("in %+v, out %+v", in, out)
		}
	})
}

func BenchmarkAppendRequestFinished(b *testing.B) {
	request, buf := sampleRequest(), make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendRequestFinished(buf[:0], request, false)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkDecodeRequestFinished(b *testing.B) {
	payload := AppendRequestFinished(nil, sampleRequest(), false)[headerSize:]
	var d Decoder
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Request(KindRequestFinished, payload); err != nil {
			b.Fatal(err)
		}
	}
}
