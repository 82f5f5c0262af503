package inspector

import "time"

// A Snapshot is what a Store held at one moment. It never changes, may be kept
// and read by any goroutine, and is cheap to take.
type Snapshot struct {
	Version uint64 // differs from that of an earlier Snapshot if anything changed
	Taken   time.Time

	Requests    List[Request]    // in order of ID, which is the order of arrival
	Connections List[Connection] // the same
	Errors      List[Error]
	Logs        List[Log]
	Routes      []Route
	Loops       []Loop // of the processes that run; by build, then by number

	Counters Counters
}

// Counters count what happened since the Store was made or cleared.
type Counters struct {
	Requests        int64   // finished, including those that were sampled or dropped
	Failed          int64   // of them, answers of 500 and above, or cut off
	PerSecond       float64 // finished in the last second; it falls without a signal from Subscribe
	InFlight        int
	OpenConnections int
	OpenErrors      int   // errors that are not Gone
	Sampled         int64 // requests that came without head and body because there were too many
	Dropped         int64 // records that the application could not send
	Evicted         int64 // records that left the Store to keep its bound
	HeldBytes       int64
	MaxBytes        int64
}

// Snapshot returns what the store holds. It takes some microseconds,
// however many records there are.
func (s *Store) Snapshot() Snapshot {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	snapshot := Snapshot{
		Version:     s.version,
		Taken:       now,
		Requests:    s.requests.list(),
		Connections: s.connections.list(),
		Errors:      s.errors.list(),
		Logs:        s.logs.list(),
		Routes:      s.routeTable(),
		Loops:       s.loopTable(),
		Counters:    s.counts,
	}
	snapshot.Counters.HeldBytes = s.held
	snapshot.Counters.PerSecond = s.rate.perSecond(now)
	return snapshot
}

// rate counts in tenths of a second.
type rate struct {
	counts [10]int64
	at     int64 // the tenth that was counted last, since the epoch
}

const tenth = int64(time.Second / 10)

func (r *rate) add(now time.Time, n int64) {
	r.forward(now)
	r.counts[r.at%int64(len(r.counts))] += n
}

func (r *rate) perSecond(now time.Time) float64 {
	r.forward(now)
	sum := int64(0)
	for _, n := range r.counts {
		sum += n
	}
	return float64(sum)
}

// forward empties the tenths between the last count and now.
func (r *rate) forward(now time.Time) {
	at := now.UnixNano() / tenth
	if at-r.at >= int64(len(r.counts)) {
		r.counts, r.at = [10]int64{}, at
	}
	for r.at < at {
		r.at++
		r.counts[r.at%int64(len(r.counts))] = 0
	}
}
