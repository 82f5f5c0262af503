// Package lines prints what a project does as lines of text or of JSON, for
// terminals without a screen, for pipes and for tests.
//
//   - Printer: writes states and records
//   - Printer.Run: writes them as they come, until it is told to stop
//
// A Printer belongs to one goroutine.
package lines

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/tornado-dev/tornado/devserver"
	"github.com/tornado-dev/tornado/inspector"
)

// Options of a Printer. The zero value prints plain text without colours.
type Options struct {
	JSON  bool // one object a line
	Color bool // of plain text
}

// A Printer writes each line with one Write.
type Printer struct {
	w       io.Writer
	options Options
	buf     bytes.Buffer
	told    string // the message of the last error in plain text
	err     error  // of the first Write that failed
}

// New returns a printer to w.
func New(w io.Writer, o Options) *Printer { return &Printer{w: w, options: o} }

// A Project is what has states: a *devserver.Server.
type Project interface {
	Subscribe() (changed <-chan struct{}, cancel func())
	StatesSince(n int) (states []devserver.State, next int)
}

// Run prints the states of project and the records of store as they come. When
// ctx ends it prints what is there and returns nil; when writing fails it returns
// that error.
func (p *Printer) Run(ctx context.Context, project Project, store *inspector.Store) error {
	turned, cancel := project.Subscribe()
	defer cancel()
	recorded, cancel := store.Subscribe()
	defer cancel()
	states, seq := 0, uint64(0)
	for done := false; !done; {
		select {
		case <-turned:
		case <-recorded:
		case <-ctx.Done():
			done = true
		}
		var turns []devserver.State
		turns, states = project.StatesSince(states)
		var records []inspector.Record
		next, missed := store.Since(seq, func(r inspector.Record) { records = append(records, r) })
		seq = next
		// The error that is the reason for a state comes before it.
		if missed > 0 {
			p.missed(missed)
		}
		for _, r := range records {
			p.Record(r)
		}
		for _, s := range turns {
			p.State(s)
		}
		if p.err != nil {
			return p.err
		}
	}
	return nil
}

// State prints what the project is doing.
func (p *Printer) State(s devserver.State) {
	if p.options.JSON {
		p.stateJSON(s)
	} else {
		p.statePlain(s)
	}
}

// Record prints a request that has ended, a connection, an error or a line of
// log.
func (p *Printer) Record(r inspector.Record) {
	switch {
	case r.Request != nil:
		if p.options.JSON {
			p.requestJSON(r.Request)
		} else {
			p.requestPlain(r.Request)
		}
	case r.Connection != nil:
		opened := r.Kind == inspector.RecordOpened
		if p.options.JSON {
			p.connectionJSON(r.Connection, opened)
		} else {
			p.connectionPlain(r.Connection, opened)
		}
	case r.Error != nil:
		if p.options.JSON {
			p.errorJSON(r.Error)
		} else {
			p.errorPlain(r.Error)
		}
	case r.Log != nil:
		if p.options.JSON {
			p.logJSON(r.Log)
		} else {
			p.logPlain(r.Log)
		}
	}
}

// missed prints that records were dropped before they could be printed.
func (p *Printer) missed(n int) {
	l := inspector.Log{Time: time.Now(), Level: "warning", Logger: "tornado-dev", Message: missedMessage(n)}
	p.Record(inspector.Record{Kind: inspector.RecordLog, Log: &l})
}

// flush writes what was put into buf.
func (p *Printer) flush() {
	if p.err == nil {
		_, p.err = p.w.Write(p.buf.Bytes())
	}
	p.buf.Reset()
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
