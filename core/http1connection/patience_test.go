package http1connection

import (
	"math"
	"testing"
	"time"
)

func TestBodyPatience(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct {
		name     string
		timeout  time.Duration
		rate     int64
		whole    time.Duration
		received int64
		waited   time.Duration
		want     time.Duration
	}{
		{"at the beginning", 60 * s, 500, 0, 0, 0, 60 * s},
		{"faster than it must be", 60 * s, 500, 0, 1_000_000, 10 * s, 60 * s},
		{"just fast enough", 60 * s, 500, 0, 5000, 10 * s, 60 * s},
		{"a little too slow", 60 * s, 500, 0, 4000, 10 * s, 58 * s},
		{"much too slow", 60 * s, 500, 0, 1, 60 * s, 2 * time.Millisecond},
		{"over", 60 * s, 500, 0, 0, 70 * s, 1},
		{"no rate", 60 * s, -1, 0, 0, 1000 * s, 60 * s},
		{"no limit", -1, 500, 0, 0, 1000 * s, -1},
		{"more than can be counted", 60 * s, 1, 0, math.MaxInt64, math.MaxInt64, 60 * s},
		{"the whole", 60 * s, 500, 5 * s, 0, 2 * s, 3 * s},
		{"the whole is over", 60 * s, 500, 5 * s, 1_000_000, 6 * s, 1},
		{"the whole for ever", 60 * s, 500, -1, 0, 1000 * s, -1},
	} {
		p := Parameters{BodyTimeout: tt.timeout, MinBodyRate: tt.rate}
		if got := p.bodyPatience(tt.whole, tt.received, tt.waited); got != tt.want {
			t.Errorf("%s: got %v; want %v", tt.name, got, tt.want)
		}
	}
}
