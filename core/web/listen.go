package web

import (
	"context"
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
	options := a.settings.Server
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

// Shutdown drains a server that Listen returned, and waits for the methods that
// run in goroutines. When ctx ends first, it closes the connections that are left
// and ends the methods' contexts.
func (a *Application) Shutdown(ctx context.Context, server *httpserver.HTTPServer) error {
	a.beginDraining()
	if err := server.Shutdown(ctx); err != nil {
		log.General.Warning("shutdown: %v; the rest is closed", err)
	}
	if a.wait(ctx) != nil {
		a.cancelBase(ErrClientLeft)
		late, cancel := context.WithTimeout(context.Background(), stragglerTimeout)
		defer cancel()
		if err := a.wait(late); err != nil {
			log.General.Warning("%v", err)
		}
	}
	return server.Close()
}
