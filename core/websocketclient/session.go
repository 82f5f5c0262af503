package websocketclient

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// messagesPerTurn is how many messages of one server are handled before others have
// their turn.
const messagesPerTurn = 64

// A session is one connection of a client to a server, and the consumer of its
// stream.
type session struct {
	// Set before it is opened and never changed.
	client  *Connection
	options *Options
	stream  *iostream.IOStream
	rules   frame.Rules
	agreed  frame.Agreement
	headers httputil.HTTPHeaders

	// Owned by the loop.
	handshake *handshake // nil when it is over
	reader    frame.Reader
	upgraded  bool // the answer's head was read
	reading   bool // begin was called
	yielded   bool // others have their turn
	closing   bool // a close frame was sent
	read      bool // nothing more is read: a close frame has come, or what breaks a rule
	ended     bool
	code      Code // how it ended
	reason    string
	pings     pings

	heldUp    atomic.Bool  // the inbox is full; set by the loop
	roundTrip atomic.Int64 // time.Duration

	mu        sync.Mutex // guards what follows
	deflater  *frame.Deflater
	out       *[]byte // frames that the loop will take; nil when there are none
	unwritten int     // bytes that the stream had when it was last asked
	waiting   []*concurrent.Future[struct{}]
	scheduled bool
	sentClose bool
	gone      bool
}

func newSession(c *Connection, a *attempt) *session {
	s := &session{client: c, options: &c.options, handshake: &handshake{attempt: a}}
	s.rules = frame.Rules{FromServer: true, MaxMessage: c.options.MaxMessageSize}
	s.handshake.http = http1connection.NewClient(s)
	return s
}

// begin reads what has come, when those who want to know have been told that the
// session is open.
func (s *session) begin() {
	s.stream.Loop().AddCallback(func() {
		s.reading = true
		s.startPinging()
		s.resume()
	})
}

// BytesReceived is called by the stream.
func (s *session) BytesReceived(data []byte) (consumed int) {
	if !s.upgraded {
		consumed = s.handshake.http.BytesReceived(data)
		if s.upgraded {
			s.upgrade()
		}
		return consumed
	}
	s.pings.heard = true
	for events := 0; consumed < len(data) && s.mayRead(events); events++ {
		e, n, err := s.reader.Next(data[consumed:])
		consumed += n
		if err != nil {
			s.broken(err)
			break
		}
		if e.Opcode == frame.Continuation {
			break
		}
		s.receive(e)
		s.reader.Release()
	}
	if s.ended || s.read {
		return len(data)
	}
	return consumed
}

func (s *session) mayRead(events int) bool {
	switch {
	case !s.reading || s.yielded || s.ended || s.read:
	case !s.closing && s.holdUp():
	case events >= messagesPerTurn:
		s.yielded = true
		s.stream.Loop().AddCallback(func() {
			s.yielded = false
			s.resume()
		})
	default:
		return true
	}
	return false
}

// holdUp reports whether reading must wait for room in the inbox.
func (s *session) holdUp() bool {
	if s.client.mayReceive() {
		return false
	}
	s.heldUp.Store(true)
	// Somebody who has made room meanwhile may not have seen that.
	held := !s.client.mayReceive()
	s.heldUp.Store(held)
	return held
}

// room is called, from any goroutine, when a message was taken out of the inbox.
func (s *session) room() {
	if !s.heldUp.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.gone {
		s.schedule()
	}
}

func (s *session) resume() {
	if s.ended {
		return
	}
	s.heldUp.Store(false)
	s.stream.Deliver()
	s.noticeEnd()
}

func (s *session) noticeEnd() {
	if s.stream.PeerEnded() && !s.ended && s.reading && !s.heldUp.Load() && !s.yielded {
		s.stream.CloseWhenWritten(false)
	}
}

// PeerEnded is called by the stream.
func (s *session) PeerEnded() {
	if !s.upgraded {
		s.handshake.http.PeerEnded()
		return
	}
	s.noticeEnd()
}

func (s *session) receive(e frame.Event) {
	switch {
	case e.Opcode == frame.Close:
		s.peerClosed(e.Code, e.Reason)
	case s.closing:
		// RFC 6455 section 5.5.1: what comes behind our close frame may be ignored.
	case e.Opcode == frame.Ping:
		_, _ = s.send(frame.Pong, e.Payload).Result() // it may be closed
	case e.Opcode == frame.Pong:
		s.ponged(e.Payload)
	default:
		s.client.deliver(Message{Data: append([]byte(nil), e.Payload...), Binary: e.Opcode == frame.Binary})
	}
}

// broken ends the connection to a server that broke a rule.
func (s *session) broken(err error) {
	breach := &frame.Error{Code: frame.InternalError, Reason: err.Error()}
	errors.As(err, &breach) // always
	s.fail(breach.Code, breach.Reason)
}

// fail tells the server, and does not wait for it.
func (s *session) fail(code Code, reason string) {
	s.code, s.reason, s.read = code, reason, true
	s.close(code, reason)
	s.flush()
	s.stream.CloseWhenWritten(netutil.HasUnread(s.stream.FD()))
}

// peerClosed answers the server's close frame, if it is not an answer itself. The
// server closes the connection first, RFC 6455 section 7.1.1.
func (s *session) peerClosed(code Code, reason string) {
	s.code, s.reason, s.read = code, reason, true
	s.close(code, "")
	s.flush()
	s.noticeEnd()
}

// close sends a close frame if none was sent, on the loop.
func (s *session) close(code Code, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sentClose || s.gone {
		return
	}
	s.append(frame.Close, frame.AppendClose(nil, code, reason))
	s.sentClose = true
	s.schedule()
}

// send queues a frame, from any goroutine, and tells when there is room for more.
func (s *session) send(opcode frame.Opcode, payload []byte) *concurrent.Future[struct{}] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sentClose || s.gone {
		return concurrent.Failed[struct{}](ErrClosed)
	}
	s.append(opcode, payload)
	s.schedule()
	if opcode.Control() || len(*s.out)+s.unwritten <= s.options.MaxWriteQueue {
		return settled
	}
	f := new(concurrent.Future[struct{}])
	s.waiting = append(s.waiting, f)
	return f
}

// settled is for what need not be waited for.
var settled = concurrent.Resolved(struct{}{})

// append frames a payload. It is called with mu held.
func (s *session) append(opcode frame.Opcode, payload []byte) {
	var mask [4]byte
	for bits, i := rand.Uint32(), 0; i < 4; bits, i = bits>>8, i+1 { // a generator that cannot be foreseen
		mask[i] = byte(bits)
	}
	compressed := s.deflater != nil && !opcode.Control() && len(payload) >= s.options.Compression.Threshold
	if compressed {
		packed := outboxes.Get().(*[]byte)
		defer recycle(packed)
		*packed = s.deflater.Append(*packed, payload)
		payload = *packed
	}
	if s.out == nil {
		s.out = outboxes.Get().(*[]byte)
	}
	*s.out = frame.AppendMasked(*s.out, opcode, compressed, payload, mask)
}

// schedule lets the loop look at what is guarded by mu, which is held.
func (s *session) schedule() {
	if !s.scheduled {
		s.scheduled = true
		s.stream.Loop().AddCallback(s.attend)
	}
}

// attend does on the loop what others have asked for.
func (s *session) attend() {
	s.mu.Lock()
	s.scheduled = false
	s.mu.Unlock()
	s.flush()
	if s.heldUp.Load() && (s.closing || s.client.mayReceive()) {
		s.resume()
	}
}

// flush gives the stream what was queued.
func (s *session) flush() {
	if s.ended {
		return
	}
	s.mu.Lock()
	out, closing, waiting := s.out, s.sentClose, s.waiting
	s.out, s.waiting = nil, nil
	s.mu.Unlock()
	if out != nil {
		s.stream.Write(*out)
		recycle(out)
		s.notice()
	}
	for _, f := range waiting {
		s.stream.NotifyDrained(func(err error) {
			if err != nil {
				err = ErrClosed
			}
			s.notice()
			f.TrySet(struct{}{}, err)
		})
	}
	switch {
	case closing && !s.closing:
		s.closing = true
		s.stopPinging()
		s.stream.SetDeadline(max(s.options.CloseTimeout, 0))
	case !s.closing:
		s.watchWriting()
	}
}

// notice notes how much waits for the server.
func (s *session) notice() {
	s.mu.Lock()
	s.unwritten = s.stream.Unwritten()
	s.mu.Unlock()
}

// StreamClosed is called by the stream.
func (s *session) StreamClosed(err error) {
	if !s.upgraded {
		s.handshake.http.StreamClosed(err)
		return
	}
	s.finish(err)
}

// finish gives back what the session held, and lets the client know.
func (s *session) finish(err error) {
	if s.ended {
		return
	}
	s.ended = true
	s.stopPinging()
	s.mu.Lock()
	s.gone = true
	s.out = nil
	waiting := s.waiting
	s.waiting = nil
	if s.deflater != nil {
		s.deflater.Release()
		s.deflater = nil
	}
	s.mu.Unlock()
	for _, f := range waiting {
		f.TrySet(struct{}{}, ErrClosed)
	}
	s.reader.Reset()
	s.pings.fail()
	closed := &CloseError{Code: s.code, Reason: s.reason}
	if s.code == 0 {
		closed.Code, closed.Err = frame.Abnormal, err
	}
	s.client.sessionEnded(closed)
}
