package main

import (
	"bytes"
	"runtime"
)

// allocated gives the bytes and the number of allocations of a page.
func allocated(e *engine) (size, count uint64) {
	const pages = 100
	var out bytes.Buffer
	var before, after runtime.MemStats
	for i := range pages + 1 {
		if i == 1 { // the first fills buffers that are used again
			runtime.ReadMemStats(&before)
		}
		out.Reset()
		if e.render(&out) != nil {
			return 0, 0
		}
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / pages, (after.Mallocs - before.Mallocs) / pages
}
