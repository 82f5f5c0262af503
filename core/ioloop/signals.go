package ioloop

import (
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
)

// waitingSignals is how many signals may wait for their way to the loop. Further
// ones are lost, as the system loses a signal that is pending already.
const waitingSignals = 16

// AddSignalHandler calls f on the loop for each of signals that the process gets;
// what they did by themselves, they no longer do. The function it returns takes
// that back; used on the loop, f is not called any more afterwards. Both may be
// called from any goroutine. Without signals nothing is done.
func (l *IOLoop) AddSignalHandler(f func(os.Signal), signals ...os.Signal) (remove func()) {
	if len(signals) == 0 {
		return func() {} // to signal.Notify none would mean all
	}
	got, quit, ended := make(chan os.Signal, waitingSignals), make(chan struct{}), make(chan struct{})
	var removed atomic.Bool
	signal.Notify(got, signals...)
	go func() { // remove waits for ended
		defer close(ended)
		for {
			select {
			case s := <-got:
				l.AddCallback(func() {
					if !removed.Load() {
						f(s)
					}
				})
			case <-quit:
				return
			}
		}
	}()
	return sync.OnceFunc(func() {
		removed.Store(true)
		signal.Stop(got)
		close(quit)
		<-ended
	})
}
