package websocket

import (
	"testing"
	"time"
)

// TestNextPing has connections that were opened one after the other be asked together,
// and then once in each interval.
func TestNextPing(t *testing.T) {
	for _, interval := range []time.Duration{1, 31, 200 * time.Millisecond, time.Second, 30 * time.Second, time.Hour} {
		o := Options{PingInterval: interval}
		step := int64(max(interval/pingsPerInterval, 1))
		moments := map[int64]bool{}
		for i := range int64(4 * pingsPerInterval) {
			opened := int64(interval) + i*step/4
			first := o.nextPing(opened)
			if wait := first - opened; wait > int64(interval) || wait <= int64(interval)-step {
				t.Errorf("every %v: the first ping comes after %v", interval, time.Duration(wait))
			}
			moments[first] = true
			late := step - 1 // as long as the loop was busy with others
			if wait := o.nextPing(first+late) - first; wait > int64(interval) || wait <= int64(interval)-step {
				t.Errorf("every %v: the next ping comes after %v", interval, time.Duration(wait))
			}
		}
		if len(moments) > pingsPerInterval+1 {
			t.Errorf("every %v: there are %d moments for pings; want %d at most", interval, len(moments), pingsPerInterval+1)
		}
	}
}
