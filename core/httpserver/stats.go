package httpserver

import "sync/atomic"

// Stats are numbers about a server, for those who watch over it. What is named in
// the past tense only grows.
type Stats struct {
	// Connections that are open: Active has a request that is being read or
	// answered, Idle has none.
	Connections, Active, Idle int64

	Accepted int64 // connections, those that other processes handed over included
	Requests int64 // that began; Active of them are not over yet

	// Answered has the answers that began by the first digit of their status; 0
	// has those of another form.
	Answered [6]int64

	// Refused are requests that the server answered itself, as they broke the rules
	// or a limit. They are among Answered, and most of them not among Requests.
	Refused int64

	BytesReceived int64 // of requests; without what encryption adds
	BytesSent     int64 // of answers; counted at the end of the next answer or of the connection

	FailedHandshakes int64 // of connections that should have been encrypted

	// Connections that ended because the client took too long: to begin a request,
	// to send a head, to send a body, to take an answer.
	IdleTimeouts, HeaderTimeouts, BodyTimeouts, WriteTimeouts int64
}

// Stats counts together what the loops have counted. They go on meanwhile, so the
// numbers are not of one moment.
func (s *HTTPServer) Stats() Stats {
	s.mu.Lock()
	workers := s.workers
	s.mu.Unlock()
	var sum Stats
	for _, w := range workers {
		c := &w.shared.Counters
		// The end before the beginning, so that Active is never negative.
		ended := c.Ended.Load()
		for _, one := range [...]struct {
			to   *int64
			from *atomic.Int64
		}{
			{&sum.Connections, &w.open}, {&sum.Accepted, &w.begun}, {&sum.Requests, &c.Requests},
			{&sum.Active, &c.Requests}, {&sum.Refused, &c.Refused},
			{&sum.BytesReceived, &c.BytesIn}, {&sum.BytesSent, &c.BytesOut},
			{&sum.FailedHandshakes, &c.FailedHandshakes},
			{&sum.IdleTimeouts, &c.IdleTimeouts}, {&sum.HeaderTimeouts, &c.HeaderTimeouts},
			{&sum.BodyTimeouts, &c.BodyTimeouts}, {&sum.WriteTimeouts, &c.WriteTimeouts},
		} {
			*one.to += one.from.Load()
		}
		sum.Active -= ended
		for class := range sum.Answered {
			sum.Answered[class] += c.Answers[class].Load()
		}
	}
	sum.Idle = max(sum.Connections-sum.Active, 0)
	return sum
}
