// Command tornado-dev starts projects, runs them while they are written, and
// runs them in production. Here are its flags and the wiring; what it does is in
// devserver, inspector, tui and projects.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/tornado-dev/tornado/devserver"
	"github.com/tornado-dev/tornado/tui/guard"
)

func main() {
	guard.RunIfAsked()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// A usageError reports arguments that make no sense.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// run is main with everything it depends on, and returns the exit status: 1 after
// an error, 2 after one in the arguments.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "tornado-dev: %v\n", err)
	if usage := (usageError{}); errors.As(err, &usage) {
		fmt.Fprintln(stderr, "Run `tornado-dev --help` for usage.")
		return 2
	}
	if exit := (*devserver.ExitError)(nil); errors.As(err, &exit) {
		return exit.Status
	}
	return 1
}
