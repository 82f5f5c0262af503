// Package inspector keeps what a running application did, within a bound, and
// answers questions about it.
//
// Records come in from inspector/probe (through inspector/wire) and from
// devserver; tui and the line printers draw Snapshots. All methods of Store may
// be called from any goroutine. A record that was handed out never changes, and
// nobody may change it: a newer version takes its place in the Store.
//
//   - Request, Connection, Error, Log, Route, Loop: the records
//   - Store: holds them, bounded in bytes; Subscribe says that something changed
//   - Ingest: takes in what the probe of one process sends
//   - Snapshot: what a Store held at one moment, for those that draw
//   - Record: what is complete, in order and once, for those that print lines
//   - Filter: the one filter language for lists, search and export
//   - CurlCommand, Replay: what can be done with a request
//   - ParseBuildOutput, ParsePanic, Locate: text of the tools to Errors with places
//   - Printable, MaskHead: captured text is hostile and secret; what may be shown
package inspector

import (
	"time"

	"github.com/tornado-dev/tornado/core/trace"
)

// A Request is one request that the application answered or is answering.
type Request struct {
	ID         uint64 // unique in a Store, ascending
	Build      int    // number of the build that answered it
	Connection uint64
	Started    time.Time
	Source     Source

	Method   string
	URI      string
	Version  string
	RemoteIP string
	Head     string // as received
	Body     []byte // at most trace.BodyLimit bytes
	BodyLen  int64  // true size
	Handler  string // "blog.StoryHandler.Get"
	Pattern  string

	Phase    trace.Phase // while Done is false
	Spent    [trace.NumPhases]time.Duration
	Done     bool
	Duration time.Duration

	Status     int
	AnswerHead string
	Answer     []byte // at most trace.BodyLimit bytes
	AnswerLen  int64  // true size
	Err        string // what ended it early
	Error      uint64 // ID of the latest Error that happened in it, or zero

	// Sampled says that heads and bodies were never sent, because there were too
	// many requests at that moment.
	Sampled bool

	// Trimmed says that heads and bodies were dropped to keep the Store within its
	// bound.
	Trimmed bool

	origin origin
}

// Source says who sent a request.
type Source uint8

const (
	FromClient Source = iota
	FromReplay
)

// ConnectionState is what a connection is doing.
type ConnectionState uint8

const (
	ConnectionIdle ConnectionState = iota
	ConnectionActive
	ConnectionClosed
)

func (s ConnectionState) String() string { return [...]string{"idle", "active", "closed"}[s] }

// A Connection is one client's connection.
type Connection struct {
	ID         uint64 // unique in a Store
	Build      int
	Opened     time.Time
	Closed     time.Time // zero while it is open
	RemoteAddr string
	LocalAddr  string
	Loop       int
	Adopted    bool // handed over by an earlier build
	State      ConnectionState
	Requests   int64
	BytesIn    int64
	BytesOut   int64
	Pending    int64  // bytes the socket has not taken yet
	Request    uint64 // ID of the request in flight that was seen last, or zero
	Handler    string // of the request in flight, or the last one
	Err        string

	WebSocket *WebSocket // nil for a connection of requests

	origin origin
}

// A WebSocket is what went over a connection after its handshake. It is never
// changed: there is another one after each message.
type WebSocket struct {
	Received int64 // messages and control frames, all of them
	Sent     int64
	Messages []Message // the last MaxMessages that were told of singly, oldest first
	Others   int64     // after the last of them, which came too fast
}

// MaxMessages is how many messages of a WebSocket are kept.
const MaxMessages = 64

// A Message is one message of a WebSocket, or a control frame.
type Message struct {
	Time   time.Time
	Out    bool  // sent by the program
	Opcode uint8 // of RFC 6455 section 5.2: 1 text, 2 binary, 8 close, 9 ping, 10 pong
	Size   int64 // bytes
	Wire   int64 // bytes after compression
	Others int64 // before it, which came too fast to be told of singly
}

// An Error is a build error, a panic, a template error or a failed start.
type Error struct {
	ID      uint64
	Build   int
	Time    time.Time
	Kind    string // "build", "start", "panic", "handler", "template", "callback", "blocked"
	Message string // one line
	Detail  string // what does not fit one line
	Request uint64 // ID of the request it happened in, or zero

	// Count is how often it happened in this build: the same kind, message and stack
	// make one Error. Time and Request are those of the latest.
	Count int

	// File, Line and Column are the place to open: of a build error, or the first
	// own frame.
	File   string
	Line   int
	Column int

	Stack     []Frame
	Templates []Frame // innermost first: the way through extends and include

	// Gone says that a later save mended it.
	Gone bool
}

// A Frame is one place in the source on the way to an error.
type Frame struct {
	Function string // of a template: its name
	Relation string // to the frame before, if it is not a call: "included by", "extended by", "created by"
	File     string
	Line     int
	Column   int
	Own      bool // in the project, not in a library
	Excerpt  []SourceLine
}

// A SourceLine is one line of an excerpt.
type SourceLine struct {
	Number int
	Text   string
}

// A Log is one line that the application logged or printed.
type Log struct {
	ID      uint64
	Build   int
	Time    time.Time
	Level   string // "debug", "info", "warning", "error"; "" for plain output
	Logger  string // "tornado.access", ...; "stdout" and "stderr" for plain output
	Message string
	Request uint64
}

// A Route is one line of the application's routing table, with what happened to it.
type Route struct {
	trace.Route
	Hits       int64
	Errors     int64 // answers of 500 and above
	LastStatus int
	Mean       time.Duration
}

// A Loop is the state of one event loop.
type Loop struct {
	trace.LoopStats
	Build       int
	Connections int
	Lags        []time.Duration // of the last minute, a second each, newest last
}
