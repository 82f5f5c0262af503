package tcpclient

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
)

// headStart is how long the first family is tried alone. RFC 6555 section 5.5 has
// 150 to 250 ms for a recommendation; Tornado takes 0.3 seconds.
const headStart = 300 * time.Millisecond

// A runner is a connection that comes about, or does not. It is an
// *iostream.IOStream but in tests.
type runner interface {
	comparable
	Close(reason error)
}

// A race connects to several addresses and takes the first connection that comes
// about ("happy eyeballs"). It belongs to its loop.
type race[R runner] struct {
	// Set by newRace and never changed.
	loop    *ioloop.IOLoop
	connect func(netip.AddrPort) (R, *concurrent.Future[R])
	ended   func(R, error) // told once

	first, second []netip.AddrPort // that were not tried; of the two families
	waiting       *ioloop.Timeout  // for the second family to start
	running       []R
	failed        []string // addresses that did not answer
	last          error    // why
	over          bool
}

func newRace[R runner](l *ioloop.IOLoop, addresses []netip.AddrPort, connect func(netip.AddrPort) (R, *concurrent.Future[R]), ended func(R, error)) *race[R] {
	first, second := splitFamilies(addresses)
	return &race[R]{loop: l, connect: connect, ended: ended, first: first, second: second}
}

// splitFamilies parts the addresses of the first one's family from the others.
func splitFamilies(addresses []netip.AddrPort) (first, second []netip.AddrPort) {
	for _, at := range addresses {
		if at.Addr().Unmap().Is4() == addresses[0].Addr().Unmap().Is4() {
			first = append(first, at)
		} else {
			second = append(second, at)
		}
	}
	return first, second
}

func (r *race[R]) start() {
	if len(r.second) > 0 {
		r.waiting = r.loop.CallLater(headStart, r.startSecond)
	}
	r.tryNext(&r.first)
}

// startSecond tries the second family beside the first one.
func (r *race[R]) startSecond() {
	r.loop.RemoveTimeout(r.waiting)
	r.waiting = nil
	r.tryNext(&r.second)
}

// tryNext connects to the next address of a family, if one is left.
func (r *race[R]) tryNext(family *[]netip.AddrPort) {
	if len(*family) == 0 {
		return
	}
	at := (*family)[0]
	*family = (*family)[1:]
	one, connected := r.connect(at)
	r.running = append(r.running, one)
	ioloop.AddFuture(r.loop, connected, func(f *concurrent.Future[R]) {
		_, err := f.Result()
		r.arrived(one, at, err, family)
	})
}

// arrived is called when an attempt has ended.
func (r *race[R]) arrived(one R, at netip.AddrPort, err error, family *[]netip.AddrPort) {
	if r.over {
		return // it was closed by stop
	}
	r.running = slices.DeleteFunc(r.running, func(other R) bool { return other == one })
	if err == nil {
		r.stop(errSlower)
		r.ended(one, nil)
		return
	}
	one.Close(err)
	r.failed, r.last = append(r.failed, at.String()), err
	r.tryNext(family)
	if r.waiting != nil { // not worth waiting for
		r.startSecond()
	}
	if len(r.running) == 0 {
		r.stop(nil)
		var none R
		r.ended(none, r.failure())
	}
}

// errSlower is the reason of the connections that lost.
var errSlower = errors.New("tcpclient: another address answered first")

// stop ends the race; what runs still is closed, for the given reason.
func (r *race[R]) stop(reason error) {
	r.over = true
	r.loop.RemoveTimeout(r.waiting)
	r.waiting = nil
	for _, one := range r.running {
		one.Close(reason)
	}
	r.running = nil
}

// failure is the last error, and what else was tried.
func (r *race[R]) failure() error {
	others := r.failed[:len(r.failed)-1]
	if len(others) == 0 {
		return r.last
	}
	return fmt.Errorf("%w (before that %s failed)", r.last, strings.Join(others, ", "))
}
