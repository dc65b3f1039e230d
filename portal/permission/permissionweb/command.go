// SPDX-License-Identifier: Apache-2.0

package permissionweb

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/callboard/callboard/portal/permission/decisionlog"
)

// command returns "permissions", which lists them, with "ask" and "try".
func command(explainer func() (*Explainer, error), trier func() (*Trier, error)) *cobra.Command {
	cmd := &cobra.Command{
		Use: "permissions", Short: "List permissions and roles, or ask who may do what", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			x, err := explainer()
			if err != nil {
				return err
			}
			return print(cmd.OutOrStdout(), x)
		},
	}
	cmd.AddCommand(askCommand(explainer), tryCommand(trier))
	return cmd
}

func askCommand(explainer func() (*Explainer, error)) *cobra.Command {
	asJSON := false
	ask := &cobra.Command{
		Use: "ask WHO PERMISSION [RESOURCE]", Short: "Say whether somebody may do something, and why", Args: cobra.RangeArgs(2, 3),
		Example: "  permissions ask user:default/ines catalog.entity.delete component:default/shop\n  permissions ask guest catalog.entity.read",
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := explainer()
			if err != nil {
				return err
			}
			q := Question{Who: args[0], Permission: args[1]}
			if len(args) == 3 {
				q.Resource = args[2]
			}
			a, err := x.Ask(cmd.Context(), q)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(a)
			}
			return a.print(cmd.OutOrStdout())
		},
	}
	ask.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return ask
}

func tryCommand(trier func() (*Trier, error)) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use: "try FILE", Short: "Say what a changed policy would have decided differently in the last 24 hours", Args: cobra.ExactArgs(1),
		Long: "Reads roles and bindings from a file as the configuration has them, with the key\n" +
			"permission, and decides anew what was decided in the last 24 hours. Other keys of\n" +
			"the file are left alone, and nothing is saved. A portal that runs writes what it\n" +
			"decides once a minute.",
		Example: "  permissions try portal.yaml\n  permissions try changed.yaml --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			t, err := trier()
			if err != nil {
				return err
			}
			trial, err := t.Try(cmd.Context(), args[0], text)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(trial)
			}
			return printTrial(cmd.OutOrStdout(), trial)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printTrial(out io.Writer, t decisionlog.Trial) error {
	fmt.Fprintf(out, "%d questions, asked %d times; %d changes\n", t.Questions, t.Count, len(t.Changes))
	for _, text := range t.Cautions() {
		fmt.Fprintln(out, text)
	}
	for _, c := range t.Changes {
		fmt.Fprintf(out, "\n%s -> %s: %s, %d times, %d callers\n", c.Was, c.Is, c.Permission, c.Count, c.Callers)
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, e := range c.Examples {
			fmt.Fprintf(w, "  %s\t%d times\t%s\n", e.Who, e.Count, conditions(e))
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func print(out io.Writer, x *Explainer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PERMISSION\tABOUT\tUNLESS CONFIGURED, FOR\tTITLE")
	for _, p := range x.Checker.Set().Permissions() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.ID, p.Resource, p.Default, p.Title)
	}
	fmt.Fprintln(w, "\nROLE\tALLOWS\tDENIES\t")
	for _, r := range x.Roles.Roles() {
		fmt.Fprintf(w, "%s\t%s\t%s\t\n", r.ID, said(r.Allow), said(r.Deny))
	}
	return w.Flush()
}

func (a Answer) print(out io.Writer) error {
	fmt.Fprintf(out, "%s: %s, %s\n", a.Effect, a.Who, a.Permission)
	if a.Condition != "" {
		fmt.Fprintf(out, "  where %s\n", a.Condition)
	}
	if a.Holds != nil {
		fmt.Fprintf(out, "  which holds of %s: %v\n", a.Resource, *a.Holds)
	}
	for _, r := range a.Why {
		fmt.Fprintf(out, "  %s by %s: %s", r.Effect, r.By, r.Since)
		if r.On != "" {
			fmt.Fprintf(out, ", where %s", r.On)
		}
		fmt.Fprintln(out)
	}
	return nil
}
