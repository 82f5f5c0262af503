package concurrent

import (
	"testing"
	"unsafe"
)

// TestSize keeps futures small: every read and write of a stream may make one.
func TestSize(t *testing.T) {
	for _, tt := range []struct {
		name      string
		got, want uintptr
	}{
		{"nothing", unsafe.Sizeof(Future[struct{}]{}), 16},
		{"int", unsafe.Sizeof(Future[int]{}), 24},
		{"[]byte", unsafe.Sizeof(Future[[]byte]{}), 40},
		{"waiter", unsafe.Sizeof(waiter{}), 24},
	} {
		if unsafe.Sizeof(uintptr(0)) == 8 && tt.got != tt.want {
			t.Errorf("%s: got %d bytes; want %d", tt.name, tt.got, tt.want)
		}
	}
}

func TestAllocations(t *testing.T) {
	callback := func(*Future[int]) {}
	for _, tt := range []struct {
		name string
		f    func()
		want float64
	}{
		{"resolved", func() { Resolved(7).Result() }, 1},
		{"callback", func() { f := new(Future[int]); f.AddDoneCallback(callback); f.SetResult(7) }, 2},
	} {
		if got := testing.AllocsPerRun(100, tt.f); got > tt.want {
			t.Errorf("%s: got %v allocations; want %v at most", tt.name, got, tt.want)
		}
	}
}

func BenchmarkCallback(b *testing.B) {
	b.ReportAllocs()
	callback := func(*Future[int]) {}
	for b.Loop() {
		f := new(Future[int])
		f.AddDoneCallback(callback)
		f.SetResult(7)
	}
}

func BenchmarkResolved(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Resolved(7).Result()
	}
}

// BenchmarkFailedAndTaken is of errors that somebody takes in time, and
// BenchmarkFailed of those that are watched until somebody does.
func BenchmarkFailedAndTaken(b *testing.B) {
	b.ReportAllocs()
	callback := func(*Future[int]) {}
	for b.Loop() {
		f := new(Future[int])
		f.AddDoneCallback(callback)
		f.SetError(errTest)
	}
}

func BenchmarkFailed(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Failed[int](errTest).Result()
	}
}
