package ioloop

import "time"

// A Timeout is a callback that waits for its time.
type Timeout struct {
	when  time.Time
	order uint64 // of those for the same time, the lowest runs first
	call  func() // nil when it has run or was removed
	index int    // in the heap, -1 when it is not there
}

// CallAt runs f on the loop at the time when, or in the next turn if that has
// passed.
func (l *IOLoop) CallAt(when time.Time, f func()) *Timeout {
	l.added++
	t := &Timeout{when: when, order: l.added, call: f}
	l.timeouts.push(t)
	return t
}

// CallLater runs f on the loop after delay.
func (l *IOLoop) CallLater(delay time.Duration, f func()) *Timeout {
	return l.CallAt(l.now().Add(delay), f)
}

// RemoveTimeout takes back a CallAt or CallLater. It does nothing once the
// callback has run.
func (l *IOLoop) RemoveTimeout(t *Timeout) {
	if t == nil {
		return
	}
	t.call = nil
	if t.index >= 0 {
		l.timeouts.remove(t)
	}
}

// runTimeouts runs what is due. What a callback adds for now waits for the next
// turn, so that descriptors get theirs.
func (l *IOLoop) runTimeouts() {
	for len(l.timeouts) > 0 && !l.timeouts[0].when.After(l.turnTime) {
		t := l.timeouts[0]
		l.timeouts.remove(t)
		l.due = append(l.due, t)
	}
	for i, t := range l.due {
		l.due[i] = nil
		// One of those before it may have removed it.
		if call := t.call; call != nil {
			t.call = nil
			l.protect(call)
		}
	}
	l.due = l.due[:0]
}

// A timeoutHeap is a binary heap, earliest first, whose members know their place.
type timeoutHeap []*Timeout

func (h *timeoutHeap) push(t *Timeout) {
	t.index = len(*h)
	*h = append(*h, t)
	h.up(t.index)
}

func (h *timeoutHeap) remove(t *Timeout) {
	i, last := t.index, len(*h)-1
	h.swap(i, last)
	(*h)[last] = nil
	*h = (*h)[:last]
	t.index = -1
	if i < last {
		h.down(i)
		h.up(i)
	}
}

func (t *Timeout) before(other *Timeout) bool {
	if t.when.Equal(other.when) {
		return t.order < other.order
	}
	return t.when.Before(other.when)
}

func (h timeoutHeap) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h timeoutHeap) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h[i].before(h[parent]) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h timeoutHeap) down(i int) {
	for {
		least := i
		for _, child := range [...]int{2*i + 1, 2*i + 2} {
			if child < len(h) && h[child].before(h[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}
