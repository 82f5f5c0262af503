package websocket

import (
	"math"
	"testing"
	"time"
)

// TestNextPing has connections that were asked one after the other be asked together,
// and then once in each interval.
func TestNextPing(t *testing.T) {
	for _, interval := range []time.Duration{1, 31, 200 * time.Millisecond, time.Second, 30 * time.Second, time.Hour} {
		o := Options{PingInterval: interval}
		step := int64(max(interval/pingsPerInterval, 1))
		moments := map[int64]bool{}
		for i := range int64(4 * pingsPerInterval) {
			last := int64(interval) + i*step/4
			next := o.nextPing(last)
			if wait := next - last; wait > int64(interval) || wait <= int64(interval)-step {
				t.Errorf("every %v: the next ping comes after %v", interval, time.Duration(wait))
			}
			moments[next] = true
			late := step - 1 // as long as the loop was busy with others
			if wait := o.nextPing(next+late) - next; wait > int64(interval) || wait <= int64(interval)-step {
				t.Errorf("every %v: the one after that comes after %v", interval, time.Duration(wait))
			}
		}
		if len(moments) > pingsPerInterval+1 {
			t.Errorf("every %v: there are %d moments for pings; want %d at most", interval, len(moments), pingsPerInterval+1)
		}
	}
}

// TestFirstPing has clients that came at once be asked at different moments.
func TestFirstPing(t *testing.T) {
	o := Options{PingInterval: 30 * time.Second}
	// Since the program has begun.
	for _, opened := range []time.Duration{0, time.Second, 5300 * time.Millisecond, time.Hour} {
		moments := map[int64]bool{}
		for fd := range 1000 {
			first := o.firstPing(int64(opened), fd)
			if wait := time.Duration(first) - opened; wait < 21*time.Second || wait > 30*time.Second {
				t.Fatalf("opened after %v: the first ping comes %v later", opened, wait)
			}
			moments[first] = true
		}
		if len(moments) < pingsPerInterval/4 {
			t.Errorf("opened after %v: the first pings come at %d moments; want %d at least", opened, len(moments), pingsPerInterval/4)
		}
	}
}

// TestEndlessTimes takes times for which there is no number.
func TestEndlessTimes(t *testing.T) {
	now := int64(time.Hour)
	if got := after(now, math.MaxInt64); got != math.MaxInt64 {
		t.Errorf("got %d; want %d", got, int64(math.MaxInt64))
	}
	o := Options{PingInterval: math.MaxInt64}
	for _, next := range []int64{o.nextPing(now), o.firstPing(now, 7*64)} {
		if next < math.MaxInt64/2 {
			t.Errorf("the next ping is due at %d", next)
		}
	}
}
