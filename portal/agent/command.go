// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// command returns "agent", with "tools".
func command(server func() (*Server, error)) *cobra.Command {
	cmd := &cobra.Command{Use: "agent", Short: "What AI agents can do with the portal"}
	asJSON := false
	tools := &cobra.Command{
		Use: "tools", Short: "List the tools for AI agents", Args: cobra.NoArgs,
		Long:    "Tools prints every tool that the portal's packages offer to agents at " + Path + ", with the\npermission that each needs. A caller is offered those that they may use.",
		Example: "  portal agent tools\n  portal agent tools --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := server()
			if err != nil {
				return err
			}
			if asJSON {
				return writeLines(cmd.OutOrStdout(), s.parts.Tools)
			}
			return writeTable(cmd.OutOrStdout(), s.parts.Tools)
		},
	}
	tools.Flags().BoolVar(&asJSON, "json", false, "print JSON, a tool on each line, with the schema of its input")
	cmd.AddCommand(tools)
	return cmd
}

func writeLines(w io.Writer, tools []Tool) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, t := range tools {
		line := struct {
			Name        string `json:"name"`
			Title       string `json:"title"`
			Description string `json:"description"`
			Permission  string `json:"permission,omitempty"`
			Changes     bool   `json:"changes"`
			Input       any    `json:"input"`
		}{t.spec.Name, t.spec.Title, t.spec.Description, t.spec.Permission, t.changes, t.schema}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func writeTable(out io.Writer, tools []Tool) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TOOL\tEFFECT\tPERMISSION\tTITLE")
	for _, t := range tools {
		effect, needs := "reads", t.spec.Permission
		if t.changes {
			effect = "changes"
		}
		if needs == "" {
			needs = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", t.spec.Name, effect, needs, t.spec.Title)
	}
	return w.Flush()
}
