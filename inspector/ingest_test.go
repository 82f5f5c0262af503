package inspector_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// Whatever comes over the stream, the store neither panics nor miscounts.
func FuzzIngest(f *testing.F) {
	c := &trace.Connection{ID: 1, RemoteAddr: "127.0.0.1:1"}
	q := &trace.Request{ID: 1, Connection: c, Method: "GET", URI: "/"}
	q.Choose(&trace.Target{Handler: "a.B.Get", Pattern: "/"})
	opened := wire.AppendConnectionOpened(nil, c)
	closed := wire.AppendConnectionClosed(nil, c, time.Unix(1, 0))
	started := wire.AppendRequestStarted(nil, q, trace.PhaseQueue)
	finished := wire.AppendRequestFinished(nil, q, false)
	failed := wire.AppendError(nil, &trace.Error{Request: 1, Message: "x", Stack: []trace.Frame{{Function: "f", File: "f.go", Line: 1}}})
	dropped := wire.AppendStanding(wire.AppendDropped(nil, wire.Dropped{Records: 1}), wire.Standing{})
	logged := wire.AppendLog(nil, &wire.Log{Request: 1})
	report := wire.AppendLoopReport(nil, &trace.LoopStats{Loop: 1})
	for _, order := range [][][]byte{
		{opened, started, finished, failed, closed},
		{started, failed, started, dropped, finished, logged},
		{closed, finished, opened, opened, closed, closed, report},
		{finished, finished, dropped, started},
	} {
		f.Add(bytes.Join(order, nil))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		store := inspector.NewStore(inspector.Options{MaxBytes: 4 << 10})
		in := store.NewIngest(1)
		if err := in.Read(bytes.NewReader(stream)); err != nil && !errors.Is(err, wire.ErrDamaged) {
			t.Fatal(err)
		}
		s := store.Snapshot()
		if s.Counters.InFlight != 0 || s.Counters.OpenConnections != 0 || s.Counters.OpenErrors != s.Errors.Len() {
			t.Errorf("got %+v", s.Counters)
		}
		store.Since(0, func(inspector.Record) {})
		store.Clear()
		store.MarkMended("")
		store.Clear()
		s = store.Snapshot()
		if n := s.Requests.Len() + s.Connections.Len() + s.Errors.Len() + s.Logs.Len(); n != 0 {
			t.Errorf("%d records are left", n)
		}
	})
}
