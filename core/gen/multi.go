package gen

import (
	"sync"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// Multi returns a future of the results of all futures, each in its place. It is
// settled when all of them are; none of them is settled with an empty slice.
//
// If some fail it fails with the error that came first. Those that come after it
// are logged, unless one of quiet says otherwise.
func Multi[T any](futures []*concurrent.Future[T], quiet ...Quiet) *concurrent.Future[[]T] {
	m := newMulti(make([]T, len(futures)), len(futures), quiet)
	for i, future := range futures {
		future.AddDoneCallback(func(future *concurrent.Future[T]) {
			value, err := future.Result()
			m.add(err, func(values []T) { values[i] = value })
		})
	}
	return &m.future
}

// MultiMap is Multi for futures that have names.
func MultiMap[K comparable, T any](futures map[K]*concurrent.Future[T], quiet ...Quiet) *concurrent.Future[map[K]T] {
	m := newMulti(make(map[K]T, len(futures)), len(futures), quiet)
	for key, future := range futures {
		future.AddDoneCallback(func(future *concurrent.Future[T]) {
			value, err := future.Result()
			m.add(err, func(values map[K]T) { values[key] = value })
		})
	}
	return &m.future
}

// A multi collects results in values, which is a slice or a map.
type multi[C any] struct {
	future concurrent.Future[C]
	quiet  []Quiet

	mu      sync.Mutex // guards what follows
	values  C
	missing int
	err     error // the first one
}

func newMulti[C any](values C, n int, quiet []Quiet) *multi[C] {
	m := &multi[C]{values: values, missing: n, quiet: quiet}
	if n == 0 {
		m.future.SetResult(values)
	}
	return m
}

// add takes one result: an error, or what keep puts in its place.
func (m *multi[C]) add(err error, keep func(values C)) {
	m.mu.Lock()
	m.missing--
	last := m.missing == 0
	further := m.err != nil
	switch {
	case err == nil:
		keep(m.values)
	case !further:
		m.err = err
	}
	m.mu.Unlock()
	// A logger, as the callbacks of the future, is nobody to hold a lock for.
	if further {
		logUnless(m.quiet, "another of several futures failed", err)
	}
	if last {
		m.finish()
	}
}

func (m *multi[C]) finish() {
	values := m.values
	if m.err != nil {
		var none C
		values = none
	}
	if !m.future.TrySet(values, m.err) {
		logUnless(m.quiet, "one of several futures failed after they were given up", m.err)
	}
}
