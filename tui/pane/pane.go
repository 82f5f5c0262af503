// Package pane holds what panes share with each other and with the screen round
// them: the snapshot they draw and the few things they are asked.
//
// Everything here belongs to the goroutine of the Bubble Tea program.
//
//   - Snapshot: what the records and the project were at one moment
//   - Env: the snapshot, the moment and the theme a frame is drawn with
//   - Place, Copy: what a selection offers
//   - Rows, Slice: lists of records
package pane

import (
	"slices"
	"time"

	"github.com/tornado-dev/tornado/devserver"
	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/theme"
)

// Rows is a sequence of records in ascending order of ID that never changes; a
// record that became different has another address. inspector.List is one.
type Rows[T any] interface {
	Len() int
	At(i int) *T

	// Find returns the index of the record with an ID, or where it would stand
	// and false.
	Find(id uint64) (index int, ok bool)
}

// A Slice is Rows over a slice, for lists that are short.
type Slice[T any] struct {
	Items []T
	ID    func(*T) uint64
}

func (s Slice[T]) Len() int    { return len(s.Items) }
func (s Slice[T]) At(i int) *T { return &s.Items[i] }

// Find looks at each item, since nothing is known of their order.
func (s Slice[T]) Find(id uint64) (int, bool) {
	i := slices.IndexFunc(s.Items, func(item T) bool { return s.ID(&item) == id })
	if i < 0 {
		return len(s.Items), false
	}
	return i, true
}

// A Snapshot is what was known at one moment.
type Snapshot struct {
	Requests    Rows[inspector.Request]
	Connections Rows[inspector.Connection]
	Errors      Rows[inspector.Error]
	Logs        Rows[inspector.Log]
	Routes      []inspector.Route
	Loops       []inspector.Loop
	Counters    inspector.Counters
}

// Of is the Snapshot of a store's.
func Of(s inspector.Snapshot) Snapshot {
	return Snapshot{
		Requests:    s.Requests,
		Connections: s.Connections,
		Errors:      s.Errors,
		Logs:        s.Logs,
		Routes:      s.Routes,
		Loops:       s.Loops,
		Counters:    s.Counters,
	}
}

// An Env is what a frame is drawn with. The screen owns it and changes it between
// frames only.
type Env struct {
	Theme    theme.Theme
	Now      time.Time
	State    devserver.State
	Snapshot Snapshot // what is shown; while paused older than what is known

	// SourceLines reads the lines around a place, for routes and other places
	// that carry no excerpt. It may be nil.
	SourceLines func(file string, line int) []inspector.SourceLine
}

// A Place is a position in a file. Line and Column count from 1; zero is unknown.
type Place struct {
	File         string
	Line, Column int
}

// A Copy is something that can be copied, with what the user calls it. Without,
// if it is not nil, says why it cannot be copied.
type Copy struct {
	Label, Text string
	Without     error
}

// SnapshotMsg tells a pane that Env holds another snapshot.
type SnapshotMsg struct{}
