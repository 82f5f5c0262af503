//go:build unix

package netutil

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/log"
)

const (
	acceptsPerTurn = 16                     // so that open connections get their turn
	acceptPause    = 100 * time.Millisecond // after running out of descriptors
	complainEvery  = time.Minute            // about that
)

// An Acceptor accepts on one loop. It belongs to that loop's goroutine.
type Acceptor struct {
	loop       *ioloop.IOLoop
	fd         int
	call       func(fd int, remote string)
	paused     *ioloop.Timeout // goes on after running out of descriptors
	on         bool            // the loop watches fd
	closed     bool
	complained time.Time // last, of having no descriptors
}

// AddAcceptHandler calls accepted on the loop with each new connection of the
// listening socket fd, non-blocking and closed on exec, and the address of its
// peer.
//
// Several loops may accept from one socket. Each connection goes to one of them,
// but not to each as many: nearly all go to the loop that wakes first. Whoever
// wants them spread gives them away, as tcpserver and httpserver do.
//
// When the process runs out of descriptors it logs that, at most once a minute,
// and pauses for a tenth of a second; the connections wait in the socket's queue.
// They are not refused by means of a descriptor kept for that: most of them are
// served a moment later, when others have gone, and a full queue refuses by itself.
func AddAcceptHandler(l *ioloop.IOLoop, fd int, accepted func(fd int, remote string)) (*Acceptor, error) {
	a := &Acceptor{loop: l, fd: fd, call: accepted}
	if err := a.Resume(); err != nil {
		return nil, err
	}
	return a, nil
}

// Pause stops accepting until Resume. Connections wait in the socket's queue.
func (a *Acceptor) Pause() {
	a.loop.RemoveTimeout(a.paused)
	a.paused = nil
	if a.on {
		a.on = false
		a.loop.RemoveHandler(a.fd)
	}
}

// Resume accepts again. After Stop it does nothing.
func (a *Acceptor) Resume() error {
	if a.on || a.closed {
		return nil
	}
	a.loop.RemoveTimeout(a.paused)
	a.paused = nil
	if err := a.loop.AddHandler(a.fd, a, ioloop.Read|ioloop.Exclusive); err != nil {
		return err
	}
	a.on = true
	return nil
}

// Stop ends it. The socket stays open.
func (a *Acceptor) Stop() {
	a.closed = true
	a.Pause()
}

// HandleEvents accepts what waits.
func (a *Acceptor) HandleEvents(ioloop.Events) {
	for range acceptsPerTurn {
		if !a.on {
			return // paused by the one that was called last
		}
		fd, peer, err := accept(a.fd)
		switch {
		case err == nil:
			a.call(fd, addressText(peer))
		case err == unix.EAGAIN:
			return
		case acceptAgain(err):
		case outOfDescriptors(err):
			a.pauseBecause(err)
			return
		default:
			log.General.Error("accept: %v; this socket accepts no more", err)
			a.Stop()
			return
		}
	}
}

// HandleDeadline is there because a Handler has it.
func (a *Acceptor) HandleDeadline() {}

func (a *Acceptor) pauseBecause(err error) {
	if now := a.loop.Now(); now.Sub(a.complained) >= complainEvery {
		a.complained = now
		log.General.Error("accept: %v; new connections wait (raise the limit with ulimit -n)", err)
	}
	a.Pause()
	a.paused = a.loop.CallLater(acceptPause, func() {
		a.paused = nil
		if err := a.Resume(); err != nil {
			log.General.Error("accept: %v", err)
		}
	})
}
