package locks

import (
	"sync"
	"testing"
)

// BenchmarkFree takes and gives back what nobody else wants.
func BenchmarkFree(b *testing.B) {
	b.Run("sync.Mutex", func(b *testing.B) {
		var mu sync.Mutex
		n := 0
		for b.Loop() {
			mu.Lock()
			n++
			mu.Unlock()
		}
	})
	b.Run("Lock", func(b *testing.B) {
		var l Lock
		for b.Loop() {
			l.Acquire(b.Context())
			l.Release()
		}
	})
	b.Run("Lock, future", func(b *testing.B) {
		var l Lock
		for b.Loop() {
			l.AcquireAsync()
			l.Release()
		}
	})
}

// BenchmarkHandOver has a future wait each time.
func BenchmarkHandOver(b *testing.B) {
	l := new(Lock)
	l.TryAcquire()
	for b.Loop() {
		f := l.AcquireAsync()
		l.Release()
		if !f.Settled() {
			b.Fatal("not handed over")
		}
	}
}
