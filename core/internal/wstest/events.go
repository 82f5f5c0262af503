package wstest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// Events are what callbacks have seen, from any goroutine.
type Events struct {
	more chan struct{} // capacity one: something was added

	mu   sync.Mutex // guards what follows
	list []string
}

// NewEvents are none yet.
func NewEvents() *Events { return &Events{more: make(chan struct{}, 1)} }

// Add adds one, formatted as by fmt.Sprintf.
func (e *Events) Add(format string, args ...any) {
	e.mu.Lock()
	e.list = append(e.list, fmt.Sprintf(format, args...))
	e.mu.Unlock()
	select {
	case e.more <- struct{}{}:
	default:
	}
}

// String has one in each line.
func (e *Events) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.list, "\n")
}

// Wait waits until the events are these. One goroutine at a time may wait.
func (e *Events) Wait(t testing.TB, want ...string) {
	t.Helper()
	all := strings.Join(want, "\n")
	e.WaitFor(t, all, func(got string) bool { return got == all })
}

// WaitFor waits until reached says so of all events together. want says in words
// what that is.
func (e *Events) WaitFor(t testing.TB, want string, reached func(got string) bool) {
	t.Helper()
	late := time.After(Patience)
	for !reached(e.String()) {
		select {
		case <-e.more:
		case <-late:
			t.Fatalf("got the events\n%s\nwant\n%s", Shorten(e.String()), Shorten(want))
		}
	}
}
