package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/tornado-dev/tornado/devserver"
)

func newServeCommand() *cobra.Command {
	var options devserver.ServeOptions
	cmd := &cobra.Command{
		Use:   "serve [DIR]",
		Short: "Run a project in production",
		Long: `serve builds the project in DIR as go build does, without anything that watches
it, and runs it. The program is started again when it crashes. SIGTERM or ctrl-c
lets it finish what it has; a second one ends it at once.

It listens on --addr, or else on the sockets of a systemd socket unit, or else
where the program asks for; the first two stay open when the program crashes.`,
		Example: `  tornado-dev serve --addr 0.0.0.0:80
  tornado-dev serve --package ./cmd/blog --output /usr/local/bin/blog`,
		Args: usage(atMostOneFolder),
		RunE: func(cmd *cobra.Command, args []string) error {
			signals := make(chan os.Signal, 2) // the second one must not be lost
			signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
			defer signal.Stop(signals)
			options.Dir = first(args)
			options.Signals = signals
			// Not the command's context, which the first signal ends.
			return devserver.Serve(context.WithoutCancel(cmd.Context()), options)
		},
	}
	f := cmd.Flags()
	f.StringVar(&options.Addr, "addr", "", "`HOST:PORT` to listen on in place of what the program asks for")
	f.StringVar(&options.Package, "package", "", "main `package` to run, such as ./cmd/blog")
	f.StringVar(&options.Output, "output", "", "`file` to build the program into; a temporary one if it is not given")
	f.StringArrayVar(&options.BuildFlags, "build-flag", nil, "further `flag` for go build, such as -tags=sqlite (repeatable)")
	return cmd
}
