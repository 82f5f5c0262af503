package httputil

import (
	"testing"
	"time"
)

func TestParseTimestamp(t *testing.T) {
	want := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	for _, s := range []string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"} {
		if got, err := ParseTimestamp(s); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "0"} {
		if got, err := ParseTimestamp(s); err == nil {
			t.Errorf("%q: got %v; want an error", s, got)
		}
	}
	for at := time.Unix(0, 0); at.Year() < 2100; at = at.Add(777*time.Hour + 777*time.Second) {
		if got, err := ParseTimestamp(FormatTimestamp(at)); err != nil || !got.Equal(at) {
			t.Fatalf("%v: got %v, %v", at, got, err)
		}
	}
}

func BenchmarkAppendTimestamp(b *testing.B) {
	now, buf := time.Now(), make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendTimestamp(buf[:0], now)
	}
}
