package http1connection

import "time"

const (
	// requestsPerTurn is how many pipelined requests one connection is answered
	// before the others have their turn.
	requestsPerTurn = 64
	// turnTime is after how long they have it earlier.
	turnTime = time.Millisecond
)

// A turn is what a connection does before the others are looked after.
type turn struct {
	requests int // read so far
	began    time.Time
}

// isOver reports whether the others should have theirs before the next request. It is
// asked once before each. The first is not measured: mostly it is the only one.
func (t *turn) isOver() bool {
	switch t.requests {
	case 1:
		t.began = time.Now()
	case 2, 8, 32: // often enough, and looking at a clock is not for nothing
		return time.Since(t.began) > turnTime
	case requestsPerTurn:
		return true
	}
	return false
}
