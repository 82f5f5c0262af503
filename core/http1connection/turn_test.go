package http1connection

import (
	"testing"
	"time"
)

func TestTurn(t *testing.T) {
	longAgo, later := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	for _, tt := range []struct {
		name string
		turn turn
		over bool
	}{
		{"nothing read", turn{0, time.Time{}}, false},
		{"one read", turn{1, longAgo}, false},
		{"two, quickly", turn{2, later}, false},
		{"two, slowly", turn{2, longAgo}, true},
		{"three are not measured", turn{3, longAgo}, false},
		{"many, slowly", turn{32, longAgo}, true},
		{"as many as may be", turn{requestsPerTurn, later}, true},
	} {
		if tt.turn.isOver() != tt.over {
			t.Errorf("%s: want it over: %v", tt.name, tt.over)
		}
	}
	one := turn{requests: 1}
	if one.isOver(); time.Since(one.began) > time.Minute {
		t.Errorf("it began at %v", one.began)
	}
}
