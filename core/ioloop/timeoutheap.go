package ioloop

import "time"

// A timeoutHeap gives timeouts back in the order of their times. Most are removed
// before that, and late ones are put behind: both are cheap. One that is removed
// stays, as a dead entry, until it comes first or half of the heap is dead. The
// times stand in the heap itself, whose nodes have four children, so that moving
// an entry touches little memory.
type timeoutHeap struct {
	entries []timeoutEntry
	dead    int
	added   uint64 // how many there have been
}

type timeoutEntry struct {
	at      time.Duration // since the loop's epoch
	order   uint64        // of those for the same time, the lowest comes first
	timeout *Timeout
}

const (
	children = 4
	// fewDead entries are not worth a cleaning.
	fewDead = 64
	// keptEntries is for how many there is always room once there was, which is
	// three megabytes. A heap that shrinks often has to grow again.
	keptEntries = 128 << 10
)

func (a *timeoutEntry) before(b *timeoutEntry) bool {
	return a.at < b.at || a.at == b.at && a.order < b.order
}

// len counts those that have not been removed.
func (h *timeoutHeap) len() int { return len(h.entries) - h.dead }

func (h *timeoutHeap) push(t *Timeout, at time.Duration) {
	h.added++
	h.entries = append(h.entries, timeoutEntry{at, h.added, t})
	h.up(len(h.entries) - 1)
}

// next is when the first timeout is due that has not been removed.
func (h *timeoutHeap) next() (at time.Duration, any bool) {
	for len(h.entries) > 0 {
		if first := &h.entries[0]; first.timeout.call != nil {
			return first.at, true
		}
		h.pop()
		h.dead--
	}
	return 0, false
}

// pop takes the first entry out.
func (h *timeoutHeap) pop() *Timeout {
	first := h.entries[0].timeout
	first.pending = false
	last := len(h.entries) - 1
	h.entries[0] = h.entries[last]
	h.entries[last] = timeoutEntry{}
	h.entries = h.entries[:last]
	if last > 0 {
		h.down(0)
	} else if cap(h.entries) > keptEntries {
		h.entries = nil
	}
	return first
}

// removed counts a timeout that was taken back.
func (h *timeoutHeap) removed() {
	h.dead++
	if h.dead > fewDead && h.dead > len(h.entries)/2 {
		h.clean()
	}
}

// clean drops the dead entries. So many were removed since the last time that each
// pays for two looks.
func (h *timeoutHeap) clean() {
	alive := h.entries[:0]
	if cap(h.entries) > keptEntries && h.len() < cap(h.entries)/4 {
		alive = make([]timeoutEntry, 0, h.len())
	}
	for _, e := range h.entries {
		if e.timeout.call != nil {
			alive = append(alive, e)
		} else {
			e.timeout.pending = false
		}
	}
	clear(h.entries[len(alive):])
	h.entries, h.dead = alive, 0
	for i := (len(alive) - 2) / children; i >= 0; i-- {
		h.down(i)
	}
}

func (h *timeoutHeap) up(i int) {
	e := h.entries[i]
	for i > 0 {
		parent := (i - 1) / children
		if !e.before(&h.entries[parent]) {
			break
		}
		h.entries[i] = h.entries[parent]
		i = parent
	}
	h.entries[i] = e
}

func (h *timeoutHeap) down(i int) {
	e, n := h.entries[i], len(h.entries)
	for {
		first := children*i + 1
		if first >= n {
			break
		}
		least := first
		for child := first + 1; child < min(first+children, n); child++ {
			if h.entries[child].before(&h.entries[least]) {
				least = child
			}
		}
		if !h.entries[least].before(&e) {
			break
		}
		h.entries[i] = h.entries[least]
		i = least
	}
	h.entries[i] = e
}
