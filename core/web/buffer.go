package web

import "sync"

// maxPooled is the largest buffer that is kept for other answers, in bytes.
const maxPooled = 64 << 10

// A buffer collects bytes of an answer. It is borrowed from a pool.
type buffer struct{ bytes []byte }

var buffers = sync.Pool{New: func() any { return &buffer{bytes: make([]byte, 0, 4<<10)} }}

func newBuffer() *buffer { return buffers.Get().(*buffer) }

// copyOf returns a buffer with a copy of chunk.
func copyOf(chunk []byte) *buffer {
	b := newBuffer()
	b.bytes = append(b.bytes, chunk...)
	return b
}

// release gives the buffer back. Nobody may use its bytes any more.
func (b *buffer) release() {
	if cap(b.bytes) > maxPooled {
		return
	}
	b.bytes = b.bytes[:0]
	buffers.Put(b)
}
