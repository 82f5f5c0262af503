package trace

import (
	"slices"
	"sync/atomic"
	"time"
)

// A Connection is one client's connection, while it is open and as it was.
type Connection struct {
	ID         uint64 // unique in this process
	Opened     time.Time
	RemoteAddr string
	LocalAddr  string
	Loop       int // the number of the loop that owns it

	// Adopted says that another process opened the connection and handed it over.
	Adopted bool

	// Counted by the owning loop; read them with Load.
	Requests atomic.Int64
	BytesIn  atomic.Int64
	BytesOut atomic.Int64
	Pending  atomic.Int64 // bytes written by the program that the socket has not taken

	Err error // why it closed, set before ConnectionClosed; nil after an orderly end
}

// Phase is a part of the time a request takes in the server.
type Phase uint8

const (
	PhaseQueue   Phase = iota // received or held, waiting for its turn
	PhaseBody                 // its body arrives
	PhasePrepare              // Prepare and what precedes it
	PhaseHandler              // the verb's method
	PhaseRender               // templates, within the handler
	PhaseFlush                // finished, the socket takes the last bytes
	NumPhases
)

var phaseNames = [NumPhases]string{"queue", "body", "prepare", "handler", "render", "flush"}

func (p Phase) String() string {
	if p < NumPhases {
		return phaseNames[p]
	}
	return "unknown"
}

// BodyLimit is how many bytes of a request's and of an answer's body are kept
// for a listener.
const BodyLimit = 64 << 10

// A Request is one request and its answer. The server owns it (the loop, or the
// verb's goroutine while the verb runs there) from RequestStarted to
// RequestFinished; a listener may read in between only the first group, use Slot,
// and call CurrentPhase and Target. When RequestFinished has returned it may
// become another request.
type Request struct {
	// Set before RequestStarted and never changed.
	ID         uint64 // unique in this process, ascending
	Connection *Connection
	Started    time.Time // of the loop's turn that read it; what follows in that turn is queue
	Method     string
	URI        string
	Version    string
	RemoteIP   string
	Head       []byte // start line and fields as received, without the empty line

	target  atomic.Pointer[Target]
	phase   atomic.Uint32
	Slot    int32         // the listener's own, from RequestStarted to RequestFinished
	entered time.Duration // since Started
	Spent   [NumPhases]time.Duration

	Body    []byte // at most BodyLimit bytes
	BodyLen int64

	Status     int
	AnswerHead []byte // status line and fields as sent
	Answer     []byte // at most BodyLimit bytes of the body
	kept       []byte // what these two are parts of
	AnswerLen  int64  // bytes of the body
	Duration   time.Duration
	Err        error // what ended it early

	// Ended is the server's own, and is kept from one request to the next.
	Ended func(error)

	home    *Requests // nil if it is not to be used again
	holders int8      // that have not released it
	over    bool      // End has been called
}

// A Target is what answers a request. It is shared and never changed.
type Target struct {
	Handler string // "blog.StoryHandler.Get"
	Pattern string // of the route
}

// Choose notes what answers the request.
func (r *Request) Choose(t *Target) { r.target.Store(t) }

// Target is what answers the request; the zero Target while no route is known. It
// may be called from any goroutine.
func (r *Request) Target() Target {
	if t := r.target.Load(); t != nil {
		return *t
	}
	return Target{}
}

// CurrentPhase is the phase the request is in. It may be called from any goroutine.
func (r *Request) CurrentPhase() Phase { return Phase(r.phase.Load()) }

// Enter ends the current phase and begins p. It does nothing on a nil Request,
// so that callers need no test of their own.
func (r *Request) Enter(p Phase) (previous Phase) {
	if r == nil {
		return 0
	}
	previous = r.leave(time.Since(r.Started))
	r.phase.Store(uint32(p))
	return previous
}

// End ends the current phase and with it the request; err is what ended it early.
func (r *Request) End(err error) {
	r.Duration = time.Since(r.Started)
	r.leave(r.Duration)
	r.Err = err
	r.over = true
}

// leave counts the time up to now, since Started, to the current phase.
func (r *Request) leave(now time.Duration) (current Phase) {
	current = r.CurrentPhase()
	r.Spent[current] += now - r.entered
	r.entered = now
	return current
}

// Waited counts d as time the request spent in the queue before Started.
func (r *Request) Waited(d time.Duration) { r.Spent[PhaseQueue] += d }

// KeepBody notes a piece of the request's body.
func (r *Request) KeepBody(chunk []byte) {
	if r == nil {
		return
	}
	r.BodyLen += int64(len(chunk))
	r.Body = appendLimited(r.Body, chunk)
}

// KeepAnswerHead notes the answer's status and head, before any piece of its body,
// of which size bytes are known to follow.
func (r *Request) KeepAnswerHead(status int, head []byte, size int) {
	if r == nil {
		return
	}
	buf := append(slices.Grow(r.kept[:0], len(head)+min(size, BodyLimit)), head...)
	r.kept = buf
	r.Status, r.AnswerHead, r.Answer = status, buf[:len(buf):len(buf)], buf[len(buf):]
}

// KeepAnswer notes a piece of the answer's body.
func (r *Request) KeepAnswer(chunk []byte) {
	if r == nil {
		return
	}
	r.AnswerLen += int64(len(chunk))
	r.Answer = appendLimited(r.Answer, chunk)
}

func appendLimited(kept, chunk []byte) []byte {
	if room := BodyLimit - len(kept); len(chunk) > room {
		chunk = chunk[:room]
	}
	return append(kept, chunk...)
}

// A WebSocketMessage is one message, however many frames it had, or one control
// frame.
type WebSocketMessage struct {
	Request *Request // of the handshake; nil if nobody listened then
	Sent    bool     // by us; else received
	Opcode  uint8    // 1 text, 2 binary, 8 close, 9 ping, 10 pong
	Size    int64    // bytes of its payload
	Wire    int64    // the same as it came or went over the wire: after compression
}

// A Frame is one function of a stack.
type Frame struct {
	Function string `json:"function"`
	File     string `json:"file"`
	Line     int    `json:"line"`
}

// A TemplateFrame is one step of the way through templates that led to an error:
// the template itself first, then who extends or includes it.
type TemplateFrame struct {
	Relation string `json:"relation"` // "", "included by", "extended by", ...
	Name     string `json:"name"`     // as the program knows it
	File     string `json:"file"`     // absolute path, empty if it is no file
	Line     int    `json:"line"`
	Column   int    `json:"column"` // counted in runes from 1; 0 is unknown
}

// An Error is something that went wrong in the program.
type Error struct {
	Time      time.Time
	Kind      string // "panic", "handler", "template", "callback"
	Request   uint64 // the request it happened in, or zero
	Message   string
	Stack     []Frame         // innermost first; nil if there is none
	Templates []TemplateFrame // innermost first
	Excerpt   string          // of a template that is no file
}

// A Route is one line of an application's routing table.
type Route struct {
	Pattern string   `json:"pattern"`
	Name    string   `json:"name"`
	Handler string   `json:"handler"` // type name with package, "blog.StoryHandler"
	Methods []string `json:"methods"`
	File    string   `json:"file"` // where the first verb method stands
	Line    int      `json:"line"`
}

// LoopStats say how a loop is doing.
type LoopStats struct {
	Loop       int
	Iterations int64         // since it started
	Callbacks  int64         // run since it started
	Handlers   int           // registered descriptors
	Timeouts   int           // pending
	Lag        time.Duration // longest turn since the last report
	Busy       time.Duration // time spent outside the poller since the last report
	Interval   time.Duration // since the last report
}

// LoopBlocked says what kept a loop from its other work.
type LoopBlocked struct {
	Time     time.Time
	Loop     int
	Duration time.Duration // of the turn, so far if it Lasts
	Lasts    bool          // the loop is stuck still
	Stack    []Frame       // of the loop's goroutine while it was stuck
}
