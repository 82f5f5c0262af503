package inspector

// A RecordKind says what a Record holds.
type RecordKind uint8

const (
	RecordRequest RecordKind = iota + 1 // a finished request
	RecordOpened                        // a connection
	RecordClosed                        // a connection
	RecordError
	RecordLog
)

// A Record is one complete record, for those that print lines. One of the
// pointers is set; what it points to must not be changed.
type Record struct {
	Seq        uint64
	Kind       RecordKind
	Request    *Request
	Connection *Connection
	Error      *Error
	Log        *Log
}

// Since calls f with each complete record that came after number seq, in order of
// arrival and each once: a finished request, a connection that opened or closed,
// an error when it first happened, a line of log. Zero begins at the oldest. It
// returns the number to go on from, and how many records had left the store
// before they could be shown. f may call the store.
func (s *Store) Since(seq uint64, f func(Record)) (next uint64, missed int) {
	const batch = 256
	records := make([]Record, 0, batch)
	for {
		var gone int
		records, seq, gone = s.since(seq, records[:0], batch)
		missed += gone
		for i := range records {
			f(records[i])
		}
		if len(records) < batch {
			return seq, missed
		}
	}
}

// since appends up to batch records after seq.
func (s *Store) since(seq uint64, records []Record, batch int) (_ []Record, next uint64, missed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := &s.journal
	seq = min(max(seq, j.cleared), j.last)
	if oldest := j.last - uint64(len(j.events)); seq < oldest {
		missed = int(oldest - seq)
		seq = oldest
	}
	for seq < j.last && len(records) < batch {
		seq++
		e := j.at(seq)
		r := Record{Seq: seq, Kind: e.kind}
		found := false
		switch e.kind {
		case RecordRequest:
			r.Request = s.requests.get(e.id)
			found = r.Request != nil
		case RecordOpened, RecordClosed:
			r.Connection = s.connections.get(e.id)
			found = r.Connection != nil
		case RecordError:
			r.Error = s.errors.get(e.id)
			found = r.Error != nil
		case RecordLog:
			r.Log = s.logs.get(e.id)
			found = r.Log != nil
		}
		if found {
			records = append(records, r)
		} else {
			missed++
		}
	}
	return records, seq, missed
}

// A journal remembers the order in which the last records were completed.
type journal struct {
	limit   int     // never changed
	events  []event // a ring once it is full
	last    uint64  // number of the newest event; the first is 1
	cleared uint64  // up to here nobody misses anything
}

type event struct {
	kind RecordKind
	id   uint64
}

// add notes an event and returns by how many bytes the journal has grown.
func (j *journal) add(kind RecordKind, id uint64) (grown int64) {
	j.last++
	if len(j.events) < j.limit {
		j.events = append(j.events, event{kind, id})
		return journalBytes
	}
	j.events[j.slot(j.last)] = event{kind, id}
	return 0
}

// at returns event seq, which must be one of the last.
func (j *journal) at(seq uint64) event { return j.events[j.slot(seq)] }

// slot is where event seq stands: in order since the last clear, then round.
func (j *journal) slot(seq uint64) int { return int((seq - j.cleared - 1) % uint64(j.limit)) }

// clear forgets all events and returns how many bytes that frees.
func (j *journal) clear() (freed int64) {
	freed = int64(len(j.events)) * journalBytes
	j.events, j.cleared = nil, j.last
	return freed
}
