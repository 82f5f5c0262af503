package frame

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkMask(b *testing.B) {
	for _, size := range []int{32, 1024, 65536} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			data := make([]byte, size+1)[1:]
			b.SetBytes(int64(size))
			for b.Loop() {
				Mask(testMask, 1, data)
			}
		})
	}
}

func BenchmarkUTF8(b *testing.B) {
	for _, tt := range []struct{ name, text string }{{"plain", strings.Repeat("plain ", 200)}, {"greek", strings.Repeat("κόσμε", 100)}} {
		b.Run(tt.name, func(b *testing.B) {
			data := []byte(tt.text)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				var u UTF8
				u.Valid(data)
			}
		})
	}
}

// BenchmarkReader reads what an echo client sends.
func BenchmarkReader(b *testing.B) {
	for _, size := range []int{32, 1024} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			wire := []byte(f(0x81, strings.Repeat("x", size)))
			work := make([]byte, len(wire))
			r := NewReader(&Rules{MaxMessage: 1 << 20}, nil)
			b.ReportAllocs()
			for b.Loop() {
				copy(work, wire)
				if _, _, err := r.Next(work); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
