// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func (c *cli) configCommand() *cobra.Command {
	parent := &cobra.Command{
		Use:   "config",
		Short: "Look at the configuration",
		Args:  args(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	explain := &cobra.Command{
		Use:   "explain",
		Short: "Print every setting with its value and where that is from",
		Long: "Explain prints every setting of the portal and of its modules: the key, the\n" +
			"value in force, and where it is from: a flag, a variable, file:line:column, or\n" +
			"the default. Secrets are masked. What is wrong is printed first.",
		Example: "  " + c.name() + " config explain --config portal.yaml",
		Args:    args(cobra.NoArgs),
		RunE:    c.explain,
	}
	c.serveFlags(explain)
	parent.AddCommand(explain)
	return parent
}

func (c *cli) explain(cmd *cobra.Command, _ []string) error {
	c.core.scratch = true
	app, err := c.build(cmd)
	c.printProblems(cmd, err)
	if cfg := c.core.opts.Config; cfg != nil {
		w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "KEY\tVALUE\tFROM")
		for _, v := range cfg.Explain() {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", v.Path, v.Value, v.Origin)
		}
		if flushErr := w.Flush(); flushErr != nil {
			return flushErr
		}
	}
	if err != nil {
		return errReported
	}
	return app.abort()
}

// printProblems prints what is wrong, one problem a line.
func (c *cli) printProblems(cmd *cobra.Command, err error) {
	var wiring *WiringError
	switch {
	case errors.As(err, &wiring):
		for _, p := range wiring.Problems {
			cmd.Printf("problem: %s\n", p)
		}
	case err != nil:
		cmd.Printf("problem: %v\n", err)
	}
}
