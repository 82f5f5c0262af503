package probe_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/inspector/probe"
)

// From the hooks in an application to a snapshot in the workbench.
func TestRecorderToStore(t *testing.T) {
	const sent = 20_000
	reader, writer := io.Pipe()
	recorder := probe.NewRecorder(writer, probe.Options{MaxBuffer: 128 << 10, FloodRate: 100})
	var hooks trace.Hooks
	recorder.Hooks(&hooks)
	store := inspector.NewStore(inspector.Options{MaxBytes: 4 << 20})
	ended := make(chan error, 1)
	go func() { ended <- store.NewIngest(1).Read(reader) }() // received from below

	c := &trace.Connection{ID: 1, Opened: time.Now(), RemoteAddr: "127.0.0.1:4711"}
	recorder.Routes([]trace.Route{{Pattern: "/", Handler: "main.MainHandler"}})
	hooks.ConnectionOpened(c)
	for id := uint64(1); id <= sent; id++ {
		q := &trace.Request{ID: id, Connection: c, Started: time.Now(), Method: "GET", URI: fmt.Sprint("/", id), Head: []byte("GET / HTTP/1.1\r\n")}
		hooks.RequestStarted(q)
		q.Enter(trace.PhaseHandler)
		if id == sent/2 {
			hooks.Failed(&trace.Error{Time: time.Now(), Kind: "panic", Request: id, Message: "in the middle"})
			recorder.Log("error", "tornado.application", "uncaught", id, time.Now())
		}
		q.Enter(trace.PhaseFlush)
		q.Choose(&trace.Target{Handler: "main.MainHandler.Get", Pattern: "/"})
		q.Status = 200
		q.KeepAnswer([]byte("hello"))
		hooks.RequestFinished(q)
	}
	open := &trace.Request{ID: sent + 1, Connection: c, Started: time.Now(), Method: "GET", URI: "/open"}
	hooks.RequestStarted(open)
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}

	s := store.Snapshot()
	if got, want := s.Counters.Requests, int64(sent+1); got != want {
		t.Errorf("got %d requests, %d records dropped; want %d", got, s.Counters.Dropped, want)
	}
	if s.Counters.InFlight != 0 || s.Counters.OpenConnections != 0 {
		t.Errorf("something is left open: %+v", s.Counters)
	}
	e := s.Errors.At(0)
	if e == nil || e.Message != "in the middle" || e.Request == 0 {
		t.Fatalf("got error %+v", e)
	}
	if l := s.Logs.At(0); l != nil && l.Request != e.Request { // it may have been dropped
		t.Errorf("got log %+v, want one of request %d", l, e.Request)
	}
	if r, ok := store.Request(e.Request); ok && (r.URI != fmt.Sprint("/", sent/2) || r.Error != e.ID) {
		t.Errorf("got %+v, want the request of the error", r)
	}
	if len(s.Routes) != 1 || s.Routes[0].Hits+s.Counters.Dropped < sent {
		t.Errorf("got routes %+v", s.Routes)
	}
}
