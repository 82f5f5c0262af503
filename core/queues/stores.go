package queues

// A store holds the items of a queue.
type store[T any] interface {
	push(item T)
	pop() T         // of a store that is not empty
	putBack(item T) // so that it is the next one, or one of the next
	len() int
}

// keptCapacity is how much room an empty store keeps for what comes.
const keptCapacity = 1024

// A fifo is a ring.
type fifo[T any] struct {
	ring  []T // its length is zero or a power of two
	first int
	count int
}

func (f *fifo[T]) len() int { return f.count }

func (f *fifo[T]) at(i int) *T { return &f.ring[(f.first+i)&(len(f.ring)-1)] }

func (f *fifo[T]) push(item T) {
	f.grow()
	f.count++
	*f.at(f.count - 1) = item
}

func (f *fifo[T]) putBack(item T) {
	f.grow()
	f.first = (f.first - 1) & (len(f.ring) - 1)
	f.count++
	*f.at(0) = item
}

func (f *fifo[T]) pop() T {
	var none T
	item := *f.at(0)
	*f.at(0) = none // for the garbage collector
	f.first = (f.first + 1) & (len(f.ring) - 1)
	f.count--
	if f.count == 0 && len(f.ring) > keptCapacity {
		*f = fifo[T]{}
	}
	return item
}

// grow makes room for another one.
func (f *fifo[T]) grow() {
	if f.count < len(f.ring) {
		return
	}
	ring := make([]T, max(4, 2*len(f.ring)))
	n := copy(ring, f.ring[f.first:])
	copy(ring[n:], f.ring[:f.first])
	f.ring, f.first = ring, 0
}

// A lifo is a stack.
type lifo[T any] struct{ stack []T }

func (l *lifo[T]) len() int { return len(l.stack) }

func (l *lifo[T]) push(item T) { l.stack = append(l.stack, item) }

func (l *lifo[T]) putBack(item T) { l.push(item) }

func (l *lifo[T]) pop() (item T) {
	item, l.stack = removeLast(l.stack)
	return item
}

// removeLast takes the last one off a slice that is not empty.
func removeLast[T any](all []T) (last T, rest []T) {
	var none T
	end := len(all) - 1
	last, all[end] = all[end], none // for the garbage collector
	if end == 0 && cap(all) > keptCapacity {
		return last, nil
	}
	return last, all[:end]
}

// A heap is a binary heap in which those that are equal keep the order in which
// they came.
type heap[T any] struct {
	compare func(a, b T) int
	nodes   []node[T]
	arrived int64 // how many were pushed
	back    int64 // below zero: how many were put back
}

type node[T any] struct {
	item  T
	order int64
}

func (h *heap[T]) len() int { return len(h.nodes) }

func (h *heap[T]) push(item T) {
	h.arrived++
	h.add(node[T]{item, h.arrived})
}

func (h *heap[T]) putBack(item T) {
	h.back--
	h.add(node[T]{item, h.back})
}

func (h *heap[T]) add(n node[T]) {
	h.nodes = append(h.nodes, n)
	for i := len(h.nodes) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h.before(i, parent) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h *heap[T]) pop() T {
	var first node[T]
	h.swap(0, len(h.nodes)-1)
	first, h.nodes = removeLast(h.nodes)
	for i := 0; ; {
		least := i
		for _, child := range [...]int{2*i + 1, 2*i + 2} {
			if child < len(h.nodes) && h.before(child, least) {
				least = child
			}
		}
		if least == i {
			return first.item
		}
		h.swap(i, least)
		i = least
	}
}

func (h *heap[T]) before(i, j int) bool {
	a, b := &h.nodes[i], &h.nodes[j]
	if order := h.compare(a.item, b.item); order != 0 {
		return order < 0
	}
	return a.order < b.order
}

func (h *heap[T]) swap(i, j int) { h.nodes[i], h.nodes[j] = h.nodes[j], h.nodes[i] }
