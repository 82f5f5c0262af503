// Package poller asks the operating system which file descriptors are ready.
//
// A Poller belongs to the goroutine of one loop. Wake is the one method that
// others may call. What every implementation promises:
//
//   - Readiness is level triggered: a descriptor that stays ready is reported by
//     every Wait.
//   - Failure and hang-up are reported as Error whatever was asked for.
//   - A Wait that finds nothing ready blocks the goroutine, not a thread where
//     the system allows it, until something is ready, the timeout has passed, or
//     Wake was called. A Wake that comes while nobody waits ends the next Wait.
//   - The tag given to Add comes back with each event, so that an event of a
//     descriptor that was closed and opened anew in the same batch can be told.
//   - Nobody else sees the poller's descriptors: they are close-on-exec.
package poller

import "time"

// Events says what a descriptor is ready for, or what one wants to know of it.
type Events uint8

const (
	Read    Events = 1 << iota // bytes, connections, or the end of the stream
	Write                      // room for bytes
	PeerEnd                    // the peer will send no more
	Error                      // failed or hung up
	// Exclusive, given to Add, asks that of several pollers that watch the same
	// listening socket only some are woken by a new connection.
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
