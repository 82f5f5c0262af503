package tcpclient

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/ioloop"
)

func TestMain(m *testing.M) { leak.Main(m) }

// A clock stands still until it is set forward.
type clock struct {
	mu   sync.Mutex // guards what follows
	time time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = c.time.Add(by)
}

// A fakeRunner is a connection to one address.
type fakeRunner struct {
	future concurrent.Future[*fakeRunner]
	closed bool
}

func (r *fakeRunner) Close(err error) {
	r.closed = true
	r.future.TrySet(nil, err)
}

// startLoop runs a loop until the test ends, and returns a function that does
// something there and waits until what follows from it is done too.
func startLoop(t *testing.T, o ioloop.Options) (l *ioloop.IOLoop, do func(func())) {
	t.Helper()
	l, err := ioloop.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- l.Start() }() // Cleanup waits for it
	t.Cleanup(func() {
		l.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		l.Close()
	})
	return l, func(f func()) {
		for _, step := range []func(){f, func() {}, func() {}} {
			done := make(chan struct{})
			l.AddCallback(func() { defer close(done); step() })
			<-done
		}
	}
}

// TestRace tells stories. Addresses are 4a, 4b, ... and 6a, 6b, ...; a step is
// "4a fails", "4a connects" or a time that passes. After each step stands what runs
// then, and at the end who has won.
func TestRace(t *testing.T) {
	for _, tt := range []struct {
		name      string
		addresses string
		steps     []string // step: running
		want      string   // the winner, or the error
	}{
		{"one address", "4a", []string{"0s: 4a", "4a connects: "}, "4a"},
		{"one address fails", "4a", []string{"4a fails: "}, "4a failed"},
		{"one family", "4a 4b", []string{"0s: 4a", "1s: 4a", "4a fails: 4b", "4b connects: "}, "4b"},
		{"one family fails", "4a 4b", []string{"4a fails: 4b", "4b fails: "}, "4b failed (before that 4a failed)"},
		{"the first family is quick", "4a 6a", []string{"299ms: 4a", "4a connects: ", "1s: "}, "4a"},
		{"the first family is slow", "4a 6a", []string{"299ms: 4a", "1ms: 4a 6a", "6a connects: "}, "6a"},
		{"it wins nevertheless", "4a 6a", []string{"300ms: 4a 6a", "4a connects: "}, "4a"},
		{"the first family fails", "6a 4a", []string{"0s: 6a", "6a fails: 4a", "4a connects: "}, "4a"},
		{"a failure starts both", "6a 6b 4a 4b", []string{"6a fails: 6b 4a", "4a connects: "}, "4a"},
		{"each family in its order", "6a 4a 6b 4b", []string{"300ms: 6a 4a", "4a fails: 6a 4b", "6a fails: 4b 6b", "4b fails: 6b", "6b connects: "}, "6b"},
		{"all fail", "6a 6b 4a", []string{"6a fails: 6b 4a", "6b fails: 4a", "4a fails: "}, "4a failed (before that 6a, 6b failed)"},
		{"the slow one fails last", "4a 6a", []string{"300ms: 4a 6a", "6a fails: 4a", "4a fails: "}, "4a failed (before that 6a failed)"},
		{"two answer in one turn", "4a 6a", []string{"300ms: 4a 6a", "4a and 6a connects: "}, "4a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := &clock{time: time.Unix(1e9, 0)}
			l, do := startLoop(t, ioloop.Options{Now: now.now})
			runners := map[string]*fakeRunner{}
			var result string
			ended := 0
			var r *race[*fakeRunner]
			do(func() {
				var addresses []netip.AddrPort
				for name := range strings.FieldsSeq(tt.addresses) {
					addresses = append(addresses, fakeAddress(name))
				}
				r = newRace(l, addresses, func(at netip.AddrPort) (*fakeRunner, *concurrent.Future[*fakeRunner]) {
					one := new(fakeRunner)
					runners[nameOf(at)] = one
					return one, &one.future
				}, func(winner *fakeRunner, err error) {
					ended++
					if result = nameOfRunner(runners, winner); err != nil {
						result = err.Error()
					}
				})
				r.start()
			})
			for _, step := range tt.steps {
				what, running, _ := strings.Cut(step, ": ")
				do(func() {
					if passes, err := time.ParseDuration(what); err == nil {
						now.advance(passes)
						return
					}
					names, connects := strings.CutSuffix(what, " connects")
					names = strings.TrimSuffix(names, " fails")
					for name := range strings.SplitSeq(names, " and ") {
						if connects {
							runners[name].future.SetResult(runners[name])
						} else {
							runners[name].future.SetError(errors.New(name + " failed"))
						}
					}
				})
				do(func() {
					var got []string
					for _, one := range r.running {
						got = append(got, nameOfRunner(runners, one))
					}
					if got := strings.Join(got, " "); got != running {
						t.Errorf("after %q: %q runs; want %q", what, got, running)
					}
				})
			}
			do(func() {
				for name, one := range runners {
					result = strings.ReplaceAll(result, fakeAddress(name).String(), name)
					if one.closed == (name == tt.want) {
						t.Errorf("%s: closed %v", name, one.closed)
					}
				}
				if result != tt.want || ended != 1 {
					t.Errorf("got %q, told %d times; want %q", result, ended, tt.want)
				}
			})
		})
	}
}

// fakeAddress makes 4a into 192.0.2.97:80, and 6a into [2001:db8::61]:80.
func fakeAddress(name string) netip.AddrPort {
	if name[0] == '4' {
		return netip.MustParseAddrPort(fmt.Sprintf("192.0.2.%d:80", name[1]))
	}
	return netip.MustParseAddrPort(fmt.Sprintf("[2001:db8::%x]:80", name[1]))
}

func nameOf(at netip.AddrPort) string {
	bytes := at.Addr().AsSlice()
	family := map[int]string{4: "4", 16: "6"}[len(bytes)]
	return family + string(bytes[len(bytes)-1:])
}

func nameOfRunner(runners map[string]*fakeRunner, r *fakeRunner) string {
	for name, one := range runners {
		if one == r {
			return name
		}
	}
	return "nobody"
}

func TestSplitFamilies(t *testing.T) {
	for _, tt := range []struct{ all, first, second string }{
		{"4a", "4a", ""},
		{"6a 6b", "6a 6b", ""},
		{"4a 6a 4b 6b", "4a 4b", "6a 6b"},
		{"6a 4a 6b", "6a 6b", "4a"},
	} {
		var all []netip.AddrPort
		for name := range strings.FieldsSeq(tt.all) {
			all = append(all, fakeAddress(name))
		}
		first, second := splitFamilies(all)
		for got, want := range map[*[]netip.AddrPort]string{&first: tt.first, &second: tt.second} {
			var names []string
			for _, at := range *got {
				names = append(names, nameOf(at))
			}
			if !slices.Equal(names, strings.Fields(want)) {
				t.Errorf("%s: got %v; want %q", tt.all, names, want)
			}
		}
	}
}
