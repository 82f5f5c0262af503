package httpclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
)

var errUnwanted = errors.New("httpclient: the body is not wanted any more")

// producing is a BodyProducer that runs. It is the io.Writer that the producer is
// given.
type producing struct {
	// Set when it is made and never changed.
	exchange *exchange
	ctx      context.Context
	cancel   context.CancelFunc
	ended    concurrent.Future[struct{}]
}

// produce starts the BodyProducer, when an earlier call of it has returned: a
// producer need not know that there are two requests.
func (x *exchange) produce() {
	f := x.fetch
	if earlier := f.producing; earlier != nil && !earlier.ended.Settled() {
		ioloop.AddFuture(x.loop(), &earlier.ended, func(*concurrent.Future[struct{}]) {
			if !x.over {
				x.produce()
			}
		})
		return
	}
	ctx, cancel := context.WithCancel(f.ctx)
	p := &producing{exchange: x, ctx: ctx, cancel: cancel}
	f.producing = p
	f.client.producers.Go(p.run) // Close waits for it
}

func (p *producing) run() {
	err := p.call()
	p.ended.SetResult(struct{}{})
	p.exchange.loop().AddCallback(func() { p.exchange.produced(err) })
	p.cancel()
}

func (p *producing) call() (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &ioloop.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return p.exchange.fetch.request.BodyProducer(p.ctx, p)
}

// produced is called on the loop when the producer has returned.
func (x *exchange) produced(err error) {
	if x.over {
		return
	}
	if err == nil {
		err = x.conn.FinishRequest()
	}
	switch {
	case err == nil:
		x.requestSent()
	case x.fetch.ctx.Err() != nil:
		x.fetch.contextEnded() // which the producer was told first
	default:
		x.fetch.fail(fmt.Errorf("BodyProducer: %w", err))
	}
}

// Write waits until there is room for more. The producer's goroutine calls it.
func (p *producing) Write(data []byte) (int, error) {
	if p.ctx.Err() != nil {
		return 0, errUnwanted
	}
	own := bytes.Clone(data)
	accepted := make(chan error, 1)
	p.exchange.loop().AddCallback(func() { p.exchange.write(own, func(err error) { accepted <- err }) })
	select {
	case err := <-accepted:
		if err != nil {
			return 0, err
		}
		return len(data), nil
	case <-p.ctx.Done():
		return 0, errUnwanted
	}
}

// write is called on the loop with a piece of the body; accepted is told when the
// next may come.
func (x *exchange) write(data []byte, accepted func(error)) {
	if x.over {
		accepted(errUnwanted)
		return
	}
	if err := x.conn.Write(data); err != nil {
		accepted(err)
		x.fetch.fail(fmt.Errorf("BodyProducer: %w", err))
		return
	}
	if s := x.conn.Stream(); s.Unwritten() > maxUnwritten {
		s.NotifyDrained(accepted)
		return
	}
	accepted(nil)
}
