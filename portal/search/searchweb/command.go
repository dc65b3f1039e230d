// SPDX-License-Identifier: Apache-2.0

package searchweb

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/search"
)

// command returns "search", with "reindex". Who has the database may ask it: the
// question is asked as by a guest at the machine itself.
func command(service func() (*search.Service, error)) *cobra.Command {
	asJSON := false
	var types []string
	cmd := &cobra.Command{
		Use: "search TERM…", Short: "Find entities, people and API operations", Args: cobra.MinimumNArgs(1),
		Long:    "Search prints what a guest at the machine itself finds in the index as the portal\nleft it, the best first. Actions are found in the portal only.",
		Example: "  portal search checkout\n  portal search '\"order events\" -legacy' --type api",
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := service()
			if err != nil {
				return err
			}
			ctx := permission.WithLocal(callboard.WithIdentity(cmd.Context(), callboard.Identity{}))
			found, err := s.Search(ctx, search.Query{Text: strings.Join(args, " "), Types: types, AsIs: true})
			if err != nil {
				return err
			}
			if asJSON {
				return writeLines(cmd.OutOrStdout(), found)
			}
			return writeTable(cmd.OutOrStdout(), found)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, a document on each line")
	cmd.Flags().StringArrayVar(&types, "type", nil, "only of that `TYPE`; may be repeated")
	cmd.AddCommand(&cobra.Command{
		Use: "reindex", Short: "Have every document taken into the index anew", Args: cobra.NoArgs,
		Long: "Reindex has the portal take every document in anew: at once if it runs, else when\nit starts. Until then what there is is found.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := service()
			if err != nil {
				return err
			}
			if err := s.Invalidate(cmd.Context()); err != nil {
				return err
			}
			counts, err := s.Counts(cmd.Context())
			if err != nil {
				return err
			}
			for _, name := range s.SourceNames() {
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %d documents, to be taken in anew\n", name, counts[name])
			}
			return nil
		},
	})
	return cmd
}

func writeLines(w io.Writer, found search.Found) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, r := range found.Results {
		d := struct {
			Type     string `json:"type"`
			ID       string `json:"id"`
			Title    string `json:"title"`
			Hint     string `json:"hint,omitempty"`
			Location string `json:"location"`
		}{r.Type, r.ID, r.Title, r.Hint, r.Location}
		if err := enc.Encode(d); err != nil {
			return err
		}
	}
	return nil
}

// writeTable writes a document on each line. What others wrote is quoted if it
// could move the cursor.
func writeTable(out io.Writer, found search.Found) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, r := range found.Results {
		fmt.Fprintf(w, "%s\t%s\t%s\n", r.Type, plain(r.Title), r.Location)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, counted(found))
	return err
}

func plain(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
