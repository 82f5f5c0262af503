package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tornado-dev/tornado/projects"
)

func newNewCommand() *cobra.Command {
	var options projects.Options
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Start a project",
		Long: `new writes a project that builds and runs at once into the directory NAME: a
small blog that shows handlers, templates and tests. The framework's source is
copied into it; the one thing it fetches is golang.org/x/sys.`,
		Example: `  tornado-dev new blog
  tornado-dev new --module example.com/blog ~/src/blog`,
		Args: usage(oneName),
		RunE: func(cmd *cobra.Command, args []string) error {
			options.Dir = args[0]
			options.Out = cmd.OutOrStdout()
			_, err := projects.New(cmd.Context(), options)
			return err
		},
	}
	cmd.Flags().StringVar(&options.Module, "module", "", "module `path` of the project; the name of its directory if it is not given")
	cmd.Flags().StringVar(&options.Framework, "framework", "", "`directory` of a checkout of the framework to build with, instead of a copy")
	return cmd
}

func oneName(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return errors.New("new wants the name of a folder to make, for example: tornado-dev new blog")
	case 1:
		return nil
	}
	return fmt.Errorf("new makes one folder, and was given %d; a name with blanks wants quotes", len(args))
}
