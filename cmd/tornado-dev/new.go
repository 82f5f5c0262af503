package main

import (
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
copied into it, so that it builds without a network.`,
		Example: `  tornado-dev new blog
  tornado-dev new --module example.com/blog ~/src/blog`,
		Args: usage(cobra.ExactArgs(1)),
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
