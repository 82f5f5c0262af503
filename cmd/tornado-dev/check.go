package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tornado-dev/tornado/devserver/templates"
)

func newCheckCommand() *cobra.Command {
	var folders []string
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Parse every template of a project",
		Long: `check parses every template of the project in DIR, with all they extend and
include, and prints each mistake as file:line:column: message. It ends with status
1 if there is one.

The templates are those below the folders that the project's Go files name as
TemplatePath or give to template.NewLoader; if there are none, below the folders
called templates.`,
		Example: `  tornado-dev check
  tornado-dev check --templates views --templates mail ./shop`,
		Args: usage(atMostOneFolder),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := first(args)
			if dir == "" {
				dir = "."
			}
			report, err := templates.Check(dir, folders)
			if err != nil {
				return err
			}
			for _, problem := range report.Problems {
				fmt.Fprintln(cmd.OutOrStdout(), problem)
			}
			if n := len(report.Problems); n > 0 {
				return fmt.Errorf("%s in %s", counted(n, "mistake"), counted(report.Templates, "template"))
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s, no mistakes\n", counted(report.Templates, "template"))
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&folders, "templates", nil, "`folder` of templates, relative to DIR (repeatable)")
	return cmd
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
