package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/tornado-dev/tornado/devserver"
	"github.com/tornado-dev/tornado/devserver/lines"
	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui"
	"github.com/tornado-dev/tornado/tui/guard"
)

// devFlags are the flags of the command itself.
type devFlags struct {
	addr       string
	pkg        string
	allowHosts []string
	buildFlags []string
	noTUI      bool
	json       bool
	poll       bool
}

func newRootCommand() *cobra.Command {
	var flags devFlags
	root := &cobra.Command{
		Use:   "tornado-dev [DIR]",
		Short: "Run a project while you write it",
		Long: `tornado-dev runs the project in DIR (the current directory if there is none),
builds and restarts it at every save without losing a request, and shows what it
does: requests, connections, errors, logs, routes and loops.

The program listens on this machine only, whatever address it asks for, unless
--addr says otherwise.`,
		Example: `  tornado-dev new blog && cd blog && tornado-dev
  tornado-dev --addr 127.0.0.1:9000 ./blog
  tornado-dev --json | jq 'select(.type == "request")'
  tornado-dev serve --addr 0.0.0.0:80`,
		Args:          usage(atMostOneFolder),
		SilenceErrors: true,
		SilenceUsage:  true,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return develop(cmd.Context(), flags, first(args), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := root.Flags()
	f.StringVar(&flags.addr, "addr", "", "`HOST:PORT` to listen on in place of what the program asks for")
	f.StringVar(&flags.pkg, "package", "", "main `package` to run, such as ./cmd/blog")
	f.StringArrayVar(&flags.allowHosts, "allow-host", nil, "further host `name` that the program may be asked under (repeatable)")
	f.StringArrayVar(&flags.buildFlags, "build-flag", nil, "further `flag` for go build, such as -tags=sqlite (repeatable)")
	f.BoolVar(&flags.noTUI, "no-tui", false, "print lines of text instead of taking the whole terminal")
	f.BoolVar(&flags.json, "json", false, "print a JSON object a line; implies --no-tui")
	f.BoolVar(&flags.poll, "poll", false, "look at the files from time to time, where the system does not tell of changes")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newNewCommand(), newServeCommand(), newCheckCommand(), newVersionCommand())
	return root
}

// usage turns the errors of a check of arguments into usage errors.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{err}
		}
		return nil
	}
}

// atMostOneFolder tells who mistyped a command apart from who mistyped a folder
// only by saying both.
func atMostOneFolder(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%s runs the project of one folder, and was given %d arguments", cmd.CommandPath(), len(args))
	}
	if len(args) == 0 {
		return nil
	}
	info, err := os.Stat(args[0])
	switch {
	case errors.Is(err, os.ErrNotExist) && cmd.HasSubCommands():
		return fmt.Errorf("%s is neither a command nor a folder", args[0])
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("there is no folder %s", args[0])
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is no folder; to choose a main package there is --package", args[0])
	}
	return nil
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// develop runs the project in dir until ctx ends or the user quits.
func develop(ctx context.Context, flags devFlags, dir string, stdout, stderr io.Writer) error {
	server, err := devserver.New(devserver.Options{
		Dir: dir, Package: flags.pkg, Addr: flags.addr,
		AllowHosts: flags.allowHosts, BuildFlags: flags.buildFlags, Poll: flags.poll,
	})
	if err != nil {
		return err
	}
	if warning := server.Warning(); warning != "" {
		fmt.Fprintln(stderr, "tornado-dev: warning:", warning)
	}
	show := showLines(flags.json)
	if !flags.noTUI && !flags.json && isTerminal(stdout) {
		show = showTUI
	}
	// A terminal that hangs up is an end like any other, in good order.
	ctx, cancel := signal.NotifyContext(ctx, hangUp...)
	defer cancel()
	if isTerminal(stdout) {
		go onHangUp(os.Stdin, cancel) // ends with the program, or the terminal
	}
	var ended error
	var running sync.WaitGroup
	// What is shown ends after what is run, so that nothing is missing at the end.
	showing, endShow := context.WithCancel(context.Background())
	defer endShow()
	running.Go(func() { // ends with ctx
		ended = server.Run(ctx)
		endShow()
	})
	err = show(showing, server, stdout)
	cancel()
	running.Wait()
	return errors.Join(ended, err)
}

// isTerminal reports whether w is one, and one that can do more than print lines.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd()) && isatty.IsTerminal(os.Stdin.Fd()) && os.Getenv("TERM") != "dumb"
}

// A view shows a server until ctx ends or the user quits.
type view func(ctx context.Context, server *devserver.Server, stdout io.Writer) error

func showLines(json bool) view {
	return func(ctx context.Context, server *devserver.Server, stdout io.Writer) error {
		color := isTerminal(stdout) && os.Getenv("NO_COLOR") == ""
		return lines.New(stdout, lines.Options{JSON: json, Color: color}).Run(ctx, server, server.Store())
	}
}

func showTUI(ctx context.Context, server *devserver.Server, _ io.Writer) error {
	store := server.Store()
	// Without a guard the workbench works as well, but for its sudden death.
	watcher, err := guard.Start(os.Stdout)
	if err != nil {
		store.AddLog(inspector.Log{Time: time.Now(), Level: "warning", Logger: "tornado-dev", Message: err.Error()})
	}
	defer watcher.Release()
	return tui.Run(ctx, tui.Options{
		Records: store,
		Project: server,
		Replay: func(ctx context.Context, r inspector.Request) error {
			address := server.Snapshot().Address
			if address == "" {
				return errors.New("nothing answers yet: the program has no address")
			}
			if _, err := inspector.Replay(ctx, address, &r, store.MarkReplay); err != nil {
				return fmt.Errorf("replay: %w", err)
			}
			return nil
		},
	})
}
