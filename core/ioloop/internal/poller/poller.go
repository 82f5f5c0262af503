// Package poller asks the operating system which file descriptors are ready.
//
// A Poller belongs to the goroutine of one loop. Wake is the one method that
// others may call. What every implementation promises:
//
//   - Readiness is level triggered: a descriptor that stays ready is reported by
//     every Wait.
//   - What ready holds more than there is room for comes with the next Wait, and
//     no descriptor is left out for ever.
//   - The events of one descriptor may come one by one in the same batch.
//   - PeerEnd is told also when Read is not wanted, and while there are still bytes
//     to read. When Read is not wanted it may be told only once.
//   - Error is told whatever was asked for, when the descriptor has failed: a
//     refused or reset connection, a pipe without a reader. It may come once only,
//     and, if Read is wanted, as something to read, by which one finds the error.
//     A peer that has closed in good order is PeerEnd, or Error, or both.
//   - A descriptor that is closed is forgotten, but should be removed before: it
//     lives on as long as a duplicate of it does.
//   - A Wait that finds nothing ready blocks the goroutine, not a thread where
//     the system allows it, until something is ready, the timeout has passed, or
//     Wake was called. It may return early, without events, but not time after
//     time. A Wake that comes while nobody waits ends the next Wait, also one that
//     would not wait anyway.
//   - The tag given to Add or Modify comes back with each event, so that an event
//     of a descriptor that was closed and opened anew in the same batch can be told.
//   - Add fails if the descriptor is not open; Modify and Remove also if it was not
//     added. After a failed Add nothing is left.
//   - Nobody else sees the poller's descriptors: they are close-on-exec. Close gives
//     them back. A Wake after that does nothing.
package poller

import "time"

// parkAtMost bounds one Wait, since systems refuse timeouts of days. An early
// return costs the loop one idle turn.
const parkAtMost = time.Hour

// Events says what a descriptor is ready for, or what one wants to know of it.
type Events uint8

const (
	Read    Events = 1 << iota // bytes, connections, or the end of the stream
	Write                      // room for bytes
	PeerEnd                    // the peer will send no more
	Error                      // failed or hung up
	// Exclusive, given to Add, asks that of several pollers that watch the same
	// listening socket only some are woken by a new connection, where the system can.
	Exclusive
)

// An Event says that a descriptor is ready.
type Event struct {
	FD     int
	Tag    uint32
	Events Events
}

// A Poller is one epoll or kqueue instance, or a stand-in for tests.
type Poller interface {
	Add(fd int, tag uint32, want Events) error
	Modify(fd int, tag uint32, want Events) error
	Remove(fd int) error

	// Wait fills ready with at most len(ready) events and returns how many. A
	// negative timeout waits for ever, zero does not wait.
	Wait(ready []Event, timeout time.Duration) (int, error)

	Wake()
	Close() error
}
