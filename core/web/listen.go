package web

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/log"
)

const (
	defaultShutdownTimeout = 30 * time.Second

	// stragglerTimeout is how long methods may take to notice that their contexts
	// have ended.
	stragglerTimeout = 2 * time.Second
)

// Listen serves the application on an address (":8888", "127.0.0.1:0",
// "unix:/run/app.sock") and returns at once. It is for programs that have more to
// do than to serve; they end it with Shutdown.
func (a *Application) Listen(address string) (*httpserver.HTTPServer, error) {
	return a.ListenWith(address, a.settings.Server)
}

// ListenWith is Listen with options of its own in place of Settings.Server, for a
// further server: one that speaks HTTPS beside one that does not, say.
func (a *Application) ListenWith(address string, options httpserver.Options) (*httpserver.HTTPServer, error) {
	if options.Loops == 0 {
		options.Loops = a.settings.Loops
	}
	server := httpserver.New(a, options)
	if err := server.Listen(address); err != nil {
		return nil, err
	}
	go func() { // ends with the server
		<-server.Draining()
		a.beginDraining()
	}()
	return server, nil
}

// ListenAndServe serves the application on an address until the process gets
// SIGTERM or SIGINT, then lets the requests that are being answered go on for at
// most Settings.ShutdownTimeout, and returns nil. A second signal ends it at once.
// It also returns nil when a supervisor has handed the server to a newer program.
func (a *Application) ListenAndServe(address string) error {
	signals := make(chan os.Signal, 2) // a second one must not be lost while the first is handled
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	defer signal.Stop(signals)
	defer keepHeapFloor(a.settings.HeapFloor)()
	server, err := a.Listen(address)
	if err != nil {
		return err
	}
	select {
	case <-signals:
	case <-server.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), a.settings.ShutdownTimeout)
	defer cancel()
	go func() { // ends with the drain
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	return a.Shutdown(ctx, server)
}

// ErrShutdown is the cause (context.Cause) of a context that ended because the
// application could wait no longer.
var ErrShutdown = errors.New("web: the application shuts down")

// Shutdown drains a server that Listen returned: requests that have begun are
// answered. When ctx ends first, the contexts of methods end, so that they still
// can answer; two seconds later what is left is cut. No context of the
// application's works after that.
func (a *Application) Shutdown(ctx context.Context, server *httpserver.HTTPServer) error {
	a.Drain()
	cut, cutNow := context.WithCancel(context.Background())
	defer cutNow()
	drained := make(chan error, 1)                  // one result, which may not be waited for
	go func() { drained <- server.Shutdown(cut) }() // ends at cutNow at the latest
	select {
	case err := <-drained:
		return a.waitForStragglers(err)
	case <-ctx.Done():
	}
	a.cancelContexts(ErrShutdown)
	late := time.NewTimer(stragglerTimeout)
	defer late.Stop()
	select {
	case err := <-drained:
		return a.waitForStragglers(err)
	case <-late.C:
	}
	log.General.Warning("shutdown: %d connections are cut, since their requests were not answered in time", server.Connections())
	cutNow()
	<-drained // fails with what cutNow means
	return a.waitForStragglers(nil)
}

// waitForStragglers waits for methods whose answers nobody waits for any more.
func (a *Application) waitForStragglers(err error) error {
	ctx, cancel := context.WithTimeout(context.Background(), stragglerTimeout)
	defer cancel()
	if a.wait(ctx) != nil {
		log.General.Warning("shutdown: some handlers have not returned although their contexts ended")
	}
	return err
}

// wait waits until all goroutines of methods have ended, or ctx has.
func (a *Application) wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() { // ends when the last method returns
		a.waitForMethods()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *Application) waitForMethods() {
	a.running.Wait()
	for _, other := range a.mounted {
		other.waitForMethods()
	}
}

// cancelContexts ends the contexts of all methods.
func (a *Application) cancelContexts(cause error) {
	a.cancelBase(cause)
	for _, other := range a.mounted {
		other.cancelContexts(cause)
	}
}
