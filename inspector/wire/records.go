package wire

import (
	"encoding/binary"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
)

// What is longer is cut. Together they keep every frame below MaxPayload.
const (
	maxName    = 4 << 10   // a name, a path, the text of an error
	maxText    = 256 << 10 // a head, a message, an excerpt
	maxFrames  = 128       // of a stack, of templates
	maxRoutes  = 4096      // of a routing table
	maxTable   = 2 << 20   // bytes of it
	maxMethods = 32
)

// A Connection is what a probe says of a trace.Connection.
type Connection struct {
	ID uint64

	// Of KindConnectionOpened alone.
	Opened     time.Time
	RemoteAddr string
	LocalAddr  string
	Loop       int
	Adopted    bool

	Requests int64
	BytesIn  int64
	BytesOut int64
	Pending  int64

	// Of KindConnectionClosed alone.
	Closed time.Time
	Err    string
}

// AppendConnectionOpened appends all that is known of c.
func AppendConnectionOpened(dst []byte, c *trace.Connection) []byte {
	dst, start := begin(dst, KindConnectionOpened)
	dst = appendConnectionNumbers(dst, c)
	dst = appendTime(dst, c.Opened)
	dst = appendText(dst, c.RemoteAddr, maxName)
	dst = appendText(dst, c.LocalAddr, maxName)
	dst = appendNumber(dst, c.Loop)
	dst = appendBool(dst, c.Adopted)
	return finish(dst, start)
}

// AppendConnectionUpdated appends the numbers of c.
func AppendConnectionUpdated(dst []byte, c *trace.Connection) []byte {
	dst, start := begin(dst, KindConnectionUpdated)
	return finish(appendConnectionNumbers(dst, c), start)
}

// AppendConnectionClosed appends the last numbers of c and how it ended.
func AppendConnectionClosed(dst []byte, c *trace.Connection, closed time.Time) []byte {
	dst, start := begin(dst, KindConnectionClosed)
	dst = appendConnectionNumbers(dst, c)
	dst = appendTime(dst, closed)
	dst = appendError(dst, c.Err)
	return finish(dst, start)
}

func appendConnectionNumbers(dst []byte, c *trace.Connection) []byte {
	dst = binary.AppendUvarint(dst, c.ID)
	dst = appendCount(dst, c.Requests.Load())
	dst = appendCount(dst, c.BytesIn.Load())
	dst = appendCount(dst, c.BytesOut.Load())
	return appendCount(dst, c.Pending.Load())
}

// A Request is what a probe says of a trace.Request.
type Request struct {
	ID         uint64
	Connection uint64 // zero if it has none
	Started    time.Time
	Method     string
	URI        string
	Version    string
	RemoteIP   string
	Head       string
	Handler    string
	Pattern    string

	// Of KindRequestStarted alone.
	Phase trace.Phase

	// Of KindRequestFinished alone.
	Spent      [trace.NumPhases]time.Duration
	Body       []byte
	BodyLen    int64
	Status     int
	AnswerHead string
	Answer     []byte
	AnswerLen  int64
	Duration   time.Duration
	Err        string
	Bare       bool // heads and bodies were left out
}

// AppendRequestStarted appends what r says from its start on; it reads nothing
// that the owner of r may be writing.
func AppendRequestStarted(dst []byte, r *trace.Request, phase trace.Phase) []byte {
	dst, start := begin(dst, KindRequestStarted)
	dst = appendRequestStart(dst, r)
	dst = appendText(dst, r.Head, maxText)
	dst = appendTarget(dst, r.Target())
	dst = append(dst, byte(phase))
	return finish(dst, start)
}

func appendTarget(dst []byte, t trace.Target) []byte {
	dst = appendText(dst, t.Handler, maxName)
	return appendText(dst, t.Pattern, maxName)
}

// AppendRequestFinished appends all of r; heads and bodies are left out if bare.
func AppendRequestFinished(dst []byte, r *trace.Request, bare bool) []byte {
	dst, start := begin(dst, KindRequestFinished)
	dst = appendRequestStart(dst, r)
	for _, spent := range r.Spent {
		dst = binary.AppendVarint(dst, int64(spent))
	}
	dst = appendTarget(dst, r.Target())
	dst = appendCount(dst, r.BodyLen)
	dst = appendNumber(dst, r.Status)
	dst = appendCount(dst, r.AnswerLen)
	dst = binary.AppendVarint(dst, int64(r.Duration))
	dst = appendError(dst, r.Err)
	dst = appendBool(dst, bare)
	if !bare {
		dst = appendText(dst, r.Head, maxText)
		dst = appendText(dst, r.Body, trace.BodyLimit)
		dst = appendText(dst, r.AnswerHead, maxText)
		dst = appendText(dst, r.Answer, trace.BodyLimit)
	}
	return finish(dst, start)
}

func appendRequestStart(dst []byte, r *trace.Request) []byte {
	dst = binary.AppendUvarint(dst, r.ID)
	var connection uint64
	if r.Connection != nil {
		connection = r.Connection.ID
	}
	dst = binary.AppendUvarint(dst, connection)
	dst = appendTime(dst, r.Started)
	dst = appendText(dst, r.Method, maxName)
	dst = appendText(dst, r.URI, maxText)
	dst = appendText(dst, r.Version, maxName)
	return appendText(dst, r.RemoteIP, maxName)
}

// A RequestPhase says which phase a request is in.
type RequestPhase struct {
	ID    uint64
	Phase trace.Phase
}

// AppendRequestPhase appends the phase of the request with an ID.
func AppendRequestPhase(dst []byte, id uint64, phase trace.Phase) []byte {
	dst, start := begin(dst, KindRequestPhase)
	dst = binary.AppendUvarint(dst, id)
	return finish(append(dst, byte(phase)), start)
}

// AppendError appends e.
func AppendError(dst []byte, e *trace.Error) []byte {
	dst, start := begin(dst, KindError)
	dst = appendTime(dst, e.Time)
	dst = appendText(dst, e.Kind, maxName)
	dst = binary.AppendUvarint(dst, e.Request)
	dst = appendText(dst, e.Message, maxText)
	dst = appendStack(dst, e.Stack)
	for _, f := range e.Templates[:min(len(e.Templates), maxFrames)] {
		dst = append(dst, 1)
		dst = appendText(dst, f.Relation, maxName)
		dst = appendText(dst, f.Name, maxName)
		dst = appendText(dst, f.File, maxName)
		dst = appendNumber(dst, f.Line)
		dst = appendNumber(dst, f.Column)
	}
	dst = append(dst, 0)
	dst = appendText(dst, e.Excerpt, maxText)
	return finish(dst, start)
}

func appendStack(dst []byte, stack []trace.Frame) []byte {
	for _, f := range stack[:min(len(stack), maxFrames)] {
		dst = append(dst, 1)
		dst = appendText(dst, f.Function, maxName)
		dst = appendText(dst, f.File, maxName)
		dst = appendNumber(dst, f.Line)
	}
	return append(dst, 0)
}

// A Log is one line of log.
type Log struct {
	Time    time.Time
	Level   string
	Logger  string
	Message string
	Request uint64
}

// AppendLog appends l.
func AppendLog(dst []byte, l *Log) []byte {
	dst, start := begin(dst, KindLog)
	dst = appendTime(dst, l.Time)
	dst = appendText(dst, l.Level, maxName)
	dst = appendText(dst, l.Logger, maxName)
	dst = appendText(dst, l.Message, maxText)
	dst = binary.AppendUvarint(dst, l.Request)
	return finish(dst, start)
}

// AppendRoutes appends a routing table. Of a table of more than 4096
// routes or 2 MiB the rest is cut.
func AppendRoutes(dst []byte, routes []trace.Route) []byte {
	dst, start := begin(dst, KindRoutes)
	for i := range routes[:min(len(routes), maxRoutes)] {
		if len(dst)-start > maxTable {
			break
		}
		r := &routes[i]
		dst = append(dst, 1)
		dst = appendText(dst, r.Pattern, maxName)
		dst = appendText(dst, r.Name, maxName)
		dst = appendText(dst, r.Handler, maxName)
		for _, method := range r.Methods[:min(len(r.Methods), maxMethods)] {
			dst = append(dst, 1)
			dst = appendText(dst, method, maxName)
		}
		dst = append(dst, 0)
		dst = appendText(dst, r.File, maxName)
		dst = appendNumber(dst, r.Line)
	}
	return finish(append(dst, 0), start)
}

// AppendLoopReport appends s.
func AppendLoopReport(dst []byte, s *trace.LoopStats) []byte {
	dst, start := begin(dst, KindLoopReport)
	dst = appendNumber(dst, s.Loop)
	dst = appendCount(dst, s.Iterations)
	dst = appendCount(dst, s.Callbacks)
	dst = appendNumber(dst, s.Handlers)
	dst = appendNumber(dst, s.Timeouts)
	dst = binary.AppendVarint(dst, int64(s.Lag))
	dst = binary.AppendVarint(dst, int64(s.Busy))
	dst = binary.AppendVarint(dst, int64(s.Interval))
	return finish(dst, start)
}

// AppendLoopBlocked appends b.
func AppendLoopBlocked(dst []byte, b *trace.LoopBlocked) []byte {
	dst, start := begin(dst, KindLoopBlocked)
	dst = appendTime(dst, b.Time)
	dst = appendNumber(dst, b.Loop)
	dst = binary.AppendVarint(dst, int64(b.Duration))
	dst = appendBool(dst, b.Lasts)
	dst = appendStack(dst, b.Stack)
	return finish(dst, start)
}

// Dropped counts what could not be sent since the last such frame.
type Dropped struct {
	Records  int64 // of every kind
	Requests int64 // of them, finished requests
	Failed   int64 // of those, answers of 500 and above, or cut off
}

// AppendDropped appends d.
func AppendDropped(dst []byte, d Dropped) []byte {
	dst, start := begin(dst, KindDropped)
	dst = appendCount(dst, d.Records)
	dst = appendCount(dst, d.Requests)
	dst = appendCount(dst, d.Failed)
	return finish(dst, start)
}

// Standing names everything that is not over: what was announced and is not in
// it has ended, and the record of its end was dropped.
type Standing struct {
	Requests    []uint64
	Connections []uint64
}

// MaxStanding is how many IDs a Standing may carry in all.
const MaxStanding = 256 << 10

// AppendStanding appends s, whose lists must not be longer than MaxStanding
// together.
func AppendStanding(dst []byte, s Standing) []byte {
	dst, start := begin(dst, KindStanding)
	for _, ids := range [...][]uint64{s.Requests, s.Connections} {
		dst = binary.AppendUvarint(dst, uint64(len(ids)))
		for _, id := range ids {
			dst = binary.AppendUvarint(dst, id)
		}
	}
	return finish(dst, start)
}
