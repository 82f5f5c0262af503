package web

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestPercentForFloor(t *testing.T) {
	for _, tt := range []struct {
		live, floor uint64
		normal      int
		want        int
	}{
		{0, 16 << 20, 100, 400},
		{1 << 20, 16 << 20, 100, 425},
		{2 << 20, 16 << 20, 100, 450},
		{0, 1 << 20, 100, 100},
		{4 << 20, 16 << 20, 100, 400},
		{16 << 20, 16 << 20, 100, 100},
		{1 << 30, 16 << 20, 100, 100},
		{1 << 30, 16 << 20, 50, 50},
		{8 << 20, 16 << 20, 300, 300},
	} {
		if got := percentForFloor(tt.live, tt.floor, tt.normal); got != tt.want {
			t.Errorf("%d live, %d floor, %d %%: got %d; want %d", tt.live, tt.floor, tt.normal, got, tt.want)
		}
	}
}

// collections counts how often the collector runs while bytes of garbage are made.
func collections(bytes int) uint32 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range bytes >> 10 {
		garbage = make([]byte, 1<<10)
	}
	runtime.ReadMemStats(&after)
	return after.NumGC - before.NumGC
}

var garbage []byte

func TestHeapFloor(t *testing.T) {
	t.Setenv("GOGC", "")
	normal := debug.SetGCPercent(100)
	defer debug.SetGCPercent(normal)
	runtime.GC()
	// What other tests have left in memory counts: the floor is far above it.
	without := collections(256 << 20)
	end := keepHeapFloor(512 << 20)
	with := collections(256 << 20)
	if with*2 > without {
		t.Errorf("%d collections, and %d without a floor; want at most half", with, without)
	}
	end()
	if percent := debug.SetGCPercent(100); percent != 100 {
		t.Errorf("got %d %% afterwards; want what it was", percent)
	}
}

func TestHeapFloorLeavesAlone(t *testing.T) {
	normal := debug.SetGCPercent(100)
	defer debug.SetGCPercent(normal)
	for _, tt := range []struct {
		name, variable string
		floor          int64
	}{
		{"by the setting", "", -1},
		{"by the variable", "200", 1 << 30},
	} {
		t.Setenv("GOGC", tt.variable)
		end := keepHeapFloor(tt.floor)
		if percent := debug.SetGCPercent(100); percent != 100 {
			t.Errorf("%s: got %d %%; want 100", tt.name, percent)
		}
		end()
	}
}
