package trace

const (
	// maxIdle is how many Requests wait in a Requests to be used again.
	maxIdle = 64

	// largestKept is up to what size a Request keeps the memory of a head or an answer.
	largestKept = 8 << 10
)

// Requests makes the Requests of one loop, which owns it, and uses those again that
// are released. What a program allocates for each request its collector pays for
// twice, and memory that has just been in use is in the processor's caches. The
// zero Requests is empty.
type Requests struct{ idle []*Request }

// New returns a Request without any values but Ended, which may be left from its
// last use, and room for a Head. It has two holders, the server and who is given the
// HTTPServerRequest; when both have called Release it is used again, and if one
// never does the collector takes it.
func (p *Requests) New() *Request {
	last := len(p.idle) - 1
	if last < 0 {
		return &Request{home: p, holders: 2}
	}
	r := p.idle[last]
	p.idle = p.idle[:last]
	return r
}

// Release says, on the loop, that one of the two holders keeps r no longer.
func (r *Request) Release() {
	r.holders--
	switch {
	case r.holders == 0 && r.home != nil && len(r.home.idle) < maxIdle:
		r.home.idle = append(r.home.idle, r)
		r.renew()
	case r.over: // who keeps it further, for as long as a WebSocket lives, has no use for them
		r.kept, r.AnswerHead, r.Answer, r.Body = nil, nil, nil, nil
	}
}

// renew makes r as New promises it.
func (r *Request) renew() {
	ended, home, head, kept := r.Ended, r.home, emptied(r.Head), emptied(r.kept)
	*r = Request{}
	r.Ended, r.home, r.holders, r.Head, r.kept = ended, home, 2, head, kept
}

// emptied is the memory of kept, unless it is too much to keep.
func emptied(kept []byte) []byte {
	if cap(kept) > largestKept {
		return nil
	}
	return kept[:0]
}
