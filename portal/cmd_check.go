// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func (c *cli) checkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check wiring, configuration, migrations and routes",
		Long: "Check composes the whole portal as serve does, and prints every problem that it\n" +
			"finds. Migrations are applied to a scratch database; neither the real database\n" +
			"nor the data directory is touched, and nothing is started. Exit code 1 says that\n" +
			"there are problems, so it suits CI.",
		Example: "  " + c.name() + " check --config portal.yaml",
		Args:    args(cobra.NoArgs),
		RunE:    c.check,
	}
	c.serveFlags(cmd)
	return cmd
}

func (c *cli) check(cmd *cobra.Command, _ []string) error {
	c.core.scratch = true
	app, err := c.build(cmd)
	if err == nil {
		err = app.abort()
	}
	c.printProblems(cmd, err)
	if app != nil {
		for _, w := range app.Warnings() {
			cmd.Printf("warning: %s\n", w)
		}
	}
	if err != nil {
		return errReported
	}
	cmd.Printf("ok: %d modules, %d routes\n", len(app.modules), len(app.Routes()))
	return nil
}

func (c *cli) routesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "routes",
		Short: "List every route with its methods, name, module and permission",
		Args:  args(cobra.NoArgs),
		RunE:  c.routes,
	}
	c.serveFlags(cmd)
	return cmd
}

func (c *cli) routes(cmd *cobra.Command, _ []string) error {
	c.core.scratch = true
	app, err := c.build(cmd)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "METHODS\tPATH\tNAME\tMODULE\tPERMISSION")
	for _, r := range app.Routes() {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", strings.Join(r.Methods, ","), r.Path, r.Name, r.Module, cmp.Or(r.Permission, "-"))
	}
	return errors.Join(w.Flush(), app.abort())
}
