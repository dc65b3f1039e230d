// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/callboard/callboard/portal/audit"
)

// auditCommand returns "audit", which prints the log.
func auditCommand(log func() (*audit.Log, error)) *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Short: "Print who changed what, the oldest first", Args: cobra.NoArgs,
		Long:    "Audit prints the entries of the audit log, which are masked when they are written.\nTimes are RFC 3339, a date, or how long ago, such as 24h or 7d.",
		Example: "  portal audit --since 24h --outcome denied\n  portal audit --since 2026-03-01 --until 2026-04-01 --json > march.jsonl",
	}
	flags := map[string]*string{}
	for _, f := range []struct{ name, usage string }{
		{paramSince, "only from that `TIME` on"}, {paramUntil, "only before that `TIME`"},
		{paramActor, "only what `WHO` did, such as user:default/ines"}, {paramAction, "only that `ACTION`, such as auth.signin"},
		{paramResource, "only what was done to that `RESOURCE`"}, {paramOutcome, "only what went so: `OUTCOME` is done, denied or failed"},
	} {
		flags[f.name] = cmd.Flags().String(f.name, "", f.usage)
	}
	asJSON := cmd.Flags().Bool("json", false, "print JSON, an entry on each line")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		values := url.Values{}
		for name, value := range flags {
			values.Set(name, *value)
		}
		q, wrong := auditQuery(values, time.Now())
		if err := refusalOf(wrong); err != nil {
			return fmt.Errorf("--%w", err)
		}
		l, err := log()
		if err != nil {
			return err
		}
		if *asJSON {
			return writeLines(cmd.OutOrStdout(), l.Export(cmd.Context(), q))
		}
		return writeTable(cmd.OutOrStdout(), l.Export(cmd.Context(), q))
	}
	return cmd
}

// writeLines writes an entry as JSON on each line.
func writeLines(w io.Writer, entries iter.Seq2[audit.Entry, error]) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for e, err := range entries {
		if err != nil {
			return err
		}
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	return nil
}

// writeTable writes an entry on each line. What others wrote is quoted if it
// could move the cursor.
func writeTable(out io.Writer, entries iter.Seq2[audit.Entry, error]) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "WHEN\tWHO\tACTION\tRESOURCE\tOUTCOME\tMESSAGE")
	for e, err := range entries {
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", e.At.Format(time.RFC3339), plain(e.Actor), plain(e.Action), plain(e.Resource), e.Outcome, plain(e.Message))
	}
	return w.Flush()
}
