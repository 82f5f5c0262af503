package log

import (
	"os"
	"testing"
)

// BenchmarkLine is one line of the access log on a descriptor.
func BenchmarkLine(b *testing.B) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	previous, level := SetOutput(null), standard.level.Level()
	SetLevel(LevelInfo)
	defer func() {
		SetOutput(previous)
		SetLevel(level)
	}()
	b.ReportAllocs()
	for b.Loop() {
		Access.Info("%d %s %s (%s) %.2fms", 200, "GET", "/", "127.0.0.1", 0.42)
	}
}
