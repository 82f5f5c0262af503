package inspector

import (
	"iter"
	"time"
)

// A Snapshot is what a Store held at one moment. It never changes, may be kept
// and read by any goroutine, and is cheap to take.
type Snapshot struct {
	Version uint64 // differs from that of an earlier Snapshot if anything changed
	Taken   time.Time

	Requests    List[Request]    // in order of ID, which is the order of arrival
	Connections List[Connection] // the same
	Errors      List[Error]
	Logs        List[Log]
	Routes      []Route
	Loops       []Loop // by build, then by number

	Counters Counters
}

// Counters count what happened since the Store was made or cleared.
type Counters struct {
	Requests        int64   // finished, including those that were sampled out or dropped
	Failed          int64   // of them, answers of 500 and above, or cut off
	PerSecond       float64 // finished in the last second
	InFlight        int
	OpenConnections int
	OpenErrors      int   // errors that are not Gone
	Sampled         int64 // requests that came without head and body because there were too many
	Dropped         int64 // records that the application could not send
	Evicted         int64 // records that left the Store to keep its bound
	HeldBytes       int64
	MaxBytes        int64
}

// A List is an immutable sequence of records in ascending order of ID. The zero
// List is empty. What At returns must not be changed.
type List[T any] struct{ length int }

// Len is the number of records.
func (l List[T]) Len() int { return l.length }

// At returns record i, counted from the oldest.
func (l List[T]) At(i int) *T { return nil }

// Find returns the index of the record with an ID, or the index at which it
// would stand and false.
func (l List[T]) Find(id uint64) (index int, ok bool) { return 0, false }

// All ranges over the records, oldest first.
func (l List[T]) All() iter.Seq2[int, *T] { return func(func(int, *T) bool) {} }

// Backward ranges over the records, newest first.
func (l List[T]) Backward() iter.Seq2[int, *T] { return func(func(int, *T) bool) {} }

// A RecordKind says what a Record holds.
type RecordKind uint8

const (
	RecordRequest RecordKind = iota + 1 // a finished request
	RecordOpened                        // a connection
	RecordClosed                        // a connection
	RecordError
	RecordLog
)

// A Record is one complete record, for those that print lines. One of the
// pointers is set; what it points to must not be changed.
type Record struct {
	Seq        uint64
	Kind       RecordKind
	Request    *Request
	Connection *Connection
	Error      *Error
	Log        *Log
}
