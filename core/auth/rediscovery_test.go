package auth

import (
	"errors"
	"testing"
	"time"
)

// What is known holds for a day, and longer if the service cannot be asked then.
func TestRediscovery(t *testing.T) {
	var d discovery
	start := time.Unix(1_700_000_000, 0)
	down := errors.New("down")
	step := func(after time.Duration, wantAsk bool, err error, wantURL string) {
		t.Helper()
		now := start.Add(after)
		known, asking, mine := d.look(now)
		if mine != wantAsk {
			t.Fatalf("after %v: asks: %t; want %t", after, mine, wantAsk)
		}
		if mine {
			if other, _, also := d.look(now); also || (other == nil) != (d.known == nil) {
				t.Fatalf("after %v: a second one asks as well, or does not use what is known", after)
			}
			asking.found.TokenURL, asking.err = after.String(), err
			d.end(asking, now)
			known = &asking.found
		}
		if known.TokenURL != wantURL {
			t.Errorf("after %v: got %q; want %q", after, known.TokenURL, wantURL)
		}
	}
	step(0, true, down, "0s") // found is not used: it comes with the error
	step(time.Second, true, nil, "1s")
	step(time.Hour, false, nil, "1s")
	step(25*time.Hour, true, down, "1s")
	step(25*time.Hour+time.Second, false, nil, "1s")
	step(26*time.Hour, true, nil, "26h0m0s")
	step(49*time.Hour, false, nil, "26h0m0s")
}
