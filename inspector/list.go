package inspector

import (
	"iter"
	"slices"
	"sort"
)

// A List is an immutable sequence of records in ascending order of ID. The zero
// List is empty. What At returns must not be changed.
type List[T any] struct {
	chunks []*chunk[T]
	starts []int // index of the first record of each chunk
	length int
}

// MakeList returns a List of records, which must be in ascending order of ids:
// the IDs beside them. It is for tests and for views of something else than a
// Store.
func MakeList[T any](ids []uint64, records []*T) List[T] {
	var t table[T]
	for i, id := range ids {
		t.insert(id, records[i])
	}
	return t.list()
}

// Len is the number of records.
func (l List[T]) Len() int { return l.length }

// At returns record i, counted from the oldest; nil if there is none.
func (l List[T]) At(i int) *T {
	if i < 0 || i >= l.length {
		return nil
	}
	c := sort.SearchInts(l.starts, i+1) - 1
	return l.chunks[c].rows[i-l.starts[c]]
}

// Find returns the index of the record with an ID, or the index at which it
// would stand and false.
func (l List[T]) Find(id uint64) (index int, ok bool) {
	if l.length == 0 {
		return 0, false
	}
	c := chunkOf(l.chunks, id)
	i, ok := slices.BinarySearch(l.chunks[c].ids, id)
	return l.starts[c] + i, ok
}

// All ranges over the records, oldest first.
func (l List[T]) All() iter.Seq2[int, *T] {
	return func(yield func(int, *T) bool) {
		for c, chunk := range l.chunks {
			for i, row := range chunk.rows {
				if !yield(l.starts[c]+i, row) {
					return
				}
			}
		}
	}
}

// Backward ranges over the records, newest first.
func (l List[T]) Backward() iter.Seq2[int, *T] {
	return func(yield func(int, *T) bool) {
		for c, chunk := range slices.Backward(l.chunks) {
			for i, row := range slices.Backward(chunk.rows) {
				if !yield(l.starts[c]+i, row) {
					return
				}
			}
		}
	}
}

// chunkSize is how many records a chunk holds at most. A change after a snapshot
// copies one chunk, a snapshot copies a pointer to each: the two costs meet here.
const chunkSize = 128

// A chunk is a run of records. Once shared it never changes again.
type chunk[T any] struct {
	ids    []uint64
	rows   []*T
	shared bool // a List has it
}

// chunkOf returns the index of the chunk in which id stands or would stand. There
// must be a chunk.
func chunkOf[T any](chunks []*chunk[T], id uint64) int {
	c := sort.Search(len(chunks), func(c int) bool { return chunks[c].ids[0] > id })
	return max(c-1, 0)
}

// A table is the changing side of a List. Its records are immutable: to change
// one is to replace it.
type table[T any] struct {
	chunks []*chunk[T] // none is empty
	length int
}

// list takes a snapshot.
func (t *table[T]) list() List[T] {
	l := List[T]{chunks: slices.Clone(t.chunks), starts: make([]int, len(t.chunks)), length: t.length}
	start := 0
	for i, c := range t.chunks {
		c.shared = true
		l.starts[i] = start
		start += len(c.rows)
	}
	return l
}

// own returns a chunk that may be changed.
func (t *table[T]) own(c int) *chunk[T] {
	shared := t.chunks[c]
	if !shared.shared {
		return shared
	}
	own := newChunk[T]()
	own.ids = append(own.ids, shared.ids...)
	own.rows = append(own.rows, shared.rows...)
	t.chunks[c] = own
	return own
}

func newChunk[T any]() *chunk[T] {
	return &chunk[T]{ids: make([]uint64, 0, chunkSize), rows: make([]*T, 0, chunkSize)}
}

func (t *table[T]) get(id uint64) *T {
	if t.length == 0 {
		return nil
	}
	c := t.chunks[chunkOf(t.chunks, id)]
	if i, ok := slices.BinarySearch(c.ids, id); ok {
		return c.rows[i]
	}
	return nil
}

// first returns the oldest record, or nil.
func (t *table[T]) first() *T {
	if t.length == 0 {
		return nil
	}
	return t.chunks[0].rows[0]
}

// insert adds a record whose id is not in the table. Mostly it is the newest.
func (t *table[T]) insert(id uint64, row *T) {
	t.length++
	if len(t.chunks) == 0 {
		t.chunks = append(t.chunks, newChunk[T]())
	}
	at := chunkOfLast(t.chunks, id)
	c := t.own(at)
	if len(c.ids) == chunkSize {
		if at == len(t.chunks)-1 && id > c.ids[chunkSize-1] {
			c = newChunk[T]()
			t.chunks = append(t.chunks, c)
		} else {
			upper := newChunk[T]()
			upper.ids = append(upper.ids, c.ids[chunkSize/2:]...)
			upper.rows = append(upper.rows, c.rows[chunkSize/2:]...)
			clear(c.rows[chunkSize/2:])
			c.ids, c.rows = c.ids[:chunkSize/2], c.rows[:chunkSize/2]
			t.chunks = slices.Insert(t.chunks, at+1, upper)
			if id > upper.ids[0] {
				c = upper
			}
		}
	}
	i, _ := slices.BinarySearch(c.ids, id)
	c.ids = slices.Insert(c.ids, i, id)
	c.rows = slices.Insert(c.rows, i, row)
}

// chunkOfLast is chunkOf, but looks at the last chunk first, which may be empty
// if it is new.
func chunkOfLast[T any](chunks []*chunk[T], id uint64) int {
	last := len(chunks) - 1
	if len(chunks[last].ids) == 0 || id > chunks[last].ids[0] {
		return last
	}
	return chunkOf(chunks, id)
}

// replace puts row in the place of the record with id, which must be there.
func (t *table[T]) replace(id uint64, row *T) {
	at := chunkOf(t.chunks, id)
	c := t.own(at)
	if i, ok := slices.BinarySearch(c.ids, id); ok {
		c.rows[i] = row
	}
}

// remove takes the record with id away, if it is there.
func (t *table[T]) remove(id uint64) {
	if t.length == 0 {
		return
	}
	at := chunkOf(t.chunks, id)
	i, ok := slices.BinarySearch(t.chunks[at].ids, id)
	if !ok {
		return
	}
	t.length--
	if len(t.chunks[at].ids) == 1 {
		t.chunks = slices.Delete(t.chunks, at, at+1)
		return
	}
	c := t.own(at)
	c.ids = slices.Delete(c.ids, i, i+1)
	c.rows = slices.Delete(c.rows, i, i+1)
}
