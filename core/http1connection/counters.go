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

// A tally is what a loop has counted and not yet made public. Others' eyes cost
// more than the counting, so that is done once for all requests that came together.
type tally struct {
	requests, ended   int64
	answers           [len(Counters{}.Answers)]int64
	bytesIn, bytesOut int64
}

func (t *tally) answered(status int) {
	class := status / 100
	if class >= len(t.answers) {
		class = 0
	}
	t.answers[class]++
}

// publish makes what was counted public, unless BytesReceived is going to.
func (c *ServerConnection) publish() {
	if !c.receiving {
		c.shared.publish()
	}
}

func (s *Shared) publish() {
	t, to := &s.tally, &s.Counters
	// The beginning before the end, so that no more seem to have ended than begun.
	add(&to.Requests, &t.requests)
	add(&to.Ended, &t.ended)
	for class := range t.answers {
		add(&to.Answers[class], &t.answers[class])
	}
	add(&to.BytesIn, &t.bytesIn)
	add(&to.BytesOut, &t.bytesOut)
}

func add(to *atomic.Int64, n *int64) {
	if *n != 0 {
		to.Add(*n)
		*n = 0
	}
}
