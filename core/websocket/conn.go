package websocket

import (
	"context"
	"errors"
	"sync"

	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

const (
	// messagesPerTurn is how many messages of one client are handled before others
	// have their turn.
	messagesPerTurn = 64
	// maxUnsent is how much may wait for a client before more is read from it.
	maxUnsent = 256 << 10
)

// A conn is the connection of a WebSocketHandler, and the consumer of its stream.
type conn struct {
	// Set by the handshake and never changed.
	up       web.Upgrade
	kind     *kind
	stream   *iostream.IOStream
	deflater *frame.Deflater // nil without compression; guarded by mu

	// Owned by the loop, and code and rare by the callbacks' owner.
	reader  frame.Reader
	rare    *rare
	due     int64 // from epoch: the next ping, the end of waiting for a pong, or for a close frame
	stalled stall

	memberships *membership // in rooms; owned by the loop, nil if there are none

	// Small ones together, for the sake of the size.
	roundTrip uint32 // microseconds that the last pong took
	code      Code   // how the connection ended
	alike     variant
	flags

	mu        sync.Mutex // guards what follows
	scheduled bool       // the loop is going to look at what is guarded
	sentClose bool       // a close frame is the last of out, or was sent
	overfull  bool       // somebody wrote more than may wait
	gone      bool       // nothing can be written any more
	out       *[]byte    // frames that the loop will take; nil when there are none
}

// flags are owned by the loop.
type flags struct {
	opened       bool // Open was called
	reading      bool // Open has returned
	busy         bool // a goroutine has the callbacks
	yielded      bool // resume will be called when others had their turn, or the client has read
	closing      bool // a close frame was sent
	ended        bool // nothing is read or written any more
	heard        bool // something came since the last ping
	awaitingPong bool
	told         bool // OnClose was called, or there is none
}

// rare is what not every connection needs.
type rare struct {
	ctx         context.Context // of callbacks
	cancel      context.CancelCauseFunc
	reason      string // of the close
	subprotocol string
	user        any
	userKnown   bool
}

func (c *conn) seldom() *rare {
	if c.rare == nil {
		c.rare = new(rare)
	}
	return c.rare
}

// begin opens the connection, when the request is done with.
func (c *conn) begin(open func(context.Context) error) {
	if c.ended {
		return
	}
	c.up.ShrinkRequest(c.stream.Loop())
	c.opened = true
	if c.kind.options.PingInterval > 0 && !c.closing {
		c.due = c.kind.options.firstPing(c.now(), c.stream.FD())
		c.setDeadline()
	}
	if open == nil {
		c.reading = true
		c.resume()
		return
	}
	if c.kind.open.Async() {
		c.elsewhere(c.context(), open)
		return
	}
	c.enter()
	err := c.guard(open)
	c.leave(err)
	c.reading = true
	c.resume()
}

// BytesReceived is called by the stream.
func (c *conn) BytesReceived(data []byte) (consumed int) {
	c.heard = true
	for events := 0; consumed < len(data) && c.mayRead(events); events++ {
		e, n, err := c.reader.Next(data[consumed:])
		consumed += n
		if err != nil {
			c.broken(err)
			break
		}
		if e.Opcode == frame.Continuation {
			break
		}
		c.receive(e)
		c.reader.Release()
	}
	if c.ended {
		return len(data)
	}
	return consumed
}

// broken ends the connection of a client that broke a rule.
func (c *conn) broken(err error) {
	breach := &frame.Error{Code: frame.InternalError, Reason: err.Error()}
	errors.As(err, &breach) // always
	c.fail(breach.Code, breach.Reason)
}

// mayRead reports whether the next message may be taken in this turn.
func (c *conn) mayRead(events int) bool {
	switch {
	case !c.reading || c.busy || c.yielded || c.ended:
	case c.stream.Unwritten() > maxUnsent:
		c.yielded = true
		// In a turn of its own: the stream is busy with its buffer when it tells.
		c.stream.NotifyDrained(func(error) { c.stream.Loop().AddCallback(c.yieldEnded) })
	case events >= messagesPerTurn:
		c.yielded = true
		c.stream.Loop().AddCallback(c.yieldEnded)
	default:
		return true
	}
	return false
}

func (c *conn) yieldEnded() {
	c.yielded = false
	c.resume()
}

// resume reads what was left unread, and the end if it has come.
func (c *conn) resume() {
	c.stream.Deliver()
	c.noticeEnd()
}

// noticeEnd closes the connection if the client has ended its side, and everything
// that it sent was read.
func (c *conn) noticeEnd() {
	if c.stream.PeerEnded() && !c.ended && c.reading && !c.busy && !c.yielded {
		c.end(false)
	}
}

// PeerEnded is called by the stream. A callback that waits for something on behalf
// of the client shall know.
func (c *conn) PeerEnded() {
	if c.busy {
		c.cancel()
	}
	c.noticeEnd()
}

// receive handles what has come.
func (c *conn) receive(e frame.Event) {
	c.see(false, e.Opcode, len(e.Payload), e.Wire)
	switch {
	case e.Opcode == frame.Close:
		c.peerClosed(e.Code, e.Reason)
	case c.closing:
		// RFC 6455 section 5.5.1: what comes behind our close frame may be ignored.
	case e.Opcode == frame.Ping:
		c.enter()
		_ = send(c, frame.Pong, e.Payload) // it may have been closed meanwhile
		c.leave(nil)
		c.call(&c.kind.ping, e.Payload, false)
	case e.Opcode == frame.Pong:
		c.ponged()
		c.call(&c.kind.pong, e.Payload, false)
	case e.Opcode == frame.Binary && c.kind.textOnly:
		c.fail(frame.UnsupportedData, "only text is understood here")
	default:
		c.call(&c.kind.message, e.Payload, e.Opcode == frame.Binary)
	}
}

// see tells a listener of a message.
func (c *conn) see(sent bool, opcode frame.Opcode, size int, wire int64) {
	if c.kind.seen == nil {
		return
	}
	h := c.up.Handler().(interface{ traced() *trace.Request })
	c.kind.seen(trace.WebSocketMessage{Request: h.traced(), Sent: sent, Opcode: uint8(opcode), Size: int64(size), Wire: wire})
}

func (h *WebSocketHandler) traced() *trace.Request { return h.Request.Trace }

// call runs a callback, if the handler has it: here, or in a goroutine if it may
// wait.
func (c *conn) call(b *callback, data []byte, binary bool) {
	if b.call == nil {
		return
	}
	if b.async {
		data = append([]byte(nil), data...)
		ctx := c.up.Context() // for OnClose: that of the connection has ended
		if !c.ended {
			ctx = c.context()
		}
		c.elsewhere(ctx, func(ctx context.Context) error { return b.call(c.up.Handler(), ctx, data, binary) })
		return
	}
	c.enter()
	c.leave(c.run(b, data, binary))
}

func (c *conn) run(b *callback, data []byte, binary bool) (err error) {
	defer c.up.Catch(&err)
	return b.call(c.up.Handler(), nil, data, binary)
}

func (c *conn) guard(f func(context.Context) error) (err error) {
	defer c.up.Catch(&err)
	return f(context.Background())
}

// enter begins a callback on the loop: what is written meanwhile is taken by leave.
func (c *conn) enter() {
	c.mu.Lock()
	c.scheduled = true
	c.mu.Unlock()
}

// leave ends it.
func (c *conn) leave(err error) {
	c.failed(err)
	c.flush()
}

// errExited stands for a goroutine that ended by runtime.Goexit.
var errExited = errors.New("websocket: the callback ended its goroutine")

// elsewhere runs a callback in a goroutine, which owns the callbacks until it has
// returned.
func (c *conn) elsewhere(ctx context.Context, f func(context.Context) error) {
	c.busy = true
	c.up.Go(func() { // waited for by web.Application.Shutdown
		err := errExited
		defer func() {
			// What failed because the client has left fails nobody.
			if context.Cause(ctx) == web.ErrClientLeft && errors.Is(err, context.Canceled) {
				err = nil
			}
			c.stream.Loop().AddCallback(func() { c.returned(err) })
		}()
		err = func() (err error) {
			defer c.up.Catch(&err)
			return f(ctx)
		}()
	})
}

// returned goes on after a callback that ran elsewhere.
func (c *conn) returned(err error) {
	c.busy = false
	c.failed(err)
	if c.ended {
		c.tellClosed()
		return
	}
	c.reading = true
	c.resume()
}

func (c *conn) context() context.Context {
	r := c.seldom()
	if r.ctx == nil {
		r.ctx, r.cancel = context.WithCancelCause(c.up.Context())
	}
	return r.ctx
}

// cancel ends the context of callbacks, if there is one.
func (c *conn) cancel() {
	if c.rare != nil && c.rare.cancel != nil {
		c.rare.cancel(web.ErrClientLeft)
	}
}

// failed reports the error of a callback and closes the connection for it.
func (c *conn) failed(err error) {
	if err == nil || errors.Is(err, web.Finish) {
		return
	}
	c.up.Report(err)
	_ = c.close(frame.InternalError, "") // it may be closed
}

// StreamClosed is called by the stream.
func (c *conn) StreamClosed(error) { c.finish() }

// finish gives back what the connection held, and lets the handler know that it has
// ended.
func (c *conn) finish() {
	if c.ended {
		return
	}
	c.ended = true
	c.mu.Lock()
	c.gone = true
	if c.out != nil {
		recycle(c.out)
		c.out = nil
	}
	if c.deflater != nil {
		c.deflater.Release()
		c.deflater = nil
	}
	c.mu.Unlock()
	c.reader.Reset()
	c.leaveRooms()
	if c.code == 0 {
		c.code = frame.Abnormal
	}
	c.cancel()
	if !c.busy {
		c.tellClosed()
	}
}

// tellClosed calls OnClose.
func (c *conn) tellClosed() {
	if c.told || !c.opened {
		return
	}
	c.told = true
	c.call(&c.kind.closed, nil, false)
}
