// Package probe is the part of the workbench inside the program that is being
// written. tornado-dev adds it to the build; nobody imports it otherwise, and in a
// program that no tornado-dev has started it does nothing.
//
//   - Recorder: turns what core/trace tells into frames for inspector/wire
//   - the rest, on systems with sockets to inherit: asks for listening sockets,
//     holds, hands over and adopts; tells open pages to reload
package probe

import (
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// Options of a Recorder. The zero value works.
type Options struct {
	// MaxBuffer is how many bytes of records may wait while earlier ones are being
	// written; what comes on top is dropped and counted. Zero means 1 MiB.
	MaxBuffer int

	// FlushEvery is how long a record waits for company; in a flood of requests four
	// times as long. Zero means 10 ms.
	FlushEvery time.Duration

	// FloodRate is from how many finished requests a second on ordinary ones are
	// sampled: about a tenth of FloodRate keep their heads and bodies, the others
	// are sent bare. Zero means 2,000.
	FloodRate int

	// SlowRequest is how long a request must take to be kept whole in a flood, as
	// those are that failed. Zero means 100 ms.
	SlowRequest time.Duration

	// CloseTimeout bounds how long Close waits for the last write. Zero means 1 s.
	CloseTimeout time.Duration
}

func (o Options) withDefaults() Options {
	if o.MaxBuffer <= 0 {
		o.MaxBuffer = 1 << 20
	}
	if o.FlushEvery <= 0 {
		o.FlushEvery = 10 * time.Millisecond
	}
	if o.FloodRate <= 0 {
		o.FloodRate = 2000
	}
	if o.SlowRequest <= 0 {
		o.SlowRequest = 100 * time.Millisecond
	}
	if o.CloseTimeout <= 0 {
		o.CloseTimeout = time.Second
	}
	return o
}

const (
	// sweepEvery is how often the numbers of open connections are compared, and the
	// phases of requests where these are many.
	sweepEvery = 250 * time.Millisecond

	// While something is open the recorder looks for changes, at first after
	// minSweep and, as long as it finds none, ever more seldom up to maxSweep.
	minSweep = 20 * time.Millisecond
	maxSweep = time.Second

	// floodWindow is the time over which the rate of requests is taken.
	floodWindow = 100 * time.Millisecond

	// floodFlushes is how many times FlushEvery a record waits in a flood. A write
	// costs the program as much as some fifty records do, since it wakes a thread
	// here and another in the workbench, which draws thirty times a second at most.
	floodFlushes = 4

	// sweepBatch is how many entries are looked at under one hold of the lock, so
	// that no loop waits for a sweep over ten thousand connections.
	sweepBatch = 128

	// fewRequests is how many requests in flight are looked at with every flush.
	fewRequests = 256

	// maxFresh bounds the list of requests that have just started, in which a log line
	// may have to look for its own.
	maxFresh = 4096

	firstBuffer = 32 << 10
)

// A Recorder turns the hooks of core/trace into frames of package wire.
//
// Its methods may be called from any goroutine and never wait for the stream:
// they append to a bounded buffer, and one goroutine writes. When the stream is
// slow, records are dropped and their number is sent. When it fails, the
// recorder falls silent. A request that starts and finishes between two writes
// is sent once, finished; one that is still in flight is announced.
type Recorder struct {
	// Set by NewRecorder and never changed.
	w      io.Writer
	o      Options
	wake   chan struct{} // of capacity one: something waits to be written
	full   chan struct{} // of capacity one: the buffer is more than half full
	quit   chan struct{} // closed by Close
	ended  chan struct{} // closed when the goroutine has ended
	silent atomic.Bool   // nothing more is recorded

	closing sync.Once

	// Owned by the goroutine of run.
	spare    []byte
	sweptAt  time.Time // when everything open was last looked at
	rateAt   time.Time // when the rate was last taken
	sweepIn  time.Duration
	writeErr error    // read by Close after ended
	settled  []uint64 // requests to announce; empty between two flushes

	mu          sync.Mutex // guards what follows; held for microseconds
	buf         []byte
	armed       bool              // wake has been signalled since the last flush, or need not be
	hurried     bool              // full has been
	fresh       []*trace.Request  // started since the last flush; Slot is the place, from 1
	requests    map[uint64]flight // the others that have not finished
	connections map[uint64]watched
	routes      []trace.Route // waits to be sent
	finished    int           // requests since rateAt
	oneIn       int           // of so many ordinary requests one is kept whole
	ordinary    int           // requests seen since the last that was kept whole
	toldSingly  int           // messages since the last flush
	dropped     wire.Dropped
	endLost     bool // the end of something announced was dropped
}

// A flight is a request that has started and not finished.
type flight struct {
	request   *trace.Request
	announced bool
	phase     trace.Phase // as last sent
}

// A watched connection is open.
type watched struct {
	connection *trace.Connection
	announced  bool
	sent       connectionNumbers
	messages   messageCounts // of a WebSocket
	told       messageCounts // of these, as last sent
}

type messageCounts struct{ received, sent int64 }

type connectionNumbers struct{ requests, in, out, pending int64 }

func numbersOf(c *trace.Connection) connectionNumbers {
	return connectionNumbers{c.Requests.Load(), c.BytesIn.Load(), c.BytesOut.Load(), c.Pending.Load()}
}

// NewRecorder starts a recorder that writes to w. Each Write carries whole
// frames. Close ends it.
func NewRecorder(w io.Writer, o Options) *Recorder {
	now := time.Now()
	r := &Recorder{
		w:           w,
		o:           o.withDefaults(),
		wake:        make(chan struct{}, 1),
		full:        make(chan struct{}, 1),
		quit:        make(chan struct{}),
		ended:       make(chan struct{}),
		buf:         make([]byte, 0, firstBuffer),
		spare:       make([]byte, 0, firstBuffer),
		sweptAt:     now,
		rateAt:      now,
		sweepIn:     minSweep,
		requests:    make(map[uint64]flight),
		connections: make(map[uint64]watched),
		oneIn:       1,
	}
	go r.run() // Close waits for it
	return r
}

// Hooks fills in the recording functions of h and leaves the others alone.
func (r *Recorder) Hooks(h *trace.Hooks) {
	h.ConnectionOpened = r.connectionOpened
	h.ConnectionClosed = r.connectionClosed
	h.RequestStarted = r.requestStarted
	h.RequestFinished = r.requestFinished
	h.WebSocketMessage = r.message
	h.Failed = r.Error
	h.LoopReport = r.loopReport
	h.LoopBlocked = r.loopBlocked
}

// Log records a line the application logged; request is the trace.Request's ID
// it belongs to, or zero.
func (r *Recorder) Log(level, logger, message string, request uint64, t time.Time) {
	if !r.lock() {
		return
	}
	defer r.mu.Unlock()
	r.announceFor(request)
	if r.crowded() {
		r.dropped.Records++
		return
	}
	l := wire.Log{Time: t, Level: level, Logger: logger, Message: message, Request: request}
	r.keep(wire.AppendLog(r.buf, &l))
}

// Error records an error.
func (r *Recorder) Error(e *trace.Error) {
	if !r.lock() {
		return
	}
	defer r.mu.Unlock()
	r.announceFor(e.Request)
	r.keep(wire.AppendError(r.buf, e))
}

// Routes replaces the routing table. It is never dropped; routes must not be
// changed afterwards.
func (r *Recorder) Routes(routes []trace.Route) {
	if !r.lock() {
		return
	}
	defer r.mu.Unlock()
	r.routes = routes
	if r.routes == nil {
		r.routes = []trace.Route{}
	}
	r.arm()
}

// Close writes what is left and ends the recorder's goroutine. It waits at most
// Options.CloseTimeout; a Write that takes longer goes on in the background if w
// has no SetWriteDeadline. It returns the error that stopped the recorder, if
// any. Calling it again does nothing but wait.
func (r *Recorder) Close() error {
	r.closing.Do(func() {
		if w, ok := r.w.(interface{ SetWriteDeadline(time.Time) error }); ok {
			_ = w.SetWriteDeadline(time.Now().Add(r.o.CloseTimeout)) // some kinds of file have none; then the timer below is the bound
		}
		close(r.quit)
	})
	timer := time.NewTimer(r.o.CloseTimeout + r.o.CloseTimeout/4)
	defer timer.Stop()
	select {
	case <-r.ended:
		return r.writeErr
	case <-timer.C:
		r.abandon()
		return errors.New("probe: the workbench does not take the last records")
	}
}

// lock locks mu unless nothing more is recorded. Once that is so nothing is read
// either: the requests that were open may be others by now.
func (r *Recorder) lock() bool {
	if r.silent.Load() {
		return false
	}
	r.mu.Lock()
	if r.silent.Load() {
		r.mu.Unlock()
		return false
	}
	return true
}

func (r *Recorder) connectionOpened(c *trace.Connection) {
	if !r.lock() {
		return
	}
	defer r.mu.Unlock()
	announced := !r.crowded() && r.keep(wire.AppendConnectionOpened(r.buf, c))
	r.connections[c.ID] = watched{connection: c, announced: announced, sent: numbersOf(c)}
	r.arm()
}

func (r *Recorder) connectionClosed(c *trace.Connection) {
	now := time.Now()
	if !r.lock() {
		return
	}
	defer r.mu.Unlock()
	known := r.connections[c.ID]
	delete(r.connections, c.ID)
	if !known.announced && !r.keep(wire.AppendConnectionOpened(r.buf, c)) {
		return
	}
	r.tellMessages(&known, &trace.WebSocketMessage{}, now)
	if !r.keep(wire.AppendConnectionClosed(r.buf, c, now)) {
		r.endLost = true
	}
}

func (r *Recorder) requestStarted(q *trace.Request) {
	if !r.lock() {
		return
	}
	if len(r.fresh) < maxFresh {
		r.fresh = append(r.fresh, q)
		q.Slot = int32(len(r.fresh))
	} else {
		r.requests[q.ID] = flight{request: q}
	}
	r.arm()
	r.mu.Unlock()
}

func (r *Recorder) requestFinished(q *trace.Request) {
	if !r.lock() {
		return
	}
	announced := r.land(q)
	r.finished++
	ordinary, limit := r.isOrdinary(q), r.o.MaxBuffer
	if ordinary && !announced {
		limit = r.o.MaxBuffer / 8 * 7
	}
	start := len(r.buf)
	buf := wire.AppendRequestFinished(r.buf, q, ordinary && r.sampledOut() || r.crowded())
	if len(buf) > limit { // bare it may still fit
		buf = wire.AppendRequestFinished(buf[:start], q, true)
	}
	if !r.keepWithin(buf, limit) {
		r.dropped.Requests++
		if q.Status >= 500 || q.Err != nil {
			r.dropped.Failed++
		}
		r.endLost = r.endLost || announced
	}
	r.mu.Unlock()
}

func (r *Recorder) loopReport(s *trace.LoopStats) {
	if !r.lock() {
		return
	}
	defer r.mu.Unlock()
	if r.crowded() {
		r.dropped.Records++
		return
	}
	r.keep(wire.AppendLoopReport(r.buf, s))
}

func (r *Recorder) loopBlocked(b *trace.LoopBlocked) {
	if !r.lock() {
		return
	}
	defer r.mu.Unlock()
	r.keep(wire.AppendLoopBlocked(r.buf, b))
}

// The functions from here to announce are called with mu held.

// land takes a request out of those in flight. Most go the short way, since they
// finish before the next flush.
func (r *Recorder) land(q *trace.Request) (announced bool) {
	if i := int(q.Slot) - 1; i >= 0 && i < len(r.fresh) && r.fresh[i] == q {
		last := len(r.fresh) - 1
		r.fresh[i], r.fresh[last] = r.fresh[last], nil
		if i < last {
			r.fresh[i].Slot = q.Slot
		}
		r.fresh = r.fresh[:last]
		return false
	}
	announced = r.requests[q.ID].announced
	delete(r.requests, q.ID)
	return announced
}

// settle moves a fresh request to the others.
func (r *Recorder) settle(q *trace.Request) {
	r.land(q)
	q.Slot = 0
	r.requests[q.ID] = flight{request: q}
}

// isOrdinary reports whether q neither failed nor was slow.
func (r *Recorder) isOrdinary(q *trace.Request) bool {
	return q.Status < 400 && q.Err == nil && q.Duration < r.o.SlowRequest
}

// flooded reports whether requests are being sampled. Then run comes by itself, and
// no loop spends the time to wake it.
func (r *Recorder) flooded() bool { return r.oneIn > 1 }

// sampledOut reports whether the ordinary request at hand shall go without heads
// and bodies. In a flood most do.
func (r *Recorder) sampledOut() bool {
	if !r.flooded() {
		return false
	}
	r.ordinary++
	if r.ordinary < r.oneIn {
		return true
	}
	r.ordinary = 0
	return false
}

// crowded reports whether logs, announcements and bodies have to stay away. They
// may fill three quarters of the buffer, ordinary requests seven eighths; the
// rest is for errors, for requests that failed or were slow, and for the end of
// what was announced.
func (r *Recorder) crowded() bool { return len(r.buf) > r.o.MaxBuffer/4*3 }

// keep makes buf, which is r.buf with a frame more, the buffer, unless that is
// over the limit: then the frame is dropped and counted.
func (r *Recorder) keep(buf []byte) bool { return r.keepWithin(buf, r.o.MaxBuffer) }

func (r *Recorder) keepWithin(buf []byte, limit int) bool {
	if len(buf) > limit {
		r.buf = buf[:len(r.buf)] // the next need not make room again
		r.dropped.Records++
		r.arm()
		return false
	}
	r.buf = buf
	r.arm()
	if !r.hurried && len(buf) > r.o.MaxBuffer/2 {
		r.hurried = true
		select {
		case r.full <- struct{}{}:
		default:
		}
	}
	return true
}

func (r *Recorder) arm() {
	if r.armed {
		return
	}
	r.armed = true
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// announceFor makes sure that a request is known over there before something
// refers to it.
func (r *Recorder) announceFor(id uint64) {
	if id == 0 {
		return
	}
	for _, q := range r.fresh {
		if q.ID == id {
			r.settle(q)
			break
		}
	}
	if f, ok := r.requests[id]; ok && !f.announced {
		r.announce(id, f)
	}
}

// sweep announces a request unless there is no room to spare; a later sweep tries
// again. It reports whether there was anything to send.
func (r *Recorder) sweep(id uint64, f flight) bool { return !r.crowded() && r.announce(id, f) }

// announce sends a request that has just started, or its new phase. It reports
// whether there was anything to send.
func (r *Recorder) announce(id uint64, f flight) bool {
	phase := f.request.CurrentPhase()
	if f.announced && phase == f.phase {
		return false
	}
	if f.announced {
		r.keep(wire.AppendRequestPhase(r.buf, id, phase))
	} else {
		buf := wire.AppendRequestStarted(r.buf, f.request, phase)
		if len(buf) > r.o.MaxBuffer {
			return false
		}
		r.keep(buf)
	}
	r.requests[id] = flight{f.request, true, phase}
	return true
}

// run writes what was recorded. It sleeps without a timer when nothing waits and
// nothing is open.
func (r *Recorder) run() {
	defer close(r.ended)
	defer r.abandon()
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for {
		last := r.wait(timer)
		err := r.flush(time.Now())
		if err == nil && last {
			err = r.flush(time.Now()) // what the first had no room to announce
		}
		if err != nil || last {
			r.writeErr = err
			return
		}
	}
}

// wait returns when there may be something to write; last says that it is the
// last time.
func (r *Recorder) wait(timer *time.Timer) (last bool) {
	var byItself <-chan time.Time
	if after := r.watching(); after > 0 {
		timer.Reset(after)
		byItself = timer.C
	}
	select {
	case <-r.wake:
	case <-r.full:
		return false
	case <-byItself:
		return false
	case <-r.quit:
		return true
	}
	r.sweepIn = minSweep
	timer.Reset(r.o.FlushEvery)
	select {
	case <-timer.C:
	case <-r.full:
	case <-r.quit:
		return true
	}
	return false
}

// watching returns when to look for what changes without wake being signalled;
// zero if there is no such thing.
func (r *Recorder) watching() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.flooded():
		return floodFlushes * r.o.FlushEvery
	case len(r.fresh) > 0 || len(r.requests) > 0 || len(r.connections) > 0:
		return r.sweepIn
	}
	return 0
}

// flush adds what has changed by itself and writes the buffer.
func (r *Recorder) flush(now time.Time) error {
	due := now.Sub(r.sweptAt) >= sweepEvery
	changed := r.announceFresh()
	changed = r.sweepRequests(due) || changed
	if due {
		r.sweptAt = now
		changed = r.sweepConnections(now) || changed
	}
	if changed {
		r.sweepIn = minSweep
	} else {
		r.sweepIn = min(2*r.sweepIn, maxSweep)
	}
	out := r.swap(now)
	if len(out) == 0 {
		r.spare = out // the one before is in use from now on
		return nil
	}
	_, err := r.w.Write(out)
	if cap(out) > 4*firstBuffer && len(out) < firstBuffer {
		out = make([]byte, 0, firstBuffer) // the flood is over
	}
	r.spare = out[:0]
	return err
}

// announceFresh announces the requests that started since the last flush and are
// still in flight, in the order in which they started.
func (r *Recorder) announceFresh() (changed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := len(r.fresh); n > 0 && len(r.fresh) > 0; n-- {
		q := r.fresh[len(r.fresh)-1]
		r.settle(q)
		r.settled = append(r.settled, q.ID)
		if n%sweepBatch == 0 {
			r.yield()
		}
	}
	slices.Sort(r.settled)
	for i, id := range r.settled {
		if f, ok := r.requests[id]; ok && !f.announced {
			changed = r.sweep(id, f) || changed
		}
		if i%sweepBatch == sweepBatch-1 {
			r.yield()
		}
	}
	r.settled = r.settled[:0]
	return changed
}

// yield lets loops that wait for the lock have it. A map that is being ranged
// over may change meanwhile, which Go allows.
func (r *Recorder) yield() {
	r.mu.Unlock()
	r.mu.Lock()
}

// sweepRequests sends the phases that have changed, and what announceFresh could
// not send; if there are many requests, only when that is due.
func (r *Recorder) sweepRequests(due bool) (changed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !due && len(r.requests) > fewRequests {
		return false
	}
	n := 0
	for id, f := range r.requests {
		changed = r.sweep(id, f) || changed
		if n++; n%sweepBatch == 0 {
			r.yield()
		}
	}
	return changed
}

// sweepConnections sends the numbers that have changed.
func (r *Recorder) sweepConnections(now time.Time) (changed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for id, w := range r.connections {
		if n++; n%sweepBatch == 0 {
			r.yield()
			var open bool
			if w, open = r.connections[id]; !open {
				continue
			}
		}
		numbers := numbersOf(w.connection)
		if r.crowded() {
			continue
		}
		if w.announced && w.messages != w.told {
			r.tellMessages(&w, &trace.WebSocketMessage{}, now)
			r.connections[id] = w
			changed = true
		}
		if w.announced && numbers == w.sent {
			continue
		}
		if w.announced {
			r.keep(wire.AppendConnectionUpdated(r.buf, w.connection))
		} else {
			r.keep(wire.AppendConnectionOpened(r.buf, w.connection))
		}
		w.announced, w.sent = true, numbers
		r.connections[id] = w
		changed = true
	}
	return changed
}

// swap takes the buffer away, with a word on what did not fit, and sets how the
// next requests are sampled.
func (r *Recorder) swap(now time.Time) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if elapsed := now.Sub(r.rateAt); elapsed >= floodWindow {
		r.oneIn = sampleRate(r.finished, elapsed, r.o.FloodRate)
		r.finished, r.rateAt = 0, now
	}
	out := r.buf
	r.buf, r.armed, r.hurried, r.toldSingly = r.spare, r.flooded(), false, 0
	if r.routes != nil {
		out = wire.AppendRoutes(out, r.routes)
		r.routes = nil
	}
	if r.dropped.Records > 0 {
		out = wire.AppendDropped(out, r.dropped)
		r.dropped = wire.Dropped{}
	}
	if r.endLost {
		out = r.appendStanding(out)
		r.endLost = false
	}
	return out
}

// sampleRate says of how many ordinary requests one is kept whole after finished
// requests in elapsed.
func sampleRate(finished int, elapsed time.Duration, floodRate int) int {
	rate := float64(finished) / elapsed.Seconds()
	if rate <= float64(floodRate) {
		return 1
	}
	return int(rate/float64(max(floodRate/10, 1))) + 1
}

func (r *Recorder) appendStanding(out []byte) []byte {
	if len(r.requests)+len(r.connections) > wire.MaxStanding {
		return out // they stay open over there; it is bounded, too
	}
	var s wire.Standing
	for id, f := range r.requests {
		if f.announced {
			s.Requests = append(s.Requests, id)
		}
	}
	for id, w := range r.connections {
		if w.announced {
			s.Connections = append(s.Connections, id)
		}
	}
	return wire.AppendStanding(out, s)
}

// abandon forgets everything when the last was written, or the stream has failed.
func (r *Recorder) abandon() {
	r.silent.Store(true)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buf, r.fresh = nil, nil
	clear(r.requests)
	clear(r.connections)
}
