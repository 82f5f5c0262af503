package web

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// defaultHeapFloor is Settings.HeapFloor if that is zero, in bytes.
const defaultHeapFloor = 16 << 20

// A heapFloor lets the garbage collector wait until a heap has grown by so many
// bytes. On its own it begins anew when the heap has doubled, and at 4 MiB at the
// latest: the heap of most servers is so small that it would begin dozens of times
// a second, and take a fifth of the processor at many pipelined requests.
type heapFloor struct {
	bytes  uint64
	normal int // what the percentage was before

	mu      sync.Mutex // guards what follows
	percent int
	ended   bool
}

// keepHeapFloor begins it, unless the variable GOGC says what the user wants, and
// returns what ends it.
func keepHeapFloor(bytes int64) (end func()) {
	if bytes < 0 || os.Getenv("GOGC") != "" {
		return func() {}
	}
	if bytes == 0 {
		bytes = defaultHeapFloor
	}
	normal := debug.SetGCPercent(100)
	debug.SetGCPercent(normal)
	if normal < 0 {
		return func() {} // the program has turned the collector off
	}
	f := &heapFloor{bytes: uint64(bytes), normal: normal, percent: normal}
	f.adjust()
	return f.end
}

// adjust sets the percentage for the heap as it is, and comes back after the next
// collection.
func (f *heapFloor) adjust() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	// Setting it stops the world for a moment, so small differences are left.
	wanted := percentForFloor(liveHeap(), f.bytes, f.normal)
	if wanted > f.percent*5/4 || wanted < f.percent*4/5 {
		f.percent = wanted
		debug.SetGCPercent(wanted)
	}
	// The pointer keeps it out of blocks that small objects share, which live longer.
	sentinel := new(*heapFloor)
	runtime.AddCleanup(sentinel, func(f *heapFloor) { f.adjust() }, f)
}

func (f *heapFloor) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	debug.SetGCPercent(f.normal)
}

// percentForFloor is the percentage at which a heap of live bytes grows by floor,
// if that is more than normal. The runtime grows a heap by the percentage of its
// live bytes, and lets it grow to the same percentage of 4 MiB in any case.
func percentForFloor(live, floor uint64, normal int) int {
	const smallest = 4 << 20
	byLive := floor * 100 / max(live, 1)
	bySmallest := (live + floor) * 100 / smallest
	return max(normal, int(min(byLive, bySmallest)))
}

// liveHeap is what the last collection has left.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
