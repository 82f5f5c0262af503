package websocketclient

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

var (
	errServerSilent  = errors.New("websocketclient: the server gave no sign of life")
	errServerStalled = errors.New("websocketclient: the server took nothing of what waits for it")
	errServerClosing = errors.New("websocketclient: the server did not answer the close frame in time")
)

// pings are those that a session has sent, and its timers. They belong to the loop.
type pings struct {
	timer   *ioloop.Timeout
	last    uint64
	pending []pendingPing
	heard   bool  // something came since the last ping of PingInterval
	stalled int64 // what the socket had taken when it was last looked at
	watched bool  // a deadline watches that it takes more
}

// A pendingPing waits for its pong.
type pendingPing struct {
	number uint64
	sent   time.Time
	future *concurrent.Future[time.Duration] // nil if nobody waits
}

// ping sends a ping, from any goroutine.
func (s *session) ping() *concurrent.Future[time.Duration] {
	return ioloop.Call(s.stream.Loop(), func() *concurrent.Future[time.Duration] {
		future := new(concurrent.Future[time.Duration])
		s.sendPing(future)
		return future
	})
}

func (s *session) sendPing(future *concurrent.Future[time.Duration]) {
	p := &s.pings
	p.last++
	if _, err := s.send(frame.Ping, binary.BigEndian.AppendUint64(nil, p.last)).Result(); err != nil {
		if future != nil {
			future.SetError(err)
		}
		return
	}
	p.pending = append(p.pending, pendingPing{p.last, time.Now(), future})
}

// ponged settles what the pong answers, and the pings before: a server may answer the
// last of several alone (RFC 6455 section 5.5.3).
func (s *session) ponged(payload []byte) {
	if len(payload) != 8 {
		return
	}
	number, p := binary.BigEndian.Uint64(payload), &s.pings
	for len(p.pending) > 0 && p.pending[0].number <= number {
		first := p.pending[0]
		p.pending = p.pending[1:]
		took := time.Since(first.sent)
		s.roundTrip.Store(int64(took))
		if first.future != nil {
			first.future.SetResult(took)
		}
	}
}

func (p *pings) fail() {
	for _, one := range p.pending {
		if one.future != nil {
			one.future.SetError(ErrClosed)
		}
	}
	p.pending = nil
}

func (s *session) startPinging() {
	if o := s.options; o.PingInterval > 0 && !s.ended && !s.closing {
		s.pings.timer = s.stream.Loop().CallLater(o.PingInterval, s.keepAlive)
	}
}

func (s *session) stopPinging() {
	s.stream.Loop().RemoveTimeout(s.pings.timer)
	s.pings.timer = nil
}

// keepAlive sends a ping, and looks later what came of it.
func (s *session) keepAlive() {
	o := s.options
	s.pings.heard = false
	s.sendPing(nil)
	if o.PingTimeout <= 0 {
		s.startPinging()
		return
	}
	s.pings.timer = s.stream.Loop().CallLater(o.PingTimeout, func() {
		// A server that sends is alive; and while we do not read we cannot know.
		if !s.pings.heard && !s.heldUp.Load() && !s.yielded {
			s.stream.Close(errServerSilent)
			return
		}
		s.pings.timer = s.stream.Loop().CallLater(max(o.PingInterval-o.PingTimeout, 0), s.keepAlive)
	})
}

// watchWriting begins to watch whether the server takes what was just written.
func (s *session) watchWriting() {
	if p := &s.pings; !p.watched && s.options.WriteTimeout > 0 {
		p.watched, p.stalled = true, s.stream.Sent()
		s.stream.SetDeadline(s.options.WriteTimeout)
	}
}

// DeadlinePassed is called by the stream.
func (s *session) DeadlinePassed() {
	p := &s.pings
	p.watched = false
	switch {
	case !s.upgraded:
		s.handshake.http.DeadlinePassed()
	case s.closing:
		s.stream.Close(errServerClosing)
	case s.stream.Unwritten() == 0:
	case s.stream.Sent() == p.stalled:
		s.stream.Close(errServerStalled)
	default:
		s.watchWriting()
	}
}
