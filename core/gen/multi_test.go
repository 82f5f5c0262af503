package gen_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/gen"
	"github.com/tornado-dev/tornado/core/tornadotest"
)

// TestMulti settles futures in some order and looks at what becomes of them, for a
// slice and for a map.
func TestMulti(t *testing.T) {
	type settle struct {
		index int
		err   error
	}
	for _, tt := range []struct {
		name   string
		n      int
		order  []settle
		err    error
		quiet  []gen.Quiet
		logged []string
	}{
		{"none", 0, nil, nil, nil, nil},
		{"in order", 3, []settle{{0, nil}, {1, nil}, {2, nil}}, nil, nil, nil},
		{"in another order", 3, []settle{{2, nil}, {0, nil}, {1, nil}}, nil, nil, nil},
		{"one fails", 2, []settle{{0, errOne}, {1, nil}}, errOne, nil, nil},
		{"the last fails", 2, []settle{{0, nil}, {1, errOne}}, errOne, nil, nil},
		{"the first error wins", 3, []settle{{2, errTwo}, {0, errOne}, {1, nil}}, errTwo, nil, []string{"^gen: another of several futures failed: one$"}},
		{"quiet", 3, []settle{{2, errTwo}, {0, errOne}, {1, errTwo}}, errTwo, []gen.Quiet{gen.QuietAll}, nil},
		{"quiet about some", 3, []settle{{0, errOne}, {1, errOne}, {2, errTwo}}, errOne, []gen.Quiet{gen.QuietAbout(errOne)}, []string{"failed: two$"}},
		{"quiet about each", 3, []settle{{0, errOne}, {1, errOne}, {2, errTwo}}, errOne, []gen.Quiet{gen.QuietAbout(errOne), gen.QuietAbout(errTwo)}, nil},
	} {
		var want []int
		named := map[string]int{}
		for i := range tt.n {
			want = append(want, 10*i)
			named[fmt.Sprint(i)] = 10 * i
		}
		run := func(t *testing.T, all []*concurrent.Future[int], settled func() bool) {
			for i, s := range tt.order {
				if settled() {
					t.Errorf("settled when %d of %d were", i, tt.n)
				}
				all[s.index].TrySet(10*s.index, s.err)
			}
		}
		t.Run("slice/"+tt.name, func(t *testing.T) {
			tornadotest.ExpectLog(t, tt.logged...)
			all := pending(tt.n)
			m := gen.Multi(all, tt.quiet...)
			run(t, all, m.Settled)
			if got, err := m.Result(); !m.Settled() || err != tt.err || err == nil && !slices.Equal(got, want) || err != nil && got != nil {
				t.Errorf("got %v, %v, settled: %v; want %v, %v", got, err, m.Settled(), want, tt.err)
			}
		})
		t.Run("map/"+tt.name, func(t *testing.T) {
			tornadotest.ExpectLog(t, tt.logged...)
			all := pending(tt.n)
			byName := map[string]*concurrent.Future[int]{}
			for i, f := range all {
				byName[fmt.Sprint(i)] = f
			}
			m := gen.MultiMap(byName, tt.quiet...)
			run(t, all, m.Settled)
			if got, err := m.Result(); !m.Settled() || err != tt.err || err == nil && !maps.Equal(got, named) || err != nil && got != nil {
				t.Errorf("got %v, %v, settled: %v; want %v, %v", got, err, m.Settled(), named, tt.err)
			}
		})
	}
}

func TestMultiOfOneFutureTwice(t *testing.T) {
	f := concurrent.Resolved(7)
	if got := mustWait(t, gen.Multi([]*concurrent.Future[int]{f, f})); !slices.Equal(got, []int{7, 7}) {
		t.Errorf("got %v", got)
	}
}

func TestMultiGivenUp(t *testing.T) {
	tornadotest.ExpectLog(t, "one of several futures failed after they were given up: one$")
	all := pending(2)
	m := gen.Multi(all)
	m.TrySet(nil, errTwo)
	all[0].SetError(errOne)
	all[1].SetResult(1)
	if _, err := m.Result(); err != errTwo {
		t.Errorf("got %v", err)
	}
}

func TestMultiFromManyGoroutines(t *testing.T) {
	for range 50 {
		all := pending(8)
		m := gen.Multi(all)
		var wg sync.WaitGroup
		for i, f := range all {
			wg.Go(func() { f.SetResult(i) })
		}
		got := mustWait(t, m)
		wg.Wait()
		if !slices.Equal(got, []int{0, 1, 2, 3, 4, 5, 6, 7}) {
			t.Fatalf("got %v", got)
		}
	}
}

func pending(n int) (futures []*concurrent.Future[int]) {
	for range n {
		futures = append(futures, new(concurrent.Future[int]))
	}
	return futures
}
