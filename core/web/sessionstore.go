package web

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// A SessionStore keeps sessions by their ids, which are random. Its methods may be
// called from any goroutine; they are called from loops for handlers that run there,
// and from goroutines for those with a context. One that waits, for a database say,
// is for the latter.
type SessionStore interface {
	// Load returns a session that was created, and neither deleted nor too old. ok is
	// false if there is none.
	Load(ctx context.Context, id string) (data []byte, ok bool, err error)

	// Create keeps a new session until it expires.
	Create(ctx context.Context, id string, data []byte, expires time.Time) error

	// Update replaces a session. If it is not there any more Update does nothing:
	// whoever has logged out stays so, also if another request of his ends later.
	Update(ctx context.Context, id string, data []byte, expires time.Time) error

	// Delete removes a session, if it is there.
	Delete(ctx context.Context, id string) error
}

// MemoryStoreOptions are the bounds of a MemoryStore. The zero value is good.
type MemoryStoreOptions struct {
	MaxSessions int              // zero means 100,000
	MaxBytes    int              // of all sessions; zero means 64 MiB
	Now         func() time.Time // the clock; nil means time.Now
}

// A MemoryStore is a SessionStore of this process: its sessions end with it, and
// other processes have others. When it is full, the sessions that were saved longest
// ago go first. Any goroutine may use it.
type MemoryStore struct {
	options MemoryStoreOptions

	mu       sync.Mutex // guards what follows
	sessions map[string]*list.Element
	order    *list.List // of *memorySession, the latest first
	bytes    int
}

type memorySession struct {
	id      string
	data    []byte
	expires time.Time
}

// memoryPerSession is what a session costs besides its data, about.
const memoryPerSession = 256

func (s *memorySession) size() int { return len(s.data) + memoryPerSession }

var _ SessionStore = (*MemoryStore)(nil)

// NewMemoryStore makes an empty store.
func NewMemoryStore(o MemoryStoreOptions) *MemoryStore {
	if o.MaxSessions == 0 {
		o.MaxSessions = 100_000
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 64 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &MemoryStore{options: o, sessions: map[string]*list.Element{}, order: list.New()}
}

// Load implements SessionStore. The data must not be changed.
func (m *MemoryStore) Load(_ context.Context, id string) (data []byte, ok bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	element, ok := m.sessions[id]
	if !ok {
		return nil, false, nil
	}
	session := element.Value.(*memorySession)
	if !m.options.Now().Before(session.expires) {
		m.remove(element)
		return nil, false, nil
	}
	return session.data, true, nil
}

// Create implements SessionStore.
func (m *MemoryStore) Create(_ context.Context, id string, data []byte, expires time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if element, ok := m.sessions[id]; ok {
		m.remove(element)
	}
	m.insert(&memorySession{id, data, expires})
	return nil
}

// Update implements SessionStore.
func (m *MemoryStore) Update(_ context.Context, id string, data []byte, expires time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if element, ok := m.sessions[id]; ok {
		m.remove(element)
		m.insert(&memorySession{id, data, expires})
	}
	return nil
}

// Delete implements SessionStore.
func (m *MemoryStore) Delete(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if element, ok := m.sessions[id]; ok {
		m.remove(element)
	}
	return nil
}

// Len is how many sessions are kept, those included that are too old and have not
// been found out.
func (m *MemoryStore) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.sessions)
}

// insert adds a session, and makes room. m.mu is held.
func (m *MemoryStore) insert(session *memorySession) {
	m.sessions[session.id] = m.order.PushFront(session)
	m.bytes += session.size()
	now := m.options.Now()
	for oldest := m.order.Back(); oldest != nil; oldest = m.order.Back() {
		full := len(m.sessions) > m.options.MaxSessions || m.bytes > m.options.MaxBytes
		if !full && now.Before(oldest.Value.(*memorySession).expires) {
			return
		}
		m.remove(oldest)
	}
}

// remove takes a session out. m.mu is held.
func (m *MemoryStore) remove(element *list.Element) {
	session := m.order.Remove(element).(*memorySession)
	delete(m.sessions, session.id)
	m.bytes -= session.size()
}
