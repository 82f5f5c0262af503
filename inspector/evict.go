package inspector

// What a record takes besides its texts: its struct, its place in the table, in
// queues and in maps.
const (
	requestBytes    = 560
	connectionBytes = 384
	errorBytes      = 512
	logBytes        = 176
	frameBytes      = 112
	lineBytes       = 24
	journalBytes    = 16
	socketBytes     = 48
	messageBytes    = 64
)

func (r *Request) size() int64 {
	return int64(requestBytes + len(r.URI) + len(r.Head) + cap(r.Body) + len(r.AnswerHead) + cap(r.Answer) + len(r.Err))
}

func (r *Request) hasContent() bool {
	return r.Head != "" || r.AnswerHead != "" || len(r.Body) > 0 || len(r.Answer) > 0
}

func (c *Connection) size() int64 {
	size := connectionBytes + len(c.RemoteAddr) + len(c.Err)
	if c.WebSocket != nil {
		size += socketBytes + cap(c.WebSocket.Messages)*messageBytes
	}
	return int64(size)
}

func (l *Log) size() int64 { return int64(logBytes + len(l.Message)) }

func (e *Error) size() int64 {
	size := errorBytes + len(e.Message) + len(e.Detail) + len(e.File)
	for _, frames := range [...][]Frame{e.Stack, e.Templates} {
		for i := range frames {
			f := &frames[i]
			size += frameBytes + len(f.Function) + len(f.File)
			for j := range f.Excerpt {
				size += lineBytes + len(f.Excerpt[j].Text)
			}
		}
	}
	return int64(size)
}

// evict lets records go until the bound holds, those worth least first. mu is
// held.
func (s *Store) evict() {
	for s.held > s.o.MaxBytes {
		switch {
		// A share for each kind, so that a flood of one does not drive out the others.
		case s.logBytes > s.o.MaxBytes/4:
			s.evictLog()
		case s.overBytes > s.o.MaxBytes/8:
			s.evictConnection(s.over.pop())
		case s.errorBytes > s.o.MaxBytes/4:
			s.evictError()
		// Within the shares the requests give way: they come in faster than anything.
		case s.whole.len() > 0:
			s.trim(s.whole.pop())
		case s.finished.len() > 0:
			s.evictRequest(s.finished.pop())
		// What is left when there are none.
		case s.logs.length > 0:
			s.evictLog()
		case s.over.len() > 0:
			s.evictConnection(s.over.pop())
		case s.requests.length > 0:
			s.evictRequest(s.requests.first().ID)
		case s.connections.length > 0:
			s.evictConnection(s.connections.first().ID)
		case s.errors.length > 0:
			s.evictError()
		default:
			return // a journal and a routing table are left, which have bounds of their own
		}
	}
}

// trim drops the heads and bodies of a finished request.
func (s *Store) trim(id uint64) {
	old := s.requests.get(id)
	if old == nil {
		return
	}
	r := *old
	r.Head, r.Body, r.AnswerHead, r.Answer = "", nil, "", nil
	r.Trimmed = true
	s.setRequest(&r)
}

func (s *Store) evictRequest(id uint64) {
	s.counts.Evicted++
	s.dropRequest(id)
}

func (s *Store) evictConnection(id uint64) {
	s.counts.Evicted++
	s.dropConnection(id)
}

func (s *Store) evictLog() {
	s.counts.Evicted++
	s.dropLog(s.logs.first())
}

// evictError drops the oldest error that is Gone, or the oldest.
func (s *Store) evictError() {
	s.counts.Evicted++
	victim := s.errors.first()
	if s.counts.OpenErrors < s.errors.length {
		for _, c := range s.errors.chunks {
			for _, e := range c.rows {
				if e.Gone {
					s.dropError(e)
					return
				}
			}
		}
	}
	s.dropError(victim)
}

func (s *Store) dropRequest(id uint64) {
	r := s.requests.get(id)
	if r == nil {
		return
	}
	if !r.Done {
		s.counts.InFlight--
	}
	s.held -= r.size()
	s.requests.remove(id)
	if r.origin.ingest != nil {
		delete(r.origin.ingest.requests, r.origin.id)
	}
}

func (s *Store) dropConnection(id uint64) {
	c := s.connections.get(id)
	if c == nil {
		return
	}
	if c.State == ConnectionClosed {
		s.overBytes -= c.size()
	} else {
		s.counts.OpenConnections--
		c.origin.ingest.countConnection(c.Loop, -1)
	}
	s.held -= c.size()
	s.connections.remove(id)
	delete(c.origin.ingest.connections, c.origin.id)
}

func (s *Store) dropLog(l *Log) {
	s.held -= l.size()
	s.logBytes -= l.size()
	s.logs.remove(l.ID)
}

func (s *Store) dropError(e *Error) {
	if !e.Gone {
		s.counts.OpenErrors--
	}
	s.held -= e.size()
	s.errorBytes -= e.size()
	s.errors.remove(e.ID)
	if key, ok := s.keysOf[e.ID]; ok {
		delete(s.keysOf, e.ID)
		if s.errorKeys[key] == e.ID {
			delete(s.errorKeys, key)
		}
	}
}

// A queue is first in, first out.
type queue struct {
	items []uint64
	head  int
}

func (q *queue) len() int { return len(q.items) - q.head }

func (q *queue) push(id uint64) {
	if q.head > 1024 && q.head > len(q.items)/2 {
		n := copy(q.items, q.items[q.head:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, id)
}

// pop takes the oldest; the queue must not be empty.
func (q *queue) pop() uint64 {
	q.head++
	return q.items[q.head-1]
}

func (q *queue) clear() { *q = queue{} }
