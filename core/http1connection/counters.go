package http1connection

import "sync/atomic"

// Counters are what the connections of one loop count. They only grow. Any
// goroutine may read them.
type Counters struct {
	Requests atomic.Int64 // that began: their head was read and is sound
	Ended    atomic.Int64 // of those, the ones that are over
	Refused  atomic.Int64 // answered by the connection itself, as they broke the rules or a limit

	// Answers are final answers that began, by the hundreds of their status; 0 has
	// those without a class.
	Answers [6]atomic.Int64

	BytesIn  atomic.Int64 // of requests, without what encryption adds
	BytesOut atomic.Int64 // of answers that were sent

	FailedHandshakes atomic.Int64 // of encrypted connections

	IdleTimeouts   atomic.Int64
	HeaderTimeouts atomic.Int64
	BodyTimeouts   atomic.Int64
	WriteTimeouts  atomic.Int64
}

func (c *Counters) answered(status int) {
	class := status / 100
	if class >= len(c.Answers) {
		class = 0
	}
	c.Answers[class].Add(1)
}
