package websocketclient

import "sync"

// outboxes are for frames that wait for the loop.
var outboxes = sync.Pool{New: func() any {
	out := make([]byte, 0, 1<<10)
	return &out
}}

// maxKeptOutbox is how large one may be that is used again.
const maxKeptOutbox = 64 << 10

func recycle(out *[]byte) {
	if cap(*out) <= maxKeptOutbox {
		*out = (*out)[:0]
		outboxes.Put(out)
	}
}
